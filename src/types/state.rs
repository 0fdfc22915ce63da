//! The state as the pure floors read it, and the writes by which a block changes it.

use bytes::Bytes;
use thiserror::Error;

/// A named part of what a node keeps about the ledger besides blocks and entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// The authenticated state: key to value, covered by the state root.
    State,
    /// The nodes of the tree that makes the state root.
    StateTree,
    /// Submission id to where the submission is in the log, for as long as it could be replayed
    /// and longer, for those who ask.
    Submissions,
    /// Idempotency key of a record to its first log index.
    Records,
    /// Digest of an ordered batch to the height that ordered it.
    OrderedBatches,
    /// Offence to the log index of its evidence.
    Offences,
    /// What is kept to answer questions, and could be found again from the log. The floor above
    /// says which keys there are.
    Index,
    /// Log index to what tracing needs of the event of that entry, as the floor above writes it. Apart
    /// from [`Space::Index`] because it comes in order and is long: it is written once that way.
    TraceEvents,
    /// Log index of an event to that of the declaration that it is wrong. Apart from [`Space::Index`] because
    /// it is looked up for every event that is read, and small.
    Declarations,
    /// What the ledger has to do by itself at a time, as the floor above writes it.
    Agenda,
}

impl Space {
    /// All spaces.
    pub const ALL: [Self; 10] = [
        Self::State,
        Self::StateTree,
        Self::Submissions,
        Self::Records,
        Self::OrderedBatches,
        Self::Offences,
        Self::Index,
        Self::TraceEvents,
        Self::Declarations,
        Self::Agenda,
    ];
}

/// The store cannot be read, or holds what cannot be: the node has to stop.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the ledger store cannot be read: {reason}")]
pub struct ReadError {
    /// What the store says.
    pub reason: String,
}

impl ReadError {
    /// An error with a reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// Reads the state after the last committed block.
pub trait StateReader {
    /// The value of a key.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails; the node stops then.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError>;
}

impl<T: StateReader + ?Sized> StateReader for &T {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        (**self).get(space, key)
    }
}

/// One change of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub space: Space,
    /// The key.
    pub key: Bytes,
    /// The new value, or none to delete the key.
    pub value: Option<Bytes>,
}
