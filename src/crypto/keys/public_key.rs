//! The public half of a key.

use std::cmp::Ordering;

use ed25519_dalek::VerifyingKey;

use super::{Domain, KeyError, LEDGER_ID_BYTES, Signature};
use crate::crypto::text::{hex_text, parse_hex};

/// Bytes of an encoded public key.
pub const PUBLIC_KEY_BYTES: usize = 32;

/// A canonically encoded Ed25519 public key of large order.
///
/// Holds the decompressed point beside the 32 bytes: a key is parsed once and then verifies many
/// signatures without the square root that decompression costs. Ordered and compared by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Decodes a key.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`], [`KeyError::NotCanonical`] (RFC 8032, Section 5.1.3 asks for y < p)
    /// or [`KeyError::Weak`].
    pub fn from_bytes(bytes: [u8; PUBLIC_KEY_BYTES]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAPoint { bytes })?;
        // Weak encodings first: several of them are also not canonical, and weakness is the graver
        // finding.
        if key.is_weak() {
            return Err(KeyError::Weak { bytes });
        }
        // The library follows ZIP 215 and decodes y >= p too; two encodings of one key would be two
        // identities. The other non-canonical encodings, x = 0 with a sign, are of weak points.
        if !has_reduced_y(&bytes) {
            return Err(KeyError::NotCanonical { bytes });
        }
        Ok(Self(key))
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Hex`], and what [`PublicKey::from_bytes`] refuses.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(parse_hex(text)?)
    }

    /// The encoding of RFC 8032, Section 5.1.2.
    pub fn as_bytes(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        self.0.as_bytes()
    }

    /// The encoding of RFC 8032, Section 5.1.2, by value.
    pub fn to_bytes(&self) -> [u8; PUBLIC_KEY_BYTES] {
        self.0.to_bytes()
    }

    /// Verifies a signature over `payload` for this purpose on this ledger.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] unless the signature is strictly valid.
    pub fn verify(
        &self,
        domain: Domain,
        ledger: &[u8; LEDGER_ID_BYTES],
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), KeyError> {
        self.verify_raw(&domain.message(ledger, payload), signature)
    }

    /// Verifies a signature over `message` as it stands, without a domain tag.
    ///
    /// Only for formats that others fix, whose messages separate their domains themselves: C2SP
    /// signed notes and cosignatures, and JSON Web Tokens.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] unless the signature is strictly valid.
    pub(crate) fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| KeyError::BadSignature {
                key: self.to_bytes(),
            })
    }

    /// Wraps the key of a secret key: a multiple of the base point by a clamped scalar is canonical
    /// and never weak.
    pub(super) fn of_secret(key: VerifyingKey) -> Self {
        Self(key)
    }
}

/// Whether the y coordinate of an encoding is below p = 2^255 - 19. Compares bytes: encoding the
/// point again would take a field inversion, as long as all the rest of decoding.
fn has_reduced_y(bytes: &[u8; PUBLIC_KEY_BYTES]) -> bool {
    let [lowest, middle @ .., highest] = bytes;
    let is_below_in_high_bytes = highest & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff);
    is_below_in_high_bytes || *lowest < 0xed
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

hex_text!(PublicKey, KeyError);
