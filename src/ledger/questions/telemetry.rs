//! What devices have measured, and when they were silent.

use super::QuestionError;
use super::standing::Standing;
use crate::contracts::{
    ChannelId, ChannelState, DeviceState, IndexKey, LatestPoint, StoredPoint, is_gap, read_device,
};
use crate::records::telemetry::Expectation;
use crate::types::{
    Decimal, Decode, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space, Timestamp,
};

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

/// A quantity that a device measures, as the ledger stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelAnswer {
    /// Such as `temperature`.
    pub quantity: Box<str>,
    /// UN/ECE Recommendation 20 code.
    pub unit: Box<str>,
    /// What was to be expected of its values.
    pub expectation: Expectation,
    /// How many points it has, and how many series they came in; none as of an earlier height, for which that is not
    /// kept.
    pub counts: Option<(u64, u64)>,
    /// Its latest point by time; as of an earlier height [`TelemetryScope::latest`] tells it.
    pub latest: Option<TelemetryPoint>,
}

/// What is known of a device, as the ledger stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAnswer {
    /// What it measured, or was announced to.
    pub channels: Vec<ChannelAnswer>,
}

/// What a ledger knew of a device when it stood so: what its owner had said last by then, and what had been measured.
/// None if there was neither.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn ask_device(
    view: &dyn LedgerView,
    standing: &Standing,
    member: &MemberId,
    device: &str,
) -> Result<Option<DeviceAnswer>, QuestionError> {
    let Some(now) = read_device(view, member, device)? else {
        return Ok(None);
    };
    if standing.log_size == view.tip().log_size {
        let channels = now.channels.iter().map(ChannelAnswer::of).collect();
        return Ok(Some(DeviceAnswer { channels }));
    }
    let place = |index| {
        IndexKey::DeviceStatement {
            member,
            device,
            index,
        }
        .to_bytes()
    };
    let (first, end) = (place(LogIndex(0)), place(LogIndex(standing.log_size)));
    let found = view.scan(Space::Index, &first, &end, ScanOrder::Descending, 1)?;
    let stated = match found.first() {
        Some((_, bytes)) => DeviceState::from_bytes(bytes)?,
        None => DeviceState::default(),
    };
    let mut channels = stated.channels;
    for channel in now.channels {
        let was_measured = channel.first.is_some_and(|first| standing.has(first));
        if was_measured && !channels.iter().any(|c| c.quantity == channel.quantity) {
            // Its owner had said nothing of it by then, or not since.
            let expectation = Expectation::default();
            channels.push(ChannelState {
                expectation,
                ..channel
            });
        }
    }
    if found.is_empty() && channels.is_empty() {
        return Ok(None);
    }
    let channels = channels.into_iter().map(|channel| ChannelAnswer {
        latest: None,
        counts: None,
        quantity: channel.quantity,
        unit: channel.unit,
        expectation: channel.expectation,
    });
    Ok(Some(DeviceAnswer {
        channels: channels.collect(),
    }))
}

impl ChannelAnswer {
    fn of(channel: &ChannelState) -> Self {
        Self {
            quantity: channel.quantity.clone(),
            unit: channel.unit.clone(),
            expectation: channel.expectation.clone(),
            counts: Some((channel.points, channel.series)),
            latest: channel.latest.map(TelemetryPoint::from),
        }
    }
}

impl From<LatestPoint> for TelemetryPoint {
    fn from(latest: LatestPoint) -> Self {
        Self {
            time: latest.time,
            value: latest.value,
            index: latest.index,
        }
    }
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

    /// The latest point of the channel as the ledger stood, whatever the scope's times; none if it is not among the
    /// last [`MAX_POINTS_PER_ANSWER`] that the channel has now.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn latest(&self) -> Result<Option<TelemetryPoint>, QuestionError> {
        let whole = Self {
            from: Timestamp::from_ms(i64::MAX),
            ..*self
        };
        whole.point_before()
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
