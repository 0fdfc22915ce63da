//! What consensus is told.

use super::certificate::PolkaCertificate;
use super::log_record::LogRecord;
use super::proposer_order::ProposerOrder;
use super::round_certificate::RoundCertificate;
use super::timeout::Timeout;
use super::verified::{Verified, VerifiedCertificate};
use crate::types::{BlockDigest, CommitCertificate, Height, Proposal, Round, ValidatorSet, Vote};

/// Whether a block may be decided, by its bytes and its parent's state. A verdict that cannot be
/// given yet is not given: missing data never makes a block invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Valid,
    /// It is provably wrong.
    Invalid,
}

/// What the application found about a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockVerdict {
    /// The height.
    pub height: Height,
    /// The round of the proposal with which the block came.
    pub round: Round,
    /// The block.
    pub block: BlockDigest,
    /// What it is.
    pub verdict: Verdict,
}

/// A height to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartHeight {
    /// The height, later than the one before. Its parent is durably committed.
    pub height: Height,
    /// Who decides it.
    pub validators: ValidatorSet,
    /// Who proposes in which round of it.
    pub proposers: ProposerOrder,
    /// How long this node waits for a proposal in round 0, in milliseconds; with each further round
    /// the genesis document's step longer. Its own affair: no two nodes need the same.
    pub propose_timeout_ms: u64,
    /// The records of this height's log, in order: all of them after a restart, none otherwise.
    pub replay: Vec<LogRecord>,
}

/// An input of [`Consensus::step`](super::Consensus::step).
///
/// Nothing that a peer sends makes a step fail: what is stale, too far ahead, from outside the
/// validator set, or made for another height is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Starts a height. To be given when the block before is durably committed.
    StartHeight(Box<StartHeight>),
    /// A vote.
    Vote(Verified<Vote>),
    /// A proposal. Consensus acts on it when it has the verdict on its block too.
    Proposal(Verified<Proposal>),
    /// A polka.
    Polka(VerifiedCertificate<PolkaCertificate>),
    /// The reason to enter a round.
    Round(VerifiedCertificate<RoundCertificate>),
    /// Proof that the height is decided.
    Commit(VerifiedCertificate<CommitCertificate>),
    /// The verdict on a block of the current height. Invalid may become valid (a repaired node),
    /// valid never becomes invalid.
    BlockVerdict(BlockVerdict),
    /// The answer to [`Effect::RequestBlock`](super::Effect::RequestBlock). The proposer holds
    /// its own block for valid. Ignored when it comes too late.
    ProposeBlock {
        /// As requested.
        height: Height,
        /// As requested.
        round: Round,
        /// The block, whose bytes are durable at this node.
        block: BlockDigest,
    },
    /// A timeout that was scheduled and not cancelled has ended. A late one does no harm.
    TimeoutElapsed(Timeout),
}
