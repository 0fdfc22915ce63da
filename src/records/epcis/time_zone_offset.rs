//! The offset of local time in force where and when an event was captured.

use std::fmt;

use super::error::FieldFault;

/// An offset from UTC between -14:00 and +14:00, in whole minutes (EPCIS 2.0).
///
/// `-00:00` and `+00:00` both mean no offset but are kept apart: the event hash holds the offset as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZoneOffset {
    minutes: i16,
    sign: Sign,
}

/// The sign as written; it matters for an offset of zero only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Sign {
    West,
    East,
}

/// 14:00 in minutes.
const MAX_OFFSET_MINUTES: i16 = 14 * 60;

impl TimeZoneOffset {
    /// Minutes east of Greenwich, negative to the west.
    #[must_use]
    pub fn minutes(self) -> i16 {
        self.minutes
    }

    /// Reads `+hh:mm` or `-hh:mm`.
    ///
    /// # Errors
    /// [`FieldFault::NotAnOffset`]
    pub fn parse(text: &str) -> Result<Self, FieldFault> {
        let fault = || FieldFault::NotAnOffset {
            text: text.to_string(),
        };
        let &[sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] = text.as_bytes() else {
            return Err(fault());
        };
        if ![h0, h1, m0, m1].iter().all(u8::is_ascii_digit) {
            return Err(fault());
        }
        let number = |tens: u8, ones: u8| i16::from(tens - b'0') * 10 + i16::from(ones - b'0');
        let magnitude = number(h0, h1) * 60 + number(m0, m1);
        if number(m0, m1) > 59 || magnitude > MAX_OFFSET_MINUTES {
            return Err(fault());
        }
        Ok(match sign {
            b'-' => Self {
                minutes: -magnitude,
                sign: Sign::West,
            },
            _ => Self {
                minutes: magnitude,
                sign: Sign::East,
            },
        })
    }
}

impl fmt::Display for TimeZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.sign {
            Sign::West => '-',
            Sign::East => '+',
        };
        let magnitude = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", magnitude / 60, magnitude % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_of_the_standard_round_trips() {
        for magnitude in 0..=MAX_OFFSET_MINUTES {
            for (sign, minutes) in [('+', magnitude), ('-', -magnitude)] {
                let text = format!("{sign}{:02}:{:02}", magnitude / 60, magnitude % 60);
                let offset = TimeZoneOffset::parse(&text).expect("valid");
                assert_eq!(offset.minutes(), minutes, "{text}");
                assert_eq!(offset.to_string(), text);
            }
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "", "Z", "00:00", "+14:01", "-14:30", "+15:00", "+01:60", "+1:00", "+0100", "+01:0",
            "+01:000", "+0a:00", " +01:00",
        ] {
            assert!(
                matches!(
                    TimeZoneOffset::parse(text),
                    Err(FieldFault::NotAnOffset { .. })
                ),
                "{text}"
            );
        }
    }
}
