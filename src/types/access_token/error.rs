//! Why a token is not taken.

use thiserror::Error;

use super::token::{MAX_CLOCK_SKEW_S, MAX_TOKEN_BYTES, MAX_TOKEN_LIFETIME_S};
use crate::crypto::{KeyError, PublicKey};
use crate::types::{Height, KeyPurpose, LedgerId, MemberId, plain_words};

/// Why a token is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is longer than a token may be.
    #[error("the token has {length} bytes, the limit is {MAX_TOKEN_BYTES}")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It does not have three parts.
    #[error("a token has three parts with dots between")]
    NotThreeParts,
    /// A part is not base64url.
    #[error("the token's {part} is not base64url without padding")]
    NotBase64 {
        /// Which part.
        part: &'static str,
    },
    /// A part is not the JSON object that it should be.
    #[error("the token's {part} is refused: {reason}")]
    Malformed {
        /// Which part.
        part: &'static str,
        /// What is wrong there.
        reason: String,
    },
    /// It is for another ledger or node, or for several.
    #[error(
        "the token's aud has to be the two texts {ledger} (this ledger) and {node} (this node), and \
         no other"
    )]
    OtherAudience {
        /// This ledger.
        ledger: LedgerId,
        /// The network key of this node.
        node: Box<PublicKey>,
    },
    /// It is over.
    #[error("the token ended {seconds} s ago")]
    Ended {
        /// How long ago.
        seconds: i64,
    },
    /// It is from the future.
    #[error(
        "the token begins in {seconds} s, and clocks may differ by {MAX_CLOCK_SKEW_S} s at most"
    )]
    NotYet {
        /// How far ahead.
        seconds: i64,
    },
    /// It lives too long, or ends before it begins.
    #[error(
        "the token lives {seconds} s, {} are taken",
        plain_words::range(1, MAX_TOKEN_LIFETIME_S)
    )]
    Lifetime {
        /// From `iat` to `exp`.
        seconds: i64,
    },
    /// Its member is not on the ledger.
    #[error("{member} is not a member of this ledger")]
    UnknownMember {
        /// Whom it names.
        member: MemberId,
    },
    /// Its member was removed, and none of its keys counts.
    #[error("{member} is a member no more since height {from}")]
    MemberRemoved {
        /// The member it names.
        member: MemberId,
        /// The first height without it.
        from: Height,
    },
    /// Its key is not registered for its member.
    #[error("the key {key} is not registered for {member}")]
    UnknownKey {
        /// The member it names.
        member: MemberId,
        /// The key it names.
        key: Box<PublicKey>,
    },
    /// Its key was revoked, or does not count yet.
    #[error("the key {key} of {member} is not in force")]
    InactiveKey {
        /// The member it names.
        member: MemberId,
        /// The key it names.
        key: Box<PublicKey>,
    },
    /// Its key is for something else.
    #[error("the key {key} is registered as {purpose}, which signs no tokens")]
    WrongPurpose {
        /// The key it names.
        key: Box<PublicKey>,
        /// What it is registered for.
        purpose: KeyPurpose,
    },
    /// The signature does not verify.
    #[error("the token's signature does not verify: {0}")]
    BadSignature(KeyError),
}

impl TokenError {
    /// Whether the ledger may say otherwise at a later height.
    pub fn rests_on_height(&self) -> bool {
        matches!(
            self,
            Self::UnknownMember { .. }
                | Self::MemberRemoved { .. }
                | Self::UnknownKey { .. }
                | Self::InactiveKey { .. }
        )
    }

    /// What is wrong with the token, in plain words of ASCII.
    pub fn summary(&self) -> &'static str {
        match self {
            Self::TooLong { .. }
            | Self::NotThreeParts
            | Self::NotBase64 { .. }
            | Self::Malformed { .. } => "The token is malformed",
            Self::OtherAudience { .. } => "The token is for another ledger or node",
            Self::Ended { .. } => "The token has ended",
            Self::NotYet { .. } => "The token has not begun",
            Self::Lifetime { .. } => "The token's lifetime is not taken",
            Self::UnknownMember { .. } => "The token is of no member",
            Self::MemberRemoved { .. } => "The token is of a member that was removed",
            Self::UnknownKey { .. } => "The token's key is not registered",
            Self::InactiveKey { .. } => "The token's key is not in force",
            Self::WrongPurpose { .. } => "The token's key signs no tokens",
            Self::BadSignature(_) => "The token's signature does not verify",
        }
    }

    /// What its bearer can do.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::TooLong { .. }
            | Self::NotThreeParts
            | Self::NotBase64 { .. }
            | Self::Malformed { .. } => {
                "send the whole token as `waybill token` prints it, with nothing around it"
            }
            Self::OtherAudience { .. } => {
                "make one for this node: `waybill token` with the --url of the node that is asked"
            }
            Self::Ended { .. } => "make a new one with `waybill token`: each lives some minutes",
            Self::NotYet { .. } => "set the clock of the machine that makes tokens",
            Self::Lifetime { .. } => {
                "make one that ends after it begins, within the time that is taken"
            }
            Self::UnknownMember { .. } => {
                "name a member of this ledger with --member: GET /v1/members lists them"
            }
            Self::MemberRemoved { .. } => {
                "the membership has ended, and no key of it helps: the governing members can take it back, with new \
                 keys, by `waybill member propose-add`; `waybill member show` tells how it stands"
            }
            Self::UnknownKey { .. } => {
                "sign it with a registered key of the member, or register this one: `waybill member add-key`"
            }
            Self::InactiveKey { .. } => {
                "sign it with a key that is in force: `waybill member show` tells from when to when each is"
            }
            Self::WrongPurpose { .. } => "sign it with a writer, gateway or auditor key",
            Self::BadSignature(_) => {
                "make it anew with `waybill token`: it was changed on its way, or signed by another key"
            }
        }
    }

    /// Part `part` is not what it should be.
    pub(super) fn malformed(part: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed {
            part,
            reason: reason.into(),
        }
    }
}
