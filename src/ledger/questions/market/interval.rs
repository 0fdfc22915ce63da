//! Intervals: what stands in a book, and what it came to.

use std::collections::BTreeMap;

use super::{MarketQuestions, Page};
use crate::contracts::energy::market::{BookStep, ClearingRow, LevelSum};
use crate::contracts::{IndexKey, MarketLevelKey};
use crate::ledger::questions::QuestionError;
use crate::records::energy::market::{
    AreaRules, ClearingResult, DeliveryInterval, EnergyOrder, MAX_ABSOLUTE_PRICE, Side,
};
use crate::types::{
    Decode, Entry, EntryContent, LogIndex, MarketArea, ReadError, ScanOrder, Space, Timestamp,
};

/// Most prices of a side that an answer lists.
pub const MAX_LEVELS: usize = 1_000;

/// Most rows of a side that an answer goes through: prices whose orders were all withdrawn, or came later, are among
/// them.
const MAX_EXAMINED_LEVELS: usize = 4 * MAX_LEVELS;

/// How far an interval has come, by the time of the height's block. The next block has a later time, and may find its
/// gate open or closed: [`MarketQuestions::takes_orders`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalStatus {
    /// It is too early for orders.
    Early,
    /// Its orders could change in that block.
    Open,
    /// The gate has closed: what is there is cleared when that is due.
    Closed,
    /// Its orders became trades.
    Cleared,
    /// Its orders are void.
    Void,
}

impl IntervalStatus {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cleared => "cleared",
            Self::Void => "void",
        }
    }
}

/// An interval among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalSummary {
    /// When delivery begins.
    pub start: Timestamp,
    /// How far it has come.
    pub status: IntervalStatus,
    /// The entry of the first order.
    pub first_order: LogIndex,
    /// The clearing, once there is one.
    pub clearing: Option<ClearingRow>,
}

/// An interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// When energy is delivered.
    pub delivery: DeliveryInterval,
    /// How far it has come.
    pub status: IntervalStatus,
    /// When the gate closes, by the rules in force; none if they know the area no more.
    pub gate: Option<Timestamp>,
    /// When its orders are cleared, at the first block from then on: when the gate closes or, if a new version of the
    /// contract has it close earlier and no order has come since, when it would have closed before. None without
    /// orders, and after the clearing.
    pub clearing_due: Option<Timestamp>,
    /// When it is settled: by the rules under which the first order was placed that counts, and by those in force if
    /// there is none.
    pub settlement_due: Option<Timestamp>,
    /// How many orders were ever placed.
    pub placed: u32,
    /// How many bids and offers that count are open, or were when the gate closed. Once the interval is cleared, those of
    /// removed members are left out; until then they are among them, as they are in what is asked for at each price.
    pub bids: u32,
    /// As [`Interval::bids`].
    pub offers: u32,
    /// What the bids ask for at each price, the highest first.
    pub demand: Levels,
    /// What the offers give at each price, the lowest first.
    pub supply: Levels,
    /// The clearing, once there is one.
    pub clearing: Option<ClearingRow>,
}

/// The orders of one side at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The limit price.
    pub price: i64,
    /// What they ask for together, in Wh.
    pub quantity_wh: u64,
    /// How many they are.
    pub orders: u32,
}

/// The best prices of a side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Up to [`MAX_LEVELS`] of them, the best first.
    pub listed: Vec<Level>,
    /// Whether there may be orders at further prices.
    pub has_more: bool,
}

impl MarketQuestions<'_> {
    /// The intervals of an area for which there are orders, the latest first; those before `before` if it is
    /// given. A page may have fewer than `count`, and there are more all the same.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn intervals(
        &self,
        area: &MarketArea,
        before: Option<Timestamp>,
        count: usize,
    ) -> Result<Page<IntervalSummary, Timestamp>, QuestionError> {
        let key = |start| IndexKey::MarketInterval { area, start }.to_bytes();
        let first = key(Timestamp::from_ms(i64::MIN));
        let end = key(before.unwrap_or(Timestamp::from_ms(i64::MAX)));
        let order = ScanOrder::Descending;
        let rows = self.view.scan(Space::Index, &first, &end, order, count)?;
        let mut items = Vec::new();
        let mut next = None;
        for (row, value) in &rows {
            let first_order = LogIndex::from_bytes(value)?;
            let Some(start) = IndexKey::time(row) else {
                continue;
            };
            next = Some(start);
            if self.knows(first_order) {
                let clearing = self.clearing(area, start)?;
                items.push(IntervalSummary {
                    start,
                    status: self.status(area, start, clearing.as_ref()),
                    first_order,
                    clearing,
                });
            }
        }
        Ok(Page {
            items,
            next: next.filter(|_| rows.len() == count),
        })
    }

    /// An interval; none if the area has no such interval by the rules in force, and never had orders for
    /// one.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn interval(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<Option<Interval>, QuestionError> {
        let clearing = self.clearing(area, start)?;
        let Some(delivery) = self.delivery(area, start)? else {
            return Ok(None);
        };
        let step = self.book_step(area, start)?;
        let void = self.void_sums(area, start, clearing.as_ref())?;
        let levels =
            |side: Side| self.levels((area, start), step.map(|step| step.since), side, &void);
        let void_of = |side: Side| {
            let of_side = void.iter().filter(|((of, _), _)| *of == side);
            of_side.fold(0, |count: u32, (_, sum)| count.saturating_add(sum.orders))
        };
        let rules = self.rules(area);
        Ok(Some(Interval {
            delivery,
            status: self.status(area, start, clearing.as_ref()),
            gate: rules.map(|rules| rules.gate(start)),
            clearing_due: step.filter(|_| clearing.is_none()).map(|step| {
                let gate = rules.map_or(step.clearing_due, |rules| rules.gate(start));
                step.clearing_due.max(gate)
            }),
            settlement_due: step
                .map(|step| step.settlement_due)
                .or_else(|| rules.map(|rules| rules.settlement_due(start))),
            placed: step.map_or(0, |step| step.placed),
            bids: step.map_or(0, |step| step.bids.saturating_sub(void_of(Side::Bid))),
            offers: step.map_or(0, |step| step.offers.saturating_sub(void_of(Side::Offer))),
            demand: levels(Side::Bid)?,
            supply: levels(Side::Offer)?,
            clearing,
        }))
    }

    /// What the book of an interval was; none if it had no orders by then.
    pub(super) fn book_step(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<Option<BookStep>, QuestionError> {
        let key = |index| IndexKey::MarketBookStep { area, start, index }.to_bytes();
        let (first, end) = (key(LogIndex(0)), key(LogIndex(self.log_size)));
        let order = ScanOrder::Descending;
        let rows = self.view.scan(Space::Index, &first, &end, order, 1)?;
        let step = rows.first().map(|(_, value)| BookStep::from_bytes(value));
        Ok(step.transpose()?)
    }

    /// What the open orders of a side asked for at each price, the best first, without what is void. One row is found for
    /// each price that ever had orders, and a second for those that had some later.
    fn levels(
        &self,
        (area, start): (&MarketArea, Timestamp),
        since: Option<LogIndex>,
        side: Side,
        void: &BTreeMap<(Side, i64), LevelSum>,
    ) -> Result<Levels, QuestionError> {
        let Some(since) = since else {
            return Ok(Levels::default());
        };
        let key = |price, index| {
            let level = MarketLevelKey {
                area,
                start,
                since,
                side,
                price,
            };
            IndexKey::MarketLevelStep { level, index }.to_bytes()
        };
        let (worst, best) = match side {
            Side::Bid => (-MAX_ABSOLUTE_PRICE, MAX_ABSOLUTE_PRICE),
            Side::Offer => (MAX_ABSOLUTE_PRICE, -MAX_ABSOLUTE_PRICE),
        };
        let first = key(worst, LogIndex(0));
        let mut end = key(best, LogIndex(u64::MAX));
        let mut listed = Vec::new();
        for _ in 0..MAX_EXAMINED_LEVELS {
            let order = ScanOrder::Descending;
            let rows = self.view.scan(Space::Index, &first, &end, order, 1)?;
            let Some((row, value)) = rows.first() else {
                return Ok(Levels {
                    listed,
                    has_more: false,
                });
            };
            let (price, index) = IndexKey::price_and_index(row, side)
                .ok_or_else(|| ReadError::new("a level of a book has another key"))?;
            if !self.knows(index) {
                end = key(price, LogIndex(self.log_size));
                continue;
            }
            let all = LevelSum::from_bytes(value)?;
            let void = void.get(&(side, price)).copied().unwrap_or_default();
            let quantity_wh = all.quantity_wh.saturating_sub(void.quantity_wh);
            let orders = all.orders.saturating_sub(void.orders);
            if orders > 0 {
                if listed.len() == MAX_LEVELS {
                    break;
                }
                listed.push(Level {
                    price,
                    quantity_wh,
                    orders,
                });
            }
            end = key(price, LogIndex(0));
        }
        Ok(Levels {
            listed,
            has_more: true,
        })
    }

    /// The interval of an area that begins at an instant, by its orders if there are any, and by the rules in
    /// force otherwise; none if there is none.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn delivery(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<Option<DeliveryInterval>, QuestionError> {
        if let Some(step) = self.book_step(area, start)? {
            return Ok(Some(self.order(step.since)?.delivery));
        }
        let by_rules = self.rules(area).map(|rules| rules.delivery(start));
        Ok(by_rules.filter(DeliveryInterval::is_aligned))
    }

    /// How far an interval has come.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn interval_status(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<IntervalStatus, QuestionError> {
        let clearing = self.clearing(area, start)?;
        Ok(self.status(area, start, clearing.as_ref()))
    }

    /// Whether an order that is sent at an instant can come in time for an interval of a status: the gate is open by
    /// the rules in force, by the time of the last block and at that instant. None if the ledger has gone on since the
    /// height, which says nothing of what is taken now.
    pub fn takes_orders(
        &self,
        area: &MarketArea,
        start: Timestamp,
        status: IntervalStatus,
        now: Timestamp,
    ) -> Option<bool> {
        if self.height < self.view.tip().height {
            return None;
        }
        let is_over = matches!(status, IntervalStatus::Cleared | IntervalStatus::Void);
        // Blocks do not go back in time, whatever a clock shows.
        let next = self.time.max(now);
        let rules = self.rules(area);
        let is_between =
            rules.is_some_and(|rules| (rules.opening(start)..rules.gate(start)).contains(&next));
        Some(is_between && !is_over)
    }

    /// Whether the orders of an interval are shown: before its gate has closed, that is the area's choice.
    pub fn shows_book(&self, area: &MarketArea, status: IntervalStatus) -> bool {
        match status {
            IntervalStatus::Closed | IntervalStatus::Cleared | IntervalStatus::Void => true,
            IntervalStatus::Early | IntervalStatus::Open => self
                .rules(area)
                .is_none_or(|rules: &AreaRules| rules.shows_book),
        }
    }

    pub(super) fn status(
        &self,
        area: &MarketArea,
        start: Timestamp,
        clearing: Option<&ClearingRow>,
    ) -> IntervalStatus {
        match clearing.map(|row| &row.clearing.result) {
            Some(ClearingResult::Cleared { .. }) => IntervalStatus::Cleared,
            Some(ClearingResult::Void(_)) => IntervalStatus::Void,
            None => match self.rules(area) {
                Some(rules) if self.time < rules.opening(start) => IntervalStatus::Early,
                Some(rules) if self.time < rules.gate(start) => IntervalStatus::Open,
                _ => IntervalStatus::Closed,
            },
        }
    }

    /// The clearing of an interval, if there was one by then.
    pub(super) fn clearing(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<Option<ClearingRow>, QuestionError> {
        let row = IndexKey::MarketClearing { area, start }.to_bytes();
        let Some(bytes) = self.view.get(Space::Index, &row)? else {
            return Ok(None);
        };
        let clearing = ClearingRow::from_bytes(&bytes)?;
        Ok(self.knows(clearing.index).then_some(clearing))
    }

    /// The order of an entry that is known to be one.
    fn order(&self, index: LogIndex) -> Result<EnergyOrder, QuestionError> {
        let missing = || ReadError::new(format!("entry {index} is no order"));
        let bytes = self.view.entry(index)?.ok_or_else(missing)?;
        match Entry::from_bytes(&bytes)?.content {
            EntryContent::Submitted(entry) => {
                crate::records::energy::market::check_order(&entry.record.body)
                    .map_err(|_| missing().into())
            }
            _ => Err(missing().into()),
        }
    }
}
