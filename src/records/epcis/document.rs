//! Splitting EPCIS documents into bare events and elements of vocabularies, each with its context: a record's
//! body is one of these.
//!
//! JSON is cut and joined as text, never read into numbers and written again: a body has the digits,
//! escapes and spaces that its author wrote.
//!
//! Where an event has no `@context` of its own, the document's is put in front of its members, and
//! the rest of the event's text stays untouched. Where it has one, the document's entries come first
//! and its own after them, which is how JSON-LD reads nested contexts; entries that are there already
//! are not repeated.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use super::uri::is_uri;
use crate::types::json;
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::plain_words;
use crate::types::time::Timestamp;

/// Most entries of an `@context` array. An event with more of them is refused, so that no work is lost.
const MAX_CONTEXT_ENTRIES: usize = 32;

/// The event types of EPCIS 2.0.
const EVENT_TYPES: [&str; 5] = [
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
];

/// What a piece of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// An event.
    Event,
    /// An element of a vocabulary.
    MasterData,
}

/// An event or an element of a vocabulary, cut out of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Where it was: a JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// By itself, with its context: the body of a record.
    pub body: String,
}

/// How much may come of a document: every piece gets a copy of the document's context, so a short
/// document can become long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitLimits {
    /// Most events, and most elements of vocabularies.
    pub max_events: usize,
    /// Most bytes of all pieces with their contexts.
    pub max_bytes: usize,
}

/// Why a text cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// It is not JSON.
    #[error("line {line}, column {column}: it is no JSON: {reason}")]
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
    /// There is neither an event nor master data in it.
    #[error("there is no event in it, and no master data")]
    Nothing,
    /// There are more events in it than may be.
    #[error("there are more than {limit} events and elements of master data in it")]
    TooManyEvents {
        /// How many may be.
        limit: usize,
    },
    /// Its events are longer than they may be, with the document's context in each.
    #[error(
        "its events and master data, each with the document's context, have more than {limit} bytes"
    )]
    TooLong {
        /// How long they may be.
        limit: usize,
    },
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "@context", borrow)]
    context: Option<&'a RawValue>,
    #[serde(rename = "epcisBody", borrow)]
    body: Option<&'a RawValue>,
    #[serde(rename = "schemaVersion", borrow)]
    schema_version: Option<&'a RawValue>,
    #[serde(rename = "creationDate", borrow)]
    creation_date: Option<&'a RawValue>,
    #[serde(rename = "epcisHeader", borrow)]
    header: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(rename = "epcisMasterData", borrow)]
    master_data: Option<&'a RawValue>,
}

/// Vocabularies, in the header of a document or in the results of a query.
#[derive(Deserialize)]
struct Vocabularies<'a> {
    #[serde(rename = "vocabularyList", borrow)]
    list: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct VocabularyList<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<&'a RawValue>,
    #[serde(rename = "vocabularyElementList", borrow)]
    elements: Option<Vec<&'a RawValue>>,
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

/// Splits a text: an EPCISDocument, an EPCISQueryDocument, a bare event, or an array of these. The events of a
/// document come first, then the master data that it has.
///
/// # Errors
/// [`SplitError`] with the place. Whether the pieces are valid is not judged here.
pub fn split(text: &str) -> Result<Vec<Piece>, SplitError> {
    let whole = read_json(text)?;
    let mut pieces = Pieces {
        found: Vec::new(),
        bytes: 0,
        limits: SplitLimits {
            max_events: usize::MAX,
            max_bytes: usize::MAX,
        },
    };
    if whole.get().starts_with('[') {
        let items: Vec<&RawValue> = read(whole, "")?;
        for (position, item) in items.into_iter().enumerate() {
            split_object(item, &format!("/{position}"), &mut pieces)?;
        }
    } else {
        split_object(whole, "", &mut pieces)?;
    }
    pieces.some()
}

/// Splits a document that came by itself, within limits: an EPCISDocument or EPCISQueryDocument with a
/// context; the former with the version and the date that its schema asks for.
///
/// # Errors
/// [`SplitError`] with the place. Whether the pieces are valid is not judged here.
pub fn read_document(text: &str, limits: SplitLimits) -> Result<Vec<Piece>, SplitError> {
    let whole = read_json(text)?;
    let head: Head<'_> = read(whole, "")?;
    let text_of =
        |value: Option<&RawValue>| -> Option<String> { serde_json::from_str(value?.get()).ok() };
    match text_of(head.kind).as_deref() {
        Some("EPCISDocument") => {
            if !text_of(head.schema_version).is_some_and(|version| is_version_two(&version)) {
                return Err(shape("/schemaVersion", "the version 2.0 is expected"));
            }
            let date = text_of(head.creation_date);
            if date.is_none_or(|date| Timestamp::parse_rfc3339(&date).is_err()) {
                return Err(shape("/creationDate", "a time as in RFC 3339 is expected"));
            }
        }
        Some("EPCISQueryDocument") => {}
        _ => {
            return Err(shape(
                "/type",
                "EPCISDocument or EPCISQueryDocument is expected",
            ));
        }
    }
    if head.context.is_none() {
        return Err(shape("/@context", "it is missing"));
    }
    let mut pieces = Pieces {
        found: Vec::new(),
        bytes: 0,
        limits,
    };
    split_object(whole, "", &mut pieces)?;
    pieces.some()
}

/// Whether a version is 2.0, with whatever patch.
fn is_version_two(version: &str) -> bool {
    let mut parts = version.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.next() == Some("2")
        && parts.next().is_none_or(|minor| minor == "0")
        && parts.all(is_number)
}

/// What was found, within its limits.
struct Pieces {
    found: Vec<Piece>,
    bytes: usize,
    limits: SplitLimits,
}

impl Pieces {
    /// Refuses a list that is too long, before anything is made of it.
    fn admit(&self, count: usize) -> Result<(), SplitError> {
        let limit = self.limits.max_events;
        if count > limit.saturating_sub(self.found.len()) {
            return Err(SplitError::TooManyEvents { limit });
        }
        Ok(())
    }

    /// Makes room for a piece of so many bytes, before it is made.
    fn reserve(&mut self, length: usize) -> Result<(), SplitError> {
        if self.found.len() >= self.limits.max_events {
            return Err(SplitError::TooManyEvents {
                limit: self.limits.max_events,
            });
        }
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > self.limits.max_bytes {
            return Err(SplitError::TooLong {
                limit: self.limits.max_bytes,
            });
        }
        Ok(())
    }

    fn some(self) -> Result<Vec<Piece>, SplitError> {
        if self.found.is_empty() {
            return Err(SplitError::Nothing);
        }
        Ok(self.found)
    }
}

fn read_json(text: &str) -> Result<&RawValue, SplitError> {
    serde_json::from_str(text).map_err(|error| SplitError::NotJson {
        line: error.line(),
        column: error.column(),
        reason: plain_words::reason(&error),
    })
}

fn split_object(value: &RawValue, pointer: &str, pieces: &mut Pieces) -> Result<(), SplitError> {
    let head: Head<'_> = read(value, pointer)?;
    let kind: Option<String> = head
        .kind
        .and_then(|kind| serde_json::from_str(kind.get()).ok());
    let context = head.context.map(RawValue::get);
    let mut body = head.body;
    let mut body_pointer = format!("{pointer}/epcisBody");
    match kind.as_deref() {
        Some(kind) if EVENT_TYPES.contains(&kind) => {
            pieces.reserve(value.get().len())?;
            pieces.found.push(Piece {
                kind: PieceKind::Event,
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
    if let Some(context) = context.filter(|context| context.len() > MAX_BODY_BYTES) {
        let reason = format!(
            "it has {} bytes, and an event with its context may have {MAX_BODY_BYTES}",
            context.len()
        );
        return Err(shape(&format!("{pointer}/@context"), reason));
    }
    let body = body.ok_or_else(|| shape(&body_pointer, "it is missing"))?;
    let vocabularies: Vocabularies<'_> = read(body, &body_pointer)?;
    let body: Body<'_> = read(body, &body_pointer)?;
    pieces.admit(body.list.as_ref().map_or(0, Vec::len))?;
    let found = match (body.list, body.event) {
        (Some(list), None) => (0..)
            .zip(list)
            .map(|(position, event)| (format!("{body_pointer}/eventList/{position}"), event))
            .collect::<Vec<(String, &RawValue)>>(),
        (None, Some(event)) => vec![(format!("{body_pointer}/event"), event)],
        (Some(_), Some(_)) => {
            return Err(shape(&body_pointer, "it has both eventList and event"));
        }
        (None, None) if vocabularies.list.is_some() => Vec::new(),
        (None, None) => return Err(shape(&body_pointer, "it has no eventList")),
    };
    for (pointer, event) in found {
        let length = event.get().len() + context.map_or(0, str::len);
        pieces.reserve(length)?;
        let body = with_context(event.get(), context, &pointer)?;
        pieces.found.push(Piece {
            kind: PieceKind::Event,
            pointer,
            body,
        });
    }
    if let Some(header) = head.header {
        let header_pointer = format!("{pointer}/epcisHeader");
        check_names(header, &header_pointer, &["epcisMasterData"])?;
        let header: Header<'_> = read(header, &header_pointer)?;
        if let Some(master_data) = header.master_data {
            let pointer = format!("{header_pointer}/epcisMasterData");
            check_names(master_data, &pointer, &["vocabularyList"])?;
            let vocabularies: Vocabularies<'_> = read(master_data, &pointer)?;
            split_vocabularies(vocabularies, context, &pointer, pieces)?;
        }
    }
    split_vocabularies(vocabularies, context, &body_pointer, pieces)
}

/// Refuses names that the standard does not have, but for those of extensions: what stands under a misspelt one would
/// be lost in silence.
fn check_names(object: &RawValue, pointer: &str, known: &[&str]) -> Result<(), SplitError> {
    let Members(members) = read(object, pointer)?;
    let is_known = |name: &str| name.contains(':') || known.contains(&name);
    match members.iter().find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, _)) => Err(shape(
            &format!("{pointer}/{}", json::escape_pointer_segment(name)),
            format!("there is no such field here; there is {}", known.join(", ")),
        )),
    }
}

/// Cuts out the elements of vocabularies, each with its vocabulary's type.
fn split_vocabularies(
    vocabularies: Vocabularies<'_>,
    context: Option<&str>,
    pointer: &str,
    pieces: &mut Pieces,
) -> Result<(), SplitError> {
    for (position, vocabulary) in (0..).zip(vocabularies.list.unwrap_or_default()) {
        let pointer = format!("{pointer}/vocabularyList/{position}");
        check_names(vocabulary, &pointer, &["type", "vocabularyElementList"])?;
        let vocabulary: VocabularyList<'_> = read(vocabulary, &pointer)?;
        let Some(kind) = vocabulary.kind else {
            return Err(shape(&format!("{pointer}/type"), "it is missing"));
        };
        let name: Option<String> = serde_json::from_str(kind.get()).ok();
        if !name.is_some_and(|name| is_uri(&name)) {
            return Err(shape(&format!("{pointer}/type"), "it is no absolute URI"));
        }
        let elements = vocabulary.elements.unwrap_or_default();
        pieces.admit(elements.len())?;
        for (position, element) in (0..).zip(elements) {
            let pointer = format!("{pointer}/vocabularyElementList/{position}");
            let Members(members) = read(element, &pointer)?;
            // Its own type would be read in place of the vocabulary's, and a context in place of the document's.
            let own = members
                .iter()
                .find(|(name, _)| name == "type" || name == "@context");
            if let Some((name, _)) = own {
                let reason = "an element of a vocabulary has no such field";
                return Err(shape(&format!("{pointer}/{name}"), reason));
            }
            let text = element.get();
            let context_bytes = context.map_or(0, str::len);
            pieces.reserve(text.len() + kind.get().len() + context_bytes)?;
            let context = context.map_or_else(String::new, |c| format!("\"@context\":{c},"));
            let rest = text.strip_prefix('{').unwrap_or_default();
            let comma = if members.is_empty() { "" } else { "," };
            pieces.found.push(Piece {
                kind: PieceKind::MasterData,
                pointer,
                body: format!("{{{context}\"type\":{}{comma}{rest}", kind.get()),
            });
        }
    }
    Ok(())
}

/// The event's text with the document's context in it.
fn with_context(event: &str, context: Option<&str>, pointer: &str) -> Result<String, SplitError> {
    let Members(members) = serde_json::from_str(event)
        .map_err(|error: serde_json::Error| shape(pointer, plain_words::reason(&error)))?;
    let Some(context) = context else {
        return Ok(event.to_owned());
    };
    let mut contexts = members.iter().filter(|(name, _)| name == "@context");
    let own = contexts.next();
    if contexts.next().is_some() {
        // One of them would be lost: what is signed has to be what came.
        return Err(shape(&format!("{pointer}/@context"), "it is there twice"));
    }
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
        .map_err(|error| shape(&format!("{pointer}/@context"), plain_words::reason(&error)))?;
    if entries.len() > MAX_CONTEXT_ENTRIES {
        let reason = format!(
            "it has {} entries, the limit is {MAX_CONTEXT_ENTRIES}",
            entries.len()
        );
        return Err(shape(&format!("{pointer}/@context"), reason));
    }
    Ok(entries.into_iter().map(RawValue::get).collect())
}

fn is_equivalent(left: &str, right: &str) -> bool {
    match (json::read(left.as_bytes()), json::read(right.as_bytes())) {
        (Ok(left), Ok(right)) => left.is_equivalent(&right),
        _ => left == right,
    }
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue, pointer: &str) -> Result<T, SplitError> {
    serde_json::from_str(value.get()).map_err(|error| shape(pointer, plain_words::reason(&error)))
}

fn shape(pointer: &str, reason: impl Into<String>) -> SplitError {
    SplitError::Shape {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
