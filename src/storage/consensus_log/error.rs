//! What can be wrong with the consensus log.

use std::io;

use thiserror::Error;

use crate::types::LedgerId;

/// The way out of a damaged log, the same for each kind of damage.
const WAY_OUT: &str = "set the log aside and start again: the node then follows the others and \
                       signs nothing until it has seen the second height decided";

/// Why the consensus log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    /// The disk fails.
    #[error(
        "the consensus log cannot {operation} {file}: {source}{}",
        full_disk_hint(source)
    )]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// What was durable once is not what was written.
    #[error("the consensus log is damaged: {file}, byte {offset}: {what}. {WAY_OUT}")]
    Corrupt {
        /// The segment.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// A segment between others is not there.
    #[error("the consensus log is damaged: {file} is missing. {WAY_OUT}")]
    MissingSegment {
        /// The segment's name.
        file: String,
    },
    /// The end of the log is torn, and the sign guard knows of more than is left.
    #[error(
        "the consensus log ends in the midst of a record ({file}, byte {offset}), and the sign \
         guard does not agree that nothing was signed after it. {WAY_OUT}"
    )]
    TornTailRefused {
        /// The segment.
        file: String,
        /// Where the torn part begins.
        offset: u64,
    },
    /// The log is of another ledger.
    #[error(
        "{file} belongs to ledger {found}, this node is of ledger {expected}: start the node with \
         the data folder of its own ledger"
    )]
    OtherLedger {
        /// The segment.
        file: String,
        /// Its ledger.
        found: LedgerId,
        /// The node's.
        expected: LedgerId,
    },
    /// The log is of a newer program.
    #[error(
        "{file} has format version {version}, this program knows version {known}: run the program \
         that wrote it"
    )]
    UnknownVersion {
        /// The segment.
        file: String,
        /// The version found.
        version: u16,
        /// The version that this program writes.
        known: u16,
    },
    /// A record is longer than any that consensus makes.
    #[error("a consensus record has {length} bytes, the limit is {limit}")]
    RecordTooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Nothing was decided for so long that the log is full.
    #[error(
        "the consensus log has {segments} segments, the most allowed: no height was decided for a \
         very long time"
    )]
    Full {
        /// How many segments there are.
        segments: usize,
    },
    /// A write failed before; nothing is written after that.
    #[error("the consensus log takes no more writes, as one failed before: {first}")]
    Poisoned {
        /// The first error.
        first: String,
    },
}

fn full_disk_hint(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::StorageFull {
        ". The disk is full: free space and start the node again; nothing that was confirmed is lost"
    } else {
        ""
    }
}
