//! Whose is a part of a class that is in a container.

use super::nesting::first_claim;
use super::steps::Until;
use crate::ledger::questions::containment::COMINGS_AND_GOINGS;
use crate::ledger::questions::history::{History, Moment};
use crate::ledger::questions::signed::submitted;
use crate::ledger::questions::{Containment, QuestionError};
use crate::records::epcis::{Action, ThingRole};
use crate::types::{LogIndex, MemberId};

/// Some of a class in a container.
pub(super) struct ContainedPart<'a> {
    class: &'a str,
    container: &'a str,
    /// Since there is some.
    since: Moment,
    until: Until,
}

impl<'a> ContainedPart<'a> {
    pub(super) fn new(class: &'a str, containment: &'a Containment, until: Until) -> Self {
        Self {
            class,
            container: &containment.parent,
            since: (containment.content.since, containment.content.index),
            until,
        }
    }

    /// Whether somebody else than the holder of the class put some of it there until a moment, or claimed the container
    /// with it.
    pub(super) fn is_of_others(
        &self,
        history: &mut History<'_, '_>,
        then: Moment,
    ) -> Result<bool, QuestionError> {
        let events = history.events;
        let mentions = history.mentions_as(self.class, COMINGS_AND_GOINGS)?;
        let first = mentions.partition_point(|mention| mention.moment() < self.since);
        let mut packed = LogIndex(u64::MAX);
        for mention in mentions.iter().skip(first) {
            if mention.moment() > then {
                break;
            }
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let event = history.event(mention.index)?;
            let is_here = event.parent.as_deref() == Some(self.container);
            if !is_here || event.action == Some(Action::Delete) {
                continue;
            }
            packed = packed.min(mention.index);
            let Some(holder) = self.rightful(history, mention.index)? else {
                continue;
            };
            history.count_body()?;
            if submitted(events.view, mention.index)?.0.member != holder {
                return Ok(true);
            }
        }
        let claim = first_claim(events, self.container, self.until)?;
        let Some((claimed, claimer)) = claim.filter(|(claimed, _)| *claimed > packed) else {
            return Ok(false);
        };
        let holder = self.rightful(history, claimed)?;
        Ok(holder.is_some_and(|holder| holder != claimer))
    }

    /// Who may say at an entry what becomes of the class: who holds it by its own name, or else whoever claimed it first
    /// afterwards.
    fn rightful(
        &self,
        history: &History<'_, '_>,
        at: LogIndex,
    ) -> Result<Option<MemberId>, QuestionError> {
        let before = Until {
            before: Some(at),
            ..self.until
        };
        if let Some(held) = history.events.holding(self.class, before)? {
            return Ok(Some(held.holder));
        }
        let claim = first_claim(history.events, self.class, self.until)?;
        Ok(claim.map(|(_, claimer)| claimer))
    }
}
