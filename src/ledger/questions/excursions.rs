//! For how long sensors measured values outside limits.

use std::collections::BTreeSet;

use super::readings::{Measured, Reading, Verdict};
use crate::types::{LogIndex, Timestamp};

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
    pub(super) fn is_measured(&self, from: Timestamp, until: Timestamp) -> bool {
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
    /// The same, where something within was reported after it.
    fn ended(self) -> Self {
        Self {
            is_open: false,
            ..self
        }
    }

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
        let mut cited = BTreeSet::new();
        let entries = readings.iter().map(|held| held.reading.source.0);
        let entries: Vec<LogIndex> = entries.filter(|index| cited.insert(*index)).collect();
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

/// The readings of one sensor in order, with the time that each holds. The value of an instant holds until a
/// reading that begins later, and the last one for no time; what is told of a time holds for that time alone.
pub(super) fn held(mut readings: Vec<Reading>) -> Vec<Held> {
    readings.sort_by(Reading::in_order);
    let (mut begin, mut later) = (None, None);
    let held = readings.into_iter().rev().map(|reading| {
        if begin != Some(reading.from) {
            (begin, later) = (Some(reading.from), begin);
        }
        let until = match later {
            Some(later) if reading.from == reading.until => later,
            _ => reading.until,
        };
        Held { reading, until }
    });
    let mut held: Vec<Held> = held.collect();
    held.reverse();
    held
}

/// The times in which the values of one sensor lay outside, from its readings in order.
///
/// Sensors that nobody tells apart, or several of one device, may measure at one instant: what is within does not end
/// what is outside then, whichever the event names first. Nothing of that is certain.
pub(super) fn excursions(readings: Vec<Held>) -> Vec<Excursion> {
    let mut found: Vec<Excursion> = Vec::new();
    let mut current: Option<Excursion> = None;
    let mut readings = readings.into_iter().peekable();
    while let Some(first) = readings.next() {
        let from = first.reading.from;
        let mut together = vec![first];
        while let Some(next) = readings.next_if(|next| next.reading.from == from) {
            together.push(next);
        }
        let is_within = |held: &Held| held.reading.verdict == Verdict::Within;
        let within = together.iter().filter(|held| is_within(held));
        let within_until = within.map(|held| held.reading.until).max();
        together.retain(|held| !is_within(held));
        let ends = |excursion: &mut Excursion| together.is_empty() || excursion.until < from;
        found.extend(current.take_if(ends).map(Excursion::ended));
        for mut held in together {
            if within_until.is_some() {
                held.reading.verdict = Verdict::Touched;
            }
            let excursion = current.get_or_insert_with(|| Excursion {
                until: held.until,
                is_open: true,
                readings: Vec::new(),
            });
            excursion.until = excursion.until.max(held.until);
            excursion.readings.push(held);
        }
        // What is told to be within for longer comes after it.
        let ends = |excursion: &mut Excursion| Some(excursion.until) < within_until;
        found.extend(current.take_if(ends).map(Excursion::ended));
    }
    found.extend(current);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::Decimal;

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
