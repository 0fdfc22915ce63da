//! Whose are the parts of a class that are in containers.

use std::collections::BTreeMap;

use super::steps::{Steps, Until};
use crate::ledger::questions::containment::COMINGS_AND_GOINGS;
use crate::ledger::questions::history::{History, Moment};
use crate::ledger::questions::signed::submitted;
use crate::ledger::questions::{Containment, Events, QuestionError};
use crate::records::epcis::{Action, ThingRole};
use crate::types::{LogIndex, MemberId};

/// The events that put some of a class into containers, by container.
pub(super) struct ContainedParts<'a> {
    class: &'a str,
    until: Until,
    packed: BTreeMap<Box<str>, Vec<Moment>>,
}

impl<'a> ContainedParts<'a> {
    /// What is told until a moment.
    pub(super) fn of(
        history: &mut History<'_, '_>,
        class: &'a str,
        until: Until,
        then: Moment,
    ) -> Result<Self, QuestionError> {
        let mut packed: BTreeMap<Box<str>, Vec<Moment>> = BTreeMap::new();
        for mention in history.mentions_as(class, COMINGS_AND_GOINGS)?.iter() {
            if mention.moment() > then || !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let event = history.event(mention.index)?;
            if event.action == Some(Action::Delete) {
                continue;
            }
            if let Some(parent) = &event.parent {
                let of_container = packed.entry(parent.clone()).or_default();
                of_container.push(mention.moment());
            }
        }
        Ok(Self {
            class,
            until,
            packed,
        })
    }

    /// Whether somebody else than the holder of the class put some of a part there, or claimed the container with it.
    pub(super) fn is_of_others(
        &self,
        history: &mut History<'_, '_>,
        part: &Containment,
    ) -> Result<bool, QuestionError> {
        let events = history.events;
        let since = (part.content.since, part.content.index);
        let packed = self.packed.get(&part.parent).into_iter().flatten();
        let packed = packed.filter(|moment| **moment >= since);
        let mut first = LogIndex(u64::MAX);
        for (_, entry) in packed {
            first = first.min(*entry);
            let Some(holder) = self.rightful(events, *entry)? else {
                continue;
            };
            history.count_body()?;
            if submitted(events.view, *entry)?.0.member != holder {
                return Ok(true);
            }
        }
        let claim = first_claim(events, &part.parent, self.until)?;
        let Some((claimed, claimer)) = claim.filter(|(claimed, _)| *claimed > first) else {
            return Ok(false);
        };
        let holder = self.rightful(events, claimed)?;
        Ok(holder.is_some_and(|holder| holder != claimer))
    }

    /// Who may say at an entry what becomes of the class: who holds it by its own name, or else whoever claimed it first
    /// afterwards.
    fn rightful(
        &self,
        events: &Events<'_>,
        at: LogIndex,
    ) -> Result<Option<MemberId>, QuestionError> {
        let before = Until {
            before: Some(at),
            ..self.until
        };
        if let Some(held) = events.holding(self.class, before)? {
            return Ok(Some(held.holder));
        }
        let claim = first_claim(events, self.class, self.until)?;
        Ok(claim.map(|(_, claimer)| claimer))
    }
}

/// The first claim of a thing, and whose it is.
fn first_claim(
    events: &Events<'_>,
    thing: &str,
    until: Until,
) -> Result<Option<(LogIndex, MemberId)>, QuestionError> {
    let Some(steps) = Steps::of(events, thing, until)? else {
        return Ok(None);
    };
    let first = steps.get(1)?;
    Ok(Some((first.index, first.to)))
}
