//! What critical tracking events lack.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{CompletenessAnswer, KeyDataElement, TrackedEvent, TrackingEvent};

/// A page of critical tracking events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Completeness)]
#[serde(rename_all = "camelCase")]
pub struct CompletenessView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked about, in its canonical form.
    pub thing: String,
    /// The events, in order of the things and of time.
    pub events: Vec<TrackedEventView>,
    /// How many events of the things of this page are no critical tracking events.
    pub other_events: usize,
    /// The `after` of the next page; absent on the last one. Counts the events of one thing, and the things of a
    /// trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
}

/// A critical tracking event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackedEvent)]
#[serde(rename_all = "camelCase")]
pub struct TrackedEventView {
    /// The thing's canonical identifier.
    pub thing: String,
    /// The container that the event speaks of, if the thing was in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The entry.
    pub index: u64,
    /// When it happened.
    #[schema(format = DateTime)]
    pub time: String,
    /// growing, harvesting, cooling, initial-packing, land-based-receiving, shipping, receiving or
    /// transformation.
    #[schema(example = "shipping")]
    pub tracking_event: &'static str,
    /// The key data elements that it has to tell.
    pub required: Vec<&'static str>,
    /// Those that it lacks: lot-code, quantity, location, reference-document, recipient, previous-source,
    /// source-lots, lot-code-source or harvest.
    pub missing: Vec<&'static str>,
    /// Whether it lacks none.
    pub complete: bool,
}

impl CompletenessView {
    /// A page of events.
    pub fn new(thing: &str, answer: &CompletenessAnswer) -> Self {
        Self {
            height: answer.height.0,
            thing: thing.to_owned(),
            events: answer.events.iter().map(TrackedEventView::from).collect(),
            other_events: answer.other_count,
            next: answer.next,
        }
    }
}

impl From<&TrackedEvent> for TrackedEventView {
    fn from(event: &TrackedEvent) -> Self {
        let required = event.tracking_event.required();
        Self {
            thing: event.thing.to_string(),
            carrier: event.carrier.as_deref().map(str::to_owned),
            index: event.index.0,
            time: event.time.to_string(),
            tracking_event: match event.tracking_event {
                TrackingEvent::Growing => "growing",
                TrackingEvent::Harvesting => "harvesting",
                TrackingEvent::Cooling => "cooling",
                TrackingEvent::InitialPacking => "initial-packing",
                TrackingEvent::LandBasedReceiving => "land-based-receiving",
                TrackingEvent::Shipping => "shipping",
                TrackingEvent::Receiving => "receiving",
                TrackingEvent::Transformation => "transformation",
            },
            required: required.iter().copied().map(element).collect(),
            missing: event.missing.iter().copied().map(element).collect(),
            complete: event.missing.is_empty(),
        }
    }
}

fn element(element: KeyDataElement) -> &'static str {
    match element {
        KeyDataElement::LotCode => "lot-code",
        KeyDataElement::Quantity => "quantity",
        KeyDataElement::Location => "location",
        KeyDataElement::ReferenceDocument => "reference-document",
        KeyDataElement::Recipient => "recipient",
        KeyDataElement::PreviousSource => "previous-source",
        KeyDataElement::SourceLots => "source-lots",
        KeyDataElement::LotCodeSource => "lot-code-source",
        KeyDataElement::Harvest => "harvest",
    }
}
