//! What an effect sees and where it writes.

use bytes::Bytes;
use thiserror::Error;

use crate::types::{
    DecodeError, Height, LogIndex, Member, ReadError, Rejection, Space, StateReader, Timestamp,
};

/// State that can be read and changed; what is written is read back.
pub trait StateWriter: StateReader {
    /// Sets the value of a key.
    fn put(&mut self, space: Space, key: &[u8], value: Bytes);

    /// Sets the value of a key that no effect ever reads, as those of most indices are: it need not be
    /// found again before the block is committed.
    fn append(&mut self, space: Space, key: Vec<u8>, value: Bytes) {
        self.put(space, &key, value);
    }

    /// Removes a key.
    fn remove(&mut self, space: Space, key: &[u8]);
}

/// The circumstances of a record.
#[derive(Clone, Debug)]
pub struct EffectContext<'a> {
    /// The block that executes it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// Who submitted it, with the roles that it has after what comes before the record.
    pub submitter: &'a Member,
    /// The entry that it will have.
    pub index: LogIndex,
}

/// Why an effect cannot be computed at all: the node has to stop.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EffectError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The state holds bytes that this program did not write.
    #[error("the state holds a bad {what}: {error}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        error: DecodeError,
    },
}

/// What an effect comes to, when nothing is wrong with the store.
pub(super) type EffectResult = Result<Result<(), Rejection>, EffectError>;
