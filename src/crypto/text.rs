//! Canonical text forms of bytes and numbers that the formats of this module share.
//!
//! Each reader accepts only what the matching writer prints: lower-case hexadecimal, padded
//! standard base64 with zero trailing bits, decimals without a sign or leading zeroes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// Why a hexadecimal text is not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HexError {
    /// The text has not exactly two digits for each byte.
    #[error("expected {expected} hexadecimal digits, found {actual} bytes of text")]
    Length {
        /// Digits that the value has.
        expected: usize,
        /// Bytes of the text.
        actual: usize,
    },
    /// A character is not one of `0123456789abcdef`.
    #[error("byte {position} of the text is not a lower-case hexadecimal digit")]
    Digit {
        /// Offset of the first such byte.
        position: usize,
    },
}

/// Reads `2 * N` lower-case hexadecimal digits.
///
/// # Errors
/// [`HexError`] if the length differs or a character is not a lower-case digit.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let expected = N.saturating_mul(2);
    if text.len() != expected {
        return Err(HexError::Length {
            expected,
            actual: text.len(),
        });
    }
    if let Some(position) = text
        .bytes()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err(HexError::Digit { position });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| HexError::Length {
        expected,
        actual: text.len(),
    })?;
    Ok(bytes)
}

/// Prints standard padded base64 (RFC 4648, Section 4).
pub(crate) fn print_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard padded base64; `None` unless it is what [`print_base64`] prints.
pub(crate) fn parse_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads base64 of exactly `N` bytes.
pub(crate) fn parse_base64_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    // 4 characters for each started group of 3 bytes: a longer text is refused before it is
    // decoded.
    if text.len() != N.div_ceil(3).checked_mul(4)? {
        return None;
    }
    parse_base64(text)?.try_into().ok()
}

/// Reads a decimal without sign or leading zeroes, at most `u64::MAX`.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    if !canonical || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Implements `Display`, `Debug`, `FromStr` and serde for a fixed-size value whose text is
/// lower-case hexadecimal.
///
/// The type has `fn as_bytes(&self) -> &[u8; N]` and `fn from_hex(&str) -> Result<Self, $error>`.
macro_rules! hex_text {
    ($type:ident, $error:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&hex::encode(self.as_bytes()))
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, concat!(stringify!($type), "({})"), self)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::from_hex(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_hex(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use hex_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_canonical() {
        assert_eq!(parse_hex::<2>("00ff"), Ok([0, 255]));
        assert_eq!(
            parse_hex::<2>("00f"),
            Err(HexError::Length {
                expected: 4,
                actual: 3
            })
        );
        assert_eq!(
            parse_hex::<2>("00ff00"),
            Err(HexError::Length {
                expected: 4,
                actual: 6
            })
        );
        assert_eq!(parse_hex::<2>("00fF"), Err(HexError::Digit { position: 3 }));
        assert_eq!(parse_hex::<2>("é0f"), Err(HexError::Digit { position: 0 }));
    }

    #[test]
    fn base64_is_canonical() {
        assert_eq!(parse_base64("AAE="), Some(vec![0, 1]));
        for refused in ["AAE", "AAF=", "AAE=\n", "AA E=", "AAE==", "AA-_", "===="] {
            assert_eq!(parse_base64(refused), None, "{refused:?}");
        }
        assert_eq!(parse_base64_array::<2>("AAE="), Some([0, 1]));
        assert_eq!(parse_base64_array::<1>("AAE="), None);
        assert_eq!(parse_base64_array::<2>("AAEAAQ=="), None);
    }

    #[test]
    fn decimals_are_canonical() {
        assert_eq!(parse_decimal("0"), Some(0));
        assert_eq!(parse_decimal("18446744073709551615"), Some(u64::MAX));
        for refused in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "0x1",
            "18446744073709551616",
            "٣",
        ] {
            assert_eq!(parse_decimal(refused), None, "{refused:?}");
        }
    }
}
