//! Who holds a thing, replayed in the order of the log: claims and acceptances, and what goes along with what.
//!
//! A thing with a holder changes hands with its container only if that holder put it in there, and stays with who got it
//! so when it is taken out. So an event that says that a thing goes into a container or leaves it counts, for custody, if
//! whoever holds the thing at that entry captured it, and if it does not tell of an earlier time than the last that
//! counted. The containers that a thing was ever put in are replayed with it, and those that these were in.

mod awaited;
mod events;
mod tellings;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::awaited::Awaited;
use self::tellings::Tellings;
use super::holding::{Holding, MAX_CONTAINER_DEPTH};
use super::steps::Until;
use super::story::{Change, ChangeKind, PutIn, Step, Story};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::history::History;
use crate::ledger::questions::members::last_revision;
use crate::types::{Height, LogIndex, MemberId, Timestamp};

/// Who holds a thing after all that was replayed.
#[derive(Clone, Debug)]
pub(in crate::ledger::questions) struct ReplayedCustody {
    /// Who holds it: if it never changed hands and nobody claimed it, who holds the innermost of what it goes along with.
    pub(super) holder: Option<Holding>,
    /// What it goes along with, the innermost first.
    pub(in crate::ledger::questions) containers: Vec<Box<str>>,
    /// Whether who holds it by its own name got it so when somebody else had it with a container.
    pub(super) is_own_disputed: bool,
}

/// A holder, and the thing that changed hands.
#[derive(Clone, Debug)]
struct Held {
    thing: usize,
    change: Change,
}

/// A thing or a container, as far as the log is replayed.
#[derive(Debug)]
struct Item {
    id: Box<str>,
    holder: Option<Held>,
    /// What was told of where it is.
    told: Tellings,
    /// What goes along with it.
    inside: BTreeSet<usize>,
    /// What was ever told to be in it.
    known_inside: BTreeSet<usize>,
    /// What will be told to be in it.
    awaited: Awaited,
    /// Whether the last change of hands by its own name did not count.
    is_own_disputed: bool,
}

/// A replay.
struct Replay<'h, 'a, 'e> {
    history: &'h mut History<'a, 'e>,
    items: Vec<Item>,
    numbers: BTreeMap<Box<str>, usize>,
    /// When things changed hands.
    times: Vec<(LogIndex, Timestamp)>,
    /// Of what events say that it is out of containers that they emptied.
    emptied: BTreeMap<LogIndex, Vec<usize>>,
    /// Who captured events.
    members: BTreeMap<LogIndex, MemberId>,
}

impl History<'_, '_> {
    /// Who holds a thing, by events until a time and blocks until then, and what it goes along with.
    pub(super) fn replayed_custody(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<Rc<ReplayedCustody>, QuestionError> {
        if let Some(known) = self.kept_custody(thing, at)? {
            return Ok(known);
        }
        let story = Story::of(self, thing, at)?;
        let times = story.times();
        let mut replay = Replay::new(self, story.things, &story.put_in, times);
        for (entry, steps) in story.steps {
            replay.take(entry, steps)?;
        }
        let custody = Rc::new(replay.result(at)?);
        self.keep_custody(thing, at, &custody);
        Ok(custody)
    }
}

impl<'h, 'a, 'e> Replay<'h, 'a, 'e> {
    fn new(
        history: &'h mut History<'a, 'e>,
        things: Vec<Box<str>>,
        put_in: &PutIn,
        times: Vec<(LogIndex, Timestamp)>,
    ) -> Self {
        let numbered = things.iter().cloned().enumerate();
        let numbers = numbered.map(|(number, id)| (id, number)).collect();
        let items = things.into_iter().map(|id| Item {
            awaited: Awaited::of(put_in.get(&id).map_or(&[], Vec::as_slice)),
            id,
            holder: None,
            told: Tellings::default(),
            inside: BTreeSet::new(),
            known_inside: BTreeSet::new(),
            is_own_disputed: false,
        });
        Self {
            history,
            items: items.collect(),
            numbers,
            times,
            emptied: BTreeMap::new(),
            members: BTreeMap::new(),
        }
    }

    fn item(&self, number: usize) -> Result<&Item, QuestionError> {
        self.items.get(number).ok_or_else(|| unknown(number))
    }

    fn item_mut(&mut self, number: usize) -> Result<&mut Item, QuestionError> {
        self.items.get_mut(number).ok_or_else(|| unknown(number))
    }

    /// Takes the next entry.
    fn take(&mut self, entry: LogIndex, steps: Vec<(usize, Step)>) -> Result<(), QuestionError> {
        for (number, step) in steps {
            match step {
                Step::Changed(change) => self.change(number, &change)?,
                Step::Unsaid(event) => self.unsay(number, entry, event)?,
                Step::Told(roles) => self.tell(number, entry, roles)?,
            }
        }
        Ok(())
    }

    /// A thing changes hands, with all that goes along with it.
    fn hand_over(&mut self, number: usize, change: &Change) -> Result<(), QuestionError> {
        for content in self.with_contents(number)? {
            let item = self.item_mut(content)?;
            // What is named itself has changed hands by its own name.
            let is_named = item
                .holder
                .as_ref()
                .is_some_and(|held| held.thing == content && held.change.index == change.index);
            if content == number || !is_named {
                item.holder = Some(Held {
                    thing: number,
                    change: change.clone(),
                });
            }
        }
        Ok(())
    }

    /// A thing changes hands by its own name, if it is of who hands it over: not if somebody else got it with a container. A
    /// claim takes it from nobody but a removed member who held it by its name.
    fn change(&mut self, number: usize, change: &Change) -> Result<(), QuestionError> {
        let held = self.item(number)?.holder.as_ref();
        let with_container = held.filter(|held| held.thing != number);
        let holder = with_container.map(|held| &held.change.holder);
        let of_others = holder.filter(|holder| **holder != change.holder);
        let counts = match (of_others, &change.kind) {
            (None, _) => true,
            (Some(holder), ChangeKind::HandedOver { from }) if holder == from => true,
            // What a removed member got is of whoever has it now.
            (Some(holder), _) => self.is_removed(holder, change.height)?,
        };
        self.item_mut(number)?.is_own_disputed = !counts;
        match &change.kind {
            _ if !counts => Ok(()),
            ChangeKind::HandedOver { .. } => self.hand_over(number, change),
            ChangeKind::Claimed | ChangeKind::ClaimedAgain => self.claim(number, change),
        }
    }

    fn is_removed(&self, member: &MemberId, height: Height) -> Result<bool, QuestionError> {
        let revision = last_revision(self.history.events.view, member, height)?;
        Ok(revision.is_some_and(|revision| !revision.member.is_member_at(height)))
    }

    /// Somebody claims a thing. What others hold does not go along with it from then on.
    fn claim(&mut self, number: usize, change: &Change) -> Result<(), QuestionError> {
        let is_first = change.kind == ChangeKind::Claimed;
        if is_first && !self.is_packed_by(number, &change.holder)? {
            self.end(number)?;
        }
        let mut next = vec![number];
        let mut passed = BTreeSet::from([number]);
        while let Some(container) = next.pop() {
            for content in self.item(container)?.inside.clone() {
                self.history.count(1)?;
                let held = self.item(content)?.holder.as_ref();
                let was_got_with_it = held.is_some_and(|held| held.thing == number);
                let holder = self.holder(content)?;
                if was_got_with_it {
                    if passed.insert(content) {
                        next.push(content);
                    }
                } else if holder.is_some_and(|holder| holder != change.holder) {
                    self.end(content)?;
                }
            }
        }
        let new = Held {
            thing: number,
            change: change.clone(),
        };
        for content in self.with_contents(number)? {
            let item = self.item_mut(content)?;
            // What was got with it before goes on with it.
            let follows = item
                .holder
                .as_ref()
                .is_some_and(|held| held.thing == number);
            if content == number || follows {
                item.holder = Some(new.clone());
            }
        }
        self.stand_alone(number)
    }

    /// Where others say that a container is that nobody holds is nothing to what somebody holds in it, if that is on the way
    /// of the thing that is asked about: from an item on, which is put somewhere or claimed.
    fn stand_alone(&mut self, number: usize) -> Result<(), QuestionError> {
        let path = self.path()?;
        let beyond = path.iter().skip_while(|item| **item != number).skip(1);
        for container in beyond.copied() {
            if self.item(container)?.holder.is_some() {
                continue;
            }
            if let Some(holder) = self.holder(container)?
                && !self.is_packed_by(container, &holder)?
            {
                return self.end(container);
            }
        }
        Ok(())
    }

    /// Who holds an item; if nobody does, and the thing that is asked about goes along with it, who holds the outermost that
    /// somebody holds of what is in it on the way.
    fn holder(&self, number: usize) -> Result<Option<MemberId>, QuestionError> {
        let of = |held: &Held| held.change.holder.clone();
        if let Some(held) = &self.item(number)?.holder {
            return Ok(Some(of(held)));
        }
        let path = self.path()?;
        let depth = path.iter().position(|item| *item == number);
        for inner in path.into_iter().take(depth.unwrap_or_default()).rev() {
            if let Some(held) = &self.item(inner)?.holder {
                return Ok(Some(of(held)));
            }
        }
        Ok(None)
    }

    /// The thing that is asked about, and what it goes along with, the innermost first.
    fn path(&self) -> Result<Vec<usize>, QuestionError> {
        let mut path = vec![0];
        let mut next = self.item(0)?.told.container();
        // Things may have been put into each other.
        while let Some(container) = next
            && path.len() <= MAX_CONTAINER_DEPTH
            && !path.contains(&container)
        {
            path.push(container);
            next = self.item(container)?.told.container();
        }
        Ok(path)
    }

    /// An item and all that goes along with it.
    fn with_contents(&mut self, number: usize) -> Result<BTreeSet<usize>, QuestionError> {
        let mut found = BTreeSet::from([number]);
        let mut next = vec![number];
        while let Some(number) = next.pop() {
            self.history.count(1)?;
            for content in &self.item(number)?.inside {
                if found.insert(*content) {
                    next.push(*content);
                }
            }
        }
        Ok(found)
    }

    /// How the thing itself, the first item, stands.
    fn result(&self, at: Option<Timestamp>) -> Result<ReplayedCustody, QuestionError> {
        let path = self.path()?;
        let mut holder = None;
        for number in &path {
            holder = holder.or(self.item(*number)?.holder.as_ref());
        }
        let mut containers = Vec::new();
        for number in path.into_iter().skip(1) {
            containers.push(self.item(number)?.id.clone());
        }
        let holder = match holder {
            Some(held) => Some(self.holding(held, at)?),
            None => None,
        };
        Ok(ReplayedCustody {
            holder,
            containers,
            is_own_disputed: self.item(0)?.is_own_disputed,
        })
    }

    fn holding(
        &self,
        Held { thing, change }: &Held,
        at: Option<Timestamp>,
    ) -> Result<Holding, QuestionError> {
        let thing = &self.item(*thing)?.id;
        let standing = self.history.events.holding(thing, Until::time(at))?;
        // It may have gone on without what was in it.
        let proposed = standing.filter(|standing| standing.since == change.index);
        Ok(Holding {
            thing: thing.clone(),
            holder: change.holder.clone(),
            since: change.index,
            time: change.time,
            proposed: proposed.and_then(|standing| standing.proposed),
        })
    }
}

fn unknown(number: usize) -> QuestionError {
    crate::types::ReadError::new(format!("item {number} of a replay is missing")).into()
}
