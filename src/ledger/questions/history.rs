//! Reading events for one answer: each once, and no more than an answer may.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::containment::MAX_CONTAINER_EVENTS;
use super::events::{Events, Mention};
use crate::records::epcis::{Action, EpcisEvent, EventType, ThingId, ThingRole, TraceEvent, parse};
use crate::types::{LogIndex, MemberId, ScanOrder, Timestamp};

/// Most events that one answer goes through, those counted again that it comes to again.
pub const MAX_ANSWER_EVENTS: usize = 200_000;

/// Most events whose bodies one answer reads.
pub const MAX_ANSWER_BODIES: usize = 20_000;

/// A moment of a history: events of one instant are in the order of the log.
pub(super) type Moment = (Timestamp, LogIndex);

/// Before everything.
pub(super) const BEGINNING: Moment = (Timestamp::from_ms(i64::MIN), LogIndex(0));

/// The moments at which a container was emptied, with what kind of event said so.
type Emptyings = Rc<Vec<(Moment, EventType)>>;

/// The events that one answer has read.
pub(super) struct History<'a, 'e> {
    pub(super) events: &'a Events<'e>,
    seen: BTreeMap<LogIndex, Rc<TraceEvent>>,
    mentions: BTreeMap<ThingId, Rc<Vec<Mention>>>,
    emptyings: BTreeMap<Box<str>, Emptyings>,
    read: usize,
    bodies: usize,
}

impl Mention {
    /// When it was, with its place among those of the same instant.
    pub(super) fn moment(&self) -> Moment {
        (self.time, self.index)
    }
}

impl<'a, 'e> History<'a, 'e> {
    pub(super) fn new(events: &'a Events<'e>) -> Self {
        Self {
            events,
            seen: BTreeMap::new(),
            mentions: BTreeMap::new(),
            emptyings: BTreeMap::new(),
            read: 0,
            bodies: 0,
        }
    }

    fn count(&mut self, more: usize) -> Result<(), QuestionError> {
        self.read = self.read.saturating_add(more);
        if self.read > MAX_ANSWER_EVENTS {
            return Err(QuestionError::TooMuch {
                what: "events",
                most: MAX_ANSWER_EVENTS,
            });
        }
        Ok(())
    }

    /// All mentions of a thing, in order.
    pub(super) fn mentions_of(&mut self, thing: &str) -> Result<Rc<Vec<Mention>>, QuestionError> {
        self.mentions(ThingId::of(thing), thing)
    }

    /// All mentions of what the indices know by `id`, in order; `name` is for people.
    pub(super) fn mentions(
        &mut self,
        id: ThingId,
        name: &str,
    ) -> Result<Rc<Vec<Mention>>, QuestionError> {
        if let Some(known) = self.mentions.get(&id) {
            let known = Rc::clone(known);
            self.count(known.len())?;
            return Ok(known);
        }
        let range = (BEGINNING.0, self.events.last_time());
        let count = MAX_CONTAINER_EVENTS + 1;
        let found = self
            .events
            .mentions(&id, range, ScanOrder::Ascending, count)?;
        if found.len() > MAX_CONTAINER_EVENTS {
            return Err(QuestionError::TooLong {
                thing: name.to_owned(),
                most: MAX_CONTAINER_EVENTS,
            });
        }
        self.count(found.len())?;
        let found = Rc::new(found);
        self.mentions.insert(id, Rc::clone(&found));
        Ok(found)
    }

    /// The event of an entry.
    pub(super) fn event(&mut self, index: LogIndex) -> Result<Rc<TraceEvent>, QuestionError> {
        self.count(1)?;
        if let Some(event) = self.seen.get(&index) {
            return Ok(Rc::clone(event));
        }
        let event = Rc::new(self.events.event(index)?);
        self.seen.insert(index, Rc::clone(&event));
        Ok(event)
    }

    /// Everything that the event of an entry says, and who captured it: read from the entry itself.
    pub(super) fn body(
        &mut self,
        index: LogIndex,
    ) -> Result<(EpcisEvent, MemberId), QuestionError> {
        self.bodies += 1;
        if self.bodies > MAX_ANSWER_BODIES {
            return Err(QuestionError::TooMuch {
                what: "bodies of events",
                most: MAX_ANSWER_BODIES,
            });
        }
        let (signed, record) = self.events.submitted(index)?;
        let event = parse(&record.body).map_err(|error| {
            crate::types::ReadError::new(format!("the event of entry {index} is damaged: {error}"))
        })?;
        Ok((event, signed.member))
    }

    /// When a container was emptied, in order.
    pub(super) fn emptyings(&mut self, container: &str) -> Result<Emptyings, QuestionError> {
        if let Some(known) = self.emptyings.get(container) {
            return Ok(Rc::clone(known));
        }
        let mut found = Vec::new();
        for mention in self.mentions_of(container)?.iter() {
            if !mention.roles.has(ThingRole::Parent) {
                continue;
            }
            let event = self.event(mention.index)?;
            let holds = matches!(
                event.event_type,
                EventType::Aggregation | EventType::Association
            );
            if holds && event.action == Some(Action::Delete) && event.objects.is_empty() {
                found.push((mention.moment(), event.event_type));
            }
        }
        let found = Rc::new(found);
        self.emptyings.insert(container.into(), Rc::clone(&found));
        Ok(found)
    }

    /// The first time after a moment, up to another, at which a container was emptied by a kind of event.
    pub(super) fn emptied(
        &mut self,
        container: &str,
        event_type: EventType,
        after: Moment,
        until: Option<Moment>,
    ) -> Result<Option<Moment>, QuestionError> {
        let emptyings = self.emptyings(container)?;
        let mut later = emptyings.iter().filter(|(at, kind)| {
            *at > after && *kind == event_type && until.is_none_or(|until| *at < until)
        });
        Ok(later.next().map(|(at, _)| *at))
    }
}
