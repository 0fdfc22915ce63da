//! What can be wrong with the sign guard's files.

use std::io;

use thiserror::Error;

use crate::types::LedgerId;

/// Why the sign guard cannot be stored or loaded.
#[derive(Debug, Error)]
pub enum GuardFileError {
    /// The disk fails.
    #[error("the sign guard cannot {operation} {file}: {source}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        file: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The guard is of another ledger.
    #[error(
        "{file} belongs to ledger {found}, this node is of ledger {expected}: start the node with \
         the data folder of its own ledger"
    )]
    OtherLedger {
        /// The slot.
        file: &'static str,
        /// Its ledger.
        found: LedgerId,
        /// The node's.
        expected: LedgerId,
    },
    /// The guard is of a newer program.
    #[error(
        "{file} has format version {version}, this program knows version {known}: run the program \
         that wrote it"
    )]
    UnknownVersion {
        /// The slot.
        file: &'static str,
        /// The version found.
        version: u16,
        /// The version that this program writes.
        known: u16,
    },
    /// What is to be stored is too long.
    #[error("a sign guard has {length} bytes, the limit is {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A write failed before; nothing is signed after that.
    #[error("the sign guard takes no more writes, as one failed before: {first}")]
    Poisoned {
        /// The first error.
        first: String,
    },
}
