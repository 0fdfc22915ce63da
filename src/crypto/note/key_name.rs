//! Names of keys and logs.

use std::fmt;
use std::str::FromStr;

use super::NoteError;

/// Bytes of the longest name: tlog-cosignature gives names a length of one byte where it signs
/// them.
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// The name of a key: not empty, without Unicode spaces, plus signs or ASCII control characters.
///
/// Recommended is a URL without scheme, such as `example.com/log42`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`NoteError::EmptyName`], [`NoteError::NameTooLong`] or [`NoteError::NameCharacter`].
    pub fn new(name: impl Into<String>) -> Result<Self, NoteError> {
        let name = name.into();
        if name.is_empty() {
            return Err(NoteError::EmptyName);
        }
        if name.len() > MAX_KEY_NAME_BYTES {
            return Err(NoteError::NameTooLong { actual: name.len() });
        }
        let refused = name.char_indices().find(|(_, character)| {
            character.is_whitespace() || *character == '+' || *character < ' '
        });
        if let Some((position, character)) = refused {
            return Err(NoteError::NameCharacter {
                character,
                position,
            });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}
