//! The key of an asset, found in a body by JSON pointers.

use std::fmt;

use crate::records::BodyError;
use crate::types::json::Json;
use crate::types::{Decode, DecodeError, Encode, MemberId, codec};

/// Longest key of an asset, in bytes.
pub const MAX_ASSET_KEY_BYTES: usize = 256;

/// Most parts of a key.
pub(super) const MAX_KEY_PARTS: usize = 4;

/// The key of an asset in its contract: a text, or a whole number in its shortest form; or several of
/// them, with slashes between.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssetKey(Box<str>);

impl AssetKey {
    /// A key, if the text can be one.
    pub fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_ASSET_KEY_BYTES;
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.into()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the key out of a body. No part but the last has a slash in it, so that no two lists of parts
    /// are one key.
    ///
    /// # Errors
    /// [`BodyError`] if there is none that can be a key.
    pub(super) fn find(body: &Json<'_>, pointers: &[String]) -> Result<Self, BodyError> {
        let mut key = String::new();
        for (left, pointer) in (0..pointers.len()).rev().zip(pointers) {
            let part = Self::find_part(body, pointer)?;
            if left > 0 && part.as_str().contains('/') {
                return Err(BodyError::new(
                    pointer,
                    "no part of the asset's key but the last has a slash in it",
                ));
            }
            key.push_str(part.as_str());
            if left > 0 {
                key.push('/');
            }
        }
        Self::new(&key).ok_or_else(|| {
            let pointer = pointers.last().cloned().unwrap_or_default();
            let reason = format!("the asset's key has more than {MAX_ASSET_KEY_BYTES} bytes");
            BodyError::new(pointer, reason)
        })
    }

    /// Reads the members that a body names at some places; each once.
    ///
    /// # Errors
    /// [`BodyError`] if one is missing, or is no member id.
    pub(super) fn find_parties(
        body: &Json<'_>,
        pointers: &[String],
    ) -> Result<Vec<MemberId>, BodyError> {
        let mut parties = Vec::new();
        for pointer in pointers {
            let part = Self::find_part(body, pointer)?;
            let party = MemberId::new(part.as_str())
                .map_err(|error| BodyError::new(pointer, error.to_string()))?;
            if !parties.contains(&party) {
                parties.push(party);
            }
        }
        Ok(parties)
    }

    fn find_part(body: &Json<'_>, pointer: &str) -> Result<Self, BodyError> {
        let fault = |reason: &str| BodyError {
            pointer: pointer.to_owned(),
            reason: reason.to_owned(),
        };
        let mut place = body;
        for segment in pointer.split('/').skip(1) {
            let name = segment.replace("~1", "/").replace("~0", "~");
            place = place
                .as_object()
                .and_then(|object| object.get(&name))
                .ok_or_else(|| fault("the asset's key is missing"))?;
        }
        let rule = "the asset's key is a text of 1 to 256 bytes without control characters, or a \
                    whole number";
        let found = match place {
            Json::String(text) => Self::new(text),
            Json::Number(text) => text
                .parse::<i64>()
                .ok()
                .and_then(|number| Self::new(&number.to_string())),
            _ => None,
        };
        found.ok_or_else(|| fault(rule))
    }
}

impl fmt::Display for AssetKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Encode for AssetKey {
    fn encode(&self, out: &mut Vec<u8>) {
        codec::put_bytes(out, self.0.as_bytes());
    }
}

impl Decode for AssetKey {
    fn decode(reader: &mut codec::Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.text("asset key", MAX_ASSET_KEY_BYTES)?;
        Self::new(text).ok_or_else(|| DecodeError::invalid("asset key", "it cannot be one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::json;

    #[test]
    fn no_two_lists_of_parts_are_one_key() {
        let find = |body: &str, pointers: &[&str]| {
            let pointers: Vec<String> = pointers.iter().map(|p| (*p).to_owned()).collect();
            AssetKey::find(&json::read(body.as_bytes()).unwrap(), &pointers)
        };
        let key = find(r#"{"a": "x", "b": 7}"#, &["/a", "/b"]).unwrap();
        assert_eq!(key.as_str(), "x/7");
        let key = find(r#"{"a": "x", "b": "y/z"}"#, &["/a", "/b"]).unwrap();
        assert_eq!(key.as_str(), "x/y/z");
        let fault = find(r#"{"a": "x/y", "b": "z"}"#, &["/a", "/b"]).unwrap_err();
        assert_eq!(fault.pointer, "/a");
        let fault = find(r#"{"a": "x"}"#, &["/a", "/b"]).unwrap_err();
        assert_eq!(fault.pointer, "/b");
        let long = "y".repeat(MAX_ASSET_KEY_BYTES);
        let fault = find(&format!(r#"{{"a": "x", "b": "{long}"}}"#), &["/a", "/b"]).unwrap_err();
        assert_eq!(fault.pointer, "/b");
    }
}
