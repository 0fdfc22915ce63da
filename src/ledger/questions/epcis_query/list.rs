//! The lists of events that the index keeps, each in order of event time.

use std::collections::VecDeque;

use super::captures::Captures;
use super::query::PlaceField;
use crate::contracts::IndexKey;
use crate::records::epcis::{EventHash, ThingId};
use crate::types::{LedgerView, LogIndex, ReadError, ScanOrder, Space, Timestamp};

/// Most rows of a list that are read at a time. A query may name some hundred lists, and most end on
/// their first page.
const ROWS_PER_SCAN: usize = 64;

/// A list of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EventList {
    /// All events.
    All,
    /// Those that speak of a thing, or belong to a transformation.
    Thing(ThingId),
    /// Those that have a name which their hash does not give.
    Name(ThingId),
    /// Those that have a hash, whatever they are called: the captures of each member, and no declarations.
    Hash(EventHash),
}

/// Where an event stands in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventPlace {
    /// When it happened.
    pub(super) time: Timestamp,
    /// Its entry.
    pub(super) index: LogIndex,
}

/// The part of a list that is read: between two times, both included, and behind a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListRange {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) after: Option<EventPlace>,
    pub(super) order: ScanOrder,
}

impl ListRange {
    fn has(&self, place: EventPlace) -> bool {
        let is_behind = |after| match self.order {
            ScanOrder::Ascending => place > after,
            ScanOrder::Descending => place < after,
        };
        self.from <= place.time && place.time <= self.until && self.after.is_none_or(is_behind)
    }

    /// Those of some places that are in it, in its order. The places come in ascending order.
    fn of(&self, places: &[EventPlace]) -> VecDeque<EventPlace> {
        let found = places.iter().copied().filter(|place| self.has(*place));
        match self.order {
            ScanOrder::Ascending => found.collect(),
            ScanOrder::Descending => found.rev().collect(),
        }
    }
}

impl EventList {
    /// The lists that have all events which name one of some places, and others that name it otherwise.
    pub(super) fn of_places<'p>(
        field: PlaceField,
        places: impl Iterator<Item = &'p str>,
    ) -> Vec<Self> {
        let lists = places.flat_map(|place| {
            // An event is listed where its objects are afterwards, and by its read point if that is elsewhere.
            let elsewhere = match field {
                PlaceField::ReadPoint => Some(ThingId::of_read_point(place)),
                PlaceField::BizLocation => None,
            };
            std::iter::once(ThingId::of_place(place)).chain(elsewhere)
        });
        lists.map(Self::Thing).collect()
    }

    fn key(&self, EventPlace { time, index }: EventPlace) -> Vec<u8> {
        match self {
            Self::All => IndexKey::EventTime { time, index },
            Self::Thing(thing) => IndexKey::Mention { thing, time, index },
            // Of a hash no rows are kept.
            Self::Hash(_) => return Vec::new(),
            Self::Name(name) => IndexKey::EventName { name, time, index },
        }
        .to_bytes()
    }
}

/// Where lists are read from.
#[derive(Clone, Copy)]
pub(super) struct ListSource<'a> {
    pub(super) view: &'a dyn LedgerView,
    /// Those of all hashes that the query names.
    pub(super) captures: &'a Captures,
}

/// Reads a list row by row.
pub(super) struct ListReader<'a> {
    view: &'a dyn LedgerView,
    first: Vec<u8>,
    end: Vec<u8>,
    order: ScanOrder,
    rows: VecDeque<EventPlace>,
    is_at_end: bool,
}

impl<'a> ListReader<'a> {
    pub(super) fn new(source: ListSource<'a>, list: EventList, range: ListRange) -> Self {
        let at = |time, index| EventPlace { time, index };
        let mut first = list.key(at(range.from, LogIndex(0)));
        // No entry has the last index, so it is behind all of them.
        let mut end = list.key(at(range.until, LogIndex(u64::MAX)));
        if let Some(after) = range.after {
            match range.order {
                ScanOrder::Ascending => first = first.max([&list.key(after), &[0][..]].concat()),
                ScanOrder::Descending => end = end.min(list.key(after)),
            }
        }
        let rows = match &list {
            EventList::Hash(hash) => range.of(source.captures.of(hash)),
            EventList::All | EventList::Thing(_) | EventList::Name(_) => VecDeque::new(),
        };
        Self {
            view: source.view,
            is_at_end: range.from > range.until || first >= end,
            first,
            end,
            order: range.order,
            rows,
        }
    }

    /// The next row, without taking it.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    pub(super) fn peek(&mut self) -> Result<Option<EventPlace>, ReadError> {
        if self.rows.is_empty() && !self.is_at_end {
            self.read()?;
        }
        Ok(self.rows.front().copied())
    }

    /// Takes the row that was looked at.
    pub(super) fn take(&mut self) {
        self.rows.pop_front();
    }

    fn read(&mut self) -> Result<(), ReadError> {
        let (first, end) = (&self.first, &self.end);
        let found = self
            .view
            .scan(Space::Index, first, end, self.order, ROWS_PER_SCAN)?;
        self.is_at_end = found.len() < ROWS_PER_SCAN;
        for (key, _) in &found {
            let (time, index) = IndexKey::time_and_index(key)
                .ok_or_else(|| ReadError::new("the index of events is damaged"))?;
            self.rows.push_back(EventPlace { time, index });
        }
        if let Some((key, _)) = found.last() {
            match self.order {
                ScanOrder::Ascending => self.first = [key, &[0][..]].concat(),
                ScanOrder::Descending => self.end = key.to_vec(),
            }
        }
        Ok(())
    }
}
