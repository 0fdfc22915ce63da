//! The record of a clearing.

use super::area::Currency;
use super::delivery::DeliveryInterval;
use super::terms::AuctionRule;
use crate::types::codec::{Reader, put_option};
use crate::types::{Decode, DecodeError, Encode, MarketArea};

/// What became of the orders of an interval when its gate closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// The market area.
    pub area: MarketArea,
    /// The delivery interval.
    pub delivery: DeliveryInterval,
    /// Open bids that count.
    pub bids: u32,
    /// Open offers that count.
    pub offers: u32,
    /// Open orders that do not, of an interval that is cleared: they were placed when the area had other intervals or
    /// another currency, or their members have been removed.
    pub void_orders: u32,
    /// What they came to.
    pub result: ClearingResult,
}

/// What a clearing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClearingResult {
    /// The orders were matched.
    Cleared {
        /// The version of the contract whose rules were in force.
        contract_version: u32,
        /// How.
        auction: AuctionRule,
        /// What is paid in.
        currency: Currency,
        /// The price of all trades, in minor units per MWh; none without trades and if each has its own.
        price: Option<i64>,
        /// The energy traded, in Wh.
        quantity_wh: u64,
        /// How many trades follow.
        trades: u32,
        /// What the trades are worth beyond what they ask for, at the limit prices: in minor units,
        /// rounded half to even.
        welfare: i64,
    },
    /// All orders are void.
    Void(VoidReason),
}

/// Why the orders of an interval are void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidReason {
    /// The contract in force knows the area no more.
    NoSuchArea,
    /// The area has intervals of another length, or another currency, than when the orders were placed.
    AreaChanged,
}

impl VoidReason {
    /// The word in bodies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchArea => "no-such-area",
            Self::AreaChanged => "area-changed",
        }
    }
}

impl Clearing {
    /// The body of the record.
    pub fn body(&self) -> String {
        let Self {
            area,
            delivery: DeliveryInterval { start, duration },
            bids,
            offers,
            void_orders,
            result,
        } = self;
        let head = format!(
            r#"{{"area":"{area}","deliveryStart":"{start}","deliveryDuration":"{duration}","bids":{bids},"offers":{offers},"voidOrders":{void_orders},"#
        );
        let rest = match result {
            ClearingResult::Void(reason) => {
                format!(r#""status":"void","reason":"{}"}}"#, reason.as_str())
            }
            ClearingResult::Cleared {
                contract_version,
                auction,
                currency,
                price,
                quantity_wh,
                trades,
                welfare,
            } => {
                let auction = auction.as_str();
                let price = price.map_or_else(String::new, |price| format!(r#""price":{price},"#));
                format!(
                    r#""status":"cleared","contractVersion":{contract_version},"auction":"{auction}","currency":"{currency}",{price}"quantityWh":{quantity_wh},"trades":{trades},"welfare":{welfare}}}"#
                )
            }
        };
        head + &rest
    }
}

impl Encode for VoidReason {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::NoSuchArea => 0,
            Self::AreaChanged => 1,
        });
    }
}

impl Decode for VoidReason {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::NoSuchArea),
            1 => Ok(Self::AreaChanged),
            tag => Err(DecodeError::UnknownTag {
                what: "void reason",
                tag,
            }),
        }
    }
}

/// A price as an optional part of a value.
struct Price(i64);

impl Encode for Price {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for Price {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.i64()?))
    }
}

impl Encode for Clearing {
    fn encode(&self, out: &mut Vec<u8>) {
        self.area.encode(out);
        self.delivery.encode(out);
        out.extend_from_slice(&self.bids.to_be_bytes());
        out.extend_from_slice(&self.offers.to_be_bytes());
        out.extend_from_slice(&self.void_orders.to_be_bytes());
        match &self.result {
            ClearingResult::Cleared {
                contract_version,
                auction,
                currency,
                price,
                quantity_wh,
                trades,
                welfare,
            } => {
                out.push(0);
                out.extend_from_slice(&contract_version.to_be_bytes());
                auction.encode(out);
                currency.encode(out);
                put_option(out, price.map(Price).as_ref());
                out.extend_from_slice(&quantity_wh.to_be_bytes());
                out.extend_from_slice(&trades.to_be_bytes());
                out.extend_from_slice(&welfare.to_be_bytes());
            }
            ClearingResult::Void(reason) => {
                out.push(1);
                reason.encode(out);
            }
        }
    }
}

impl Decode for Clearing {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            area: MarketArea::decode(reader)?,
            delivery: DeliveryInterval::decode(reader)?,
            bids: reader.u32()?,
            offers: reader.u32()?,
            void_orders: reader.u32()?,
            result: match reader.u8()? {
                0 => ClearingResult::Cleared {
                    contract_version: reader.u32()?,
                    auction: AuctionRule::decode(reader)?,
                    currency: Currency::decode(reader)?,
                    price: reader.option::<Price>("price")?.map(|price| price.0),
                    quantity_wh: reader.u64()?,
                    trades: reader.u32()?,
                    welfare: reader.i64()?,
                },
                1 => ClearingResult::Void(VoidReason::decode(reader)?),
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "clearing result",
                        tag,
                    });
                }
            },
        })
    }
}
