//! The digest and its names.

use std::fmt;

use sha2::{Digest, Sha256};

use super::super::error_declaration::{ErrorDeclaration, ErrorDeclarationDigest};
use super::super::event::EventContent;
use super::pre_hash::{error_declaration_string, pre_hash_string};

/// SHA-256 of an event's pre-hash string. Its text is the `ni` URI of RFC 6920 that stands for an absent `eventID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventHash([u8; 32]);

const URI_START: &str = "ni:///sha-256;";
const URI_END: &str = "?ver=CBV2.0";

impl EventHash {
    pub(in super::super) fn of(content: &EventContent) -> Self {
        Self(Sha256::digest(pre_hash_string(content).as_bytes()).into())
    }

    /// A hash from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether a URI says that it is an event hash of CBV 2.0, and is not this one. The case of letters does not
    /// matter: it is no other hash for being written in capitals.
    pub(in super::super) fn is_contradicted_by(&self, uri: &str) -> bool {
        let (start, end) = (URI_START.len(), URI_END.len());
        let Some(digits_end) = uri.len().checked_sub(end) else {
            return false;
        };
        let parts = (
            uri.get(..start),
            uri.get(start..digits_end),
            uri.get(digits_end..),
        );
        let (Some(first), Some(digits), Some(last)) = parts else {
            return false;
        };
        let is_event_hash =
            first.eq_ignore_ascii_case(URI_START) && last.eq_ignore_ascii_case(URI_END);
        is_event_hash && !digits.eq_ignore_ascii_case(&hex::encode(self.0))
    }

    /// The hash that a URI such as an `eventID` names, or none when it is not an event hash of CBV 2.0 in lower
    /// case digits.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let digits = uri.strip_prefix(URI_START)?.strip_suffix(URI_END)?;
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{URI_START}{}{URI_END}", hex::encode(self.0))
    }
}

pub(in super::super) fn error_declaration_digest(
    declaration: &ErrorDeclaration,
) -> ErrorDeclarationDigest {
    ErrorDeclarationDigest(Sha256::digest(error_declaration_string(declaration).as_bytes()).into())
}
