//! The lists of events that the index keeps, each in order of event time.

use std::collections::VecDeque;

use super::query::PlaceField;
use crate::contracts::{IndexKey, MEMBER_PREFIX, read_event_index};
use crate::records::epcis::{EventHash, EventIdentity, ThingId, TraceEvent};
use crate::types::{
    Decode, Encode, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space, Timestamp,
};

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

/// Reads a list row by row.
pub(super) struct ListReader<'a> {
    view: &'a dyn LedgerView,
    first: Vec<u8>,
    end: Vec<u8>,
    order: ScanOrder,
    rows: VecDeque<EventPlace>,
    is_at_end: bool,
    /// A hash whose events are yet to be looked for.
    hash: Option<(EventHash, ListRange)>,
}

impl<'a> ListReader<'a> {
    pub(super) fn new(view: &'a dyn LedgerView, list: EventList, range: ListRange) -> Self {
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
        Self {
            view,
            is_at_end: range.from > range.until || first >= end,
            first,
            end,
            order: range.order,
            rows: VecDeque::new(),
            hash: match list {
                EventList::Hash(hash) => Some((hash, range)),
                _ => None,
            },
        }
    }

    /// The next row, without taking it.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    pub(super) fn peek(&mut self) -> Result<Option<EventPlace>, ReadError> {
        if let Some((hash, range)) = self.hash.take() {
            self.rows = captures(self.view, hash, range)?.into();
        }
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

/// The captures of an event by its hash, within a range. Each member's events are known by their hashes, and
/// there are not many members.
fn captures(
    view: &dyn LedgerView,
    hash: EventHash,
    range: ListRange,
) -> Result<Vec<EventPlace>, ReadError> {
    let identity = EventIdentity::of_capture(hash);
    let damaged = |what: &str| ReadError::new(format!("the {what} cannot be read"));
    let end = [MEMBER_PREFIX, &[0xff]].concat();
    let mut first = MEMBER_PREFIX.to_vec();
    let mut places = Vec::new();
    loop {
        let order = ScanOrder::Ascending;
        let members = view.scan(Space::State, &first, &end, order, ROWS_PER_SCAN)?;
        for (key, _) in &members {
            let id = key.get(MEMBER_PREFIX.len()..).unwrap_or_default();
            let id = std::str::from_utf8(id).ok();
            let id = id.and_then(|id| MemberId::new(id).ok());
            let id = id.ok_or_else(|| damaged("list of members"))?;
            let index = read_event_index(&view, &id, &identity);
            let Some(index) = index.map_err(|error| ReadError::new(error.to_string()))? else {
                continue;
            };
            let bytes = view.get(Space::TraceEvents, &index.to_bytes())?;
            let event = bytes.and_then(|bytes| TraceEvent::from_bytes(&bytes).ok());
            let time = event.ok_or_else(|| damaged("index of events"))?.event_time;
            places.push(EventPlace { time, index });
        }
        match members.last() {
            Some((key, _)) if members.len() == ROWS_PER_SCAN => {
                first = [key, &[0][..]].concat();
            }
            _ => break,
        }
    }
    places.retain(|place| range.has(*place));
    places.sort_unstable();
    if range.order == ScanOrder::Descending {
        places.reverse();
    }
    Ok(places)
}
