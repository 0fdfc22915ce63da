//! Following goods.

use serde::Serialize;
use utoipa::ToSchema;

use super::HolderView;
use super::mass_balance::numbers;
use crate::ledger::questions::{
    Affected, AffectedCustody, Balance, Containment, Content, Contents, End, MAX_LISTED_CONTAINERS,
    Presence, Trace, TraceDirection, TraceLink, TraceLinkKind, TraceRelation, TracedThing,
    UnquantifiedPlace, Whereabouts,
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
    pub next: Option<String>,
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
    /// The entries of the events that speak of it in the time that matters, in order of event time: as far as the trace had
    /// come to it by the end of the page.
    pub events: Vec<u64>,
    /// Whether there are more events than these; or may be, as the trace goes on after the page.
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
    pub next: Option<String>,
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
    /// Who holds it, as GET /v1/custody/{id} tells: a class by its own name, a single object also with the containers
    /// that it is in. Absent if nobody has claimed any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// Who holds containers that a single object is said to be in, and does not hold it with them: its holder did not
    /// put it there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<HolderView>,
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
    /// The place that was told last; absent if no event names one, or it left from there and arrived since at one that
    /// nobody named.
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
    /// Who holds these containers, or all of it by its own name if nobody has claimed them; absent if it is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// Whether somebody else than the holder of all of it put it in there.
    pub disputed: bool,
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
    /// Who holds these containers, or all of it by its own name if nobody has claimed them; absent if it is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// Whether somebody else than the holder of all of it put it in there.
    pub disputed: bool,
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
    /// The entry that took out the last that was in it, or used it up with that, if it holds nothing since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emptied: Option<u64>,
    /// What it is in, in order of the identifiers, a thousand at most: a single object is in one container at most, a class
    /// in as many as there is some of it in, and listed once for each unit that it is counted in.
    pub parents: Vec<ContainmentView>,
    /// Whether it is in more than these.
    pub more_parents: bool,
    /// Whether all was gone through. If not, what is listed was put in and not taken out, but some of it may
    /// have been put elsewhere or be no more; or what it is in is not known.
    pub complete: bool,
    /// The `after` of the next page of contents; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A thing in a container.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Content)]
#[serde(rename_all = "camelCase")]
pub struct ContentView {
    /// Its canonical identifier.
    pub id: String,
    /// How much, if it is a class and this is not what nobody stated the amount of.
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
    /// The entry of the event that put it in first.
    pub index: u64,
    /// The entries that this rests on, in order of event time, a hundred at most: of a class those that put some in or
    /// took some out since, of a single object those that tell that it is in there.
    pub entries: Vec<u64>,
    /// Whether there are more.
    pub more_entries: bool,
}

/// A container that a thing is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Containment)]
#[serde(rename_all = "camelCase")]
pub struct ContainmentView {
    /// The container's canonical identifier.
    pub id: String,
    /// How much of it is in there, if it is a class and the events say so.
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
    /// The entry of the event that put it in first.
    pub index: u64,
    /// The entries that this rests on, in order of event time, a hundred at most: of a class those that put some in or
    /// took some out since, of a single object those that tell that it is in there.
    pub entries: Vec<u64>,
    /// Whether there are more.
    pub more_entries: bool,
}

impl ContentsView {
    /// A page of contents.
    pub fn new(thing: &str, height: Height, answer: &Contents, next: Option<String>) -> Self {
        let parents = answer.parents.iter().take(MAX_LISTED_CONTAINERS);
        Self {
            height: height.0,
            thing: thing.to_owned(),
            contents: answer.contents.iter().map(ContentView::from).collect(),
            emptied: answer.emptied.map(|index| index.0),
            more_parents: answer.parents.len() > MAX_LISTED_CONTAINERS,
            parents: parents.map(ContainmentView::from).collect(),
            complete: answer.is_complete,
            next,
        }
    }
}

impl TraceView {
    /// A page of a trace.
    pub fn new(
        thing: &str,
        direction: TraceDirection,
        trace: &Trace,
        next: Option<String>,
    ) -> Self {
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
            next,
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

/// Who holds what is in containers, the innermost first, and whether that is disputed.
fn held_in(
    thing: &str,
    custody: &AffectedCustody,
    containers: &[Box<str>],
) -> (Option<HolderView>, bool) {
    let part = containers.first().and_then(|name| custody.parts.get(name));
    part.map_or((None, false), |(held, is_disputed)| {
        let holder = held.as_ref().map(|held| HolderView::new(thing, held));
        (holder, *is_disputed)
    })
}

impl From<Affected> for AffectedView {
    fn from(affected: Affected) -> Self {
        let (thing, custody) = (affected.thing, affected.custody);
        let holder = |held| HolderView::new(&thing.id, held);
        let mut view = Self {
            holder: custody.present.as_ref().map(holder),
            disputed: custody.disputed.iter().map(holder).collect(),
            id: thing.id.to_string(),
            depth: thing.depth,
            class: thing.is_class,
            relation: relation(thing.relation),
            entries: numbers(&thing.joined_by.indices),
            more_entries: thing.joined_by.has_more,
            ended: None,
            presence: None,
            balances: Vec::new(),
            unquantified: Vec::new(),
            cause: None,
        };
        match affected.whereabouts {
            Whereabouts::Single(presence) => view.presence = presence.map(PresenceView::from),
            Whereabouts::Ended(end) => view.ended = Some(EndView::from(end)),
            Whereabouts::Class(places) => {
                view.ended = places.end.map(EndView::from);
                let balances = places.balances.into_iter().map(|balance| {
                    let held = held_in(&thing.id, &custody, &balance.containers);
                    BalanceView::new(balance, held)
                });
                view.balances = balances.collect();
                let unquantified = places.unquantified.into_iter().map(|place| {
                    let held = held_in(&thing.id, &custody, &place.containers);
                    UnquantifiedPlaceView::new(place, held)
                });
                view.unquantified = unquantified.collect();
                view.cause = places.not_summed.map(|cause| cause.to_string());
            }
            Whereabouts::Unknown(cause) => view.cause = Some(cause.to_string()),
        }
        let cause = custody.not_told.as_ref().map(ToString::to_string);
        view.cause = view.cause.or(cause);
        view
    }
}

fn texts(names: Vec<Box<str>>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

impl BalanceView {
    /// An amount, with who holds it and whether that is disputed.
    fn new(balance: Balance, (holder, disputed): (Option<HolderView>, bool)) -> Self {
        Self {
            place: balance.place.map(Into::into),
            in_transit: balance.is_in_transit,
            containers: texts(balance.containers),
            holder,
            disputed,
            quantity: balance.quantity.to_string(),
            uom: balance.unit.code().map(str::to_owned),
            entries: numbers(&balance.entries.indices),
            more_entries: balance.entries.has_more,
        }
    }
}

impl UnquantifiedPlaceView {
    /// A place of what nobody told the amount of, with who holds it and whether that is disputed.
    fn new(found: UnquantifiedPlace, (holder, disputed): (Option<HolderView>, bool)) -> Self {
        Self {
            place: found.place.map(Into::into),
            in_transit: found.is_in_transit,
            containers: texts(found.containers),
            holder,
            disputed,
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
            entries: content.entries.indices.iter().map(|it| it.0).collect(),
            more_entries: content.entries.has_more,
        }
    }
}

impl From<&Containment> for ContainmentView {
    fn from(containment: &Containment) -> Self {
        let content = ContentView::from(&containment.content);
        Self {
            id: containment.parent.to_string(),
            quantity: content.quantity,
            uom: content.uom,
            kind: content.kind,
            since: content.since,
            index: content.index,
            entries: content.entries,
            more_entries: content.more_entries,
        }
    }
}
