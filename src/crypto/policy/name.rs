//! Names of witnesses and groups within a policy.

use std::fmt;

use super::PolicyError;

/// Bytes of the longest name: any key name can serve as one.
pub const MAX_POLICY_NAME_BYTES: usize = crate::crypto::note::MAX_KEY_NAME_BYTES;

/// The word that stands for no quorum at all.
const NONE: &[u8] = b"none";

/// The name of a witness or a group: opaque octets without spaces, tabs and control characters, and
/// not `none`.
///
/// Not necessarily UTF-8: octets above 0x7F have no meaning to a policy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyName(Vec<u8>);

impl PolicyName {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`PolicyError::Name`].
    pub fn new(name: impl Into<Vec<u8>>) -> Result<Self, PolicyError> {
        let name = name.into();
        let allowed = |byte: &u8| matches!(byte, 0x21..=0x7e | 0x80..=0xff);
        if name.is_empty()
            || name.len() > MAX_POLICY_NAME_BYTES
            || name == NONE
            || !name.iter().all(allowed)
        {
            return Err(PolicyError::Name {
                name: String::from_utf8_lossy(&name).into_owned(),
            });
        }
        Ok(Self(name))
    }

    /// The octets of the name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the word is the reserved one of `quorum none`.
    pub(super) fn is_none_word(word: &[u8]) -> bool {
        word == NONE
    }
}

impl fmt::Display for PolicyName {
    /// Prints the name; octets that are not UTF-8 as replacement characters.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for PolicyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PolicyName({})", self.0.escape_ascii())
    }
}
