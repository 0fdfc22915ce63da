//! Which reports count for a thing: of which sensors, and at which places.

use serde_json::{Value, json};

use super::{BOX, FISH, REEFER, limits, measured, reports};
use crate::ledger::questions::{ColdChainAnswer, MAX_ANSWER_EVENTS, QuestionError, SubjectKind};
use crate::ledger::tests::histories::{ALL, all, at, event, ledger_of, numbers, object, pack};

const LOGGER: &str = "urn:example:logger";
const OTHER: &str = "urn:example:other-logger";

fn answer_of(events: &[Value], thing: &str) -> ColdChainAnswer {
    let answer = all(&ledger_of(events)).cold_chain(thing, &limits("CEL", 0, 4), None, ALL);
    answer.unwrap().unwrap()
}

fn attach(minute: u32, action: &str, to: &str, device: &str) -> Value {
    let rest = json!({"action": action, "parentID": to, "childEPCs": [device]});
    event("AssociationEvent", minute, &rest)
}

/// What a device measured at a minute.
fn by(device: &str, minute: u32, value: f64) -> Value {
    let mut elements = reports(&[(minute, value)]);
    elements[0]["sensorMetadata"] = json!({"deviceID": device});
    elements[0].clone()
}

/// A thing is where it was seen by the business location, or else by the read point; a sensor of either place counts
/// for what is there.
#[test]
fn sensors_count_where_they_read_and_where_they_are() {
    const FREEZER: &str = "urn:example:freezer";
    const WAREHOUSE: &str = "urn:example:warehouse";
    let seen = |place: &Value| object(10, "OBSERVE", &[FISH], place.clone());
    let read = |rest: &Value| {
        let mut rest = rest.clone();
        rest["sensorElementList"] = reports(&[(20, 9.0)]);
        object(20, "OBSERVE", &[], rest)
    };
    let at_freezer = json!({"readPoint": {"id": FREEZER}});
    let in_warehouse = json!({"bizLocation": {"id": WAREHOUSE}});
    let both = json!({"readPoint": {"id": FREEZER}, "bizLocation": {"id": WAREHOUSE}});
    for (place, sensor, count) in [
        (&at_freezer, &at_freezer, 1),
        (&at_freezer, &both, 1),
        (&in_warehouse, &both, 1),
        (&in_warehouse, &at_freezer, 0),
        (&both, &both, 1),
        (&both, &at_freezer, 0),
    ] {
        let found = answer_of(&[seen(place), read(sensor)], FISH);
        assert_eq!(found.reading_count, count, "{place} {sensor}");
        assert_eq!(found.breach_count, count, "{place} {sensor}");
        assert!(
            found
                .breaches
                .iter()
                .all(|it| it.kind == SubjectKind::Place)
        );
    }
}

/// How often a device was attached does not multiply what an answer does before a limit ends it.
#[test]
fn a_device_that_is_attached_often_is_counted_each_time() {
    let measurements = 500;
    let stays = 600;
    assert!(measurements * stays > MAX_ANSWER_EVENTS);
    let minutes = |count: usize| 0..u32::try_from(count).unwrap();
    let mut events = vec![object(0, "OBSERVE", &[FISH], json!({}))];
    events.extend(minutes(measurements).map(|minute| {
        let by = json!([by(LOGGER, minute, 3.0)]);
        object(
            minute,
            "OBSERVE",
            &[],
            json!({"sensorElementList": by, "readPoint": {"id": "urn:example:cloud"}}),
        )
    }));
    for minute in minutes(stays) {
        events.push(attach(2 * minute, "ADD", FISH, LOGGER));
        events.push(attach(2 * minute + 1, "DELETE", FISH, LOGGER));
    }
    let ledger = ledger_of(&events);
    let refused = all(&ledger).cold_chain(FISH, &limits("CEL", 0, 4), None, ALL);
    assert_eq!(
        refused,
        Err(QuestionError::TooMuch {
            what: "events",
            most: MAX_ANSWER_EVENTS
        })
    );
}

/// A gateway tells in one event what several devices measured: what another one measured was measured elsewhere.
#[test]
fn of_an_event_of_several_devices_those_reports_count_that_are_of_the_attached_one() {
    let gateway = json!({"sensorElementList": [by(LOGGER, 30, 3.0), by(OTHER, 30, 9.0)],
        "readPoint": {"id": "urn:example:cloud"}});
    let told = [
        attach(10, "ADD", FISH, LOGGER),
        attach(10, "ADD", BOX, OTHER),
        object(40, "OBSERVE", &[], gateway.clone()),
    ];
    let of_fish = answer_of(&told, FISH);
    assert_eq!((of_fish.breach_count, of_fish.reading_count), (0, 1));
    let of_box = answer_of(&told, BOX);
    assert_eq!((of_box.breach_count, of_box.reading_count), (1, 1));
    assert_eq!(of_box.breaches[0].device.as_deref(), Some(OTHER));
    // Asked of a device itself, and also if the event names both as its objects.
    let of_logger = answer_of(&told, LOGGER);
    assert_eq!((of_logger.breach_count, of_logger.reading_count), (0, 1));
    let mut named = told.to_vec();
    named[2] = object(40, "OBSERVE", &[LOGGER, OTHER], gateway);
    let of_fish = answer_of(&named, FISH);
    assert_eq!((of_fish.breach_count, of_fish.reading_count), (0, 1));
    // Probes of a device count for it, by whatever names.
    let probes = json!([
        by("urn:example:probe:1", 30, 3.0),
        by("urn:example:probe:2", 30, 9.0)
    ]);
    let told = [
        attach(10, "ADD", FISH, LOGGER),
        measured(40, &[LOGGER], probes),
    ];
    let of_fish = answer_of(&told, FISH);
    assert_eq!((of_fish.breach_count, of_fish.reading_count), (1, 2));
}

/// What a sensor of the reefer measured holds until its next report, also if that names the fish as well.
#[test]
fn a_report_on_both_ends_what_was_measured_on_the_container() {
    let told = [
        pack(0, "ADD", REEFER, &[FISH], json!({})),
        measured(10, &[REEFER], reports(&[(10, 30.0)])),
        measured(20, &[REEFER, FISH], reports(&[(20, 3.0)])),
        measured(300, &[REEFER], reports(&[(300, 3.0)])),
    ];
    let found = answer_of(&told, FISH);
    let [breach] = &found.breaches[..] else {
        panic!("{found:?}");
    };
    assert_eq!((breach.from, breach.until), (at(10), at(20)));
    assert_eq!(
        (breach.kind, found.reading_count),
        (SubjectKind::Container, 3)
    );
    // What all is measured on both is a breach of the thing alone.
    let both = |minute, value| measured(minute, &[REEFER, FISH], reports(&[(minute, value)]));
    let told = [
        pack(0, "ADD", REEFER, &[FISH], json!({})),
        both(10, 30.0),
        both(20, 3.0),
    ];
    let found = answer_of(&told, FISH);
    let [breach] = &found.breaches[..] else {
        panic!("{found:?}");
    };
    assert_eq!((breach.kind, found.reading_count), (SubjectKind::Thing, 2));
}

/// A logger is attached to the box, and some of its reports name the box and others do not: they are of one sensor.
#[test]
fn reports_of_a_device_that_do_not_name_what_it_is_attached_to_end_what_it_measured() {
    let told = |cloud: f64| {
        let elements = json!([by(LOGGER, 30, cloud)]);
        let place =
            json!({"sensorElementList": elements, "readPoint": {"id": "urn:example:cloud"}});
        [
            attach(10, "ADD", BOX, LOGGER),
            measured(20, &[BOX], json!([by(LOGGER, 20, 9.0)])),
            object(30, "OBSERVE", &[], place),
            measured(300, &[BOX], json!([by(LOGGER, 300, 3.0)])),
        ]
    };
    for (cloud, until, entries) in [(3.0, 30, &[1][..]), (8.0, 300, &[1, 2])] {
        let found = answer_of(&told(cloud), BOX);
        let [breach] = &found.breaches[..] else {
            panic!("{found:?}");
        };
        assert_eq!((breach.from, breach.until), (at(20), at(until)));
        assert!(!breach.is_open && breach.is_certain);
        assert_eq!(numbers(&breach.entries.indices), entries);
        assert_eq!(found.reading_count, 3);
    }
}

/// Each entry is cited once, however often its reports take turns with those of another.
#[test]
fn entries_whose_reports_take_turns_are_cited_once() {
    let told = [
        measured(60, &[FISH], reports(&[(10, 9.0), (30, 9.0), (50, 9.0)])),
        measured(60, &[FISH], reports(&[(20, 9.0), (40, 9.0), (60, 3.0)])),
    ];
    let found = answer_of(&told, FISH);
    assert_eq!(numbers(&found.breaches[0].entries.indices), [0, 1]);
}
