//! Why an instance of consensus stopped.

use thiserror::Error;

use super::sign_guard::SignRefused;
use crate::types::{BlockDigest, Height, Round, Step};

/// The error of this module. Each one means a bug or damage in this node, never a peer's fault:
/// what peers send wrongly is ignored. After any of them the instance refuses all further work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConsensusError {
    /// An earlier step failed: its effects may have been executed in part.
    #[error("consensus stopped after an earlier error and has to be started anew from its log")]
    Poisoned,
    /// An input was verified for another ledger.
    #[error("an input of consensus was verified for another ledger")]
    OtherLedger,
    /// A height is started that is not after the one before.
    #[error("height {height} cannot be started after height {current}")]
    HeightNotLater {
        /// The height asked for.
        height: Height,
        /// The height that runs.
        current: Height,
    },
    /// The order of proposers is not one of the set of validators.
    #[error("the order of proposers has {listed} entries, the set has {validators} validators")]
    ProposersMismatch {
        /// Entries of the order.
        listed: usize,
        /// Validators of the set.
        validators: usize,
    },
    /// The log of a height has a record of another height.
    #[error("record {position} of the log of height {height} is of height {found}")]
    ForeignRecord {
        /// Its place in the log.
        position: usize,
        /// The height whose log it is.
        height: Height,
        /// The height of the record.
        found: Height,
    },
    /// A record of the log does not verify.
    #[error("record {position} of the log of height {height} does not verify: {reason}")]
    BadRecord {
        /// Its place in the log.
        position: usize,
        /// The height whose log it is.
        height: Height,
        /// What is wrong.
        reason: String,
    },
    /// A log is longer than any honest one.
    #[error("the log of height {height} has {count} records")]
    LogTooLong {
        /// The height whose log it is.
        height: Height,
        /// Its records.
        count: usize,
    },
    /// Replaying the log gave another statement than the one that was signed.
    #[error("replaying height {height}, round {round} gave another {step:?} than was signed")]
    ReplayDivergence {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
        /// What was derived.
        step: Step,
    },
    /// The state machine asks for a signature that conflicts with an earlier one.
    #[error(transparent)]
    SignRefused(#[from] SignRefused),
    /// The state machine asks for a signature by a node that may not sign.
    #[error("a signature was asked for at height {height}, where this node does not sign")]
    NoSigner {
        /// The height.
        height: Height,
    },
    /// A block that was judged valid is judged invalid.
    #[error("block {block} of height {height} was judged valid and then invalid")]
    ContradictoryVerdict {
        /// The height.
        height: Height,
        /// The block.
        block: BlockDigest,
    },
    /// The state machine decided without a quorum of precommits.
    #[error("height {height} was decided by {signers} precommits, {quorum} are needed")]
    DecidedWithoutQuorum {
        /// The height.
        height: Height,
        /// Distinct validators of the set among the signers.
        signers: usize,
        /// How many are needed.
        quorum: usize,
    },
    /// Two blocks are decided at one height: more than a third of the validators are faulty.
    #[error("height {height} is decided for block {first} and for block {second}")]
    Fork {
        /// The height.
        height: Height,
        /// Decided first.
        first: BlockDigest,
        /// Decided too.
        second: BlockDigest,
    },
    /// The library names a validator that is not of the set.
    #[error("the consensus library names a validator that is not of the set of height {height}")]
    UnknownValidator {
        /// The height.
        height: Height,
    },
    /// The library asks for something that this node never enables.
    #[error("the consensus library asked for {effect}, which is not in use")]
    UnexpectedEffect {
        /// Its name for it.
        effect: &'static str,
    },
    /// The library failed in a way that has no meaning for us.
    #[error("the consensus library failed: {reason}")]
    Library {
        /// What it says.
        reason: String,
    },
}
