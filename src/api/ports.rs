//! What the interface needs of the node around it.

use futures::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;

use crate::contracts::RecordError;
use crate::crypto::PublicKey;
use crate::types::{
    ContractName, Height, MemberId, Record, RecordKind, Refusal, Round, Submission, SubmissionId,
    Timestamp,
};

/// Whether a submission is on its way to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmissionStatus {
    /// The node has taken it, and it is neither committed nor given up.
    Pending,
    /// The node has taken it, and a block has passed it over: its member or key was in force no more, or it would have
    /// expired too late.
    Dropped(Box<Refusal>),
    /// The node does not have it: it was never taken here, or it is committed or given up.
    NotPending,
}

/// A submission's share of the memory that bodies may take, see
/// [`MAX_BODIES_IN_MEMORY_KIB`](super::limits::MAX_BODIES_IN_MEMORY_KIB). Dropping it frees the
/// share.
#[derive(Debug, Default)]
pub struct BodyPermit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl BodyPermit {
    pub(super) fn new(permit: Option<OwnedSemaphorePermit>) -> Self {
        Self { _permit: permit }
    }
}

/// Takes submissions into the node.
pub trait SubmissionPort: Send + Sync {
    /// Judges a submission and takes it. The future ends once the node has the submission, not
    /// once it is committed. The node keeps `memory` until it has judged, also if the client goes
    /// before: whoever sends and hangs up takes no more memory than whoever waits.
    ///
    /// # Errors
    /// The [`Refusal`] for the client.
    fn submit(
        &self,
        submission: Submission,
        memory: BodyPermit,
    ) -> BoxFuture<'static, Result<SubmissionId, Refusal>>;

    /// Whether a submission is on its way.
    fn status(&self, id: &SubmissionId) -> SubmissionStatus;

    /// Ends once the submission is committed and a [`LedgerReader`](crate::types::LedgerReader)
    /// finds it, or once it cannot be any more; at once if it is not pending. The caller drops the
    /// future when it will not wait longer.
    fn settled(&self, id: &SubmissionId) -> BoxFuture<'static, ()>;
}

/// A peer that the node is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its network key.
    pub network_key: PublicKey,
    /// Whose node it is, if the ledger says so.
    pub member: Option<MemberId>,
    /// The last height it said it has, if it said so.
    pub height: Option<Height>,
}

/// How full the queue of submissions is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolStatus {
    /// Submissions in it.
    pub submission_count: u64,
    /// Their bytes.
    pub byte_count: u64,
    /// The bytes it may have.
    pub byte_limit: u64,
}

/// Whether the node keeps up with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStatus {
    /// It has what its peers have.
    Synced,
    /// It fetches blocks.
    CatchingUp {
        /// The highest height that a peer says it has.
        target: Height,
    },
}

/// A node at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// The version of the program.
    pub version: String,
    /// Milliseconds since the node started.
    pub uptime_ms: u64,
    /// Whose node it is.
    pub member: MemberId,
    /// The key that its peers, and the tokens of its readers, know it by.
    pub network_key: PublicKey,
    /// The key it votes with; none for a follower.
    pub consensus_key: Option<PublicKey>,
    /// The height that is being decided.
    pub height: Height,
    /// The round of it.
    pub round: Round,
    /// The peers it is connected to.
    pub peers: Vec<PeerStatus>,
    /// How full its queue is.
    pub mempool: MempoolStatus,
    /// Whether it keeps up.
    pub sync: SyncStatus,
    /// The kinds of records that the contracts in force at the next height take.
    pub kinds: Vec<KindStatus>,
}

/// A kind of record that can be submitted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindStatus {
    /// Its name.
    pub kind: RecordKind,
    /// The version of the record's format.
    pub version: u16,
    /// What it is, for people.
    pub title: String,
    /// The contract that judges it.
    pub contract: ContractName,
    /// The contract's version.
    pub contract_version: u32,
}

/// Tells about the node. Unless a call says otherwise it must not block: it answers from what the node
/// keeps at hand.
pub trait NodePort: Send + Sync {
    /// The node at this moment.
    fn status(&self) -> NodeStatus;

    /// The node's clock.
    fn now(&self) -> Timestamp;

    /// Judges a record by the contracts in force, without the ledger's state. It takes as long as
    /// checking takes, and is called on threads for blocking work.
    ///
    /// # Errors
    /// [`RecordError`] with what is wrong.
    fn check_record(&self, record: &Record) -> Result<(), RecordError>;

    /// Why the node takes no submissions, as one that decides no blocks, or soon none: the reason of
    /// [`Refusal::NotValidator`]. None if it has a vote, and keeps it.
    fn no_vote_reason(&self) -> Option<&'static str>;

    /// Why the node cannot serve now, for people; empty if it can.
    fn unready_reasons(&self) -> Vec<String>;

    /// What whoever sends requests to a node that can serve should know, for people.
    fn readiness_notes(&self) -> Vec<String>;

    /// The node's metrics in the Prometheus text format, all of them.
    fn metrics_text(&self) -> String;
}

/// A query of the EPCIS interface that is kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedQuery {
    /// The name.
    pub name: String,
    /// Who made it.
    pub member: MemberId,
    /// The query as JSON text, as it was sent, with all prefixes that were declared for it.
    pub query: String,
}

/// Why a named query was not made or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedQueryError {
    /// There is one of that name.
    Exists,
    /// There are as many as may be, in all or of the member.
    TooMany {
        /// The limit.
        most: usize,
    },
    /// They could not be stored; what was there before still is.
    Store(String),
}

/// Keeps named queries. They are a convenience of the clients of one node and no facts of the ledger, so other
/// nodes do not have them. Calls may wait for the disk.
pub trait NamedQueryPort: Send + Sync {
    /// Up to `count` queries whose names come after `after`, in order of their names.
    fn list(&self, after: Option<&str>, count: usize) -> Vec<NamedQuery>;

    /// The query of a name.
    fn get(&self, name: &str) -> Option<NamedQuery>;

    /// Keeps a query; it is durable when this returns.
    ///
    /// # Errors
    /// [`NamedQueryError`] if the name is taken, there is no room, or the disk fails.
    fn create(&self, query: NamedQuery) -> Result<(), NamedQueryError>;

    /// Deletes the query of a name; false if there is none. It is gone for good when this returns.
    ///
    /// # Errors
    /// [`NamedQueryError::Store`] if the disk fails.
    fn delete(&self, name: &str) -> Result<bool, NamedQueryError>;
}
