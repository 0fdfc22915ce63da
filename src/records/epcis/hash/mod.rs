//! The "EPCIS Event Hash ID" of CBV 2.0.
//!
//! An event is reduced to a *pre-hash string* of `name=value` in a fixed order without separators; its SHA-256 is
//! the event's identity. `eventID`, `recordTime` and `errorDeclaration` are left out, and so are comments
//! (`rdfs:comment`): none of them says what happened.
//!
//! The published hashes of the reference implementation decide where they and the prose differ:
//! - the type of a business transaction, source or destination precedes its identifier (prose: follows);
//! - `sensorElementList` comes before `bizTransactionList`; the latter, `destinationList`, `ilmd`, `sourceList`
//!   and the user extensions close the string in bytewise order (prose: a fixed order, extensions last);
//! - `certificationInfo` follows `eventTimeZoneOffset` (prose: not mentioned);
//! - `bizRules` of a sensor report, which the prose does not list, stands among the closing parts behind the names
//!   that enclose it;
//! - a text that is a decimal number is written as one in extensions, so that both bindings of EPCIS, of which XML
//!   knows no types, agree.
//!
//! Where the prose is kept although hashes published for XML inputs differ, because those depend on how the XML was
//! written or on binary floating point: compact URIs in values are expanded under every declared prefix, and long
//! numbers keep all their digits.
//!
//! Nothing separates or escapes the parts, so an author can craft two events with one string. Within one member's
//! events that only makes a duplicate of his own, and duplicates are counted per member.

mod event_hash;
mod extensions;
mod pre_hash;
mod sensors;

pub use event_hash::EventHash;
pub(super) use event_hash::error_declaration_digest;
pub use pre_hash::pre_hash_string;
