//! The body of a meter's reading.

use super::meter_interval::MeteringInterval;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{LogIndex, MeterId};

/// Most energy of one reading, in each direction, in Wh: 1 TWh.
pub const MAX_WH_PER_READING: u64 = 1_000_000_000_000;

/// How much energy went through a meter in an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterReading {
    /// The meter.
    pub meter: MeterId,
    /// The interval.
    pub interval: MeteringInterval,
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// The entry of the reading that this one corrects.
    pub replaces: Option<LogIndex>,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_meter_reading(body: &[u8]) -> Result<MeterReading, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a meter reading")?;
    fields.allow_only(&["meter", "start", "duration", "whIn", "whOut", "replaces"])?;
    Ok(MeterReading {
        meter: fields.parse("meter", MeterId::new)?,
        interval: MeteringInterval::read(&fields)?,
        wh_in: fields.whole_number_within("whIn", 0..=MAX_WH_PER_READING)?,
        wh_out: fields.whole_number_within("whOut", 0..=MAX_WH_PER_READING)?,
        replaces: match fields.get("replaces") {
            None => None,
            Some(_) => Some(LogIndex(fields.whole_number("replaces")?)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_read_and_each_fault_is_at_its_place() {
        let body = r#"{"meter":"CH-1","start":"2026-03-01T11:00:00+01:00","duration":"PT15M",
            "whIn":0,"whOut":1250,"replaces":77}"#;
        let reading = check_meter_reading(body.as_bytes()).unwrap();
        assert_eq!(
            reading.interval.to_string(),
            "2026-03-01T10:00:00.000Z/PT15M"
        );
        assert_eq!((reading.wh_in, reading.wh_out), (0, 1_250));
        assert_eq!(reading.replaces, Some(LogIndex(77)));
        for (from, to, pointer) in [
            ("CH-1", "", "/meter"),
            ("11:00:00", "11:05:00", "/start"),
            ("+01:00", "", "/start"),
            ("PT15M", "PT7M", "/duration"),
            ("\"whIn\":0", "\"whIn\":-1", "/whIn"),
            ("1250", "1000000000001", "/whOut"),
            ("1250", "1.5", "/whOut"),
            ("77", "\"77\"", "/replaces"),
            ("replaces", "corrects", "/corrects"),
        ] {
            let body = body.replace(from, to);
            assert_eq!(
                check_meter_reading(body.as_bytes()).unwrap_err().pointer,
                pointer,
                "{body}"
            );
        }
    }
}
