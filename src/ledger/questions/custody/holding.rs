//! Who holds a thing.

use super::steps::Steps;
use crate::contracts::CustodyEnd;
use crate::ledger::questions::history::{History, end_of};
use crate::ledger::questions::{Containment, Events, QuestionError};
use crate::types::{Decode, Entry, Height, LogIndex, MemberId, ReadError, Timestamp};

/// How deep containers stand in containers, at most.
const MAX_CONTAINER_DEPTH: usize = 16;

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

/// Who holds a thing, by itself or with what it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The holder by the thing's own name.
    pub own: Option<Holding>,
    /// The containers that it is in, the innermost first, with their holders.
    pub containers: Vec<(Containment, Option<Holding>)>,
}

impl CustodyAnswer {
    /// The holding that counts: the last to change of those of the thing and its containers.
    pub fn present(&self) -> Option<&Holding> {
        let of_containers = self.containers.iter().filter_map(|(_, held)| held.as_ref());
        latest(self.own.iter().chain(of_containers))
    }
}

/// The holding that changed last; among those of one entry, the first.
fn latest<'a>(holdings: impl Iterator<Item = &'a Holding>) -> Option<&'a Holding> {
    holdings.reduce(|best, other| {
        if other.since > best.since {
            other
        } else {
            best
        }
    })
}

impl Events<'_> {
    /// Who holds a thing, at the height or at an earlier time: of a block for what changed hands, of an
    /// event for what was packed.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or a container has too long a history.
    pub fn custody(
        &self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<CustodyAnswer, QuestionError> {
        let mut containers: Vec<(Containment, Option<Holding>)> = Vec::new();
        let mut inside: Box<str> = thing.into();
        let mut history = History::new(self);
        let then = end_of(at.unwrap_or(self.last_time()));
        for _ in 0..MAX_CONTAINER_DEPTH {
            let Some(found) = history.parent(&inside, then)? else {
                break;
            };
            let is_known = *found.parent == *thing
                || containers
                    .iter()
                    .any(|(known, _)| known.parent == found.parent);
            if is_known {
                break;
            }
            inside = found.parent.clone();
            let held = self.holding(&inside, at)?;
            containers.push((found, held));
        }
        Ok(CustodyAnswer {
            height: self.height(),
            own: self.holding(thing, at)?,
            containers,
        })
    }

    /// Whether somebody had claimed a thing by its own name.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn is_claimed(&self, thing: &str) -> Result<bool, QuestionError> {
        Ok(Steps::of(self, thing, None)?.is_some())
    }

    /// Who holds a thing now that is in these containers: as [`Events::custody`] says, for whoever has
    /// looked for the containers already.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn present_holding(
        &self,
        thing: &str,
        containers: &[Box<str>],
    ) -> Result<Option<Holding>, QuestionError> {
        let mut held = Vec::new();
        for name in std::iter::once(thing).chain(containers.iter().map(AsRef::as_ref)) {
            held.extend(self.holding(name, None)?);
        }
        Ok(latest(held.iter()).cloned())
    }

    /// Who holds a thing by its own name.
    fn holding(
        &self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<Option<Holding>, QuestionError> {
        let Some(chain) = Steps::of(self, thing, at)? else {
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
            (Some(from), None) => (from, step.since, Some((step.index, step.to))),
        };
        let missing = || ReadError::new(format!("entry {since} is missing"));
        let entry = self.view.entry(since)?.ok_or_else(missing)?;
        let time = Entry::from_bytes(&entry)?.time;
        Ok(Some(Holding {
            thing: thing.into(),
            holder,
            since,
            time,
            proposed,
        }))
    }
}
