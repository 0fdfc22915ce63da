//! What events do to who goes along with what: they put things into containers, take them out, and are declared wrong.

use super::{Place, Replay};
use crate::contracts::MAX_EVENT_AHEAD_MS;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::custody::story::puts_in;
use crate::ledger::questions::signed::submitted;
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles};
use crate::types::{LogIndex, MemberId, Timestamp};

impl Replay<'_, '_, '_> {
    /// An event tells of an item in some roles.
    pub(super) fn tell(
        &mut self,
        number: usize,
        entry: LogIndex,
        roles: ThingRoles,
    ) -> Result<(), QuestionError> {
        let event = self.history.event(entry)?;
        let at = event.event_time;
        if roles.is_emptying() {
            let inside = self.item(number)?.inside.clone();
            for content in inside {
                let place = self.item(content)?.place.as_ref();
                let is_meant = place.is_some_and(|place| place.event_type == event.event_type);
                if is_meant && self.counts(content, entry, at, true)? {
                    self.leave(content, entry)?;
                    self.emptied.entry(entry).or_default().push(content);
                }
            }
        } else if roles.is_end() && self.counts(number, entry, at, true)? {
            self.leave(number, entry)?;
        }
        let id = self.item(number)?.id.clone();
        let Some(parent) = event
            .parent
            .as_ref()
            .filter(|_| roles.has(ThingRole::Child))
        else {
            return Ok(());
        };
        if puts_in(&event, &id) {
            // Containers beyond the depth that is looked at are not known.
            let Some(container) = self.numbers.get(parent).copied() else {
                return Ok(());
            };
            if container != number && self.counts(number, entry, at, false)? {
                self.enter(number, container, entry, event.event_type)?;
            }
        } else if event.action == Some(Action::Delete) {
            let place = self.item(number)?.place.as_ref();
            let is_there = match place {
                Some(place) => self.item(place.container)?.id == *parent,
                None => false,
            };
            if is_there && self.counts(number, entry, at, true)? {
                self.leave(number, entry)?;
            }
        }
        Ok(())
    }

    /// Whether what an event says of where an item is counts: if it tells of no earlier time than the last that did, and
    /// whoever holds the item captured it; if it takes the item out, also who holds the container. Takes note of the time
    /// if so.
    fn counts(
        &mut self,
        number: usize,
        entry: LogIndex,
        at: Timestamp,
        is_leaving: bool,
    ) -> Result<bool, QuestionError> {
        let item = self.item(number)?;
        if item.moved.is_some_and(|moved| at < moved) {
            return Ok(false);
        }
        let place = item.place.as_ref().filter(|_| is_leaving);
        let container = place.map(|place| place.container);
        // What is told ahead of its time counts if nothing changes hands until then.
        let next = self.times.partition_point(|(changed, _)| *changed <= entry);
        let next = self.times.get(next).map(|(_, time)| time.as_ms());
        if next.is_some_and(|next| at.as_ms() > next.saturating_add(MAX_EVENT_AHEAD_MS)) {
            return Ok(false);
        }
        if let Some(holder) = self.holder(number)? {
            let member = self.member(entry)?;
            let of_container = match container {
                Some(container) => self.item(container)?.holder.as_ref(),
                None => None,
            };
            let is_of_container = of_container.is_some_and(|held| held.change.holder == member);
            if !is_of_container && holder != member {
                return Ok(false);
            }
        }
        self.item_mut(number)?.moved = Some(at);
        Ok(true)
    }

    /// Who captured an event.
    fn member(&mut self, entry: LogIndex) -> Result<MemberId, QuestionError> {
        if let Some(known) = self.members.get(&entry) {
            return Ok(known.clone());
        }
        self.history.count_body()?;
        let member = submitted(self.history.events.view, entry)?.0.member;
        self.members.insert(entry, member.clone());
        Ok(member)
    }

    /// Whether a member has told that an item is where it is, or it is nowhere.
    pub(super) fn is_packed_by(
        &mut self,
        number: usize,
        member: &MemberId,
    ) -> Result<bool, QuestionError> {
        let place = self.item(number)?.place.as_ref();
        let entries = place.map_or_else(Vec::new, |place| place.entries.clone());
        for entry in &entries {
            if self.member(*entry)? == *member {
                return Ok(true);
            }
        }
        Ok(entries.is_empty())
    }

    fn enter(
        &mut self,
        number: usize,
        container: usize,
        entry: LogIndex,
        event_type: EventType,
    ) -> Result<(), QuestionError> {
        let item = self.item_mut(number)?;
        if let Some(place) = item
            .place
            .as_mut()
            .filter(|place| place.container == container)
        {
            place.event_type = event_type;
            place.entries.push(entry);
            return Ok(());
        }
        self.leave(number, entry)?;
        self.item_mut(container)?.inside.insert(number);
        self.item_mut(number)?.place = Some(Place {
            container,
            event_type,
            entries: vec![entry],
        });
        self.stand_alone(number, entry)
    }

    /// What an item was in does not carry it from an entry on.
    pub(super) fn leave(&mut self, number: usize, entry: LogIndex) -> Result<(), QuestionError> {
        if let Some(place) = self.item_mut(number)?.place.take() {
            self.item_mut(place.container)?.inside.remove(&number);
            self.item_mut(number)?.left = Some((entry, place));
        }
        Ok(())
    }

    /// The member that captured an event declares it wrong: that counts if it is still the member's to say where the item
    /// is. What changed hands in between did.
    pub(super) fn unsay(
        &mut self,
        number: usize,
        entry: LogIndex,
        event: LogIndex,
    ) -> Result<(), QuestionError> {
        self.unsay_of(number, entry, event)?;
        for content in self.emptied.remove(&event).unwrap_or_default() {
            self.unsay_of(content, entry, event)?;
        }
        Ok(())
    }

    fn unsay_of(
        &mut self,
        number: usize,
        entry: LogIndex,
        event: LogIndex,
    ) -> Result<(), QuestionError> {
        if let Some(holder) = self.holder(number)?
            && holder != self.member(entry)?
        {
            return Ok(());
        }
        let item = self.item_mut(number)?;
        item.moved = None;
        let before = item.left.take_if(|(by, _)| *by == event);
        let is_in_nothing = item.place.as_mut().is_none_or(|place| {
            place.entries.retain(|known| *known != event);
            place.entries.is_empty()
        });
        if !is_in_nothing {
            return Ok(());
        }
        self.leave(number, entry)?;
        if let Some((_, place)) = before {
            self.item_mut(place.container)?.inside.insert(number);
            self.item_mut(number)?.place = Some(place);
            self.stand_alone(number, entry)?;
        }
        Ok(())
    }
}
