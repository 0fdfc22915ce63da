//! What is in what: aggregations and associations, replayed from events.
//!
//! ADD puts the named children in, OBSERVE shows that they are in, DELETE takes them out, and DELETE
//! without children takes out everything that events of its kind put in (EPCIS 2.0, aggregation and
//! association events). A single object is where it was put last, and nowhere once it is decommissioned or
//! used up; what is in a container that is used up is used up with it ([`super::spending`]); a class is in a container until as much was taken out of it as was put in, and an amount that
//! cannot be compared takes all of it out. Taking out what is not in there changes nothing, and nothing is in itself. Events of one instant
//! count in the order of the log.
//!
//! There is one account of this, [`Inside`]; it is kept by the thing ([`History::stays`]) and by
//! the container ([`History::contents`]).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::events::{Events, Mention};
use super::history::{History, Moment, end_of};
use super::mass_balance::Citations;
use crate::records::epcis::{
    Action, EventType, ThingRole, ThingRoles, TraceEvent, TracedObject, Unit,
};
use crate::types::{Decimal, LogIndex, Timestamp};

/// Most events of one container, or of one thing in containers, that are replayed: an answer that would need
/// more says so.
pub const MAX_CONTAINER_EVENTS: usize = 10_000;

/// Most containers of one thing that an answer lists, by unit.
pub const MAX_LISTED_CONTAINERS: usize = 1_000;

/// Most entries that are cited for one thing in one container.
pub const MAX_CONTENT_ENTRIES: usize = 100;

/// What makes a difference to where a thing is.
pub(super) const COMINGS_AND_GOINGS: ThingRoles =
    ThingRoles::of(ThingRole::Child).and(ThingRoles::of(ThingRole::Last));

/// A thing in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The thing; of a class, how much of it is in there in one unit, as far as that is known.
    pub object: TracedObject,
    /// Since when.
    pub since: Timestamp,
    /// The event that put it in.
    pub index: LogIndex,
    /// The events that this rests on, at most [`MAX_CONTENT_ENTRIES`], in their order: of a class those that put some
    /// in or took some out since, of a single object those that tell that it is in there.
    pub entries: Citations,
    /// Whether it is an aggregation or an association.
    pub event_type: EventType,
}

/// A container that a thing is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Containment {
    /// The container, canonical.
    pub parent: Box<str>,
    /// What is in there.
    pub content: Content,
}

/// What a thing holds, and what it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What it holds, in order of the identifiers.
    pub contents: Vec<Content>,
    /// The entry that took out the last that was in there, if it holds nothing since.
    pub emptied: Option<LogIndex>,
    /// What it is in, in order of the identifiers: a single object in one container at most, a class in as many as
    /// there is some of it in, once for each unit that it is counted in.
    pub parents: Vec<Containment>,
    /// Whether all was gone through. If not, what is listed was put in and not taken out, but may have been put
    /// elsewhere or be no more.
    pub is_complete: bool,
}

/// That a thing was in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) container: Box<str>,
    /// When it was put in.
    pub(super) from: Moment,
    /// When it left; none if it is in there still.
    pub(super) until: Option<Moment>,
    /// The kind of event that put it in.
    pub(super) event_type: EventType,
}

impl Stay {
    /// Whether the thing is in there right after the event of a moment.
    pub(super) fn covers(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Events<'_> {
    /// What a thing holds at a time, and what it is in itself. What cannot be gone through within the limits
    /// of an answer makes it incomplete.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the container has too long a history of its own.
    pub fn contents(&self, thing: &str, at: Timestamp) -> Result<Contents, QuestionError> {
        let mut history = History::new(self);
        let mut answer = history.contents(thing, end_of(at))?;
        match history.parents(thing, end_of(at)) {
            Ok(parents) => answer.parents = parents,
            Err(error) if error.is_limit() => answer.is_complete = false,
            Err(error) => return Err(error),
        }
        Ok(answer)
    }

    /// The containers that a thing is in at a time, as [`Contents::parents`].
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the thing or a container has too long a history.
    pub fn parents(&self, thing: &str, at: Timestamp) -> Result<Vec<Containment>, QuestionError> {
        History::new(self).parents(thing, end_of(at))
    }
}

impl History<'_, '_> {
    /// The containers that a thing was in, in order of when it came out or, at last, of their identifiers.
    pub(super) fn stays(&mut self, thing: &str) -> Result<Rc<Vec<Stay>>, QuestionError> {
        if let Some(stays) = self.kept_stays(thing)? {
            return Ok(stays);
        }
        let mentions = self.mentions_as(thing, COMINGS_AND_GOINGS)?;
        let mut stays = Vec::new();
        if mentions.iter().any(|m| m.roles.has(ThingRole::Child)) {
            stays = self.replay(thing, &mentions)?;
        }
        stays.sort_by(|a: &Stay, b: &Stay| {
            let key = |stay: &Stay| (stay.until.is_none(), stay.until);
            (key(a), &a.container).cmp(&(key(b), &b.container))
        });
        let stays = Rc::new(stays);
        self.keep_stays(thing, &stays);
        Ok(stays)
    }

    fn replay(&mut self, thing: &str, mentions: &[Mention]) -> Result<Vec<Stay>, QuestionError> {
        let (mut stays, open) = self.replay_events(thing, mentions)?;
        for (container, inside) in open {
            let left = self.left(&container, &inside, None)?;
            stays.push(inside.stay(container, left));
        }
        Ok(stays)
    }

    /// The containers that a thing has left by these events, and those that it is in after them unless they were
    /// emptied since.
    fn replay_events(
        &mut self,
        thing: &str,
        mentions: &[Mention],
    ) -> Result<(Vec<Stay>, Open), QuestionError> {
        let mut stays = Vec::new();
        let mut open = Open::new();
        for mention in mentions {
            let at = mention.moment();
            if mention.roles.is_end() {
                // What is no more is in nothing either, though nobody took it out.
                for (container, inside) in std::mem::take(&mut open) {
                    let left = self.left(&container, &inside, Some(at))?;
                    stays.push(inside.stay(container, left));
                }
            }
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let event = self.event(mention.index)?;
            let Some(parent) = event.parent.as_ref().filter(|parent| ***parent != *thing) else {
                continue;
            };
            if let Some(inside) = open.remove(parent) {
                match self.emptied(parent, inside.event_type, inside.latest, Some(at))? {
                    Some(left) => stays.push(inside.stay(parent.clone(), Some(left))),
                    None => _ = open.insert(parent.clone(), inside),
                }
            }
            let named = event.objects.iter().filter(|object| *object.id == *thing);
            let Some(named) = Named::of_all(named) else {
                continue;
            };
            if event.action == Some(Action::Delete) {
                let left = open
                    .get_mut(parent)
                    .is_some_and(|inside| inside.take_out(at, &named));
                if left && let Some(inside) = open.remove(parent) {
                    stays.push(inside.stay(parent.clone(), Some(at)));
                }
                continue;
            }
            if !named.is_class {
                let here = open.remove_entry(parent);
                for (container, inside) in std::mem::take(&mut open) {
                    let left = self.left(&container, &inside, Some(at))?;
                    stays.push(inside.stay(container, left));
                }
                open.extend(here);
            }
            match open.get_mut(parent) {
                Some(inside) => inside.put_in(at, &event, named),
                None => _ = open.insert(parent.clone(), Inside::new(at, &event, named)),
            }
        }
        Ok((stays, open))
    }

    /// When something left a container: when that was emptied or used up, or else by another moment if there is one.
    fn left(
        &mut self,
        container: &str,
        inside: &Inside,
        by: Option<Moment>,
    ) -> Result<Option<Moment>, QuestionError> {
        let emptied = self.emptied(container, inside.event_type, inside.latest, by)?;
        Ok(emptied.or(by))
    }

    /// The containers that a thing is in right after a moment, in order of the identifiers; of a class, each once for
    /// each unit that it is counted in.
    pub(super) fn parents(
        &mut self,
        thing: &str,
        at: Moment,
    ) -> Result<Vec<Containment>, QuestionError> {
        let mentions = self.mentions_as(thing, COMINGS_AND_GOINGS)?;
        let until = mentions.partition_point(|mention| mention.moment() <= at);
        let (_, open) = self.replay_events(thing, mentions.get(..until).unwrap_or_default())?;
        let mut parents = Vec::new();
        for (container, inside) in open {
            let left = self.emptied(&container, inside.event_type, inside.latest, None)?;
            if left.is_some_and(|left| left <= at) {
                continue;
            }
            parents.extend(inside.listed(thing).into_iter().map(|content| Containment {
                parent: container.clone(),
                content,
            }));
        }
        Ok(parents)
    }

    /// What a container holds right after a moment, in order of the identifiers; of a class, one for each unit
    /// that it is counted in. A thing whose own history is too long to go through is listed by what the
    /// container's events say, and the answer is not complete.
    pub(super) fn contents(
        &mut self,
        container: &str,
        at: Moment,
    ) -> Result<Contents, QuestionError> {
        let (mut inside, mut emptied) = (BTreeMap::<Box<str>, Inside>::new(), None);
        let parent = ThingRoles::of(ThingRole::Parent);
        let mentions = self.mentions_as(container, parent)?;
        // What it was in may have more to go through than an answer may: its own use-ups are known all the same.
        let (spendings, has_all) = match self.spendings(container) {
            Err(error) if error.is_limit() => (self.own_spendings(container)?, false),
            found => (found?, true),
        };
        let mut spendings = spendings
            .iter()
            .take_while(|spent| **spent <= at)
            .peekable();
        for mention in mentions.iter().take_while(|m| m.moment() <= at) {
            while let Some(spent) = spendings.next_if(|spent| **spent < mention.moment()) {
                if !inside.is_empty() {
                    inside.clear();
                    emptied = Some(spent.1);
                }
            }
            let event = self.event(mention.index)?;
            if mention.roles.is_emptying() {
                let before = inside.len();
                inside.retain(|_, content| content.event_type != event.event_type);
                if inside.len() < before {
                    emptied = Some(mention.index);
                }
                continue;
            }
            for (id, named) in Named::each(&event) {
                if *id == *container {
                    continue;
                }
                match (inside.get_mut(id), event.action) {
                    (Some(content), Some(Action::Delete)) => {
                        if content.take_out(mention.moment(), &named) {
                            inside.remove(id);
                            emptied = Some(mention.index);
                        }
                    }
                    (None, Some(Action::Delete)) => {}
                    (Some(content), _) => content.put_in(mention.moment(), &event, named),
                    (None, _) => {
                        let content = Inside::new(mention.moment(), &event, named);
                        inside.insert(id.into(), content);
                    }
                }
            }
        }
        if let Some(spent) = spendings.next().filter(|_| !inside.is_empty()) {
            inside.clear();
            emptied = Some(spent.1);
        }
        let mut answer = Contents {
            emptied: emptied.filter(|_| inside.is_empty()),
            is_complete: has_all,
            ..Contents::default()
        };
        for (id, mut content) in inside {
            // What was put elsewhere since, or is no more, without being taken out, is not here. A class may
            // be in several containers at once.
            if !content.is_class {
                match self.stays(&id) {
                    Ok(stays) => {
                        let mut here = stays.iter().filter(|stay| stay.covers(at));
                        let Some(stay) = here.find(|stay| *stay.container == *container) else {
                            continue;
                        };
                        if content.from != stay.from {
                            // It was elsewhere in between, and came back.
                            content.from = stay.from;
                            content.entries.retain(|at| *at >= stay.from);
                            if content.entries.is_empty() {
                                content.entries.push(stay.from);
                            }
                        }
                        content.put_in_by = stay.event_type;
                    }
                    Err(error) if error.is_limit() => answer.is_complete = false,
                    Err(error) => return Err(error),
                }
            }
            answer.contents.extend(content.listed(&id));
        }
        Ok(answer)
    }
}

/// What an event says of one thing that it names, once or several times.
pub(super) struct Named {
    is_class: bool,
    amounts: Amounts,
}

/// How much of a class, by unit; none for a single object, and for an amount that nobody stated.
type Amounts = Option<BTreeMap<Unit, Decimal>>;

impl Named {
    fn of(object: &TracedObject) -> Self {
        let amount = object
            .quantity
            .and_then(|quantity| Unit::sum_in(quantity, object.uom.as_deref()));
        Self {
            is_class: object.is_class,
            amounts: amount.map(|amount| BTreeMap::from([amount])),
        }
    }

    pub(super) fn is_class(&self) -> bool {
        self.is_class
    }

    /// What all of an event's objects that are one thing say; none if there is none.
    pub(super) fn of_all<'a>(objects: impl Iterator<Item = &'a TracedObject>) -> Option<Self> {
        objects.map(Self::of).reduce(|mut one, other| {
            one.amounts = sum(one.amounts, other.amounts);
            one.is_class &= other.is_class;
            one
        })
    }

    /// Each thing that an event names, once.
    fn each(event: &TraceEvent) -> BTreeMap<&str, Self> {
        let mut each: BTreeMap<&str, Vec<&TracedObject>> = BTreeMap::new();
        for object in &event.objects {
            each.entry(&object.id).or_default().push(object);
        }
        let named = each.into_iter();
        let named = named.map(|(id, objects)| Some((id, Self::of_all(objects.into_iter())?)));
        named.flatten().collect()
    }
}

/// Both amounts together; none if one of them is not known, or they have too many digits.
fn sum(one: Amounts, other: Amounts) -> Amounts {
    let (mut one, other) = one.zip(other)?;
    for (unit, more) in other {
        let there = one.entry(unit).or_insert(Decimal::ZERO);
        *there = there.checked_add(more)?;
    }
    Some(one)
}

/// The containers that a thing is in.
type Open = BTreeMap<Box<str>, Inside>;

/// That a thing is in a container.
pub(super) struct Inside {
    from: Moment,
    /// The kind of event that put it in.
    put_in_by: EventType,
    /// When it was last said to be in there, by which kind of event.
    latest: Moment,
    event_type: EventType,
    is_class: bool,
    amounts: Amounts,
    /// What it rests on, in order, as far as it is kept: one more than is cited tells that there are more.
    entries: Vec<Moment>,
}

impl Inside {
    pub(super) fn is_class(&self) -> bool {
        self.is_class
    }

    /// The kind of event that said last that it is in there.
    pub(super) fn event_type(&self) -> EventType {
        self.event_type
    }

    pub(super) fn new(at: Moment, event: &TraceEvent, named: Named) -> Self {
        Self {
            from: at,
            put_in_by: event.event_type,
            latest: at,
            event_type: event.event_type,
            is_class: named.is_class,
            amounts: named.amounts,
            entries: vec![at],
        }
    }

    fn cite(&mut self, at: Moment) {
        if self.entries.len() <= MAX_CONTENT_ENTRIES {
            self.entries.push(at);
        }
    }

    /// More is put in, or what is there is seen in there.
    pub(super) fn put_in(&mut self, at: Moment, event: &TraceEvent, named: Named) {
        self.latest = at;
        self.event_type = event.event_type;
        self.is_class = named.is_class;
        let is_more = event.action == Some(Action::Add);
        if is_more {
            self.amounts = sum(self.amounts.take(), named.amounts);
        }
        if is_more || !self.is_class {
            self.cite(at);
        }
    }

    /// Some is taken out; whether nothing is left.
    pub(super) fn take_out(&mut self, at: Moment, taken: &Named) -> bool {
        self.cite(at);
        let (Some(there), Some(taken)) = (&mut self.amounts, &taken.amounts) else {
            return true;
        };
        for (unit, taken) in taken {
            let rest = there.get(unit).and_then(|there| there.checked_sub(*taken));
            match (there.get_mut(unit), rest) {
                (Some(there), Some(rest)) => *there = rest,
                _ => return true,
            }
        }
        there.values().all(|rest| *rest <= Decimal::ZERO)
    }

    fn stay(self, container: Box<str>, until: Option<Moment>) -> Stay {
        Stay {
            container,
            from: self.from,
            until,
            event_type: self.put_in_by,
        }
    }

    /// As it is listed: once for each unit that some of it is counted in.
    fn listed(self, id: &str) -> Vec<Content> {
        let cited = self.entries.iter().take(MAX_CONTENT_ENTRIES);
        let entries = Citations {
            indices: cited.map(|(_, index)| *index).collect(),
            has_more: self.entries.len() > MAX_CONTENT_ENTRIES,
        };
        let content = |quantity: Option<Decimal>, uom: Option<&str>| Content {
            object: TracedObject {
                id: id.into(),
                is_class: self.is_class,
                quantity,
                uom: uom.map(Into::into),
            },
            since: self.from.0,
            index: self.from.1,
            entries: entries.clone(),
            event_type: self.put_in_by,
        };
        let amounts = self.amounts.iter().flatten();
        let some = amounts.filter(|(_, quantity)| **quantity > Decimal::ZERO);
        let mut listed: Vec<Content> = some
            .map(|(unit, quantity)| content(Some(*quantity), unit.code()))
            .collect();
        if listed.is_empty() {
            listed.push(content(None, None));
        }
        listed
    }
}
