//! Characters and check digits of GS1 keys.

/// The check digit that follows `digits` (GS1 General Specifications, section 7.9): weights three and one by
/// turns from the right.
pub(super) fn check_digit(digits: &str) -> char {
    let mut sum: u32 = 0;
    for (place, byte) in digits.bytes().rev().enumerate() {
        let digit = u32::from(byte.wrapping_sub(b'0')) % 10;
        sum += if place % 2 == 0 { 3 * digit } else { digit };
    }
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// Whether `text` is made of ASCII digits and nothing else. True for the empty text.
pub(super) fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A set of characters that a part of a GS1 key draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CharacterSet {
    /// The 82 characters of ISO/IEC 646 that GS1 keys may hold.
    Set82,
    /// Digits, upper case letters, `#`, `-` and `/`: component and part identifiers.
    Set39,
    /// Digits.
    Digits,
}

impl CharacterSet {
    pub(super) fn contains(self, byte: u8) -> bool {
        match self {
            Self::Set82 => {
                byte.is_ascii_graphic()
                    && !matches!(
                        byte,
                        b'#' | b'$'
                            | b'@'
                            | b'['
                            | b'\\'
                            | b']'
                            | b'^'
                            | b'`'
                            | b'{'
                            | b'|'
                            | b'}'
                            | b'~'
                    )
            }
            Self::Set39 => {
                byte.is_ascii_digit()
                    || byte.is_ascii_uppercase()
                    || matches!(byte, b'#' | b'-' | b'/')
            }
            Self::Digits => byte.is_ascii_digit(),
        }
    }
}

/// The first character of `text`, a percent-encoded part of a URI, that `is_allowed` refuses or whose encoding is broken,
/// as it is written.
pub(super) fn find_refused(text: &str, is_allowed: impl Fn(u8) -> bool) -> Option<&str> {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (written, decoded) = match first {
            '%' => {
                let written = rest.get(..3).unwrap_or(rest);
                let digits = written.get(1..).filter(|digits| {
                    digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
                });
                (
                    written,
                    digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()),
                )
            }
            _ => {
                let written = rest.get(..first.len_utf8()).unwrap_or(rest);
                (written, u8::try_from(first).ok())
            }
        };
        if !decoded.is_some_and(&is_allowed) {
            return Some(written);
        }
        rest = rest.get(written.len()..).unwrap_or_default();
    }
    None
}

/// Appends `text`, a percent-encoded part of a URI, in the one spelling of canonical Digital Links, and
/// returns how many characters it stands for. None when a character is not of `set` or an encoding is broken.
///
/// Letters, digits and `-._';=` stand for themselves, all others are encoded with upper case digits (GS1
/// Digital Link 1.2).
pub(super) fn append_canonical(out: &mut String, text: &str, set: CharacterSet) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut count) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let character = if byte == b'%' {
            let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
            let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
            at += 3;
            u8::try_from(high * 16 + low).ok()?
        } else {
            at += 1;
            byte
        };
        if !set.contains(character) {
            return None;
        }
        if character.is_ascii_alphanumeric()
            || matches!(character, b'-' | b'.' | b'_' | b'\'' | b';' | b'=')
        {
            out.push(char::from(character));
        } else {
            let digit = |value: u8| {
                char::from_digit(u32::from(value), 16)
                    .unwrap_or('0')
                    .to_ascii_uppercase()
            };
            out.extend(['%', digit(character >> 4), digit(character & 15)]);
        }
        count += 1;
    }
    Some(count)
}
