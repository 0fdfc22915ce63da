//! What devices have measured, and when they were silent.

use super::QuestionError;
use super::standing::Standing;
use crate::contracts::{ChannelId, IndexKey, StoredPoint, is_gap};
use crate::types::{Decimal, Decode, LedgerView, LogIndex, ReadError, ScanOrder, Space, Timestamp};

/// Points that are read at a time.
const PAGE: usize = 512;

/// Most points that one answer goes through.
pub const MAX_POINTS_PER_ANSWER: usize = 50_000;

/// A point of a channel: of those that were sent for its time, the first that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelemetryPoint {
    /// When it was measured.
    pub time: Timestamp,
    /// What was measured.
    pub value: Decimal,
    /// The entry that has it.
    pub index: LogIndex,
}

/// A time without values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelemetryGap {
    /// The last point before it.
    pub from: TelemetryPoint,
    /// The first point after it; none if the device has been silent since.
    pub next: Option<TelemetryPoint>,
    /// When it ends: at that point, or at the end of what was asked for.
    pub until: Timestamp,
}

/// A page of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryPage<T> {
    /// What was found, in order of time.
    pub found: Vec<T>,
    /// The time from which to ask for the next page.
    pub next: Option<Timestamp>,
}

/// When two points are far enough apart for a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapRule {
    /// When values are missing of those expected at this interval, in milliseconds: see [`is_gap`].
    Interval(u64),
    /// When they are further apart than this, in milliseconds.
    LongerThan(u64),
}

impl GapRule {
    fn is_gap(self, from: Timestamp, until: Timestamp) -> bool {
        match self {
            Self::Interval(interval_ms) => is_gap(from, until, interval_ms),
            Self::LongerThan(most_ms) => until.as_ms().abs_diff(from.as_ms()) > most_ms,
        }
    }
}

/// The points of a channel as the ledger stood, from one time to below another.
#[derive(Clone, Copy)]
pub struct TelemetryScope<'a> {
    /// The ledger.
    pub view: &'a dyn LedgerView,
    /// How far it had come.
    pub standing: Standing,
    /// The channel.
    pub channel: ChannelId,
    /// The first time.
    pub from: Timestamp,
    /// The time at which it ends.
    pub until: Timestamp,
}

impl TelemetryScope<'_> {
    /// Up to `count` points.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn points(&self, count: usize) -> Result<TelemetryPage<TelemetryPoint>, QuestionError> {
        let mut found = Vec::new();
        let next = self.visit(|point| {
            let has_room = found.len() < count;
            if has_room {
                found.push(point);
            }
            has_room
        })?;
        Ok(TelemetryPage { found, next })
    }

    /// Up to `count` times between points that are gaps by a rule, and that reach into the scope. The device is silent
    /// from its last point to the end of the scope, or to the last block's time.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn gaps(
        &self,
        rule: GapRule,
        count: usize,
    ) -> Result<TelemetryPage<TelemetryGap>, QuestionError> {
        let mut found: Vec<TelemetryGap> = Vec::new();
        let mut last = self.point_before()?;
        let mut has_room = true;
        let next = self.visit(|point| {
            if let Some(from) = last
                && rule.is_gap(from.time, point.time)
            {
                has_room = found.len() < count;
                if !has_room {
                    return false;
                }
                found.push(TelemetryGap {
                    from,
                    next: Some(point),
                    until: point.time,
                });
            }
            last = Some(point);
            true
        })?;
        let until = self.until.min(self.standing.time);
        if next.is_none()
            && let Some(from) = last
            && from.time < until
            && rule.is_gap(from.time, until)
        {
            if found.len() >= count {
                return Ok(TelemetryPage {
                    found,
                    next: Some(until),
                });
            }
            found.push(TelemetryGap {
                from,
                next: None,
                until,
            });
        }
        Ok(TelemetryPage { found, next })
    }

    /// Shows the points in order until one is not taken, or there have been too many. Gives the time of the first
    /// that is left.
    fn visit(
        &self,
        mut take: impl FnMut(TelemetryPoint) -> bool,
    ) -> Result<Option<Timestamp>, QuestionError> {
        let mut first = self.place(self.from);
        let end = self.place(self.until);
        let mut left = MAX_POINTS_PER_ANSWER;
        loop {
            let rows = self
                .view
                .scan(Space::Index, &first, &end, ScanOrder::Ascending, PAGE)?;
            for (key, value) in &rows {
                let point = read_point(key, value)?;
                if left == 0 {
                    return Ok(Some(point.time));
                }
                left -= 1;
                if self.standing.has(point.index) && !take(point) {
                    return Ok(Some(point.time));
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == PAGE => first = [key, &[0][..]].concat(),
                _ => return Ok(None),
            }
        }
    }

    /// The last point before the scope, if it is among the last [`MAX_POINTS_PER_ANSWER`] before it.
    fn point_before(&self) -> Result<Option<TelemetryPoint>, QuestionError> {
        let first = self.place(Timestamp::from_ms(i64::MIN));
        let mut end = self.place(self.from);
        for _ in 0..MAX_POINTS_PER_ANSWER / PAGE {
            let rows = self
                .view
                .scan(Space::Index, &first, &end, ScanOrder::Descending, PAGE)?;
            for (key, value) in &rows {
                let point = read_point(key, value)?;
                if self.standing.has(point.index) {
                    return Ok(Some(point));
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == PAGE => end = key.to_vec(),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn place(&self, time: Timestamp) -> Vec<u8> {
        let channel = &self.channel;
        IndexKey::TelemetryPoint { channel, time }.to_bytes()
    }
}

fn read_point(key: &[u8], value: &[u8]) -> Result<TelemetryPoint, QuestionError> {
    let damaged = || ReadError::new("the index of points is damaged");
    let stored = StoredPoint::from_bytes(value)?;
    Ok(TelemetryPoint {
        time: IndexKey::time(key).ok_or_else(damaged)?,
        value: stored.value,
        index: stored.index,
    })
}
