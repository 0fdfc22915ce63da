//! What devices have measured.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{ChannelAnswer, TelemetryGap, TelemetryPage, TelemetryPoint};
use crate::types::{Height, MemberId};

/// A page of points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Telemetry)]
#[serde(rename_all = "camelCase")]
pub struct TelemetryView {
    /// The height that the points are of.
    pub height: u64,
    /// Whose device it is.
    pub member: String,
    /// The member's name of it.
    #[schema(example = "cold-room-3")]
    pub device: String,
    /// What was known of the channel at that height.
    pub channel: ChannelView,
    /// The points in order of time, each time once.
    pub points: Vec<PointView>,
    /// The `from` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next: Option<String>,
}

/// A page of gaps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TelemetryGaps)]
#[serde(rename_all = "camelCase")]
pub struct TelemetryGapsView {
    /// The height that the gaps are of.
    pub height: u64,
    /// Whose device it is.
    pub member: String,
    /// The member's name of it.
    #[schema(example = "cold-room-3")]
    pub device: String,
    /// What was known of the channel at that height.
    pub channel: ChannelView,
    /// The gaps in order of time.
    pub gaps: Vec<TelemetryGapView>,
    /// The `from` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next: Option<String>,
}

/// A quantity that a device measures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    /// What is measured.
    #[schema(example = "temperature")]
    pub quantity: String,
    /// UN/ECE Recommendation 20 code.
    #[schema(example = "CEL")]
    pub unit: String,
    /// How far apart values are to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// The smallest value that is expected, a decimal number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<String>,
    /// The greatest value that is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<String>,
    /// The greatest change in a minute that is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_change_per_minute: Option<String>,
    /// How many points there are; absent as of an earlier height, for which that is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
    /// How many series they came in; absent as of an earlier height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<u64>,
    /// The latest point by time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<PointView>,
}

/// A point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Point)]
#[serde(rename_all = "camelCase")]
pub struct PointView {
    /// When it was measured.
    #[schema(format = DateTime)]
    pub time: String,
    /// What was measured, a decimal number.
    #[schema(example = "4.25")]
    pub value: String,
    /// The entry that has it.
    pub index: u64,
}

/// A time without values.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TelemetryGap)]
#[serde(rename_all = "camelCase")]
pub struct TelemetryGapView {
    /// The time of the last point before it.
    #[schema(format = DateTime)]
    pub from: String,
    /// The time of the first point after it, or when the answer ends.
    #[schema(format = DateTime)]
    pub until: String,
    /// How long it is.
    pub duration_ms: u64,
    /// The entry of the point before it.
    pub after: u64,
    /// The entry of the point after it; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

impl TelemetryView {
    /// A page of points of a channel.
    pub fn new(
        height: Height,
        (member, device): (&MemberId, &str),
        channel: &ChannelAnswer,
        page: &TelemetryPage<TelemetryPoint>,
    ) -> Self {
        Self {
            height: height.0,
            member: member.to_string(),
            device: device.to_owned(),
            channel: ChannelView::from(channel),
            points: page.found.iter().map(PointView::from).collect(),
            next: page.next.map(|time| time.to_string()),
        }
    }
}

impl TelemetryGapsView {
    /// A page of gaps of a channel.
    pub fn new(
        height: Height,
        (member, device): (&MemberId, &str),
        channel: &ChannelAnswer,
        page: &TelemetryPage<TelemetryGap>,
    ) -> Self {
        Self {
            height: height.0,
            member: member.to_string(),
            device: device.to_owned(),
            channel: ChannelView::from(channel),
            gaps: page.found.iter().map(TelemetryGapView::from).collect(),
            next: page.next.map(|time| time.to_string()),
        }
    }
}

impl From<&ChannelAnswer> for ChannelView {
    fn from(channel: &ChannelAnswer) -> Self {
        let expectation = &channel.expectation;
        Self {
            quantity: channel.quantity.to_string(),
            unit: channel.unit.to_string(),
            interval_ms: expectation.interval_ms,
            minimum: expectation.minimum.map(|value| value.to_string()),
            maximum: expectation.maximum.map(|value| value.to_string()),
            maximum_change_per_minute: expectation
                .maximum_change_per_minute
                .map(|value| value.to_string()),
            points: channel.counts.map(|(points, _)| points),
            series: channel.counts.map(|(_, series)| series),
            latest: channel.latest.as_ref().map(PointView::from),
        }
    }
}

impl From<&TelemetryPoint> for PointView {
    fn from(point: &TelemetryPoint) -> Self {
        Self {
            time: point.time.to_string(),
            value: point.value.to_string(),
            index: point.index.0,
        }
    }
}

impl From<&TelemetryGap> for TelemetryGapView {
    fn from(gap: &TelemetryGap) -> Self {
        Self {
            from: gap.from.time.to_string(),
            until: gap.until.to_string(),
            duration_ms: gap.until.as_ms().abs_diff(gap.from.time.as_ms()),
            after: gap.from.index.0,
            before: gap.next.map(|point| point.index.0),
        }
    }
}
