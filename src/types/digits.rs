//! Whole numbers in the texts of clients.

use std::str::FromStr;

/// Reads a whole number that is written in decimal digits alone. The reader of the standard library takes a plus sign before
/// them as well, so that one number would have two spellings.
#[must_use]
pub fn parse_digits<T: FromStr>(text: &str) -> Option<T> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone_make_a_number() {
        assert_eq!(parse_digits::<u8>("0"), Some(0));
        assert_eq!(parse_digits::<u64>("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "+5", "-5", " 5", "5 ", "1e2", "0x5", "٥", "256"] {
            assert_eq!(parse_digits::<u8>(bad), None, "{bad}");
        }
    }
}
