//! A checkpoint with its signatures, before and after verification.

use std::fmt;

use super::{Checkpoint, CheckpointError};
use crate::crypto::note::{KeyName, Note, NoteSignature, SignatureType};
use crate::crypto::policy::Policy;

/// A note whose text is a checkpoint. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// A witness's verified statement about a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's key name.
    pub name: KeyName,
    /// When the witness signed, in POSIX seconds. Not judged: applications may.
    pub timestamp_seconds: u64,
}

/// A checkpoint that a policy's log signed and a policy's quorum cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    cosignatures: Vec<Cosignature>,
}

impl SignedCheckpoint {
    /// Puts signatures under a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] without signatures or beyond a note's limits.
    pub fn new(
        checkpoint: Checkpoint,
        signatures: Vec<NoteSignature>,
    ) -> Result<Self, CheckpointError> {
        let note = Note::new(checkpoint.to_string(), signatures)?;
        Ok(Self { checkpoint, note })
    }

    /// Reads a note whose text is a checkpoint.
    ///
    /// # Errors
    /// A [`CheckpointError`] that names what is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { checkpoint, note })
    }

    /// The checkpoint, not to be trusted yet.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, with its signature lines.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Verifies the checkpoint under a policy: signed by one of its logs with the checkpoint's
    /// origin, and cosigned by a quorum of its witnesses. Signatures by keys that the policy does
    /// not name for this origin are ignored; a bad signature by one that it names rejects the
    /// checkpoint.
    ///
    /// # Errors
    /// A [`CheckpointError`] that names what is missing or bad.
    pub fn verify(&self, policy: &Policy) -> Result<VerifiedCheckpoint, CheckpointError> {
        let origin = self.checkpoint.origin();
        let mut known: Vec<_> = policy
            .log_keys()
            .filter(|key| key.name() == origin)
            .collect();
        if known.is_empty() {
            return Err(CheckpointError::UnknownOrigin {
                origin: origin.clone(),
            });
        }
        known.extend(policy.witness_keys());
        let verified = self.note.verify(known)?;
        // A log has type 0x01 and a witness type 0x04: the policy admits no other.
        if !verified
            .iter()
            .any(|signature| signature.key.signature_type() == SignatureType::Ed25519)
        {
            return Err(CheckpointError::NoLogSignature {
                origin: origin.clone(),
            });
        }
        let cosigners = verified
            .iter()
            .filter(|signature| signature.key.signature_type() == SignatureType::CosignatureV1);
        if !policy.is_satisfied_by(cosigners.clone().map(|signature| signature.key)) {
            return Err(CheckpointError::NoQuorum {
                cosigners: cosigners.count(),
            });
        }
        let cosignatures = verified
            .iter()
            .filter_map(|signature| {
                Some(Cosignature {
                    name: signature.key.name().clone(),
                    timestamp_seconds: signature.timestamp_seconds?,
                })
            })
            .collect();
        Ok(VerifiedCheckpoint {
            checkpoint: self.checkpoint.clone(),
            cosignatures,
        })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(formatter)
    }
}

impl VerifiedCheckpoint {
    /// The trusted checkpoint.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The verified cosignatures by witnesses of the policy, in the order of the note.
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }
}
