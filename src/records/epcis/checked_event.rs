//! An event, reduced to what applying it needs.

use bytes::Bytes;

use super::trace_event::{ThingId, ThingRoles, TraceEvent};
use super::{EpcisError, EventHash, parse};
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::types::{Encode, Timestamp};

/// Digest of an event's hash and of its error declaration, if it has one: with the member it makes
/// the idempotency key. A correction repeats its original's hash, and yet is another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventIdentity(Sha256Digest);

impl EventIdentity {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// What applying an event needs: what it is known by, and what the indices keep of it. Made once, on
/// whatever thread checks the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedEvent {
    /// What tells it from other events.
    pub identity: EventIdentity,
    /// If it declares an earlier capture of itself to be wrong: what that one is known by.
    pub original: Option<EventIdentity>,
    /// When it happened.
    pub event_time: Timestamp,
    /// What it is known by: its hash and its own identifier.
    pub names: Vec<ThingId>,
    /// Where it happened.
    pub read_point: Option<ThingId>,
    /// Where the objects are afterwards.
    pub biz_location: Option<ThingId>,
    /// The business step, as a full URI.
    pub biz_step: Option<Box<str>>,
    /// The disposition, as a full URI.
    pub disposition: Option<Box<str>>,
    /// The things that it speaks of, with their roles.
    pub things: Vec<(ThingId, ThingRoles)>,
    /// The canonical bytes of its [`TraceEvent`].
    pub trace: Bytes,
}

/// Reads, checks and hashes an event once.
///
/// # Errors
/// [`BodyError`] with the place and the rule that is broken.
pub fn check(body: &[u8]) -> Result<CheckedEvent, BodyError> {
    let event = parse(body).map_err(|error| match error {
        EpcisError::Json(error) => BodyError {
            pointer: error.pointer.clone(),
            reason: format!("the body is not acceptable JSON: {error}"),
        },
        EpcisError::Field { pointer, fault } => BodyError {
            pointer,
            reason: fault.to_string(),
        },
    })?;
    let hash = event.event_hash();
    let plain = plain_identity(hash);
    let declaration = event.content().error_declaration.as_ref();
    let (identity, original) = match declaration.map(|declaration| declaration.digest()) {
        None => (plain, None),
        Some(digest) => {
            let parts: [&[u8]; 3] = [&[1], hash.as_bytes(), &digest.0];
            (EventIdentity(Sha256Digest::of_parts(&parts)), Some(plain))
        }
    };
    let trace = TraceEvent::of(&event);
    Ok(CheckedEvent {
        identity,
        original,
        event_time: trace.event_time,
        names: trace.names(),
        read_point: trace.read_point.as_deref().map(ThingId::of_place),
        biz_location: trace.biz_location.as_deref().map(ThingId::of_place),
        biz_step: trace.biz_step.clone(),
        disposition: trace.disposition.clone(),
        things: trace.things(),
        trace: Bytes::from(trace.to_bytes()),
    })
}

/// What an event of a hash is known by that declares nothing wrong.
fn plain_identity(hash: EventHash) -> EventIdentity {
    EventIdentity(Sha256Digest::of_parts(&[&[0], hash.as_bytes()]))
}
