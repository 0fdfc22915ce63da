//! What tracing goods needs of an event, in a form that is kept beside the log: whoever follows goods
//! through thousands of events reads these, not bodies.

use super::action::Action;
use super::event::EpcisEvent;
use super::event_kind::EventKind;
use super::event_type::EventType;
use super::hash::EventHash;
use super::identifier::{Identifier, canonical_identifier};
use super::quantity_element::QuantityElement;
use super::thing_roles::{ThingRole, ThingRoles};
use crate::crypto::Blake3Digest;
use crate::types::codec::{Reader, put_bytes, put_option, put_sequence};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Decimal, Decode, DecodeError, Encode, Timestamp};

/// Version of the encoding.
const VERSION: u8 = 1;

/// Most things that an event can name: each takes some bytes of its body.
const MAX_OBJECTS: usize = 16 * 1024;

/// Names a thing in the indices: the first half of the BLAKE3 digest of its canonical identifier, so
/// that both spellings of a GS1 identifier are one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThingId([u8; 16]);

impl ThingId {
    /// The thing of a canonical identifier.
    pub fn of(canonical: &str) -> Self {
        Self::tagged(b"thing\0", canonical)
    }

    /// The transformation that a `transformationID` joins, which is no thing.
    pub fn of_transformation(canonical: &str) -> Self {
        Self::tagged(b"transformation\0", canonical)
    }

    /// A place where events happen, which is no thing.
    pub fn of_place(canonical: &str) -> Self {
        Self::tagged(b"place\0", canonical)
    }

    /// Where events happen whose objects are elsewhere afterwards: no thing either.
    pub fn of_read_point(canonical: &str) -> Self {
        Self::tagged(b"read point\0", canonical)
    }

    /// A vocabulary of master data, which is no thing.
    pub fn of_vocabulary(uri: &str) -> Self {
        Self::tagged(b"vocabulary\0", uri)
    }

    /// The event of a canonical `eventID`.
    pub fn of_event(canonical: &str) -> Self {
        Self::tagged(b"event\0", canonical)
    }

    /// The thing of its 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    fn tagged(tag: &[u8], text: &str) -> Self {
        let digest = Blake3Digest::of_parts(&[tag, text.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A thing in an event, with how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedObject {
    /// Its canonical identifier.
    pub id: Box<str>,
    /// Whether it is a class of objects, such as a lot, and not a single one.
    pub is_class: bool,
    /// How much, if it is a class and the event says so.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity; without one it counts objects.
    pub uom: Option<Box<str>>,
}

/// What tracing needs of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// The type.
    pub event_type: EventType,
    /// The action; a transformation has none.
    pub action: Option<Action>,
    /// When it happened.
    pub event_time: Timestamp,
    /// The CBV event hash.
    pub event_hash: EventHash,
    /// The identifier that its author gave it, as written.
    pub event_id: Option<Box<str>>,
    /// Whether it declares an earlier capture of itself to be wrong.
    pub is_error_declaration: bool,
    /// The events that stand in the place of what it withdraws.
    pub corrective_event_ids: Vec<Box<str>>,
    /// The business step, as a full URI.
    pub biz_step: Option<Box<str>>,
    /// The disposition, as a full URI.
    pub disposition: Option<Box<str>>,
    /// Where it happened, canonical.
    pub read_point: Option<Box<str>>,
    /// Where the objects are afterwards, canonical.
    pub biz_location: Option<Box<str>>,
    /// The transformation that it is part of, canonical.
    pub transformation_id: Option<Box<str>>,
    /// The parent, canonical.
    pub parent: Option<Box<str>>,
    /// What it is about: objects, children, or the inputs of a transformation.
    pub objects: Vec<TracedObject>,
    /// The outputs of a transformation.
    pub outputs: Vec<TracedObject>,
}

impl TraceEvent {
    /// What tracing needs of an event.
    pub fn of(event: &EpcisEvent) -> Self {
        let content = event.content();
        let text = |identifier: &Identifier| Box::<str>::from(identifier.canonical());
        let (objects, outputs, transformation_id) = match &content.kind {
            EventKind::Object {
                epcs, quantities, ..
            }
            | EventKind::Transaction {
                epcs, quantities, ..
            } => (traced(epcs, quantities), Vec::new(), None),
            EventKind::Aggregation {
                children,
                child_quantities,
                ..
            }
            | EventKind::Association {
                children,
                child_quantities,
                ..
            } => (traced(children, child_quantities), Vec::new(), None),
            EventKind::Transformation {
                input_epcs,
                input_quantities,
                output_epcs,
                output_quantities,
                transformation_id: id,
                ..
            } => (
                traced(input_epcs, input_quantities),
                traced(output_epcs, output_quantities),
                id.as_ref().map(text),
            ),
        };
        let declaration = content.error_declaration.as_ref();
        Self {
            event_type: content.event_type(),
            action: content.action(),
            event_time: content.event_time,
            event_hash: event.event_hash(),
            event_id: content.event_id.as_ref().map(|id| id.as_written().into()),
            is_error_declaration: declaration.is_some(),
            corrective_event_ids: declaration
                .map(|declaration| {
                    let ids = declaration.corrective_event_ids.iter();
                    ids.map(|id| id.as_written().into()).collect()
                })
                .unwrap_or_default(),
            biz_step: content.biz_step.as_ref().map(|term| term.uri().into()),
            disposition: content.disposition.as_ref().map(|term| term.uri().into()),
            read_point: content.read_point.as_ref().map(|place| text(&place.id)),
            biz_location: content.biz_location.as_ref().map(|place| text(&place.id)),
            transformation_id,
            parent: content.parent().map(text),
            objects,
            outputs,
        }
    }

    /// The things that it speaks of, each once, with their roles; and its places and the transformation that
    /// it is part of, which have none.
    pub fn things(&self) -> Vec<(ThingId, ThingRoles)> {
        let role_of_objects = match self.event_type {
            EventType::Object | EventType::Transaction => ThingRole::Object,
            EventType::Aggregation | EventType::Association => ThingRole::Child,
            EventType::Transformation => ThingRole::Input,
        };
        let holds = matches!(
            self.event_type,
            EventType::Aggregation | EventType::Association
        );
        let is_last = match self.event_type {
            EventType::Object => self.action == Some(Action::Delete),
            event_type => event_type == EventType::Transformation,
        };
        let named = |objects: &[TracedObject], role, is_last: bool| {
            let roles = objects.iter().map(|object| {
                let role = ThingRoles::of(role);
                match is_last && !object.is_class {
                    true => role.and(ThingRoles::of(ThingRole::Last)),
                    false => role,
                }
            });
            let ids = objects.iter().map(|object| ThingId::of(&object.id));
            ids.zip(roles).collect::<Vec<_>>()
        };
        let mut things = named(&self.objects, role_of_objects, is_last);
        things.extend(named(&self.outputs, ThingRole::Output, false));
        let of_parent = match (holds, self.action, self.objects.is_empty()) {
            (true, Some(Action::Delete), true) => {
                ThingRoles::of(ThingRole::Parent).and(ThingRoles::of(ThingRole::Last))
            }
            (true, ..) => ThingRoles::of(ThingRole::Parent),
            (false, ..) => ThingRoles::of(ThingRole::Object),
        };
        let parent = self.parent.as_deref().map(ThingId::of);
        things.extend(parent.map(|thing| (thing, of_parent)));
        let joined = self.transformation_id.as_deref();
        let joined = joined.map(ThingId::of_transformation);
        things.extend(joined.map(|id| (id, ThingRoles::default())));
        let place = self.place().map(ThingId::of_place);
        things.extend(place.map(|place| (place, ThingRoles::default())));
        let elsewhere = self.read_point.as_deref();
        let elsewhere = elsewhere.filter(|read_point| Some(*read_point) != self.place());
        let elsewhere = elsewhere.map(ThingId::of_read_point);
        things.extend(elsewhere.map(|place| (place, ThingRoles::default())));
        join_roles(&mut things);
        if self.is_error_declaration {
            for (_, roles) in &mut things {
                *roles = roles.in_declaration();
            }
        }
        things
    }

    /// The names that it is to be found by: the identifier that its author gave it and, if it declares another
    /// wrong, the hash that it has in common with that one. Any other event is found by its hash without
    /// a name, for its member's events are known by their hashes.
    pub fn names(&self) -> Vec<ThingId> {
        let hash = ThingId::of_event(&self.event_hash.to_string());
        let own = self.event_id.as_deref().map(canonical_identifier);
        let own = own.map(|id| ThingId::of_event(&id));
        let own = own.filter(|own| *own != hash);
        let hash = Some(hash).filter(|_| self.is_error_declaration);
        hash.into_iter().chain(own).collect()
    }

    /// Where the objects are afterwards, as far as it says: its business location, or else where it
    /// happened.
    pub fn place(&self) -> Option<&str> {
        self.biz_location.as_deref().or(self.read_point.as_deref())
    }

    /// Whether its business step is a word of the core business vocabulary.
    pub fn is_step(&self, word: &str) -> bool {
        self.biz_step
            .as_deref()
            .and_then(|uri| uri.strip_prefix("https://ref.gs1.org/cbv/BizStep-"))
            == Some(word)
    }

    /// Whether its disposition is a word of the core business vocabulary.
    fn is_disposition(&self, word: &str) -> bool {
        self.disposition
            .as_deref()
            .and_then(|uri| uri.strip_prefix("https://ref.gs1.org/cbv/Disp-"))
            == Some(word)
    }

    /// Whether what is in the things that it speaks of is no more with them: who destroys a pallet, or sells a case,
    /// does so with what is in it. A container that is merely decommissioned leaves its contents behind.
    pub fn ends_contents(&self) -> bool {
        let is_end = self.event_type == EventType::Object && self.action == Some(Action::Delete);
        let steps = ["destroying", "retail_selling", "dispensing"];
        let dispositions = ["destroyed", "disposed", "retail_sold", "dispensed"];
        is_end
            && (steps.iter().any(|word| self.is_step(word))
                || dispositions.iter().any(|word| self.is_disposition(word)))
    }
}

/// Names each thing once, with all its roles.
pub(super) fn join_roles(things: &mut Vec<(ThingId, ThingRoles)>) {
    things.sort_by_key(|(thing, _)| *thing);
    things.dedup_by(|later, first| {
        let is_same = later.0 == first.0;
        if is_same {
            first.1 = first.1.and(later.1);
        }
        is_same
    });
}

fn traced(epcs: &[Identifier], quantities: &[QuantityElement]) -> Vec<TracedObject> {
    let single = epcs.iter().map(|epc| TracedObject {
        id: epc.canonical().into(),
        is_class: false,
        quantity: None,
        uom: None,
    });
    let classes = quantities.iter().map(|element| TracedObject {
        id: element.epc_class.canonical().into(),
        is_class: true,
        quantity: element.quantity,
        uom: element.uom.clone(),
    });
    single.chain(classes).collect()
}

/// A text of an event: no longer than its body.
fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn put_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_text(out, text);
    }
}

/// Canonical identifiers may be longer than what was written, by a bounded factor.
const MAX_TEXT_BYTES: usize = 4 * MAX_BODY_BYTES;

fn read_text(reader: &mut Reader<'_>) -> Result<Box<str>, DecodeError> {
    Ok(reader.text("trace event", MAX_TEXT_BYTES)?.into())
}

fn read_optional_text(reader: &mut Reader<'_>) -> Result<Option<Box<str>>, DecodeError> {
    match reader.flag("trace event")? {
        false => Ok(None),
        true => read_text(reader).map(Some),
    }
}

impl Encode for TracedObject {
    fn encode(&self, out: &mut Vec<u8>) {
        put_text(out, &self.id);
        out.push(u8::from(self.is_class));
        put_option(out, self.quantity.as_ref());
        put_optional_text(out, self.uom.as_deref());
    }
}

impl Decode for TracedObject {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: read_text(reader)?,
            is_class: reader.flag("trace event")?,
            quantity: reader.option("quantity")?,
            uom: read_optional_text(reader)?,
        })
    }
}

impl Encode for TraceEvent {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.push(self.event_type as u8);
        out.push(self.action.map_or(0, |action| action as u8 + 1));
        self.event_time.encode(out);
        out.extend_from_slice(self.event_hash.as_bytes());
        put_optional_text(out, self.event_id.as_deref());
        out.push(u8::from(self.is_error_declaration));
        crate::types::codec::put_length(out, self.corrective_event_ids.len());
        for id in &self.corrective_event_ids {
            put_text(out, id);
        }
        for text in [
            &self.biz_step,
            &self.disposition,
            &self.read_point,
            &self.biz_location,
            &self.transformation_id,
            &self.parent,
        ] {
            put_optional_text(out, text.as_deref());
        }
        put_sequence(out, &self.objects);
        put_sequence(out, &self.outputs);
    }
}

impl Decode for TraceEvent {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "trace event",
                version: version.into(),
            });
        }
        let unknown = |what, tag| DecodeError::UnknownTag { what, tag };
        let tag = reader.u8()?;
        let event_type = EventType::ALL
            .get(usize::from(tag))
            .ok_or_else(|| unknown("event type", tag))?;
        let action = match reader.u8()? {
            0 => None,
            1 => Some(Action::Observe),
            2 => Some(Action::Add),
            3 => Some(Action::Delete),
            tag => return Err(unknown("action", tag)),
        };
        let event_time = Timestamp::decode(reader)?;
        let event_hash = EventHash::from_bytes(reader.array()?);
        let event_id = read_optional_text(reader)?;
        let is_error_declaration = reader.flag("trace event")?;
        let count = reader.length("corrective events", MAX_OBJECTS)?;
        let corrective_event_ids = (0..count)
            .map(|_| read_text(reader))
            .collect::<Result<_, _>>()?;
        let mut text = || read_optional_text(reader);
        let (biz_step, disposition) = (text()?, text()?);
        let (read_point, biz_location) = (text()?, text()?);
        let (transformation_id, parent) = (text()?, text()?);
        Ok(Self {
            event_type: *event_type,
            action,
            event_time,
            event_hash,
            event_id,
            is_error_declaration,
            corrective_event_ids,
            biz_step,
            disposition,
            read_point,
            biz_location,
            transformation_id,
            parent,
            objects: reader.sequence("objects", MAX_OBJECTS)?,
            outputs: reader.sequence("outputs", MAX_OBJECTS)?,
        })
    }
}
