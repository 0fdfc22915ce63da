//! What stands beside the authenticated state: work that waits, and rows for those who ask.

use bytes::Bytes;

use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::records::energy::market::{Clearing, OrderId, OrderTerms};
use crate::types::codec::Reader;
use crate::types::{
    Decode, DecodeError, Encode, LogIndex, MarketArea, MemberId, Space, StateReader, Timestamp,
};

/// One area and interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MarketKey<'a> {
    /// The area.
    pub area: &'a MarketArea,
    /// When delivery begins.
    pub start: Timestamp,
}

/// Work of an interval that waits, beside the agenda: no key of the agenda itself is as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// An open order, by its slot.
    OpenOrder(u32),
    /// Trades to record, by the number of their chunk.
    Trades(u32),
    /// What a member traded, by the place of the member.
    Position(u32),
}

/// An open order, as clearing needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Who placed it.
    pub member: MemberId,
    /// What the member calls it.
    pub id: OrderId,
    /// Its entry.
    pub index: LogIndex,
    /// What it asks for.
    pub terms: OrderTerms,
}

/// A clearing with its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearingRow {
    /// The entry.
    pub index: LogIndex,
    /// The clearing.
    pub clearing: Clearing,
}

/// How much of an order was served, in Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedWh(pub u64);

impl Work {
    fn key(self, key: MarketKey<'_>) -> Vec<u8> {
        let (tag, number) = match self {
            Self::OpenOrder(slot) => (b"market/order/".as_slice(), slot),
            Self::Trades(chunk) => (b"market/trades/".as_slice(), chunk),
            Self::Position(place) => (b"market/position/".as_slice(), place),
        };
        let mut bytes = tag.to_vec();
        key.area.encode(&mut bytes);
        key.start.encode(&mut bytes);
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes
    }

    /// Reads what has to be there.
    pub(super) fn read<T: Decode>(
        self,
        state: &(impl StateReader + ?Sized),
        key: MarketKey<'_>,
    ) -> Result<T, EffectError> {
        let bytes = state.get(Space::Agenda, &self.key(key))?;
        T::from_bytes(&bytes.unwrap_or_default()).map_err(|error| EffectError::Corrupt {
            what: "work of the market",
            error,
        })
    }

    pub(super) fn write(
        self,
        state: &mut impl StateWriter,
        key: MarketKey<'_>,
        value: &impl Encode,
    ) {
        let value = Bytes::from(value.to_bytes());
        state.put(Space::Agenda, &self.key(key), value);
    }

    pub(super) fn remove(self, state: &mut impl StateWriter, key: MarketKey<'_>) {
        state.remove(Space::Agenda, &self.key(key));
    }
}

/// Writes a row of the index.
pub(super) fn index(state: &mut impl StateWriter, key: IndexKey<'_>, value: &impl Encode) {
    let value = Bytes::from(value.to_bytes());
    state.put(Space::Index, &key.to_bytes(), value);
}

impl Encode for OpenOrder {
    fn encode(&self, out: &mut Vec<u8>) {
        self.member.encode(out);
        self.id.encode(out);
        self.index.encode(out);
        self.terms.encode(out);
    }
}

impl Decode for OpenOrder {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            member: MemberId::decode(reader)?,
            id: OrderId::decode(reader)?,
            index: LogIndex::decode(reader)?,
            terms: OrderTerms::decode(reader)?,
        })
    }
}

impl Encode for ClearingRow {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.clearing.encode(out);
    }
}

impl Decode for ClearingRow {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            clearing: Clearing::decode(reader)?,
        })
    }
}

impl Encode for ServedWh {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for ServedWh {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.u64()?))
    }
}
