//! What is strange about a series.

use super::outliers::stands_apart;
use super::points::{StoredPoint, is_gap};
use super::state::LatestPoint;
use crate::records::telemetry::{Expectation, MAX_VALUE_PLACES, Point};
use crate::types::{Flag, LogIndex, Timestamp};

/// Milliseconds of a minute.
const MS_PER_MINUTE: i128 = 60_000;

/// What the points of a series have met on the ledger.
#[derive(Debug, Default)]
pub(super) struct Strange {
    /// New points that are not later than the latest one that was known.
    pub(super) late: usize,
    /// Points that were known with the same value.
    overlapping: usize,
    /// Points that were known with another value, and the first of them.
    conflicting: usize,
    first_conflict: Option<(Timestamp, LogIndex)>,
}

/// How a value is strange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlier {
    BelowMinimum,
    AboveMaximum,
    TooFast,
    Apart,
}

impl Strange {
    /// A point is at a time that the channel knows.
    pub(super) fn met(&mut self, point: &Point, known: &StoredPoint) {
        if point.value == known.value {
            self.overlapping += 1;
            return;
        }
        self.conflicting += 1;
        self.first_conflict.get_or_insert((point.time, known.index));
    }

    /// The flags of a series, the gravest first.
    pub(super) fn flags(
        &self,
        points: &[Point],
        before: Option<&LatestPoint>,
        expectation: &Expectation,
    ) -> Vec<Flag> {
        let mut flags = Vec::new();
        let count = points.len();
        if let Some((time, index)) = self.first_conflict {
            let reason = format!(
                "{} of {count} points have another value on the ledger, which stays; the first at \
                 {time}, by entry {index}",
                self.conflicting
            );
            flags.push(Flag::new("conflict", reason));
        }
        let latest = before.map(|latest| Point {
            time: latest.time,
            value: latest.value,
        });
        flags.extend(outlier_flag(points, latest, expectation));
        // What is later than all that was known follows on the latest point.
        let follows = latest.filter(|latest| {
            let first = points.first();
            first.is_some_and(|first| first.time > latest.time)
        });
        flags.extend(gap_flag(points, follows, expectation));
        if self.overlapping > 0 {
            let reason = format!(
                "{} of {count} points were on the ledger before, with the same values",
                self.overlapping
            );
            flags.push(Flag::new("overlap", reason));
        }
        if self.late > 0 {
            let reason = format!(
                "{} of {count} points are not later than the latest that was known",
                self.late
            );
            flags.push(Flag::new("late", reason));
        }
        flags
    }
}

/// The points with the one before each, if there is one.
fn steps(points: &[Point], before: Option<Point>) -> impl Iterator<Item = (Option<Point>, Point)> {
    let earlier = std::iter::once(before).chain(points.iter().copied().map(Some));
    earlier.zip(points.iter().copied())
}

fn gap_flag(points: &[Point], before: Option<Point>, expectation: &Expectation) -> Option<Flag> {
    let interval_ms = expectation.interval_ms?;
    let mut gaps = steps(points, before).filter_map(|(earlier, point)| {
        let earlier = earlier?;
        is_gap(earlier.time, point.time, interval_ms).then_some((earlier.time, point.time))
    });
    let (from, until) = gaps.next()?;
    let more = gaps.count();
    Some(Flag::new(
        "gap",
        format!(
            "{} gaps: values are expected every {interval_ms} ms, and there is none between \
             {from} and {until}",
            more + 1
        ),
    ))
}

fn outlier_flag(
    points: &[Point],
    latest: Option<Point>,
    expectation: &Expectation,
) -> Option<Flag> {
    let scaled: Vec<i128> = points.iter().map(|point| nano(*point)).collect();
    let apart = stands_apart(&scaled);
    let mut count = 0;
    let mut first = None;
    for (at, (earlier, point)) in steps(points, None).enumerate() {
        // What goes on from a point that is later than all that was known says nothing of that any more.
        let latest =
            latest.filter(|latest| earlier.is_none_or(|earlier| latest.time >= earlier.time));
        let by_limits = strange_by_limits([earlier, latest], point, expectation);
        let by_others = apart.contains(&at).then_some(Outlier::Apart);
        if let Some(outlier) = by_limits.or(by_others) {
            count += 1;
            first.get_or_insert((point, outlier));
        }
    }
    let (point, outlier) = first?;
    let how = match outlier {
        Outlier::BelowMinimum => "below the device's minimum",
        Outlier::AboveMaximum => "above the device's maximum",
        Outlier::TooFast => "a faster change than the device's values may make",
        Outlier::Apart => "far from the other values of the series",
    };
    Some(Flag::new(
        "outlier",
        format!(
            "{count} of {} values; the first, {} at {}, is {how}",
            points.len(),
            point.value,
            point.time
        ),
    ))
}

/// How a value is strange by what its owner says of the device. It is held against the point before it in the series,
/// and against the latest one that was known, unless that lies before both: it is all that the state has at hand of points that
/// came before, and shows a value that cannot have been in whatever order the points come.
fn strange_by_limits(
    others: [Option<Point>; 2],
    point: Point,
    expectation: &Expectation,
) -> Option<Outlier> {
    if expectation.minimum.is_some_and(|least| point.value < least) {
        return Some(Outlier::BelowMinimum);
    }
    if expectation.maximum.is_some_and(|most| point.value > most) {
        return Some(Outlier::AboveMaximum);
    }
    let most = expectation.maximum_change_per_minute?;
    let most = most.to_scaled_integer(MAX_VALUE_PLACES)?;
    let is_too_fast = |other: Point| changes_too_fast(other, point, most);
    let mut others = others.into_iter().flatten();
    others.any(is_too_fast).then_some(Outlier::TooFast)
}

/// Whether two values lie further apart than their times allow, `most` billionths a minute. Two values of one time are no
/// change: that they differ is a conflict.
fn changes_too_fast(other: Point, point: Point, most: i128) -> bool {
    let elapsed_ms = (i128::from(point.time.as_ms()) - i128::from(other.time.as_ms())).abs();
    // Values are below 10^21 here and times below 10^15: products fit.
    let change = (nano(point) - nano(other)).abs();
    elapsed_ms > 0 && change * MS_PER_MINUTE > most * elapsed_ms
}

/// A value times 10^9: whole, and below 10^21, as the reader of bodies sees to it.
fn nano(point: Point) -> i128 {
    point
        .value
        .to_scaled_integer(MAX_VALUE_PLACES)
        .unwrap_or(i128::from(i64::MAX))
}
