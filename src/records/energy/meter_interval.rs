//! The intervals by which energy is metered.

use std::fmt;

use thiserror::Error;

use crate::records::BodyError;
use crate::records::fields::Fields;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, Timestamp};

const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_HOUR: i64 = 60 * MS_PER_MINUTE;

/// How long an interval of metering is: a divisor of an hour and of the longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IntervalDuration {
    minutes: u8,
}

/// All durations with their texts (ISO 8601), the shortest first.
const DURATIONS: [(u8, &str); 5] = [
    (1, "PT1M"),
    (5, "PT5M"),
    (15, "PT15M"),
    (30, "PT30M"),
    (60, "PT1H"),
];

impl IntervalDuration {
    /// A quarter of an hour.
    pub const QUARTER_HOUR: Self = Self { minutes: 15 };

    /// An hour, the longest.
    pub const HOUR: Self = Self { minutes: 60 };

    /// Reads a duration.
    ///
    /// # Errors
    /// Which there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        match DURATIONS.iter().find(|(_, known)| *known == text) {
            Some((minutes, _)) => Ok(Self { minutes: *minutes }),
            None => {
                let known = DURATIONS.map(|(_, text)| text).join(", ");
                Err(format!(
                    "{text:?} is no duration of metering; there are {known}"
                ))
            }
        }
    }

    /// In minutes.
    pub fn minutes(self) -> u8 {
        self.minutes
    }

    /// In milliseconds.
    pub fn as_ms(self) -> i64 {
        i64::from(self.minutes) * MS_PER_MINUTE
    }
}

/// The text of ISO 8601.
impl fmt::Display for IntervalDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = DURATIONS
            .iter()
            .find(|(minutes, _)| *minutes == self.minutes);
        formatter.write_str(known.map_or("", |(_, text)| text))
    }
}

impl Encode for IntervalDuration {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.minutes);
    }
}

impl Decode for IntervalDuration {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let minutes = reader.u8()?;
        match DURATIONS.iter().any(|(known, _)| *known == minutes) {
            true => Ok(Self { minutes }),
            false => Err(DecodeError::UnknownTag {
                what: "duration of metering",
                tag: minutes,
            }),
        }
    }
}

/// Why there is no such interval.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntervalError {
    /// It does not begin at a multiple of its duration.
    #[error(
        "{start} is not aligned: an interval of {duration} begins at a multiple of its duration since \
         1970-01-01T00:00:00Z"
    )]
    NotAligned {
        /// Where it was to begin.
        start: Timestamp,
        /// How long it was to be.
        duration: IntervalDuration,
    },
}

/// An interval by which energy is metered: from its start on, and before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeteringInterval {
    start: Timestamp,
    duration: IntervalDuration,
}

impl MeteringInterval {
    /// An interval at its place.
    ///
    /// # Errors
    /// [`IntervalError`] if it begins elsewhere, or before 1970.
    pub fn new(start: Timestamp, duration: IntervalDuration) -> Result<Self, IntervalError> {
        if start.as_ms() < 0 || start.as_ms() % duration.as_ms() != 0 {
            return Err(IntervalError::NotAligned { start, duration });
        }
        Ok(Self { start, duration })
    }

    /// Reads the fields `start` and `duration` of a body.
    pub(super) fn read(fields: &Fields<'_, '_>) -> Result<Self, BodyError> {
        let start = fields.parse("start", Timestamp::parse_rfc3339)?;
        let duration = fields.parse("duration", IntervalDuration::parse)?;
        Self::new(start, duration)
            .map_err(|error| BodyError::new(fields.place("start"), error.to_string()))
    }

    /// When it begins.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// How long it is.
    pub fn duration(self) -> IntervalDuration {
        self.duration
    }

    /// When it is over.
    pub fn end(self) -> Timestamp {
        Timestamp::from_ms(self.start.as_ms().saturating_add(self.duration.as_ms()))
    }

    /// The hour that it is in, counted from 1970.
    pub fn hour(self) -> u64 {
        u64::try_from(self.start.as_ms() / MS_PER_HOUR).unwrap_or(0)
    }

    /// Whether the two have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end() && other.start < self.end()
    }
}

/// `start/duration`, as in ISO 8601.
impl fmt::Display for MeteringInterval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.start, self.duration)
    }
}

impl Encode for MeteringInterval {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.duration.encode(out);
    }
}

impl Decode for MeteringInterval {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = Timestamp::decode(reader)?;
        let duration = IntervalDuration::decode(reader)?;
        Self::new(start, duration)
            .map_err(|error| DecodeError::invalid("metering interval", error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_duration() -> impl Strategy<Value = IntervalDuration> {
        prop::sample::select(&DURATIONS[..]).prop_map(|(minutes, _)| IntervalDuration { minutes })
    }

    fn any_interval() -> impl Strategy<Value = MeteringInterval> {
        (any_duration(), 0..40i64).prop_map(|(duration, place)| {
            MeteringInterval::new(Timestamp::from_ms(place * duration.as_ms()), duration).unwrap()
        })
    }

    #[test]
    fn intervals_are_at_their_places() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let quarter = IntervalDuration::parse("PT15M").unwrap();
        let interval = MeteringInterval::new(at("2026-03-01T10:45:00Z"), quarter).unwrap();
        assert_eq!(interval.end(), at("2026-03-01T11:00:00Z"));
        assert_eq!(interval.to_string(), "2026-03-01T10:45:00.000Z/PT15M");
        for bad in ["2026-03-01T10:40:00Z", "1969-12-31T23:45:00Z"] {
            assert!(MeteringInterval::new(at(bad), quarter).is_err(), "{bad}");
        }
        assert!(IntervalDuration::parse("PT60M").is_err());
    }

    proptest! {
        #[test]
        fn two_intervals_are_apart_or_one_in_the_other(a in any_interval(), b in any_interval()) {
            let within = |a: MeteringInterval, b: MeteringInterval| {
                a.start() >= b.start() && a.end() <= b.end()
            };
            prop_assert_eq!(a.overlaps(b), within(a, b) || within(b, a));
            prop_assert_eq!(a.overlaps(b), b.overlaps(a));
            let last = MeteringInterval::new(a.start(), a.duration()).unwrap().end().as_ms() - 1;
            prop_assert_eq!(a.hour(), u64::try_from(last / MS_PER_HOUR).unwrap());
            prop_assert_eq!(MeteringInterval::from_bytes(&a.to_bytes()), Ok(a));
        }
    }
}
