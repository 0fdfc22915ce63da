//! A text with its signatures.

use std::collections::BTreeMap;
use std::fmt;

use super::{NoteError, NoteSignature, VerifierKey};

/// Signatures of the largest note that is read. Above the 16 that every verifier must accept; a
/// quorum of cosignatures and one log signature fit up to 148 validators.
pub const MAX_SIGNATURES: usize = 100;

/// Bytes of the largest note that is read: 100 signatures, also post-quantum ones of near 5 kB, and
/// a text.
pub const MAX_NOTE_BYTES: usize = 1 << 20;

/// A text signed by one or more keys, none of them verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedSignature<'key> {
    /// The known key that signed.
    pub key: &'key VerifierKey,
    /// The time of a cosignature in POSIX seconds; `None` for a signature of type 0x01, which has
    /// none.
    pub timestamp_seconds: Option<u64>,
}

impl Note {
    /// Puts signatures under a text.
    ///
    /// # Errors
    /// A [`NoteError`] if the text has no final newline or has a control character, if there is no
    /// signature, or if the note is beyond the limits.
    pub fn new(text: impl Into<String>, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        let text = text.into();
        if !text.ends_with('\n') {
            return Err(NoteError::TextWithoutNewline);
        }
        refuse_control_characters(&text)?;
        if signatures.is_empty() {
            return Err(NoteError::NoSignature);
        }
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let note = Self { text, signatures };
        let actual = note.to_string().len();
        if actual > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge { actual });
        }
        Ok(note)
    }

    /// Reads a note.
    ///
    /// # Errors
    /// A [`NoteError`] that names what is malformed or beyond the limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge {
                actual: bytes.len(),
            });
        }
        let note = std::str::from_utf8(bytes).map_err(|error| NoteError::NotUtf8 {
            valid_up_to: error.valid_up_to(),
        })?;
        refuse_control_characters(note)?;
        // The text may have empty lines of its own: the last one separates.
        let separator = note.rfind("\n\n").ok_or(NoteError::NoSeparator)?;
        let (text, rest) = note
            .split_at_checked(separator + 1)
            .ok_or(NoteError::NoSeparator)?;
        let lines = rest.strip_prefix('\n').ok_or(NoteError::NoSeparator)?;
        if lines.is_empty() {
            return Err(NoteError::NoSignature);
        }
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::UnterminatedSignature)?;
        let mut signatures = Vec::new();
        for (line, text) in lines.split('\n').enumerate() {
            if line >= MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(text, line)?);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in order, not verified.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies every signature by one of the known keys, and ignores the others.
    ///
    /// Returns one signature for each known key that signed, in the order of the lines: if a key
    /// signed twice, both signatures are verified and the first is returned.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] or [`NoteError::Timestamp`] if a signature by a known key is
    /// bad, [`NoteError::NoKnownSignature`] if there is none, [`NoteError::AmbiguousKey`] if two
    /// known keys share name and id.
    pub fn verify<'key>(
        &self,
        known: impl IntoIterator<Item = &'key VerifierKey>,
    ) -> Result<Vec<VerifiedSignature<'key>>, NoteError> {
        // By name and id; the flag says whether the key's first signature has been seen.
        let mut keys = BTreeMap::new();
        for key in known {
            if keys
                .insert((key.name(), key.id()), (key, Seen::No))
                .is_some()
            {
                return Err(NoteError::AmbiguousKey {
                    name: key.name().clone(),
                    key_id: key.id(),
                });
            }
        }
        let mut verified = Vec::new();
        for line in &self.signatures {
            let Some((key, seen)) = keys.get_mut(&(line.name(), line.key_id())) else {
                continue;
            };
            let timestamp_seconds = line.verify(key, &self.text)?;
            if matches!(std::mem::replace(seen, Seen::Yes), Seen::No) {
                verified.push(VerifiedSignature {
                    key,
                    timestamp_seconds,
                });
            }
        }
        if verified.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(verified)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| write!(formatter, "{signature}"))
    }
}

/// Whether a key's first signature has been met.
enum Seen {
    No,
    Yes,
}

fn refuse_control_characters(text: &str) -> Result<(), NoteError> {
    match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        Some(position) => Err(NoteError::ControlCharacter { position }),
        None => Ok(()),
    }
}
