//! Why bytes are not a key or a signature, or a signature not valid.

use thiserror::Error;

use super::SIGNATURE_BYTES;
use crate::crypto::text::HexError;

/// The error of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The text is not the right number of lower-case hexadecimal digits.
    #[error("a key or signature is lower-case hexadecimal: {0}")]
    Hex(#[from] HexError),
    /// The 32 bytes do not decode to a point of the curve.
    #[error("public key {} is not a point of the curve", hex::encode(.bytes))]
    NotAPoint {
        /// The refused encoding.
        bytes: [u8; 32],
    },
    /// The bytes decode to a point that has another, canonical encoding.
    #[error("public key {} is not the canonical encoding of its point", hex::encode(.bytes))]
    NotCanonical {
        /// The refused encoding.
        bytes: [u8; 32],
    },
    /// The point has small order: signatures by it would prove nothing.
    #[error("public key {} is weak: it has small order", hex::encode(.bytes))]
    Weak {
        /// The refused encoding.
        bytes: [u8; 32],
    },
    /// A slice is not of a signature's length.
    #[error("a signature is {SIGNATURE_BYTES} bytes, found {actual}")]
    SignatureLength {
        /// Bytes of the slice.
        actual: usize,
    },
    /// The signature is not by this key over this message.
    #[error("the signature is not by key {} over this message", hex::encode(.key))]
    BadSignature {
        /// The encoding of the key that should have signed.
        key: [u8; 32],
    },
}
