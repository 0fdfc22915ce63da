//! How long things were where.
//!
//! A visit of a place begins with the first event that says that the thing, or what carries it, is there:
//! by its business location, or else by its read point. It ends when an event says that it leaves
//! (shipping, departing), that it is no more, or that it is somewhere else; then nobody saw it leave, and
//! the visit is longer than the truth by however long it was on its way. A class is at a place for as long as
//! its mass balance there is above nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::QuestionError;
use super::events::Events;
use super::flows::departs;
use super::history::History;
use super::journey::Sighting;
use super::lot_sums::class_visits;
use super::page::PageRange;
use crate::records::epcis::{ThingId, ThingRole, ThingRoles};
use crate::types::{Duration, Height, LogIndex, Timestamp};

/// That a thing was at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The place, canonical.
    pub place: Box<str>,
    /// When it was seen there first, and by which event.
    pub arrival: (Timestamp, LogIndex),
    /// When it was seen there last, and by which event.
    pub last_seen: (Timestamp, LogIndex),
    /// By when it had left, and by which event; none if it is there still.
    pub departure: Option<(Timestamp, LogIndex)>,
    /// Whether an event tells that it left. If not, it was seen elsewhere next.
    pub is_departure_seen: bool,
    /// The container that it was in when it came.
    pub container: Option<Box<str>>,
    /// Departure minus arrival; up to the end of the times that count if it is there still.
    pub duration: Duration,
}

/// A visit with the thing that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThingVisit {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// Its visit.
    pub visit: Visit,
}

/// Where a page of the visits of a place begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitPlace {
    /// How many things stand before it.
    pub things: usize,
    /// How many visits of the next thing do.
    pub visits: usize,
}

impl VisitPlace {
    /// Visits of one thing that its number has room for: each begins with an event.
    const MAX_VISITS: u64 = 1 << 24;

    /// As one number, which is 0 for the first page.
    pub fn to_number(self) -> u64 {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let things = number(self.things).saturating_mul(Self::MAX_VISITS);
        things.saturating_add(number(self.visits))
    }

    /// The place of a number.
    pub fn of_number(number: u64) -> Self {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            things: count(number / Self::MAX_VISITS),
            visits: count(number % Self::MAX_VISITS),
        }
    }
}

/// A page of visits: of a thing, of which a number says how many stand before the page, or of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DwellAnswer<Begin> {
    /// The height that it is of.
    pub height: Height,
    /// Up to when visits that have not ended are measured.
    pub until: Timestamp,
    /// The visits of this page, in order of their arrival, or of the things that made them.
    pub visits: Vec<ThingVisit>,
    /// The lots of this page whose visits are not told, because their amounts cannot be added up.
    pub not_summed: Vec<Box<str>>,
    /// Where the next page begins; none on the last one.
    pub next: Option<Begin>,
}

impl Events<'_> {
    /// Where a thing was, from when to when, in order; at one place alone if it is given, and
    /// those that have not ended alone if asked. None if no event that counts speaks of the thing.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, there is too much to go through, or the page is of another answer.
    pub fn dwell(
        &self,
        thing: &str,
        place: Option<&str>,
        present_only: bool,
        page: PageRange,
    ) -> Result<Option<DwellAnswer<usize>>, QuestionError> {
        let mut history = History::new(self);
        if history.mentions_of(thing)?.is_empty() {
            return Ok(None);
        }
        let mut visits = history.visits(thing)?;
        visits.retain(|visit| {
            let is_asked = place.is_none_or(|place| *visit.place == *place);
            is_asked && !(present_only && visit.departure.is_some())
        });
        let (visits, next) = page.cut(visits)?;
        Ok(Some(DwellAnswer {
            height: self.height(),
            until: self.until(),
            visits: visits
                .into_iter()
                .map(|visit| ThingVisit {
                    thing: thing.into(),
                    visit,
                })
                .collect(),
            not_summed: Vec::new(),
            next,
        }))
    }

    /// Which things were at a place, from when to when: those that events there name, and what was in
    /// them, in order of their identifiers. A page has `count` visits at most, and is of as many things at most: it may
    /// have fewer visits, and be followed by another all the same. None if nothing that counts happened there.
    ///
    /// # Errors
    /// As [`Events::dwell`].
    pub fn dwell_at(
        &self,
        place: &str,
        present_only: bool,
        (begin, count): (VisitPlace, usize),
    ) -> Result<Option<DwellAnswer<VisitPlace>>, QuestionError> {
        let mut history = History::new(self);
        let Some(candidates) = history.named_at(place)? else {
            return Ok(None);
        };
        let candidates: Vec<Box<str>> = candidates.into_keys().collect();
        let skip = begin.things;
        let (things, next) = PageRange { skip, count }.cut(candidates)?;
        let mut answer = DwellAnswer {
            height: self.height(),
            until: self.until(),
            visits: Vec::new(),
            not_summed: Vec::new(),
            next: next.map(|things| VisitPlace { things, visits: 0 }),
        };
        let mut before = begin.visits;
        for (number, thing) in things.into_iter().enumerate() {
            let skipped = std::mem::take(&mut before);
            let mut visits = match history.visits(&thing) {
                Err(error) if error.is_of_sums() && skipped == 0 => {
                    answer.not_summed.push(thing);
                    continue;
                }
                found => found?,
            };
            visits.retain(|visit| {
                *visit.place == *place && !(present_only && visit.departure.is_some())
            });
            if skipped > 0 && skipped >= visits.len() {
                return Err(QuestionError::BeyondAnswer {
                    after: skipped,
                    count: visits.len(),
                });
            }
            for (visits, visit) in visits.into_iter().enumerate().skip(skipped) {
                if answer.visits.len() == count {
                    let things = skip.saturating_add(number);
                    answer.next = Some(VisitPlace { things, visits });
                    return Ok(Some(answer));
                }
                let thing = thing.clone();
                answer.visits.push(ThingVisit { thing, visit });
            }
        }
        Ok(Some(answer))
    }
}

impl History<'_, '_> {
    /// Whether a thing is a class of objects, such as a lot, by the first event that says so.
    pub(super) fn is_class(&mut self, thing: &str) -> Result<bool, QuestionError> {
        for mention in self.mentions_of(thing)?.iter() {
            let event = self.event(mention.index)?;
            let mut named = event.objects.iter().chain(&event.outputs);
            if let Some(object) = named.find(|object| *object.id == *thing) {
                return Ok(object.is_class);
            }
        }
        Ok(false)
    }

    /// The visits of a thing, in order of their arrival: those of a single one do not overlap.
    pub(super) fn visits(&mut self, thing: &str) -> Result<Vec<Visit>, QuestionError> {
        let until = self.events.until();
        if self.is_class(thing)? {
            return class_visits(&self.flows(thing)?, until);
        }
        Ok(visits_of(&self.sightings(thing)?, until))
    }

    /// The things that events at a place name, and all that was ever in those, with whether each is a class.
    /// None if nothing happened there.
    pub(super) fn named_at(
        &mut self,
        place: &str,
    ) -> Result<Option<BTreeMap<Box<str>, bool>>, QuestionError> {
        let mentions = self.mentions(ThingId::of_place(place), place)?;
        if mentions.is_empty() {
            return Ok(None);
        }
        let mut named: BTreeMap<Box<str>, bool> = BTreeMap::new();
        let mut parents: BTreeSet<Box<str>> = BTreeSet::new();
        for mention in mentions.iter() {
            let event = self.event(mention.index)?;
            for object in event.objects.iter().chain(&event.outputs) {
                named.insert(object.id.clone(), object.is_class);
            }
            parents.extend(event.parent.clone());
        }
        let singles = named.iter().filter(|(_, is_class)| !**is_class);
        let mut queue: VecDeque<Box<str>> = singles.map(|(id, _)| id.clone()).collect();
        for parent in parents {
            if named.insert(parent.clone(), false).is_none() {
                queue.push_back(parent);
            }
        }
        while let Some(container) = queue.pop_front() {
            let holds = ThingRoles::of(ThingRole::Parent);
            for mention in self.mentions_as(&container, holds)?.iter() {
                let event = self.event(mention.index)?;
                for object in &event.objects {
                    let known = named.insert(object.id.clone(), object.is_class);
                    if known.is_none() && !object.is_class {
                        queue.push_back(object.id.clone());
                    }
                }
            }
        }
        Ok(Some(named))
    }
}

/// The visits that sightings in their order tell of.
pub(super) fn visits_of(sightings: &[Sighting], until: Timestamp) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for sighting in sightings {
        let event = &sighting.event;
        let leaves = departs(event) && event.biz_location.is_none();
        // What leaves is seen where it leaves from.
        let place = event.place();
        let current = visits.last_mut().filter(|visit| visit.departure.is_none());
        let is_there = match (current, place) {
            (Some(visit), Some(place)) if *visit.place == *place => {
                visit.last_seen = sighting.moment;
                true
            }
            (Some(visit), None) => {
                if leaves || sighting.ends() {
                    leave(visit, sighting, true);
                }
                continue;
            }
            (Some(visit), Some(_)) => {
                let is_seen = departs(event) && event.read_point.as_ref() == Some(&visit.place);
                leave(visit, sighting, is_seen);
                false
            }
            (None, _) => false,
        };
        if let Some(place) = place.filter(|_| !is_there) {
            visits.push(Visit {
                place: place.into(),
                arrival: sighting.moment,
                last_seen: sighting.moment,
                departure: None,
                is_departure_seen: false,
                container: (sighting.depth > 0).then(|| sighting.carrier.clone()),
                duration: Duration::default(),
            });
        }
        if (leaves || sighting.ends())
            && let Some(visit) = visits.last_mut().filter(|visit| visit.departure.is_none())
        {
            leave(visit, sighting, true);
        }
    }
    for visit in &mut visits {
        let end = visit.departure.map_or(until, |(time, _)| time);
        visit.duration = span(visit.arrival.0, end);
    }
    visits
}

fn leave(visit: &mut Visit, sighting: &Sighting, is_seen: bool) {
    visit.departure = Some(sighting.moment);
    visit.is_departure_seen = is_seen;
}

/// The time from one instant to another; none if that is no later.
pub(super) fn span(from: Timestamp, until: Timestamp) -> Duration {
    let ms = until.as_ms().saturating_sub(from.as_ms());
    Duration::from_ms(u64::try_from(ms).unwrap_or(0))
}
