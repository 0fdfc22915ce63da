//! What sensors measured, and how that lies to limits.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::excursions::Window;
use super::history::History;
use crate::records::epcis::{EpcisEvent, SensorReport, TraceEvent, Unit};
use crate::types::{Decimal, LogIndex, Timestamp};

/// Most sensor reports that one answer holds against limits, those counted again that concern a thing twice.
pub const MAX_ANSWER_REPORTS: usize = 200_000;

/// The limits of what is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorLimits {
    /// What is measured, as a full URI such as `https://gs1.org/voc/Temperature`.
    pub kind: Box<str>,
    /// The unit of the limits (UN/ECE Recommendation 20).
    pub uom: Box<str>,
    /// The least value that is within.
    pub min: Option<Decimal>,
    /// The greatest value that is within.
    pub max: Option<Decimal>,
}

/// Why a report of the kind that is asked about could not be held against the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnreadReason {
    /// It states no unit.
    NoUnit,
    /// Its unit does not convert exactly into that of the limits.
    OtherUnit,
    /// It has no value that is a number.
    NoValue,
    /// Its sensor says that it fails.
    SensorError,
}

/// A measured value with its unit, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The value.
    pub value: Decimal,
    /// Its unit.
    pub uom: Box<str>,
}

/// A report, held against the limits.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// When it begins.
    pub(super) from: Timestamp,
    /// When it ends; the same for a report of an instant.
    pub(super) until: Timestamp,
    /// Its entry and its place among the reports of the entry.
    pub(super) source: (LogIndex, usize),
    /// The device.
    pub(super) device: Option<Box<str>>,
    /// How its values lie.
    pub(super) verdict: Verdict,
    /// The value that lies farthest outside, or any if all are within.
    pub(super) worst: Measured,
    /// The same as a number that has the order of values, and how far it is outside.
    pub(super) excess: Decimal,
}

impl Reading {
    /// The order of readings, in which it makes no difference where in its event each stands.
    pub(super) fn in_order(&self, other: &Self) -> Ordering {
        let key = |reading: &Self| (reading.from, reading.until, reading.source.0);
        let worst = |reading: &Self| (reading.worst.uom.clone(), reading.worst.value.to_string());
        let by_time = key(self).cmp(&key(other));
        by_time.then_with(|| worst(self).cmp(&worst(other)))
    }
}

/// How the values of a report lie to the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All are within.
    Within,
    /// Some are outside: the report tells of many, and others may have been within.
    Touched,
    /// All are outside.
    Outside,
}

/// The limits as numbers that have the order of values.
#[derive(Clone, Debug)]
pub(super) struct Bounds<'a> {
    kind: &'a str,
    unit: Unit,
    min: Option<Decimal>,
    max: Option<Decimal>,
}

impl<'a> Bounds<'a> {
    pub(super) fn of(limits: &'a SensorLimits) -> Result<Self, QuestionError> {
        let number = |value: Decimal| Unit::compare_in(value, &limits.uom);
        let reach = |value: Option<Decimal>| match value.map(number) {
            Some(None) => Err(QuestionError::TooManyDigits),
            Some(Some((_, number))) => Ok(Some(number)),
            None => Ok(None),
        };
        let (unit, _) = number(Decimal::ZERO).ok_or(QuestionError::TooManyDigits)?;
        Ok(Self {
            kind: &limits.kind,
            unit,
            min: reach(limits.min)?,
            max: reach(limits.max)?,
        })
    }

    /// How far a number lies outside; zero or less if it is within.
    fn excess(&self, number: Decimal) -> Option<Decimal> {
        let below = match self.min {
            Some(min) => min.checked_sub(number)?,
            None => Decimal::from(-1),
        };
        let above = match self.max {
            Some(max) => number.checked_sub(max)?,
            None => Decimal::from(-1),
        };
        Some(below.max(above))
    }

    /// Holds a report against the limits. None if it is of another kind.
    fn judge(&self, report: &SensorReport) -> Option<Result<Judged, UnreadReason>> {
        if report.kind.uri() != self.kind {
            return None;
        }
        let fails =
            |term: &crate::records::epcis::VocabularyTerm| term.uri().ends_with("ERROR_CONDITION");
        if report.exception.as_ref().is_some_and(fails) {
            return Some(Err(UnreadReason::SensorError));
        }
        Some(self.judge_values(report))
    }

    fn judge_values(&self, report: &SensorReport) -> Result<Judged, UnreadReason> {
        let values = &report.values;
        let told = [
            values.value,
            values.min_value,
            values.max_value,
            values.mean_value,
        ];
        if told.iter().all(Option::is_none) {
            return Err(UnreadReason::NoValue);
        }
        let uom = values.uom.as_deref().ok_or(UnreadReason::NoUnit)?;
        // Of many values the one that is nearest to the limits tells that all were outside: the least if they are too
        // high, the greatest if they are too low. A single value is all there is.
        let more = [values.min_value, values.max_value, values.mean_value];
        let is_single = more.iter().all(Option::is_none);
        let mut all_below = is_single || values.max_value.is_some();
        let mut all_above = is_single || values.min_value.is_some();
        let mut worst: Option<(Decimal, Decimal)> = None;
        for value in told.into_iter().flatten() {
            let (unit, number) = Unit::compare_in(value, uom).ok_or(UnreadReason::OtherUnit)?;
            if unit != self.unit {
                return Err(UnreadReason::OtherUnit);
            }
            let excess = self.excess(number).ok_or(UnreadReason::OtherUnit)?;
            all_below &= self.min.is_some_and(|min| number < min);
            all_above &= self.max.is_some_and(|max| number > max);
            if worst.is_none_or(|(known, _)| excess > known) {
                worst = Some((excess, value));
            }
        }
        let (excess, value) = worst.ok_or(UnreadReason::NoValue)?;
        let verdict = if excess <= Decimal::ZERO {
            Verdict::Within
        } else if all_below || all_above {
            Verdict::Outside
        } else {
            Verdict::Touched
        };
        Ok(Judged {
            verdict,
            excess,
            worst: Measured {
                value,
                uom: uom.into(),
            },
        })
    }
}

/// What a report's values say.
struct Judged {
    verdict: Verdict,
    excess: Decimal,
    worst: Measured,
}

/// A report of the kind that is asked about that could not be held against the limits.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    from: Timestamp,
    until: Timestamp,
    index: LogIndex,
    device: Option<Box<str>>,
    reason: UnreadReason,
}

/// What an event reports of the kind that is asked about.
pub(super) struct Readings {
    event: Rc<TraceEvent>,
    readings: Vec<Reading>,
    unread: Vec<Unread>,
}

/// Whose reports of an event count.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReportsOf<'a> {
    /// All.
    Everything,
    /// Those on a thing, or by a thing that is a device.
    Thing(&'a str),
    /// Those by a device, or on it: an event may tell what several devices measured.
    Device(&'a str),
}

impl ReportsOf<'_> {
    fn has(self, event: &TraceEvent, by: Option<&str>) -> bool {
        let names = |id: &str| {
            let mut objects = event.objects.iter().chain(&event.outputs);
            event.parent.as_deref() == Some(id) || objects.any(|object| *object.id == *id)
        };
        match self {
            Self::Everything => true,
            Self::Thing(thing) => by == Some(thing) || names(thing),
            // A probe of the device may have a name of its own, and what is by another thing of the event is on that.
            Self::Device(device) => {
                by == Some(device) || (names(device) && by.is_none_or(|by| !names(by)))
            }
        }
    }
}

impl Readings {
    /// How many reports there are.
    pub(super) fn count(&self) -> usize {
        self.readings.len() + self.unread.len()
    }

    /// The reports that could be held against the limits.
    pub(super) fn readings<'a>(&'a self, of: ReportsOf<'a>) -> impl Iterator<Item = &'a Reading> {
        let readings = self.readings.iter();
        readings.filter(move |one| of.has(&self.event, one.device.as_deref()))
    }

    /// The reports measured in a window that could not be.
    pub(super) fn unread_in<'a>(
        &'a self,
        window: &'a Window,
        of: ReportsOf<'a>,
    ) -> impl Iterator<Item = (LogIndex, UnreadReason)> + 'a {
        let measured = self.unread.iter().filter(move |one| {
            let is_measured = window.is_measured(one.from, one.until);
            is_measured && of.has(&self.event, one.device.as_deref())
        });
        measured.map(|one| (one.index, one.reason))
    }

    fn take(&mut self, event: &EpcisEvent, index: LogIndex, bounds: &Bounds<'_>) {
        let content = event.content();
        let mut number = 0;
        for element in &content.sensor_elements {
            let metadata = element.metadata.as_ref();
            for report in &element.reports {
                number += 1;
                let Some(judged) = bounds.judge(report) else {
                    continue;
                };
                let instant = report.time.or(metadata.and_then(|metadata| metadata.time));
                let begin = metadata.and_then(|metadata| metadata.start_time);
                let end = metadata.and_then(|metadata| metadata.end_time);
                let (from, until) = match (instant, begin, end) {
                    (Some(time), _, _) => (time, time),
                    (None, Some(begin), Some(end)) => (begin, end.max(begin)),
                    (None, Some(begin), None) => (begin, content.event_time.max(begin)),
                    (None, None, Some(end)) => (end, end),
                    (None, None, None) => (content.event_time, content.event_time),
                };
                let device = report.origin.device_id.as_ref();
                let device =
                    device.or(metadata.and_then(|metadata| metadata.origin.device_id.as_ref()));
                let device = device.map(|device| device.canonical().into());
                match judged {
                    Ok(judged) => self.readings.push(Reading {
                        from,
                        until,
                        source: (index, number),
                        device,
                        verdict: judged.verdict,
                        worst: judged.worst,
                        excess: judged.excess,
                    }),
                    Err(reason) => self.unread.push(Unread {
                        from,
                        until,
                        index,
                        device,
                        reason,
                    }),
                }
            }
        }
    }
}

/// What events report: each is read once for an answer.
#[derive(Default)]
pub(super) struct EventReadings {
    known: BTreeMap<LogIndex, Rc<Readings>>,
    kept: usize,
}

impl EventReadings {
    /// What an event reports of the kind that is asked about.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or there are more than [`MAX_ANSWER_REPORTS`].
    pub(super) fn of(
        &mut self,
        history: &mut History<'_, '_>,
        index: LogIndex,
        bounds: &Bounds<'_>,
    ) -> Result<Rc<Readings>, QuestionError> {
        if let Some(known) = self.known.get(&index) {
            return Ok(Rc::clone(known));
        }
        let (body, _) = history.body(index)?;
        let mut readings = Readings {
            event: history.event(index)?,
            readings: Vec::new(),
            unread: Vec::new(),
        };
        readings.take(&body, index, bounds);
        count_reports(&mut self.kept, &readings)?;
        let readings = Rc::new(readings);
        self.known.insert(index, Rc::clone(&readings));
        Ok(readings)
    }
}

/// Counts the reports of an event, of which an answer may go through so many.
pub(super) fn count_reports(counted: &mut usize, more: &Readings) -> Result<(), QuestionError> {
    *counted += more.count();
    if *counted > MAX_ANSWER_REPORTS {
        return Err(QuestionError::TooMuch {
            what: "sensor reports",
            most: MAX_ANSWER_REPORTS,
        });
    }
    Ok(())
}
