//! What is wrong with a checkpoint.

use thiserror::Error;

use crate::crypto::note::{KeyName, NoteError};

/// The error of this module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The text is not three lines, each ended by a newline.
    #[error("a checkpoint is three lines, each ended by a newline: origin, size, root")]
    Lines,
    /// The text has lines after the third.
    #[error("the checkpoint has extension lines")]
    Extension,
    /// The origin is not acceptable as a key name.
    #[error("the origin of the checkpoint: {source}")]
    Origin {
        /// Why it is refused.
        source: NoteError,
    },
    /// The size is not a decimal without leading zeroes, at most `u64::MAX`.
    #[error("the size of the checkpoint is not a canonical decimal")]
    Size,
    /// The root is not canonical base64 of 32 bytes.
    #[error("the root of the checkpoint is not canonical base64 of 32 bytes")]
    Root,
    /// The root of the empty tree stands beside another size than zero, or another root beside
    /// zero.
    #[error("a tree of {size} leaves cannot have the stated root")]
    EmptyTree {
        /// Leaves stated.
        size: u64,
    },
    /// A log key has another name than the origin of the checkpoint it should sign.
    #[error("log key {name} does not sign for origin {origin}")]
    WrongLog {
        /// The key's name.
        name: KeyName,
        /// The checkpoint's origin.
        origin: KeyName,
    },
    /// The note around the checkpoint is malformed, or a signature by a known key is bad.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The policy has no log with this origin.
    #[error("the policy has no log with origin {origin}")]
    UnknownOrigin {
        /// The checkpoint's origin.
        origin: KeyName,
    },
    /// None of the policy's logs with this origin signed.
    #[error("no log key of the policy signed the checkpoint of {origin}")]
    NoLogSignature {
        /// The checkpoint's origin.
        origin: KeyName,
    },
    /// The witnesses that cosigned do not satisfy the quorum.
    #[error("{cosigners} witnesses of the policy cosigned, which is no quorum")]
    NoQuorum {
        /// Witnesses of the policy with a valid cosignature.
        cosigners: usize,
    },
}
