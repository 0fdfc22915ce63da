//! Who holds a thing.

use super::parts::ContainedParts;
use super::steps::{Steps, Until};
use crate::contracts::CustodyEnd;
use crate::ledger::questions::containment::MAX_LISTED_CONTAINERS;
use crate::ledger::questions::history::{History, end_of};
use crate::ledger::questions::presence::LastSeen;
use crate::ledger::questions::recall::End;
use crate::ledger::questions::signed::submitted;
use crate::ledger::questions::{Containment, Events, QuestionError};
use crate::types::{Height, LogIndex, MemberId, Timestamp};

/// How deep containers stand in containers, at most.
pub(super) const MAX_CONTAINER_DEPTH: usize = 16;

/// Who holds a thing by its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// Who holds it.
    pub holder: MemberId,
    /// The claim or acceptance that says so.
    pub since: LogIndex,
    /// The time of its block.
    pub time: Timestamp,
    /// The open proposal to hand it over, and to whom.
    pub proposed: Option<(LogIndex, MemberId)>,
}

/// A container that a thing is in, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldContainer {
    /// What is in which container.
    pub containment: Containment,
    /// Who holds it: by its own name among the containers of a single object, which stand in each other; with what it
    /// is in itself among those of a class.
    pub held: Option<Holding>,
    /// Whether that says nothing of who holds the thing: it was packed, or the container was claimed, by somebody
    /// else than the holder of what is in it.
    pub is_disputed: bool,
}

/// Who holds a thing, by itself or with what it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The holder by the thing's own name.
    pub own: Option<Holding>,
    /// Whether who holds it by its own name claimed it, or was handed it over, when another had got it with a container.
    pub is_own_disputed: bool,
    /// The holding that counts. Of a class it is its own: it is held as a whole.
    pub present: Option<Holding>,
    /// Whether it is a class, such as a lot, of which some is in containers.
    pub is_class: bool,
    /// The containers that it is in: of a single object the innermost first, each in the next; of a class those that
    /// there is some of it in, in order of the identifiers, at most [`MAX_LISTED_CONTAINERS`].
    pub containers: Vec<HeldContainer>,
    /// Whether there are more.
    pub has_more_containers: bool,
    /// What a single object goes along with, the innermost first: what its holder put it in, and where holders put that.
    pub goes_along_with: Vec<Box<str>>,
    /// How a single object came to its end by the events, if it is used up or gone. That changes no hands.
    pub ended: Option<End>,
}

impl Events<'_> {
    /// Who holds a thing, at the height or at an earlier time: of a block for what changed hands, of an
    /// event for what was packed. So is the end of the scope, if it has one.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or a container has too long a history.
    pub fn custody(
        &self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<CustodyAnswer, QuestionError> {
        let mut history = History::new(self);
        let mut answer = history.custody(thing, at)?;
        if !answer.is_class && !history.is_class(thing)? {
            let then = end_of(at.unwrap_or(self.last_time()));
            if let LastSeen::Ended(moment) = history.last_seen(thing, then)? {
                answer.ended = Some(End::at(moment));
            }
        }
        Ok(answer)
    }

    /// Whether somebody had claimed a thing by its own name.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn is_claimed(&self, thing: &str) -> Result<bool, QuestionError> {
        Ok(Steps::of(self, thing, Until::default())?.is_some())
    }

    /// Who holds a thing now by its own name, whatever it is in.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn own_holding(&self, thing: &str) -> Result<Option<Holding>, QuestionError> {
        self.holding(thing, Until::default())
    }

    /// Who holds a thing by its own name.
    pub(super) fn holding(
        &self,
        thing: &str,
        until: Until,
    ) -> Result<Option<Holding>, QuestionError> {
        let Some(chain) = Steps::of(self, thing, until)? else {
            return Ok(None);
        };
        let step = chain.get(chain.last)?;
        let decision = match step.from {
            Some(_) => chain.decision(step.index)?,
            None => None,
        };
        let (holder, since, proposed) = match (step.from, decision) {
            (None, _) => (step.to, step.since, None),
            (Some(_), Some(decision)) if decision.end == CustodyEnd::Accepted => {
                (step.to, decision.index, None)
            }
            (Some(from), Some(_)) => (from, step.since, None),
            (Some(from), None) => {
                let is_open = match until.time {
                    // By then it can be accepted no more, whether or not a block has said so.
                    Some(then) => then < self.expiry(step.index)?,
                    None => true,
                };
                let proposed = is_open.then_some((step.index, step.to));
                (from, step.since, proposed)
            }
        };
        let (signed, _) = submitted(self.view, since)?;
        Ok(Some(Holding {
            thing: thing.into(),
            holder,
            since,
            time: signed.time,
            proposed,
        }))
    }
}

impl History<'_, '_> {
    /// As [`Events::custody`].
    pub(in crate::ledger::questions) fn custody(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<CustodyAnswer, QuestionError> {
        let then = end_of(at.unwrap_or(self.events.last_time()));
        let parents = self.parents(thing, then)?;
        if parents.iter().any(|found| found.content.object.is_class) {
            // Anybody may call a single object a class: it is none if it went along with anything.
            let custody = self.replayed_custody(thing, at)?;
            let holder = custody.holder.as_ref();
            let is_by_name = holder.is_none_or(|held| *held.thing == *thing);
            if is_by_name && custody.containers.is_empty() {
                return self.custody_of_class(thing, at, parents);
            }
        }
        self.custody_of_single(thing, at)
    }

    /// Who holds a container now, by its own name or with what it is in.
    pub(in crate::ledger::questions) fn container_holding(
        &mut self,
        container: &str,
    ) -> Result<Option<Holding>, QuestionError> {
        Ok(self.replayed_custody(container, None)?.holder.clone())
    }

    /// Each part of a class is in a container of its own: who holds that holds the part, and nothing else of it.
    fn custody_of_class(
        &mut self,
        class: &str,
        at: Option<Timestamp>,
        parents: Vec<Containment>,
    ) -> Result<CustodyAnswer, QuestionError> {
        let until = Until::time(at);
        let then = end_of(at.unwrap_or(self.events.last_time()));
        let own = self.events.holding(class, until)?;
        let mut containers: Vec<HeldContainer> = Vec::new();
        let parts = ContainedParts::of(self, class, until, then)?;
        let has_more_containers = parents.len() > MAX_LISTED_CONTAINERS;
        for containment in parents.into_iter().take(MAX_LISTED_CONTAINERS) {
            let custody = self.replayed_custody(&containment.parent, at)?;
            let held = custody.holder.clone();
            let of_others = own.as_ref().zip(held.as_ref());
            let is_disputed = match of_others.filter(|(own, held)| own.holder != held.holder) {
                Some(_) => parts.is_of_others(self, &containment)?,
                None => false,
            };
            containers.push(HeldContainer {
                containment,
                held,
                is_disputed,
            });
        }
        Ok(CustodyAnswer {
            height: self.events.height(),
            present: own.clone(),
            own,
            is_own_disputed: false,
            is_class: true,
            containers,
            has_more_containers,
            goes_along_with: Vec::new(),
            ended: None,
        })
    }

    fn custody_of_single(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<CustodyAnswer, QuestionError> {
        let until = Until::time(at);
        let then = end_of(at.unwrap_or(self.events.last_time()));
        let custody = self.replayed_custody(thing, at)?;
        let mut containers: Vec<HeldContainer> = Vec::new();
        let mut inside: Box<str> = thing.into();
        for _ in 0..MAX_CONTAINER_DEPTH {
            let parents = self.parents(&inside, then)?.into_iter();
            let latest = parents.max_by_key(|found| (found.content.since, found.content.index));
            let Some(containment) = latest else {
                break;
            };
            let is_known = *containment.parent == *thing
                || containers
                    .iter()
                    .any(|known| known.containment.parent == containment.parent);
            if is_known {
                break;
            }
            inside = containment.parent.clone();
            containers.push(HeldContainer {
                held: self.events.holding(&inside, until)?,
                containment,
                is_disputed: !custody.containers.contains(&inside),
            });
        }
        let present = custody.holder.clone();
        for container in &mut containers {
            let holder = container.held.as_ref().map(|held| &held.holder);
            let is_other = holder.is_some() && holder != present.as_ref().map(|held| &held.holder);
            container.is_disputed &= is_other;
        }
        Ok(CustodyAnswer {
            height: self.events.height(),
            own: self.events.holding(thing, until)?,
            present,
            is_own_disputed: custody.is_own_disputed,
            is_class: false,
            containers,
            has_more_containers: false,
            goes_along_with: custody.containers.clone(),
            ended: None,
        })
    }
}
