//! Public keys of notes, with their names and types.

use std::fmt;
use std::str::FromStr;

use super::{KeyName, MAX_KEY_NAME_BYTES, NoteError};
use crate::crypto::Sha256Digest;
use crate::crypto::keys::{PUBLIC_KEY_BYTES, PublicKey};
use crate::crypto::text::{parse_base64_array, parse_hex, print_base64};

/// Bytes of a key's material in a verifier key: the type byte and the public key.
const MATERIAL_BYTES: usize = 1 + PUBLIC_KEY_BYTES;
/// Bytes of the longest verifier key: name, two plus signs, eight digits, base64 of the material.
const MAX_VERIFIER_KEY_BYTES: usize = MAX_KEY_NAME_BYTES + 2 + 8 + MATERIAL_BYTES.div_ceil(3) * 4;

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureType {
    /// Type 0x01: Ed25519 over the note's text. Logs sign so.
    Ed25519,
    /// Type 0x04: timestamped Ed25519 cosignature of a checkpoint, cosignature/v1. Witnesses sign
    /// so.
    CosignatureV1,
}

impl SignatureType {
    /// The identifier byte that the specification assigns.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    /// The type with this identifier byte, if it is known.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// The short identifier of a key beside its name. It finds a key, it does not authenticate one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u32);

impl KeyId {
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
    fn derive(name: &KeyName, signature_type: SignatureType, key: &PublicKey) -> Self {
        let digest = Sha256Digest::of_parts(&[
            name.as_str().as_bytes(),
            b"\n",
            &[signature_type.byte()],
            key.as_bytes(),
        ]);
        let [first, second, third, fourth, ..] = digest.to_bytes();
        Self::from_bytes([first, second, third, fourth])
    }

    /// The id with these big-endian bytes.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }

    /// The big-endian bytes of the id.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// A named public key that verifies one type of signature: a *vkey*.
///
/// Its text is `<name>+<hex of the id>+<base64 of type and key>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: KeyName,
    signature_type: SignatureType,
    key: PublicKey,
    id: KeyId,
}

impl VerifierKey {
    /// Names a key.
    pub fn new(name: KeyName, signature_type: SignatureType, key: PublicKey) -> Self {
        let id = KeyId::derive(&name, signature_type, &key);
        Self {
            name,
            signature_type,
            key,
            id,
        }
    }

    /// Reads the text of a verifier key.
    ///
    /// # Errors
    /// [`NoteError::MalformedVerifierKey`], [`NoteError::UnknownType`], [`NoteError::PublicKey`],
    /// [`NoteError::KeyIdMismatch`], or what [`KeyName::new`] refuses.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > MAX_VERIFIER_KEY_BYTES {
            return Err(NoteError::MalformedVerifierKey);
        }
        // Names have no plus, base64 has: the first two separate.
        let (name, rest) = text
            .split_once('+')
            .ok_or(NoteError::MalformedVerifierKey)?;
        let (id, material) = rest
            .split_once('+')
            .ok_or(NoteError::MalformedVerifierKey)?;
        let name = KeyName::new(name)?;
        let stated = KeyId::from_bytes(parse_hex(id).map_err(|_| NoteError::MalformedVerifierKey)?);
        let material = parse_base64_array::<MATERIAL_BYTES>(material)
            .ok_or(NoteError::MalformedVerifierKey)?;
        let [type_byte, key @ ..] = material;
        let Some(signature_type) = SignatureType::from_byte(type_byte) else {
            return Err(NoteError::UnknownType { name, type_byte });
        };
        let key = match PublicKey::from_bytes(key) {
            Ok(key) => key,
            Err(source) => return Err(NoteError::PublicKey { name, source }),
        };
        let parsed = Self::new(name, signature_type, key);
        if parsed.id != stated {
            return Err(NoteError::KeyIdMismatch {
                name: parsed.name,
                stated,
                derived: parsed.id,
            });
        }
        Ok(parsed)
    }

    /// The key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// How the key signs.
    pub const fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// The public key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The id that signature lines carry.
    pub const fn id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [
            &[self.signature_type.byte()],
            self.key.as_bytes().as_slice(),
        ]
        .concat();
        write!(
            formatter,
            "{}+{}+{}",
            self.name,
            self.id,
            print_base64(&material)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
