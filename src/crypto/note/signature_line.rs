//! One signature line of a note.

use std::fmt;

use super::{KeyId, KeyName, NoteError, SignatureType, VerifierKey};
use crate::crypto::Signature;
use crate::crypto::text::{parse_base64, print_base64};

/// What opens a signature line: an em dash and a space.
const LINE_PREFIX: &str = "\u{2014} ";
/// What opens a cosigned message, before its time line.
const COSIGNATURE_HEADER: &str = "cosignature/v1\n";

/// A signature as it stands in a note: not verified, possibly of an unknown type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    key_id: KeyId,
    // At least one byte; what they mean depends on the type of the key.
    signature: Vec<u8>,
}

impl NoteSignature {
    /// A signature of type 0x01: the 64 bytes themselves.
    pub(super) fn ed25519(key: &VerifierKey, signature: Signature) -> Self {
        Self {
            name: key.name().clone(),
            key_id: key.id(),
            signature: signature.as_bytes().to_vec(),
        }
    }

    /// A signature of type 0x04: big-endian time ‖ the 64 bytes.
    pub(super) fn cosignature(
        key: &VerifierKey,
        timestamp_seconds: u64,
        signature: Signature,
    ) -> Self {
        Self {
            name: key.name().clone(),
            key_id: key.id(),
            signature: [
                &timestamp_seconds.to_be_bytes(),
                signature.as_bytes().as_slice(),
            ]
            .concat(),
        }
    }

    /// Reads a line without its newline, the `line`-th signature of its note.
    pub(super) fn parse(text: &str, line: usize) -> Result<Self, NoteError> {
        let malformed = NoteError::MalformedSignature { line };
        let (name, base64) = text
            .strip_prefix(LINE_PREFIX)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(malformed.clone())?;
        let bytes = parse_base64(base64).ok_or(malformed.clone())?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(malformed.clone())?;
        if signature.is_empty() {
            return Err(malformed);
        }
        Ok(Self {
            name: KeyName::new(name)?,
            key_id: KeyId::from_bytes(*key_id),
            signature: signature.to_vec(),
        })
    }

    /// The name of the key that is said to have signed.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that is said to have signed.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Whether the line names this key, by name and id.
    pub fn is_by(&self, key: &VerifierKey) -> bool {
        self.key_id == key.id() && self.name == *key.name()
    }

    /// Verifies the signature over a note's text. Returns the time of a cosignature, in POSIX
    /// seconds.
    pub(super) fn verify(&self, key: &VerifierKey, text: &str) -> Result<Option<u64>, NoteError> {
        let bad = || NoteError::BadSignature {
            name: self.name.clone(),
            key_id: self.key_id,
        };
        match key.signature_type() {
            SignatureType::Ed25519 => {
                let signature =
                    Signature::try_from(self.signature.as_slice()).map_err(|_| bad())?;
                key.key()
                    .verify_raw(text.as_bytes(), &signature)
                    .map_err(|_| bad())?;
                Ok(None)
            }
            SignatureType::CosignatureV1 => {
                let (time, signature) = self.signature.split_first_chunk::<8>().ok_or_else(bad)?;
                let signature = Signature::try_from(signature).map_err(|_| bad())?;
                let timestamp_seconds = u64::from_be_bytes(*time);
                let message = cosigned_message(timestamp_seconds, text)?;
                key.key()
                    .verify_raw(&message, &signature)
                    .map_err(|_| bad())?;
                Ok(Some(timestamp_seconds))
            }
        }
    }
}

impl fmt::Display for NoteSignature {
    /// Prints the line, with its newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id.to_bytes(), self.signature.as_slice()].concat();
        writeln!(
            formatter,
            "{LINE_PREFIX}{} {}",
            self.name,
            print_base64(&bytes)
        )
    }
}

/// Seconds beyond which a cosignature has no valid time: 2^63 - 1, by tlog-cosignature.
pub const MAX_TIMESTAMP_SECONDS: u64 = i64::MAX.unsigned_abs();

/// What a cosigner signs: header line, time line, and the whole text of the checkpoint.
pub(super) fn cosigned_message(timestamp_seconds: u64, text: &str) -> Result<Vec<u8>, NoteError> {
    if timestamp_seconds > MAX_TIMESTAMP_SECONDS {
        return Err(NoteError::Timestamp { timestamp_seconds });
    }
    Ok(format!("{COSIGNATURE_HEADER}time {timestamp_seconds}\n{text}").into_bytes())
}
