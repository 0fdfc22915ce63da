//! What is wrong with a note, its text, its keys or its signatures.

use thiserror::Error;

use super::{
    KeyId, KeyName, MAX_KEY_NAME_BYTES, MAX_NOTE_BYTES, MAX_SIGNATURES, MAX_TIMESTAMP_SECONDS,
};
use crate::crypto::KeyError;

/// The error of this module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// The note is larger than what is read.
    #[error("the note has {actual} bytes, more than {MAX_NOTE_BYTES}")]
    TooLarge {
        /// Bytes of the note.
        actual: usize,
    },
    /// The note is not UTF-8.
    #[error("the note is not UTF-8 from byte {valid_up_to} on")]
    NotUtf8 {
        /// Bytes before the first that is not UTF-8.
        valid_up_to: usize,
    },
    /// The note has an ASCII control character other than newline.
    #[error("the note has a control character at byte {position}")]
    ControlCharacter {
        /// Its offset.
        position: usize,
    },
    /// The text does not end with a newline.
    #[error("the text of a note ends with a newline")]
    TextWithoutNewline,
    /// No empty line separates a text from signatures.
    #[error("no empty line separates the text from its signatures")]
    NoSeparator,
    /// The last signature line does not end with a newline.
    #[error("the last signature line does not end with a newline")]
    UnterminatedSignature,
    /// There is no signature.
    #[error("the note has no signature")]
    NoSignature,
    /// There are more signatures than what is read.
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// A signature line is not an em dash, a name and canonical base64 of at least five bytes.
    #[error("signature line {line} is malformed")]
    MalformedSignature {
        /// Its number among the signature lines, from zero.
        line: usize,
    },
    /// A key name is empty.
    #[error("a key name is empty")]
    EmptyName,
    /// A key name is longer than what is accepted.
    #[error("a key name has {actual} bytes, more than {MAX_KEY_NAME_BYTES}")]
    NameTooLong {
        /// Bytes of the name.
        actual: usize,
    },
    /// A key name has a space, a plus or a control character.
    #[error("a key name has {character:?} at byte {position}")]
    NameCharacter {
        /// The refused character.
        character: char,
        /// Its offset.
        position: usize,
    },
    /// A verifier key has not three parts, hexadecimal and base64 as the specification writes them.
    #[error(
        "a verifier key is <name>+<8 hexadecimal digits>+<base64 of a type byte and a 32-byte key>"
    )]
    MalformedVerifierKey,
    /// A verifier key is of a type that is not known here.
    #[error("verifier key {name} has signature type {type_byte:#04x}, known are 0x01 and 0x04")]
    UnknownType {
        /// The key's name.
        name: KeyName,
        /// The type byte found.
        type_byte: u8,
    },
    /// A verifier key states an id that does not follow from its name, type and key.
    #[error("verifier key {name} states id {stated}, its name and key give {derived}")]
    KeyIdMismatch {
        /// The key's name.
        name: KeyName,
        /// The id in the text.
        stated: KeyId,
        /// The id derived.
        derived: KeyId,
    },
    /// The public key of a verifier key is refused.
    #[error("verifier key {name}: {source}")]
    PublicKey {
        /// The key's name.
        name: KeyName,
        /// Why the key is refused.
        source: KeyError,
    },
    /// Two of the keys given to verify with share a name and an id, so that a signature names
    /// neither.
    #[error("two known keys are named {name} with id {key_id}")]
    AmbiguousKey {
        /// Their name.
        name: KeyName,
        /// Their id.
        key_id: KeyId,
    },
    /// A known key's signature does not verify.
    #[error("the signature by {name} with id {key_id} does not verify")]
    BadSignature {
        /// The key's name.
        name: KeyName,
        /// The key's id.
        key_id: KeyId,
    },
    /// No known key signed the note.
    #[error("no known key signed the note")]
    NoKnownSignature,
    /// A cosignature's time is beyond what the format allows.
    #[error("cosignature time {timestamp_seconds} s is above {MAX_TIMESTAMP_SECONDS} s")]
    Timestamp {
        /// The time, in POSIX seconds.
        timestamp_seconds: u64,
    },
}
