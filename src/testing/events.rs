//! Sample EPCIS events: cocoa on its way from a farm. Each is a function of a number, so that a
//! test has as many different events as it needs.

use serde_json::{Value, json};

fn context() -> Value {
    json!("https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld")
}

fn sack(number: u32) -> String {
    format!("urn:epc:id:sgtin:7620034.041825.S{number}")
}

/// Sack `number` of beans is filled and gets its identity.
pub fn commissioning(number: u32) -> String {
    json!({
        "@context": context(),
        "type": "ObjectEvent",
        "eventTime": "2025-12-02T07:15:00.000Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": [sack(number)],
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active"
    })
    .to_string()
}

/// Sack `number` leaves the drying station.
pub fn shipping(number: u32) -> String {
    json!({
        "@context": context(),
        "type": "ObjectEvent",
        "eventTime": "2025-12-03T16:40:30.500Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": [sack(number)],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "geo:6.8276,-5.2893"}
    })
    .to_string()
}

/// Sack `number` is packed into a container.
pub fn packing(number: u32) -> String {
    json!({
        "@context": context(),
        "type": "AggregationEvent",
        "eventTime": "2025-12-04T09:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "parentID": "urn:epc:id:sscc:7620034.1000000042",
        "childEPCs": [sack(number)],
        "action": "ADD",
        "bizStep": "packing"
    })
    .to_string()
}

/// The commissioning of sack `number` is declared erroneous: the same event with a declaration.
pub fn correction(number: u32) -> String {
    let mut event: Value =
        serde_json::from_str(&commissioning(number)).expect("JSON written above");
    event["errorDeclaration"] = json!({
        "declarationTime": "2025-12-05T08:00:00.000Z",
        "reason": "incorrect_data"
    });
    event.to_string()
}
