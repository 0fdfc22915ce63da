//! Digests, one type for each function, so that one is never taken for the other.
//!
//! What clients and auditors recompute is SHA-256, so that stock tools can. What only nodes compute
//! is BLAKE3.

use sha2::Digest as _;
use thiserror::Error;

pub use super::text::HexError;
use super::text::{hex_text, parse_hex};

/// Bytes of a digest of either kind.
pub const DIGEST_BYTES: usize = 32;

/// Why a text or a slice is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DigestError {
    /// The text is not 64 lower-case hexadecimal digits.
    #[error("a digest is lower-case hexadecimal: {0}")]
    Hex(#[from] HexError),
    /// The slice has another length than a digest.
    #[error("a digest is {DIGEST_BYTES} bytes, found {actual}")]
    Length {
        /// Bytes of the slice.
        actual: usize,
    },
}

/// A SHA-256 digest (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; DIGEST_BYTES]);

impl Sha256Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest of the concatenation of `parts`. No length goes between them: the caller makes
    /// them unambiguous.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = sha2::Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// A SHA-256 digest in the making, of bytes that come piece by piece.
#[derive(Clone, Default)]
pub struct Sha256Hasher(sha2::Sha256);

impl Sha256Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces together.
    pub fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }
}

/// A BLAKE3 digest with the default output length, unkeyed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blake3Digest([u8; DIGEST_BYTES]);

impl Blake3Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// The digest of the concatenation of `parts`. No length goes between them: the caller makes
    /// them unambiguous.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// What both digest types offer, and their text.
macro_rules! digest_type {
    ($type:ident) => {
        impl $type {
            /// All bytes zero: stands for "none yet", such as the parent of the first block. No
            /// input is known to hash to it.
            pub const ZERO: Self = Self([0; DIGEST_BYTES]);

            /// Takes bytes that were computed as a digest elsewhere.
            pub const fn from_bytes(bytes: [u8; DIGEST_BYTES]) -> Self {
                Self(bytes)
            }

            /// The bytes of the digest.
            pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
                &self.0
            }

            /// The bytes of the digest, by value.
            pub const fn to_bytes(self) -> [u8; DIGEST_BYTES] {
                self.0
            }

            /// Reads 64 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// [`DigestError::Hex`] if the text is anything else.
            pub fn from_hex(text: &str) -> Result<Self, DigestError> {
                Ok(Self(parse_hex(text)?))
            }
        }

        impl TryFrom<&[u8]> for $type {
            type Error = DigestError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                let actual = bytes.len();
                let bytes = bytes
                    .try_into()
                    .map_err(|_| DigestError::Length { actual })?;
                Ok(Self(bytes))
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        hex_text!($type, DigestError);
    };
}

digest_type!(Sha256Digest);
digest_type!(Blake3Digest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut hasher = Sha256Hasher::default();
        for piece in [&b"a"[..], b"", b"bc"] {
            hasher.update(piece);
        }
        assert_eq!(hasher.finish(), Sha256Digest::of(b"abc"));
    }

    use proptest::prelude::*;

    // Published test vectors: FIPS 180-4 examples, and the BLAKE3 reference's empty input.
    const SHA256_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const SHA256_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const BLAKE3_EMPTY: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

    #[test]
    fn digests_match_published_vectors() {
        assert_eq!(Sha256Digest::of(b"").to_string(), SHA256_EMPTY);
        assert_eq!(Sha256Digest::of(b"abc").to_string(), SHA256_ABC);
        assert_eq!(
            Sha256Digest::of_parts(&[b"a", b"", b"bc"]).to_string(),
            SHA256_ABC
        );
        assert_eq!(Blake3Digest::of(b"").to_string(), BLAKE3_EMPTY);
        assert_eq!(
            Blake3Digest::of_parts(&[b"ab", b"c"]),
            Blake3Digest::of(b"abc")
        );
        assert_ne!(
            Blake3Digest::of(b"abc").to_bytes(),
            Sha256Digest::of(b"abc").to_bytes()
        );
    }

    #[test]
    fn text_is_lower_case_hex_and_nothing_else() {
        let digest = Sha256Digest::from_hex(SHA256_ABC).unwrap();
        assert_eq!(format!("{digest:?}"), format!("Sha256Digest({SHA256_ABC})"));
        assert_eq!(SHA256_ABC.parse::<Sha256Digest>(), Ok(digest));
        assert!(matches!(
            Sha256Digest::from_hex(&SHA256_ABC.to_uppercase()),
            Err(DigestError::Hex(HexError::Digit { position: 0 }))
        ));
        assert!(matches!(
            Sha256Digest::from_hex(&SHA256_ABC[2..]),
            Err(DigestError::Hex(HexError::Length {
                expected: 64,
                actual: 62
            }))
        ));
        assert_eq!(
            Sha256Digest::try_from(&[0; 31][..]),
            Err(DigestError::Length { actual: 31 })
        );
        assert_eq!(Sha256Digest::try_from(&[0; 32][..]), Ok(Sha256Digest::ZERO));
    }

    #[test]
    fn order_is_the_order_of_the_bytes() {
        let mut high = [0; DIGEST_BYTES];
        high[0] = 1;
        assert!(Blake3Digest::ZERO < Blake3Digest::from_bytes(high));
    }

    proptest! {
        #[test]
        fn json_and_text_round_trip(bytes: [u8; DIGEST_BYTES]) {
            let digest = Sha256Digest::from_bytes(bytes);
            prop_assert_eq!(Sha256Digest::from_hex(&digest.to_string()), Ok(digest));
            let json = serde_json::to_string(&digest).unwrap();
            prop_assert_eq!(&json, &format!("\"{digest}\""));
            prop_assert_eq!(serde_json::from_str::<Sha256Digest>(&json).unwrap(), digest);
            let node_digest = Blake3Digest::from_bytes(bytes);
            prop_assert_eq!(Blake3Digest::from_hex(&node_digest.to_string()), Ok(node_digest));
        }

        #[test]
        fn accepted_text_is_what_is_printed(text in "[0-9a-fA-F]{62,66}|\\PC{0,70}") {
            if let Ok(digest) = Blake3Digest::from_hex(&text) {
                prop_assert_eq!(digest.to_string(), text);
            }
        }
    }
}
