//! A signature's bytes.

use super::KeyError;
use crate::crypto::text::{hex_text, parse_hex};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// The 64 bytes of an Ed25519 signature. That they form one is checked only by verifying.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; SIGNATURE_BYTES]);

impl Signature {
    /// Takes the bytes of a signature.
    pub const fn from_bytes(bytes: [u8; SIGNATURE_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads 128 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Hex`] if the text is anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Ok(Self(parse_hex(text)?))
    }

    /// The bytes R ‖ S of RFC 8032, Section 5.1.6.
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.0
    }

    /// The bytes R ‖ S of RFC 8032, Section 5.1.6, by value.
    pub const fn to_bytes(self) -> [u8; SIGNATURE_BYTES] {
        self.0
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = KeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        let actual = bytes.len();
        let bytes = bytes
            .try_into()
            .map_err(|_| KeyError::SignatureLength { actual })?;
        Ok(Self(bytes))
    }
}

hex_text!(Signature, KeyError);
