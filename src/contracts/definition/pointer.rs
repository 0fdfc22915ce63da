//! The key of an asset, found in a body by a JSON pointer.

use std::fmt;

use crate::records::BodyError;
use crate::types::json::Json;
use crate::types::{Decode, DecodeError, Encode, codec};

/// Longest key of an asset, in bytes.
pub const MAX_ASSET_KEY_BYTES: usize = 256;

/// The key of an asset in its contract: a text, or a whole number in its shortest form.
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

    /// Reads the key out of a body.
    ///
    /// # Errors
    /// [`BodyError`] if there is none that can be a key.
    pub(super) fn find(body: &Json<'_>, pointer: &str) -> Result<Self, BodyError> {
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
