//! The closing of a gate: open orders become trades.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::areas::area_in_force;
use super::book::{Book, BookPhase, ClearedBook, Tally, read_book, write_book};
use super::levels;
use super::orders::is_of_area;
use super::queue;
use super::rows::{ClearingRow, MarketKey, OpenOrder, ServedWh, Work, index};
use super::settle::Position;
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived, Progress};
use crate::contracts::energy::auction::{AuctionResult, Match, divide_half_even, hold_auction};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::membership::check_member;
use crate::contracts::task::Task;
use crate::records::energy::market::{
    AreaRules, CLEARING, Clearing, ClearingResult, DERIVED_VERSION, DeliveryInterval, OrderTerms,
    Side, TRADE, Trade, TradeSide, VoidReason,
};
use crate::types::{LogIndex, MarketArea, MemberId, Record, RecordKind, Timestamp};

/// Clears an interval whose gate has closed, and records its trades as far as the block has room. A gate that a
/// newer version of the contract moved to a later time is waited for.
pub(in crate::contracts) fn close_gate(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    (area, start): (&MarketArea, Timestamp),
) -> Result<Progress, EffectError> {
    let Some(mut book) = read_book(state, area, start)? else {
        return Ok(Progress::Done);
    };
    if book.phase == BookPhase::Open {
        // Another deadline has taken the place of this one.
        if book.clearing_due > context.time {
            return Ok(Progress::Done);
        }
        let rules = area_in_force(context.rulebook, area);
        if let Some((rules, _)) = rules
            && rules.gate(start) > context.time
        {
            // An order under rules by which the gate closes earlier again brings it forward from there.
            book.clearing_due = rules.gate(start);
            write_book(state, area, start, &book);
            levels::note_step(
                state,
                MarketKey { area, start },
                &book,
                derived.next_index(),
            );
            return Ok(Progress::Postponed(book.clearing_due));
        }
        let Some(record_kind) = kind(CLEARING) else {
            return Ok(Progress::Done);
        };
        if derived.room() == 0 || !derived.may_read(book.slots as usize) {
            return Ok(Progress::Unfinished);
        }
        let run = Run {
            area,
            start,
            rules,
            index: derived.next_index(),
        };
        let clearing = run.clear(state, &mut book)?;
        let body = Bytes::from(clearing.body());
        derived.push(context, cause, record(record_kind, body));
    }
    let BookPhase::Cleared(cleared) = &mut book.phase else {
        return Ok(Progress::Done);
    };
    let Some(record_kind) = kind(TRADE) else {
        return Ok(Progress::Done);
    };
    let key = MarketKey { area, start };
    let making = (context, derived, cause);
    let tally = &mut cleared.trades;
    queue::record(state, key, tally, making, |state, at, trade| {
        let row = IndexKey::MarketTrade {
            area,
            start,
            index: at,
        };
        index(state, row, trade);
        record(record_kind.clone(), Bytes::from(trade.body()))
    })?;
    let progress = if tally.recorded < tally.total {
        Progress::Unfinished
    } else {
        Progress::Done
    };
    write_book(state, area, start, &book);
    Ok(progress)
}

/// The kind of a name of ours, which is always one.
pub(super) fn kind(name: &str) -> Option<RecordKind> {
    RecordKind::new(name).ok()
}

pub(super) fn record(kind: RecordKind, body: Bytes) -> Record {
    Record {
        kind,
        version: DERIVED_VERSION,
        body,
    }
}

/// One clearing.
struct Run<'a> {
    area: &'a MarketArea,
    start: Timestamp,
    /// The area in force with the version of its contract.
    rules: Option<(&'a AreaRules, u32)>,
    /// The entry of the clearing.
    index: LogIndex,
}

impl Run<'_> {
    /// Computes the whole clearing, and leaves its trades in the queue.
    fn clear(
        &self,
        state: &mut impl StateWriter,
        book: &mut Book,
    ) -> Result<Clearing, EffectError> {
        let mut orders = self.take_orders(state, book)?;
        let open = orders.len();
        let result = self.rules_for(book);
        if result.is_ok() {
            drop_void_orders(state, book, &mut orders)?;
        }
        let void_orders = u32::try_from(open - orders.len()).unwrap_or(u32::MAX);
        let of = |side: Side| {
            let count = orders.iter().filter(|order| order.terms.side() == side);
            u32::try_from(count.count()).unwrap_or(u32::MAX)
        };
        let mut cleared = ClearedBook {
            clearing: self.index,
            trades: Tally {
                total: 0,
                recorded: 0,
            },
            positions: 0,
            settlements: None,
        };
        let result = match result {
            Err(reason) => ClearingResult::Void(reason),
            Ok((rules, contract_version)) => {
                let terms: Vec<OrderTerms> = orders.iter().map(|order| order.terms).collect();
                let auction = hold_auction(rules.auction, &terms);
                let welfare = divide_half_even(auction.welfare_micro, 1_000_000);
                self.keep(state, rules, &orders, &auction, &mut cleared);
                ClearingResult::Cleared {
                    contract_version,
                    auction: rules.auction,
                    currency: rules.currency,
                    price: auction.price,
                    quantity_wh: auction.quantity_wh,
                    trades: cleared.trades.total,
                    // Within 64 bits by the bounds of orders and of their number.
                    welfare: i64::try_from(welfare).unwrap_or(i64::MAX),
                }
            }
        };
        book.phase = BookPhase::Cleared(cleared);
        let clearing = Clearing {
            area: self.area.clone(),
            delivery: self.delivery(book),
            bids: of(Side::Bid),
            offers: of(Side::Offer),
            void_orders,
            result,
        };
        let row = ClearingRow {
            index: self.index,
            clearing: clearing.clone(),
        };
        let (area, start) = (self.area, self.start);
        index(state, IndexKey::MarketClearing { area, start }, &row);
        Ok(clearing)
    }

    fn delivery(&self, book: &Book) -> DeliveryInterval {
        DeliveryInterval {
            start: self.start,
            duration: book.interval,
        }
    }

    /// The rules that the orders can be matched by, or why they are void.
    fn rules_for(&self, book: &Book) -> Result<(&AreaRules, u32), VoidReason> {
        let (rules, version) = self.rules.ok_or(VoidReason::NoSuchArea)?;
        if !is_of_area(book, rules) {
            return Err(VoidReason::AreaChanged);
        }
        Ok((rules, version))
    }

    /// All open orders, in record order, out of their slots.
    fn take_orders(
        &self,
        state: &mut impl StateWriter,
        book: &Book,
    ) -> Result<Vec<OpenOrder>, EffectError> {
        let key = self.key();
        let mut orders = Vec::new();
        for slot in 0..book.slots {
            let work = Work::OpenOrder(slot);
            orders.push(work.read::<OpenOrder>(state, key)?);
            work.remove(state, key);
        }
        orders.sort_unstable_by_key(|order| order.index);
        Ok(orders)
    }

    fn key(&self) -> MarketKey<'_> {
        MarketKey {
            area: self.area,
            start: self.start,
        }
    }

    /// Queues the trades, and keeps what each order and each member came to.
    fn keep(
        &self,
        state: &mut impl StateWriter,
        rules: &AreaRules,
        orders: &[OpenOrder],
        auction: &AuctionResult,
        cleared: &mut ClearedBook,
    ) {
        for (order, served_wh) in orders.iter().zip(&auction.served_wh) {
            if *served_wh > 0 {
                index(
                    state,
                    IndexKey::OrderServed(order.index),
                    &ServedWh(*served_wh),
                );
            }
        }
        let trades: Vec<Trade> = (1u32..)
            .zip(&auction.matches)
            .filter_map(|(number, matched)| self.trade(rules, orders, number, matched))
            .collect();
        let mut positions: BTreeMap<&MemberId, Position> = BTreeMap::new();
        for trade in &trades {
            for (side, other) in [(&trade.buyer, Side::Bid), (&trade.seller, Side::Offer)] {
                let position = positions
                    .entry(&side.member)
                    .or_insert_with(|| Position::new(side.member.clone(), trade.currency));
                position.add(other, trade);
            }
        }
        for (place, position) in (0u32..).zip(positions.values()) {
            Work::Position(place).write(state, self.key(), position);
        }
        cleared.positions = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        cleared.trades = queue::enqueue(state, self.key(), &trades);
    }

    fn trade(
        &self,
        rules: &AreaRules,
        orders: &[OpenOrder],
        number: u32,
        matched: &Match,
    ) -> Option<Trade> {
        let side = |at: usize| {
            orders.get(at).map(|order| TradeSide {
                member: order.member.clone(),
                order: order.id.clone(),
                index: order.index,
            })
        };
        Some(Trade {
            area: self.area.clone(),
            delivery: rules.delivery(self.start),
            number,
            buyer: side(matched.bid)?,
            seller: side(matched.offer)?,
            quantity_wh: matched.quantity_wh,
            price: matched.price,
            currency: rules.currency,
            amount: matched.amount,
        })
    }
}

/// Takes out the orders that were placed when the area had other intervals or another currency, and those of members
/// that are none any more, who can neither deliver nor pay. Reads a member once, however many orders it has.
fn drop_void_orders(
    state: &impl StateWriter,
    book: &Book,
    orders: &mut Vec<OpenOrder>,
) -> Result<(), EffectError> {
    orders.retain(|order| book.counts(order.index));
    let mut active: BTreeMap<MemberId, bool> = BTreeMap::new();
    for order in orders.iter() {
        if !active.contains_key(&order.member) {
            let is_active = check_member(state, &order.member)?.is_ok();
            active.insert(order.member.clone(), is_active);
        }
    }
    orders.retain(|order| active.get(&order.member).copied().unwrap_or(false));
    Ok(())
}
