//! An event, reduced to what applying it needs.

use bytes::Bytes;

use super::class_or_object;
use super::thing_roles::ThingRoles;
use super::trace_event::{ThingId, TraceEvent, join_roles};
use super::{EpcisError, EpcisEvent, EventHash, EventType, parse};
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Encode, Timestamp};

/// Most bytes that are kept of an event for tracing. A prefix of five bytes may stand for a namespace of five
/// hundred, and each use is kept at its full length.
pub const MAX_TRACE_EVENT_BYTES: usize = 4 * MAX_BODY_BYTES;

/// Digest of an event's hash and of its error declaration, if it has one: with the member it makes
/// the idempotency key. A correction repeats its original's hash, and yet is another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventIdentity(Sha256Digest);

impl EventIdentity {
    /// What an event of a hash is known by that declares nothing wrong.
    pub fn of_capture(hash: EventHash) -> Self {
        Self(Sha256Digest::of_parts(&[&[0], hash.as_bytes()]))
    }

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
    /// Its hash, if its `eventID` is an event hash of CBV 2.0 and not this one. A declaration repeats the name and the
    /// content of its original, and so has the hash of its name if that one has.
    pub mismatched_hash: Option<EventHash>,
    /// The first of its sensor elements whose period of observation ends before it begins, counted from zero, with what it
    /// states.
    pub turned_period: Option<(usize, Timestamp, Timestamp)>,
    /// A container that it names among its own contents.
    pub own_content: Option<Box<str>>,
    /// When it happened.
    pub event_time: Timestamp,
    /// The names that it is to be found by.
    pub names: Vec<ThingId>,
    /// Where it happened, in canonical form.
    pub read_point: Option<Box<str>>,
    /// Where the objects are afterwards, in canonical form.
    pub biz_location: Option<Box<str>>,
    /// The business step, as a full URI.
    pub biz_step: Option<Box<str>>,
    /// The disposition, as a full URI.
    pub disposition: Option<Box<str>>,
    /// The things that it speaks of, with their roles; and where it happened, and the devices that
    /// measured, which have none.
    pub things: Vec<(ThingId, ThingRoles)>,
    /// The canonical bytes of its [`TraceEvent`].
    pub trace: Bytes,
}

/// Reads, checks and hashes an event once.
///
/// # Errors
/// [`BodyError`] with the place and the rule that is broken.
pub fn check(body: &[u8]) -> Result<CheckedEvent, BodyError> {
    let checked = parse(body).and_then(|event| {
        class_or_object::check(&event.content().kind)?;
        Ok(event)
    });
    let event = checked.map_err(|error| match error {
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
    let plain = EventIdentity::of_capture(hash);
    let declaration = event.content().error_declaration.as_ref();
    let (identity, original) = match declaration.map(|declaration| declaration.digest()) {
        None => (plain, None),
        Some(digest) => {
            let parts: [&[u8]; 3] = [&[1], hash.as_bytes(), &digest.0];
            (EventIdentity(Sha256Digest::of_parts(&parts)), Some(plain))
        }
    };
    let trace = TraceEvent::of(&event);
    let trace_bytes = trace.to_bytes();
    if trace_bytes.len() > MAX_TRACE_EVENT_BYTES {
        let reason = format!(
            "with its prefixes expanded, what is kept of the event has {} bytes, the limit is \
             {MAX_TRACE_EVENT_BYTES}",
            trace_bytes.len()
        );
        return Err(BodyError::new("", reason));
    }
    let event_id = trace.event_id.as_deref();
    let is_mismatched = event_id.is_some_and(|id| hash.is_contradicted_by(id));
    Ok(CheckedEvent {
        identity,
        original,
        mismatched_hash: is_mismatched.then_some(hash),
        turned_period: turned_period(&event),
        own_content: own_content(&trace),
        event_time: trace.event_time,
        things: mentions(&event, &trace),
        names: trace.names(),
        read_point: trace.read_point.clone(),
        biz_location: trace.biz_location.clone(),
        biz_step: trace.biz_step.clone(),
        disposition: trace.disposition.clone(),
        trace: Bytes::from(trace_bytes),
    })
}

fn turned_period(event: &EpcisEvent) -> Option<(usize, Timestamp, Timestamp)> {
    let elements = event.content().sensor_elements.iter().enumerate();
    let mut periods = elements.filter_map(|(number, element)| {
        let metadata = element.metadata.as_ref()?;
        let (start, end) = metadata.start_time.zip(metadata.end_time)?;
        Some((number, start, end))
    });
    periods.find(|(_, start, end)| end < start)
}

fn own_content(trace: &TraceEvent) -> Option<Box<str>> {
    let is_packing = matches!(
        trace.event_type,
        EventType::Aggregation | EventType::Association
    );
    let parent = trace.parent.as_ref().filter(|_| is_packing)?;
    let is_inside = trace.objects.iter().any(|object| object.id == *parent);
    is_inside.then(|| parent.clone())
}

/// What the indices keep of an event: what it speaks of, and its place. An event with sensor data is
/// found by the place of its readers and by its devices as well, and is marked: the data themselves are
/// read from its body by the few who ask.
fn mentions(event: &EpcisEvent, trace: &TraceEvent) -> Vec<(ThingId, ThingRoles)> {
    let mut things = trace.things();
    let elements = &event.content().sensor_elements;
    if elements.is_empty() {
        return things;
    }
    let place = trace.read_point.as_deref().map(ThingId::of_place);
    let metadata = elements
        .iter()
        .filter_map(|element| element.metadata.as_ref());
    let reports = elements.iter().flat_map(|element| &element.reports);
    let origins = metadata.map(|metadata| &metadata.origin);
    let devices = origins
        .chain(reports.map(|report| &report.origin))
        .filter_map(|origin| origin.device_id.as_ref())
        .map(|device| ThingId::of(device.canonical()));
    let named = place.into_iter().chain(devices);
    things.extend(named.map(|thing| (thing, ThingRoles::default())));
    join_roles(&mut things);
    for (_, roles) in &mut things {
        *roles = roles.with_sensors();
        if trace.is_error_declaration {
            *roles = roles.in_declaration();
        }
    }
    things
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event that names one class of a long prefix so many times.
    fn event(count: usize) -> String {
        let namespace = format!("https://a.example/{}/", "x".repeat(480));
        let children = vec!["\"p:\""; count].join(",");
        format!(
            r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{{"p":"{namespace}"}}],
            "type":"AggregationEvent","action":"OBSERVE","eventTime":"2024-01-01T00:00:00Z",
            "eventTimeZoneOffset":"+00:00","childEPCs":[{children}]}}"#
        )
    }

    #[test]
    fn prefixes_do_not_make_a_short_event_long() {
        assert!(check(event(400).as_bytes()).is_ok());
        let long = event(10_000);
        assert!(long.len() <= MAX_BODY_BYTES);
        let error = check(long.as_bytes()).unwrap_err();
        assert!(error.reason.contains("the limit is 245760"), "{error}");
    }
}
