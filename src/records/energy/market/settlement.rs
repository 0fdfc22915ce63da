//! The record of a settlement.

use super::area::Currency;
use super::delivery::DeliveryInterval;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, MarketArea, MemberId};

/// What a member traded for an interval, held against what its meters counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The market area.
    pub area: MarketArea,
    /// The delivery interval.
    pub delivery: DeliveryInterval,
    /// The member.
    pub member: MemberId,
    /// Energy bought, in Wh.
    pub bought_wh: u64,
    /// Energy sold, in Wh.
    pub sold_wh: u64,
    /// What is paid in.
    pub currency: Currency,
    /// What the trades bring the member, in minor units: below zero if it pays.
    pub balance: i64,
    /// Energy that its meters in the area took in, in Wh.
    pub metered_in_wh: u64,
    /// Energy that they gave out, in Wh.
    pub metered_out_wh: u64,
    /// How many readings that is the sum of.
    pub readings: u32,
    /// For how many minutes of the interval there is a reading of one meter at least. For the others it is not known
    /// what the member used and produced, and it counts as nothing.
    pub metered_minutes: u32,
    /// Whether there are readings of longer intervals, which are not counted.
    pub has_coarser_readings: bool,
}

impl Settlement {
    /// Metered minus traded, in Wh, where what goes into the grid and what is sold counts above zero: above
    /// zero the member delivered more, or used less, than it traded.
    pub fn imbalance_wh(&self) -> i128 {
        let metered = i128::from(self.metered_out_wh) - i128::from(self.metered_in_wh);
        let traded = i128::from(self.sold_wh) - i128::from(self.bought_wh);
        metered - traded
    }

    /// The body of the record.
    pub fn body(&self) -> String {
        let imbalance_wh = self.imbalance_wh();
        let Self {
            area,
            delivery: DeliveryInterval { start, duration },
            member,
            bought_wh,
            sold_wh,
            currency,
            balance,
            metered_in_wh,
            metered_out_wh,
            readings,
            metered_minutes,
            has_coarser_readings,
        } = self;
        format!(
            r#"{{"area":"{area}","deliveryStart":"{start}","deliveryDuration":"{duration}","member":"{member}","boughtWh":{bought_wh},"soldWh":{sold_wh},"currency":"{currency}","balance":{balance},"meteredInWh":{metered_in_wh},"meteredOutWh":{metered_out_wh},"readings":{readings},"meteredMinutes":{metered_minutes},"coarserReadings":{has_coarser_readings},"imbalanceWh":{imbalance_wh}}}"#
        )
    }
}

impl Encode for Settlement {
    fn encode(&self, out: &mut Vec<u8>) {
        self.area.encode(out);
        self.delivery.encode(out);
        self.member.encode(out);
        out.extend_from_slice(&self.bought_wh.to_be_bytes());
        out.extend_from_slice(&self.sold_wh.to_be_bytes());
        self.currency.encode(out);
        out.extend_from_slice(&self.balance.to_be_bytes());
        out.extend_from_slice(&self.metered_in_wh.to_be_bytes());
        out.extend_from_slice(&self.metered_out_wh.to_be_bytes());
        out.extend_from_slice(&self.readings.to_be_bytes());
        out.extend_from_slice(&self.metered_minutes.to_be_bytes());
        out.push(u8::from(self.has_coarser_readings));
    }
}

impl Decode for Settlement {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            area: MarketArea::decode(reader)?,
            delivery: DeliveryInterval::decode(reader)?,
            member: MemberId::decode(reader)?,
            bought_wh: reader.u64()?,
            sold_wh: reader.u64()?,
            currency: Currency::decode(reader)?,
            balance: reader.i64()?,
            metered_in_wh: reader.u64()?,
            metered_out_wh: reader.u64()?,
            readings: reader.u32()?,
            metered_minutes: reader.u32()?,
            has_coarser_readings: reader.flag("settlement")?,
        })
    }
}
