//! The ledger as a function: a block and its batches, applied to the state, give log entries,
//! outcomes, writes and roots, the same on every node.
//!
//! Invariants:
//! - [`apply()`] is total over what can be decided: a bad record is rejected with a reason, an
//!   unauthentic submission gives no entry and is counted, and only a failing store is an error.
//! - Entries are appended to an incremental tree; nothing is computed over the whole log.
//! - The entries of a submission are consecutive, and the last entry of a block is its block entry.
//!
//! Deliberately absent: where it is stored. What has to be written is returned as a value.

mod admission;
mod applied;
mod apply;
mod block_check;
mod checked;
mod checkpoint_policy;
mod error;
mod genesis;
mod location;
mod overlay;
pub mod questions;
mod record_receipt;
mod state_tree;
mod tip;

pub use admission::{AdmissionContext, admit, check_clock, is_worth_reading};
pub use applied::{Applied, BlockCommit, EntryRecord, Skipped};
pub use apply::apply;
pub use block_check::{
    BlockContext, BlockFault, BlockVerdict, check_block, check_block_signatures,
    is_evidence_in_time, was_validator,
};
pub use checked::{
    CheckedBatch, CheckedSubmission, SubmissionContext, check_submission, check_submission_if,
};
pub use checkpoint_policy::{checkpoint_policy, cosigner_verifier, log_verifier, witness_name};
pub use error::LedgerError;
pub use genesis::genesis_state;
pub use location::EntryLocation;
pub use overlay::Overlay;
pub use record_receipt::{MAX_RECORD_PATH_HASHES, RecordReceipt, RecordReceiptError};
pub use state_tree::{StateTreeError, update_state_tree};
pub use tip::LedgerTip;

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// The decoders of what it keeps, for tests.
#[cfg(any(test, feature = "testing"))]
pub const STORED: &[NamedDecoder] = &[
    NamedDecoder::of::<EntryLocation>("EntryLocation"),
    NamedDecoder::of::<LedgerTip>("LedgerTip"),
    NamedDecoder::of::<RecordReceipt>("RecordReceipt"),
    NamedDecoder::of::<state_tree::Subtree>("Subtree"),
];

#[cfg(test)]
mod tests;
