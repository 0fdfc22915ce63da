//! The ledger store: blocks, entries, state, trees and batches in RocksDB.
//!
//! # Invariants
//! - A block is committed by one synced write: entries, tree nodes, state and indices, and the tip.
//!   There is no state between two blocks on the disk.
//! - A body is written once, in its batch. An entry is a [`crate::ledger::EntryLocation`] that
//!   points into it.
//! - A batch is durable when [`Store::put_batches`] returns, so it may be acknowledged; it stays
//!   until it is past its last height without having been ordered, and for ever if it was ordered.
//! - What was cosigned never shrinks: [`Store::put_cosigned_size`] refuses, durably.
//! - A call of [`crate::types::LedgerReader`] answers from one snapshot.
//! - After an error of a write or a sync the handle refuses all writes with the first error; reads
//!   go on, for whoever wants to know.
//! - Memory is bounded by [`StoreOptions::cache_bytes`]: block cache, write buffers, indices and
//!   filters, and recently read batches are all counted against it.
//!
//! # Crash points, one by one
//! | crash during | found at the next start | what follows |
//! |---|---|---|
//! | creation, before the genesis write | a store without a format | the genesis state is written as if it were fresh |
//! | `put_batches` | none or all of the batches of the call | nobody was told that they are held; they are fetched or sent again |
//! | between `put_batches` and `commit` | the batches, listed as pending | they are ordered, or discarded past their last height |
//! | `commit` | the block before or the block, whole | the consensus log still has the height; it is decided and applied again, with the same result |
//! | between `commit` and forgetting in the consensus log | the block | records of decided heights are skipped |
//! | `put_checkpoint` | the checkpoint before | it is collected again |
//! | `put_cosigned_size` | the size before or the new one | nothing was signed unless it returned |
//! | `discard_expired` | some of the batches | the rest is discarded later |
//!
//! A write-ahead log of the store that is damaged anywhere but at its torn end is refused: synced
//! blocks must not vanish silently.
//!
//! # Deliberately absent
//! Judgement: nothing here verifies a signature or a certificate. And pruning of ordered batches.

mod batch_cache;
mod batches;
mod checkpoints;
mod columns;
mod commit;
mod concurrent_reads;
mod error;
mod ledger_reader;
mod metrics;
mod open;
mod options;
mod verify;
mod view;
mod write;

pub use batches::{DiscardProgress, MAX_DISCARDED_PER_STEP};
pub use checkpoints::MAX_CHECKPOINT_BYTES;
pub use error::StoreError;
pub use metrics::StoreMetrics;
pub use open::{FORMAT_VERSION, Store};
pub use options::{DEFAULT_CACHE_BYTES, MAX_STORE_FILES, MIN_CACHE_BYTES, StoreOptions};
pub use verify::{VerifyProgress, VerifyReport};

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// The decoders of what it keeps, for tests.
#[cfg(any(test, feature = "testing"))]
pub const STORED: &[NamedDecoder] = &[NamedDecoder::of::<ledger_reader::HeightAndEvidence>(
    "HeightAndEvidence",
)];

#[cfg(test)]
mod tests;
