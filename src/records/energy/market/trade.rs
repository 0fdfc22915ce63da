//! The record of a trade.

use super::area::Currency;
use super::delivery::DeliveryInterval;
use super::order::OrderId;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LogIndex, MarketArea, MemberId};

/// A trade that a clearing made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The market area.
    pub area: MarketArea,
    /// The delivery interval.
    pub delivery: DeliveryInterval,
    /// Its place among the trades of the clearing, from 1.
    pub number: u32,
    /// Who buys, by which order.
    pub buyer: TradeSide,
    /// Who sells, by which order.
    pub seller: TradeSide,
    /// The energy, in Wh.
    pub quantity_wh: u64,
    /// In minor units per MWh.
    pub price: i64,
    /// What is paid in.
    pub currency: Currency,
    /// What the buyer owes the seller, in minor units: price times quantity, rounded along the trades of the
    /// clearing; below zero if the seller pays.
    pub amount: i64,
}

/// One side of a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeSide {
    /// The member.
    pub member: MemberId,
    /// What the member calls its order.
    pub order: OrderId,
    /// The order's entry.
    pub index: LogIndex,
}

impl Trade {
    /// The body of the record.
    pub fn body(&self) -> String {
        let Self {
            area,
            delivery: DeliveryInterval { start, duration },
            number,
            buyer,
            seller,
            quantity_wh,
            price,
            currency,
            amount,
        } = self;
        let (buyer, seller) = (buyer.body(), seller.body());
        format!(
            r#"{{"area":"{area}","deliveryStart":"{start}","deliveryDuration":"{duration}","number":{number},"buyer":{buyer},"seller":{seller},"quantityWh":{quantity_wh},"price":{price},"currency":"{currency}","amount":{amount}}}"#
        )
    }
}

impl TradeSide {
    fn body(&self) -> String {
        let Self {
            member,
            order,
            index,
        } = self;
        format!(r#"{{"member":"{member}","orderId":"{order}","orderIndex":{index}}}"#)
    }
}

impl Encode for TradeSide {
    fn encode(&self, out: &mut Vec<u8>) {
        self.member.encode(out);
        self.order.encode(out);
        self.index.encode(out);
    }
}

impl Decode for TradeSide {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            member: MemberId::decode(reader)?,
            order: OrderId::decode(reader)?,
            index: LogIndex::decode(reader)?,
        })
    }
}

impl Encode for Trade {
    fn encode(&self, out: &mut Vec<u8>) {
        self.area.encode(out);
        self.delivery.encode(out);
        out.extend_from_slice(&self.number.to_be_bytes());
        self.buyer.encode(out);
        self.seller.encode(out);
        out.extend_from_slice(&self.quantity_wh.to_be_bytes());
        out.extend_from_slice(&self.price.to_be_bytes());
        self.currency.encode(out);
        out.extend_from_slice(&self.amount.to_be_bytes());
    }
}

impl Decode for Trade {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            area: MarketArea::decode(reader)?,
            delivery: DeliveryInterval::decode(reader)?,
            number: reader.u32()?,
            buyer: TradeSide::decode(reader)?,
            seller: TradeSide::decode(reader)?,
            quantity_wh: reader.u64()?,
            price: reader.i64()?,
            currency: Currency::decode(reader)?,
            amount: reader.i64()?,
        })
    }
}
