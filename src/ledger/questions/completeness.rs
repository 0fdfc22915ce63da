//! Whether events tell what food traceability asks for: which critical tracking event each is (FSMA 204,
//! 21 CFR part 1 subpart S), and which of its key data elements it lacks.
//!
//! Which event of EPCIS is which, and where it has each element, is our mapping: the page on questions has it as
//! a table.

use std::rc::Rc;

use super::QuestionError;
use super::events::Events;
use super::gaps::ThingSelection;
use super::history::History;
use super::journey::Sighting;
use super::page::PageRange;
use crate::records::epcis::{Action, EpcisEvent, EventKind, EventType, TraceEvent, TracedObject};
use crate::types::{Height, LogIndex, Timestamp};

/// What of FSMA 204 an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrackingEvent {
    /// Growing: no critical tracking event by itself, and asked of growers.
    Growing,
    /// Harvesting (section 1.1325).
    Harvesting,
    /// Cooling before packing (section 1.1325).
    Cooling,
    /// Initial packing (section 1.1330).
    InitialPacking,
    /// First receiving on land from a fishing vessel (section 1.1335).
    LandBasedReceiving,
    /// Shipping (section 1.1340).
    Shipping,
    /// Receiving (section 1.1345).
    Receiving,
    /// Transformation (section 1.1350).
    Transformation,
}

/// What an event has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyDataElement {
    /// The traceability lot code.
    LotCode,
    /// Quantity and unit of measure.
    Quantity,
    /// Where it happened.
    Location,
    /// Type and number of a reference document.
    ReferenceDocument,
    /// Who or where gets it next.
    Recipient,
    /// From whom or where it came.
    PreviousSource,
    /// The lots that went in, with quantity and unit.
    SourceLots,
    /// Where the traceability lot code was assigned.
    LotCodeSource,
    /// When and where it was harvested.
    Harvest,
}

impl TrackingEvent {
    /// What it has to tell, beside the date, which every event does.
    pub fn required(self) -> &'static [KeyDataElement] {
        use KeyDataElement::{
            Harvest, Location, LotCode, LotCodeSource, PreviousSource, Quantity, Recipient,
            ReferenceDocument, SourceLots,
        };
        match self {
            Self::Growing => &[Location],
            Self::Harvesting | Self::Cooling => &[Quantity, Location, Recipient, ReferenceDocument],
            Self::InitialPacking => &[LotCode, Quantity, Location, Harvest, ReferenceDocument],
            Self::LandBasedReceiving => &[LotCode, Quantity, Location, Harvest, ReferenceDocument],
            Self::Shipping => &[
                LotCode,
                Quantity,
                Location,
                Recipient,
                LotCodeSource,
                ReferenceDocument,
            ],
            Self::Receiving => &[
                LotCode,
                Quantity,
                Location,
                PreviousSource,
                LotCodeSource,
                ReferenceDocument,
            ],
            Self::Transformation => &[SourceLots, LotCode, Quantity, Location, ReferenceDocument],
        }
    }

    /// Which one an event is, by its business step and its type.
    pub(super) fn of(event: &TraceEvent) -> Option<Self> {
        let uri = event.biz_step.as_deref().unwrap_or_default();
        let last = uri.rsplit(['/', '#', ':']).next().unwrap_or_default();
        let word = last.strip_prefix("BizStep-").unwrap_or(last);
        let named = match word.to_ascii_lowercase().as_str() {
            "growing" => Some(Self::Growing),
            "harvesting" | "harvest" => Some(Self::Harvesting),
            "cooling" => Some(Self::Cooling),
            "initial_packing" | "initial-packing" | "initialpacking" => Some(Self::InitialPacking),
            "landing" | "first_land_based_receiving" | "first-land-based-receiving" => {
                Some(Self::LandBasedReceiving)
            }
            "shipping" => Some(Self::Shipping),
            "receiving" => Some(Self::Receiving),
            "packing" => {
                // Packing into a container makes no new lot.
                let makes =
                    event.event_type == EventType::Object && event.action == Some(Action::Add);
                makes.then_some(Self::InitialPacking)
            }
            _ => None,
        };
        let is_transformation = event.event_type == EventType::Transformation;
        named.or(is_transformation.then_some(Self::Transformation))
    }
}

/// A critical tracking event, and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedEvent {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// What the event speaks of instead, if that is a container which the thing was in.
    pub carrier: Option<Box<str>>,
    /// The entry.
    pub index: LogIndex,
    /// When it happened.
    pub time: Timestamp,
    /// What it is.
    pub tracking_event: TrackingEvent,
    /// What it lacks.
    pub missing: Vec<KeyDataElement>,
}

/// A page of critical tracking events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletenessAnswer {
    /// The height that it is of.
    pub height: Height,
    /// The events, in order of the things and of time.
    pub events: Vec<TrackedEvent>,
    /// How many events of the things of this page are no critical tracking events.
    pub other_count: usize,
    /// How many events of one thing, or things of a trace, stand before the next page; none on the last one.
    pub next: Option<usize>,
}

impl Events<'_> {
    /// What the critical tracking events of some things lack; all of those events, or those that lack
    /// something. None if no event that counts speaks of the first thing.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, there is too much to go through, or the page is of another answer.
    pub fn completeness(
        &self,
        selection: ThingSelection<'_>,
        lacking_only: bool,
        page: PageRange,
    ) -> Result<Option<CompletenessAnswer>, QuestionError> {
        let mut history = History::new(self);
        let Some(selected) = history.select(selection, page)? else {
            return Ok(None);
        };
        let (mut events, mut other_count) = (Vec::new(), 0);
        for thing in &selected.things {
            let sightings = history.sightings(thing)?;
            // Where its lot code was assigned: the place of the event that made it.
            let has_source = sightings
                .iter()
                .any(|sighting| sighting.creates() && sighting.event.place().is_some());
            let mut told_before = Told::default();
            for sighting in &sightings {
                if sighting.depth == 0 {
                    told_before.add(&sighting.event, thing);
                }
                let Some(tracking_event) = TrackingEvent::of(&sighting.event) else {
                    other_count += 1;
                    continue;
                };
                let missing =
                    history.missing(thing, sighting, tracking_event, &told_before, has_source)?;
                if lacking_only && missing.is_empty() {
                    continue;
                }
                events.push(TrackedEvent {
                    thing: thing.clone(),
                    carrier: (sighting.depth > 0).then(|| sighting.carrier.clone()),
                    index: sighting.index(),
                    time: sighting.moment.0,
                    tracking_event,
                    missing,
                });
            }
        }
        let mut next = selected.next;
        if let ThingSelection::One(_) = selection {
            (events, next) = page.cut(events)?;
        }
        Ok(Some(CompletenessAnswer {
            height: self.height(),
            events,
            other_count,
            next,
        }))
    }
}

impl History<'_, '_> {
    /// What a critical tracking event of a thing lacks.
    fn missing(
        &mut self,
        thing: &str,
        sighting: &Sighting,
        tracking_event: TrackingEvent,
        told_before: &Told,
        has_source: bool,
    ) -> Result<Vec<KeyDataElement>, QuestionError> {
        let (body, _) = self.body(sighting.index())?;
        let event = Rc::clone(&sighting.event);
        let is_unit = thing.starts_with("https://id.gs1.org/00/");
        let mut of_event = Told::default();
        let told = match (tracking_event, sighting.depth) {
            (TrackingEvent::Transformation, _) => {
                event
                    .outputs
                    .iter()
                    .for_each(|object| of_event.take(object));
                &of_event
            }
            // The number of a logistic unit is no lot: what is in it counts.
            (_, 0) if is_unit => &of_event,
            (_, 0) => {
                of_event.add(&event, thing);
                &of_event
            }
            // Of a container that leaves or arrives, what was packed is told by the events that packed it.
            _ => told_before,
        };
        let holds_known = match told.is_empty {
            true => !self
                .contents(&sighting.carrier, sighting.moment)?
                .contents
                .is_empty(),
            false => true,
        };
        let mut missing = Vec::new();
        for element in tracking_event.required() {
            let is_told = match element {
                KeyDataElement::LotCode | KeyDataElement::Quantity if told.is_empty => holds_known,
                KeyDataElement::LotCode => told.has_lot_codes || tells(&body, &["lotnumber"]),
                KeyDataElement::Quantity if sighting.depth > 0 => told.has_quantity,
                KeyDataElement::Quantity => told.has_quantities,
                KeyDataElement::Location => event.place().is_some(),
                KeyDataElement::ReferenceDocument => !body.biz_transactions.is_empty(),
                KeyDataElement::Recipient => !body.destinations.is_empty(),
                KeyDataElement::PreviousSource => !body.sources.is_empty(),
                KeyDataElement::SourceLots => {
                    let is_input = event.event_type == EventType::Transformation;
                    is_input && !event.objects.is_empty() && event.objects.iter().all(has_quantity)
                }
                KeyDataElement::LotCodeSource => has_source || (is_unit && holds_known),
                KeyDataElement::Harvest => {
                    let comes_from_lots =
                        event.event_type == EventType::Transformation && !event.objects.is_empty();
                    comes_from_lots || tells_harvest(&body)
                }
            };
            if !is_told {
                missing.push(*element);
            }
        }
        Ok(missing)
    }
}

/// What events say of things by name.
struct Told {
    /// Whether nothing is said.
    is_empty: bool,
    /// Whether each is named by a lot.
    has_lot_codes: bool,
    /// Whether an amount of one is stated, and of each.
    has_quantity: bool,
    has_quantities: bool,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            is_empty: true,
            has_lot_codes: true,
            has_quantity: false,
            has_quantities: true,
        }
    }
}

impl Told {
    /// What an event says of a thing.
    fn add(&mut self, event: &TraceEvent, thing: &str) {
        let named = event.objects.iter().chain(&event.outputs);
        named
            .filter(|object| *object.id == *thing)
            .for_each(|object| self.take(object));
    }

    fn take(&mut self, object: &TracedObject) {
        self.is_empty = false;
        self.has_lot_codes &= has_lot_code(object);
        self.has_quantity |= has_quantity(object);
        self.has_quantities &= has_quantity(object);
    }
}

/// Whether an amount is stated; a single object is one piece.
fn has_quantity(object: &TracedObject) -> bool {
    !object.is_class || object.quantity.is_some()
}

/// Whether an object is named by a lot: a serial number is finer than a lot code, and a product by itself is
/// none.
fn has_lot_code(object: &TracedObject) -> bool {
    let is_product = object.is_class && object.id.starts_with("https://id.gs1.org/01/");
    !is_product || object.id.contains("/10/")
}

/// Whether an event tells of the harvest in its master data.
fn tells_harvest(body: &EpcisEvent) -> bool {
    tells(body, &["harvestdate", "harveststartdate", "harvestenddate"])
}

/// Whether the instance or lot master data of an event have a field of one of these names, whatever its
/// namespace.
fn tells(body: &EpcisEvent, names: &[&str]) -> bool {
    let (EventKind::Object { ilmd, .. } | EventKind::Transformation { ilmd, .. }) = &body.kind
    else {
        return false;
    };
    ilmd.iter().any(|field| {
        let name = field.name.canonical();
        let local = name.rsplit(['}', '#', ':', '/']).next().unwrap_or(name);
        names.contains(&local.to_ascii_lowercase().as_str())
    })
}
