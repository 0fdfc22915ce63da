//! The effect of a series.

use bytes::Bytes;

use super::ChannelId;
use super::flags::Strange;
use super::state::{LatestPoint, read_device};
use crate::contracts::context::{EffectContext, EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::crypto::Sha256Digest;
use crate::records::telemetry::{Point, Series};
use crate::types::codec::Reader;
use crate::types::{
    Decimal, Decode, DecodeError, Encode, LogIndex, Outcome, Rejection, Space, StateReader,
    Timestamp,
};

/// How far ahead of block time a point may be, in milliseconds: a clock that is further off would make every later
/// series a late one.
pub const MAX_AHEAD_MS: i64 = 60 * 60 * 1_000;

/// What the index has of a point, beside its channel and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPoint {
    /// What was measured.
    pub value: Decimal,
    /// The entry of the first series that has it.
    pub index: LogIndex,
}

/// Whether values are missing between two points: they are more than one and a half intervals apart.
pub fn is_gap(from: Timestamp, until: Timestamp, interval_ms: u64) -> bool {
    let apart = u128::from(until.as_ms().abs_diff(from.as_ms()));
    apart * 2 > u128::from(interval_ms) * 3
}

/// Takes a series, unless the member has sent the same before. Points at times that the channel has already change
/// nothing.
pub(in crate::contracts) fn record_series(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    series: &Series,
) -> Result<Outcome, EffectError> {
    let member = &context.submitter.id;
    let record_key = Sha256Digest::of_parts(&[
        b"telemetry.series\0",
        member.as_str().as_bytes(),
        &[0],
        series.digest.as_bytes(),
    ]);
    if let Some(bytes) = state.get(Space::Records, record_key.as_bytes())? {
        let of = decode::<LogIndex>(&bytes, "record index")?;
        return Ok(Outcome::Duplicate { of });
    }
    let rejected = |rejection| Ok(Outcome::Rejected(rejection));
    let latest_allowed = context.time.as_ms().saturating_add(MAX_AHEAD_MS);
    if let Some(last) = series.points.last()
        && last.time.as_ms() > latest_allowed
    {
        return rejected(Rejection::new(
            "ahead-of-time",
            format!(
                "the last point is of {}, more than an hour ahead of the block's time {}: is the \
                 device's clock right?",
                last.time, context.time
            ),
        ));
    }
    let mut device = read_device(state, member, &series.device)?.unwrap_or_default();
    let channel = match device.channel_in(&series.quantity, &series.unit) {
        Ok(channel) => channel,
        Err(rejection) => return rejected(rejection),
    };
    let id = ChannelId::of(member, &series.device, &series.quantity);
    let before = channel.latest;
    let mut strange = Strange::default();
    for point in &series.points {
        let place = IndexKey::TelemetryPoint {
            channel: &id,
            time: point.time,
        };
        let place = place.to_bytes();
        if before.is_some_and(|latest| point.time <= latest.time) {
            if let Some(known) = read_point(state, &place)? {
                strange.met(point, &known);
                continue;
            }
            strange.late += 1;
        }
        let stored = StoredPoint {
            value: point.value,
            index: context.index,
        };
        state.put(Space::Index, &place, Bytes::from(stored.to_bytes()));
        channel.points += 1;
    }
    channel.series += 1;
    channel.first.get_or_insert(context.index);
    let flags = strange.flags(&series.points, before.as_ref(), &channel.expectation);
    if let Some(last) = series.points.last()
        && before.is_none_or(|latest| last.time > latest.time)
    {
        channel.latest = Some(latest(last, context.index));
    }
    let key = StateKey::Device {
        member,
        device: &series.device,
    };
    values::write(state, key, &device);
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Records, record_key.as_bytes(), index);
    Ok(Outcome::taken(flags))
}

fn latest(point: &Point, index: LogIndex) -> LatestPoint {
    LatestPoint {
        time: point.time,
        value: point.value,
        index,
    }
}

fn read_point(
    state: &(impl StateReader + ?Sized),
    place: &[u8],
) -> Result<Option<StoredPoint>, EffectError> {
    match state.get(Space::Index, place)? {
        None => Ok(None),
        Some(bytes) => decode(&bytes, "point").map(Some),
    }
}

fn decode<T: Decode>(bytes: &[u8], what: &'static str) -> Result<T, EffectError> {
    T::from_bytes(bytes).map_err(|error| EffectError::Corrupt { what, error })
}

impl Encode for StoredPoint {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.value.encode(out);
    }
}

impl Decode for StoredPoint {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            value: Decimal::decode(reader)?,
        })
    }
}
