//! Where the events that a query looks at come from, in the order of the query.

use std::collections::VecDeque;
use std::ops::Range;

use super::list::{EventList, EventPlace, ListRange, ListReader, ListSource};
use crate::records::epcis::TraceEvent;
use crate::types::{Decode, Encode, LedgerView, LogIndex, ReadError, ScanOrder, Space, Timestamp};

/// Most events of the log that are read at a time.
const EVENTS_PER_SCAN: usize = 64;

/// An event that may match.
pub(super) struct Candidate {
    pub(super) place: EventPlace,
    /// What is kept of it, where the source has it at hand.
    pub(super) event: Option<TraceEvent>,
}

/// The events that may match, each once and in order.
pub(super) enum Candidates<'a> {
    /// Those of some lists, in order of event time.
    Lists(Vec<ListReader<'a>>, ScanOrder),
    /// Those of some lists, in order of record time.
    Sorted(VecDeque<EventPlace>),
    /// All, in order of record time.
    Log(LogReader<'a>),
}

impl<'a> Candidates<'a> {
    /// The events of lists in order of event time.
    pub(super) fn of_lists(source: ListSource<'a>, lists: &[EventList], range: ListRange) -> Self {
        let readers = lists
            .iter()
            .map(|list| ListReader::new(source, *list, range));
        Self::Lists(readers.collect(), range.order)
    }

    /// The next one.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    pub(super) fn next(&mut self) -> Result<Option<Candidate>, ReadError> {
        match self {
            Self::Lists(readers, order) => {
                let place = next_of_lists(readers, *order)?;
                Ok(place.map(|place| Candidate { place, event: None }))
            }
            Self::Sorted(places) => Ok(places
                .pop_front()
                .map(|place| Candidate { place, event: None })),
            Self::Log(reader) => reader.next(),
        }
    }
}

/// Takes the first of the rows that stand first, from every list that has it.
fn next_of_lists(
    readers: &mut [ListReader<'_>],
    order: ScanOrder,
) -> Result<Option<EventPlace>, ReadError> {
    let mut first: Option<EventPlace> = None;
    for reader in &mut *readers {
        let Some(place) = reader.peek()? else {
            continue;
        };
        first = Some(match (first, order) {
            (None, _) => place,
            (Some(first), ScanOrder::Ascending) => first.min(place),
            (Some(first), ScanOrder::Descending) => first.max(place),
        });
    }
    if let Some(first) = first {
        for reader in readers {
            if reader.peek()? == Some(first) {
                reader.take();
            }
        }
    }
    Ok(first)
}

/// Reads what is kept of the events, in the order of the log.
pub(super) struct LogReader<'a> {
    view: &'a dyn LedgerView,
    rest: Range<u64>,
    order: ScanOrder,
    events: VecDeque<(LogIndex, TraceEvent)>,
}

impl<'a> LogReader<'a> {
    /// The events of entries within `range`.
    pub(super) fn new(view: &'a dyn LedgerView, range: Range<u64>, order: ScanOrder) -> Self {
        Self {
            view,
            rest: range,
            order,
            events: VecDeque::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Candidate>, ReadError> {
        if self.events.is_empty() && !self.rest.is_empty() {
            self.read()?;
        }
        let next = self.events.pop_front();
        Ok(next.map(|(index, event)| Candidate {
            place: EventPlace {
                time: event.event_time,
                index,
            },
            event: Some(event),
        }))
    }

    fn read(&mut self) -> Result<(), ReadError> {
        let key = |index: u64| LogIndex(index).to_bytes();
        let (first, end) = (key(self.rest.start), key(self.rest.end));
        let found = self.view.scan(
            Space::TraceEvents,
            &first,
            &end,
            self.order,
            EVENTS_PER_SCAN,
        )?;
        let damaged = |error: crate::types::DecodeError| ReadError::new(error.to_string());
        for (key, value) in &found {
            let index = LogIndex::from_bytes(key).map_err(damaged)?;
            let event = TraceEvent::from_bytes(value).map_err(damaged)?;
            self.events.push_back((index, event));
        }
        let last = self.events.back().map(|(index, _)| index.0);
        match (last, self.order) {
            (Some(last), ScanOrder::Ascending) if found.len() == EVENTS_PER_SCAN => {
                self.rest.start = last.saturating_add(1);
            }
            (Some(last), ScanOrder::Descending) if found.len() == EVENTS_PER_SCAN => {
                self.rest.end = last;
            }
            _ => self.rest = 0..0,
        }
        Ok(())
    }
}

/// The places of all events of lists within times and entries, in order of record time; none if there are
/// more than `most`.
///
/// # Errors
/// [`ReadError`] if the store fails.
pub(super) fn sorted_by_record_time(
    source: ListSource<'_>,
    lists: &[EventList],
    (from, until): (Timestamp, Timestamp),
    (indexes, order): (&Range<u64>, ScanOrder),
    most: usize,
) -> Result<Option<VecDeque<EventPlace>>, ReadError> {
    let mut places = Vec::new();
    let mut row_count = 0_usize;
    for list in lists {
        let range = ListRange {
            from,
            until,
            after: None,
            order: ScanOrder::Ascending,
        };
        let mut reader = ListReader::new(source, *list, range);
        while let Some(place) = reader.peek()? {
            row_count += 1;
            if row_count > most {
                return Ok(None);
            }
            if indexes.contains(&place.index.0) {
                places.push(place);
            }
            reader.take();
        }
    }
    places.sort_unstable_by_key(|place| place.index);
    places.dedup();
    if order == ScanOrder::Descending {
        places.reverse();
    }
    Ok(Some(places.into()))
}
