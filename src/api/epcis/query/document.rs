//! The document that holds the events of an answer.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::api::epcis::CONTEXT;
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::{EpcisPage, FoundEvent};

/// The name of a query that has none of its own (EPCIS 2.0, section 8.2.7.1).
pub(super) const UNNAMED_QUERY: &str = "SimpleEventQuery";

/// An `EPCISQueryDocument` with the events of a page. Each event has its own `@context`, as it was signed.
/// The document is of the time of the block that the page is of.
///
/// # Errors
/// A problem if an event of the ledger is no JSON object, which none is.
pub(super) fn query_document(query_name: &str, page: &EpcisPage) -> Result<Vec<u8>, Problem> {
    let size: usize = page.events.iter().map(|event| event.body.len() + 256).sum();
    let mut out = String::with_capacity(size + 512);
    out.push_str("{\"@context\":[");
    put_text(&mut out, CONTEXT);
    out.push_str("],\"type\":\"EPCISQueryDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":");
    put_text(&mut out, &page.time.to_string());
    out.push_str(",\"epcisBody\":{\"queryResults\":{\"queryName\":");
    put_text(&mut out, query_name);
    out.push_str(",\"resultsBody\":{\"eventList\":[");
    for (number, event) in page.events.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        put_event(&mut out, event)?;
    }
    out.push_str("]}}}}");
    Ok(out.into_bytes())
}

/// Writes an event as its author did, with its time of record in place of what the author said about it.
fn put_event(out: &mut String, event: &FoundEvent) -> Result<(), Problem> {
    let members: Members<'_> = serde_json::from_slice(&event.body).map_err(|error| {
        Problem::internal(&format!("the event of entry {}: {error}", event.index))
    })?;
    out.push('{');
    for (name, value) in &members.0 {
        if name == "recordTime" {
            continue;
        }
        put_text(out, name);
        out.push(':');
        out.push_str(value.get());
        out.push(',');
    }
    if let Some(id) = &event.hash_as_id {
        out.push_str("\"eventID\":");
        put_text(out, id);
        out.push(',');
    }
    out.push_str("\"recordTime\":");
    put_text(out, &event.record_time.to_string());
    out.push('}');
    Ok(())
}

fn put_text(out: &mut String, text: &str) {
    // A text always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The members of an object in their order, each value as it is written: a number keeps its digits.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(InOrder).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::types::{LogIndex, Timestamp};

    #[test]
    fn an_event_keeps_the_spelling_of_its_author() {
        let body = r#"{ "type" :"ObjectEvent","recordTime":"2020-01-01T00:00:00Z", "a\u0062:c": 1.50, "x:y":{"z": 1e2}}"#;
        let event = FoundEvent {
            index: LogIndex(1),
            record_time: Timestamp::from_ms(0),
            hash_as_id: Some("ni:///sha-256;00".to_owned()),
            body: Bytes::from_static(body.as_bytes()),
        };
        let mut out = String::new();
        put_event(&mut out, &event).unwrap();
        assert_eq!(
            out,
            r#"{"type":"ObjectEvent","ab:c":1.50,"x:y":{"z": 1e2},"eventID":"ni:///sha-256;00","recordTime":"1970-01-01T00:00:00.000Z"}"#
        );
    }
}
