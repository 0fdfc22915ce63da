//! What consensus asks for.

use thiserror::Error;

use super::limits::HEIGHTS_MUTED;
use super::log_record::LogRecord;
use super::message::ConsensusMessage;
use super::sign_guard::{SignGuard, SignSlot};
use super::timeout::Timeout;
use crate::types::{BlockDigest, CommitCertificate, Evidence, Height, Round, ValidatorIndex};

/// What this node is in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundRole {
    /// It has the turn to propose.
    Proposer,
    /// It votes.
    Validator,
    /// It follows without a word: it is not of the set, or muted.
    Observer,
}

/// Why a validator of the set does not sign at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MutedReason {
    /// Its log or guard was lost; so many consecutive heights have been decided before its eyes.
    #[error(
        "its consensus log or sign guard was lost, is in doubt, or was never there: it follows until it has seen \
         {HEIGHTS_MUTED} heights decided one after the other, and has seen {decided}"
    )]
    Recovering {
        /// Heights seen decided in a row.
        decided: u8,
    },
    /// It has signed for a later height already: its ledger is behind what it once knew.
    #[error("it has signed for height {} already, and its ledger is behind that", signed.height)]
    SignedLater {
        /// The last slot signed.
        signed: SignSlot,
    },
    /// The log of the height does not have what the guard says was signed last.
    #[error("its consensus log does not have what it signed last, for height {}", signed.height)]
    LogDisagrees {
        /// The last slot signed.
        signed: SignSlot,
    },
}

/// An effect of [`Consensus::step`](super::Consensus::step).
///
/// The order is binding: whoever executes the list makes every [`Effect::Log`] and
/// [`Effect::Guard`] durable before it executes any later effect. If one of them fails, none of
/// the later ones may be executed, and the instance has to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Append the record to the log of its height. The log is dropped only after the block of the
    /// height is durably committed.
    Log(LogRecord),
    /// Replace the sign guard. Comes after the log record of what was signed and before its
    /// broadcast.
    Guard(SignGuard),
    /// Send the message to every validator.
    Broadcast(ConsensusMessage),
    /// Start a timeout; a running one with the same identity is replaced.
    ScheduleTimeout {
        /// Which.
        timeout: Timeout,
        /// How long, in milliseconds.
        after_ms: u64,
    },
    /// Stop a timeout if it runs.
    CancelTimeout(Timeout),
    /// Stop all timeouts.
    CancelAllTimeouts,
    /// This node has the turn: make a block, make it durable, and answer with
    /// [`Input::ProposeBlock`](super::Input::ProposeBlock) before the propose timeout ends.
    RequestBlock {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
    },
    /// Send the bytes of a block again: it is proposed once more, or peers may lack it.
    RestreamProposal {
        /// The height.
        height: Height,
        /// The round in which it is proposed.
        round: Round,
        /// The block.
        block: BlockDigest,
    },
    /// A round began.
    StartedRound {
        /// The height.
        height: Height,
        /// The round.
        round: Round,
        /// Who has the turn.
        proposer: ValidatorIndex,
        /// What this node is in it.
        role: RoundRole,
    },
    /// The height is decided: obtain the block if it is not here, apply it, and start the next
    /// height. Given once per height, and once more after a restart. All precommits known so far
    /// are in it, ascending.
    Decide(CommitCertificate),
    /// A validator signed two conflicting statements. Given once per slot and offender while the
    /// height is remembered.
    Evidence(Box<Evidence>),
    /// This node is of the set and will not sign at this height: tell the operator.
    Muted {
        /// The height.
        height: Height,
        /// Why.
        reason: MutedReason,
    },
}
