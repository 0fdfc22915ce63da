//! Where a single thing is.
//!
//! It is where the latest event that tells a place says, of those that speak of it and of what carried it while it
//! did. An event that tells no place takes it from nowhere: what is looked at goes back until one tells a place. If it
//! left before it arrived, or was made again, it is not where it left from, and not on its way: nobody told where it is.

use super::QuestionError;
use super::flows::{FlowKind, departs, step_of};
use super::grounds::Grounds;
use super::history::{History, Moment, end_of};
use super::journey::{Carrier, ends};
use super::mass_balance::Citations;
use crate::records::epcis::{Action, EventType, ThingId, ThingRole, ThingRoles, TraceEvent};
use crate::types::{LogIndex, ScanOrder, Timestamp};

/// Mentions that are read at a time: mostly the latest event tells a place.
const PAGE: usize = 16;

/// Where a single thing was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The place, canonical; none if no event names one, or it left from there and arrived since, or was made again, and
    /// no event names where.
    pub place: Option<Box<str>>,
    /// Whether the last that is known is that it left for somewhere.
    pub is_in_transit: bool,
    /// Its condition, as a full URI, by the latest event that tells one: as far back as the place is told.
    pub disposition: Option<Box<str>>,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<Box<str>>,
    /// When it was seen at the place; if no event names one, when it was seen last.
    pub time: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// What it rests on.
    pub(super) grounds: Grounds,
}

impl Presence {
    /// The entries that it rests on: those that tell where it was, that it left from there and arrived, its condition,
    /// and which containers it is in.
    pub fn entries(&self) -> Citations {
        self.grounds.cited()
    }
}

/// What is known of where a single thing is.
pub(super) enum LastSeen {
    /// It was seen there last.
    There(Presence),
    /// It is no more since then, and was seen nowhere since.
    Ended(Moment),
    /// It was never seen.
    Never,
}

/// The mentions of a carrier in its time, the latest first.
struct Trail {
    id: ThingId,
    depth: u32,
    from: Moment,
    /// Those before it are left.
    until: Moment,
    /// Those that have been read, the latest last.
    read: Vec<(Moment, ThingRoles)>,
}

impl Trail {
    /// What is later than a moment is left out.
    fn of(carrier: &Carrier, then: Moment) -> Self {
        // What takes it out of a container happens while it is in there.
        let last = carrier.until.map_or(then, |until| until.min(then));
        let until = (last.0, last.1.plus(1));
        Self {
            id: ThingId::of(&carrier.id),
            depth: carrier.depth,
            from: carrier.from,
            until,
            read: Vec::new(),
        }
    }

    /// The latest mention that is left.
    fn latest(
        &mut self,
        history: &History<'_, '_>,
    ) -> Result<Option<(Moment, ThingRoles)>, QuestionError> {
        if self.read.is_empty() {
            let range = (self.from, self.until);
            let order = ScanOrder::Descending;
            let page = history
                .events
                .mentions_between(&self.id, range, order, PAGE)?;
            let mentions = page.iter().rev();
            self.read = mentions.map(|m| (m.moment(), m.roles)).collect();
            self.until = self.read.first().map_or(self.from, |(moment, _)| *moment);
        }
        Ok(self.read.last().copied())
    }
}

impl History<'_, '_> {
    /// Where a single thing was seen last, itself or in a container. None if it was never seen, or is
    /// no more: used up, or decommissioned, and seen nowhere since.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or there is too much to go through.
    pub(super) fn presence(&mut self, thing: &str) -> Result<Option<Presence>, QuestionError> {
        let end = end_of(self.events.last_time());
        Ok(match self.last_seen(thing, end)? {
            LastSeen::There(presence) => Some(presence),
            LastSeen::Ended(_) | LastSeen::Never => None,
        })
    }

    /// As [`History::presence`], with when it came to its end, right after a moment.
    pub(super) fn last_seen(
        &mut self,
        thing: &str,
        then: Moment,
    ) -> Result<LastSeen, QuestionError> {
        let mut carriers = self.carriers(thing)?;
        carriers.retain(|carrier| carrier.from <= then);
        let mut trails: Vec<Trail> = carriers.iter().map(|it| Trail::of(it, then)).collect();
        let (mut seen, mut disposition): (Option<Moment>, _) = (None, None);
        let (mut place, mut is_in_transit, mut is_made) = (None, false, false);
        // The latest arrival, or that it was made, of which nobody told where.
        let mut arrived: Option<Moment> = None;
        let mut grounds = Grounds::default();
        while let Some((moment, depth, roles)) = next(&mut trails, self)? {
            let event = self.event(moment.1)?;
            if ends(&event, roles, depth) {
                if is_made {
                    break;
                }
                return Ok(LastSeen::Ended(moment));
            }
            if disposition.is_none() && event.disposition.is_some() {
                disposition.clone_from(&event.disposition);
                grounds.add(moment);
            }
            if departs(&event) && event.biz_location.is_none() {
                if let Some(arrived) = arrived {
                    grounds.add(arrived);
                    grounds.add(moment);
                    break;
                }
                if !is_in_transit {
                    is_in_transit = true;
                    grounds.add(moment);
                }
            }
            if let Some(found) = event.place() {
                (place, seen) = (Some(found.into()), Some(moment));
                break;
            }
            seen.get_or_insert(moment);
            let is_made_here = depth == 0 && makes(&event, roles);
            is_made |= is_made_here;
            if is_made_here || arrives(&event) {
                arrived.get_or_insert(moment);
            }
        }
        let Some((time, index)) = seen else {
            return Ok(LastSeen::Never);
        };
        grounds.add((time, index));
        Ok(LastSeen::There(Presence {
            place,
            is_in_transit,
            disposition,
            containers: present(&carriers, then, &mut grounds),
            time,
            index,
            grounds,
        }))
    }
}

/// Takes the latest mention of those that are left, with how far it is from the thing itself.
fn next(
    trails: &mut [Trail],
    history: &History<'_, '_>,
) -> Result<Option<(Moment, u32, ThingRoles)>, QuestionError> {
    let mut best: Option<(Moment, u32, ThingRoles)> = None;
    for trail in &mut *trails {
        if let Some((moment, roles)) = trail.latest(history)?
            && best.is_none_or(|(known, ..)| moment > known)
        {
            best = Some((moment, trail.depth, roles));
        }
    }
    if let Some((moment, ..)) = best {
        for trail in trails {
            // One event may speak of the thing and of its carriers.
            trail.read.pop_if(|(other, _)| *other == moment);
        }
    }
    Ok(best)
}

/// Whether what an event speaks of comes to a place.
fn arrives(event: &TraceEvent) -> bool {
    matches!(step_of(event), Some((FlowKind::Received(_), _)))
}

/// Whether a thing comes to be by an event that speaks of it in some roles.
fn makes(event: &TraceEvent, roles: ThingRoles) -> bool {
    let is_commissioned = event.event_type == EventType::Object
        && event.action == Some(Action::Add)
        && roles.has(ThingRole::Object);
    is_commissioned || roles.has(ThingRole::Output)
}

/// The carriers that a thing is in still, the innermost first, and the entries that say so.
fn present(carriers: &[Carrier], then: Moment, grounds: &mut Grounds) -> Vec<Box<str>> {
    let mut containers: Vec<Box<str>> = Vec::new();
    for carrier in carriers {
        let is_inside = carrier.depth > 0 && carrier.until.is_none_or(|until| then < until);
        if is_inside && !containers.contains(&carrier.id) {
            containers.push(carrier.id.clone());
            grounds.add(carrier.put_in);
        }
    }
    containers
}
