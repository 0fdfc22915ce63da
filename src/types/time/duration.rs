//! ISO 8601 durations of a fixed length.

use thiserror::Error;

/// Longest text that is read, in bytes.
pub const MAX_DURATION_TEXT_BYTES: usize = 64;

/// Longest duration, in milliseconds: ten thousand years.
const MAX_MS: u64 = 10_000 * 366 * 86_400_000;

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DurationError {
    /// The text does not follow ISO 8601 section 4.4.3.2.
    #[error(
        "not an ISO 8601 duration in weeks, or in days, hours, minutes and seconds, such as PT15M"
    )]
    Syntax,
    /// A year or a month has no fixed length.
    #[error("years and months have no fixed length: write weeks, days, hours, minutes or seconds")]
    NoFixedLength,
    /// The text or the duration is too long, or has more than three digits after the point.
    #[error("longer than ten thousand years, or finer than a millisecond")]
    OutOfRange,
}

impl Duration {
    /// So many milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// The milliseconds.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// Reads a duration such as `PT15M`, `P1DT2H`, `PT0.5S` or `P2W`. Seconds alone may have a fraction, of at
    /// most three digits.
    ///
    /// # Errors
    /// [`DurationError`]
    pub fn parse_iso8601(text: &str) -> Result<Self, DurationError> {
        if text.len() > MAX_DURATION_TEXT_BYTES {
            return Err(DurationError::OutOfRange);
        }
        let rest = text.strip_prefix('P').ok_or(DurationError::Syntax)?;
        let (date, clock) = match rest.split_once('T') {
            Some((_, "")) => return Err(DurationError::Syntax),
            Some((date, clock)) => (date, clock),
            None => (rest, ""),
        };
        if date.is_empty() && clock.is_empty() {
            return Err(DurationError::Syntax);
        }
        if date.contains(['Y', 'M']) {
            return Err(DurationError::NoFixedLength);
        }
        let weeks = date.ends_with('W');
        if weeks && !clock.is_empty() {
            return Err(DurationError::Syntax);
        }
        let date_units: &[(char, u64)] = if weeks {
            &[('W', 7 * 86_400_000)]
        } else {
            &[('D', 86_400_000)]
        };
        let clock_units = [('H', 3_600_000), ('M', 60_000), ('S', 1_000)];
        let sum = parts(date, date_units)?
            .checked_add(parts(clock, &clock_units)?)
            .filter(|sum| *sum <= MAX_MS);
        sum.map(Self).ok_or(DurationError::OutOfRange)
    }
}

/// Adds up numbers that are each followed by a unit; units come in their order, each at most once.
fn parts(mut text: &str, units: &[(char, u64)]) -> Result<u64, DurationError> {
    let mut sum: u64 = 0;
    for (unit, ms) in units {
        let Some((number, rest)) = text.split_once(*unit) else {
            continue;
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' => (whole, fraction),
            Some(_) => return Err(DurationError::Syntax),
            None => (number, "0"),
        };
        let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(DurationError::Syntax);
        }
        if fraction.len() > 3 {
            return Err(DurationError::OutOfRange);
        }
        let whole: u64 = whole.parse().map_err(|_| DurationError::OutOfRange)?;
        let thousandths: u64 = format!("{fraction:0<3}")
            .parse()
            .map_err(|_| DurationError::OutOfRange)?;
        sum = whole
            .checked_mul(*ms)
            .and_then(|part| sum.checked_add(part)?.checked_add(thousandths))
            .ok_or(DurationError::OutOfRange)?;
        text = rest;
    }
    if text.is_empty() {
        Ok(sum)
    } else {
        Err(DurationError::Syntax)
    }
}

/// The text that [`Duration::parse_iso8601`] reads, in days, hours, minutes and seconds.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, of_day) = (self.0 / 86_400_000, self.0 % 86_400_000);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if of_day == 0 && days > 0 {
            return Ok(());
        }
        f.write_str("T")?;
        let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (seconds, ms) = (of_day / 1_000 % 60, of_day % 1_000);
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        match (seconds, ms) {
            (0, 0) if of_day > 0 => Ok(()),
            (seconds, 0) => write!(f, "{seconds}S"),
            (seconds, ms) => write!(f, "{seconds}.{ms:03}S"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fixed_lengths_are_read() {
        for (text, ms) in [
            ("PT15M", 900_000),
            ("PT0S", 0),
            ("P1DT2H3M4.5S", 93_784_500),
            ("P2W", 1_209_600_000),
            ("PT36H", 129_600_000),
            ("PT0.001S", 1),
        ] {
            assert_eq!(Duration::parse_iso8601(text), Ok(Duration(ms)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_told_apart() {
        use DurationError::{NoFixedLength, OutOfRange, Syntax};
        for (text, error) in [
            ("", Syntax),
            ("15M", Syntax),
            ("P", Syntax),
            ("PT", Syntax),
            ("P1DT", Syntax),
            ("PT1.5M", Syntax),
            ("PTM", Syntax),
            ("PT1S2M", Syntax),
            ("P1W2D", Syntax),
            ("P1WT1H", Syntax),
            ("-PT1S", Syntax),
            ("P1M", NoFixedLength),
            ("P1Y", NoFixedLength),
            ("PT0.0001S", OutOfRange),
            ("P99999999999999999999D", OutOfRange),
            ("P9999999D", OutOfRange),
        ] {
            assert_eq!(Duration::parse_iso8601(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn texts_round_trip(ms in 0..=MAX_MS) {
            let text = Duration(ms).to_string();
            prop_assert_eq!(Duration::parse_iso8601(&text), Ok(Duration(ms)), "{}", text);
        }

        #[test]
        fn never_panics(text in "P?[0-9.DHMSTWY]{0,70}") {
            let _ = Duration::parse_iso8601(&text);
        }
    }
}
