//! What intervals came to: trades and settlements.

use super::{MarketQuestions, OrderScope, Page};
use crate::contracts::IndexKey;
use crate::ledger::questions::QuestionError;
use crate::records::energy::market::{Settlement, Trade};
use crate::types::{Decode, LogIndex, MarketArea, Timestamp};

impl MarketQuestions<'_> {
    /// The trades of an interval with their entries, in the order of the log. Those of a member are the ones
    /// in which it buys or sells.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins after an entry that is not in the list.
    pub fn trades(
        &self,
        area: &MarketArea,
        start: Timestamp,
        scope: OrderScope<'_>,
        count: usize,
    ) -> Result<Page<(LogIndex, Trade), LogIndex>, QuestionError> {
        let key = |index| IndexKey::MarketTrade { area, start, index }.to_bytes();
        self.page(key, scope.after, count, |index, value| {
            let trade = Trade::from_bytes(value)?;
            let concerns = scope.member.is_none_or(|member| {
                trade.buyer.member == *member || trade.seller.member == *member
            });
            Ok(concerns.then_some((index, trade)))
        })
    }

    /// The settlements of an interval with their entries, in the order of the log.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins after an entry that is not in the list.
    pub fn settlements(
        &self,
        area: &MarketArea,
        start: Timestamp,
        scope: OrderScope<'_>,
        count: usize,
    ) -> Result<Page<(LogIndex, Settlement), LogIndex>, QuestionError> {
        let key = |index| IndexKey::MarketSettlement { area, start, index }.to_bytes();
        self.page(key, scope.after, count, |index, value| {
            let settlement = Settlement::from_bytes(value)?;
            let concerns = scope
                .member
                .is_none_or(|member| settlement.member == *member);
            Ok(concerns.then_some((index, settlement)))
        })
    }
}
