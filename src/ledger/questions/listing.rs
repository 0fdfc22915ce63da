//! What was listed at a height.

use std::collections::BTreeSet;

use super::QuestionError;
use super::standing::Standing;
use crate::contracts::{Listing, ListingRow};
use crate::types::{Decode, KeyValue, LedgerView, LogIndex, ReadError, ScanOrder, Space};

/// How many rows of each kind one page of an earlier height goes through.
pub const MAX_EXAMINED_LISTINGS: usize = 4_096;

/// Items in the order of the list.
type Items = BTreeSet<Vec<u8>>;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListedPage {
    /// The items, in the order of the list.
    pub(super) items: Vec<Vec<u8>>,
    /// The item after which the next page begins, listed or not.
    pub(super) next: Option<Vec<u8>>,
}

/// Up to `count` items of a list as it stood, after the item `after`. A page of an earlier height may have fewer, and
/// there are more all the same: it ends after [`MAX_EXAMINED_LISTINGS`] that were listed at some time.
pub(super) fn listed(
    view: &dyn LedgerView,
    listing: Listing<'_>,
    standing: &Standing,
    after: Option<&[u8]>,
    count: usize,
) -> Result<ListedPage, QuestionError> {
    let rows = Rows {
        view,
        listing,
        standing,
        after,
        most: MAX_EXAMINED_LISTINGS,
    };
    page(&rows, count)
}

/// Whether an item is listed, or was at some time.
pub(super) fn was_listed(
    view: &dyn LedgerView,
    listing: Listing<'_>,
    item: &[u8],
) -> Result<bool, QuestionError> {
    let open = listing.row(ListingRow::Open(item));
    if view.get(Space::Index, &open)?.is_some() {
        return Ok(true);
    }
    let past = |since| listing.row(ListingRow::Past { item, since });
    let (first, end) = (past(LogIndex(0)), past(LogIndex(u64::MAX)));
    let found = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, 1)?;
    Ok(!found.is_empty())
}

fn page(rows: &Rows<'_>, count: usize) -> Result<ListedPage, QuestionError> {
    let standing = rows.standing;
    // One more than fits tells that there is a next page.
    let wanted = count.saturating_add(1);
    if standing.log_size == rows.view.tip().log_size {
        let open = rows.open(wanted)?;
        let items = open.into_iter().map(|(item, _)| item).collect();
        return Ok(cut(items, None, count));
    }
    let (past, end) = match rows.ended()? {
        Some(ended) => (ended, None),
        None => rows.past()?,
    };
    let open = rows.open(rows.most)?;
    let open_end = open.last().filter(|_| open.len() == rows.most);
    let open_end = open_end.map(|(item, _)| item.clone());
    // Up to there both have been gone through.
    let end = [end, open_end].into_iter().flatten().min();
    let open = open.into_iter().filter(|(_, since)| standing.has(*since));
    let mut items: Items = open.map(|(item, _)| item).chain(past).collect();
    if let Some(end) = &end {
        items.retain(|item| item <= end);
    }
    Ok(cut(items, end, count))
}

/// The first `count` of the items, which are all there are up to `end`.
fn cut(items: Items, end: Option<Vec<u8>>, count: usize) -> ListedPage {
    let has_more = items.len() > count;
    let items: Vec<Vec<u8>> = items.into_iter().take(count).collect();
    let next = match has_more {
        true => items.last().cloned(),
        false => end,
    };
    ListedPage { items, next }
}

/// The rows of a list, for one page.
struct Rows<'a> {
    view: &'a dyn LedgerView,
    listing: Listing<'a>,
    standing: &'a Standing,
    after: Option<&'a [u8]>,
    /// How many of each kind it goes through.
    most: usize,
}

impl Rows<'_> {
    /// What is open now, after the page before: items, and since when.
    fn open(&self, count: usize) -> Result<Vec<(Vec<u8>, LogIndex)>, QuestionError> {
        let row = |item: &[u8]| self.listing.row(ListingRow::Open(item));
        let first = self
            .after
            .map_or(row(&[]), |after| row(&[after, &[0]].concat()));
        let begin = row(&[]).len();
        let rows = self.scan(&first, &row(&[END]), count)?;
        rows.iter()
            .map(|(key, since)| Ok((part(key, begin, 0)?, LogIndex::from_bytes(since)?)))
            .collect()
    }

    /// What was listed and ended since; none if that is more than one page goes through.
    fn ended(&self) -> Result<Option<Items>, QuestionError> {
        let row = |until, item| self.listing.row(ListingRow::Ended { until, item });
        let first = row(LogIndex(self.standing.log_size), &[]);
        let end = row(LogIndex(u64::MAX), &[]);
        let rows = self.scan(&first, &end, self.most)?;
        if rows.len() == self.most {
            return Ok(None);
        }
        let mut items = Items::new();
        for (key, since) in &rows {
            let item = part(key, first.len(), 0)?;
            let is_behind = self.after.is_none_or(|after| *item > *after);
            if is_behind && self.standing.has(LogIndex::from_bytes(since)?) {
                items.insert(item);
            }
        }
        Ok(Some(items))
    }

    /// What was listed and ended since, in the order of the list; and the item up to which this is all, if there are
    /// more.
    fn past(&self) -> Result<(Items, Option<Vec<u8>>), QuestionError> {
        let row = |item: &[u8], since| self.listing.row(ListingRow::Past { item, since });
        let begin = row(&[], LogIndex(0)).len() - SINCE_BYTES;
        let first = match self.after {
            Some(after) => row(after, LogIndex(u64::MAX)),
            None => row(&[], LogIndex(0)),
        };
        let rows = self.scan(&first, &row(&[END], LogIndex(0)), self.most)?;
        let mut items = Items::new();
        for (key, until) in &rows {
            let since =
                LogIndex::from_bytes(&part(key, key.len().saturating_sub(SINCE_BYTES), 0)?)?;
            if self.standing.has(since) && !self.standing.has(LogIndex::from_bytes(until)?) {
                items.insert(part(key, begin, SINCE_BYTES)?);
            }
        }
        let Some((last, _)) = rows.last().filter(|_| rows.len() == self.most) else {
            return Ok((items, None));
        };
        // The last item may have been listed again and again: what counts may be behind these rows.
        let last = part(last, begin, SINCE_BYTES)?;
        let (from, to) = (LogIndex(0), LogIndex(self.standing.log_size));
        let (from, to) = (row(&last, from), row(&last, to));
        let found = self
            .view
            .scan(Space::Index, &from, &to, ScanOrder::Descending, 1)?;
        for (_, until) in &found {
            if !self.standing.has(LogIndex::from_bytes(until)?) {
                items.insert(last.clone());
            }
        }
        Ok((items, Some(last)))
    }

    fn scan(&self, first: &[u8], end: &[u8], count: usize) -> Result<Vec<KeyValue>, QuestionError> {
        let order = ScanOrder::Ascending;
        Ok(self.view.scan(Space::Index, first, end, order, count)?)
    }
}

/// No item begins with this byte.
const END: u8 = 0xff;

/// Bytes of the entry at the end of the key of [`ListingRow::Past`].
const SINCE_BYTES: usize = 8;

/// A part of a key, without so many bytes before and behind it.
fn part(key: &[u8], before: usize, behind: usize) -> Result<Vec<u8>, QuestionError> {
    let end = key.len().saturating_sub(behind);
    let damaged = || ReadError::new("the index of what is listed is damaged");
    Ok(key.get(before..end).ok_or_else(damaged)?.to_vec())
}

#[cfg(test)]
mod tests;
