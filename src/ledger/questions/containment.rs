//! What is in what: aggregations and associations, replayed from events.
//!
//! ADD puts the named children in, OBSERVE shows that they are in, DELETE takes them out, and DELETE
//! without children takes out everything that events of its kind put in (EPCIS 2.0, aggregation and
//! association events). A single object is where it was put last, and nowhere once it is decommissioned or
//! used up; what is in a container that is used up is used up with it ([`super::spending`]); a class is in a
//! container until as much was taken out of it as was put in, and an amount that is not stated, or in a unit in
//! which none was, takes all of it out. Taking out what is not in there changes nothing, and nothing is in itself.
//! Events of one instant count in the order of the log.
//!
//! There is one account of this, [`Inside`]; it is kept by the thing ([`History::stays`]) and by
//! the container ([`History::contents`]).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::events::{Events, Mention};
use super::history::{History, Moment, end_of};
use super::inside::{Inside, Named, Part};
use super::mass_balance::Citations;
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles, TracedObject};
use crate::types::{LogIndex, Timestamp};

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
    /// What it holds, in order of the identifiers. A class is there once for each unit that it is counted in, and once
    /// for what nobody stated the amount of; for what aggregations put in and what associations did each by itself.
    pub contents: Vec<Content>,
    /// The entry that took out the last that was in there, if it holds nothing since.
    pub emptied: Option<LogIndex>,
    /// What it is in, in order of the identifiers: a single object in one container at most, a class in as many as
    /// there is some of it in, as often as they list it.
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
            stays.extend(self.ended(&container, inside, None)?);
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
                    stays.extend(self.ended(&container, inside, Some(at))?);
                }
            }
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let event = self.event(mention.index)?;
            let Some(parent) = event.parent.as_ref().filter(|parent| ***parent != *thing) else {
                continue;
            };
            if let Some(mut inside) = open.remove(parent) {
                for (part, left) in self.emptied_of(parent, &mut inside, Some(at))? {
                    stays.push(part.stay(parent.clone(), Some(left)));
                }
                if !inside.is_empty() {
                    open.insert(parent.clone(), inside);
                }
            }
            let named = event.objects.iter().filter(|object| *object.id == *thing);
            let Some(named) = Named::of_all(named) else {
                continue;
            };
            if event.action == Some(Action::Delete) {
                let Some(inside) = open.get_mut(parent) else {
                    continue;
                };
                let ended = inside.take_out(at, event.event_type, &named).into_iter();
                stays.extend(ended.map(|part| part.stay(parent.clone(), Some(at))));
                if inside.is_empty() {
                    open.remove(parent);
                }
                continue;
            }
            if !named.is_class() {
                let here = open.remove_entry(parent);
                for (container, inside) in std::mem::take(&mut open) {
                    stays.extend(self.ended(&container, inside, Some(at))?);
                }
                open.extend(here);
            }
            let inside = open.entry(parent.clone()).or_default();
            inside.put_in(at, &event, named);
        }
        Ok((stays, open))
    }

    /// Takes out of a container, before another moment if there is one, what is no more in there since it was emptied or
    /// used up. Gives each part with when that was.
    fn emptied_of(
        &mut self,
        container: &str,
        inside: &mut Inside,
        until: Option<Moment>,
    ) -> Result<Vec<(Part, Moment)>, QuestionError> {
        let kinds: Vec<_> = inside
            .parts()
            .map(|(kind, part)| (kind, part.latest))
            .collect();
        let mut ended = Vec::new();
        for (kind, latest) in kinds {
            if let Some(left) = self.emptied(container, kind, latest, until)? {
                ended.extend(inside.empty(kind).map(|part| (part, left)));
            }
        }
        Ok(ended)
    }

    /// That something was in a container: until that was emptied or used up, or else until another moment if there is one.
    fn ended(
        &mut self,
        container: &str,
        mut inside: Inside,
        by: Option<Moment>,
    ) -> Result<Vec<Stay>, QuestionError> {
        let emptied = self.emptied_of(container, &mut inside, by)?.into_iter();
        let emptied = emptied.map(|(part, left)| part.stay(container.into(), Some(left)));
        let rest = inside.into_parts();
        let rest = rest.map(|(_, part)| part.stay(container.into(), by));
        Ok(emptied.chain(rest).collect())
    }

    /// The containers that a thing is in right after a moment, in order of the identifiers; of a class, each as often as
    /// [`Contents::contents`] has it.
    pub(super) fn parents(
        &mut self,
        thing: &str,
        at: Moment,
    ) -> Result<Vec<Containment>, QuestionError> {
        let mentions = self.mentions_as(thing, COMINGS_AND_GOINGS)?;
        let until = mentions.partition_point(|mention| mention.moment() <= at);
        let (_, open) = self.replay_events(thing, mentions.get(..until).unwrap_or_default())?;
        let mut parents = Vec::new();
        let behind = (at.0, at.1.plus(1));
        for (container, mut inside) in open {
            self.emptied_of(&container, &mut inside, Some(behind))?;
            let listed = inside.into_parts().flat_map(|(_, part)| part.listed(thing));
            parents.extend(listed.map(|content| Containment {
                parent: container.clone(),
                content,
            }));
        }
        Ok(parents)
    }

    /// What a container holds right after a moment, as [`Contents::contents`] has it. A thing whose own history is too
    /// long to go through is listed by what the container's events say, and the answer is not complete.
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
                inside.retain(|_, content| {
                    content.empty(event.event_type);
                    !content.is_empty()
                });
                if inside.len() < before {
                    emptied = Some(mention.index);
                }
                // What left was counted when it came.
                self.count(inside.len())?;
                continue;
            }
            for (id, named) in Named::each(&event) {
                if *id == *container {
                    continue;
                }
                if event.action != Some(Action::Delete) {
                    let content = inside.entry(id.into()).or_default();
                    content.put_in(mention.moment(), &event, named);
                } else if let Some(content) = inside.get_mut(id) {
                    content.take_out(mention.moment(), event.event_type, &named);
                    if content.is_empty() {
                        inside.remove(id);
                        emptied = Some(mention.index);
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
        for (id, content) in inside {
            for (_, mut part) in content.into_parts() {
                // What was put elsewhere since, or is no more, without being taken out, is not here. A class may
                // be in several containers at once.
                if !part.is_class {
                    match self.stays(&id) {
                        Ok(stays) => {
                            let mut here = stays.iter().filter(|stay| stay.covers(at));
                            let Some(stay) = here.find(|stay| *stay.container == *container) else {
                                continue;
                            };
                            part.restrict(stay);
                        }
                        Err(error) if error.is_limit() => answer.is_complete = false,
                        Err(error) => return Err(error),
                    }
                }
                answer.contents.extend(part.listed(&id));
            }
        }
        Ok(answer)
    }
}

/// The containers that a thing is in.
type Open = BTreeMap<Box<str>, Inside>;
