//! The settlement of an interval: what members traded, held against what their meters counted.

use bytes::Bytes;

use super::book::{BookPhase, Tally, read_book, write_book};
use super::clear::{kind, record};
use super::rows::{MarketKey, Work, index};
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived, Progress};
use crate::contracts::energy::meters_totals::{metered, metered_hours};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::task::Task;
use crate::records::energy::market::{
    Currency, DeliveryInterval, SETTLEMENT, Settlement, Side, Trade,
};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, MarketArea, MemberId, Timestamp};

/// What a member traded for an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    member: MemberId,
    currency: Currency,
    bought_wh: u64,
    sold_wh: u64,
    /// What the trades bring, in minor units.
    balance: i64,
}

/// Settles an interval by the readings that are there: a record for each member that traded, in order of their
/// ids. Those that the block has no room for, or would read too much for, wait.
pub(in crate::contracts) fn settle(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    (area, start): (&MarketArea, Timestamp),
) -> Result<Progress, EffectError> {
    let Some(mut book) = read_book(state, area, start)? else {
        return Ok(Progress::Done);
    };
    // The area has had other rules since this was scheduled: another deadline was scheduled for them.
    if context.time < book.settlement_due {
        return Ok(Progress::Done);
    }
    let delivery = DeliveryInterval {
        start,
        duration: book.interval,
    };
    let BookPhase::Cleared(cleared) = &mut book.phase else {
        return Ok(Progress::Done);
    };
    let Some(record_kind) = kind(SETTLEMENT) else {
        return Ok(Progress::Done);
    };
    let key = MarketKey { area, start };
    let mut tally = cleared.settlements.unwrap_or(Tally {
        total: cleared.positions,
        recorded: 0,
    });
    // The position itself, and the sums of each hour.
    let reads = metered_hours((start, delivery.end())).count();
    let reads = reads.saturating_add(1);
    while tally.recorded < tally.total && derived.room() > 0 && derived.may_read(reads) {
        let settlement = settlement(state, key, delivery, tally.recorded)?;
        let row = IndexKey::MarketSettlement {
            area,
            start,
            index: derived.next_index(),
        };
        index(state, row, &settlement);
        let body = Bytes::from(settlement.body());
        derived.push(context, cause, record(record_kind.clone(), body));
        tally.recorded += 1;
    }
    cleared.settlements = Some(tally);
    write_book(state, area, start, &book);
    Ok(if tally.recorded < tally.total {
        Progress::Unfinished
    } else {
        Progress::Done
    })
}

/// The settlement of the member at a place, whose position is taken away.
fn settlement(
    state: &mut impl StateWriter,
    key: MarketKey<'_>,
    delivery: DeliveryInterval,
    place: u32,
) -> Result<Settlement, EffectError> {
    let work = Work::Position(place);
    let position: Position = work.read(state, key)?;
    work.remove(state, key);
    let span = (delivery.start, delivery.end());
    let metered = metered(state, key.area, &position.member, span)?;
    Ok(Settlement {
        area: key.area.clone(),
        delivery,
        member: position.member,
        bought_wh: position.bought_wh,
        sold_wh: position.sold_wh,
        currency: position.currency,
        balance: position.balance,
        metered_in_wh: metered.wh_in,
        metered_out_wh: metered.wh_out,
        readings: metered.readings,
        metered_minutes: metered.minutes,
        has_coarser_readings: metered.has_coarser_readings,
    })
}

impl Position {
    pub(super) fn new(member: MemberId, currency: Currency) -> Self {
        Self {
            member,
            currency,
            bought_wh: 0,
            sold_wh: 0,
            balance: 0,
        }
    }

    /// Adds a trade in which the member is the buyer (bid) or the seller (offer). The sums of an interval
    /// stay far within 64 bits by the bounds of orders and of their number.
    pub(super) fn add(&mut self, side: Side, trade: &Trade) {
        match side {
            Side::Bid => {
                self.bought_wh = self.bought_wh.saturating_add(trade.quantity_wh);
                self.balance = self.balance.saturating_sub(trade.amount);
            }
            Side::Offer => {
                self.sold_wh = self.sold_wh.saturating_add(trade.quantity_wh);
                self.balance = self.balance.saturating_add(trade.amount);
            }
        }
    }
}

impl Encode for Position {
    fn encode(&self, out: &mut Vec<u8>) {
        self.member.encode(out);
        self.currency.encode(out);
        out.extend_from_slice(&self.bought_wh.to_be_bytes());
        out.extend_from_slice(&self.sold_wh.to_be_bytes());
        out.extend_from_slice(&self.balance.to_be_bytes());
    }
}

impl Decode for Position {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            member: MemberId::decode(reader)?,
            currency: Currency::decode(reader)?,
            bought_wh: reader.u64()?,
            sold_wh: reader.u64()?,
            balance: reader.i64()?,
        })
    }
}
