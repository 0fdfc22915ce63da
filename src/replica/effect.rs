//! What the replica asks for.

use std::sync::Arc;

use super::input::{Ticket, Timer};
use super::message::{LogEntry, PeerMessage};
use crate::consensus::{MutedReason, SignGuard};
use crate::crypto::PublicKey;
use crate::ledger::{BlockCommit, EntryRecord};
use crate::sync::OutgoingRequest;
use crate::types::{Batch, BatchDigest, Evidence, Height, Refusal, Round, SubmissionId, Timestamp};

/// What an operator must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A round ended without a decision: its proposer was silent or slow, or the network was.
    RoundFailed {
        /// The height.
        height: Height,
        /// The round that ended.
        round: Round,
        /// The validator whose turn it was.
        proposer: PublicKey,
    },
    /// This node is a validator and does not sign.
    Muted {
        /// The height.
        height: Height,
        /// Why.
        reason: MutedReason,
    },
    /// A validator signed two conflicting statements.
    Evidence(Box<Evidence>),
    /// A proposed block is provably wrong.
    InvalidBlock {
        /// Who proposed it.
        proposer: PublicKey,
        /// What is wrong.
        reason: String,
    },
    /// A proposed block's time is too far ahead of this node's clock.
    BlockFromTheFuture {
        /// The block's time.
        time: Timestamp,
        /// This node's clock.
        now: Timestamp,
    },
    /// A proposer holds time back: the block's time is far behind this node's clock.
    BlockFromThePast {
        /// The block's time.
        time: Timestamp,
        /// This node's clock.
        now: Timestamp,
    },
    /// A batch had submissions that gave no entry though its author should have seen it.
    SkippedSubmissions {
        /// The author.
        author: PublicKey,
        /// How many.
        count: u64,
    },
    /// A peer delivered something else than it should.
    FaultyPeer {
        /// The network key of the peer.
        peer: PublicKey,
        /// What was wrong.
        reason: String,
    },
    /// Other validators decide from a height on.
    ValidatorsChanged {
        /// The first height that they decide.
        from: Height,
        /// How many there are.
        count: usize,
        /// How many of them decide.
        quorum: usize,
    },
    /// This node is a validator from a height on.
    Joined {
        /// The first height that it decides with others.
        from: Height,
    },
    /// This node is no validator any more: it follows.
    Left {
        /// The first height that others decide.
        from: Height,
    },
    /// A validator signed a checkpoint that contradicts this node's log.
    ForkedCheckpoint {
        /// The consensus key of the validator.
        validator: PublicKey,
        /// The signed note.
        note: String,
    },
}

/// An effect of [`Replica::step`](super::Replica::step). Effects are executed in their order; after
/// a failure of a durable one, of [`Effect::StoreBatches`] or of [`Effect::Commit`], none is executed
/// any more and the node stops.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Append to the consensus log. Durable: synced before any later effect is executed.
    Log(LogEntry),
    /// Replace the sign guard. Durable: synced before any later effect is executed.
    Guard(SignGuard),
    /// Drop the consensus log of heights below this one; their blocks are durable.
    ForgetLogBelow(Height),
    /// Write batches, synced, then answer with
    /// [`Input::BatchesStored`](super::Input::BatchesStored). May go on beside later effects.
    StoreBatches(Vec<Arc<Batch>>),
    /// Commit a block in one synced write, after all batches stored before, then answer with
    /// [`Input::BlockCommitted`](super::Input::BlockCommitted). May go on beside later effects.
    Commit {
        /// What to write.
        commit: Box<BlockCommit>,
        /// Batches of the block that are not stored yet.
        batches: Vec<Arc<Batch>>,
        /// The log size that this node will cosign after the commit, if it will: it never signs a
        /// smaller one again.
        cosigned_size: Option<u64>,
    },
    /// Delete unordered batches whose last height is below this one.
    DiscardBatches(Height),
    /// Serve a checkpoint that a quorum has cosigned.
    PublishCheckpoint {
        /// The size of the log.
        size: u64,
        /// The signed note.
        note: String,
    },
    /// Send to every connected peer.
    Broadcast(Arc<PeerMessage>),
    /// Send to the peer with this network key, if it is connected.
    Send {
        /// The peer.
        to: PublicKey,
        /// The message.
        message: Arc<PeerMessage>,
    },
    /// Send the bytes of a batch to the peers with these network keys.
    SendBatch {
        /// The peers; none for all that are connected.
        to: Option<Vec<PublicKey>>,
        /// The batch.
        batch: Arc<Batch>,
    },
    /// Ask a peer; answer with [`Input::Answer`](super::Input::Answer), in any case.
    Request(OutgoingRequest),
    /// Start or restart a timer.
    SetTimer {
        /// Which.
        timer: Timer,
        /// How long, in milliseconds.
        after_ms: u64,
    },
    /// Stop a timer if it runs.
    CancelTimer(Timer),
    /// Answer a client that submits.
    Reply {
        /// Who waits.
        ticket: Ticket,
        /// The id, or why not.
        result: Result<SubmissionId, Box<Refusal>>,
    },
    /// This node cannot have submissions ordered that it has taken: tell those who wait that it does
    /// not have them any more.
    GiveUp(Vec<SubmissionId>),
    /// A block is durable: tell those who wait.
    Committed {
        /// Its height.
        height: Height,
        /// Its time.
        time: Timestamp,
        /// Its submissions.
        records: Vec<EntryRecord>,
        /// Submissions in its batches that are not on the ledger, and never come on it.
        dropped: Vec<(SubmissionId, Refusal)>,
        /// Its batches.
        batches: Vec<BatchDigest>,
    },
    /// Tell the operator.
    Report(Report),
}

impl Effect {
    /// Whether later effects must wait until this one is synced.
    pub fn is_durable(&self) -> bool {
        matches!(self, Self::Log(_) | Self::Guard(_))
    }
}
