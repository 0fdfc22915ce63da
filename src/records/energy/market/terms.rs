//! What orders and auctions are described by.

use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode};

/// Most energy of one order: 100 GWh, more than the largest market area uses in an hour.
pub const MAX_QUANTITY_WH: u64 = 100_000_000_000;

/// Highest limit price, and the lowest below zero, in minor units per MWh: with [`MAX_QUANTITY_WH`] it
/// keeps every sum of money of an interval within 64 bits.
pub const MAX_ABSOLUTE_PRICE: i64 = 1_000_000_000;

/// Which way an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It buys.
    Bid,
    /// It sells.
    Offer,
}

impl Side {
    /// The word in bodies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bid => "bid",
            Self::Offer => "offer",
        }
    }
}

/// How an area turns orders into trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuctionRule {
    /// All trades of an interval have one price.
    UniformPrice,
    /// The buyer pays what he bid, and the seller gets that.
    PayAsBid,
}

impl AuctionRule {
    /// The word in contracts and bodies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UniformPrice => "uniform-price",
            Self::PayAsBid => "pay-as-bid",
        }
    }
}

impl Encode for Side {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Bid => 0,
            Self::Offer => 1,
        });
    }
}

impl Decode for Side {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Bid),
            1 => Ok(Self::Offer),
            tag => Err(DecodeError::UnknownTag { what: "side", tag }),
        }
    }
}

impl Encode for AuctionRule {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::UniformPrice => 0,
            Self::PayAsBid => 1,
        });
    }
}

impl Decode for AuctionRule {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::UniformPrice),
            1 => Ok(Self::PayAsBid),
            tag => Err(DecodeError::UnknownTag {
                what: "auction rule",
                tag,
            }),
        }
    }
}
