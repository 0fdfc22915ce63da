//! Devices in the state, and what was stated of them in the index.

use bytes::Bytes;

use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::telemetry::{Device, Expectation, MAX_CHANNELS};
use crate::types::codec::{Reader, put_bytes, put_option, put_sequence};
use crate::types::{
    Decimal, Decode, DecodeError, Encode, LogIndex, MemberId, Rejection, Space, StateReader,
    Timestamp,
};

/// Longest quantity or unit, in bytes.
const MAX_WORD_BYTES: usize = 64;

/// A device, as its records have left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceState {
    /// The entry of what its owner said of it last, if anything.
    pub registered: Option<LogIndex>,
    /// What it measures, in the order in which that became known.
    pub channels: Vec<ChannelState>,
}

/// What is known of a quantity that a device measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Such as `temperature`.
    pub quantity: Box<str>,
    /// UN/ECE Recommendation 20 code.
    pub unit: Box<str>,
    /// What is to be expected of its values.
    pub expectation: Expectation,
    /// How many points it has: each time counts once.
    pub points: u64,
    /// How many series have been accepted.
    pub series: u64,
    /// The entry of the first of them.
    pub first: Option<LogIndex>,
    /// Its latest point by time.
    pub latest: Option<LatestPoint>,
}

/// The latest point of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestPoint {
    /// When it was measured.
    pub time: Timestamp,
    /// What was measured.
    pub value: Decimal,
    /// The entry that has it.
    pub index: LogIndex,
}

impl DeviceState {
    /// The channel of a quantity.
    pub fn channel(&self, quantity: &str) -> Option<&ChannelState> {
        self.channels
            .iter()
            .find(|channel| &*channel.quantity == quantity)
    }

    /// The channel of a quantity in a unit, which is made if it is new.
    pub(super) fn channel_in(
        &mut self,
        quantity: &str,
        unit: &str,
    ) -> Result<&mut ChannelState, Rejection> {
        let known = self
            .channels
            .iter()
            .position(|channel| &*channel.quantity == quantity);
        let place = match known {
            Some(place) => place,
            None if self.channels.len() >= MAX_CHANNELS => {
                return Err(Rejection::new(
                    "too-many-channels",
                    format!("a device measures {MAX_CHANNELS} quantities at most"),
                ));
            }
            None => {
                self.channels.push(ChannelState {
                    quantity: quantity.into(),
                    unit: unit.into(),
                    expectation: Expectation::default(),
                    points: 0,
                    series: 0,
                    first: None,
                    latest: None,
                });
                self.channels.len() - 1
            }
        };
        match self.channels.get_mut(place) {
            Some(channel) if &*channel.unit == unit => Ok(channel),
            found => Err(Rejection::new(
                "other-unit",
                format!(
                    "the device's {quantity} is told in {}, not in {unit}: name another quantity \
                     for another unit",
                    found.map_or("", |channel| &*channel.unit)
                ),
            )),
        }
    }
}

/// Reads a device.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_device(
    state: &(impl StateReader + ?Sized),
    member: &MemberId,
    device: &str,
) -> Result<Option<DeviceState>, EffectError> {
    values::read(state, StateKey::Device { member, device }, "device")
}

/// Takes what a member says of a device of its own. It holds from then on; nothing else of the device is
/// expected any more.
pub(in crate::contracts) fn register_device(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    device: &Device,
) -> EffectResult {
    let member = &context.submitter.id;
    let mut known = read_device(state, member, &device.device)?.unwrap_or_default();
    for channel in &mut known.channels {
        channel.expectation = Expectation::default();
    }
    // What was announced and never measured makes room for what is announced now, in whatever unit.
    known.channels.retain(|channel| channel.points > 0);
    for stated in &device.channels {
        match known.channel_in(&stated.quantity, &stated.unit) {
            Ok(channel) => channel.expectation = stated.expectation.clone(),
            Err(rejection) => return Ok(Err(rejection)),
        }
    }
    known.registered = Some(context.index);
    let key = StateKey::Device {
        member,
        device: &device.device,
    };
    values::write(state, key, &known);
    let place = IndexKey::DeviceStatement {
        member,
        device: &device.device,
        index: context.index,
    };
    let statement = Bytes::from(known.to_bytes());
    state.put(Space::Index, &place.to_bytes(), statement);
    Ok(Ok(()))
}

impl Encode for DeviceState {
    fn encode(&self, out: &mut Vec<u8>) {
        put_option(out, self.registered.as_ref());
        put_sequence(out, &self.channels);
    }
}

impl Decode for DeviceState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            registered: reader.option("registration")?,
            channels: reader.sequence("channels", MAX_CHANNELS)?,
        })
    }
}

impl Encode for ChannelState {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.quantity.as_bytes());
        put_bytes(out, self.unit.as_bytes());
        let interval = self.expectation.interval_ms;
        out.extend_from_slice(&interval.unwrap_or(0).to_be_bytes());
        put_option(out, self.expectation.minimum.as_ref());
        put_option(out, self.expectation.maximum.as_ref());
        put_option(out, self.expectation.maximum_change_per_minute.as_ref());
        out.extend_from_slice(&self.points.to_be_bytes());
        out.extend_from_slice(&self.series.to_be_bytes());
        put_option(out, self.first.as_ref());
        put_option(out, self.latest.as_ref());
    }
}

impl Decode for ChannelState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            quantity: reader.text("quantity", MAX_WORD_BYTES)?.into(),
            unit: reader.text("unit", MAX_WORD_BYTES)?.into(),
            expectation: Expectation {
                // No interval is zero: it says that there is none.
                interval_ms: Some(reader.u64()?).filter(|interval| *interval > 0),
                minimum: reader.option("minimum")?,
                maximum: reader.option("maximum")?,
                maximum_change_per_minute: reader.option("maximum change")?,
            },
            points: reader.u64()?,
            series: reader.u64()?,
            first: reader.option("first series")?,
            latest: reader.option("latest point")?,
        })
    }
}

impl Encode for LatestPoint {
    fn encode(&self, out: &mut Vec<u8>) {
        self.time.encode(out);
        self.value.encode(out);
        self.index.encode(out);
    }
}

impl Decode for LatestPoint {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            time: Timestamp::decode(reader)?,
            value: Decimal::decode(reader)?,
            index: LogIndex::decode(reader)?,
        })
    }
}
