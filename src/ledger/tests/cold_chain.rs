//! What sensors measured on goods, on what carried them, and where they were.

mod certainty;
mod sources;

use serde_json::{Value, json};

use super::histories::{ALL, all, at, event, ledger_of, numbers, object, pack};
use crate::ledger::questions::{
    ColdChainAnswer, PageRange, SensorLimits, SubjectKind, UnreadReason,
};
use crate::testing::MemoryLedger;
use crate::types::{Decimal, Duration};

const FISH: &str = "urn:example:fish";
const BOX: &str = "urn:example:box";
const REEFER: &str = "urn:example:reefer";
const STORE: &str = "urn:example:store";

fn limits(uom: &str, min: i64, max: i64) -> SensorLimits {
    SensorLimits {
        kind: "https://gs1.org/voc/Temperature".into(),
        uom: uom.into(),
        min: Some(Decimal::from(min)),
        max: Some(Decimal::from(max)),
    }
}

fn ask(ledger: &MemoryLedger, thing: &str, minutes: u64) -> ColdChainAnswer {
    let longer_than = Some(Duration::from_ms(minutes * 60_000));
    let limits = limits("CEL", 0, 4);
    let answer = all(ledger).cold_chain(thing, &limits, longer_than, ALL);
    answer.unwrap().unwrap()
}

/// Temperatures in degrees Celsius at minutes.
fn reports(values: &[(u32, f64)]) -> Value {
    let reports: Vec<Value> = values
        .iter()
        .map(|(minute, value)| {
            json!({"type": "Temperature", "time": at(*minute).to_string(), "value": value, "uom": "CEL"})
        })
        .collect();
    json!([{"sensorReport": reports}])
}

fn measured(minute: u32, things: &[&str], elements: Value) -> Value {
    object(
        minute,
        "OBSERVE",
        things,
        json!({"sensorElementList": elements}),
    )
}

#[test]
fn a_breach_in_a_container_counts_while_the_thing_is_in_it() {
    // The reefer is too warm from 60 to 120; the fish is in it from 90 on, the logger is read at the end.
    let ledger = ledger_of(&[
        object(0, "ADD", &[FISH], json!({})),
        pack(10, "ADD", BOX, &[FISH], json!({})),
        pack(90, "ADD", REEFER, &[BOX], json!({})),
        pack(200, "DELETE", REEFER, &[BOX], json!({})),
        measured(
            300,
            &[REEFER],
            reports(&[(50, 3.0), (60, 5.5), (100, 9.25), (120, 4.0), (250, 8.0)]),
        ),
    ]);
    let found = ask(&ledger, FISH, 15);
    // Of the reports those from 60, which holds on, to 120 say something of its time.
    assert_eq!((found.breach_count, found.reading_count), (1, 3));
    let breach = &found.breaches[0];
    assert_eq!(
        (&*breach.subject, breach.kind),
        (REEFER, SubjectKind::Container)
    );
    assert_eq!((breach.from, breach.until), (at(90), at(120)));
    assert_eq!(breach.duration, Duration::from_ms(30 * 60_000));
    assert_eq!(breach.worst.value.to_string(), "9.25");
    assert!(breach.is_certain && !breach.is_open);
    assert_eq!(numbers(&breach.entries.indices), [4]);
    let inside: Vec<_> = breach
        .affected
        .iter()
        .map(|(id, index)| (&**id, index.0))
        .collect();
    assert_eq!(inside, [(BOX, 2), (FISH, 1)]);
    // No longer than it may be.
    assert_eq!(ask(&ledger, FISH, 30).breach_count, 0);
    // The reefer itself was outside for all of it, and once more afterwards, when the fish was gone.
    let own = ask(&ledger, REEFER, 15);
    assert_eq!(own.breach_count, 2);
    assert!(own.breaches[1].is_open);
    assert_eq!(own.breaches[0].duration, Duration::from_ms(60 * 60_000));
    let any = all(&ledger).cold_chain(REEFER, &limits("CEL", 0, 4), None, ALL);
    let any = any.unwrap().unwrap();
    assert_eq!(any.breach_count, 2);
    assert!(any.breaches[1].is_open && any.breaches[1].affected.is_empty());
    let page = PageRange { skip: 1, count: 1 };
    let page = all(&ledger).cold_chain(REEFER, &limits("CEL", 0, 4), None, page);
    let page = page.unwrap().unwrap();
    assert_eq!((page.breaches.len(), page.next), (1, None));
    assert_eq!(page.breaches[0], any.breaches[1]);
}

/// How long a breach will have lasted that has not ended nobody knows: it is never left out.
#[test]
fn a_breach_that_has_not_ended_is_told_however_short() {
    let mut told = vec![
        measured(0, &[FISH], reports(&[(0, 9.0), (10, 4.0)])),
        measured(20, &[FISH], reports(&[(20, 9.0)])),
    ];
    let found = ask(&ledger_of(&told), FISH, 29);
    let [open] = &found.breaches[..] else {
        panic!("{found:?}");
    };
    assert!(open.is_open);
    assert_eq!((open.from, open.duration), (at(20), Duration::default()));
    // What was taken out since was exposed no longer than until then.
    let told_in = [
        measured(10, &[REEFER], reports(&[(20, 9.0)])),
        pack(15, "ADD", REEFER, &[FISH], json!({})),
        pack(25, "DELETE", REEFER, &[FISH], json!({})),
    ];
    assert_eq!(ask(&ledger_of(&told_in), FISH, 29).breaches, []);
    assert_eq!(ask(&ledger_of(&told_in), FISH, 4).breaches.len(), 1);
    // It ended, and was no longer than it may be.
    told.push(measured(40, &[FISH], reports(&[(40, 4.0)])));
    assert_eq!(ask(&ledger_of(&told), FISH, 29).breaches, []);
}

/// The fish is in the reefer from 180 to 420. What was measured before counts as far as it holds, and makes nothing
/// certain; what was measured afterwards does not count.
#[test]
fn reports_count_that_say_something_of_the_time_inside() {
    for (values, expected) in [
        (&[(480, 5.0)][..], (0, 0, None)),
        (&[(120, 30.0)], (0, 0, None)),
        (&[(120, 30.0), (180, 4.0)], (0, 1, None)),
        (&[(100, 30.0), (900, 4.0)], (1, 1, Some(false))),
        (&[(100, 3.0), (900, 30.0)], (0, 1, None)),
        (&[(100, 30.0), (200, 4.0), (480, 9.0)], (1, 2, Some(false))),
        (&[(100, 30.0), (200, 9.0), (480, 4.0)], (1, 2, Some(true))),
    ] {
        let ledger = ledger_of(&[
            pack(180, "ADD", REEFER, &[FISH], json!({})),
            pack(420, "DELETE", REEFER, &[FISH], json!({})),
            measured(1_000, &[REEFER], reports(values)),
        ]);
        let found = all(&ledger).cold_chain(FISH, &limits("CEL", 0, 4), None, ALL);
        let found = found.unwrap().unwrap();
        let certain = found.breaches.first().map(|breach| breach.is_certain);
        let counts = (found.breach_count, found.reading_count, certain);
        assert_eq!(counts, expected, "{values:?}");
    }
    // The worst value and the entries are those that count: 90 degrees had passed, and came again.
    let warm = [
        (60, 90.0),
        (100, 9.0),
        (200, 12.0),
        (400, 8.0),
        (500, 90.0),
        (600, 4.0),
    ];
    let told = |minute, place: usize| measured(minute, &[REEFER], reports(&warm[place..=place]));
    let mut events = vec![
        pack(180, "ADD", REEFER, &[FISH], json!({})),
        pack(420, "DELETE", REEFER, &[FISH], json!({})),
        measured(
            150,
            &[REEFER],
            json!([{"sensorReport": [{"type": "Temperature", "value": 9}]}]),
        ),
    ];
    events.extend((0..warm.len()).map(|place| told(warm[place].0, place)));
    let found = ask(&ledger_of(&events), FISH, 1);
    let breach = &found.breaches[0];
    assert_eq!((breach.from, breach.until), (at(180), at(420)));
    assert_eq!(breach.worst.value.to_string(), "12");
    assert_eq!(numbers(&breach.entries.indices), [4, 5, 6]);
    assert_eq!((found.reading_count, &found.unread[..]), (3, &[][..]));
}

/// A logger lay in the warm before it was attached: that tells nothing of the box.
#[test]
fn what_a_device_measured_before_it_was_attached_does_not_count() {
    let attach = json!({"action": "ADD", "parentID": BOX, "childEPCs": ["urn:example:logger"]});
    let by_logger = measured(
        300,
        &["urn:example:logger"],
        reports(&[(50, 30.0), (200, 3.0)]),
    );
    for (attached, expected) in [(40, (1, 2)), (60, (0, 1))] {
        let ledger = ledger_of(&[
            pack(100, "ADD", BOX, &[FISH], json!({})),
            event("AssociationEvent", attached, &attach),
            by_logger.clone(),
        ]);
        let found = ask(&ledger, FISH, 1);
        let counts = (found.breach_count, found.reading_count);
        assert_eq!(counts, expected, "{attached}");
    }
}

/// A box that was in the reefer twice held other fish each time.
#[test]
fn what_was_in_a_box_each_time_is_affected() {
    let other = "urn:example:other-fish";
    let ledger = ledger_of(&[
        pack(10, "ADD", BOX, &[FISH], json!({})),
        pack(20, "ADD", REEFER, &[BOX], json!({})),
        pack(40, "DELETE", REEFER, &[BOX], json!({})),
        pack(50, "DELETE", BOX, &[FISH], json!({})),
        pack(60, "ADD", BOX, &[other], json!({})),
        pack(70, "ADD", REEFER, &[BOX], json!({})),
        measured(300, &[REEFER], reports(&[(15, 9.0), (100, 9.0)])),
    ]);
    let found = ask(&ledger, REEFER, 15);
    assert_eq!(found.breach_count, 1);
    let affected: Vec<&str> = found.breaches[0]
        .affected
        .iter()
        .map(|(id, _)| &**id)
        .collect();
    assert_eq!(affected, [BOX, FISH, other]);
}

#[test]
fn devices_that_are_attached_and_sensors_of_the_place_count() {
    let attach = json!({"action": "ADD", "parentID": BOX, "childEPCs": ["urn:example:logger"]});
    let by_device = json!([{"sensorMetadata": {"time": at(60).to_string(), "deviceID": "urn:example:logger"},
        "sensorReport": [{"type": "Temperature", "value": 7, "uom": "CEL"}]}]);
    let place = json!({"readPoint": {"id": STORE}, "bizLocation": {"id": STORE}});
    let mut of_place = place.clone();
    of_place["sensorElementList"] = reports(&[(100, 6.0), (130, 6.0)]);
    let ledger = ledger_of(&[
        pack(0, "ADD", BOX, &[FISH], json!({})),
        event("AssociationEvent", 10, &attach),
        object(
            70,
            "OBSERVE",
            &[],
            json!({"sensorElementList": by_device, "readPoint": {"id": "urn:example:cloud"}}),
        ),
        object(90, "OBSERVE", &[BOX], place),
        object(140, "OBSERVE", &[], of_place.clone()),
    ]);
    let found = all(&ledger).cold_chain(FISH, &limits("CEL", 0, 4), None, ALL);
    let found = found.unwrap().unwrap();
    let subjects: Vec<_> = found
        .breaches
        .iter()
        .map(|breach| (&*breach.subject, breach.kind))
        .collect();
    assert_eq!(
        subjects,
        [(BOX, SubjectKind::Container), (STORE, SubjectKind::Place)]
    );
    assert_eq!(
        found.breaches[0].device.as_deref(),
        Some("urn:example:logger")
    );
    assert_eq!(found.breaches[1].duration, Duration::from_ms(30 * 60_000));
    // What is measured on another thing at the place says nothing about this one.
    of_place["sensorElementList"] = reports(&[(105, 30.0)]);
    let other = object(141, "OBSERVE", &["urn:example:oven"], of_place);
    let mut ledger = ledger;
    super::histories::capture(&mut ledger, 0, &[other]);
    let again = all(&ledger).cold_chain(FISH, &limits("CEL", 0, 4), None, ALL);
    assert_eq!(again.unwrap().unwrap().breach_count, 2);
}

#[test]
fn times_with_extremes_and_other_units_are_compared() {
    let period = |report: Value| {
        json!([{"sensorMetadata": {"startTime": at(0).to_string(), "endTime": at(60).to_string()},
            "sensorReport": [report]}])
    };
    let temperature = |rest: Value| {
        let mut report = json!({"type": "Temperature"});
        for (name, value) in rest.as_object().unwrap() {
            report[name] = value.clone();
        }
        period(report)
    };
    for (report, breach, unread) in [
        (
            json!({"minValue": 1, "maxValue": 5, "uom": "CEL"}),
            Some(false),
            None,
        ),
        (
            json!({"minValue": 5, "maxValue": 6, "uom": "CEL"}),
            Some(true),
            None,
        ),
        (
            json!({"minValue": 1, "maxValue": 4, "uom": "CEL"}),
            None,
            None,
        ),
        (json!({"value": 39.2, "uom": "FAH"}), None, None),
        (json!({"value": 39.3, "uom": "FAH"}), Some(true), None),
        (json!({"value": 273.14, "uom": "KEL"}), Some(true), None),
        (json!({"value": 9}), None, Some(UnreadReason::NoUnit)),
        (
            json!({"value": 9, "uom": "P1"}),
            None,
            Some(UnreadReason::OtherUnit),
        ),
        (
            json!({"stringValue": "warm", "uom": "CEL"}),
            None,
            Some(UnreadReason::NoValue),
        ),
        (
            json!({"value": 9, "uom": "CEL", "exception": "ERROR_CONDITION"}),
            None,
            Some(UnreadReason::SensorError),
        ),
    ] {
        let told = [measured(60, &[FISH], temperature(report.clone()))];
        let found = ask(&ledger_of(&told), FISH, 59);
        let certain = found.breaches.first().map(|breach| breach.is_certain);
        assert_eq!(certain, breach, "{report}");
        let reason = found.unread.first().map(|(_, reason)| *reason);
        assert_eq!(reason, unread, "{report}");
    }
}

#[test]
fn other_measurements_and_withdrawn_events_do_not_count() {
    let humid = json!([{"sensorReport": [{"type": "RelativeHumidity", "value": 90, "uom": "P1"}]}]);
    let warm = measured(10, &[FISH], reports(&[(10, 9.0), (20, 9.0)]));
    let mut withdrawn = warm.clone();
    withdrawn["errorDeclaration"] = json!({"declarationTime": at(60).to_string()});
    let mut ledger = ledger_of(&[measured(5, &[FISH], humid), warm]);
    assert_eq!(ask(&ledger, FISH, 1).breach_count, 1);
    assert_eq!(ask(&ledger, FISH, 1).reading_count, 2);
    super::histories::capture(&mut ledger, 0, &[withdrawn]);
    let after = ask(&ledger, FISH, 1);
    assert_eq!((after.breach_count, after.reading_count), (0, 0));
}
