//! Orders, by interval and by member.

use super::void::{VoidOrder, VoidOrders};
use super::{MarketQuestions, Page};
use crate::contracts::IndexKey;
use crate::contracts::energy::market::{OpenOrder, ServedWh};
use crate::ledger::questions::QuestionError;
use crate::records::energy::market::{EnergyOrder, OrderId, OrderTerms};
use crate::types::{Decode, LogIndex, MarketArea, MemberId, Space, Timestamp};

/// An order, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAnswer {
    /// Its entry.
    pub index: LogIndex,
    /// Who placed it.
    pub member: MemberId,
    /// What the member calls it.
    pub id: OrderId,
    /// The market area.
    pub area: MarketArea,
    /// When delivery begins.
    pub start: Timestamp,
    /// What it asks for.
    pub terms: OrderTerms,
    /// The entry of its withdrawal.
    pub withdrawn: Option<LogIndex>,
    /// How much of it was served, in Wh; none before the clearing.
    pub served_wh: Option<u64>,
    /// Why it does not count, if it does not.
    pub void: Option<VoidOrder>,
}

/// Which orders.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderScope<'a> {
    /// Only those of this member.
    pub member: Option<&'a MemberId>,
    /// Only those after this entry.
    pub after: Option<LogIndex>,
}

impl MarketQuestions<'_> {
    /// The orders of an interval, in the order of the log, withdrawn ones included. A page may have fewer than
    /// `count`, and there are more all the same.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins after an entry that is not in the list.
    pub fn orders(
        &self,
        area: &MarketArea,
        start: Timestamp,
        scope: OrderScope<'_>,
        count: usize,
    ) -> Result<Page<OrderAnswer, LogIndex>, QuestionError> {
        let clearing = self.clearing(area, start)?;
        let is_cleared = clearing.is_some();
        let void = VoidOrders::of(self, area, start, clearing)?;
        let key = |index| IndexKey::MarketOrder { area, start, index }.to_bytes();
        self.page(key, scope.after, count, |index, value| {
            let order = OpenOrder::from_bytes(value)?;
            if scope.member.is_some_and(|member| order.member != *member) {
                return Ok(None);
            }
            let withdrawn = self.withdrawal(index)?;
            Ok(Some(OrderAnswer {
                withdrawn,
                served_wh: self.served(index, is_cleared)?,
                void: match withdrawn {
                    None => void.reason(&order.member, index)?,
                    Some(_) => None,
                },
                index,
                member: order.member,
                id: order.id,
                area: area.clone(),
                start,
                terms: order.terms,
            }))
        })
    }

    /// The orders of a member in all areas, in the order of the log, withdrawn ones included; without those of
    /// intervals whose book is not shown yet. A page may have fewer than `count`, and there are more all the same.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins after an entry that is not in the list.
    pub fn member_orders(
        &self,
        member: &MemberId,
        after: Option<LogIndex>,
        count: usize,
    ) -> Result<Page<OrderAnswer, LogIndex>, QuestionError> {
        let key = |index| IndexKey::MemberOrder { member, index }.to_bytes();
        self.page(key, after, count, |index, value| {
            let order = EnergyOrder::from_bytes(value)?;
            let start = order.delivery.start;
            let clearing = self.clearing(&order.area, start)?;
            let status = self.status(&order.area, start, clearing.as_ref());
            if !self.shows_book(&order.area, status) {
                return Ok(None);
            }
            let is_cleared = clearing.is_some();
            let withdrawn = self.withdrawal(index)?;
            let void = match withdrawn {
                None => {
                    VoidOrders::of(self, &order.area, start, clearing)?.reason(member, index)?
                }
                Some(_) => None,
            };
            Ok(Some(OrderAnswer {
                withdrawn,
                served_wh: self.served(index, is_cleared)?,
                void,
                index,
                member: member.clone(),
                id: order.id,
                area: order.area,
                start,
                terms: order.terms,
            }))
        })
    }

    /// The withdrawal of an order, if there was one by then.
    pub(super) fn withdrawal(&self, order: LogIndex) -> Result<Option<LogIndex>, QuestionError> {
        let row = IndexKey::OrderWithdrawal(order).to_bytes();
        let Some(bytes) = self.view.get(Space::Index, &row)? else {
            return Ok(None);
        };
        let index = LogIndex::from_bytes(&bytes)?;
        Ok(self.knows(index).then_some(index))
    }

    /// How much of an order its clearing served.
    fn served(&self, order: LogIndex, is_cleared: bool) -> Result<Option<u64>, QuestionError> {
        if !is_cleared {
            return Ok(None);
        }
        let row = IndexKey::OrderServed(order).to_bytes();
        Ok(Some(match self.view.get(Space::Index, &row)? {
            None => 0,
            Some(bytes) => ServedWh::from_bytes(&bytes)?.0,
        }))
    }
}
