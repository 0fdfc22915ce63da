//! What is in what: aggregations and associations, replayed from events.
//!
//! ADD puts the named children in, OBSERVE shows that they are in, DELETE takes them out, and DELETE
//! without children takes everything out (EPCIS 2.0, aggregation and association events). What is put
//! somewhere else is where it was put last; taking out what is not in there changes nothing. Events of
//! one instant count in the order of the log.

use std::collections::BTreeMap;

use super::QuestionError;
use super::events::{Events, Mention};
use crate::records::epcis::{Action, EventType, ThingId, ThingRole, TraceEvent, TracedObject};
use crate::types::{LogIndex, ScanOrder, Timestamp};

/// Most events of one container that are replayed: an answer that would need more says so.
pub const MAX_CONTAINER_EVENTS: usize = 10_000;

/// A thing in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The thing, as it was put in.
    pub object: TracedObject,
    /// Since when.
    pub since: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// Whether it is an aggregation or an association.
    pub event_type: EventType,
}

/// The container that a thing is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Containment {
    /// The container, canonical.
    pub parent: Box<str>,
    /// Since when.
    pub since: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// Whether it is an aggregation or an association.
    pub event_type: EventType,
}

impl Events<'_> {
    /// What a container holds at a time, in order of the identifiers.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the container has too long a history.
    pub fn contents(&self, container: &str, at: Timestamp) -> Result<Vec<Content>, QuestionError> {
        let mut inside: BTreeMap<Box<str>, Content> = BTreeMap::new();
        for mention in self.container_events(container, Timestamp::from_ms(i64::MIN), at)? {
            let event = self.event(mention.index)?;
            match (event.action, event.objects.is_empty()) {
                (Some(Action::Delete), true) => {
                    inside.retain(|_, content| content.event_type != event.event_type);
                }
                (Some(Action::Delete), false) => {
                    for object in &event.objects {
                        inside.remove(&object.id);
                    }
                }
                _ => {
                    for object in event.objects {
                        let content = Content {
                            since: mention.time,
                            index: mention.index,
                            event_type: event.event_type,
                            object,
                        };
                        let id = content.object.id.clone();
                        let known = inside.entry(id).or_insert_with(|| content.clone());
                        if event.action == Some(Action::Add) {
                            *known = content;
                        }
                    }
                }
            }
        }
        // What was put elsewhere since, without being taken out, is not here any more.
        let mut contents = Vec::with_capacity(inside.len());
        for content in inside.into_values() {
            // A class may be in several containers at once.
            let is_here = content.object.is_class
                || self
                    .parent(&content.object.id, at)?
                    .is_some_and(|inside| *inside.parent == *container);
            if is_here {
                contents.push(content);
            }
        }
        Ok(contents)
    }

    /// The container that a single thing is in at a time.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the container has too long a history.
    pub fn parent(&self, thing: &str, at: Timestamp) -> Result<Option<Containment>, QuestionError> {
        let id = ThingId::of(thing);
        let range = (Timestamp::from_ms(i64::MIN), at);
        let found = self.mentions(&id, range, ScanOrder::Descending, MAX_CONTAINER_EVENTS)?;
        // Whom it was taken out of after the event that is looked at.
        let mut taken_out_of = Vec::new();
        for mention in found.iter().filter(|m| m.roles.has(ThingRole::Child)) {
            let event = self.event(mention.index)?;
            let Some(parent) = event.parent.clone() else {
                continue;
            };
            if event.action == Some(Action::Delete) {
                taken_out_of.push(parent);
                continue;
            }
            let has_left =
                taken_out_of.contains(&parent) || self.emptied(&event, mention, at)?.is_some();
            return Ok((!has_left).then_some(Containment {
                parent,
                since: mention.time,
                index: mention.index,
                event_type: event.event_type,
            }));
        }
        Ok(None)
    }

    /// When a thing leaves the container that an event has put it into: the first event that takes it
    /// out, puts it elsewhere, or empties the container; none if it is in there still.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the container has too long a history.
    pub fn leaves(
        &self,
        thing: &str,
        event: &TraceEvent,
        put_in: &Mention,
    ) -> Result<Option<Timestamp>, QuestionError> {
        let range = (put_in.time, self.last_time());
        let id = ThingId::of(thing);
        let later = self.mentions(&id, range, ScanOrder::Ascending, MAX_CONTAINER_EVENTS)?;
        let mut left = None;
        for mention in later.iter().filter(|mention| is_after(mention, put_in)) {
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let other = self.event(mention.index)?;
            let is_same = other.parent == event.parent;
            let stays = is_same && other.action != Some(Action::Delete);
            let is_elsewhere = !is_same && other.action == Some(Action::Delete);
            if !stays && !is_elsewhere {
                left = Some(mention.time);
                break;
            }
        }
        let emptied = self.emptied(event, put_in, self.last_time())?;
        Ok(match (left, emptied) {
            (Some(left), Some(emptied)) => Some(left.min(emptied)),
            (left, emptied) => left.or(emptied),
        })
    }

    /// When the container of an event is emptied for the first time after it.
    fn emptied(
        &self,
        event: &TraceEvent,
        put_in: &Mention,
        until: Timestamp,
    ) -> Result<Option<Timestamp>, QuestionError> {
        let Some(parent) = &event.parent else {
            return Ok(None);
        };
        for mention in self.container_events(parent, put_in.time, until)? {
            if !is_after(&mention, put_in) {
                continue;
            }
            let other = self.event(mention.index)?;
            if other.event_type == event.event_type
                && other.action == Some(Action::Delete)
                && other.objects.is_empty()
            {
                return Ok(Some(mention.time));
            }
        }
        Ok(None)
    }

    /// The aggregations and associations of a container, in order.
    fn container_events(
        &self,
        container: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Mention>, QuestionError> {
        let id = ThingId::of(container);
        let mut found = self.mentions(
            &id,
            (from, until),
            ScanOrder::Ascending,
            MAX_CONTAINER_EVENTS + 1,
        )?;
        if found.len() > MAX_CONTAINER_EVENTS {
            return Err(QuestionError::TooLong {
                thing: container.to_owned(),
                most: MAX_CONTAINER_EVENTS,
            });
        }
        found.retain(|mention| mention.roles.has(ThingRole::Parent));
        Ok(found)
    }
}

fn is_after(mention: &Mention, other: &Mention) -> bool {
    (mention.time, mention.index) > (other.time, other.index)
}
