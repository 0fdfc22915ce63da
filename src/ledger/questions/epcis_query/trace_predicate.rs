//! What can be told of an event by what is kept for tracing, without its body.

use super::list::EventList;
use super::pattern::EpcPattern;
use super::query::PlaceField;
use super::test::Test;
use crate::records::epcis::{
    Action, EventHash, EventType, ThingId, TraceEvent, TracedObject, canonical_identifier,
};
use crate::types::Decimal;

/// A condition on what is kept of an event for tracing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TracePredicate {
    EventType(Vec<EventType>),
    Action(Vec<Action>),
    BizStep(Vec<Box<str>>),
    Disposition(Vec<Box<str>>),
    ReadPoint(Vec<Box<str>>),
    BizLocation(Vec<Box<str>>),
    TransformationId(Vec<Box<str>>),
    Match(MatchRole, Vec<EpcMatch>),
    EventId(Vec<Box<str>>),
    IsErrorDeclaration,
    CorrectiveEventId(Vec<Box<str>>),
    /// Of any quantity element of the unit, or of any unit.
    Quantity(Option<Box<str>>, Test<Decimal>),
}

/// Which identifiers of an event a `MATCH_` parameter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MatchRole {
    Epc,
    Parent,
    InputEpc,
    OutputEpc,
    AnyEpc,
    Class,
    InputClass,
    OutputClass,
    AnyClass,
}

/// What an identifier has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EpcMatch {
    /// This one, in canonical form.
    Exactly(Box<str>),
    /// One of many.
    Pattern(EpcPattern),
}

impl TracePredicate {
    /// Whether an event meets it.
    pub(super) fn is_met(&self, event: &TraceEvent) -> bool {
        let is_in = |values: &[Box<str>], found: Option<&str>| {
            found.is_some_and(|found| values.iter().any(|value| **value == *found))
        };
        match self {
            Self::EventType(types) => types.contains(&event.event_type),
            Self::Action(actions) => event.action.is_some_and(|a| actions.contains(&a)),
            Self::BizStep(uris) => is_in(uris, event.biz_step.as_deref()),
            Self::Disposition(uris) => is_in(uris, event.disposition.as_deref()),
            Self::ReadPoint(ids) => is_in(ids, event.read_point.as_deref()),
            Self::BizLocation(ids) => is_in(ids, event.biz_location.as_deref()),
            Self::TransformationId(ids) => is_in(ids, event.transformation_id.as_deref()),
            Self::Match(role, things) => role.has_match(event, things),
            Self::EventId(ids) => {
                let own = event.event_id.as_deref().map(canonical_identifier);
                is_in(ids, own.as_deref()) || is_in(ids, Some(&event.event_hash.to_string()))
            }
            Self::IsErrorDeclaration => event.is_error_declaration,
            Self::CorrectiveEventId(ids) => {
                let mut found = event.corrective_event_ids.iter();
                found.any(|id| is_in(ids, Some(&canonical_identifier(id))))
            }
            Self::Quantity(uom, test) => {
                let mut objects = event.objects.iter().chain(&event.outputs);
                objects.any(|object| {
                    let fits = uom.is_none() || *uom == object.uom;
                    fits && test.passes_some(object.quantity.as_ref())
                })
            }
        }
    }

    /// Lists of events of which at least one has each event that meets it; none if there are no such lists.
    pub(super) fn lists(&self) -> Option<Vec<EventList>> {
        match self {
            Self::TransformationId(ids) => {
                let ids = ids.iter().map(|id| ThingId::of_transformation(id));
                Some(ids.map(EventList::Thing).collect())
            }
            Self::ReadPoint(ids) => {
                let ids = ids.iter().map(AsRef::as_ref);
                Some(EventList::of_places(PlaceField::ReadPoint, ids))
            }
            Self::BizLocation(ids) => {
                let ids = ids.iter().map(AsRef::as_ref);
                Some(EventList::of_places(PlaceField::BizLocation, ids))
            }
            Self::Match(_, things) => things
                .iter()
                .map(|thing| match thing {
                    EpcMatch::Exactly(id) => Some(EventList::Thing(ThingId::of(id))),
                    EpcMatch::Pattern(_) => None,
                })
                .collect(),
            Self::EventId(ids) => {
                let hashes = ids.iter().filter_map(|id| EventHash::from_uri(id));
                let names = ids.iter().map(|id| EventList::Name(ThingId::of_event(id)));
                Some(names.chain(hashes.map(EventList::Hash)).collect())
            }
            _ => None,
        }
    }
}

impl MatchRole {
    fn has_match(self, event: &TraceEvent, things: &[EpcMatch]) -> bool {
        let is_transformation = event.event_type == EventType::Transformation;
        let (inputs, objects) = match is_transformation {
            true => (event.objects.as_slice(), [].as_slice()),
            false => ([].as_slice(), event.objects.as_slice()),
        };
        let instances = |objects: &[TracedObject]| has_object(objects, false, things);
        let classes = |objects: &[TracedObject]| has_object(objects, true, things);
        let is_parent_met = || {
            let parent = event.parent.as_deref();
            parent.is_some_and(|parent| things.iter().any(|thing| thing.is_instance(parent)))
        };
        match self {
            Self::Epc => instances(objects),
            Self::Parent => is_parent_met(),
            Self::InputEpc => instances(inputs),
            Self::OutputEpc => instances(&event.outputs),
            Self::AnyEpc => {
                instances(&event.objects) || instances(&event.outputs) || is_parent_met()
            }
            Self::Class => classes(objects),
            Self::InputClass => classes(inputs),
            Self::OutputClass => classes(&event.outputs),
            Self::AnyClass => classes(&event.objects) || classes(&event.outputs),
        }
    }
}

fn has_object(objects: &[TracedObject], is_class: bool, things: &[EpcMatch]) -> bool {
    let mut named = objects.iter().filter(|object| object.is_class == is_class);
    named.any(|object| {
        things.iter().any(|thing| match is_class {
            true => thing.is_class(&object.id),
            false => thing.is_instance(&object.id),
        })
    })
}

impl EpcMatch {
    fn is_instance(&self, canonical: &str) -> bool {
        match self {
            Self::Exactly(id) => **id == *canonical,
            Self::Pattern(pattern) => pattern.matches_instance(canonical),
        }
    }

    fn is_class(&self, canonical: &str) -> bool {
        match self {
            Self::Exactly(id) => **id == *canonical,
            Self::Pattern(pattern) => pattern.matches_class(canonical),
        }
    }
}
