//! Events of our own.

use serde_json::{Value, json};

fn context() -> Value {
    json!([
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"cocoa": "https://cocoa.example/terms/"}
    ])
}

/// A farm weighs its dried beans and makes a lot.
pub(super) fn harvest() -> Value {
    json!({
        "@context": context(),
        "type": "ObjectEvent",
        "eventTime": "2024-10-02T06:30:00Z",
        "eventTimeZoneOffset": "+00:00",
        "certificationInfo": "https://certificates.example/fair/CI-0042",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:762003.0418257.FARM12-2024", "quantity": 62.5, "uom": "KGM"}],
        "readPoint": {"id": "geo:6.8276,-5.2893", "cocoa:plot": "P-7"},
        "ilmd": {"cocoa:variety": "Trinitario", "cocoa:moisturePercent": 7.10}
    })
}

/// A container of beans crosses the sea and gets too warm.
pub(super) fn transport() -> Value {
    json!({
        "@context": context(),
        "type": "ObjectEvent",
        "eventTime": "2024-10-09T12:00:00.25+02:00",
        "eventTimeZoneOffset": "+02:00",
        "epcList": ["urn:epc:id:sscc:7620034.1000000042"],
        "action": "OBSERVE",
        "bizStep": "transporting",
        "persistentDisposition": {"set": ["completeness_inferred"], "unset": ["damaged"]},
        "readPoint": {"id": "https://id.gs1.org/414/7620034000215"},
        "sensorElementList": [{
            "sensorMetadata": {
                "startTime": "2024-10-08T00:00:00Z",
                "endTime": "2024-10-09T00:00:00Z",
                "deviceID": "urn:epc:id:giai:7620034.LOGGER7"
            },
            "sensorReport": [
                {"type": "Temperature", "minValue": 18.0, "maxValue": 31.40, "meanValue": 24, "uom": "CEL"},
                {"type": "RelativeHumidity", "exception": "ALARM_CONDITION", "value": 81, "uom": "A93"}
            ],
            "cocoa:probe": "centre of the stack"
        }]
    })
}

/// Sacks and loose beans are packed into one logistic unit.
pub(super) fn packing() -> Value {
    json!({
        "@context": context(),
        "type": "AggregationEvent",
        "eventTime": "2024-10-05T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "parentID": "urn:epc:id:sscc:7620034.1000000042",
        "childEPCs": ["urn:epc:id:grai:7620034.00777.B1"],
        "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:762003.0418257.FARM12-2024", "quantity": 60}],
        "action": "ADD",
        "bizStep": "packing",
        "readPoint": {"id": "urn:epc:id:sgln:7620034.00021.DOCK4"}
    })
}

/// The unit is sold.
pub(super) fn order() -> Value {
    json!({
        "@context": context(),
        "type": "TransactionEvent",
        "eventTime": "2024-10-06T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "epcList": ["urn:epc:id:sscc:7620034.1000000042"],
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:7620034000215:PO-7"},
            {"bizTransaction": "urn:epc:id:gdti:7620034.00055.C1"}
        ],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:7620034.00021"}],
        "destinationList": [{"type": "owning_party", "destination": "https://buyer.example/party/4260999990002"}]
    })
}

/// Beans become chocolate.
pub(super) fn roasting() -> Value {
    json!({
        "@context": context(),
        "type": "TransformationEvent",
        "eventTime": "2024-11-02T08:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "eventID": "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:762003.0418257.FARM12-2024", "quantity": 60, "uom": "KGM"}],
        "outputEPCList": ["urn:epc:id:sgtin:762003.0418257.BAR1"],
        "outputQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:762003.0418257.*", "quantity": 499}],
        "transformationID": "https://cocoa.example/batches/77",
        "bizStep": "cocoa:roasting",
        "ilmd": {"cbvmda:lotNumber": "R-77"},
        "cocoa:shift": {"cocoa:crew": ["B", "A"], "cocoa:night": true}
    })
}

/// A temperature logger is mounted on a truck.
pub(super) fn mounting() -> Value {
    json!({
        "@context": context(),
        "type": "AssociationEvent",
        "eventTime": "2024-10-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "parentID": "urn:epc:id:giai:7620034.TRUCK12",
        "childEPCs": ["urn:epc:id:giai:7620034.LOGGER7"],
        "action": "ADD",
        "bizStep": "installing"
    })
}

pub(super) fn samples() -> [Value; 6] {
    [
        harvest(),
        transport(),
        packing(),
        order(),
        roasting(),
        mounting(),
    ]
}
