//! What events do to who goes along with what: they put things into containers, take them out, and are declared wrong.

use super::Replay;
use super::tellings::Told;
use crate::contracts::MAX_EVENT_AHEAD_MS;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::custody::story::puts_in;
use crate::ledger::questions::signed::submitted;
use crate::records::epcis::{Action, ThingRole, ThingRoles};
use crate::types::{LogIndex, MemberId, Timestamp};

/// Tellings of one item that count like one event when they are gone through again.
const COUNTED_TELLINGS: usize = 64;

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
            let told = Told::OutOf(number, Some(event.event_type));
            let container = self.item(number)?;
            let mut contents = container.known_inside.clone();
            contents.extend(container.awaited.before(entry, at));
            let awaited = container.awaited.count();
            self.count_tellings(awaited)?;
            self.history.count(contents.len())?;
            for content in contents {
                if self.counts(content, entry, at, Some(number))? {
                    self.put_down(content, entry, at, told)?;
                    self.emptied.entry(entry).or_default().push(content);
                }
            }
        } else if roles.is_end() {
            let container = self.item(number)?.told.container();
            if self.counts(number, entry, at, container)? {
                self.put_down(number, entry, at, Told::OutOfAll)?;
            }
        }
        let id = self.item(number)?.id.clone();
        let Some(parent) = event
            .parent
            .as_ref()
            .filter(|_| roles.has(ThingRole::Child))
        else {
            return Ok(());
        };
        // Containers beyond the depth that is looked at are not known.
        let container = self.numbers.get(parent).copied();
        let Some(container) = container.filter(|container| *container != number) else {
            return Ok(());
        };
        if puts_in(&event, &id) {
            if self.counts(number, entry, at, None)? {
                let told = Told::In {
                    container,
                    event_type: event.event_type,
                    is_put: event.action == Some(Action::Add),
                };
                self.item_mut(container)?.known_inside.insert(number);
                self.put_down(number, entry, at, told)?;
            }
        } else if event.action == Some(Action::Delete)
            && self.counts(number, entry, at, Some(container))?
        {
            self.put_down(number, entry, at, Told::OutOf(container, None))?;
        }
        Ok(())
    }

    /// Whether what an event says of where an item is counts: if it tells of no earlier time than the last that did, and
    /// whoever holds the item captured it; if it takes the item out of a container, also who holds that.
    fn counts(
        &mut self,
        number: usize,
        entry: LogIndex,
        at: Timestamp,
        leaves: Option<usize>,
    ) -> Result<bool, QuestionError> {
        let moved = self.item(number)?.told.moved();
        if moved.is_some_and(|moved| at < moved) {
            return Ok(false);
        }
        // What is told ahead of its time counts if nothing changes hands until then.
        let next = self.times.partition_point(|(changed, _)| *changed <= entry);
        let next = self.times.get(next).map(|(_, time)| time.as_ms());
        if next.is_some_and(|next| at.as_ms() > next.saturating_add(MAX_EVENT_AHEAD_MS)) {
            return Ok(false);
        }
        if let Some(holder) = self.holder(number)? {
            let member = self.member(entry)?;
            let of_container = match leaves {
                Some(container) => self.item(container)?.holder.as_ref(),
                None => None,
            };
            let is_of_container = of_container.is_some_and(|held| held.change.holder == member);
            if !is_of_container && holder != member {
                return Ok(false);
            }
        }
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
        let entries = self.item(number)?.told.entries();
        self.count_tellings(entries.len())?;
        for entry in &entries {
            if self.member(*entry)? == *member {
                return Ok(true);
            }
        }
        Ok(entries.is_empty())
    }

    fn count_tellings(&mut self, count: usize) -> Result<(), QuestionError> {
        self.history.count(count / COUNTED_TELLINGS)
    }

    /// Takes account of what an event tells of where an item is.
    fn put_down(
        &mut self,
        number: usize,
        entry: LogIndex,
        at: Timestamp,
        told: Told,
    ) -> Result<(), QuestionError> {
        let before = self.item(number)?.told.container();
        self.item_mut(number)?.told.push(entry, at, told);
        self.moved_from(number, before)
    }

    /// What an item was in does not carry it any more, whatever is declared wrong later.
    pub(super) fn end(&mut self, number: usize) -> Result<(), QuestionError> {
        let before = self.item(number)?.told.container();
        self.item_mut(number)?.told.end();
        self.moved_from(number, before)
    }

    /// An item may be elsewhere than it was.
    fn moved_from(&mut self, number: usize, before: Option<usize>) -> Result<(), QuestionError> {
        let container = self.item(number)?.told.container();
        if container == before {
            return Ok(());
        }
        if let Some(before) = before {
            self.item_mut(before)?.inside.remove(&number);
        }
        if let Some(container) = container {
            self.item_mut(container)?.inside.insert(number);
            self.stand_alone(number)?;
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
        self.count_tellings(self.item(number)?.told.count())?;
        let before = self.item(number)?.told.container();
        self.item_mut(number)?.told.remove(event);
        self.moved_from(number, before)
    }
}
