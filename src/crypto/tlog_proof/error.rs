//! What is wrong with an offline proof.

use thiserror::Error;

use super::{MAX_EXTRA_BYTES, MAX_TLOG_PROOF_BYTES, TLOG_PROOF_HEADER};
use crate::crypto::checkpoint::CheckpointError;
use crate::crypto::merkle::{MAX_PROOF_HASHES, ProofError};

/// The error of this module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlogProofError {
    /// The file is larger than what is read.
    #[error("the proof has {actual} bytes, more than {MAX_TLOG_PROOF_BYTES}")]
    TooLarge {
        /// Bytes of the file.
        actual: usize,
    },
    /// The file is not UTF-8.
    #[error("the proof is not UTF-8 from byte {valid_up_to} on")]
    NotUtf8 {
        /// Bytes before the first that is not UTF-8.
        valid_up_to: usize,
    },
    /// The first line is another than that of version 1.
    #[error("the first line of a proof is {TLOG_PROOF_HEADER:?}")]
    Header,
    /// The extra line is not canonical base64 of at least one byte.
    #[error("the extra line is not canonical base64 of at least one byte")]
    Extra,
    /// The extra data are larger than what is accepted.
    #[error("the extra data have {actual} bytes, more than {MAX_EXTRA_BYTES}")]
    ExtraTooLarge {
        /// Their bytes.
        actual: usize,
    },
    /// The index line is absent or not a canonical decimal.
    #[error("the index line is absent or not a canonical decimal")]
    Index,
    /// A line of the inclusion proof is not canonical base64 of 32 bytes.
    #[error("hash {position} of the inclusion proof is not canonical base64 of 32 bytes")]
    Hash {
        /// Its position, from zero.
        position: usize,
    },
    /// The inclusion proof is longer than any can be.
    #[error("the inclusion proof has more than {MAX_PROOF_HASHES} hashes")]
    TooManyHashes,
    /// No empty line ends the inclusion proof.
    #[error("no empty line separates the inclusion proof from the checkpoint")]
    NoCheckpoint,
    /// The checkpoint is malformed, or the policy does not trust it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not proved to be in the checkpoint's tree.
    #[error(transparent)]
    Inclusion(#[from] ProofError),
}
