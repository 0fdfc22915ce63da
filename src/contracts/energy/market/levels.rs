//! What stands in a book, summed up for readers as orders come and go: how many there are, and what they ask for
//! at each price. So an answer need not go through them.

use super::book::Book;
use super::rows::{MarketKey, index};
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::index_keys::{IndexKey, MarketLevelKey};
use crate::records::energy::market::OrderTerms;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LogIndex, Space, Timestamp};

/// What a book was after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookStep {
    /// As [`Book::since`].
    pub since: LogIndex,
    /// As [`Book::clearing_due`].
    pub clearing_due: Timestamp,
    /// As [`Book::settlement_due`].
    pub settlement_due: Timestamp,
    /// How many orders were ever placed.
    pub placed: u32,
    /// How many open bids counted.
    pub bids: u32,
    /// How many open offers counted.
    pub offers: u32,
}

/// What the open orders of one side at one price ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelSum {
    /// Together, in Wh.
    pub quantity_wh: u64,
    /// How many they are.
    pub orders: u32,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderChange {
    Placed,
    Withdrawn,
}

/// Writes what a book is from an entry on.
pub(super) fn note_step(
    state: &mut impl StateWriter,
    key: MarketKey<'_>,
    book: &Book,
    entry: LogIndex,
) {
    let step = BookStep {
        since: book.since,
        clearing_due: book.clearing_due,
        settlement_due: book.settlement_due,
        placed: book.placed_orders,
        bids: book.bids,
        offers: book.offers,
    };
    let row = IndexKey::MarketBookStep {
        area: key.area,
        start: key.start,
        index: entry,
    };
    index(state, row, &step);
}

/// Writes what an entry made of a book by placing or withdrawing an order.
pub(super) fn note(
    state: &mut impl StateWriter,
    (key, book): (MarketKey<'_>, &Book),
    (terms, change): (&OrderTerms, OrderChange),
    entry: LogIndex,
) -> Result<(), EffectError> {
    let MarketKey { area, start } = key;
    note_step(state, key, book, entry);
    let level = MarketLevelKey {
        area,
        start,
        since: book.since,
        side: terms.side(),
        price: terms.limit_price(),
    };
    let row = IndexKey::MarketLevel(level);
    let before = match state.get(Space::Index, &row.to_bytes())? {
        None => LevelSum::default(),
        Some(bytes) => LevelSum::from_bytes(&bytes).map_err(|error| EffectError::Corrupt {
            what: "level of a market book",
            error,
        })?,
    };
    let quantity_wh = terms.quantity_wh();
    let after = match change {
        OrderChange::Placed => LevelSum {
            quantity_wh: before.quantity_wh.saturating_add(quantity_wh),
            orders: before.orders.saturating_add(1),
        },
        OrderChange::Withdrawn => LevelSum {
            quantity_wh: before.quantity_wh.saturating_sub(quantity_wh),
            orders: before.orders.saturating_sub(1),
        },
    };
    index(state, row, &after);
    let row = IndexKey::MarketLevelStep {
        level,
        index: entry,
    };
    index(state, row, &after);
    Ok(())
}

impl Encode for BookStep {
    fn encode(&self, out: &mut Vec<u8>) {
        self.since.encode(out);
        self.clearing_due.encode(out);
        self.settlement_due.encode(out);
        out.extend_from_slice(&self.placed.to_be_bytes());
        out.extend_from_slice(&self.bids.to_be_bytes());
        out.extend_from_slice(&self.offers.to_be_bytes());
    }
}

impl Decode for BookStep {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            since: LogIndex::decode(reader)?,
            clearing_due: Timestamp::decode(reader)?,
            settlement_due: Timestamp::decode(reader)?,
            placed: reader.u32()?,
            bids: reader.u32()?,
            offers: reader.u32()?,
        })
    }
}

impl Encode for LevelSum {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.quantity_wh.to_be_bytes());
        out.extend_from_slice(&self.orders.to_be_bytes());
    }
}

impl Decode for LevelSum {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            quantity_wh: reader.u64()?,
            orders: reader.u32()?,
        })
    }
}
