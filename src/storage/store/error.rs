//! What can be wrong with the store.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::types::{BatchDigest, Height, LedgerId, ReadError};

/// The way out of a damaged store.
const WAY_OUT: &str = "move the folder away and start the node again: it fetches the ledger from \
                       its peers, and verifies it";

/// Why the store cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk is full.
    #[error(
        "the disk of {} is full: free space and start the node again; nothing that was confirmed \
         is lost ({reason})",
        path.display()
    )]
    DiskFull {
        /// Where the store is.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// Another process has the store open.
    #[error(
        "the store in {} is in use by another process: stop that one first ({reason})",
        path.display()
    )]
    InUse {
        /// Where the store is.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// The database or the file system fails.
    #[error("the store in {} fails: {reason}", path.display())]
    Database {
        /// Where the store is.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// The store holds what this program did not write.
    #[error("the store in {} is damaged: {what}. {WAY_OUT}", path.display())]
    Damaged {
        /// Where the store is.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The folder holds a database of another program.
    #[error(
        "{} holds a database that is no Waybill store: name another folder",
        path.display()
    )]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// The store is of another ledger.
    #[error(
        "the store in {} belongs to ledger {found}, the genesis document makes ledger {expected}: \
         start the node with the genesis document of that ledger, or with another data folder",
        path.display()
    )]
    OtherLedger {
        /// Where the store is.
        path: PathBuf,
        /// The ledger of the store.
        found: LedgerId,
        /// The ledger of the genesis document.
        expected: LedgerId,
    },
    /// The store was written by a newer program, or by one that never was.
    #[error(
        "the store in {} has format version {found}, this program knows version {known}: run the \
         program that wrote it, or name an empty data folder and let the node fetch the ledger",
        path.display()
    )]
    UnknownFormat {
        /// Where the store is.
        path: PathBuf,
        /// The version found.
        found: u16,
        /// The version that this program writes.
        known: u16,
    },
    /// The cache is too small for the largest batch.
    #[error("the store's cache has {bytes} bytes, it needs at least {least}")]
    CacheTooSmall {
        /// What was asked for.
        bytes: usize,
        /// The least.
        least: usize,
    },
    /// The genesis state cannot be computed.
    #[error("the genesis state cannot be made: {reason}")]
    Genesis {
        /// Why.
        reason: String,
    },
    /// The block to commit is not the next one: a fault of the caller.
    #[error("block {height} does not follow the stored tip at height {tip}")]
    NotNext {
        /// The height of the block.
        height: Height,
        /// The height of the tip.
        tip: Height,
    },
    /// The block to commit contradicts itself: a fault of the caller.
    #[error("the commit of block {height} is inconsistent: {what}")]
    InconsistentCommit {
        /// The height of the block.
        height: Height,
        /// What does not fit.
        what: &'static str,
    },
    /// A batch of the block to commit was never stored: a fault of the caller.
    #[error("batch {batch} of block {height} is not in the store")]
    MissingBatch {
        /// The batch.
        batch: BatchDigest,
        /// The height of the block.
        height: Height,
    },
    /// A checkpoint is longer than any that validators make, or beyond the log.
    #[error("the checkpoint of size {size} cannot be kept: {what}")]
    BadCheckpoint {
        /// Its size.
        size: u64,
        /// What is wrong.
        what: String,
    },
    /// A smaller tree would be cosigned than before: a fault of the caller.
    #[error("a tree of {given} entries must not be cosigned after one of {stored}")]
    CosignedSizeShrinks {
        /// What was cosigned last.
        stored: u64,
        /// What is to be.
        given: u64,
    },
    /// A write failed before; nothing is written after that.
    #[error("the store takes no more writes, as one failed before: {first}")]
    Poisoned {
        /// The first error.
        first: String,
    },
}

impl StoreError {
    /// An error of the database, told apart as far as an operator can do something about it.
    pub(super) fn database(path: &Path, error: &rocksdb::Error) -> Self {
        let is_corruption = error.kind() == rocksdb::ErrorKind::Corruption;
        Self::classify(path.to_owned(), is_corruption, error.to_string())
    }

    fn classify(path: PathBuf, is_corruption: bool, reason: String) -> Self {
        if reason.contains("No space left on device") || reason.contains("Disk quota exceeded") {
            return Self::DiskFull { path, reason };
        }
        if reason.contains("While lock file") || reason.contains("lock hold by current process") {
            return Self::InUse { path, reason };
        }
        if is_corruption {
            return Self::Damaged { path, what: reason };
        }
        Self::Database { path, reason }
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_can_mend_is_told_apart() {
        let classify = |is_corruption, reason: &str| {
            StoreError::classify(PathBuf::from("/data"), is_corruption, reason.to_owned())
        };
        let full = classify(false, "IO error: No space left on device: /data/000012.log");
        assert!(matches!(full, StoreError::DiskFull { .. }));
        assert!(full.to_string().contains("free space"));
        let locked = classify(false, "IO error: While lock file: /data/LOCK: Resource");
        assert!(matches!(locked, StoreError::InUse { .. }));
        let rotten = classify(true, "Corruption: checksum mismatch");
        assert!(rotten.to_string().contains("move the folder away"));
        let other = classify(false, "IO error: Input/output error");
        assert!(matches!(other, StoreError::Database { .. }));
    }
}
