//! Whether goods stayed within limits: what sensors measured on a thing, on what carried it, by devices that
//! were attached to those, and at the places where it was; and what else was in there when they did not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::QuestionError;
use super::dwell::span;
use super::events::Events;
use super::excursions::{ExcursionPart, Held, Window, excursions, held};
use super::exposures::Exposure;
use super::history::History;
use super::mass_balance::Citations;
use super::page::PageRange;
use super::readings::{
    Bounds, EventReadings, Measured, Reading, ReportsOf, SensorLimits, UnreadReason, Verdict,
    count_reports,
};
use crate::records::epcis::{ThingRole, ThingRoles};
use crate::types::{Duration, Height, LogIndex, Timestamp};

/// Most things that are listed as affected by one breach.
pub const MAX_AFFECTED_THINGS: usize = 1_000;

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
    /// Whether the values were outside for all of the time: they need not have been if only some of those of a time
    /// are reported, if something within is reported of the same instant, or if none was measured while the thing was
    /// there.
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

/// What was in a container, each thing with the entry that put it in.
#[derive(Default)]
struct Contents {
    things: BTreeMap<Box<str>, LogIndex>,
    /// Whether there was more.
    has_more: bool,
}

/// What was measured on a subject, by device: reports without one are taken for those of one sensor.
type Series = BTreeMap<Option<Box<str>>, Vec<Reading>>;

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
        let (mut told, mut report_count) = (EventReadings::default(), 0);
        for exposure in history.exposures(thing)? {
            let mut series = Series::new();
            for moment in exposure.events.iter() {
                let readings = told.of(&mut history, moment.1, &bounds)?;
                count_reports(&mut report_count, &readings)?;
                for reading in readings.readings(exposure.reports()) {
                    let of_device = series.entry(reading.device.clone()).or_default();
                    of_device.push(reading.clone());
                }
                unread.extend(readings.unread_in(&exposure.window, exposure.reports()));
            }
            let own: BTreeSet<LogIndex> = exposure.events.iter().map(|moment| moment.1).collect();
            let is_own = |reading: &Reading| own.contains(&reading.source.0);
            history.end(&mut series, &exposure, &own, (&mut told, &bounds))?;
            for readings in series.into_values().map(held) {
                let concerns = |held: &&Held| exposure.window.concerns(held);
                let concerning = readings.iter().filter(concerns).map(|held| &held.reading);
                seen.extend(concerning.filter(|it| is_own(it)).map(|it| it.source));
                for excursion in excursions(readings) {
                    let part = excursion.within(&exposure.window);
                    let part = part.filter(|part| {
                        let is_new = part.entries.iter().any(|entry| !exposure.knows(*entry));
                        is_new && is_told(part, &exposure.window, longer_than)
                    });
                    let found_here = |part| (part, exposure.subject.clone(), exposure.kind);
                    found.extend(part.map(found_here));
                }
            }
        }
        let found = each_once(found);
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

/// The breaches in order of when they began. One may be found twice: by events that name what a device is attached to,
/// and by all of the device.
fn each_once(mut found: Vec<Found>) -> Vec<Found> {
    let time = |part: &ExcursionPart| (part.from, part.until);
    found.sort_by(|(one, subject, kind), (other, other_subject, other_kind)| {
        let by_time = time(one).cmp(&time(other));
        let by_subject = by_time.then_with(|| (kind, subject).cmp(&(other_kind, other_subject)));
        by_subject.then_with(|| one.device.cmp(&other.device))
    });
    found.dedup_by(|(later, subject, kind), (first, known, known_kind)| {
        let is_of_same =
            (&*kind, &*subject) == (&*known_kind, &*known) && later.device == first.device;
        if !is_of_same || time(later) != time(first) {
            return false;
        }
        if later.entries.len() > first.entries.len() {
            std::mem::swap(later, first);
        }
        let known: BTreeSet<LogIndex> = first.entries.iter().copied().collect();
        later.entries.iter().all(|entry| known.contains(entry))
    });
    found
}

/// Whether what a thing was exposed to lasted longer than it may, or has not ended. Without a duration any counts.
fn is_told(part: &ExcursionPart, window: &Window, longer_than: Option<Duration>) -> bool {
    let is_longer = |end| longer_than.is_none_or(|most| span(part.from, end) > most);
    // What has not ended may come to be long, unless the thing was taken out before.
    is_longer(part.until) || (part.is_open && window.until.is_none_or(is_longer))
}

impl History<'_, '_> {
    /// The value of an instant holds until the next report of its device, also if that was made without naming the
    /// subject: takes those that are within of the devices attached to it.
    fn end(
        &mut self,
        series: &mut Series,
        exposure: &Exposure,
        own: &BTreeSet<LogIndex>,
        (told, bounds): (&mut EventReadings, &Bounds<'_>),
    ) -> Result<(), QuestionError> {
        for (device, events) in &exposure.devices {
            let Some(of_device) = series.get_mut(&Some(device.clone())) else {
                continue;
            };
            for moment in events.iter().filter(|moment| !own.contains(&moment.1)) {
                let readings = told.of(self, moment.1, bounds)?;
                let by_device = readings.readings(ReportsOf::Device(device));
                let within = by_device.filter(|reading| {
                    let is_by_device = reading.device.as_deref() == Some(&**device);
                    is_by_device && reading.verdict == Verdict::Within
                });
                of_device.extend(within.cloned());
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
            let holds = ThingRoles::of(ThingRole::Parent);
            for mention in self.mentions_as(&outer, holds)?.iter() {
                if mention.time <= until {
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
