//! C2SP signed notes (c2sp.org/signed-note@v1.0.0) and Ed25519 cosignatures
//! (c2sp.org/tlog-cosignature).
//!
//! A note is a text and one or more signature lines. Two signature types are known: 0x01, Ed25519
//! over the text, and 0x04, a timestamped cosignature of a checkpoint. The format fixes the signed
//! bytes, so notes are the one place where a key signs without a [`crate::crypto::Domain`]: a key
//! that signs notes signs nothing else.
//!
//! Invariants:
//! - A [`Note`] that exists has a well-formed text and at least one signature line; printing and
//!   parsing are inverse.
//! - Signatures by unknown keys are ignored, also if they share a name or an id with a known key.
//!   One bad signature by a known key rejects the note; so does the absence of any good one.
//! - A [`VerifierKey`]'s id is always the one derived from its name, type and key.
//!
//! Deliberately absent: other signature types, and signing a text that is not a checkpoint with a
//! cosigning key.

mod error;
mod key_name;
mod signature_line;
mod signed_note;
mod signer;
mod verifier_key;

pub use error::NoteError;
pub use key_name::{KeyName, MAX_KEY_NAME_BYTES};
pub use signature_line::{MAX_TIMESTAMP_SECONDS, NoteSignature};
pub use signed_note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, VerifiedSignature};
pub use signer::{Cosigner, LogSigner};
pub use verifier_key::{KeyId, SignatureType, VerifierKey};

#[cfg(test)]
mod tests;
