//! Where a thing has been: what carried it, and every event that tells where it was.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::history::{BEGINNING, History, Moment};
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles, TraceEvent};
use crate::types::{Decimal, LogIndex};

/// How deep containers stand in containers, at most.
const MAX_CONTAINER_DEPTH: u32 = 16;

/// That a thing was in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) container: Box<str>,
    pub(super) from: Moment,
    /// When it left; none if it is in there still.
    pub(super) until: Option<Moment>,
}

/// What carried a thing for a time: at depth 0 the thing itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) id: Box<str>,
    pub(super) depth: u32,
    pub(super) from: Moment,
    pub(super) until: Option<Moment>,
}

impl Carrier {
    /// Whether a moment lies in its time, both ends included: the event that ends it happens there too.
    fn covers(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at <= until)
    }
}

/// An event that speaks of a thing or of what carries it.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) moment: Moment,
    /// What the event speaks of: the thing itself at depth 0.
    pub(super) carrier: Box<str>,
    pub(super) depth: u32,
    pub(super) roles: ThingRoles,
    pub(super) event: Rc<TraceEvent>,
}

impl Sighting {
    /// The entry of the event.
    pub(super) fn index(&self) -> LogIndex {
        self.moment.1
    }

    /// Whether the thing comes to be by it: commissioned or made.
    pub(super) fn creates(&self) -> bool {
        let is_commissioned = self.event.event_type == EventType::Object
            && self.event.action == Some(Action::Add)
            && self.roles.has(ThingRole::Object);
        self.depth == 0 && (is_commissioned || self.roles.has(ThingRole::Output))
    }

    /// Whether the thing is no more after it: decommissioned or used up.
    pub(super) fn ends(&self) -> bool {
        self.depth == 0 && ends(&self.event, self.roles)
    }
}

/// Whether a single thing is no more after an event that speaks of it in some roles.
pub(super) fn ends(event: &TraceEvent, roles: ThingRoles) -> bool {
    let is_deleted = event.event_type == EventType::Object
        && event.action == Some(Action::Delete)
        && roles.has(ThingRole::Object);
    is_deleted || roles.has(ThingRole::Input)
}

/// Whether an event speaks of a thing as of a class.
fn is_class_in(event: &TraceEvent, thing: &str) -> bool {
    let mut named = event.objects.iter().chain(&event.outputs);
    named.any(|object| *object.id == *thing && object.is_class)
}

/// A stay that has not ended yet.
struct Open {
    from: Moment,
    latest: Moment,
    event_type: EventType,
    /// How much of a class is in there; none for a single object, and for an amount that nobody stated.
    amount: Option<Decimal>,
}

impl History<'_, '_> {
    /// The containers that a thing was in, in order of when it came out or, at last, of their identifiers. A
    /// class is in a container until as much was taken out of it as was put in.
    pub(super) fn stays(&mut self, thing: &str) -> Result<Vec<Stay>, QuestionError> {
        let mut stays = Vec::new();
        let mut open: BTreeMap<Box<str>, Open> = BTreeMap::new();
        for mention in self.mentions_of(thing)?.iter() {
            let event = self.event(mention.index)?;
            if ends(&event, mention.roles) && !is_class_in(&event, thing) {
                // What is no more is in nothing either, though nobody took it out.
                let at = mention.moment();
                self.close_emptied(&mut open, &mut stays, Some(at))?;
                stays.extend(open.iter().map(|(id, inside)| stay(id, inside, Some(at))));
                open.clear();
            }
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let Some(parent) = event.parent.clone() else {
                continue;
            };
            let at = mention.moment();
            self.close_emptied(&mut open, &mut stays, Some(at))?;
            let object = event.objects.iter().find(|object| *object.id == *thing);
            let is_class = is_class_in(&event, thing);
            let amount = object.and_then(|object| object.quantity);
            if event.action == Some(Action::Delete) {
                let left = open.get_mut(&parent).is_some_and(|inside| {
                    let rest = inside.amount.zip(amount);
                    inside.amount = rest.and_then(|(there, gone)| there.checked_sub(gone));
                    !is_class || inside.amount.is_none_or(|rest| rest <= Decimal::ZERO)
                });
                if left && let Some(inside) = open.remove(&parent) {
                    stays.push(stay(&parent, &inside, Some(at)));
                }
                continue;
            }
            if !is_class {
                let elsewhere: Vec<Box<str>> = open
                    .keys()
                    .filter(|other| **other != parent)
                    .cloned()
                    .collect();
                for other in elsewhere {
                    if let Some(inside) = open.remove(&other) {
                        stays.push(stay(&other, &inside, Some(at)));
                    }
                }
            }
            match open.get_mut(&parent) {
                Some(inside) => {
                    inside.latest = at;
                    inside.event_type = event.event_type;
                    if event.action == Some(Action::Add) {
                        let both = inside.amount.zip(amount);
                        inside.amount = both.and_then(|(there, more)| there.checked_add(more));
                    }
                }
                None => {
                    let inside = Open {
                        from: at,
                        latest: at,
                        event_type: event.event_type,
                        amount,
                    };
                    open.insert(parent, inside);
                }
            }
        }
        self.close_emptied(&mut open, &mut stays, None)?;
        stays.extend(open.iter().map(|(id, inside)| stay(id, inside, None)));
        Ok(stays)
    }

    /// Ends the stays in containers that were emptied before a moment.
    fn close_emptied(
        &mut self,
        open: &mut BTreeMap<Box<str>, Open>,
        stays: &mut Vec<Stay>,
        before: Option<Moment>,
    ) -> Result<(), QuestionError> {
        let mut left = Vec::new();
        for (container, inside) in &*open {
            let emptied = self.emptied(container, inside.event_type, inside.latest, before)?;
            left.extend(emptied.map(|at| (container.clone(), at)));
        }
        for (container, at) in left {
            if let Some(inside) = open.remove(&container) {
                stays.push(stay(&container, &inside, Some(at)));
            }
        }
        Ok(())
    }

    /// A thing and all that carried it, with the times of each; the nearest first.
    pub(super) fn carriers(&mut self, thing: &str) -> Result<Vec<Carrier>, QuestionError> {
        let itself = Carrier {
            id: thing.into(),
            depth: 0,
            from: BEGINNING,
            until: None,
        };
        let mut carriers = vec![itself];
        let mut next = 0;
        while let Some(inner) = carriers.get(next).cloned() {
            next += 1;
            if inner.depth >= MAX_CONTAINER_DEPTH {
                continue;
            }
            for stay in self.stays(&inner.id)? {
                let from = stay.from.max(inner.from);
                let until = earlier(stay.until, inner.until);
                if until.is_none_or(|until| from < until) {
                    carriers.push(Carrier {
                        id: stay.container,
                        depth: inner.depth + 1,
                        from,
                        until,
                    });
                }
            }
        }
        Ok(carriers)
    }

    /// All events that speak of a thing, or of what carried it while it did; each once, in order.
    pub(super) fn sightings(&mut self, thing: &str) -> Result<Vec<Sighting>, QuestionError> {
        let mut found: BTreeMap<Moment, Sighting> = BTreeMap::new();
        for carrier in self.carriers(thing)? {
            for mention in self.mentions_of(&carrier.id)?.iter() {
                let moment = mention.moment();
                if !carrier.covers(moment) || found.contains_key(&moment) {
                    continue;
                }
                let sighting = Sighting {
                    moment,
                    carrier: carrier.id.clone(),
                    depth: carrier.depth,
                    roles: mention.roles,
                    event: self.event(mention.index)?,
                };
                found.insert(moment, sighting);
            }
        }
        Ok(found.into_values().collect())
    }
}

fn stay(container: &str, inside: &Open, until: Option<Moment>) -> Stay {
    Stay {
        container: container.into(),
        from: inside.from,
        until,
    }
}

/// The earlier of two ends, where none is no end.
pub(super) fn earlier(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
