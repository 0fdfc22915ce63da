//! How long things were where.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{DwellAnswer, ThingVisit};

/// A page of visits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dwell)]
#[serde(rename_all = "camelCase")]
pub struct DwellView {
    /// The height that the answer is of.
    pub height: u64,
    /// The thing that was asked about, in its canonical form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thing: Option<String>,
    /// The place that was asked about, in its canonical form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Up to when visits that have not ended are measured.
    #[schema(format = DateTime)]
    pub until: String,
    /// The visits: of a thing in order of arrival, at a place in order of the things.
    pub visits: Vec<VisitView>,
    /// The lots whose visits are not told, because their amounts cannot be added up.
    pub not_summed: Vec<String>,
    /// The `after` of the next page; absent on the last one. A page of a place may have fewer visits than `limit`, and be
    /// followed by another all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// That a thing was at a place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Visit)]
#[serde(rename_all = "camelCase")]
pub struct VisitView {
    /// The thing's canonical identifier.
    pub thing: String,
    /// The place's.
    pub place: String,
    /// When it was seen there first.
    #[schema(format = DateTime)]
    pub arrival: String,
    /// The entry of the event that says so.
    pub arrival_index: u64,
    /// When it was seen there last.
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// The entry of the event that says so.
    pub last_seen_index: u64,
    /// By when it had left; absent if it is there still.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub departure: Option<String>,
    /// The entry of the event that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_index: Option<u64>,
    /// Whether an event tells that it left. If not, it was seen somewhere else at the time of departure.
    pub departure_seen: bool,
    /// Whether it is there still.
    pub open: bool,
    /// The container that it was in when it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Departure minus arrival, in milliseconds.
    pub duration_ms: u64,
    /// The same as an ISO 8601 duration.
    #[schema(example = "P2DT3H")]
    pub duration: String,
}

impl DwellView {
    /// A page of visits of a thing, or at a place.
    pub fn new<Begin>(
        (thing, place): (Option<String>, Option<String>),
        answer: &DwellAnswer<Begin>,
        next: Option<String>,
    ) -> Self {
        Self {
            height: answer.height.0,
            thing,
            place,
            until: answer.until.to_string(),
            visits: answer.visits.iter().map(VisitView::from).collect(),
            not_summed: answer.not_summed.iter().map(ToString::to_string).collect(),
            next,
        }
    }
}

impl From<&ThingVisit> for VisitView {
    fn from(visit: &ThingVisit) -> Self {
        let ThingVisit { thing, visit } = visit;
        Self {
            thing: thing.to_string(),
            place: visit.place.to_string(),
            arrival: visit.arrival.0.to_string(),
            arrival_index: visit.arrival.1.0,
            last_seen: visit.last_seen.0.to_string(),
            last_seen_index: visit.last_seen.1.0,
            departure: visit.departure.map(|(time, _)| time.to_string()),
            departure_index: visit.departure.map(|(_, index)| index.0),
            departure_seen: visit.is_departure_seen,
            open: visit.departure.is_none(),
            container: visit.container.as_deref().map(str::to_owned),
            duration_ms: visit.duration.as_ms(),
            duration: visit.duration.to_string(),
        }
    }
}
