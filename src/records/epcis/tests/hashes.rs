//! The event hash of our own events: its exact pre-hash strings, and what it must and must not depend on.

use serde_json::{Value, json};

use super::super::*;
use super::parsed;
use super::samples::*;

fn hash(event: &Value) -> EventHash {
    parsed(event).event_hash()
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    match event.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            event.pointer_mut(parent).expect("a parent")[name] = value;
        }
    }
    event
}

#[test]
fn pre_hash_strings() {
    for (event, expected) in [
        (
            harvest(),
            "eventType=ObjectEventeventTime=2024-10-02T06:30:00.000ZeventTimeZoneOffset=+00:00\
             certificationInfo=https://certificates.example/fair/CI-0042\
             quantityListquantityElementepcClass=https://id.gs1.org/01/07620034182577/10/FARM12-2024quantity=62.5uom=KGM\
             action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-commissioning\
             disposition=https://ref.gs1.org/cbv/Disp-activereadPointid=geo:6.8276,-5.2893\
             {https://cocoa.example/terms/}plot=P-7\
             ilmd{https://cocoa.example/terms/}moisturePercent=7.1{https://cocoa.example/terms/}variety=Trinitario",
        ),
        (
            transport(),
            "eventType=ObjectEventeventTime=2024-10-09T10:00:00.250ZeventTimeZoneOffset=+02:00\
             epcListepc=https://id.gs1.org/00/176200340000000427action=OBSERVE\
             bizStep=https://ref.gs1.org/cbv/BizStep-transporting\
             persistentDispositionset=https://ref.gs1.org/cbv/Disp-completeness_inferred\
             unset=https://ref.gs1.org/cbv/Disp-damagedreadPointid=https://id.gs1.org/414/7620034000215\
             sensorElementListsensorElement\
             sensorMetadatastartTime=2024-10-08T00:00:00.000ZendTime=2024-10-09T00:00:00.000Z\
             deviceID=https://id.gs1.org/8004/7620034LOGGER7\
             sensorReporttype=https://gs1.org/voc/RelativeHumidityexception=https://gs1.org/voc/ALARM_CONDITION\
             value=81uom=A93\
             sensorReporttype=https://gs1.org/voc/TemperatureminValue=18maxValue=31.4meanValue=24uom=CEL\
             {https://cocoa.example/terms/}probe=centre of the stack",
        ),
        (
            order(),
            "eventType=TransactionEventeventTime=2024-10-06T10:00:00.000ZeventTimeZoneOffset=+00:00\
             epcListepc=https://id.gs1.org/00/176200340000000427action=ADD\
             bizTransactionListbizTransaction=https://id.gs1.org/253/7620034000550C1\
             type=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:epcglobal:cbv:bt:7620034000215:PO-7\
             destinationListtype=https://ref.gs1.org/cbv/SDT-owning_partydestination=https://id.gs1.org/417/4260999990002\
             sourceListtype=https://ref.gs1.org/cbv/SDT-owning_partysource=https://id.gs1.org/417/7620034000215",
        ),
        (
            roasting(),
            "eventType=TransformationEventeventTime=2024-11-02T08:00:00.000ZeventTimeZoneOffset=+01:00\
             inputQuantityListquantityElementepcClass=https://id.gs1.org/01/07620034182577/10/FARM12-2024quantity=60uom=KGM\
             outputEPCListepc=https://id.gs1.org/01/07620034182577/21/BAR1\
             outputQuantityListquantityElementepcClass=https://id.gs1.org/01/07620034182577quantity=499\
             transformationID=https://cocoa.example/batches/77bizStep=https://cocoa.example/terms/roasting\
             ilmd{urn:epcglobal:cbv:mda}lotNumber=R-77\
             {https://cocoa.example/terms/}shift{https://cocoa.example/terms/}crew=A\
             {https://cocoa.example/terms/}crew=B{https://cocoa.example/terms/}night=true",
        ),
    ] {
        assert_eq!(pre_hash_string(parsed(&event).content()), expected);
    }
}

#[test]
fn a_hash_is_pinned() {
    let hash = hash(&mounting());
    assert_eq!(
        hash.to_string(),
        "ni:///sha-256;5c58c7f347d89b08a2c8ea74547d015a3833b3e8a8ea383a1be6646310fb5214?ver=CBV2.0"
    );
    assert_eq!(EventHash::from_uri(&hash.to_string()), Some(hash));
    assert_eq!(EventHash::from_bytes(*hash.as_bytes()), hash);
    for uri in [
        "",
        "ni:///sha-256;00?ver=CBV2.0",
        "ni:///sha-512;00?ver=CBV2.0",
        &hash.to_string().to_uppercase(),
    ] {
        assert_eq!(EventHash::from_uri(uri), None, "{uri}");
    }
    let upper = format!("ni:///sha-256;{}?ver=CBV2.0", "AB".repeat(32));
    assert_eq!(EventHash::from_uri(&upper), None);
}

fn checked(event: &Value) -> CheckedEvent {
    check(event.to_string().as_bytes()).unwrap()
}

#[test]
fn a_name_that_is_the_hash_of_another_event_is_told() {
    let own = hash(&mounting()).to_string();
    let zeros = format!("ni:///sha-256;{}?ver=CBV2.0", "0".repeat(64));
    let mismatched = |event_id: &str| {
        let mut event = mounting();
        event["eventID"] = json!(event_id);
        checked(&event).mismatched_hash
    };
    for other in [
        &zeros,
        &zeros.to_uppercase(),
        "ni:///sha-256;00?ver=CBV2.0",
        &own.replace("sha-256;", "sha-256;0"),
    ] {
        assert_eq!(mismatched(other), Some(hash(&mounting())), "{other}");
    }
    // Its own hash, in whatever letters; other names, and hashes of which nobody can tell what they are of.
    for name in [
        &own,
        &own.replace("5c58c7", "5C58C7"),
        "urn:uuid:c3b6ff43-6c48-4a96-9d05-0c9a4d7f7b3c",
        &zeros.replace("?ver=CBV2.0", ""),
        &zeros.replace("2.0", "3.0"),
        &zeros.replace("sha-256", "sha3-256"),
    ] {
        assert_eq!(mismatched(name), None, "{name}");
    }
    assert!(checked(&mounting()).mismatched_hash.is_none());
}

#[test]
fn other_spellings_of_an_event_have_its_hash() {
    let renamed = roasting()
        .to_string()
        .replace("\"cocoa:", "\"kakao:")
        .replace("\"cocoa\"", "\"kakao\"");
    let roasted = with(roasting(), "/cocoa:shift/cocoa:crew", json!([["A"], " B "]));
    for (event, other) in [
        (
            transport(),
            with(
                transport(),
                "/eventTime",
                json!("2024-10-09T10:00:00.2500001Z"),
            ),
        ),
        (
            transport(),
            with(
                transport(),
                "/epcList/0",
                json!("https://shop.example/00/176200340000000427?x=1"),
            ),
        ),
        (
            transport(),
            with(transport(), "/bizStep", json!("cbv:BizStep-transporting")),
        ),
        (
            transport(),
            with(
                transport(),
                "/bizStep",
                json!("https://ref.gs1.org/cbv/BizStep-transporting"),
            ),
        ),
        (
            transport(),
            with(
                transport(),
                "/sensorElementList/0/sensorReport/0/type",
                json!("gs1:Temperature"),
            ),
        ),
        (
            transport(),
            with(transport(), "/recordTime", json!("2024-10-10T00:00:00Z")),
        ),
        (
            transport(),
            with(
                transport(),
                "/eventID",
                json!("urn:uuid:00000000-0000-4000-8000-000000000000"),
            ),
        ),
        (
            transport(),
            with(transport(), "/rdfs:comment", json!("warm")),
        ),
        (transport(), with(transport(), "/quantityList", json!([]))),
        (
            transport(),
            with(transport(), "/cocoa:nothing", json!(null)),
        ),
        (
            transport(),
            with(
                transport(),
                "/sensorElementList/0/sensorMetadata/rdfs:comment",
                json!("x"),
            ),
        ),
        (
            harvest(),
            with(harvest(), "/ilmd/cocoa:moisturePercent", json!("7.100")),
        ),
        (
            harvest(),
            with(
                harvest(),
                "/certificationInfo",
                json!(["https://certificates.example/fair/CI-0042"]),
            ),
        ),
        (roasting(), serde_json::from_str(&renamed).expect("valid")),
        (roasting(), roasted),
        (
            roasting(),
            with(
                roasting(),
                "/bizStep",
                json!("https://cocoa.example/terms/roasting"),
            ),
        ),
    ] {
        assert_eq!(hash(&event), hash(&other), "{other}");
    }
}

#[test]
fn other_events_have_other_hashes() {
    for (event, other) in [
        (
            transport(),
            with(transport(), "/eventTime", json!("2024-10-09T10:00:00.251Z")),
        ),
        (
            transport(),
            with(transport(), "/eventTimeZoneOffset", json!("+01:00")),
        ),
        (
            transport(),
            with(
                transport(),
                "/epcList/0",
                json!("urn:epc:id:sscc:7620034.1000000043"),
            ),
        ),
        (transport(), with(transport(), "/cocoa:empty", json!(""))),
        (
            transport(),
            with(
                transport(),
                "/sensorElementList/0/sensorReport/0/bizRules",
                json!("urn:rule:7"),
            ),
        ),
        (
            order(),
            with(order(), "/bizTransactionList/0/type", json!("inv")),
        ),
        (
            roasting(),
            with(roasting(), "/cocoa:shift/cocoa:night", json!(false)),
        ),
        (
            roasting(),
            with(roasting(), "/ilmd/cbvmda:lotNumber", json!("R-78")),
        ),
    ] {
        assert_ne!(hash(&event), hash(&other), "{other}");
    }
}

#[test]
fn rules_of_reports_close_the_string() {
    let event = with(
        transport(),
        "/sensorElementList/0/sensorReport/0/bizRules",
        json!("urn:rule:7"),
    );
    let text = pre_hash_string(parsed(&event).content());
    assert!(
        text.ends_with("stacksensorElementListsensorElementsensorReportbizRules=urn:rule:7"),
        "{text}"
    );
}

#[test]
fn texts_in_extensions_are_reduced_like_fields() {
    for (value, canonical) in [
        (
            "urn:epc:id:giai:7620034.TRUCK12",
            "https://id.gs1.org/8004/7620034TRUCK12",
        ),
        (
            "urn:epcglobal:cbv:disp:damaged",
            "https://ref.gs1.org/cbv/Disp-damaged",
        ),
        ("urn:epcglobal:cbv:bt:1:2", "urn:epcglobal:cbv:bt:1:2"),
        ("cbv:Disp-damaged", "https://ref.gs1.org/cbv/Disp-damaged"),
        ("  +0012.50 ", "12.5"),
        ("1e3", "1e3"),
        ("7 kg", "7 kg"),
        ("2024-10-02T06:30:00+02:00", "2024-10-02T06:30:00+02:00"),
    ] {
        let event = with(mounting(), "/cocoa:note", json!(value));
        let text = pre_hash_string(parsed(&event).content());
        assert!(
            text.ends_with(&format!("{{https://cocoa.example/terms/}}note={canonical}")),
            "{text}"
        );
    }
}
