//! Whether events tell what food traceability asks for: which critical tracking event each is (FSMA 204,
//! 21 CFR part 1 subpart S), and which of its key data elements it lacks.
//!
//! Which event of EPCIS is which, where it has each element, and what counts as the description of a product or
//! a place, is our mapping: the page on questions has it as tables.

mod description;
mod descriptions;
mod held;
mod told;
mod tracking_event;
mod transformations;

use std::collections::BTreeSet;
use std::rc::Rc;

pub use description::DescriptionPart;
pub(super) use description::last_word;
pub use descriptions::{DescribedBy, Description, MAX_ANSWER_DESCRIPTIONS};
pub use tracking_event::{KeyDataElement, TrackingEvent};
pub use transformations::MAX_NAMING_EVENTS;

use super::QuestionError;
use super::events::Events;
use super::gaps::ThingSelection;
use super::history::{History, Moment};
use super::journey::Sighting;
use super::page::PageRange;
use super::spending::before;
use crate::records::epcis::{
    Action, EpcisEvent, EventType, SourceOrDestination, ThingRole, TraceEvent, without_qualifiers,
};
use crate::types::{Height, LogIndex, MemberId, Timestamp};
use descriptions::Descriptions;
use held::Held;
use told::{Told, has_quantity, tells_harvest, tells_lot_number, tells_product};
use transformations::{HasInputs, Transformation, Transformations};

/// Most descriptions that are listed of one event; those that lack something come first.
pub const MAX_LISTED_DESCRIPTIONS: usize = 20;

/// A critical tracking event, and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedEvent {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// What the event speaks of instead, if that is a container which the thing was in.
    pub carrier: Option<Box<str>>,
    /// The entry.
    pub index: LogIndex,
    /// Who captured it.
    pub member: MemberId,
    /// When it happened.
    pub time: Timestamp,
    /// What it is.
    pub tracking_event: TrackingEvent,
    /// What it lacks.
    pub missing: Vec<KeyDataElement>,
    /// What was found of the descriptions that it needs, of what it names: no more than
    /// [`MAX_LISTED_DESCRIPTIONS`].
    pub descriptions: Vec<Description>,
    /// Whether there are more of these.
    pub more_descriptions: bool,
    /// Whether it rests on less than all that events tell: there are more events of its transformation, or contents of
    /// its container, than are gone through.
    pub parts_left_out: bool,
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
    /// Master data count as they stood at the height: a statement has no time of its own at which it holds.
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
        let mut descriptions = Descriptions::default();
        let mut transformations = Transformations::default();
        let (mut events, mut other_count) = (Vec::new(), 0);
        for thing in &selected.things {
            let sightings = history.sightings(thing)?;
            let mut known = history.beginning(thing, &sightings, &mut transformations)?;
            for sighting in &sightings {
                let tracking_event = TrackingEvent::of(&sighting.event);
                known.hear(sighting, tracking_event);
                let Some(tracking_event) = tracking_event else {
                    other_count += 1;
                    continue;
                };
                let event = history.judge(
                    &known,
                    sighting,
                    tracking_event,
                    &mut descriptions,
                    &mut transformations,
                )?;
                if !lacking_only || !event.missing.is_empty() {
                    events.push(event);
                }
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

/// What the events of a thing have told so far.
struct Known<'a> {
    thing: &'a str,
    told: Told,
    /// The places of the events that made it: where its lot code was assigned.
    sources: Vec<Box<str>>,
    /// Whose event said in the thing's master data what it is.
    named_by: Option<DescribedBy>,
    /// Whether it was made from inputs, which can be followed back.
    has_inputs: HasInputs,
    /// Whether an event told when and where it was harvested.
    is_harvested: bool,
}

impl Known<'_> {
    fn hear(&mut self, sighting: &Sighting, tracking_event: Option<TrackingEvent>) {
        if sighting.depth == 0 {
            self.told.add(&sighting.event, self.thing);
        }
        self.is_harvested |=
            tracking_event == Some(TrackingEvent::Harvesting) && sighting.event.place().is_some();
    }
}

/// A critical tracking event with what is found of the descriptions that it needs.
struct Found<'a> {
    history: &'a Events<'a>,
    /// Who captured it.
    member: &'a MemberId,
    descriptions: &'a mut Descriptions,
    found: Vec<Description>,
}

impl History<'_, '_> {
    /// What is known of a thing before its first event, from those that made it.
    fn beginning<'t>(
        &mut self,
        thing: &'t str,
        sightings: &[Sighting],
        transformations: &mut Transformations,
    ) -> Result<Known<'t>, QuestionError> {
        let (mut sources, mut named_by, mut has_inputs) = (Vec::new(), None, HasInputs::No);
        for sighting in sightings.iter().filter(|sighting| sighting.creates()) {
            sources.extend(sighting.event.place().map(Box::from));
            if has_inputs != HasInputs::Yes {
                let of_event =
                    self.has_inputs(&sighting.event, sighting.moment, transformations)?;
                has_inputs = has_inputs.or(of_event);
            }
            if named_by.is_none() {
                let (body, member) = self.body(sighting.index())?;
                named_by = named(&body, member, sighting.index());
            }
        }
        Ok(Known {
            thing,
            told: Told::default(),
            sources,
            named_by,
            has_inputs,
            is_harvested: false,
        })
    }

    /// What a critical tracking event of a thing tells, and what it lacks.
    fn judge(
        &mut self,
        known: &Known<'_>,
        sighting: &Sighting,
        tracking_event: TrackingEvent,
        descriptions: &mut Descriptions,
        transformations: &mut Transformations,
    ) -> Result<TrackedEvent, QuestionError> {
        let (body, member) = self.body(sighting.index())?;
        let event = Rc::clone(&sighting.event);
        let is_unit = holds_others(known.thing);
        let transformation = match tracking_event {
            TrackingEvent::Transformation => {
                self.transformation(&event, sighting.moment, transformations)?
            }
            _ => Transformation::default(),
        };
        let Transformation { inputs, outputs } = &transformation;
        let is_transformation = tracking_event == TrackingEvent::Transformation;
        let mut of_event = Told::default();
        let told = match (is_transformation, sighting.depth) {
            (true, _) => &outputs.told,
            // The number of a container is no lot: what is in it counts.
            _ if is_unit => &of_event,
            (_, 0) => {
                of_event.add(&event, known.thing);
                &of_event
            }
            // Of a container that leaves or arrives, what was packed is told by the events that packed it.
            _ => &known.told,
        };
        let held = match told.is_empty && !is_transformation {
            true => Some(self.held(known.thing, contents_at(sighting))?),
            false => None,
        };
        let is_held_told = held.as_ref().is_some_and(Held::is_told);
        let mut products = BTreeSet::from([product_or_lot(known.thing).into()]);
        if let Some(held) = held.as_ref().filter(|_| is_unit) {
            products.clone_from(&held.products);
        }
        if is_transformation {
            products.clone_from(&outputs.products);
        }
        let comes_from_lots = event.event_type == EventType::Transformation
            && tracking_event.required().contains(&KeyDataElement::Harvest)
            && self.names_inputs(&event, sighting.moment, transformations)?;
        let has_packed_quantity = match held.is_none() && !is_transformation && sighting.depth > 0 {
            true => self.has_packed_quantity(known.thing, &event, contents_at(sighting))?,
            false => None,
        };
        let named_here = || named(&body, member.clone(), sighting.index());
        let named_by = match (tracking_event, sighting.depth) {
            (TrackingEvent::Transformation, _) => named_here().or_else(|| outputs.named_by.clone()),
            _ if is_unit => None,
            (_, 0) => known.named_by.clone().or_else(named_here),
            _ => known.named_by.clone(),
        };
        let mut found = Found {
            history: self.events,
            member: &member,
            descriptions,
            found: Vec::new(),
        };
        let mut missing = Vec::new();
        for element in tracking_event.required() {
            let is_told = match element {
                KeyDataElement::LotCode => {
                    let tells_number = outputs.tells_lot_number || tells_lot_number(&body);
                    match &held {
                        Some(held) => held.is_told() && (held.has_lot_codes || tells_number),
                        None => !told.is_empty && (told.has_lot_codes || tells_number),
                    }
                }
                KeyDataElement::Quantity => match &held {
                    Some(held) => held.is_told() && held.has_quantities,
                    None if is_transformation || sighting.depth == 0 => {
                        !told.is_empty && told.has_quantities
                    }
                    None => has_packed_quantity.unwrap_or(told.has_quantity),
                },
                KeyDataElement::ProductDescription => {
                    let is_any_unknown = is_unit && held.as_ref().is_some_and(|it| !it.is_known);
                    found.products(*element, &products, named_by.as_ref())? && !is_any_unknown
                }
                KeyDataElement::Location => event.place().is_some(),
                KeyDataElement::LocationDescription => found.places(*element, places(&event))?,
                KeyDataElement::ReferenceDocument => {
                    let mut documents = body.biz_transactions.iter();
                    documents.any(|document| document.kind.is_some())
                }
                KeyDataElement::Recipient => !body.destinations.is_empty(),
                KeyDataElement::RecipientDescription => {
                    found.places(*element, ends(&body.destinations))?
                }
                KeyDataElement::PreviousSource => !body.sources.is_empty(),
                KeyDataElement::PreviousSourceDescription => {
                    found.places(*element, ends(&body.sources))?
                }
                KeyDataElement::SourceLots => inputs.is_any && inputs.has_quantities,
                KeyDataElement::SourceLotDescriptions => {
                    found.products(*element, &inputs.products, None)? && inputs.is_known
                }
                // The lots in a container are asked for by themselves.
                KeyDataElement::LotCodeSource => {
                    !known.sources.is_empty() || (is_unit && is_held_told)
                }
                KeyDataElement::LotCodeSourceDescription => {
                    let sources = known.sources.iter().cloned();
                    found.places(*element, sources)? || (is_unit && is_held_told)
                }
                KeyDataElement::Harvest => {
                    let leads_back = comes_from_lots || known.has_inputs == HasInputs::Yes;
                    leads_back || known.is_harvested || tells_harvest(&body)
                }
            };
            if !is_told {
                missing.push(*element);
            }
        }
        let lacks = |element| missing.contains(&element);
        let has_more_names = outputs.has_more_names
            && (lacks(KeyDataElement::LotCode) || lacks(KeyDataElement::ProductDescription));
        let may_lead_back =
            known.has_inputs == HasInputs::Unknown && lacks(KeyDataElement::Harvest);
        let are_contents_cut = held.is_some_and(|held| !held.is_complete);
        let parts_left_out =
            inputs.is_cut || outputs.is_cut || has_more_names || may_lead_back || are_contents_cut;
        let mut descriptions = found.found;
        descriptions.sort_by_key(|description| description.lacks.is_empty());
        let more_descriptions = descriptions.len() > MAX_LISTED_DESCRIPTIONS;
        descriptions.truncate(MAX_LISTED_DESCRIPTIONS);
        Ok(TrackedEvent {
            thing: known.thing.into(),
            carrier: (sighting.depth > 0).then(|| sighting.carrier.clone()),
            index: sighting.index(),
            member,
            time: sighting.moment.0,
            tracking_event,
            missing,
            descriptions,
            more_descriptions,
            parts_left_out,
        })
    }
}

impl History<'_, '_> {
    /// Whether an amount is known of all of a thing that is in containers of which an event speaks, themselves or in others,
    /// right after a moment; none if it is in none.
    fn has_packed_quantity(
        &mut self,
        thing: &str,
        event: &TraceEvent,
        at: Moment,
    ) -> Result<Option<bool>, QuestionError> {
        let mut is_known = None;
        for container in self.parents(thing, at)? {
            if self.is_carried_by(event, &container.parent, at)? {
                let has_quantity = has_quantity(&container.content.object);
                is_known = Some(has_quantity && is_known.unwrap_or(true));
            }
        }
        Ok(is_known)
    }

    /// Whether an event speaks of a container, or of one that it is in right after a moment.
    fn is_carried_by(
        &mut self,
        event: &TraceEvent,
        container: &str,
        at: Moment,
    ) -> Result<bool, QuestionError> {
        if moves(event, container) {
            return Ok(true);
        }
        let carriers = self.carriers(container)?;
        let mut there = carriers.iter().filter(|carrier| carrier.covers(at));
        Ok(there.any(|carrier| moves(event, &carrier.id)))
    }
}

impl Found<'_> {
    /// Whether there are products and all are described: in master data, or by the event that `named_by` is of.
    fn products(
        &mut self,
        element: KeyDataElement,
        products: &BTreeSet<Box<str>>,
        named_by: Option<&DescribedBy>,
    ) -> Result<bool, QuestionError> {
        let mut is_told = !products.is_empty();
        // Many lots may have the description of their product.
        let mut seen = BTreeSet::new();
        for product in products {
            let mut description =
                self.descriptions
                    .of_product(self.history, element, product, self.member)?;
            if let Some(by) = named_by.filter(|_| !description.lacks.is_empty()) {
                (description.by, description.lacks) = (Some(by.clone()), Vec::new());
            }
            is_told &= description.lacks.is_empty();
            if seen.insert(description.of.clone()) {
                self.found.push(description);
            }
        }
        Ok(is_told)
    }

    /// Whether one of some places is described: the first that is, or else the first of all, is taken down.
    fn places(
        &mut self,
        element: KeyDataElement,
        places: impl Iterator<Item = Box<str>>,
    ) -> Result<bool, QuestionError> {
        let mut first = None;
        for place in places {
            let description =
                self.descriptions
                    .of_location(self.history, element, &place, self.member)?;
            if description.lacks.is_empty() {
                self.found.push(description);
                return Ok(true);
            }
            first.get_or_insert(description);
        }
        self.found.extend(first);
        Ok(false)
    }
}

/// The moment whose contents an event speaks of: what it takes out, or uses up, was in there before.
fn contents_at(sighting: &Sighting) -> Moment {
    let event = &sighting.event;
    let is_used_up =
        event.event_type == EventType::Transformation && !sighting.roles.has(ThingRole::Output);
    match event.action == Some(Action::Delete) || is_used_up {
        true => before(sighting.moment),
        false => sighting.moment,
    }
}

/// Whether an event speaks of a container with all that is in it: what is taken out of one leaves the rest behind.
fn moves(event: &TraceEvent, container: &str) -> bool {
    let takes_out = event.action == Some(Action::Delete) && !event.objects.is_empty();
    let parent = event.parent.as_deref().filter(|_| !takes_out);
    let mut named = event.objects.iter().map(|object| &*object.id).chain(parent);
    named.any(|id| id == container)
}

fn is_logistic_unit(thing: &str) -> bool {
    thing.starts_with("https://id.gs1.org/00/")
}

/// Whether a thing is there for what is in it.
fn holds_others(thing: &str) -> bool {
    is_logistic_unit(thing) || is_asset(thing)
}

/// Whether a thing is an asset, such as a crate (GRAI) or a tank (GIAI): it is no product, though products may be in it.
fn is_asset(thing: &str) -> bool {
    let kinds = ["https://id.gs1.org/8003/", "https://id.gs1.org/8004/"];
    kinds.iter().any(|kind| thing.starts_with(kind))
}

/// What master data describe of a thing: its lot, if it is one, and otherwise its product.
fn product_or_lot(thing: &str) -> &str {
    match thing.contains("/10/") {
        true => thing,
        false => without_qualifiers(thing),
    }
}

/// Who says in the master data of an event what the product is.
fn named(body: &EpcisEvent, member: MemberId, index: LogIndex) -> Option<DescribedBy> {
    tells_product(body).then(|| DescribedBy {
        member,
        entries: [index].into(),
    })
}

/// Where an event happened, the business location first.
fn places(event: &TraceEvent) -> impl Iterator<Item = Box<str>> {
    let places = [&event.biz_location, &event.read_point];
    places.into_iter().flatten().cloned()
}

/// The ends of a transfer, places before parties.
fn ends(ends: &[SourceOrDestination]) -> impl Iterator<Item = Box<str>> {
    let is_place = |end: &&SourceOrDestination| end.kind.uri().ends_with("SDT-location");
    let is_party = move |end: &&SourceOrDestination| !is_place(end);
    let in_order = ends
        .iter()
        .filter(is_place)
        .chain(ends.iter().filter(is_party));
    in_order.map(|end| end.id.canonical().into())
}
