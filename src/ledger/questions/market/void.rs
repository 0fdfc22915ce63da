//! Orders that do not count: those of members who were removed, and those that were placed under other rules.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::MarketQuestions;
use crate::contracts::energy::market::{ClearingRow, LevelSum, OpenOrder};
use crate::contracts::{IndexKey, MemberRevision};
use crate::ledger::questions::QuestionError;
use crate::records::energy::market::{ClearingResult, Side, VoidReason};
use crate::types::{Decode, Height, LogIndex, MarketArea, MemberId, ScanOrder, Space, Timestamp};

/// Rows read at a time.
const PAGE: usize = 512;

/// Most revisions of a member that are gone through: those after a clearing.
const MAX_REVISIONS: usize = 1_000;

/// Why an order does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidOrder {
    /// The rules knew its area no more when its gate closed.
    NoSuchArea,
    /// It was placed when the area had intervals of another length, or another currency.
    AreaChanged,
    /// Its member was removed from the ledger.
    MemberRemoved,
}

impl VoidOrder {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchArea => VoidReason::NoSuchArea.as_str(),
            Self::AreaChanged => VoidReason::AreaChanged.as_str(),
            Self::MemberRemoved => "member-removed",
        }
    }
}

impl From<VoidReason> for VoidOrder {
    fn from(reason: VoidReason) -> Self {
        match reason {
            VoidReason::NoSuchArea => Self::NoSuchArea,
            VoidReason::AreaChanged => Self::AreaChanged,
        }
    }
}

/// Which orders of an interval count. Each member is read once.
pub(super) struct VoidOrders<'q> {
    market: &'q MarketQuestions<'q>,
    /// The entry of the first order that counts.
    since: LogIndex,
    clearing: Option<ClearingRow>,
    /// Whether members had been removed when it mattered.
    removed: RefCell<BTreeMap<MemberId, bool>>,
}

impl<'q> VoidOrders<'q> {
    /// Of an interval, with its clearing if there was one by then.
    pub(super) fn of(
        market: &'q MarketQuestions<'q>,
        area: &MarketArea,
        start: Timestamp,
        clearing: Option<ClearingRow>,
    ) -> Result<Self, QuestionError> {
        let step = market.book_step(area, start)?;
        Ok(Self {
            market,
            since: step.map_or(LogIndex(0), |step| step.since),
            clearing,
            removed: RefCell::default(),
        })
    }

    /// Why an order that was not withdrawn does not count; none if it does. Before the clearing: as the ledger stands.
    pub(super) fn reason(
        &self,
        member: &MemberId,
        order: LogIndex,
    ) -> Result<Option<VoidOrder>, QuestionError> {
        if let Some(ClearingResult::Void(reason)) =
            self.clearing.as_ref().map(|row| &row.clearing.result)
        {
            return Ok(Some((*reason).into()));
        }
        if order < self.since {
            return Ok(Some(VoidOrder::AreaChanged));
        }
        Ok(self
            .was_removed(member)?
            .then_some(VoidOrder::MemberRemoved))
    }

    fn was_removed(&self, member: &MemberId) -> Result<bool, QuestionError> {
        if let Some(known) = self.removed.borrow().get(member) {
            return Ok(*known);
        }
        let was_removed = self.read_removed(member)?;
        self.removed
            .borrow_mut()
            .insert(member.clone(), was_removed);
        Ok(was_removed)
    }

    /// Whether a member had been removed before the entry of the clearing, and without one by the height.
    fn read_removed(&self, member: &MemberId) -> Result<bool, QuestionError> {
        let key = |height, index| {
            IndexKey::MemberRevision {
                member,
                height,
                index,
            }
            .to_bytes()
        };
        let log_size = LogIndex(self.market.log_size);
        let before = self.clearing.as_ref().map_or(log_size, |row| row.index);
        let first = key(Height::GENESIS, LogIndex(0));
        let mut end = key(self.market.height.next(), LogIndex(0));
        // The last revision is the one, unless the member changed after the clearing.
        for _ in 0..MAX_REVISIONS {
            let order = ScanOrder::Descending;
            let rows = self
                .market
                .view
                .scan(Space::Index, &first, &end, order, 1)?;
            let Some((row, bytes)) = rows.into_iter().next() else {
                return Ok(false);
            };
            let revision = MemberRevision::from_bytes(&bytes)?;
            if revision.entry.is_none_or(|entry| entry < before) {
                return Ok(revision.member.removed_from.is_some());
            }
            end = row.to_vec();
        }
        Ok(false)
    }
}

impl MarketQuestions<'_> {
    /// What the void orders among those that the sums of a book have ask for, by their side and price. A book before its
    /// clearing may yet lose orders, and its sums are told with all that are open.
    pub(super) fn void_sums(
        &self,
        area: &MarketArea,
        start: Timestamp,
        clearing: Option<&ClearingRow>,
    ) -> Result<BTreeMap<(Side, i64), LevelSum>, QuestionError> {
        let mut sums: BTreeMap<(Side, i64), LevelSum> = BTreeMap::new();
        let has_void = |row: &&ClearingRow| {
            let is_cleared = matches!(row.clearing.result, ClearingResult::Cleared { .. });
            is_cleared && row.clearing.void_orders > 0
        };
        let Some(clearing) = clearing.filter(has_void) else {
            return Ok(sums);
        };
        let void = VoidOrders::of(self, area, start, Some(clearing.clone()))?;
        let key = |index| IndexKey::MarketOrder { area, start, index }.to_bytes();
        let mut after = void.since.0.checked_sub(1).map(LogIndex);
        // The caps of an area bound how many orders an interval ever has.
        loop {
            let rows = self.rows(key, after, PAGE)?;
            for (row, value) in &rows {
                let index = IndexKey::index(row).unwrap_or_default();
                after = Some(index);
                let order = OpenOrder::from_bytes(value)?;
                let is_void = void.reason(&order.member, index)?.is_some();
                if is_void && self.withdrawal(index)?.is_none() {
                    let terms = order.terms;
                    let sum = sums.entry((terms.side(), terms.limit_price())).or_default();
                    sum.quantity_wh = sum.quantity_wh.saturating_add(terms.quantity_wh());
                    sum.orders = sum.orders.saturating_add(1);
                }
            }
            if rows.len() < PAGE {
                return Ok(sums);
            }
        }
    }
}
