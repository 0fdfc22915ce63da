//! What is used up with the container that it is in.
//!
//! A transformation that uses a container up uses up what is in it, at all levels. When that happened to a container
//! depends on what it was in, and when that was used up: all containers that it ever was in, and those that these were
//! in, are replayed together, in order, event by event.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::containment::{COMINGS_AND_GOINGS, Inside, Named};
use super::history::{History, Moment};
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles, TraceEvent};
use crate::types::{LogIndex, Timestamp};

/// The containers of one replay: each with what it is in.
#[derive(Default)]
struct Replay {
    open: BTreeMap<Box<str>, BTreeMap<Box<str>, Inside>>,
    spendings: BTreeMap<Box<str>, Vec<Moment>>,
}

impl History<'_, '_> {
    /// When a container was used up, itself or with another one that it was in, in order.
    pub(super) fn spendings(&mut self, container: &str) -> Result<Rc<Vec<Moment>>, QuestionError> {
        if let Some(known) = self.kept_spendings(container) {
            return Ok(known);
        }
        let mut known: BTreeSet<Box<str>> = BTreeSet::from([container.into()]);
        let mut next: Vec<Box<str>> = vec![container.into()];
        let mut steps: BTreeMap<Moment, Vec<(Box<str>, ThingRoles)>> = BTreeMap::new();
        let mut is_any_used = false;
        while let Some(id) = next.pop() {
            for mention in self.mentions_as(&id, COMINGS_AND_GOINGS)?.iter() {
                is_any_used |= is_used_up(mention.roles);
                if mention.roles.has(ThingRole::Child)
                    && let Some(parent) = &self.event(mention.index)?.parent
                    && known.insert(parent.clone())
                {
                    next.push(parent.clone());
                }
                let step = steps.entry(mention.moment()).or_default();
                step.push((id.clone(), mention.roles));
            }
        }
        let mut replay = Replay::default();
        if is_any_used {
            for (moment, named) in steps {
                let event = self.event(moment.1)?;
                replay.take(moment, &event, &named);
            }
        }
        let mut found = Rc::default();
        for id in known {
            let spendings = Rc::new(replay.spendings.remove(&id).unwrap_or_default());
            if *id == *container {
                found = Rc::clone(&spendings);
            }
            self.keep_spendings(&id, &spendings);
        }
        Ok(found)
    }

    /// When a container was used up itself, in order.
    pub(super) fn own_spendings(
        &mut self,
        container: &str,
    ) -> Result<Rc<Vec<Moment>>, QuestionError> {
        let mentions = self.mentions_as(container, COMINGS_AND_GOINGS)?;
        let used = mentions.iter().filter(|mention| is_used_up(mention.roles));
        Ok(Rc::new(used.map(|mention| mention.moment()).collect()))
    }

    /// The moment as of which a container holds what matters at another: the one before if it is used up then.
    pub(super) fn holding_at(
        &mut self,
        container: &str,
        at: Moment,
    ) -> Result<Moment, QuestionError> {
        let is_spent = self.spendings(container)?.binary_search(&at).is_ok();
        Ok(if is_spent { before(at) } else { at })
    }
}

/// Whether a single thing is an input of a transformation.
pub(super) fn is_used_up(roles: ThingRoles) -> bool {
    roles.is_end() && roles.has(ThingRole::Input)
}

/// The last moment before another.
fn before((time, index): Moment) -> Moment {
    match index.0.checked_sub(1) {
        Some(index) => (time, LogIndex(index)),
        None => (
            Timestamp::from_ms(time.as_ms().saturating_sub(1)),
            LogIndex(u64::MAX),
        ),
    }
}

impl Replay {
    /// Takes the next event, which names some of the containers in some roles.
    fn take(&mut self, moment: Moment, event: &TraceEvent, named: &[(Box<str>, ThingRoles)]) {
        let used = named.iter().filter(|(_, roles)| is_used_up(*roles));
        let used: BTreeSet<Box<str>> = used.map(|(id, _)| id.clone()).collect();
        if !used.is_empty() {
            self.spend(moment, used);
        }
        for (id, roles) in named {
            if roles.is_emptying() {
                self.empty(id, event.event_type);
            } else if roles.is_end() {
                self.open.remove(id);
            }
            if roles.has(ThingRole::Child) {
                self.put(moment, event, id);
            }
        }
    }

    /// Uses containers up, with those that are in them.
    fn spend(&mut self, moment: Moment, mut spent: BTreeSet<Box<str>>) {
        loop {
            let inside = self.open.iter().filter(|(id, containers)| {
                let mut containers = containers.iter();
                !spent.contains(*id)
                    && containers.any(|(id, inside)| !inside.is_class() && spent.contains(id))
            });
            let inside: Vec<Box<str>> = inside.map(|(id, _)| id.clone()).collect();
            if inside.is_empty() {
                break;
            }
            spent.extend(inside);
        }
        for containers in self.open.values_mut() {
            containers.retain(|id, _| !spent.contains(id));
        }
        for id in spent {
            self.open.remove(&id);
            self.spendings.entry(id).or_default().push(moment);
        }
    }

    /// Takes everything out of a container that a kind of event put in.
    fn empty(&mut self, container: &str, event_type: EventType) {
        for containers in self.open.values_mut() {
            let put_in_by = containers.get(container).map(Inside::event_type);
            if put_in_by == Some(event_type) {
                containers.remove(container);
            }
        }
    }

    /// A container goes into another one, or out of it.
    fn put(&mut self, moment: Moment, event: &TraceEvent, id: &str) {
        let named = event.objects.iter().filter(|object| *object.id == *id);
        let (Some(parent), Some(named)) = (&event.parent, Named::of_all(named)) else {
            return;
        };
        let containers = self.open.entry(id.into()).or_default();
        if event.action == Some(Action::Delete) {
            let inside = containers.get_mut(parent);
            if inside.is_some_and(|inside| inside.take_out(moment, &named)) {
                containers.remove(parent);
            }
            return;
        }
        if !named.is_class() {
            containers.retain(|container, _| container == parent);
        }
        match containers.get_mut(parent) {
            Some(inside) => inside.put_in(moment, event, named),
            None => _ = containers.insert(parent.clone(), Inside::new(moment, event, named)),
        }
    }
}
