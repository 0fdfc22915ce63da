//! What is used up, destroyed or sold with the container that it is in.
//!
//! A transformation that uses a container up uses up what is in it, at all levels; so does who destroys or sells it. When that happened to a container
//! depends on what it was in, and when that was used up: all containers that it ever was in, and those that these were
//! in, are replayed together, in order, event by event.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::containment::COMINGS_AND_GOINGS;
use super::events::Mention;
use super::history::{History, Moment};
use super::inside::{Inside, Named};
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles, TraceEvent};
use crate::types::{LogIndex, Timestamp};

/// The containers of one replay.
#[derive(Default)]
struct Replay {
    /// Each with what it is in.
    open: BTreeMap<Box<str>, BTreeMap<Box<str>, Inside>>,
    /// What is in each, the other way round.
    held: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    spendings: BTreeMap<Box<str>, Vec<Moment>>,
    /// How many contents were looked at.
    looked_at: usize,
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
                is_any_used |= self.is_spent(mention)?;
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
                self.count(std::mem::take(&mut replay.looked_at))?;
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
        let mut found = Vec::new();
        for mention in mentions.iter() {
            if self.is_spent(mention)? {
                found.push(mention.moment());
            }
        }
        Ok(Rc::new(found))
    }

    /// Whether a single thing is spent with what is in it, by what mentions it.
    pub(super) fn is_spent(&mut self, mention: &Mention) -> Result<bool, QuestionError> {
        let roles = mention.roles;
        let is_deleted = roles.is_end() && !roles.has(ThingRole::Input);
        Ok(match is_deleted {
            true => self.event(mention.index)?.ends_contents(),
            false => is_used_up(roles),
        })
    }

    /// The moment as of which a container holds what matters at another: the one before it was used up if it is used up
    /// then, or was and holds nothing since.
    pub(super) fn holding_at(
        &mut self,
        container: &str,
        at: Moment,
    ) -> Result<Moment, QuestionError> {
        let spendings = self.spendings(container)?;
        let count = spendings.partition_point(|spent| *spent <= at);
        let Some(spent) = count.checked_sub(1).and_then(|last| spendings.get(last)) else {
            return Ok(at);
        };
        let parent = ThingRoles::of(ThingRole::Parent);
        let mentions = self.mentions_as(container, parent)?;
        for mention in mentions.iter() {
            let moment = mention.moment();
            if *spent >= moment || moment > at || mention.roles.is_emptying() {
                continue;
            }
            if self.event(mention.index)?.action != Some(Action::Delete) {
                return Ok(at);
            }
        }
        Ok(before(*spent))
    }
}

/// Whether a single thing is spent, by an event that speaks of it in some roles, with what is in it.
pub(super) fn spends(event: &TraceEvent, roles: ThingRoles) -> bool {
    is_used_up(roles) || (roles.is_end() && event.ends_contents())
}

/// Whether a single thing is an input of a transformation.
fn is_used_up(roles: ThingRoles) -> bool {
    roles.is_end() && roles.has(ThingRole::Input)
}

/// The last moment before another.
pub(super) fn before((time, index): Moment) -> Moment {
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
        let used = named.iter().filter(|(_, roles)| spends(event, *roles));
        let used: BTreeSet<Box<str>> = used.map(|(id, _)| id.clone()).collect();
        if !used.is_empty() {
            self.spend(moment, used);
        }
        for (id, roles) in named {
            if roles.is_emptying() {
                self.empty(id, event.event_type);
            } else if roles.is_end() {
                self.take_out_of_all(id);
            }
            if roles.has(ThingRole::Child) {
                self.put(moment, event, id);
            }
        }
    }

    /// Uses containers up, with those that are in them.
    fn spend(&mut self, moment: Moment, mut spent: BTreeSet<Box<str>>) {
        let mut next: Vec<Box<str>> = spent.iter().cloned().collect();
        while let Some(container) = next.pop() {
            for id in self.held.remove(&container).unwrap_or_default() {
                self.looked_at += 1;
                let Some(containers) = self.open.get_mut(&id) else {
                    continue;
                };
                let inside = containers.remove(&container);
                if containers.is_empty() {
                    self.open.remove(&id);
                }
                if inside.is_some_and(|inside| !inside.is_class()) && spent.insert(id.clone()) {
                    next.push(id);
                }
            }
        }
        for id in spent {
            self.take_out_of_all(&id);
            self.spendings.entry(id).or_default().push(moment);
        }
    }

    /// Takes everything out of a container that a kind of event put in.
    fn empty(&mut self, container: &str, event_type: EventType) {
        let inside = self.held.get(container).into_iter().flatten();
        let inside: Vec<Box<str>> = inside.cloned().collect();
        self.looked_at += inside.len();
        for id in inside {
            let containers = self.open.get_mut(&id);
            let Some(inside) = containers.and_then(|there| there.get_mut(container)) else {
                continue;
            };
            inside.empty(event_type);
            if inside.is_empty() {
                self.take_out(&id, container);
            }
        }
    }

    fn take_out(&mut self, id: &str, container: &str) {
        if let Some(containers) = self.open.get_mut(id) {
            containers.remove(container);
            if containers.is_empty() {
                self.open.remove(id);
            }
        }
        if let Some(inside) = self.held.get_mut(container) {
            inside.remove(id);
            if inside.is_empty() {
                self.held.remove(container);
            }
        }
    }

    fn take_out_of_all(&mut self, id: &str) {
        let containers = self.open.get(id).into_iter().flat_map(BTreeMap::keys);
        let containers: Vec<Box<str>> = containers.cloned().collect();
        self.looked_at += containers.len();
        for container in containers {
            self.take_out(id, &container);
        }
        self.open.remove(id);
    }

    /// A container goes into another one, or out of it.
    fn put(&mut self, moment: Moment, event: &TraceEvent, id: &str) {
        let named = event.objects.iter().filter(|object| *object.id == *id);
        let parent = event.parent.as_ref().filter(|parent| ***parent != *id);
        let (Some(parent), Some(named)) = (parent, Named::of_all(named)) else {
            return;
        };
        if event.action == Some(Action::Delete) {
            let containers = self.open.get_mut(id);
            let Some(inside) = containers.and_then(|there| there.get_mut(parent)) else {
                return;
            };
            inside.take_out(moment, event.event_type, &named);
            if inside.is_empty() {
                self.take_out(id, parent);
            }
            return;
        }
        if !named.is_class() {
            let containers = self.open.get(id).into_iter().flat_map(BTreeMap::keys);
            let others = containers.filter(|container| *container != parent);
            let others: Vec<Box<str>> = others.cloned().collect();
            for container in others {
                self.take_out(id, &container);
            }
        }
        let containers = self.open.entry(id.into()).or_default();
        let inside = containers.entry(parent.clone()).or_default();
        inside.put_in(moment, event, named);
        let held = self.held.entry(parent.clone()).or_default();
        held.insert(id.into());
    }
}
