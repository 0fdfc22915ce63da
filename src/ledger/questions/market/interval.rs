//! Intervals: what stands in a book, and what it came to.

use std::collections::BTreeMap;

use super::{MarketQuestions, PAGE, Page};
use crate::contracts::IndexKey;
use crate::contracts::energy::market::{ClearingRow, OpenOrder};
use crate::ledger::questions::QuestionError;
use crate::records::energy::market::{
    AreaRules, ClearingResult, DeliveryInterval, EnergyOrder, Side,
};
use crate::types::{
    Decode, Entry, EntryContent, LogIndex, MarketArea, ReadError, ScanOrder, Space, Timestamp,
};

/// How far an interval has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalStatus {
    /// It is too early for orders.
    Early,
    /// Its orders can change.
    Open,
    /// The gate has closed: the next block clears what is there.
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
    /// When it is settled, by the rules in force.
    pub settlement_due: Option<Timestamp>,
    /// How many orders were ever placed.
    pub placed: usize,
    /// How many bids and offers are open, or were when the gate closed.
    pub bids: usize,
    /// As [`Interval::bids`].
    pub offers: usize,
    /// What the bids ask for at each price, the highest first.
    pub demand: Vec<Level>,
    /// What the offers give at each price, the lowest first.
    pub supply: Vec<Level>,
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
    pub orders: usize,
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
        let (mut demand, mut supply) = (BTreeMap::new(), BTreeMap::new());
        let mut placed = 0;
        let mut after = None;
        loop {
            let key = |index| IndexKey::MarketOrder { area, start, index }.to_bytes();
            let rows = self.rows(key, after, PAGE)?;
            for (_, value) in &rows {
                let order = OpenOrder::from_bytes(value)?;
                after = Some(order.index);
                placed += 1;
                if self.withdrawal(order.index)?.is_some() {
                    continue;
                }
                let levels = match order.terms.side() {
                    Side::Bid => &mut demand,
                    Side::Offer => &mut supply,
                };
                let price = order.terms.limit_price();
                let level = levels.entry(price).or_insert(Level {
                    price,
                    quantity_wh: 0,
                    orders: 0,
                });
                level.quantity_wh = level.quantity_wh.saturating_add(order.terms.quantity_wh());
                level.orders += 1;
            }
            if rows.len() < PAGE {
                break;
            }
        }
        let count = |levels: &BTreeMap<i64, Level>| levels.values().map(|l| l.orders).sum();
        let rules = self.rules(area);
        Ok(Some(Interval {
            delivery,
            status: self.status(area, start, clearing.as_ref()),
            gate: rules.map(|rules| rules.gate(start)),
            settlement_due: rules.map(|rules| rules.settlement_due(start)),
            placed,
            bids: count(&demand),
            offers: count(&supply),
            demand: demand.into_values().rev().collect(),
            supply: supply.into_values().collect(),
            clearing,
        }))
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
        if let Some(first) = self.first_order(area, start)? {
            return Ok(Some(self.order(first)?.delivery));
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

    /// The entry of the first order for an interval, if there was one by then.
    fn first_order(
        &self,
        area: &MarketArea,
        start: Timestamp,
    ) -> Result<Option<LogIndex>, QuestionError> {
        let row = IndexKey::MarketInterval { area, start }.to_bytes();
        let Some(first) = self.view.get(Space::Index, &row)? else {
            return Ok(None);
        };
        let first = LogIndex::from_bytes(&first)?;
        Ok(self.knows(first).then_some(first))
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
