//! Secret keys that sign notes.

use super::signature_line::cosigned_message;
use super::{KeyName, NoteError, NoteSignature, SignatureType, VerifierKey};
use crate::crypto::SecretKey;

/// A log's key: signs texts with type 0x01.
#[derive(Debug)]
pub struct LogSigner {
    secret: SecretKey,
    verifier_key: VerifierKey,
}

impl LogSigner {
    /// Names a secret key. For checkpoints the name is the log's origin.
    pub fn new(name: KeyName, secret: SecretKey) -> Self {
        let verifier_key = VerifierKey::new(name, SignatureType::Ed25519, secret.public_key());
        Self {
            secret,
            verifier_key,
        }
    }

    /// The key that verifies what this one signs.
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    /// Signs the text of a note, which must be one that [`super::Note::new`] accepts.
    pub fn sign(&self, text: &str) -> NoteSignature {
        NoteSignature::ed25519(&self.verifier_key, self.secret.sign_raw(text.as_bytes()))
    }
}

/// A witness's key: cosigns checkpoints with type 0x04.
///
/// A key belongs to one cosigner: the signed message does not name it.
#[derive(Debug)]
pub struct Cosigner {
    secret: SecretKey,
    verifier_key: VerifierKey,
}

impl Cosigner {
    /// Names a secret key.
    pub fn new(name: KeyName, secret: SecretKey) -> Self {
        let verifier_key =
            VerifierKey::new(name, SignatureType::CosignatureV1, secret.public_key());
        Self {
            secret,
            verifier_key,
        }
    }

    /// The key that verifies what this one signs.
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    /// Cosigns the text of a checkpoint. Not for other texts, hence not public: see
    /// `Checkpoint::cosign`.
    ///
    /// # Errors
    /// [`NoteError::Timestamp`] above 2^63 - 1 seconds.
    pub(in crate::crypto) fn cosign(
        &self,
        text: &str,
        timestamp_seconds: u64,
    ) -> Result<NoteSignature, NoteError> {
        let signature = self
            .secret
            .sign_raw(&cosigned_message(timestamp_seconds, text)?);
        Ok(NoteSignature::cosignature(
            &self.verifier_key,
            timestamp_seconds,
            signature,
        ))
    }
}
