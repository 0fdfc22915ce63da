//! The admission verdict: why a submission is not taken, told apart so that a client can act.

use std::borrow::Cow;

use thiserror::Error;

use super::height::{Height, LogIndex};
use super::ids::{ContractName, LedgerId, MemberId, RecordKind, SubmissionId};
use super::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION, MAX_SUBMISSION_BYTES};
use super::member::KeyPurpose;
use super::outcome::Rejection;
use super::time::Timestamp;
use crate::crypto::PublicKey;

/// Most records that a refusal names beside the first one.
pub const MAX_OTHERS_REJECTED: usize = 99;

/// A record that the ledger as it is would reject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Which record, from 0.
    pub record: usize,
    /// Its kind.
    pub kind: RecordKind,
    /// Why.
    pub rejection: Rejection,
}

/// Why a submission is refused before it reaches the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bytes are not a submission.
    #[error("this is not a submission: {reason}")]
    Malformed {
        /// What is wrong, and where.
        reason: String,
    },
    /// It is longer than a submission may be.
    #[error("the submission has {length} bytes, the limit is {MAX_SUBMISSION_BYTES}")]
    TooLarge {
        /// Its length, or the least it has.
        length: usize,
    },
    /// It has more records than a submission may have.
    #[error("the submission has {count} records, the limit is {MAX_RECORDS_PER_SUBMISSION}")]
    TooManyRecords {
        /// How many.
        count: usize,
    },
    /// A record's body is longer than a body may be.
    #[error("the body of record {record} has {length} bytes, the limit is {MAX_BODY_BYTES}")]
    BodyTooLarge {
        /// Which record, from 0.
        record: usize,
        /// Its length.
        length: usize,
    },
    /// It was signed for another ledger.
    #[error("the submission is for ledger {found}, this is ledger {expected}")]
    OtherLedger {
        /// The ledger it names.
        found: LedgerId,
        /// This ledger.
        expected: LedgerId,
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
    #[error("the key {key} of {member} is not in force at this height")]
    InactiveKey {
        /// The member it names.
        member: MemberId,
        /// The key it names.
        key: Box<PublicKey>,
    },
    /// Its key is for something else.
    #[error("the key {key} is registered as {purpose}, which may not sign submissions")]
    WrongPurpose {
        /// The key it names.
        key: Box<PublicKey>,
        /// What it is registered for.
        purpose: KeyPurpose,
    },
    /// The signature does not verify.
    #[error("the signature does not verify for the key {key}")]
    BadSignature {
        /// The key it names.
        key: Box<PublicKey>,
    },
    /// It has expired.
    #[error("the submission expired at {expires}, it is {now} now")]
    Expired {
        /// When it expired.
        expires: Timestamp,
        /// The time it was judged by.
        now: Timestamp,
    },
    /// It expires too late: ids would have to be kept too long.
    #[error("the submission expires at {expires}, more than an hour after {now}")]
    ExpiresTooLate {
        /// When it expires.
        expires: Timestamp,
        /// The time it was judged by.
        now: Timestamp,
    },
    /// It is on the ledger, or on its way there.
    #[error("the submission {id} has been submitted already")]
    Duplicate {
        /// Its id.
        id: SubmissionId,
        /// Its first entry, if it is on the ledger.
        first_index: Option<LogIndex>,
    },
    /// No family takes this kind of record.
    #[error("record {record} is of kind {kind}, which {}", not_taken(.last_taken.as_deref()))]
    UnknownKind {
        /// Which record, from 0.
        record: usize,
        /// Its kind.
        kind: RecordKind,
        /// The contract that took it last, if one did and that is known.
        last_taken: Option<Box<LastTaken>>,
    },
    /// The family does not take this version of the kind.
    #[error("record {record} is version {version} of {kind}; version {supported} is supported")]
    UnsupportedVersion {
        /// Which record, from 0.
        record: usize,
        /// Its kind.
        kind: RecordKind,
        /// Its version.
        version: u16,
        /// The version that is.
        supported: u16,
    },
    /// A record's body breaks the rules of its kind.
    #[error("record {record} is not a valid {kind}: at {pointer:?}: {reason}")]
    InvalidRecord {
        /// Which record, from 0.
        record: usize,
        /// Its kind.
        kind: RecordKind,
        /// JSON pointer (RFC 6901) into the body.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// A record's body breaks a rule of its contract.
    #[error("record {record} is not a valid {kind}: {reason}")]
    RuleBroken {
        /// Which record, from 0.
        record: usize,
        /// Its kind.
        kind: RecordKind,
        /// The rule's name.
        rule: String,
        /// Its message, or why it cannot be evaluated.
        reason: String,
    },
    /// The ledger as it is would reject a record.
    #[error(
        "record {} would be rejected ({}): {}",
        .first.record, .first.rejection.code(), .first.rejection.reason()
    )]
    Rejected {
        /// The first one.
        first: Box<RejectedRecord>,
        /// Those after it that would be rejected as well, where each stands for itself: the first
        /// [`MAX_OTHERS_REJECTED`] of them.
        others: Vec<RejectedRecord>,
        /// How many records were tried, which is what the refusal cost.
        tried: usize,
    },
    /// The queue is full, or the member has too much in it.
    #[error("the node has no room for the submission now: {reason}")]
    Busy {
        /// Which bound is reached.
        reason: &'static str,
        /// When to come back, in milliseconds.
        retry_after_ms: u64,
    },
    /// The node does not take part yet, or no more.
    #[error("the node is not ready to take submissions: {reason}")]
    NotReady {
        /// Why.
        reason: &'static str,
    },
    /// The node is none of the validators, or will not be when the submission could be on the ledger: waiting does not
    /// help.
    #[error("the node takes no submissions: {reason}")]
    NotValidator {
        /// Why it is none.
        reason: &'static str,
    },
}

/// The contract that was the last to take a kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTaken {
    /// The contract.
    pub contract: ContractName,
    /// Its version.
    pub version: u32,
    /// The first height at which it was in force no more.
    pub until: Height,
}

fn not_taken(last: Option<&LastTaken>) -> String {
    match last {
        None => "this ledger does not know".to_owned(),
        Some(last) => format!(
            "no contract in force takes any more: version {} of the contract {} did before height {}",
            last.version, last.contract, last.until
        ),
    }
}

impl Refusal {
    /// The stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed-submission",
            Self::TooLarge { .. } => "submission-too-large",
            Self::TooManyRecords { .. } => "too-many-records",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::OtherLedger { .. } => "other-ledger",
            Self::UnknownMember { .. } => "unknown-member",
            Self::MemberRemoved { .. } => "member-removed",
            Self::UnknownKey { .. } => "unknown-key",
            Self::InactiveKey { .. } => "inactive-key",
            Self::WrongPurpose { .. } => "wrong-key-purpose",
            Self::BadSignature { .. } => "bad-signature",
            Self::Expired { .. } => "expired",
            Self::ExpiresTooLate { .. } => "expires-too-late",
            Self::Duplicate { .. } => "duplicate-submission",
            Self::UnknownKind { .. } => "unknown-kind",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::InvalidRecord { .. } => "invalid-record",
            Self::RuleBroken { .. } => "rule-broken",
            Self::Rejected { .. } => "would-be-rejected",
            Self::Busy { .. } => "busy",
            Self::NotReady { .. } => "not-ready",
            Self::NotValidator { .. } => "not-a-validator",
        }
    }

    /// The record that it is about, from 0; none if it is about the submission.
    pub fn record(&self) -> Option<usize> {
        match self {
            Self::BodyTooLarge { record, .. }
            | Self::UnknownKind { record, .. }
            | Self::UnsupportedVersion { record, .. }
            | Self::InvalidRecord { record, .. }
            | Self::RuleBroken { record, .. } => Some(*record),
            Self::Rejected { first, .. } => Some(first.record),
            _ => None,
        }
    }

    /// How many records of the submission were looked at until it was refused; none if none was.
    pub fn tried_records(&self) -> Option<usize> {
        match self {
            Self::Rejected { tried, .. } => Some(*tried),
            _ => Some(self.record()?.saturating_add(1)),
        }
    }

    /// The code of the rejection that the record at fault would have on the ledger, and its kind; none if it is not a
    /// record that is at fault.
    pub fn rejection(&self) -> Option<(&str, &RecordKind)> {
        match self {
            Self::UnknownKind { kind, .. }
            | Self::UnsupportedVersion { kind, .. }
            | Self::InvalidRecord { kind, .. }
            | Self::RuleBroken { kind, .. } => Some((self.code(), kind)),
            Self::Rejected { first, .. } => Some((first.rejection.code(), &first.kind)),
            _ => None,
        }
    }

    /// The records that the ledger as it is would reject: the first one, and [`MAX_OTHERS_REJECTED`] after it at most.
    pub fn rejections(&self) -> impl Iterator<Item = &RejectedRecord> {
        let (first, others) = match self {
            Self::Rejected { first, others, .. } => (Some(&**first), others.as_slice()),
            _ => (None, [].as_slice()),
        };
        first.into_iter().chain(others)
    }

    /// What the client can do about it, as far as that is known without the contracts.
    pub fn way_out(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::MemberRemoved { member, .. } => {
                return Cow::Owned(format!(
                    "the membership of {member} has ended, and no key of it helps: the governing members can take it \
                     back, with new keys (`waybill keys generate`, `waybill keys prove`), by a proposal that they \
                     adopt, `waybill member propose-add PROOFS --reason WHY`; `waybill member show {member}` tells \
                     how it stands"
                ));
            }
            Self::UnknownKey { member, .. } => {
                return Cow::Owned(format!(
                    "sign with a writer key of {member}: GET /v1/members/{member} lists them"
                ));
            }
            Self::Duplicate { id, .. } => {
                return Cow::Owned(format!(
                    "nothing needs to be done: GET /v1/submissions/{id} tells where it is"
                ));
            }
            Self::Malformed { .. } => {
                "send a submission as the OpenAPI document describes it, or use `waybill submit`"
            }
            Self::TooLarge { .. } | Self::TooManyRecords { .. } => {
                "split the records over several submissions"
            }
            Self::BodyTooLarge { .. } => {
                "keep the document elsewhere and put its digest on the ledger"
            }
            Self::OtherLedger { .. } => "sign for this ledger: its id is in GET /v1/status",
            Self::UnknownMember { .. } => "check the member id against GET /v1/members",
            Self::WrongPurpose { .. } => {
                "sign with a writer key of the member: GET /v1/members/{id} lists them"
            }
            Self::InactiveKey { .. } => {
                "sign with a key that is in force; `waybill member add-key` registers a new one"
            }
            Self::BadSignature { .. } => {
                "sign the bytes that the submission format states: see /openapi.json"
            }
            Self::Expired { .. } => "sign again with a later expiry",
            Self::ExpiresTooLate { .. } => "sign again with an expiry within the hour",
            Self::UnknownKind { .. }
            | Self::UnsupportedVersion { .. }
            | Self::InvalidRecord { .. }
            | Self::RuleBroken { .. }
            | Self::Rejected { .. } => "correct the record and sign again",
            Self::Busy { .. } => "wait as long as Retry-After says, or ask another node",
            Self::NotReady { .. } => "ask another node, or wait until GET /readyz says ready",
            Self::NotValidator { .. } => {
                "send it to the node of a validator: GET /v1/validators says whose nodes they are"
            }
        })
    }
}
