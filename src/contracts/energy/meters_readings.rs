//! Meter readings in the state, and the effect of a reading.
//!
//! All readings of one meter in one hour are one value: an interval lies in one hour, so a single read shows
//! whether a new one overlaps another. A reading counts for whoever owned the meter, in whichever area,
//! when its first record came; a correction changes the amounts, nothing else.

use bytes::Bytes;

use super::meters::{closed, operated_ever};
use super::meters_totals::count;
use crate::contracts::context::{EffectContext, EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::energy::{MeterReading, MeteringInterval};
use crate::types::codec::{Reader, put_option, put_sequence};
use crate::types::{
    Decode, DecodeError, Encode, Flag, LogIndex, MarketArea, MemberId, MeterId, Outcome, Rejection,
    Space, StateReader,
};

/// Most readings of one meter in an hour: the shortest interval is of a minute.
const MAX_READINGS_PER_HOUR: usize = 60;

/// A reading as its last record left it, with what relies on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReading {
    /// The interval.
    pub interval: MeteringInterval,
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// The entry that states it.
    pub entry: LogIndex,
    /// The entry that stated it before, if it has been corrected.
    pub replaces: Option<LogIndex>,
    /// For whom it counts.
    pub member: MemberId,
    /// In which area.
    pub area: MarketArea,
    /// The issuance of certificates for what was produced, and how much, in Wh.
    pub issued: Option<(LogIndex, u64)>,
    /// How much of what was consumed is claimed to be of certificates, in Wh.
    pub claimed_wh: u64,
}

/// What an entry stated of a reading that another entry has corrected since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrectedReading {
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// The entry that stated it before, if it was a correction itself.
    pub replaces: Option<LogIndex>,
}

/// The readings of one meter in one hour, in order of time; no two overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourOfReadings(pub Vec<StoredReading>);

impl HourOfReadings {
    /// The reading of exactly this interval.
    pub fn get(&self, interval: MeteringInterval) -> Option<&StoredReading> {
        self.0.iter().find(|reading| reading.interval == interval)
    }

    /// The reading of exactly this interval, to change what relies on it.
    pub(super) fn get_mut(&mut self, interval: MeteringInterval) -> Option<&mut StoredReading> {
        self.0
            .iter_mut()
            .find(|reading| reading.interval == interval)
    }
}

/// Reads the readings of a meter in an hour, counted from 1970.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_hour_of_readings(
    state: &(impl StateReader + ?Sized),
    meter: &MeterId,
    hour: u64,
) -> Result<HourOfReadings, EffectError> {
    let key = StateKey::MeterReadings { meter, hour };
    Ok(values::read(state, key, "meter readings")?.unwrap_or_default())
}

/// Writes them.
pub(super) fn write_hour_of_readings(
    state: &mut impl StateWriter,
    meter: &MeterId,
    hour: u64,
    readings: &HourOfReadings,
) {
    values::write(state, StateKey::MeterReadings { meter, hour }, readings);
}

/// The effect of a reading.
pub(in crate::contracts) fn take_reading(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    reading: &MeterReading,
) -> Result<Outcome, EffectError> {
    let rejected = |code, reason: String| Ok(Outcome::Rejected(Rejection::new(code, reason)));
    let (id, interval) = (&reading.meter, reading.interval);
    let meter = match operated_ever(state, context, id)? {
        Ok(meter) => meter,
        Err(rejection) => return Ok(Outcome::Rejected(rejection)),
    };
    // What a closed meter has read can be corrected still.
    if meter.is_closed && reading.replaces.is_none() {
        return Ok(Outcome::Rejected(closed(id)));
    }
    if interval.end() > context.time {
        return rejected(
            "interval-not-over",
            format!(
                "{interval} ends after this block's time, {}: what is still to flow is not metered",
                context.time
            ),
        );
    }
    let wrong_way = match meter.kind {
        kind if !kind.consumes() && reading.wh_in > 0 => Some("consumption"),
        kind if !kind.produces() && reading.wh_out > 0 => Some("production"),
        _ => None,
    };
    if let Some(what) = wrong_way {
        return rejected(
            "wrong-direction",
            format!(
                "{id} is a meter of {}: it measures no {what}",
                meter.kind.as_str()
            ),
        );
    }
    let mut hour = read_hour_of_readings(state, id, interval.hour())?;
    let after = match hour.get(interval) {
        None => {
            if let Some(replaced) = reading.replaces {
                return rejected(
                    "no-such-reading",
                    format!(
                        "{id} has no reading of {interval}, so entry {replaced} is none to replace"
                    ),
                );
            }
            if let Some(other) = hour.0.iter().find(|r| r.interval.overlaps(interval)) {
                return rejected(
                    "overlapping-reading",
                    format!(
                        "{interval} overlaps {}, which entry {} states",
                        other.interval, other.entry
                    ),
                );
            }
            StoredReading {
                interval,
                wh_in: reading.wh_in,
                wh_out: reading.wh_out,
                entry: context.index,
                replaces: None,
                member: meter.owner.clone(),
                area: meter.area.clone(),
                issued: None,
                claimed_wh: 0,
            }
        }
        Some(before) => match corrected(before, reading, context.index) {
            Ok(after) => after,
            Err(outcome) => return Ok(outcome),
        },
    };
    if let Err(rejection) = count(state, hour.get(interval), &after)? {
        return Ok(Outcome::Rejected(rejection));
    }
    if let Some(before) = hour.get(interval) {
        let corrected = CorrectedReading {
            wh_in: before.wh_in,
            wh_out: before.wh_out,
            replaces: before.replaces,
        };
        let row = IndexKey::CorrectedReading(before.entry).to_bytes();
        state.append(Space::Index, row, Bytes::from(corrected.to_bytes()));
    }
    let flags = above_capacity(meter.capacity_w, &after);
    hour.0.retain(|reading| reading.interval != interval);
    hour.0.push(after);
    hour.0.sort_by_key(|reading| reading.interval);
    write_hour_of_readings(state, id, interval.hour(), &hour);
    Ok(Outcome::taken(flags))
}

/// The reading after a correction, or what becomes of a record that corrects nothing.
fn corrected(
    before: &StoredReading,
    reading: &MeterReading,
    index: LogIndex,
) -> Result<StoredReading, Outcome> {
    let (id, interval, entry) = (&reading.meter, reading.interval, before.entry);
    let rejected = |code, reason: String| Outcome::Rejected(Rejection::new(code, reason));
    match reading.replaces {
        None if (before.wh_in, before.wh_out) == (reading.wh_in, reading.wh_out) => {
            return Err(Outcome::Duplicate { of: entry });
        }
        None => {
            return Err(rejected(
                "reading-exists",
                format!(
                    "{id} has a reading of {interval}: entry {entry}. A correction names it in \
                     \"replaces\""
                ),
            ));
        }
        Some(replaced) if replaced != entry => {
            return Err(rejected(
                "not-latest-reading",
                format!("the reading of {interval} is entry {entry}, not {replaced}"),
            ));
        }
        Some(_) => {}
    }
    let issued_wh = before.issued.map_or(0, |(_, wh)| wh);
    for (direction, wh, relied_on) in [
        ("production", reading.wh_out, issued_wh),
        ("consumption", reading.wh_in, before.claimed_wh),
    ] {
        if wh < relied_on {
            return Err(rejected(
                "reading-relied-on",
                format!(
                    "certificates rely on {relied_on} Wh of {direction} in {interval}, more than the \
                     {wh} Wh of the correction"
                ),
            ));
        }
    }
    Ok(StoredReading {
        wh_in: reading.wh_in,
        wh_out: reading.wh_out,
        entry: index,
        replaces: Some(entry),
        ..before.clone()
    })
}

/// Flags a reading of more than can flow through the meter.
fn above_capacity(capacity_w: Option<u64>, reading: &StoredReading) -> Vec<Flag> {
    let Some(capacity_w) = capacity_w else {
        return Vec::new();
    };
    let minutes = reading.interval.duration().minutes();
    let most_wh = u128::from(capacity_w) * u128::from(minutes) / 60;
    let wh = reading.wh_in.max(reading.wh_out);
    if u128::from(wh) <= most_wh {
        return Vec::new();
    }
    vec![Flag::new(
        "above-capacity",
        format!("{wh} Wh in {minutes} minutes is more than {capacity_w} W allow: {most_wh} Wh"),
    )]
}

impl Encode for StoredReading {
    fn encode(&self, out: &mut Vec<u8>) {
        self.interval.encode(out);
        out.extend_from_slice(&self.wh_in.to_be_bytes());
        out.extend_from_slice(&self.wh_out.to_be_bytes());
        self.entry.encode(out);
        put_option(out, self.replaces.as_ref());
        self.member.encode(out);
        self.area.encode(out);
        put_option(out, self.issued.map(|(issuance, _)| issuance).as_ref());
        if let Some((_, wh)) = self.issued {
            out.extend_from_slice(&wh.to_be_bytes());
        }
        out.extend_from_slice(&self.claimed_wh.to_be_bytes());
    }
}

impl Decode for StoredReading {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            interval: MeteringInterval::decode(reader)?,
            wh_in: reader.u64()?,
            wh_out: reader.u64()?,
            entry: LogIndex::decode(reader)?,
            replaces: reader.option("replaced reading")?,
            member: MemberId::decode(reader)?,
            area: MarketArea::decode(reader)?,
            issued: match reader.option("issuance")? {
                None => None,
                Some(issuance) => Some((issuance, reader.u64()?)),
            },
            claimed_wh: reader.u64()?,
        })
    }
}

impl Encode for CorrectedReading {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.wh_in.to_be_bytes());
        out.extend_from_slice(&self.wh_out.to_be_bytes());
        put_option(out, self.replaces.as_ref());
    }
}

impl Decode for CorrectedReading {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            wh_in: reader.u64()?,
            wh_out: reader.u64()?,
            replaces: reader.option("replaced reading")?,
        })
    }
}

impl Encode for HourOfReadings {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.0);
    }
}

impl Decode for HourOfReadings {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let readings: Vec<StoredReading> =
            reader.sequence("meter readings", MAX_READINGS_PER_HOUR)?;
        let in_order = readings
            .iter()
            .zip(readings.iter().skip(1))
            .all(|(a, b)| a.interval.end() <= b.interval.start());
        match in_order {
            true => Ok(Self(readings)),
            false => Err(DecodeError::invalid("meter readings", "they overlap")),
        }
    }
}
