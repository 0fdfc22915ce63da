//! Meters and their readings.

use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::{Meter, MeterStep};
use crate::ledger::questions::{MeterAnswer, ReadingAnswer, ReadingsAnswer};
use crate::types::{Height, MeterId};

/// A meter at a height, with a page of its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Meter)]
#[serde(rename_all = "camelCase")]
pub struct MeterView {
    /// The height that the answer is of.
    pub height: u64,
    /// The meter.
    pub meter: String,
    /// What it was then.
    #[serde(flatten)]
    pub state: MeterStateView,
    /// A page of its history, the latest change first.
    pub history: Vec<MeterStepView>,
    /// The `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A meter as a record left it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeterState)]
#[serde(rename_all = "camelCase")]
pub struct MeterStateView {
    /// Whether it is closed: nothing new is read, and it is not changed any more.
    pub closed: bool,
    /// Who reads it.
    pub operator: String,
    /// Whose energy it measures.
    pub owner: String,
    /// The market area.
    pub area: String,
    /// production, consumption or both.
    #[schema(example = "production")]
    pub kind: &'static str,
    /// What the produced energy is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "solar")]
    pub carrier: Option<&'static str>,
    /// The most power that can flow through it, in watts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_w: Option<u64>,
    /// The entry that registered it.
    pub registered: u64,
    /// How many records had stated it.
    pub revision: u64,
}

/// A change of a meter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeterStep)]
#[serde(rename_all = "camelCase")]
pub struct MeterStepView {
    /// The record's entry.
    pub index: u64,
    /// The block that executed it.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
    /// The meter as it left it.
    pub state: MeterStateView,
}

/// A page of a meter's readings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadingPage)]
#[serde(rename_all = "camelCase")]
pub struct ReadingPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The meter.
    pub meter: String,
    /// The readings, in order of time.
    pub readings: Vec<ReadingView>,
    /// The `from` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub next: Option<String>,
}

/// What went through a meter in an interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reading)]
#[serde(rename_all = "camelCase")]
pub struct ReadingView {
    /// When the interval begins.
    #[schema(format = DateTime)]
    pub start: String,
    /// How long it is (ISO 8601).
    #[schema(example = "PT15M")]
    pub duration: String,
    /// What was consumed, in Wh.
    pub wh_in: u64,
    /// What was produced, in Wh.
    pub wh_out: u64,
    /// For whom it counts.
    pub member: String,
    /// In which area.
    pub area: String,
    /// The entry that states it.
    pub index: u64,
    /// The entries that it has replaced, the latest first.
    pub replaced: Vec<u64>,
    /// The entry that issued certificates for it; not told of earlier heights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuance: Option<u64>,
    /// How much of the production they are for, in Wh; not told of earlier heights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_wh: Option<u64>,
    /// How much of the consumption is claimed to be of certificates, in Wh; not told of earlier heights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_wh: Option<u64>,
}

impl MeterView {
    /// An answer, for its meter.
    pub fn new(meter: &MeterId, answer: &MeterAnswer) -> Self {
        Self {
            height: answer.height.0,
            meter: meter.to_string(),
            state: MeterStateView::from(&answer.meter),
            history: answer.history.iter().map(MeterStepView::from).collect(),
            next: answer.next,
        }
    }
}

impl From<&Meter> for MeterStateView {
    fn from(meter: &Meter) -> Self {
        Self {
            closed: meter.is_closed,
            operator: meter.operator.to_string(),
            owner: meter.owner.to_string(),
            area: meter.area.to_string(),
            kind: meter.kind.as_str(),
            carrier: meter.carrier.map(|carrier| carrier.as_str()),
            capacity_w: meter.capacity_w,
            registered: meter.registered.0,
            revision: meter.revision,
        }
    }
}

impl From<&MeterStep> for MeterStepView {
    fn from(step: &MeterStep) -> Self {
        Self {
            index: step.index.0,
            height: step.height.0,
            time: step.time.to_string(),
            state: MeterStateView::from(&step.meter),
        }
    }
}

impl ReadingPage {
    /// An answer, for its meter. `tip` is the last height.
    pub fn new(meter: &MeterId, answer: &ReadingsAnswer, tip: Height) -> Self {
        let is_now = answer.height == tip;
        Self {
            height: answer.height.0,
            meter: meter.to_string(),
            readings: answer
                .readings
                .iter()
                .map(|reading| ReadingView::new(reading, is_now))
                .collect(),
            next: answer.next.map(|time| time.to_string()),
        }
    }
}

impl ReadingView {
    fn new(answer: &ReadingAnswer, is_now: bool) -> Self {
        let reading = &answer.reading;
        let issued = reading.issued.filter(|_| is_now);
        Self {
            start: reading.interval.start().to_string(),
            duration: reading.interval.duration().to_string(),
            wh_in: reading.wh_in,
            wh_out: reading.wh_out,
            member: reading.member.to_string(),
            area: reading.area.to_string(),
            index: reading.entry.0,
            replaced: answer.replaced.iter().map(|entry| entry.0).collect(),
            issuance: issued.map(|(issuance, _)| issuance.0),
            issued_wh: issued.map(|(_, wh)| wh),
            claimed_wh: is_now.then_some(reading.claimed_wh),
        }
    }
}
