//! Following goods.

use serde::Serialize;
use utoipa::ToSchema;

use super::HolderView;
use super::mass_balance::numbers;
use crate::ledger::questions::{
    Balance, Containment, Content, Contents, End, PageRange, Presence, QuestionError, Trace,
    TraceDirection, TraceLink, TraceLinkKind, TraceRelation, TracedThing, UnquantifiedPlace,
};
use crate::records::epcis::EventType;
use crate::types::Height;

/// A page of a trace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trace)]
#[serde(rename_all = "camelCase")]
pub struct TraceView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// back or forward.
    #[schema(example = "back")]
    pub direction: &'static str,
    /// The things found, nearest first.
    pub things: Vec<TracedThingView>,
    /// What joins the things of this page to those that they lead to.
    pub links: Vec<TraceLinkView>,
    /// Whether the trace could be followed to its end.
    pub complete: bool,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
}

/// A thing on the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TracedThing)]
#[serde(rename_all = "camelCase")]
pub struct TracedThingView {
    /// Its canonical identifier.
    pub id: String,
    /// How many steps it is from what was asked for.
    pub depth: u32,
    /// Whether it is a class, such as a lot, and not a single object.
    pub class: bool,
    /// material: it went in, or was made; carrier: it carried such a thing.
    #[schema(example = "material")]
    pub relation: &'static str,
    /// Who holds it by its own name; absent if nobody has claimed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// The entries of the events that speak of it, in order of event time.
    pub events: Vec<u64>,
    /// Whether there are more events than these.
    pub more_events: bool,
}

/// That one thing came of another, or was carried by it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceLink)]
#[serde(rename_all = "camelCase")]
pub struct TraceLinkView {
    /// What was there first, or what is inside.
    pub from: String,
    /// What came of it, or what carries it.
    pub to: String,
    /// transformation, aggregation or association.
    #[schema(example = "transformation")]
    pub kind: &'static str,
    /// The entry of the event that says so.
    pub index: u64,
    /// When.
    #[schema(format = DateTime)]
    pub time: String,
}

/// A page of what a thing affects, with where it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recall)]
#[serde(rename_all = "camelCase")]
pub struct RecallView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// What it affects, itself included, nearest first: what was made of it, what is in it, and what was made of
    /// that. What merely carried it is not listed.
    pub affected: Vec<AffectedView>,
    /// Whether the trace could be followed to its end.
    pub complete: bool,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
}

/// An affected thing, and where it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Affected)]
#[serde(rename_all = "camelCase")]
pub struct AffectedView {
    /// Its canonical identifier.
    pub id: String,
    /// How many steps it is from what was asked for.
    pub depth: u32,
    /// Whether it is a class, such as a lot, and not a single object.
    pub class: bool,
    /// material: it is what was asked for, or was made of what is affected; content: it is in what was asked for,
    /// and of a class only what is in there is told.
    #[schema(example = "material")]
    pub relation: &'static str,
    /// The entries of the events that make it affected: the transformations that made it, and, if it was made of what
    /// another affected thing was packed in, that packing too; or what put it in. None for what was asked for. At most
    /// 100, the latest of them, as far as the trace came to it by the end of the page.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
    /// How it came to its end, if it is used up or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndView>,
    /// Where a single object was seen last; absent if it is used up, gone, or a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceView>,
    /// Who holds it, by its own name or with the containers that a single object is in; absent if nobody has
    /// claimed any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// How much of a class is where; empty for a single object.
    pub balances: Vec<BalanceView>,
    /// Where some of a class was seen last that is not among the balances, because no event tells how much of it
    /// is there.
    pub unquantified: Vec<UnquantifiedPlaceView>,
    /// Why not all of this could be told; absent if it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// Where a single object was seen last.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Presence)]
#[serde(rename_all = "camelCase")]
pub struct PresenceView {
    /// The place that was told last; absent if no event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether the last that is known is that it left from there.
    pub in_transit: bool,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<String>,
    /// When it was seen there.
    #[schema(format = DateTime)]
    pub time: String,
    /// The entry of the event that says so.
    pub index: u64,
    /// All entries that this rests on, in order of event time: also those that tell that it left, its condition, and
    /// which containers it is in. At most 100, the latest of them.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// How a thing came to its end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = End)]
#[serde(rename_all = "camelCase")]
pub struct EndView {
    /// When it was used up or decommissioned; of a class, when the last of it was.
    #[schema(format = DateTime)]
    pub time: String,
    /// The entries that say so: of a class those that made some of it, moved or spent it. At most 100, the latest of
    /// them.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// How much of a class is at a place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Balance)]
#[serde(rename_all = "camelCase")]
pub struct BalanceView {
    /// The place; absent for what is on its way, or was seen nowhere in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether the last that is known is that it left for somewhere.
    pub in_transit: bool,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<String>,
    /// Who holds what is in these containers, by them or by its own name, whatever changed hands last; absent if it
    /// is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// How much, as a decimal number; below zero if more was used than was ever made.
    pub quantity: String,
    /// The unit that is added up in; absent for objects that are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    /// The entries that this rests on, in order of event time: those that tell how much is there, and those that tell
    /// where that is. At most 100, the latest of them.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// Where some of a class was seen last, of which no event tells how much is there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnquantifiedPlace)]
#[serde(rename_all = "camelCase")]
pub struct UnquantifiedPlaceView {
    /// The place; absent if no event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whether the last that is known is that it left from there.
    pub in_transit: bool,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<String>,
    /// Who holds what is in these containers, by them or by its own name, whatever changed hands last; absent if it
    /// is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// When it was seen.
    #[schema(format = DateTime)]
    pub time: String,
    /// The entry of the event that says so.
    pub index: u64,
    /// All entries that this rests on, in order of event time: also those that tell where its container is. At most
    /// 100, the latest of them.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// What a container holds, and what holds it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contents)]
#[serde(rename_all = "camelCase")]
pub struct ContentsView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// What is in it, in order of the identifiers.
    pub contents: Vec<ContentView>,
    /// What it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ContainmentView>,
    /// Whether all was gone through. If not, what is listed was put in and not taken out, but some of it may
    /// have been put elsewhere or be no more; or what it is in is not known.
    pub complete: bool,
    /// The `after` of the next page of contents; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<usize>,
}

/// A thing in a container.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Content)]
#[serde(rename_all = "camelCase")]
pub struct ContentView {
    /// Its canonical identifier.
    pub id: String,
    /// How much, if it is a class and the event says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    /// aggregation or association.
    #[schema(example = "aggregation")]
    pub kind: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// The entry of the event that says so.
    pub index: u64,
}

/// What a thing is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Containment)]
#[serde(rename_all = "camelCase")]
pub struct ContainmentView {
    /// The container's canonical identifier.
    pub id: String,
    /// aggregation or association.
    #[schema(example = "aggregation")]
    pub kind: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// The entry of the event that says so.
    pub index: u64,
}

impl ContentsView {
    /// A page of contents.
    ///
    /// # Errors
    /// [`QuestionError::BeyondAnswer`] if it begins behind their end.
    pub fn new(
        thing: &str,
        height: Height,
        answer: Contents,
        page: PageRange,
    ) -> Result<Self, QuestionError> {
        let (contents, next) = page.cut(answer.contents)?;
        Ok(Self {
            height: height.0,
            thing: thing.to_owned(),
            contents: contents.iter().map(ContentView::from).collect(),
            parent: answer.parent.map(ContainmentView::from),
            complete: answer.is_complete,
            next,
        })
    }
}

impl TraceView {
    /// A page of a trace.
    pub fn new(thing: &str, direction: TraceDirection, trace: &Trace) -> Self {
        Self {
            height: trace.height.0,
            thing: thing.to_owned(),
            direction: match direction {
                TraceDirection::Back => "back",
                TraceDirection::Forward => "forward",
            },
            things: trace.things.iter().map(TracedThingView::from).collect(),
            links: trace.links.iter().map(TraceLinkView::from).collect(),
            complete: trace.is_complete,
            next: trace.next,
        }
    }
}

impl From<&TracedThing> for TracedThingView {
    fn from(thing: &TracedThing) -> Self {
        Self {
            id: thing.id.to_string(),
            depth: thing.depth,
            class: thing.is_class,
            relation: relation(thing.relation),
            holder: None,
            events: thing.events.iter().map(|index| index.0).collect(),
            more_events: thing.has_more_events,
        }
    }
}

/// How a thing belongs to a trace, as it is told.
pub fn relation(relation: TraceRelation) -> &'static str {
    match relation {
        TraceRelation::Material => "material",
        TraceRelation::Content => "content",
        TraceRelation::Carrier => "carrier",
    }
}

impl From<&TraceLink> for TraceLinkView {
    fn from(link: &TraceLink) -> Self {
        Self {
            from: link.from.to_string(),
            to: link.to.to_string(),
            kind: match link.kind {
                TraceLinkKind::Transformation => "transformation",
                TraceLinkKind::Aggregation => "aggregation",
                TraceLinkKind::Association => "association",
            },
            index: link.index.0,
            time: link.time.to_string(),
        }
    }
}

impl From<End> for EndView {
    fn from(end: End) -> Self {
        Self {
            time: end.time.to_string(),
            entries: numbers(&end.entries.indices),
            more_entries: end.entries.has_more,
        }
    }
}

impl From<Presence> for PresenceView {
    fn from(presence: Presence) -> Self {
        let entries = presence.entries();
        Self {
            entries: numbers(&entries.indices),
            more_entries: entries.has_more,
            place: presence.place.map(Into::into),
            in_transit: presence.is_in_transit,
            disposition: presence.disposition.map(Into::into),
            containers: texts(presence.containers),
            time: presence.time.to_string(),
            index: presence.index.0,
        }
    }
}

fn texts(names: Vec<Box<str>>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

impl BalanceView {
    /// An amount, with who holds it.
    pub fn new(balance: Balance, holder: Option<HolderView>) -> Self {
        Self {
            place: balance.place.map(Into::into),
            in_transit: balance.is_in_transit,
            containers: texts(balance.containers),
            holder,
            quantity: balance.quantity.to_string(),
            uom: balance.unit.code().map(str::to_owned),
            entries: numbers(&balance.entries.indices),
            more_entries: balance.entries.has_more,
        }
    }
}

impl UnquantifiedPlaceView {
    /// A place of what nobody told the amount of, with who holds it.
    pub fn new(found: UnquantifiedPlace, holder: Option<HolderView>) -> Self {
        Self {
            place: found.place.map(Into::into),
            in_transit: found.is_in_transit,
            containers: texts(found.containers),
            holder,
            time: found.time.to_string(),
            index: found.index.0,
            entries: numbers(&found.entries.indices),
            more_entries: found.entries.has_more,
        }
    }
}

fn kind(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Association => "association",
        _ => "aggregation",
    }
}

impl From<&Content> for ContentView {
    fn from(content: &Content) -> Self {
        Self {
            id: content.object.id.to_string(),
            quantity: content.object.quantity.map(|quantity| quantity.to_string()),
            uom: content.object.uom.as_deref().map(str::to_owned),
            kind: kind(content.event_type),
            since: content.since.to_string(),
            index: content.index.0,
        }
    }
}

impl From<Containment> for ContainmentView {
    fn from(containment: Containment) -> Self {
        Self {
            id: containment.parent.to_string(),
            kind: kind(containment.event_type),
            since: containment.since.to_string(),
            index: containment.index.0,
        }
    }
}
