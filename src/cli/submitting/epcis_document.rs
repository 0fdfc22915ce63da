//! Splitting EPCIS documents into bare events, each with its context.
//!
//! Where an event has no `@context` of its own, the document's is put in front of its members, and
//! the rest of the event's text stays untouched. Where it has one, the document's entries come first
//! and its own after them, which is how JSON-LD reads nested contexts; entries that are there already
//! are not repeated.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::types::json;

/// The event types of EPCIS 2.0.
const EVENT_TYPES: [&str; 5] = [
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
];

/// An event cut out of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitEvent {
    /// Where it was: a JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// The bare event with its context.
    pub body: String,
}

/// Why a text cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// It is not JSON.
    #[error("line {line}, column {column}: not JSON: {reason}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the reader says.
        reason: String,
    },
    /// A part of it has not the shape of EPCIS.
    #[error("at {pointer:?}: {reason}")]
    Shape {
        /// The part.
        pointer: String,
        /// What is expected there.
        reason: String,
    },
    /// There is no event in it.
    #[error("there is no event in it")]
    NoEvents,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "@context", borrow)]
    context: Option<&'a RawValue>,
    #[serde(rename = "epcisBody", borrow)]
    body: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(rename = "eventList", borrow)]
    list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(rename = "queryResults", borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(rename = "resultsBody", borrow)]
    body: &'a RawValue,
}

/// The members of an object in source order, values as text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Splits a text: an EPCISDocument, an EPCISQueryDocument, a bare event, or an array of these.
///
/// # Errors
/// [`SplitError`] with the place. Whether the events are valid is not judged here.
pub fn split(text: &str) -> Result<Vec<SplitEvent>, SplitError> {
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| SplitError::NotJson {
        line: error.line(),
        column: error.column(),
        reason: bare_reason(&error),
    })?;
    let mut events = Vec::new();
    if whole.get().starts_with('[') {
        let items: Vec<&RawValue> = read(whole, "")?;
        for (position, item) in items.into_iter().enumerate() {
            split_object(item, &format!("/{position}"), &mut events)?;
        }
    } else {
        split_object(whole, "", &mut events)?;
    }
    if events.is_empty() {
        return Err(SplitError::NoEvents);
    }
    Ok(events)
}

fn split_object(
    value: &RawValue,
    pointer: &str,
    events: &mut Vec<SplitEvent>,
) -> Result<(), SplitError> {
    let head: Head<'_> = read(value, pointer)?;
    let kind: Option<String> = head
        .kind
        .and_then(|kind| serde_json::from_str(kind.get()).ok());
    let context = head.context.map(RawValue::get);
    let mut body = head.body;
    let mut body_pointer = format!("{pointer}/epcisBody");
    match kind.as_deref() {
        Some(kind) if EVENT_TYPES.contains(&kind) => {
            events.push(SplitEvent {
                pointer: pointer.to_owned(),
                body: value.get().to_owned(),
            });
            return Ok(());
        }
        Some("EPCISDocument") => {}
        Some("EPCISQueryDocument") => {
            if let Some(outer) = body {
                let outer: Body<'_> = read(outer, &body_pointer)?;
                body_pointer.push_str("/queryResults");
                let results = outer
                    .results
                    .ok_or_else(|| shape(&body_pointer, "it is missing"))?;
                let results: Results<'_> = read(results, &body_pointer)?;
                body_pointer.push_str("/resultsBody");
                body = Some(results.body);
            }
        }
        Some(other) => {
            return Err(shape(
                &format!("{pointer}/type"),
                format!(
                    "{other:?} is neither EPCISDocument nor EPCISQueryDocument nor an event type"
                ),
            ));
        }
        None => {
            return Err(shape(
                &format!("{pointer}/type"),
                "a text is expected: EPCISDocument, EPCISQueryDocument or an event type",
            ));
        }
    }
    let body = body.ok_or_else(|| shape(&body_pointer, "it is missing"))?;
    let body: Body<'_> = read(body, &body_pointer)?;
    let found = match (body.list, body.event) {
        (Some(list), None) => (0..)
            .zip(list)
            .map(|(position, event)| (format!("{body_pointer}/eventList/{position}"), event))
            .collect::<Vec<(String, &RawValue)>>(),
        (None, Some(event)) => vec![(format!("{body_pointer}/event"), event)],
        (Some(_), Some(_)) => {
            return Err(shape(&body_pointer, "it has both eventList and event"));
        }
        (None, None) => return Err(shape(&body_pointer, "it has no eventList")),
    };
    for (pointer, event) in found {
        let body = with_context(event.get(), context, &pointer)?;
        events.push(SplitEvent { pointer, body });
    }
    Ok(())
}

/// The event's text with the document's context in it.
fn with_context(event: &str, context: Option<&str>, pointer: &str) -> Result<String, SplitError> {
    let Members(members) = serde_json::from_str(event)
        .map_err(|error: serde_json::Error| shape(pointer, bare_reason(&error)))?;
    let Some(context) = context else {
        return Ok(event.to_owned());
    };
    let own = members.iter().find(|(name, _)| name == "@context");
    let Some((_, own)) = own else {
        let rest = event.strip_prefix('{').unwrap_or_default();
        let comma = if members.is_empty() { "" } else { "," };
        return Ok(format!("{{\"@context\":{context}{comma}{rest}"));
    };
    if is_equivalent(context, own.get()) {
        return Ok(event.to_owned());
    }
    let mut entries = context_entries(context, pointer)?;
    for entry in context_entries(own.get(), pointer)? {
        if !entries.iter().any(|known| is_equivalent(known, entry)) {
            entries.push(entry);
        }
    }
    let mut text = format!("{{\"@context\":[{}]", entries.join(","));
    for (name, value) in members.iter().filter(|(name, _)| name != "@context") {
        // A text always has a JSON form.
        let name = serde_json::to_string(name).unwrap_or_default();
        text.push_str(&format!(",{name}:{}", value.get()));
    }
    text.push('}');
    Ok(text)
}

fn context_entries<'a>(context: &'a str, pointer: &str) -> Result<Vec<&'a str>, SplitError> {
    if !context.starts_with('[') {
        return Ok(vec![context]);
    }
    let entries: Vec<&RawValue> = serde_json::from_str(context)
        .map_err(|error| shape(&format!("{pointer}/@context"), bare_reason(&error)))?;
    Ok(entries.into_iter().map(RawValue::get).collect())
}

fn is_equivalent(left: &str, right: &str) -> bool {
    match (json::read(left.as_bytes()), json::read(right.as_bytes())) {
        (Ok(left), Ok(right)) => left.is_equivalent(&right),
        _ => left == right,
    }
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue, pointer: &str) -> Result<T, SplitError> {
    serde_json::from_str(value.get()).map_err(|error| shape(pointer, bare_reason(&error)))
}

/// The reader's message without its line and column, which are those of a part.
fn bare_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
}

fn shape(pointer: &str, reason: impl Into<String>) -> SplitError {
    SplitError::Shape {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
