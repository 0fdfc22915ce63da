//! Whether values were outside for all of a time, or may have been within for some of it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FISH, limits, measured, reports};
use crate::ledger::questions::ColdChainAnswer;
use crate::ledger::tests::histories::{ALL, all, at, ledger_of};
use crate::types::Duration;

/// What happened to the fish, of a limit from 2 to 8 degrees.
fn answer_of(events: &[Value], longer_than: Option<Duration>) -> ColdChainAnswer {
    let answer = all(&ledger_of(events)).cold_chain(FISH, &limits("CEL", 2, 8), longer_than, ALL);
    answer.unwrap().unwrap()
}

/// A report with some values, in degrees Celsius.
fn report(values: &Value) -> Value {
    let mut report = json!({"type": "Temperature", "uom": "CEL"});
    for (name, value) in values.as_object().unwrap() {
        report[name] = value.clone();
    }
    report
}

/// What each combination of values says, of limits from 2 to 8: none is outside, some may have been short, or all
/// were outside.
#[test]
fn all_was_outside_only_if_the_value_nearest_to_the_limits_is_known() {
    const WITHIN: Option<bool> = None;
    const SOME: Option<bool> = Some(false);
    const ALL_OUTSIDE: Option<bool> = Some(true);
    for (values, expected) in [
        (json!({"value": 5}), WITHIN),
        (json!({"value": 9}), ALL_OUTSIDE),
        (json!({"value": 1}), ALL_OUTSIDE),
        // The near extreme alone tells of all values, the far one of one.
        (json!({"minValue": 9}), ALL_OUTSIDE),
        (json!({"maxValue": 1}), ALL_OUTSIDE),
        (json!({"maxValue": 20}), SOME),
        (json!({"minValue": -20}), SOME),
        (json!({"meanValue": 9}), SOME),
        (json!({"meanValue": 1}), SOME),
        (json!({"minValue": 9, "maxValue": 20}), ALL_OUTSIDE),
        (json!({"minValue": -20, "maxValue": 1}), ALL_OUTSIDE),
        (json!({"minValue": 5, "maxValue": 20}), SOME),
        (json!({"minValue": 1, "maxValue": 9}), SOME),
        (json!({"minValue": 3, "maxValue": 7}), WITHIN),
        (json!({"minValue": 9, "meanValue": 10}), ALL_OUTSIDE),
        (json!({"maxValue": 20, "meanValue": 10}), SOME),
        (json!({"maxValue": 1, "meanValue": 0}), ALL_OUTSIDE),
        (json!({"minValue": 0, "meanValue": 1}), SOME),
        // With an extreme or a mean a value is one of many.
        (json!({"value": 9, "maxValue": 20}), SOME),
        (json!({"value": 9, "meanValue": 9}), SOME),
        (json!({"value": 9, "minValue": 8.5}), ALL_OUTSIDE),
        (json!({"value": 9, "minValue": 8}), SOME),
        (json!({"value": 1, "minValue": 0}), SOME),
        (json!({"value": 1, "maxValue": 1.5}), ALL_OUTSIDE),
        (json!({"value": 5, "maxValue": 20}), SOME),
        (json!({"value": 5, "minValue": 9}), SOME),
        (
            json!({"value": 9, "minValue": 8.5, "maxValue": 20, "meanValue": 10}),
            ALL_OUTSIDE,
        ),
        (
            json!({"value": 9, "minValue": 5, "maxValue": 20, "meanValue": 10}),
            SOME,
        ),
    ] {
        let of_time = json!({"startTime": at(0).to_string(), "endTime": at(600).to_string()});
        let since = json!({"startTime": at(0).to_string()});
        let instant = json!({"time": at(0).to_string()});
        for metadata in [of_time, since, instant] {
            // A later report, so that the value of an instant holds up to then.
            let elements = json!([
                {"sensorMetadata": metadata, "sensorReport": [report(&values)]},
                {"sensorMetadata": {"time": at(600).to_string()}, "sensorReport": [report(&json!({"value": 5}))]}
            ]);
            let found = answer_of(&[measured(600, &[FISH], elements)], None);
            let told = found.breaches.first().map(|breach| {
                assert_eq!((breach.from, breach.until), (at(0), at(600)), "{values}");
                breach.is_certain
            });
            assert_eq!(told, expected, "{values} {metadata}");
        }
    }
}

/// Two sensors that nobody tells apart, or two probes of one device: what one of them measures at an instant does not
/// end what the other measures then.
#[test]
fn reports_of_one_instant_do_not_end_each_other() {
    let quarter = Some(Duration::from_ms(15 * 60_000));
    for device in [None, Some("urn:example:logger")] {
        for values in [[30.0, 5.0], [5.0, 30.0]] {
            let hour = |hour: u32| {
                let mut elements = reports(&values.map(|value| (hour * 60, value)));
                if let Some(device) = device {
                    elements[0]["sensorMetadata"] = json!({"deviceID": device});
                }
                measured(hour * 60, &[FISH], elements)
            };
            let hours: Vec<Value> = (0..6).map(hour).collect();
            let found = answer_of(&hours, quarter);
            let [breach] = &found.breaches[..] else {
                panic!("{values:?}: {found:?}");
            };
            assert_eq!((breach.from, breach.until), (at(0), at(300)));
            assert!(breach.is_open && !breach.is_certain);
            assert_eq!(breach.worst.value.to_string(), "30");
            assert_eq!(breach.entries.indices.len(), 6);
            // Later both are within.
            let mut ended = hours;
            ended.push(measured(360, &[FISH], reports(&[(360, 5.0), (360, 4.0)])));
            if device.is_none() {
                let found = answer_of(&ended, quarter);
                let [breach] = &found.breaches[..] else {
                    panic!("{values:?}: {found:?}");
                };
                assert_eq!(breach.until, at(360));
                assert!(!breach.is_open && !breach.is_certain);
            }
        }
    }
}

/// A report of some time, or of an instant, in one of two units.
fn any_report() -> impl Strategy<Value = (u32, Option<u32>, i32, bool)> {
    let length = prop_oneof![3 => Just(None), 1 => (0..3_u32).prop_map(Some)];
    (
        0..4_u32,
        length,
        prop::sample::select(vec![-1, 2, 5, 8, 9, 30]),
        any::<bool>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_answer_does_not_depend_on_the_order_of_reports_in_a_body(
        (one, other) in prop::collection::vec(any_report(), 1..8)
            .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
    ) {
        let body = |reports: &[(u32, Option<u32>, i32, bool)]| {
            let element = |(from, length, value, is_fahrenheit): &(u32, Option<u32>, i32, bool)| {
                let metadata = match length {
                    Some(length) => json!({"startTime": at(*from).to_string(), "endTime": at(from + length).to_string()}),
                    None => json!({"time": at(*from).to_string()}),
                };
                let mut report = report(&json!({"value": value}));
                if *is_fahrenheit {
                    report["value"] = json!(f64::from(*value) * 1.8 + 32.0);
                    report["uom"] = json!("FAH");
                }
                json!({"sensorMetadata": metadata, "sensorReport": [report]})
            };
            let elements: Vec<Value> = reports.iter().map(element).collect();
            answer_of(&[measured(10, &[FISH], json!(elements))], None)
        };
        let (one, other) = (body(&one), body(&other));
        prop_assert_eq!(one.breaches, other.breaches);
        prop_assert_eq!(one.reading_count, other.reading_count);
    }
}
