//! What sensors measured, and for how long it lay outside limits.

use super::QuestionError;
use super::history::{History, Moment};
use crate::records::epcis::{EpcisEvent, SensorReport, Unit};
use crate::types::{Decimal, LogIndex, Timestamp};

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

/// How the values of a report lie to the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All are within.
    Within,
    /// Some are outside: the report tells extremes of a time, and others may have been within.
    Touched,
    /// All are outside.
    Outside,
}

/// A report, and up to when its value holds.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) reading: Reading,
    pub(super) until: Timestamp,
}

/// A time in which one sensor's values lay outside.
#[derive(Clone, Debug)]
pub(super) struct Excursion {
    pub(super) until: Timestamp,
    /// Whether nothing within was reported after it.
    pub(super) is_open: bool,
    /// The reports outside, in order of when they begin; at least one.
    pub(super) readings: Vec<Held>,
}

/// The time in which the reports on a subject say something of a thing: while that is in there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    /// None if it goes on.
    pub(super) until: Option<Timestamp>,
    /// What was measured before was measured on something else.
    pub(super) measured_from: Timestamp,
}

impl Window {
    /// Whether something was measured in this time, both ends included for an instant.
    fn is_measured(&self, from: Timestamp, until: Timestamp) -> bool {
        let begins = |end| from < end || (from == until && from == end);
        self.until.is_none_or(begins) && (until > self.from || from >= self.from)
    }

    /// Whether a report says something of this time: it was measured then, or before and holds.
    pub(super) fn concerns(&self, held: &Held) -> bool {
        let reading = &held.reading;
        let holds = reading.from < self.from
            && held.until > self.from
            && reading.until >= self.measured_from;
        holds || self.is_measured(reading.from, reading.until)
    }
}

/// The part of an excursion that lies in a window.
#[derive(Clone, Debug)]
pub(super) struct ExcursionPart {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Whether it is the end of one that has not ended.
    pub(super) is_open: bool,
    /// Whether all of it was outside, and some of that was measured in the window: an extreme of a time may have been
    /// short, and a value from before may have changed.
    pub(super) is_certain: bool,
    pub(super) device: Option<Box<str>>,
    pub(super) worst: Measured,
    pub(super) entries: Vec<LogIndex>,
}

impl Excursion {
    /// The part that lies in a window; none if no report of it concerns that.
    pub(super) fn within(self, window: &Window) -> Option<ExcursionPart> {
        let mut readings = self.readings;
        readings.retain(|held| window.concerns(held));
        let from = readings.first()?.reading.from.max(window.from);
        let until = readings.iter().map(|held| held.until).max()?;
        let until = window.until.map_or(until, |end| end.min(until));
        let is_outside = |held: &Held| held.reading.verdict == Verdict::Outside;
        let is_measured = |held: &Held| window.is_measured(held.reading.from, held.reading.until);
        let is_certain = readings.iter().all(is_outside) && readings.iter().any(is_measured);
        let mut entries: Vec<LogIndex> = readings.iter().map(|h| h.reading.source.0).collect();
        entries.dedup();
        // The first of those that lie equally far outside.
        let worst = readings
            .into_iter()
            .map(|held| held.reading)
            .reduce(|worst, next| {
                if next.excess > worst.excess {
                    next
                } else {
                    worst
                }
            })?;
        Some(ExcursionPart {
            from,
            until,
            is_open: self.is_open && until == self.until,
            is_certain,
            device: worst.device,
            worst: worst.worst,
            entries,
        })
    }
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
        let (mut worst, mut all_below, mut all_above): (Option<(Decimal, Decimal)>, _, _) =
            (None, true, true);
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
    reason: UnreadReason,
}

/// What the events of one subject report.
#[derive(Default)]
pub(super) struct Readings {
    pub(super) readings: Vec<Reading>,
    unread: Vec<Unread>,
}

impl Readings {
    /// Takes the reports of an event that are of the kind asked about.
    pub(super) fn take(
        &mut self,
        history: &mut History<'_, '_>,
        moment: Moment,
        bounds: &Bounds<'_>,
    ) -> Result<(), QuestionError> {
        let (event, _) = history.body(moment.1)?;
        self.take_event(&event, moment.1, bounds);
        Ok(())
    }

    /// How many reports have been taken.
    pub(super) fn count(&self) -> usize {
        self.readings.len() + self.unread.len()
    }

    /// The reports measured in a window that could not be held against the limits.
    pub(super) fn unread_in(
        &self,
        window: &Window,
    ) -> impl Iterator<Item = (LogIndex, UnreadReason)> {
        let measured = self
            .unread
            .iter()
            .filter(|one| window.is_measured(one.from, one.until));
        measured.map(|one| (one.index, one.reason))
    }

    fn take_event(&mut self, event: &EpcisEvent, index: LogIndex, bounds: &Bounds<'_>) {
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
                let judged = match judged {
                    Ok(judged) => judged,
                    Err(reason) => {
                        self.unread.push(Unread {
                            from,
                            until,
                            index,
                            reason,
                        });
                        continue;
                    }
                };
                let device = report.origin.device_id.as_ref();
                let device =
                    device.or(metadata.and_then(|metadata| metadata.origin.device_id.as_ref()));
                self.readings.push(Reading {
                    from,
                    until,
                    source: (index, number),
                    device: device.map(|device| device.canonical().into()),
                    verdict: judged.verdict,
                    worst: judged.worst,
                    excess: judged.excess,
                });
            }
        }
    }
}

/// The readings of one sensor in order, with the time that each holds. The value of an instant holds until the next
/// reading, and the last one for no time; what is told of a time holds for that time alone.
pub(super) fn held(mut readings: Vec<Reading>) -> Vec<Held> {
    readings.sort_by_key(|reading| (reading.from, reading.until, reading.source));
    let starts: Vec<Timestamp> = readings.iter().skip(1).map(|next| next.from).collect();
    let held = readings.into_iter().enumerate().map(|(place, reading)| {
        let until = match starts.get(place) {
            Some(next) if reading.from == reading.until => *next,
            _ => reading.until,
        };
        Held { reading, until }
    });
    held.collect()
}

/// The times in which the values of one sensor lay outside, from its readings.
pub(super) fn excursions(readings: Vec<Held>) -> Vec<Excursion> {
    let mut found: Vec<Excursion> = Vec::new();
    let mut current: Option<Excursion> = None;
    for held in readings {
        let is_within = held.reading.verdict == Verdict::Within;
        let ends = |excursion: &mut Excursion| is_within || excursion.until < held.reading.from;
        if let Some(past) = current.take_if(ends) {
            found.push(Excursion {
                is_open: false,
                ..past
            });
        }
        if is_within {
            continue;
        }
        let excursion = current.get_or_insert_with(|| Excursion {
            until: held.until,
            is_open: true,
            readings: Vec::new(),
        });
        excursion.until = excursion.until.max(held.until);
        excursion.readings.push(held);
    }
    found.extend(current);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(minute: i64, is_outside: bool) -> Reading {
        let time = Timestamp::from_ms(minute);
        Reading {
            from: time,
            until: time,
            source: (LogIndex(0), usize::try_from(minute).unwrap()),
            device: None,
            verdict: if is_outside {
                Verdict::Outside
            } else {
                Verdict::Within
            },
            worst: Measured {
                value: Decimal::from(minute),
                uom: "CEL".into(),
            },
            excess: Decimal::from(minute),
        }
    }

    proptest! {
        /// An instant lies in an excursion if the last report up to it is outside, and in one alone.
        #[test]
        fn excursions_are_those_of_a_plain_replay(
            reports in prop::collection::btree_map(0..60_i64, any::<bool>(), 1..20),
        ) {
            let readings = reports.iter().map(|(minute, is_outside)| reading(*minute, *is_outside));
            let found = excursions(held(readings.collect()));
            let begin = |excursion: &Excursion| excursion.readings[0].reading.from;
            let last = *reports.keys().next_back().unwrap();
            for minute in 0..last {
                let report = reports.range(..=minute).next_back();
                let is_outside = report.is_some_and(|(_, is_outside)| *is_outside);
                let at = Timestamp::from_ms(minute);
                let within = found.iter().filter(|e| begin(e) <= at && at < e.until).count();
                prop_assert_eq!(within, usize::from(is_outside), "{}", minute);
            }
            let is_open = found.last().is_some_and(|excursion| excursion.is_open);
            prop_assert_eq!(is_open, reports[&last]);
            for (one, next) in found.iter().zip(found.iter().skip(1)) {
                prop_assert!(one.until < begin(next) && !one.is_open);
            }
        }
    }
}
