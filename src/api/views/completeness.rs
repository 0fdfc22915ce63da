//! What critical tracking events lack.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{
    CompletenessAnswer, Description, KeyDataElement, MAX_STATEMENTS, TrackedEvent, TrackingEvent,
};
use crate::records::epcis::without_qualifiers;

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
    /// The `after` of the next page; absent on the last one. `limit` counts the events of one thing, and the things of a
    /// trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
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
    /// Who captured it.
    pub member: String,
    /// When it happened.
    #[schema(format = DateTime)]
    pub time: String,
    /// growing, harvesting, cooling, initial-packing, land-based-receiving, shipping, receiving or
    /// transformation.
    #[schema(example = "shipping")]
    pub tracking_event: &'static str,
    /// The key data elements that it has to tell.
    pub required: Vec<&'static str>,
    /// Those that it lacks: lot-code, quantity, product-description, location, location-description,
    /// reference-document, recipient, recipient-description, previous-source, previous-source-description,
    /// source-lots, source-lot-descriptions, lot-code-source, lot-code-source-description or harvest.
    pub missing: Vec<&'static str>,
    /// Whether it lacks none.
    pub complete: bool,
    /// Who describes what it names, those first that lack something: at most 20.
    pub descriptions: Vec<DescriptionView>,
    /// Whether there are more of these.
    pub more_descriptions: bool,
    /// Whether it is judged by less than all that events tell: its transformation has more events, or its container
    /// holds more, than are gone through.
    pub parts_left_out: bool,
}

/// The description of a product, a place or a party that an event names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackedDescription)]
#[serde(rename_all = "camelCase")]
pub struct DescriptionView {
    /// The key data element.
    #[schema(example = "location-description")]
    pub element: &'static str,
    /// The canonical identifier of what is described.
    pub of: String,
    /// The member whose word counts; absent if nobody says anything of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The entries that say so: master data, or the event that says it in its own.
    pub entries: Vec<u64>,
    /// The attributes that it lacks.
    #[schema(example = json!(["telephone", "countryCode"]))]
    pub lacks: Vec<&'static str>,
    /// Whether there are more than 1,000 statements about it, or about the location that it is a part of: what
    /// these say is not known.
    pub too_many_statements: bool,
    /// What helps, if it lacks some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl CompletenessView {
    /// A page of events.
    pub fn new(thing: &str, answer: &CompletenessAnswer, next: Option<String>) -> Self {
        Self {
            height: answer.height.0,
            thing: thing.to_owned(),
            events: answer.events.iter().map(TrackedEventView::from).collect(),
            other_events: answer.other_count,
            next,
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
            member: event.member.to_string(),
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
            descriptions: event
                .descriptions
                .iter()
                .map(|description| DescriptionView::new(description, event))
                .collect(),
            more_descriptions: event.more_descriptions,
            parts_left_out: event.parts_left_out,
        }
    }
}

impl DescriptionView {
    fn new(description: &Description, event: &TrackedEvent) -> Self {
        let parts = description.lacks.iter();
        let lacks: Vec<_> = parts
            .filter_map(|part| part.attributes().first().copied())
            .collect();
        let help = (!lacks.is_empty()).then(|| {
            let names: Vec<_> = lacks.iter().map(|name| format!("cbvmda:{name}")).collect();
            // What is said of a product serves all its lots.
            let id = match description.element.is_of_products() {
                true => without_qualifiers(&description.of),
                false => &description.of,
            };
            if description.has_too_many_statements {
                return format!(
                    "more than {MAX_STATEMENTS} statements of master data are about it, and none of them is taken: name \
                     another place or product in events, or describe a product in the master data of its lot"
                );
            }
            format!(
                "submit a record of the kind epcis.master-data with the id {id} and the attributes {}; the word of {} \
                 counts first, then that of any other member, each by itself",
                names.join(", "),
                event.member
            )
        });
        let by = description.by.as_ref();
        Self {
            element: element(description.element),
            of: description.of.to_string(),
            member: by.map(|by| by.member.to_string()),
            entries: by.map_or_else(Vec::new, |by| by.entries.iter().map(|at| at.0).collect()),
            lacks,
            too_many_statements: description.has_too_many_statements,
            help,
        }
    }
}

fn element(element: KeyDataElement) -> &'static str {
    match element {
        KeyDataElement::LotCode => "lot-code",
        KeyDataElement::Quantity => "quantity",
        KeyDataElement::ProductDescription => "product-description",
        KeyDataElement::Location => "location",
        KeyDataElement::LocationDescription => "location-description",
        KeyDataElement::ReferenceDocument => "reference-document",
        KeyDataElement::Recipient => "recipient",
        KeyDataElement::RecipientDescription => "recipient-description",
        KeyDataElement::PreviousSource => "previous-source",
        KeyDataElement::PreviousSourceDescription => "previous-source-description",
        KeyDataElement::SourceLots => "source-lots",
        KeyDataElement::SourceLotDescriptions => "source-lot-descriptions",
        KeyDataElement::LotCodeSource => "lot-code-source",
        KeyDataElement::LotCodeSourceDescription => "lot-code-source-description",
        KeyDataElement::Harvest => "harvest",
    }
}
