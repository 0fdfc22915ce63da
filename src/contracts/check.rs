//! Checking a record by itself: once, on any thread, before it is ordered.

use thiserror::Error;

use super::asset::AssetKey;
use super::definition::Contract;
use super::rulebook::Rulebook;
use super::schedule::ContractSummary;
use crate::records::BodyError;
use crate::records::NativeBody;
use crate::records::governance::{Action, Proposal};
use crate::records::membership::MembershipChange;
use crate::types::{LedgerId, MemberId, ProvenKey, Record, RecordKind};

/// What applying a checked record needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedContent {
    /// A native family has read it.
    Native(NativeBody),
    /// A proposal, with what the contract in it says of itself.
    Proposal {
        /// The proposal.
        proposal: Box<Proposal>,
        /// The contract that it would install.
        contract: Option<Box<ContractSummary>>,
    },
    /// It changes the asset of this key.
    Asset {
        /// The key.
        key: AssetKey,
        /// The members with whom the asset is listed, if the record states it.
        parties: Vec<MemberId>,
    },
    /// It is kept, and changes nothing.
    Plain,
}

/// Why a record cannot be taken, whatever the state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// No contract in force judges this kind.
    #[error("no contract in force takes the kind {kind}")]
    UnknownKind {
        /// The kind found.
        kind: RecordKind,
    },
    /// The contract takes another version.
    #[error("version {version} of {kind} is not supported, version {supported} is")]
    UnsupportedVersion {
        /// The kind.
        kind: RecordKind,
        /// The version found.
        version: u16,
        /// The version that is supported.
        supported: u16,
    },
    /// The body is not valid for its kind.
    #[error("not a valid {kind}: {error}")]
    InvalidBody {
        /// The kind.
        kind: RecordKind,
        /// Where and why.
        error: BodyError,
    },
    /// The body breaks a rule of its contract.
    #[error("not a valid {kind}: {reason}")]
    RuleBroken {
        /// The kind.
        kind: RecordKind,
        /// The rule's name.
        rule: String,
        /// Its message, or why it cannot be evaluated.
        reason: String,
    },
}

impl RecordError {
    /// The stable code, for outcomes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind { .. } => "unknown-kind",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::InvalidBody { .. } => "invalid-record",
            Self::RuleBroken { .. } => "rule-broken",
        }
    }
}

/// Checks a record by the contracts in force, without the ledger's state. A pure function of the two: it
/// may run on any thread, once, and its result be kept until the record is applied, as long as the
/// same contracts are in force then.
///
/// # Errors
/// [`RecordError`] if the record cannot be taken.
pub fn check(rulebook: &Rulebook, record: &Record) -> Result<CheckedContent, RecordError> {
    let Some(kind) = rulebook.kind(&record.kind) else {
        return Err(RecordError::UnknownKind {
            kind: record.kind.clone(),
        });
    };
    if kind.version() != record.version {
        return Err(RecordError::UnsupportedVersion {
            kind: record.kind.clone(),
            version: record.version,
            supported: kind.version(),
        });
    }
    match kind.check(record)? {
        CheckedContent::Native(NativeBody::Proposal(proposal)) => {
            let contract = match &proposal.action {
                Action::InstallContract(bundle) => {
                    let contract = Contract::compile(bundle).map_err(|problems| {
                        let reason = problems.first().map(ToString::to_string);
                        RecordError::InvalidBody {
                            kind: record.kind.clone(),
                            error: BodyError::new("/contract", reason.unwrap_or_default()),
                        }
                    })?;
                    Some(Box::new(ContractSummary::of(&contract)))
                }
                _ => None,
            };
            Ok(CheckedContent::Proposal { proposal, contract })
        }
        content => Ok(content),
    }
}

/// Checks the proofs of the keys that a record would register: the ledger that they are for is known
/// with the record's submission. Pure, and costly, as [`check`] is.
///
/// # Errors
/// [`RecordError::InvalidBody`] with the first proof that does not verify.
pub fn check_possession(
    ledger: &LedgerId,
    kind: &RecordKind,
    content: &CheckedContent,
) -> Result<(), RecordError> {
    let verify = |place: &str, member: &MemberId, key: &ProvenKey| {
        key.verify(ledger, member).map_err(|error| {
            let reason = format!(
                "the proof is no signature by the key {} for the {} key of {member} on this \
                 ledger: {error}",
                key.key, key.purpose
            );
            RecordError::InvalidBody {
                kind: kind.clone(),
                error: BodyError::new(place, reason),
            }
        })
    };
    match content {
        CheckedContent::Native(NativeBody::MembershipChange(change)) => match change.as_ref() {
            MembershipChange::AddKey { member, key } => verify("/proof", member, key),
            MembershipChange::RevokeKey { .. } => Ok(()),
        },
        CheckedContent::Proposal { proposal, .. } => proposal
            .action
            .proven_keys()
            .into_iter()
            .try_for_each(|(place, member, key)| verify(&place, member, key)),
        _ => Ok(()),
    }
}
