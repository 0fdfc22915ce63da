//! What the replica is told.

use super::checked_message::CheckedMessage;
use crate::consensus::Timeout;
use crate::crypto::PublicKey;
use crate::ledger::{CheckedBatch, CheckedSubmission};
use crate::sync::{DecidedBlock, RequestId};
use crate::types::{BatchDigest, BlockDigest, Height, Submission};

/// Names a client that waits for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What a timer is for. Its identity is all of it; setting it again replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A timeout of consensus.
    Consensus(Timeout),
    /// The oldest submission in the queue has waited long enough.
    SealBatch,
    /// The next height may start.
    StartHeight,
    /// A block from the future has become present.
    JudgeBlock(BlockDigest),
    /// Retransmission, requests and status, again and again.
    Tick,
}

/// The answer to a request, decoded and checked.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Decided blocks, whose certificates are not verified yet.
    Blocks(Vec<DecidedBlock>),
    /// The batch that was asked for.
    Batch(Box<CheckedBatch>),
    /// The peer has no such batch.
    NoBatch,
    /// There is no answer, or it is faulty.
    Failed,
}

/// An input of [`Replica::step`](super::Replica::step).
#[derive(Clone, Debug)]
pub enum Input {
    /// The first input, once.
    Start,
    /// A client submits; the reply is [`Effect::Reply`](super::Effect::Reply).
    Submit {
        /// Who waits.
        ticket: Ticket,
        /// The submission.
        submission: Box<Submission>,
        /// Its checks.
        checked: Box<CheckedSubmission>,
    },
    /// A peer says something.
    Message {
        /// The network key of the peer that sent it, not always its author.
        from: PublicKey,
        /// What it says.
        message: Box<CheckedMessage>,
    },
    /// The answer to a request.
    Answer {
        /// The request.
        id: RequestId,
        /// The answer.
        answer: Answer,
    },
    /// A peer is connected.
    Connected(PublicKey),
    /// A peer is not connected any more.
    Disconnected(PublicKey),
    /// Batches are durable: the answer to [`Effect::StoreBatches`](super::Effect::StoreBatches).
    BatchesStored(Vec<BatchDigest>),
    /// A block is durable: the answer to [`Effect::Commit`](super::Effect::Commit).
    BlockCommitted(Height),
    /// A timer has ended.
    TimerElapsed(Timer),
}
