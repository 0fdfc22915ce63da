//! C2SP offline proofs (c2sp.org/tlog-proof@v1): an entry's inclusion and the cosigned checkpoint
//! in one file, `.tlog-proof`.
//!
//! Invariants:
//! - [`TlogProof::verify`] needs nothing but the leaf hash and a policy: no network, no clock.
//! - The extra data are not authenticated; nothing here reads them. What they say must be bound to
//!   the leaf hash by the caller.
//!
//! Deliberately absent: how a leaf hash follows from a record. That belongs to the log's entry
//! format.

mod error;
mod proof;

pub use error::TlogProofError;
pub use proof::{MAX_EXTRA_BYTES, MAX_TLOG_PROOF_BYTES, TLOG_PROOF_HEADER, TlogProof};

#[cfg(test)]
mod tests;
