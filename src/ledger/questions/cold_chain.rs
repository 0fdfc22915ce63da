//! Whether goods stayed within limits: what sensors measured on a thing, on what carried it, by devices that
//! were attached to those, and at the places where it was; and what else was in there when they did not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::QuestionError;
use super::dwell::span;
use super::events::Events;
use super::history::{BEGINNING, History, Moment};
use super::journey::earlier;
use super::mass_balance::Citations;
use super::page::PageRange;
use super::readings::{
    Bounds, ExcursionPart, Measured, Readings, SensorLimits, UnreadReason, Window, excursions, held,
};
use crate::records::epcis::{Action, EventType, ThingId, ThingRole};
use crate::types::{Duration, Height, LogIndex, Timestamp};

/// Most things that are listed as affected by one breach.
pub const MAX_AFFECTED_THINGS: usize = 1_000;

/// Most sensor reports that one answer holds against limits, those counted again that concern a thing twice.
pub const MAX_ANSWER_REPORTS: usize = 200_000;

/// Most reports that are named which could not be held against the limits.
pub const MAX_UNREAD: usize = 1_000;

/// What a sensor measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// The thing that was asked about.
    Thing,
    /// A container, while the thing was in it.
    Container,
    /// A place, while the thing was there.
    Place,
}

/// That something lay outside its limits for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What the sensor measured, canonical.
    pub subject: Box<str>,
    /// What that is to the thing.
    pub kind: SubjectKind,
    /// The device, if the reports name one.
    pub device: Option<Box<str>>,
    /// When it began, as far as the thing was there.
    pub from: Timestamp,
    /// When it ended, as far as the thing was there.
    pub until: Timestamp,
    /// Whether the sensor reported nothing within the limits afterwards.
    pub is_open: bool,
    /// Whether the values were outside for all of the time: they need not have been if only an extreme of a
    /// time is reported, or if none was measured while the thing was there.
    pub is_certain: bool,
    /// How long it lasted.
    pub duration: Duration,
    /// The value that lay farthest outside.
    pub worst: Measured,
    /// The entries with the reports.
    pub entries: Citations,
    /// The things that were in the subject meanwhile, itself left out, with the entry that put each in.
    pub affected: Vec<(Box<str>, LogIndex)>,
    /// Whether there were more than [`MAX_AFFECTED_THINGS`].
    pub has_more_affected: bool,
}

/// Whether goods stayed within limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColdChainAnswer {
    /// The height that it is of.
    pub height: Height,
    /// The breaches of this page, in order of when they began.
    pub breaches: Vec<Breach>,
    /// How many breaches stand before the next page; none on the last one.
    pub next: Option<usize>,
    /// How many breaches there are in all.
    pub breach_count: usize,
    /// How many reports were held against the limits that say something of a time in which the thing was there: none
    /// shows nothing.
    pub reading_count: usize,
    /// The reports that were measured then and could not be, each entry and reason once; at most [`MAX_UNREAD`].
    pub unread: Vec<(LogIndex, UnreadReason)>,
    /// Whether there are more.
    pub has_more_unread: bool,
}

/// A source of sensor data that concerns a thing for a time.
#[derive(Clone, Debug)]
struct Exposure {
    subject: Box<str>,
    kind: SubjectKind,
    window: Window,
    /// The events with the data.
    events: Vec<Moment>,
}

/// What was in a container, each thing with the entry that put it in.
#[derive(Default)]
struct Contents {
    things: BTreeMap<Box<str>, LogIndex>,
    /// Whether there was more.
    has_more: bool,
}

/// A breach whose contents are not known yet.
type Found = (ExcursionPart, Box<str>, SubjectKind);

impl Events<'_> {
    /// When a thing was outside limits for longer than a time, or is to all that is known: how long a breach will have
    /// lasted that has not ended nobody knows. None if no event that counts speaks of it.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, there is too much to go through, or the page is of another answer.
    pub fn cold_chain(
        &self,
        thing: &str,
        limits: &SensorLimits,
        longer_than: Option<Duration>,
        page: PageRange,
    ) -> Result<Option<ColdChainAnswer>, QuestionError> {
        let mut history = History::new(self);
        if history.mentions_of(thing)?.is_empty() {
            return Ok(None);
        }
        let bounds = Bounds::of(limits)?;
        let (mut found, mut unread) = (Vec::new(), BTreeSet::new());
        let mut seen: BTreeSet<(LogIndex, usize)> = BTreeSet::new();
        let mut report_count = 0;
        for exposure in history.exposures(thing)? {
            let mut told = Readings::default();
            for moment in &exposure.events {
                let before = told.count();
                told.take(&mut history, *moment, &bounds)?;
                report_count += told.count() - before;
                if report_count > MAX_ANSWER_REPORTS {
                    return Err(QuestionError::TooMuch {
                        what: "sensor reports",
                        most: MAX_ANSWER_REPORTS,
                    });
                }
            }
            unread.extend(told.unread_in(&exposure.window));
            let mut series: BTreeMap<Option<Box<str>>, Vec<_>> = BTreeMap::new();
            for reading in told.readings {
                let device = reading.device.clone();
                series.entry(device).or_default().push(reading);
            }
            for readings in series.into_values().map(held) {
                let concerning = readings.iter().filter(|one| exposure.window.concerns(one));
                seen.extend(concerning.map(|held| held.reading.source));
                for excursion in excursions(readings) {
                    let part = excursion.within(&exposure.window);
                    let part = part.filter(|part| is_told(part, &exposure.window, longer_than));
                    let found_here = |part| (part, exposure.subject.clone(), exposure.kind);
                    found.extend(part.map(found_here));
                }
            }
        }
        found.sort_by_key(|(excursion, subject, kind): &Found| {
            (excursion.from, excursion.until, *kind, subject.clone())
        });
        let breach_count = found.len();
        let (found, next) = page.cut(found)?;
        let mut breaches = Vec::with_capacity(found.len());
        for found in found {
            breaches.push(history.breach(found)?);
        }
        Ok(Some(ColdChainAnswer {
            height: self.height(),
            breaches,
            next,
            breach_count,
            reading_count: seen.len(),
            has_more_unread: unread.len() > MAX_UNREAD,
            unread: unread.into_iter().take(MAX_UNREAD).collect(),
        }))
    }
}

/// Whether what a thing was exposed to lasted longer than it may, or has not ended. Without a duration any counts.
fn is_told(part: &ExcursionPart, window: &Window, longer_than: Option<Duration>) -> bool {
    let is_longer = |end| longer_than.is_none_or(|most| span(part.from, end) > most);
    // What has not ended may come to be long, unless the thing was taken out before.
    is_longer(part.until) || (part.is_open && window.until.is_none_or(is_longer))
}

impl History<'_, '_> {
    /// What concerns a thing: itself, what carried it, and the places where it was, with the devices attached to
    /// each. Data that an event gives of the thing itself count as its own, and not once more as its
    /// container's. What a container or place was like before the thing came may hold on; what a device measured before
    /// it was attached was something else.
    fn exposures(&mut self, thing: &str) -> Result<Vec<Exposure>, QuestionError> {
        let mut exposures = Vec::new();
        let mut own: BTreeSet<LogIndex> = BTreeSet::new();
        for carrier in self.carriers(thing)? {
            let kind = match carrier.depth {
                0 => SubjectKind::Thing,
                _ => SubjectKind::Container,
            };
            let mut events = self.sensor_events(&carrier.id)?;
            if kind == SubjectKind::Thing {
                own.extend(events.iter().map(|moment| moment.1));
            } else {
                events.retain(|moment| !own.contains(&moment.1));
            }
            let time = (carrier.from, carrier.until);
            let mut known = own.clone();
            known.extend(events.iter().map(|moment| moment.1));
            exposures.push(exposure(&carrier.id, kind, time, events));
            self.attached((&carrier.id, kind, time), &known, &mut exposures)?;
        }
        for visit in self.visits(thing)? {
            let mut events = Vec::new();
            let of_place = ThingId::of_place(&visit.place);
            for mention in self.mentions(of_place, &visit.place)?.iter() {
                if !mention.roles.has_sensors() {
                    continue;
                }
                // What is measured on other things there says nothing about this one.
                let event = self.event(mention.index)?;
                let names_none =
                    event.objects.is_empty() && event.outputs.is_empty() && event.parent.is_none();
                if names_none {
                    events.push(mention.moment());
                }
            }
            let time = (visit.arrival, visit.departure);
            let kind = SubjectKind::Place;
            let mut known = own.clone();
            known.extend(events.iter().map(|moment| moment.1));
            exposures.push(exposure(&visit.place, kind, time, events));
            self.attached((&visit.place, kind, time), &known, &mut exposures)?;
        }
        Ok(exposures)
    }

    /// The events with sensor data that speak of a thing or device, whenever they were captured: a logger is
    /// often read when the journey is over.
    fn sensor_events(&mut self, thing: &str) -> Result<Vec<Moment>, QuestionError> {
        let mentions = self.mentions_of(thing)?;
        let with_data = mentions.iter().filter(|m| m.roles.has_sensors());
        Ok(with_data.map(|mention| mention.moment()).collect())
    }

    /// The devices that association events attach to a subject, in the part of a time in which they were.
    /// Events that are known already do not count again.
    fn attached(
        &mut self,
        (subject, kind, (from, until)): (&str, SubjectKind, (Moment, Option<Moment>)),
        known: &BTreeSet<LogIndex>,
        exposures: &mut Vec<Exposure>,
    ) -> Result<(), QuestionError> {
        let mut devices: BTreeSet<Box<str>> = BTreeSet::new();
        for mention in self.mentions_of(subject)?.iter() {
            if !mention.roles.has(ThingRole::Parent) {
                continue;
            }
            let event = self.event(mention.index)?;
            if event.event_type == EventType::Association && event.action != Some(Action::Delete) {
                devices.extend(event.objects.iter().map(|object| object.id.clone()));
            }
        }
        for device in devices {
            let mut events = self.sensor_events(&device)?;
            events.retain(|moment| !known.contains(&moment.1));
            if events.is_empty() {
                continue;
            }
            for stay in self.stays(&device)?.iter() {
                let begin = stay.from.max(from);
                let end = earlier(stay.until, until);
                if *stay.container == *subject && end.is_none_or(|end| begin < end) {
                    let mut exposed = exposure(subject, kind, (begin, end), events.clone());
                    exposed.window.measured_from = stay.from.0;
                    exposures.push(exposed);
                }
            }
        }
        Ok(())
    }

    fn breach(&mut self, (found, subject, kind): Found) -> Result<Breach, QuestionError> {
        let contents = match kind {
            SubjectKind::Place => Contents::default(),
            _ => self.inside(&subject, (found.from, found.until))?,
        };
        let mut entries = Citations::default();
        for index in found.entries {
            entries.push(index);
        }
        Ok(Breach {
            subject,
            kind,
            device: found.device,
            from: found.from,
            until: found.until,
            is_open: found.is_open,
            is_certain: found.is_certain,
            duration: span(found.from, found.until),
            worst: found.worst,
            entries,
            affected: contents.things.into_iter().collect(),
            has_more_affected: contents.has_more,
        })
    }

    /// Everything that was in a container at some moment of a time, containers in it and their contents
    /// included.
    fn inside(
        &mut self,
        container: &str,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Contents, QuestionError> {
        let mut found = Contents::default();
        // What was in there more than once has other contents each time.
        let mut followed: BTreeSet<(Box<str>, Timestamp, Timestamp)> = BTreeSet::new();
        let mut queue: VecDeque<(Box<str>, Timestamp, Timestamp)> = VecDeque::new();
        queue.push_back((container.into(), from, until));
        while let Some((outer, from, until)) = queue.pop_front() {
            let mut candidates: BTreeSet<Box<str>> = BTreeSet::new();
            for mention in self.mentions_of(&outer)?.iter() {
                if mention.roles.has(ThingRole::Parent) && mention.time <= until {
                    let event = self.event(mention.index)?;
                    candidates.extend(event.objects.iter().map(|object| object.id.clone()));
                }
            }
            for inner in candidates {
                for stay in self.stays(&inner)?.iter() {
                    let begin = stay.from.0.max(from);
                    let end = stay.until.map_or(until, |(left, _)| left.min(until));
                    if *stay.container != *outer || begin > end || *inner == *container {
                        continue;
                    }
                    if !found.things.contains_key(&inner) {
                        if found.things.len() == MAX_AFFECTED_THINGS {
                            found.has_more = true;
                            return Ok(found);
                        }
                        found.things.insert(inner.clone(), stay.from.1);
                    }
                    if followed.insert((inner.clone(), begin, end)) {
                        queue.push_back((inner.clone(), begin, end));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn exposure(
    subject: &str,
    kind: SubjectKind,
    (from, until): (Moment, Option<Moment>),
    events: Vec<Moment>,
) -> Exposure {
    Exposure {
        subject: subject.into(),
        kind,
        window: Window {
            from: from.0,
            until: until.map(|(time, _)| time),
            measured_from: BEGINNING.0,
        },
        events,
    }
}
