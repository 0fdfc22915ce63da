//! The proof file.

use std::fmt;

use super::TlogProofError;
use crate::crypto::Sha256Digest;
use crate::crypto::checkpoint::{SignedCheckpoint, VerifiedCheckpoint};
use crate::crypto::merkle::{MAX_PROOF_HASHES, verify_inclusion};
use crate::crypto::note::MAX_NOTE_BYTES;
use crate::crypto::policy::Policy;
use crate::crypto::text::{parse_base64, parse_base64_array, parse_decimal, print_base64};

/// The first line of a proof of version 1.
pub const TLOG_PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Bytes of the largest extra data: a log entry's worth, above a submission's header, signature and
/// path.
pub const MAX_EXTRA_BYTES: usize = 64 * 1024;

/// Bytes of the largest proof that is read: header and index lines, extra data in base64, hashes,
/// and the largest note.
pub const MAX_TLOG_PROOF_BYTES: usize =
    128 + MAX_EXTRA_BYTES.div_ceil(3) * 4 + MAX_PROOF_HASHES * 45 + MAX_NOTE_BYTES;

/// That an entry is in a log, for who has the entry's leaf hash. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    // Empty stands for no extra line: the format has no line for empty data.
    extra: Vec<u8>,
    index: u64,
    path: Vec<Sha256Digest>,
    checkpoint: SignedCheckpoint,
}

impl TlogProof {
    /// Puts a proof together. `path` is the inclusion proof of entry `index` at the checkpoint's
    /// size; empty `extra` means none.
    ///
    /// # Errors
    /// [`TlogProofError::ExtraTooLarge`] or [`TlogProofError::TooManyHashes`].
    pub fn new(
        extra: Vec<u8>,
        index: u64,
        path: Vec<Sha256Digest>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, TlogProofError> {
        if extra.len() > MAX_EXTRA_BYTES {
            return Err(TlogProofError::ExtraTooLarge {
                actual: extra.len(),
            });
        }
        if path.len() > MAX_PROOF_HASHES {
            return Err(TlogProofError::TooManyHashes);
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint,
        })
    }

    /// Reads a proof file.
    ///
    /// # Errors
    /// A [`TlogProofError`] that names what is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > MAX_TLOG_PROOF_BYTES {
            return Err(TlogProofError::TooLarge {
                actual: bytes.len(),
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| TlogProofError::NotUtf8 {
            valid_up_to: error.valid_up_to(),
        })?;
        let (header, rest) = text.split_once('\n').ok_or(TlogProofError::Header)?;
        if header != TLOG_PROOF_HEADER {
            return Err(TlogProofError::Header);
        }
        let (extra, rest) = match rest.strip_prefix("extra ") {
            Some(rest) => {
                let (base64, rest) = rest.split_once('\n').ok_or(TlogProofError::Extra)?;
                let extra = parse_base64(base64)
                    .filter(|extra| !extra.is_empty())
                    .ok_or(TlogProofError::Extra)?;
                (extra, rest)
            }
            None => (Vec::new(), rest),
        };
        let rest = rest.strip_prefix("index ").ok_or(TlogProofError::Index)?;
        let (index, mut rest) = rest.split_once('\n').ok_or(TlogProofError::Index)?;
        let index = parse_decimal(index).ok_or(TlogProofError::Index)?;
        let mut path = Vec::new();
        let note = loop {
            let (line, after) = rest.split_once('\n').ok_or(TlogProofError::NoCheckpoint)?;
            if line.is_empty() {
                break after;
            }
            let position = path.len();
            if position >= MAX_PROOF_HASHES {
                return Err(TlogProofError::TooManyHashes);
            }
            let hash = parse_base64_array(line).ok_or(TlogProofError::Hash { position })?;
            path.push(Sha256Digest::from_bytes(hash));
            rest = after;
        };
        Self::new(
            extra,
            index,
            path,
            SignedCheckpoint::parse(note.as_bytes())?,
        )
    }

    /// The extra data, not authenticated; empty if there are none.
    pub fn extra(&self) -> &[u8] {
        &self.extra
    }

    /// The entry's position in the log.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof, from the leaf's sibling up to the root's child.
    pub fn path(&self) -> &[Sha256Digest] {
        &self.path
    }

    /// The checkpoint, not to be trusted yet.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Verifies that the entry with this leaf hash is in the log, at this proof's index, under the
    /// policy.
    ///
    /// # Errors
    /// [`TlogProofError::Checkpoint`] if the policy does not trust the checkpoint,
    /// [`TlogProofError::Inclusion`] if the path does not lead from the leaf to its root.
    pub fn verify(
        &self,
        leaf: &Sha256Digest,
        policy: &Policy,
    ) -> Result<VerifiedCheckpoint, TlogProofError> {
        let verified = self.checkpoint.verify(policy)?;
        let checkpoint = verified.checkpoint();
        verify_inclusion(
            self.index,
            checkpoint.size(),
            leaf,
            &self.path,
            checkpoint.root(),
        )?;
        Ok(verified)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{TLOG_PROOF_HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(formatter, "extra {}", print_base64(&self.extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(formatter, "{}", print_base64(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}
