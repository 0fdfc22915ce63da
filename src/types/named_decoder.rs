//! Decoders by name, for tests that hold all of them against arbitrary bytes.

use std::fmt::Display;
use std::str::FromStr;

use super::codec::{Decode, Encode};

/// A decoder, by the name of what it gives.
#[derive(Clone, Copy, Debug)]
pub struct NamedDecoder {
    /// The name of the type that decodes.
    pub name: &'static str,
    /// What the bytes are once more when they have been decoded and encoded; none if they do not decode. If
    /// they do, it has to be themselves.
    pub again: fn(&[u8]) -> Option<Vec<u8>>,
}

impl NamedDecoder {
    /// The decoder of a canonical encoding.
    pub const fn of<T: Decode + Encode>(name: &'static str) -> Self {
        let again = |bytes: &[u8]| T::from_bytes(bytes).ok().map(|value| value.to_bytes());
        Self { name, again }
    }

    /// The reader of a text that has one form only.
    pub const fn of_text<T: FromStr + Display>(name: &'static str) -> Self {
        let again = |bytes: &[u8]| {
            let value: T = std::str::from_utf8(bytes).ok()?.parse().ok()?;
            Some(value.to_string().into_bytes())
        };
        Self { name, again }
    }
}
