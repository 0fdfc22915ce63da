//! The energy market: what its areas are, what stands in their books, and what became of it.
//!
//! Rows of the index end with the entry that made them, so that the ledger as it stood at a height is a range
//! of them.

mod interval;
mod orders;
mod results;
mod void;

pub use interval::{Interval, IntervalStatus, IntervalSummary, Level, Levels, MAX_LEVELS};
pub use orders::{OrderAnswer, OrderScope};
pub use void::VoidOrder;

use super::QuestionError;
use super::page::check_item;
use super::standing::Standing;
use crate::contracts::IndexKey;
use crate::contracts::energy::market::{Market, read_market};
use crate::records::energy::market::AreaRules;
use crate::types::{
    Height, KeyValue, LedgerView, LogIndex, MarketArea, ScanOrder, Space, Timestamp,
};

/// Rows read at a time.
const PAGE: usize = 512;

/// Rows that one page goes through, whether it has them or not.
const MAX_EXAMINED_ROWS: usize = 8 * PAGE;

/// The market of a view of the ledger, at a height.
pub struct MarketQuestions<'a> {
    view: &'a dyn LedgerView,
    height: Height,
    time: Timestamp,
    log_size: u64,
    market: Option<Market>,
}

/// A page of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, N> {
    /// What is on it.
    pub items: Vec<T>,
    /// What the next page begins after; none on the last one.
    pub next: Option<N>,
}

impl<'a> MarketQuestions<'a> {
    /// The market as it stood at a height; as it is if that is none. What is at the height is what its block
    /// left: the rules are those by which the next block judges.
    ///
    /// # Errors
    /// [`QuestionError::BeyondTip`] if the ledger has not come to the height, or if the store fails.
    pub fn open(view: &'a dyn LedgerView, as_of: Option<Height>) -> Result<Self, QuestionError> {
        let Standing {
            height,
            log_size,
            time,
        } = Standing::at(view, as_of)?;
        Ok(Self {
            view,
            height,
            time,
            log_size,
            // What the next orders were judged by: an answer is the same whether its height was asked for or
            // was the last one.
            market: read_market(view, height.next())?,
        })
    }

    /// The height that answers are of.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The time of that height's block, by which intervals are early, open or closed.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// The market that was in force; none if no contract had one.
    pub fn market(&self) -> Option<&Market> {
        self.market.as_ref()
    }

    /// The rules of an area that were in force.
    pub fn rules(&self, area: &MarketArea) -> Option<&AreaRules> {
        self.market.as_ref()?.areas.get(area)
    }

    /// Whether the ledger had an entry by then.
    fn knows(&self, index: LogIndex) -> bool {
        index.0 < self.log_size
    }

    /// Up to `count` rows whose keys end with an entry, of those that the ledger had by then, in the order of
    /// the log; those after `after` if it is given.
    fn rows(
        &self,
        key: impl Fn(LogIndex) -> Vec<u8>,
        after: Option<LogIndex>,
        count: usize,
    ) -> Result<Vec<KeyValue>, QuestionError> {
        let first = key(after.map_or(LogIndex(0), LogIndex::next));
        let end = key(LogIndex(self.log_size));
        Ok(self
            .view
            .scan(Space::Index, &first, &end, ScanOrder::Ascending, count)?)
    }

    /// Up to `count` of the rows that `read` gives something for, of [`MAX_EXAMINED_ROWS`] at most.
    ///
    /// # Errors
    /// [`QuestionError::OtherAnswer`] if none of the rows is of the entry `after`.
    fn page<T>(
        &self,
        key: impl Fn(LogIndex) -> Vec<u8>,
        mut after: Option<LogIndex>,
        count: usize,
        read: impl Fn(LogIndex, &[u8]) -> Result<Option<T>, QuestionError>,
    ) -> Result<Page<T, LogIndex>, QuestionError> {
        if let Some(after) = after {
            let is_row = self.view.get(Space::Index, &key(after))?.is_some();
            check_item(is_row && self.knows(after), || format!("entry {after}"))?;
        }
        let mut items = Vec::new();
        let mut examined = 0;
        loop {
            let rows = self.rows(&key, after, PAGE)?;
            let is_last = rows.len() < PAGE;
            examined += rows.len();
            for (row, value) in rows {
                let index = IndexKey::index(&row).unwrap_or_default();
                let item = read(index, &value)?;
                if item.is_some() && items.len() == count {
                    // One more than fits: the page ends before it.
                    return Ok(Page { items, next: after });
                }
                items.extend(item);
                after = Some(index);
            }
            if is_last {
                return Ok(Page { items, next: None });
            }
            if examined >= MAX_EXAMINED_ROWS {
                return Ok(Page { items, next: after });
            }
        }
    }
}
