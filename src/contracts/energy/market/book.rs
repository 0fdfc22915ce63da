//! What the state says about an interval and about an order.

use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::energy::market::{Currency, DeliveryDuration, EnergyOrder, OrderId, Side};
use crate::types::codec::{Reader, put_option};
use crate::types::{
    Decode, DecodeError, Encode, LogIndex, MarketArea, MemberId, StateReader, Timestamp,
};

/// The book of one area and interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The length of the interval, and
    pub interval: DeliveryDuration,
    /// the area's currency, when the orders that count were placed.
    pub currency: Currency,
    /// The entry of the first of them. Orders before it were placed when the area had other intervals or another
    /// currency: they are void.
    pub since: LogIndex,
    /// When the interval is cleared: its gate by the rules of the block with the first order or, if orders came
    /// under rules by which it closes earlier, that. A gate that has moved to a later time takes its place when it is
    /// reached.
    pub clearing_due: Timestamp,
    /// When the interval is settled, by the rules of the block with the first of them.
    pub settlement_due: Timestamp,
    /// How many orders have a slot: those that are open, or were when the gate closed, void ones among them.
    pub slots: u32,
    /// How many open bids count.
    pub bids: u32,
    /// How many open offers count.
    pub offers: u32,
    /// How many orders were ever placed.
    pub placed_orders: u32,
    /// How far it has come.
    pub phase: BookPhase,
}

/// How far a book has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookPhase {
    /// Its gate has not closed.
    Open,
    /// It was cleared.
    Cleared(ClearedBook),
}

/// What a clearing left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearedBook {
    /// The entry of the clearing.
    pub clearing: LogIndex,
    /// Its trades.
    pub trades: Tally,
    /// How many members traded.
    pub positions: u32,
    /// The settlements, once it is their time.
    pub settlements: Option<Tally>,
}

/// How many of the records that are to be made have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// All.
    pub total: u32,
    /// Those that are entries of the log.
    pub recorded: u32,
}

impl Book {
    /// How many open orders count.
    pub fn open_orders(&self) -> u32 {
        self.bids.saturating_add(self.offers)
    }

    /// Whether an order of an entry counts, as long as it is open.
    pub fn counts(&self, order: LogIndex) -> bool {
        order >= self.since
    }

    /// How many open orders count of a side.
    pub(super) fn side_mut(&mut self, side: Side) -> &mut u32 {
        match side {
            Side::Bid => &mut self.bids,
            Side::Offer => &mut self.offers,
        }
    }
}

/// What a member has in the book of an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberBook {
    /// As [`Book::since`] was when the member placed its last order.
    pub since: LogIndex,
    /// How many of its orders from there on are open, or were when the gate closed.
    pub open_orders: u32,
    /// How many it ever placed.
    pub placed_orders: u32,
}

/// An order, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The order.
    pub order: EnergyOrder,
    /// Its entry.
    pub index: LogIndex,
    /// Its place among the open orders of its book, as long as it is one of them.
    pub slot: u32,
    /// The entry of its withdrawal.
    pub withdrawn: Option<LogIndex>,
}

/// Reads the book of an interval.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_book(
    state: &(impl StateReader + ?Sized),
    area: &MarketArea,
    start: Timestamp,
) -> Result<Option<Book>, EffectError> {
    values::read(state, StateKey::MarketBook { area, start }, "market book")
}

pub(super) fn write_book(
    state: &mut impl StateWriter,
    area: &MarketArea,
    start: Timestamp,
    book: &Book,
) {
    values::write(state, StateKey::MarketBook { area, start }, book);
}

/// Reads what a member has in the book of an interval: nothing if it placed no order.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_member_book(
    state: &(impl StateReader + ?Sized),
    (area, start): (&MarketArea, Timestamp),
    member: &MemberId,
) -> Result<MemberBook, EffectError> {
    let key = StateKey::MemberBook {
        area,
        start,
        member,
    };
    Ok(values::read(state, key, "market book of a member")?.unwrap_or_default())
}

pub(super) fn write_member_book(
    state: &mut impl StateWriter,
    (area, start): (&MarketArea, Timestamp),
    member: &MemberId,
    book: MemberBook,
) {
    let key = StateKey::MemberBook {
        area,
        start,
        member,
    };
    values::write(state, key, &book);
}

/// Reads an order by what its member calls it.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_order(
    state: &(impl StateReader + ?Sized),
    member: &MemberId,
    order: &OrderId,
) -> Result<Option<OrderState>, EffectError> {
    values::read(state, StateKey::Order { member, order }, "order")
}

pub(super) fn write_order(state: &mut impl StateWriter, member: &MemberId, order: &OrderState) {
    let key = StateKey::Order {
        member,
        order: &order.order.id,
    };
    values::write(state, key, order);
}

impl Encode for Tally {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.total.to_be_bytes());
        out.extend_from_slice(&self.recorded.to_be_bytes());
    }
}

impl Decode for Tally {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            total: reader.u32()?,
            recorded: reader.u32()?,
        })
    }
}

impl Encode for Book {
    fn encode(&self, out: &mut Vec<u8>) {
        self.interval.encode(out);
        self.currency.encode(out);
        self.since.encode(out);
        self.clearing_due.encode(out);
        self.settlement_due.encode(out);
        out.extend_from_slice(&self.slots.to_be_bytes());
        out.extend_from_slice(&self.bids.to_be_bytes());
        out.extend_from_slice(&self.offers.to_be_bytes());
        out.extend_from_slice(&self.placed_orders.to_be_bytes());
        match &self.phase {
            BookPhase::Open => out.push(0),
            BookPhase::Cleared(cleared) => {
                out.push(1);
                cleared.clearing.encode(out);
                cleared.trades.encode(out);
                out.extend_from_slice(&cleared.positions.to_be_bytes());
                put_option(out, cleared.settlements.as_ref());
            }
        }
    }
}

impl Decode for Book {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            interval: DeliveryDuration::decode(reader)?,
            currency: Currency::decode(reader)?,
            since: LogIndex::decode(reader)?,
            clearing_due: Timestamp::decode(reader)?,
            settlement_due: Timestamp::decode(reader)?,
            slots: reader.u32()?,
            bids: reader.u32()?,
            offers: reader.u32()?,
            placed_orders: reader.u32()?,
            phase: match reader.u8()? {
                0 => BookPhase::Open,
                1 => BookPhase::Cleared(ClearedBook {
                    clearing: LogIndex::decode(reader)?,
                    trades: Tally::decode(reader)?,
                    positions: reader.u32()?,
                    settlements: reader.option("settlements")?,
                }),
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "market book",
                        tag,
                    });
                }
            },
        })
    }
}

impl Encode for MemberBook {
    fn encode(&self, out: &mut Vec<u8>) {
        self.since.encode(out);
        out.extend_from_slice(&self.open_orders.to_be_bytes());
        out.extend_from_slice(&self.placed_orders.to_be_bytes());
    }
}

impl Decode for MemberBook {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            since: LogIndex::decode(reader)?,
            open_orders: reader.u32()?,
            placed_orders: reader.u32()?,
        })
    }
}

impl Encode for OrderState {
    fn encode(&self, out: &mut Vec<u8>) {
        self.order.encode(out);
        self.index.encode(out);
        out.extend_from_slice(&self.slot.to_be_bytes());
        put_option(out, self.withdrawn.as_ref());
    }
}

impl Decode for OrderState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            order: EnergyOrder::decode(reader)?,
            index: LogIndex::decode(reader)?,
            slot: reader.u32()?,
            withdrawn: reader.option("withdrawal")?,
        })
    }
}
