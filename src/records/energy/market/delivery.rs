//! When energy is delivered.

use std::fmt;

use thiserror::Error;

use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, Timestamp};

/// Most digits of a number in a duration.
const MAX_DIGITS: usize = 5;

/// The units in their order, with their seconds: days stand before the `T`, the others after it.
const UNITS: [(char, u64); 4] = [('D', 86_400), ('H', 3_600), ('M', 60), ('S', 1)];

/// A span of time in whole seconds, written as an ISO 8601 duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryDuration {
    seconds: u64,
}

/// The text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not an ISO 8601 duration in days, hours, minutes and seconds of at most {MAX_DIGITS} digits each, \
     such as PT15M"
)]
pub struct DurationError;

impl DeliveryDuration {
    /// So many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    /// Reads `P1D`, `PT15M`, `P1DT12H` and the like: units in their order, each at most once, at least one.
    ///
    /// # Errors
    /// [`DurationError`].
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let rest = text.strip_prefix('P').ok_or(DurationError)?;
        let (date, clock) = match rest.split_once('T') {
            // A T announces a time of day.
            Some((_, "")) => return Err(DurationError),
            Some(parts) => parts,
            None => (rest, ""),
        };
        if date.is_empty() && clock.is_empty() {
            return Err(DurationError);
        }
        let (days, others) = UNITS.split_at(1);
        Ok(Self {
            seconds: sum(date, days)? + sum(clock, others)?,
        })
    }

    /// The seconds.
    pub const fn as_seconds(self) -> u64 {
        self.seconds
    }

    /// The milliseconds.
    pub fn as_ms(self) -> i64 {
        i64::try_from(self.seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)
    }

    /// The instant so much later than another.
    pub fn after(self, instant: Timestamp) -> Timestamp {
        Timestamp::from_ms(instant.as_ms().saturating_add(self.as_ms()))
    }

    /// The instant so much earlier than another.
    pub fn before(self, instant: Timestamp) -> Timestamp {
        Timestamp::from_ms(instant.as_ms().saturating_sub(self.as_ms()))
    }
}

/// Adds up numbers with their units.
fn sum(mut text: &str, units: &[(char, u64)]) -> Result<u64, DurationError> {
    let mut seconds = 0;
    for (unit, each) in units {
        let Some((number, rest)) = text.split_once(*unit) else {
            continue;
        };
        let is_number = (1..=MAX_DIGITS).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(DurationError);
        }
        // Five digits of days are below 2^34 seconds.
        seconds += number.parse::<u64>().map_err(|_| DurationError)? * each;
        text = rest;
    }
    if text.is_empty() {
        Ok(seconds)
    } else {
        Err(DurationError)
    }
}

/// The shortest text: `PT15M`, `P1D`, `PT0S`.
impl fmt::Display for DeliveryDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds == 0 {
            return formatter.write_str("PT0S");
        }
        formatter.write_str("P")?;
        let mut rest = self.seconds;
        let mut is_time_marked = false;
        for (unit, each) in UNITS {
            let count = rest / each;
            rest %= each;
            if count == 0 {
                continue;
            }
            if unit != 'D' && !is_time_marked {
                formatter.write_str("T")?;
                is_time_marked = true;
            }
            write!(formatter, "{count}{unit}")?;
        }
        Ok(())
    }
}

/// A delivery interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryInterval {
    /// When delivery begins.
    pub start: Timestamp,
    /// How long it lasts.
    pub duration: DeliveryDuration,
}

impl DeliveryInterval {
    /// When delivery ends.
    pub fn end(&self) -> Timestamp {
        self.duration.after(self.start)
    }

    /// Whether the interval is one of those that follow each other without a gap from
    /// 1970-01-01T00:00:00Z on.
    pub fn is_aligned(&self) -> bool {
        let length = self.duration.as_ms();
        length > 0 && self.start.as_ms() % length == 0
    }
}

impl Encode for DeliveryDuration {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seconds.to_be_bytes());
    }
}

impl Decode for DeliveryDuration {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            seconds: reader.u64()?,
        })
    }
}

impl Encode for DeliveryInterval {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.duration.encode(out);
    }
}

impl Decode for DeliveryInterval {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            start: Timestamp::decode(reader)?,
            duration: DeliveryDuration::decode(reader)?,
        })
    }
}
