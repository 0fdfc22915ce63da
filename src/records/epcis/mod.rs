//! EPCIS 2.0 events: reading, checking, and the identity of an event.
//!
//! The body of an `epcis.event` record is one bare event in the JSON binding of EPCIS 2.0, with its
//! `@context`. [`parse`] reads it once and returns everything later floors need: typed fields, canonical
//! identifiers, and the CBV 2.0 event hash.
//!
//! Invariants:
//! - What the official JSON schema refuses (formats asserted), [`parse`] refuses; all five event types are known.
//! - An [`EpcisEvent`] cannot be changed after it was parsed, so its hash always fits its content.
//! - The hash depends on the meaning of the body alone: not on member order, whitespace, escapes, prefix names,
//!   number spelling, time zone of an instant, or which of its two forms a GS1 identifier has.
//!
//! Rules stricter than the schema, each of which keeps an event unambiguous:
//! - the limits and uniqueness rules of [`crate::types::json`]; no `@context` below the top level, and no
//!   redefinition of `http`, `https` or `urn`;
//! - `urn:epc:` identifiers must have the structure of their scheme; lists of objects hold no class or pattern,
//!   `epcClass` no single object, as EPC URNs or as GS1 Digital Links ([`check`] alone judges this, not [`parse`]);
//! - GS1 Digital Links at `id.gs1.org` must be well formed, check digit included (elsewhere a path that merely
//!   looks like a Digital Link is an ordinary web address);
//! - no leap seconds (`xsd:dateTimeStamp` has none), no instant outside the years 0000 to 9999 in UTC, no host given
//!   as an IP literal;
//! - a user extension whose name has a prefix that `@context` declares, or a full URI (`urn:`, or with `://`); where a
//!   context is given by another address than that of EPCIS, the prefix may be declared there;
//! - numbers of at most 38 digits, quantities not below zero; names of extensions and namespaces of at most 512
//!   bytes;
//! - an AggregationEvent with action ADD or DELETE names its parent (EPCIS 2.0);
//! - event types of one's own are not accepted: nothing could be indexed or checked.
//!
//! Deliberately absent: fetching of anything. A context given by another address is trusted not to
//! contradict that of EPCIS; a prefix that only such a context declares is kept as written.

mod action;
mod checked_event;
mod class_or_object;
mod context;
mod document;
mod draft;
mod error;
mod error_declaration;
mod event;
mod event_kind;
mod event_type;
mod extension;
mod field;
mod geo_location;
mod hash;
mod identifier;
mod master_data;
mod namespaces;
mod party;
mod persistent_disposition;
mod place;
mod quantity_element;
mod sensor;
mod sensor_fields;
mod settings;
#[cfg(test)]
mod tests;
mod thing_roles;
mod time_zone_offset;
mod trace_event;
mod unit;
mod uri;
mod vocabulary;

pub use action::Action;
pub use checked_event::{CheckedEvent, EventIdentity, MAX_TRACE_EVENT_BYTES, check};
pub use document::{Piece, PieceKind, SplitError, SplitLimits, read_document, split};
pub use draft::parse;
pub use error::{EpcisError, FieldFault};
pub use error_declaration::{ErrorDeclaration, ErrorDeclarationDigest};
pub use event::{EpcisEvent, EventContent};
pub use event_kind::EventKind;
pub use event_type::EventType;
pub use extension::{Extension, ExtensionName, ExtensionValue};
pub use geo_location::GeoLocation;
pub use hash::{EventHash, pre_hash_string};
pub use identifier::{Identifier, IdentifierError, canonical_identifier, without_qualifiers};
pub use master_data::{
    Attribute, AttributeValue, MASTER_DATA, MAX_ATTRIBUTES, MAX_CHILDREN, MasterData,
    check_master_data, check_vocabulary, standard_attribute_name,
};
pub use namespaces::{MAX_DECLARED_NAMESPACE_BYTES, MAX_DECLARED_PREFIXES, Namespaces};
pub use party::{BizTransaction, SourceOrDestination};
pub use persistent_disposition::PersistentDisposition;
pub use place::Place;
pub use quantity_element::QuantityElement;
pub use sensor::{SensorElement, SensorMetadata, SensorReport};
pub use sensor_fields::{MeasuredValues, SensorOrigin};
pub use settings::{EventSettings, HolderPolicy};
pub use thing_roles::{ThingRole, ThingRoles};
pub use time_zone_offset::TimeZoneOffset;
pub use trace_event::{ThingId, TraceEvent, TracedObject};
pub use unit::Unit;
pub(super) use uri::is_uri;
pub use vocabulary::{Vocabulary, VocabularyTerm};
