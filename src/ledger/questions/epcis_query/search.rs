//! Answering a query, page by page.

use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;

use super::super::events::{EventScope, Events};
use super::attribute_predicate::KnownAttributes;
use super::captures::Captures;
use super::cursor::Cursor;
use super::error::EpcisQueryError;
use super::list::{EventList, EventPlace, ListRange, ListReader, ListSource};
use super::merge::{Candidates, LogReader, sorted_by_record_time};
use super::plan::{COUNTED_ROWS, Plan};
use super::query::{EpcisQuery, EventCountLimit, OrderBy, PlaceField};
use super::trace_predicate::TracePredicate;
use crate::records::epcis::{self, EventContent, EventHash, TraceEvent};
use crate::types::{
    Decode, Entry, EntryContent, Height, LedgerView, LogIndex, ReadError, ScanOrder, Timestamp,
};

/// Most events that one page looks at. Each costs some microseconds.
pub const MAX_EVENTS_LOOKED_AT: usize = 10_000;

/// So many objects of an event count as one event more: looking at it takes longer.
const OBJECTS_PER_EVENT: usize = 16;

/// Most bodies that one page reads to tell whether they match. Each costs some tens of microseconds.
pub const MAX_EVENTS_READ: usize = 1_000;

/// Most bytes of bodies on one page, but for its last event.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Most rows of lists that are put in the order of record time: with more, the log is gone through.
const MAX_SORTED_ROWS: usize = 10_000;

/// An event that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEvent {
    /// Its entry.
    pub index: LogIndex,
    /// When it came to the ledger: the time of its block.
    pub record_time: Timestamp,
    /// The name that it has if its author gave it none: its hash. None if it has one of its own.
    pub hash_as_id: Option<String>,
    /// The event as its author wrote it.
    pub body: Bytes,
}

/// A page of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpcisPage {
    /// The height that it is of.
    pub height: Height,
    /// The time of the block of that height.
    pub time: Timestamp,
    /// The events that match, in order.
    pub events: Vec<FoundEvent>,
    /// Where the next page begins; none on the last one. There may be a next page without events.
    pub next: Option<Cursor>,
}

/// Answers a page of a query with up to `count` events: the first, or the one that a cursor leads to.
///
/// # Errors
/// [`EpcisQueryError`] if the cursor is of another query, if the query's own limit is exceeded, or if the
/// store fails.
pub fn search(
    view: &dyn LedgerView,
    query: &EpcisQuery,
    count: usize,
    cursor: Option<&Cursor>,
) -> Result<EpcisPage, EpcisQueryError> {
    let tip = view.tip();
    let height = match cursor {
        None => tip.height,
        // No page of an empty ledger has a next one.
        Some(cursor) if cursor.query != query.digest || cursor.height == Height::GENESIS => {
            return Err(EpcisQueryError::ForeignCursor);
        }
        Some(cursor) if cursor.height > tip.height => {
            return Err(EpcisQueryError::NotYet {
                asked: cursor.height,
                tip: tip.height,
            });
        }
        Some(cursor) => cursor.height,
    };
    let scope = EventScope {
        as_of: Some(height),
        ..EventScope::default()
    };
    let events = Events::open(view, scope)?;
    let indexes = entries_between(view, events.log_size(), query)?;
    let source = Source {
        view,
        query,
        events: &events,
        indexes,
        within: places_within(&events, query)?,
        captures: Captures::read(view, &hashes(query))?,
    };
    if let (None, EventCountLimit::AtMost(most)) = (cursor, query.limit) {
        source.check_count(most)?;
    }
    source.page(height, count, cursor)
}

/// The entries that a query's times of record leave. Blocks follow one another in time, so those form a range.
fn entries_between(
    view: &dyn LedgerView,
    log_size: u64,
    query: &EpcisQuery,
) -> Result<Range<u64>, EpcisQueryError> {
    let first_from = |time: Timestamp| {
        let (mut low, mut high) = (0, log_size);
        while low < high {
            let middle = low + (high - low) / 2;
            if read_entry(view, LogIndex(middle))?.time < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok::<u64, EpcisQueryError>(low)
    };
    let from = query.record_time.from.map_or(Ok(0), first_from)?;
    let end = query.record_time.before.map_or(Ok(log_size), first_from)?;
    Ok(from..end)
}

/// The places that are asked for, each with all that lies in it.
fn places_within(
    events: &Events<'_>,
    query: &EpcisQuery,
) -> Result<Vec<PlacesWithin>, EpcisQueryError> {
    let asked = query.within.iter();
    asked
        .map(|(field, places)| Ok((*field, events.places_within(places)?)))
        .collect()
}

/// The hashes that a query names events by.
fn hashes(query: &EpcisQuery) -> BTreeSet<EventHash> {
    let lists = query.trace.iter().filter_map(TracePredicate::lists);
    let hash = |list| match list {
        EventList::Hash(hash) => Some(hash),
        EventList::All | EventList::Thing(_) | EventList::Name(_) => None,
    };
    lists.flatten().filter_map(hash).collect()
}

fn read_entry(view: &dyn LedgerView, index: LogIndex) -> Result<Entry, EpcisQueryError> {
    let bytes = view.entry(index)?;
    let bytes = bytes.ok_or_else(|| ReadError::new(format!("entry {index} is missing")))?;
    Ok(Entry::from_bytes(&bytes)?)
}

/// A place of events, and where that may be.
pub(super) type PlacesWithin = (PlaceField, BTreeSet<Box<str>>);

/// What pages are made from.
struct Source<'a> {
    view: &'a dyn LedgerView,
    query: &'a EpcisQuery,
    events: &'a Events<'a>,
    indexes: Range<u64>,
    /// The places that the query's places stand for.
    within: Vec<PlacesWithin>,
    /// Those of the events that the query names by their hashes.
    captures: Captures,
}

/// What became of looking for the next match.
enum Step {
    /// There is one.
    Match(Box<Found>),
    /// As much was looked at as may be.
    Bound,
    /// There are no more events.
    End,
}

/// An event that matches, with its entry if that was read.
struct Found {
    index: LogIndex,
    trace: TraceEvent,
    entry: Option<Entry>,
}

/// The way through the events that may match.
struct Walk<'a> {
    source: &'a Source<'a>,
    candidates: Candidates<'a>,
    looked_at: usize,
    read: usize,
    attributes: KnownAttributes,
    /// The last event that was looked at.
    last: Option<EventPlace>,
}

impl<'a> Source<'a> {
    /// Whether an event happened in the query's places, or in places that lie in those.
    fn is_within(&self, event: &TraceEvent) -> bool {
        self.within.iter().all(|(field, places)| {
            let place = match field {
                PlaceField::ReadPoint => event.read_point.as_deref(),
                PlaceField::BizLocation => event.biz_location.as_deref(),
            };
            place.is_some_and(|place| places.contains(place))
        })
    }

    fn walk(&'a self, after: Option<EventPlace>) -> Result<Walk<'a>, EpcisQueryError> {
        let query = self.query;
        let (from, until) = query.event_time.bounds();
        let order = query.direction;
        let lists_of = ListSource {
            view: self.view,
            captures: &self.captures,
        };
        let count_rows = |lists: &[EventList]| {
            let mut rows = 0;
            for list in lists {
                let range = ListRange {
                    from,
                    until,
                    after: None,
                    order,
                };
                let mut reader = ListReader::new(lists_of, *list, range);
                while rows < COUNTED_ROWS && reader.peek()?.is_some() {
                    reader.take();
                    rows += 1;
                }
            }
            Ok::<usize, ReadError>(rows)
        };
        let indexes = self.indexes_after(after);
        let log = |indexes| Candidates::Log(LogReader::new(self.view, indexes, order));
        let candidates = match (
            Plan::choose(query, &self.within, count_rows)?,
            query.order_by,
        ) {
            (Plan::Lists(lists), OrderBy::EventTime) => {
                let range = ListRange {
                    from,
                    until,
                    after,
                    order,
                };
                Candidates::of_lists(lists_of, &lists, range)
            }
            (Plan::Lists(lists), OrderBy::RecordTime) => {
                let sorted = sorted_by_record_time(
                    lists_of,
                    &lists,
                    (from, until),
                    (&indexes, order),
                    MAX_SORTED_ROWS,
                )?;
                sorted.map_or_else(|| log(indexes), Candidates::Sorted)
            }
            (Plan::Log, _) => log(indexes),
        };
        Ok(Walk {
            source: self,
            candidates,
            looked_at: 0,
            read: 0,
            attributes: KnownAttributes::default(),
            last: None,
        })
    }

    /// The entries behind a place, in order of record time.
    fn indexes_after(&self, after: Option<EventPlace>) -> Range<u64> {
        let Range { start, end } = self.indexes;
        match (after, self.query.direction) {
            (None, _) => start..end,
            (Some(last), ScanOrder::Ascending) => start.max(last.index.0.saturating_add(1))..end,
            (Some(last), ScanOrder::Descending) => start..end.min(last.index.0),
        }
    }

    /// Refuses a query that more events match than it allows.
    fn check_count(&self, most: u64) -> Result<(), EpcisQueryError> {
        let mut walk = self.walk(None)?;
        for _ in 0..=most {
            match walk.step()? {
                Step::Match(_) => {}
                Step::End => return Ok(()),
                Step::Bound => {
                    return Err(EpcisQueryError::TooComplex {
                        looked_at: walk.looked_at,
                    });
                }
            }
        }
        Err(EpcisQueryError::TooLarge { most })
    }

    fn page(
        &self,
        height: Height,
        count: usize,
        cursor: Option<&Cursor>,
    ) -> Result<EpcisPage, EpcisQueryError> {
        let given_before = cursor.map_or(0, |cursor| cursor.given);
        let wanted = match self.query.limit {
            EventCountLimit::First(first) => first.saturating_sub(given_before),
            EventCountLimit::None | EventCountLimit::AtMost(_) => u64::MAX,
        };
        let count = count.min(usize::try_from(wanted).unwrap_or(usize::MAX));
        let mut page = EpcisPage {
            height,
            time: self.time_of(height)?,
            events: Vec::new(),
            next: None,
        };
        let mut walk = self.walk(cursor.map(|cursor| cursor.last))?;
        let mut size_bytes = 0;
        let mut is_ended = wanted == 0;
        while page.events.len() < count && size_bytes < MAX_PAGE_BYTES && !is_ended {
            match walk.step()? {
                Step::Match(found) => {
                    let event = self.read(*found)?;
                    size_bytes += event.body.len();
                    page.events.push(event);
                }
                Step::Bound => break,
                Step::End => is_ended = true,
            }
        }
        let given = given_before.saturating_add(page.events.len() as u64);
        is_ended |= matches!(self.query.limit, EventCountLimit::First(first) if given >= first);
        // The last page is not to be followed by an empty one where that is cheap to tell.
        let last = walk.last.or(cursor.map(|cursor| cursor.last));
        if !is_ended
            && let Some(last) = last
            && walk.candidates.next()?.is_some()
        {
            page.next = Some(Cursor {
                query: self.query.digest,
                height,
                given,
                last,
            });
        }
        Ok(page)
    }

    fn time_of(&self, height: Height) -> Result<Timestamp, EpcisQueryError> {
        let tip = self.view.tip();
        if height == tip.height {
            return Ok(tip.time);
        }
        let block = self.view.block(height)?;
        let block = block.ok_or_else(|| ReadError::new(format!("block {height} is missing")))?;
        Ok(block.block.header().time)
    }

    fn read(&self, found: Found) -> Result<FoundEvent, EpcisQueryError> {
        let entry = match found.entry {
            Some(entry) => entry,
            None => read_entry(self.view, found.index)?,
        };
        let own = found.trace.event_id.is_some();
        let record_time = entry.time;
        Ok(FoundEvent {
            index: found.index,
            record_time,
            hash_as_id: (!own).then(|| found.trace.event_hash.to_string()),
            body: body_of(entry, found.index)?,
        })
    }
}

fn body_of(entry: Entry, index: LogIndex) -> Result<Bytes, EpcisQueryError> {
    match entry.content {
        EntryContent::Submitted(submitted) => Ok(submitted.record.body),
        EntryContent::Derived { record, .. } => Ok(record.body),
        EntryContent::Evidence(_) | EntryContent::Block(_) => {
            Err(ReadError::new(format!("entry {index} is indexed, and holds no event")).into())
        }
    }
}

impl Walk<'_> {
    /// Whether the master data of what an event names is as the query asks.
    fn has_attributes(&mut self, event: &EventContent) -> Result<bool, EpcisQueryError> {
        for predicate in &self.source.query.attributes {
            if !predicate.is_met(self.source.events, &mut self.attributes, event)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes to the next event that matches.
    fn step(&mut self) -> Result<Step, EpcisQueryError> {
        let query = self.source.query;
        loop {
            let read = self.read + self.attributes.count();
            if self.looked_at >= MAX_EVENTS_LOOKED_AT || read >= MAX_EVENTS_READ {
                return Ok(Step::Bound);
            }
            let Some(candidate) = self.candidates.next()? else {
                return Ok(Step::End);
            };
            let index = candidate.place.index;
            self.last = Some(candidate.place);
            self.looked_at += 1;
            if !self.source.indexes.contains(&index.0) {
                continue;
            }
            let trace = match candidate.event {
                Some(event) => event,
                None => self.source.events.event(index)?,
            };
            self.looked_at += (trace.objects.len() + trace.outputs.len()) / OBJECTS_PER_EVENT;
            let (from, until) = query.event_time.bounds();
            let is_in_time = from <= trace.event_time && trace.event_time <= until;
            if !is_in_time
                || !query.trace.iter().all(|p| p.is_met(&trace))
                || !self.source.is_within(&trace)
            {
                continue;
            }
            if query.event.is_empty() && query.attributes.is_empty() {
                let entry = None;
                return Ok(Step::Match(Box::new(Found {
                    index,
                    trace,
                    entry,
                })));
            }
            self.read += 1;
            let entry = read_entry(self.source.view, index)?;
            let body = body_of(entry.clone(), index)?;
            let event = epcis::parse(&body)
                .map_err(|error| ReadError::new(format!("entry {index}: {error}")))?;
            if query.event.iter().all(|p| p.is_met(event.content()))
                && self.has_attributes(event.content())?
            {
                let entry = Some(entry);
                return Ok(Step::Match(Box::new(Found {
                    index,
                    trace,
                    entry,
                })));
            }
        }
    }
}
