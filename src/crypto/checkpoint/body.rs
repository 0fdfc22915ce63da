//! The text of a checkpoint.

use std::fmt;

use super::CheckpointError;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::empty_root;
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteError, NoteSignature};
use crate::crypto::text::{parse_base64_array, parse_decimal, print_base64};

/// A log's tree head: origin, size and root.
///
/// The origin is at once the name of the log's keys, so it obeys their rules, where tlog-checkpoint
/// only recommends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: KeyName,
    size: u64,
    root: Sha256Digest,
}

impl Checkpoint {
    /// States the root of a log at a size.
    ///
    /// # Errors
    /// [`CheckpointError::EmptyTree`] if the root is the empty tree's and the size is not, or the
    /// other way round.
    pub fn new(origin: KeyName, size: u64, root: Sha256Digest) -> Result<Self, CheckpointError> {
        if (size == 0) != (root == empty_root()) {
            return Err(CheckpointError::EmptyTree { size });
        }
        Ok(Self { origin, size, root })
    }

    /// Reads the text of a checkpoint: three lines, nothing after them.
    ///
    /// # Errors
    /// A [`CheckpointError`] that names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut rest = text;
        let mut line = || {
            let (line, after) = rest.split_once('\n').ok_or(CheckpointError::Lines)?;
            rest = after;
            Ok::<_, CheckpointError>(line)
        };
        let (origin, size, root) = (line()?, line()?, line()?);
        if !rest.is_empty() {
            return Err(CheckpointError::Extension);
        }
        let origin = KeyName::new(origin).map_err(|source| CheckpointError::Origin { source })?;
        let size = parse_decimal(size).ok_or(CheckpointError::Size)?;
        let root = parse_base64_array(root).ok_or(CheckpointError::Root)?;
        Self::new(origin, size, Sha256Digest::from_bytes(root))
    }

    /// The log's identity.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// Leaves of the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Sha256Digest {
        &self.root
    }

    /// Signs the checkpoint as its log.
    ///
    /// The caller sees to it that the checkpoint is consistent with every one it signed before.
    ///
    /// # Errors
    /// [`CheckpointError::WrongLog`] if the key's name is not the origin.
    pub fn sign_as_log(&self, signer: &LogSigner) -> Result<NoteSignature, CheckpointError> {
        let name = signer.verifier_key().name();
        if *name != self.origin {
            return Err(CheckpointError::WrongLog {
                name: name.clone(),
                origin: self.origin.clone(),
            });
        }
        Ok(signer.sign(&self.to_string()))
    }

    /// Cosigns the checkpoint: as of `timestamp_seconds` (POSIX), this is the largest consistent
    /// tree that the cosigner has seen.
    ///
    /// The caller sees to it that the statement is true.
    ///
    /// # Errors
    /// [`NoteError::Timestamp`] above 2^63 - 1 seconds.
    pub fn cosign(
        &self,
        cosigner: &Cosigner,
        timestamp_seconds: u64,
    ) -> Result<NoteSignature, NoteError> {
        cosigner.cosign(&self.to_string(), timestamp_seconds)
    }
}

impl fmt::Display for Checkpoint {
    /// Prints the three lines, each with its newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = print_base64(self.root.as_bytes());
        writeln!(formatter, "{}\n{}\n{root}", self.origin, self.size)
    }
}
