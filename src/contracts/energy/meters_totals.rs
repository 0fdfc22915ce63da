//! How much energy was metered for a member in a market area: the sums over its meters, kept as readings
//! come, so that settlement needs no more than the hours of a delivery interval.

use std::ops::Range;

use crate::contracts::context::{EffectError, EffectResult, StateWriter};
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::energy::MeteringInterval;
use crate::types::codec::{Reader, put_sequence};
use crate::types::{
    Decode, DecodeError, Encode, MarketArea, MemberId, Rejection, StateReader, Timestamp,
};

use super::meters_readings::StoredReading;

const MS_PER_HOUR: u64 = 3_600_000;
const MS_PER_MINUTE: i64 = 60_000;

/// Most intervals in an hour, of all durations: 60 + 12 + 4 + 2 + 1.
const MAX_INTERVALS_PER_HOUR: usize = 79;

/// The sums of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalOfEnergy {
    /// The interval.
    pub interval: MeteringInterval,
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// How many meters have a reading of it.
    pub readings: u32,
}

/// The energy of a member in an area in one hour, by the intervals of its readings, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HourOfEnergy(pub Vec<IntervalOfEnergy>);

/// How much energy was metered in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// How many readings that is the sum of: none is not the same as nothing consumed and nothing produced.
    pub readings: u32,
    /// For how many minutes of the span there is a reading of one meter at least.
    pub minutes: u32,
    /// Whether there are readings of intervals that reach beyond the span: what part of them belongs to it
    /// is not known, and they are not counted.
    pub has_coarser_readings: bool,
}

/// What was metered for a member in an area from `start` on and before `end`. Reads one value for each hour
/// that the span touches: it is for spans of delivery.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn metered(
    state: &(impl StateReader + ?Sized),
    area: &MarketArea,
    member: &MemberId,
    (start, end): (Timestamp, Timestamp),
) -> Result<Metered, EffectError> {
    let mut sum = Metered::default();
    let mut metered_until = start;
    for hour in metered_hours((start, end)) {
        let energy = read_hour_of_energy(state, area, member, hour)?;
        for one in energy.0 {
            let (begins, ends) = (one.interval.start(), one.interval.end());
            if begins >= start && ends <= end {
                sum.wh_in = sum.wh_in.saturating_add(one.wh_in);
                sum.wh_out = sum.wh_out.saturating_add(one.wh_out);
                sum.readings = sum.readings.saturating_add(one.readings);
                // Intervals come in order of their start, and may overlap.
                let begins = begins.max(metered_until);
                metered_until = metered_until.max(ends);
                sum.minutes = sum.minutes.saturating_add(minutes_between(begins, ends));
            } else if begins < end && start < ends {
                sum.has_coarser_readings = true;
            }
        }
    }
    Ok(sum)
}

fn minutes_between(start: Timestamp, end: Timestamp) -> u32 {
    let ms = end.as_ms().saturating_sub(start.as_ms());
    u32::try_from(ms / MS_PER_MINUTE).unwrap_or(0)
}

/// The hours that a span touches, counted from 1970: nothing is metered before.
pub(super) fn metered_hours((start, end): (Timestamp, Timestamp)) -> Range<u64> {
    let ms = |time: Timestamp| u64::try_from(time.as_ms()).unwrap_or(0);
    ms(start) / MS_PER_HOUR..ms(end).div_ceil(MS_PER_HOUR)
}

fn read_hour_of_energy(
    state: &(impl StateReader + ?Sized),
    area: &MarketArea,
    member: &MemberId,
    hour: u64,
) -> Result<HourOfEnergy, EffectError> {
    let key = StateKey::MeteredEnergy { area, member, hour };
    Ok(values::read(state, key, "metered energy")?.unwrap_or_default())
}

/// Counts a reading in the sums, in the place of what it was before.
pub(super) fn count(
    state: &mut impl StateWriter,
    before: Option<&StoredReading>,
    after: &StoredReading,
) -> EffectResult {
    let (area, member, hour) = (&after.area, &after.member, after.interval.hour());
    let mut energy = read_hour_of_energy(state, area, member, hour)?;
    let interval = after.interval;
    if !energy.0.iter().any(|one| one.interval == interval) {
        energy.0.push(IntervalOfEnergy {
            interval,
            wh_in: 0,
            wh_out: 0,
            readings: 0,
        });
        energy.0.sort_by_key(|one| one.interval);
    }
    let (old_in, old_out) = before.map_or((0, 0), |reading| (reading.wh_in, reading.wh_out));
    let replaced = |sum: u64, old: u64, new: u64| sum.checked_sub(old)?.checked_add(new);
    for one in energy.0.iter_mut().filter(|one| one.interval == interval) {
        let sums = replaced(one.wh_in, old_in, after.wh_in).zip(replaced(
            one.wh_out,
            old_out,
            after.wh_out,
        ));
        let Some((wh_in, wh_out)) = sums else {
            return Ok(Err(Rejection::new(
                "too-much-energy",
                format!(
                    "the meters of {member} in {area} have more Wh in {interval} than can be counted"
                ),
            )));
        };
        (one.wh_in, one.wh_out) = (wh_in, wh_out);
        if before.is_none() {
            one.readings = one.readings.saturating_add(1);
        }
    }
    let key = StateKey::MeteredEnergy { area, member, hour };
    values::write(state, key, &energy);
    Ok(Ok(()))
}

impl Encode for IntervalOfEnergy {
    fn encode(&self, out: &mut Vec<u8>) {
        self.interval.encode(out);
        out.extend_from_slice(&self.wh_in.to_be_bytes());
        out.extend_from_slice(&self.wh_out.to_be_bytes());
        out.extend_from_slice(&self.readings.to_be_bytes());
    }
}

impl Decode for IntervalOfEnergy {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            interval: MeteringInterval::decode(reader)?,
            wh_in: reader.u64()?,
            wh_out: reader.u64()?,
            readings: reader.u32()?,
        })
    }
}

impl Encode for HourOfEnergy {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.0);
    }
}

impl Decode for HourOfEnergy {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let intervals: Vec<IntervalOfEnergy> =
            reader.sequence("metered energy", MAX_INTERVALS_PER_HOUR)?;
        let in_order = intervals
            .iter()
            .zip(intervals.iter().skip(1))
            .all(|(a, b)| a.interval < b.interval);
        match in_order {
            true => Ok(Self(intervals)),
            false => Err(DecodeError::invalid("metered energy", "not in order")),
        }
    }
}
