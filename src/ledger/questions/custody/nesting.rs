//! What goes along with what: a thing with a holder changes hands with its container only if whoever held it put it
//! in there.

use super::holding::Holding;
use super::steps::{Steps, Until};
use crate::ledger::questions::history::History;
use crate::ledger::questions::signed::submitted;
use crate::ledger::questions::{Containment, Events, QuestionError};
use crate::records::epcis::Action;
use crate::types::{LogIndex, MemberId};

/// A thing in a container, in another one, and so on.
pub(super) struct Nesting<'a, 'e> {
    events: &'a Events<'e>,
    until: Until,
    /// The thing, and the containers from the innermost on.
    things: Vec<Box<str>>,
    /// For each of them but the last, how it is in the next.
    links: Vec<Link>,
}

/// That a thing is in a container.
#[derive(Clone, Copy)]
struct Link {
    /// The entry that says so: that of who held the thing, if there is one.
    packed: LogIndex,
    /// Whether the thing goes along with the container.
    goes_along: bool,
}

impl<'a, 'e> Nesting<'a, 'e> {
    pub(super) fn new(events: &'a Events<'e>, thing: &str, until: Until) -> Self {
        Self {
            events,
            until,
            things: vec![thing.into()],
            links: Vec::new(),
        }
    }

    /// Puts what there is so far into a container, and gives whether it goes along with that.
    pub(super) fn enter(
        &mut self,
        history: &mut History<'_, '_>,
        containment: &Containment,
    ) -> Result<bool, QuestionError> {
        let mut link = Link {
            packed: containment.content.index,
            goes_along: false,
        };
        if self.links.last().is_none_or(|inner| inner.goes_along)
            && let Some(packed) = self.packed_by_holder(history, containment)?
        {
            link = Link {
                packed,
                goes_along: self.is_claimed_by_holder(&containment.parent, packed)?,
            };
        }
        self.things.push(containment.parent.clone());
        self.links.push(link);
        Ok(link.goes_along)
    }

    /// The first entry by which who held what there is so far put it into a container, if there is one; whoever claims it
    /// later held it when nobody did.
    fn packed_by_holder(
        &self,
        history: &mut History<'_, '_>,
        containment: &Containment,
    ) -> Result<Option<LogIndex>, QuestionError> {
        for packed in &containment.content.entries.indices {
            history.count_body()?;
            let Some(holder) = self.rightful(*packed)? else {
                return Ok(Some(*packed));
            };
            if submitted(self.events.view, *packed)?.0.member == holder {
                return Ok(Some(*packed));
            }
        }
        Ok(None)
    }

    /// Whether somebody else than who held what there is so far put some of it into a container, or that cannot be told
    /// because not all entries are known.
    pub(super) fn is_packed_by_others(
        &self,
        history: &mut History<'_, '_>,
        containment: &Containment,
    ) -> Result<bool, QuestionError> {
        let entries = &containment.content.entries;
        if entries.has_more {
            return Ok(true);
        }
        for packed in &entries.indices {
            if history.event(*packed)?.action == Some(Action::Delete) {
                continue;
            }
            history.count_body()?;
            let Some(holder) = self.rightful(*packed)? else {
                continue;
            };
            if submitted(self.events.view, *packed)?.0.member != holder {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a container was not claimed, with what there is so far in it, by somebody else than who held that.
    fn is_claimed_by_holder(
        &self,
        container: &str,
        packed: LogIndex,
    ) -> Result<bool, QuestionError> {
        let Some((claimed, claimer)) = self.first_claim(container)? else {
            return Ok(true);
        };
        if claimed < packed {
            return Ok(true);
        }
        let holder = self.rightful(claimed)?;
        Ok(holder.is_none_or(|holder| holder == claimer))
    }

    /// Who may say at an entry what becomes of what there is so far: the holder of the outermost that somebody held, or
    /// else whoever claimed first afterwards. What was put in later is not asked for: it was put in as it stood.
    fn rightful(&self, at: LogIndex) -> Result<Option<MemberId>, QuestionError> {
        let before = Until {
            before: Some(at),
            ..self.until
        };
        let later = self.links.iter().rposition(|link| link.packed > at);
        let first = later.map_or(0, |link| link + 1);
        let there = self.things.get(first..).unwrap_or_default();
        for thing in there.iter().rev() {
            if let Some(held) = self.events.holding(thing, before)? {
                return Ok(Some(held.holder));
            }
        }
        let mut earliest: Option<(LogIndex, MemberId)> = None;
        for thing in there {
            let claim = self.first_claim(thing)?;
            earliest = match (earliest, claim) {
                (Some(known), Some(claim)) if known.0 <= claim.0 => Some(known),
                (known, claim) => claim.or(known),
            };
        }
        Ok(earliest.map(|(_, claimer)| claimer))
    }

    /// The first claim of a thing, and whose it is.
    fn first_claim(&self, thing: &str) -> Result<Option<(LogIndex, MemberId)>, QuestionError> {
        let Some(steps) = Steps::of(self.events, thing, self.until)? else {
            return Ok(None);
        };
        let first = steps.get(1)?;
        Ok(Some((first.index, first.to)))
    }

    /// Who holds the thing by its own name, unless it is a claim of what a removed member held by that name and had handed
    /// over with a container before.
    fn own_holding(&self, thing: &str, until: Until) -> Result<Option<Holding>, QuestionError> {
        let Some(own) = self
            .events
            .holding(thing, until)?
            .filter(|own| own.is_claim)
        else {
            return self.events.holding(thing, until);
        };
        let first = self.first_claim(thing)?.map(|(index, _)| index);
        if first == Some(own.since) {
            return Ok(Some(own));
        }
        let before = Until {
            before: Some(own.since),
            ..until
        };
        let is_of_another = self
            .holder(before)?
            .is_some_and(|held| *held.thing != *thing && held.holder != own.holder);
        Ok((!is_of_another).then_some(own))
    }

    /// Who holds the thing. It is handed over with a container that was handed over when it was in there; a claim of a
    /// container takes it from nobody.
    pub(super) fn holder(&self, until: Until) -> Result<Option<Holding>, QuestionError> {
        let mut things = self.things.iter();
        let mut present = match things.next() {
            Some(thing) => self.own_holding(thing, until)?,
            None => None,
        };
        let mut packed = LogIndex(0);
        for (container, link) in things.zip(&self.links) {
            if !link.goes_along {
                break;
            }
            packed = packed.max(link.packed);
            let Some(held) = self.events.holding(container, until)? else {
                continue;
            };
            let counts = present.as_ref().is_none_or(|present| {
                let takes_nothing = !held.is_claim || held.holder == present.holder;
                held.since > present.since && held.since > packed && takes_nothing
            });
            if counts {
                present = Some(held);
            }
        }
        Ok(present)
    }
}
