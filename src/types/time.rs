//! Instants in milliseconds, and their RFC 3339 text.

use std::fmt;

use thiserror::Error;

mod duration;
#[cfg(test)]
mod tests;

pub use duration::{Duration, DurationError, MAX_DURATION_TEXT_BYTES};

const MS_PER_SECOND: i64 = 1_000;
const MS_PER_MINUTE: i64 = 60 * MS_PER_SECOND;
const MS_PER_HOUR: i64 = 60 * MS_PER_MINUTE;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;

/// An instant: milliseconds since 1970-01-01T00:00:00Z in UTC without leap seconds, negative before it.
///
/// An instant made from text lies within the years 0000 to 9999; [`fmt::Display`] clamps others to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text does not follow RFC 3339 section 5.6; in particular, the offset is missing.
    #[error("not a date and time with an offset, such as 2024-05-31T07:30:00.000+02:00")]
    Syntax,
    /// The date does not exist.
    #[error("no such date")]
    NoSuchDate,
    /// Hour, minute or second is out of range. 24:00:00 is written as 00:00:00 of the next day. A leap
    /// second (second 60) is refused: `xsd:dateTimeStamp`, which EPCIS uses, has none.
    #[error("no such time of day")]
    NoSuchTime,
    /// The offset is beyond 23:59.
    #[error("no such offset")]
    NoSuchOffset,
    /// In UTC the instant lies outside the years 0000 to 9999.
    #[error("outside the years 0000 to 9999 in UTC")]
    OutOfRange,
}

impl Timestamp {
    /// 0000-01-01T00:00:00.000Z
    const FIRST: i64 = -62_167_219_200_000;
    /// 9999-12-31T23:59:59.999Z
    const LAST: i64 = 253_402_300_799_999;

    /// The instant `ms` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The instant so many calendar months later, at the same time of day in UTC; on the last day of the
    /// month if it has no such day.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MS_PER_DAY));
        let counted = year * 12 + (month - 1) + i64::from(months);
        let (year, month) = (counted.div_euclid(12), counted.rem_euclid(12) + 1);
        let days = days_from_civil(year, month, day.min(days_in_month(year, month)));
        Self(
            days.saturating_mul(MS_PER_DAY)
                .saturating_add(self.0.rem_euclid(MS_PER_DAY)),
        )
    }

    /// Reads an RFC 3339 date-time. The offset is mandatory, `T` and `Z` may be lower case, and a fraction
    /// of any length is rounded half up at its fourth digit (CBV 2.0 event hash, rule 9).
    ///
    /// # Errors
    /// [`TimeError`]
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        let (date, rest) = text
            .as_bytes()
            .split_first_chunk::<10>()
            .ok_or(TimeError::Syntax)?;
        let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = date else {
            return Err(TimeError::Syntax);
        };
        let (clock, rest) = rest.split_first_chunk::<9>().ok_or(TimeError::Syntax)?;
        let &[b'T' | b't', h0, h1, b':', n0, n1, b':', s0, s1] = clock else {
            return Err(TimeError::Syntax);
        };
        let year = two_digits(y0, y1)? * 100 + two_digits(y2, y3)?;
        let (month, day) = (two_digits(m0, m1)?, two_digits(d0, d1)?);
        let (hour, minute, second) = (
            two_digits(h0, h1)?,
            two_digits(n0, n1)?,
            two_digits(s0, s1)?,
        );
        let (fraction_ms, rest) = fraction_ms(rest)?;
        let offset_ms = offset_ms(rest)?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return Err(TimeError::NoSuchDate);
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err(TimeError::NoSuchTime);
        }
        let local_ms = days_from_civil(year, month, day) * MS_PER_DAY
            + hour * MS_PER_HOUR
            + minute * MS_PER_MINUTE
            + second * MS_PER_SECOND
            + fraction_ms;
        let utc_ms = local_ms - offset_ms;
        if !(Self::FIRST..=Self::LAST).contains(&utc_ms) {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self(utc_ms))
    }
}

/// The canonical text: `YYYY-MM-DDTHH:MM:SS.mmmZ`, always in UTC with three digits (CBV 2.0 event hash,
/// rules 8 and 9).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.clamp(Self::FIRST, Self::LAST);
        let (year, month, day) = civil_from_days(ms.div_euclid(MS_PER_DAY));
        let of_day = ms.rem_euclid(MS_PER_DAY);
        let (hour, minute) = (of_day / MS_PER_HOUR, of_day % MS_PER_HOUR / MS_PER_MINUTE);
        let (second, ms) = (
            of_day % MS_PER_MINUTE / MS_PER_SECOND,
            of_day % MS_PER_SECOND,
        );
        // Laid out by hand: a `write!` with eight padded arguments is several times slower, and every event
        // writes at least one instant.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let digits = [
            (0, year / 1000),
            (1, year / 100),
            (2, year / 10),
            (3, year),
            (5, month / 10),
            (6, month),
            (8, day / 10),
            (9, day),
            (11, hour / 10),
            (12, hour),
            (14, minute / 10),
            (15, minute),
            (17, second / 10),
            (18, second),
            (20, ms / 100),
            (21, ms / 10),
            (22, ms),
        ];
        for (place, number) in digits {
            if let (Some(byte), Ok(digit)) = (text.get_mut(place), u8::try_from(number % 10)) {
                *byte = b'0' + digit;
            }
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

fn digit(byte: u8) -> Result<i64, TimeError> {
    if byte.is_ascii_digit() {
        Ok(i64::from(byte - b'0'))
    } else {
        Err(TimeError::Syntax)
    }
}

fn two_digits(tens: u8, ones: u8) -> Result<i64, TimeError> {
    Ok(digit(tens)? * 10 + digit(ones)?)
}

/// Reads an optional fraction of a second and returns it rounded to milliseconds (0 to 1000), with what
/// follows it.
fn fraction_ms(text: &[u8]) -> Result<(i64, &[u8]), TimeError> {
    let Some(after_point) = text.strip_prefix(b".") else {
        return Ok((0, text));
    };
    let length = after_point
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = after_point
        .split_at_checked(length)
        .ok_or(TimeError::Syntax)?;
    if digits.is_empty() {
        return Err(TimeError::Syntax);
    }
    let place = |index: usize| digits.get(index).map_or(0, |&byte| i64::from(byte - b'0'));
    let round_up = i64::from(place(3) >= 5);
    Ok((place(0) * 100 + place(1) * 10 + place(2) + round_up, rest))
}

fn offset_ms(text: &[u8]) -> Result<i64, TimeError> {
    let (sign, hours, minutes) = match text {
        b"Z" | b"z" => return Ok(0),
        &[b'+', h0, h1, b':', m0, m1] => (1, two_digits(h0, h1)?, two_digits(m0, m1)?),
        &[b'-', h0, h1, b':', m0, m1] => (-1, two_digits(h0, h1)?, two_digits(m0, m1)?),
        _ => return Err(TimeError::Syntax),
    };
    if hours > 23 || minutes > 59 {
        return Err(TimeError::NoSuchOffset);
    }
    Ok(sign * (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, for years 0 to 9999. Years are
/// counted from March, so that the leap day is the last of its year, in cycles of 400 years (146,097 days).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let cycle = march_year.div_euclid(400);
    let year_of_cycle = march_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * 146_097 + day_of_cycle - 719_468
}

/// The inverse of [`days_from_civil`]: year, month, day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let cycle = shifted.div_euclid(146_097);
    let day_of_cycle = shifted.rem_euclid(146_097);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    (year, month, day)
}
