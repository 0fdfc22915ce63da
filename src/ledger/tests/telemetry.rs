//! Telemetry on a ledger: points count once, and what is strange is flagged.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contracts::{ChannelId, DeviceState, read_device};
use crate::ledger::questions::{GapRule, Standing, TelemetryPoint, TelemetryScope, ask_device};
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{Height, LogIndex, Outcome, Timestamp};

const DEVICE: &str = "room-3";

/// A minute of the day before the ledger's genesis.
fn minute(minute: i64) -> Timestamp {
    let day = Timestamp::parse_rfc3339("2020-01-01T00:00:00Z").unwrap();
    Timestamp::from_ms(day.as_ms() + minute * 60_000)
}

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)))
}

fn submit(
    ledger: &mut MemoryLedger,
    member: usize,
    kind: &str,
    body: &Value,
) -> (LogIndex, Outcome) {
    let record = record(&format!("telemetry.{kind}"), 1, body.to_string());
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

fn announce(ledger: &mut MemoryLedger) {
    let body = json!({"device": DEVICE, "channels": [{"quantity": "temperature", "unit": "CEL",
        "intervalMs": 60_000, "minimum": -2, "maximum": 8.5, "maximumChangePerMinute": 3}]});
    let (_, outcome) = submit(ledger, 0, "device", &body);
    assert_eq!(outcome, Outcome::Accepted);
}

fn series(points: &[(i64, f64)]) -> Value {
    let first = points[0].0;
    let offsets: Vec<i64> = points.iter().map(|(at, _)| (at - first) * 60_000).collect();
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    json!({"device": DEVICE, "quantity": "temperature", "unit": "CEL",
        "start": minute(first).to_string(), "offsetsMs": offsets, "values": values})
}

/// The flags of a series, by their codes; none of one that is not taken.
fn flags(ledger: &mut MemoryLedger, points: &[(i64, f64)]) -> Vec<String> {
    let (_, outcome) = submit(ledger, 0, "series", &series(points));
    match outcome {
        Outcome::Accepted => Vec::new(),
        Outcome::Flagged { flags } => flags.iter().map(|flag| flag.code().to_owned()).collect(),
        other => vec![format!("{other:?}")],
    }
}

fn scope(ledger: &MemoryLedger, as_of: Option<u64>) -> TelemetryScope<'_> {
    let member = ledger.network().member(0);
    TelemetryScope {
        view: ledger,
        standing: Standing::at(ledger, as_of.map(Height)).unwrap(),
        channel: ChannelId::of(&member, DEVICE, "temperature"),
        from: minute(0),
        until: minute(10_000),
    }
}

fn points(ledger: &MemoryLedger, as_of: Option<u64>) -> Vec<(i64, String)> {
    let page = scope(ledger, as_of).points(10_000).unwrap();
    assert_eq!(page.next, None);
    let told = |point: &TelemetryPoint| {
        let at = (point.time.as_ms() - minute(0).as_ms()) / 60_000;
        (at, point.value.to_string())
    };
    page.found.iter().map(told).collect()
}

fn device(ledger: &MemoryLedger) -> DeviceState {
    let member = ledger.network().member(0);
    read_device(ledger, &member, DEVICE).unwrap().unwrap()
}

#[test]
fn each_flag_comes_for_its_reason_and_for_no_other() {
    let mut ledger = ledger();
    announce(&mut ledger);
    let regular = [(0, 4.0), (1, 4.1), (2, 4.2), (3, 4.1)];
    assert_eq!(flags(&mut ledger, &regular), [""; 0]);
    // A minute and a half is no gap yet; what was known last counts for the next series.
    assert_eq!(flags(&mut ledger, &[(4, 4.0), (5, 4.0)]), [""; 0]);
    assert_eq!(flags(&mut ledger, &[(8, 4.0)]), ["gap"]);
    assert_eq!(flags(&mut ledger, &[(9, 4.0), (12, 4.0)]), ["gap"]);
    // Limits, and a change of four degrees in a minute.
    assert_eq!(flags(&mut ledger, &[(13, 8.5)]), ["outlier"]);
    assert_eq!(flags(&mut ledger, &[(14, 8.6)]), ["outlier"]);
    assert_eq!(
        flags(&mut ledger, &[(15, 6.0), (16, 3.0), (17, 0.0)]),
        [""; 0]
    );
    assert_eq!(flags(&mut ledger, &[(18, -2.0)]), [""; 0]);
    assert_eq!(flags(&mut ledger, &[(19, -2.1)]), ["outlier"]);
    // Points that are there.
    assert_eq!(
        flags(&mut ledger, &[(18, -2.0), (19, -2.1), (20, 0.0)]),
        ["outlier", "overlap"]
    );
    assert_eq!(flags(&mut ledger, &[(20, 1.0), (21, 0.0)]), ["conflict"]);
    // Points between those that are there.
    assert_eq!(flags(&mut ledger, &[(6, 4.0), (7, 4.0)]), ["late"]);
    assert_eq!(
        flags(&mut ledger, &[(5, 4.0), (10, 4.0)]),
        ["gap", "overlap", "late"]
    );
    let known = device(&ledger);
    let channel = known.channel("temperature").unwrap();
    assert_eq!(channel.latest.unwrap().time, minute(21));
    // All but minute 11 of the first 22.
    assert_eq!(channel.points, 21);
    assert_eq!(points(&ledger, None).len(), 21);
}

/// A value that cannot have been is found in whatever order the points come, as far as the latest one shows it.
#[test]
fn late_values_are_judged_by_the_latest_one() {
    let told_of = |batches: &[&[(i64, f64)]]| -> Vec<Vec<String>> {
        let mut ledger = ledger();
        let body = json!({"device": DEVICE, "channels": [
            {"quantity": "temperature", "unit": "CEL", "maximumChangePerMinute": 0.5}]});
        assert_eq!(submit(&mut ledger, 0, "device", &body).1, Outcome::Accepted);
        batches
            .iter()
            .map(|batch| flags(&mut ledger, batch))
            .collect()
    };
    let told = told_of(&[&[(0, 4.0)], &[(1, 80.0)], &[(2, 4.0)]]);
    assert_eq!(told, [vec![], vec!["outlier"], vec!["outlier"]]);
    let told = told_of(&[&[(0, 4.0)], &[(2, 4.0)], &[(1, 80.0)]]);
    assert_eq!(told, [vec![], vec![], vec!["outlier", "late"]]);
    // Half a degree a minute is allowed, towards the latest point too.
    let told = told_of(&[
        &[(0, 4.0)],
        &[(4, 4.0)],
        &[(2, 5.0)],
        &[(1, 4.5), (3, 4.51)],
    ]);
    assert_eq!(
        told,
        [vec![], vec![], vec!["late"], vec!["outlier", "late"]]
    );
    // What goes on from the latest point is held against that, and not against the one before in its series alone.
    let told = told_of(&[&[(0, 4.0), (4, 4.0)], &[(3, 4.0), (5, 5.0)]]);
    assert_eq!(told, [vec![], vec!["outlier", "late"]]);
    // A step is one outlier, however long the values stay up there.
    let mut ledger = ledger();
    announce(&mut ledger);
    flags(&mut ledger, &[(0, -2.0)]);
    let steps = series(&[(1, 4.0), (2, 4.0), (3, 4.0)]);
    match submit(&mut ledger, 0, "series", &steps).1 {
        Outcome::Flagged { flags } => {
            assert!(flags[0].reason().starts_with("1 of 3 values"), "{flags:?}");
        }
        other => panic!("{other:?}"),
    }
    // Another value of the latest time is a conflict, and no change.
    let told = told_of(&[&[(0, 4.0), (4, 4.0)], &[(4, 5.0)]]);
    assert_eq!(told, [vec![], vec!["conflict"]]);
}

#[test]
fn the_first_value_of_a_time_stays_and_names_its_entry() {
    let mut ledger = ledger();
    let (first, _) = submit(&mut ledger, 0, "series", &series(&[(1, 4.0), (2, 4.5)]));
    let (second, outcome) = submit(
        &mut ledger,
        0,
        "series",
        &series(&[(0, 3.5), (2, 9.0), (3, 5.0)]),
    );
    let Outcome::Flagged { flags } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(flags[0].code(), "conflict");
    assert!(flags[0].reason().contains(&format!("entry {first}")));
    let told = points(&ledger, None);
    let expected = [(0, "3.5"), (1, "4"), (2, "4.5"), (3, "5")];
    assert_eq!(told, expected.map(|(at, value)| (at, value.to_owned())));
    let indices: Vec<LogIndex> = scope(&ledger, None)
        .points(10)
        .unwrap()
        .found
        .iter()
        .map(|point| point.index)
        .collect();
    assert_eq!(indices, [second, first, first, second]);
    // As the ledger stood before the second series.
    let before = [(1, "4"), (2, "4.5")];
    assert_eq!(
        points(&ledger, Some(1)),
        before.map(|(at, value)| (at, value.to_owned()))
    );
}

#[test]
fn the_same_series_is_a_duplicate_of_the_first_for_one_member_alone() {
    let mut ledger = ledger();
    let body = series(&[(0, 4.0), (1, 4.5)]);
    let (first, _) = submit(&mut ledger, 0, "series", &body);
    let mut respelt = body.clone();
    respelt["start"] = json!("2020-01-01T02:00:00+02:00");
    let (_, outcome) = submit(&mut ledger, 0, "series", &respelt);
    assert_eq!(outcome, Outcome::Duplicate { of: first });
    assert_eq!(device(&ledger).channels[0].series, 1);
    // Another member's device of that name is another device.
    let (_, outcome) = submit(&mut ledger, 1, "series", &body);
    assert_eq!(outcome, Outcome::Accepted);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mut ledger = ledger();
    submit(&mut ledger, 0, "series", &series(&[(0, 4.0)]));
    let code =
        |ledger: &mut MemoryLedger, kind: &str, body: &Value| match submit(ledger, 0, kind, body).1
        {
            Outcome::Rejected(rejection) => rejection.code().to_owned(),
            other => format!("{other:?}"),
        };
    let mut other_unit = series(&[(1, 277.0)]);
    other_unit["unit"] = json!("KEL");
    assert_eq!(code(&mut ledger, "series", &other_unit), "other-unit");
    let announced =
        json!({"device": DEVICE, "channels": [{"quantity": "temperature", "unit": "KEL"}]});
    assert_eq!(code(&mut ledger, "device", &announced), "other-unit");
    let mut ahead = series(&[(0, 4.0)]);
    let time = Timestamp::from_ms(ledger.next_time().as_ms() + 3_600_001);
    ahead["start"] = json!(time.to_string());
    assert_eq!(code(&mut ledger, "series", &ahead), "ahead-of-time");
    let time = Timestamp::from_ms(ledger.next_time().as_ms() + 3_600_000);
    ahead["start"] = json!(time.to_string());
    assert_eq!(
        submit(&mut ledger, 0, "series", &ahead).1,
        Outcome::Accepted
    );
    for number in 0..15 {
        let mut more = series(&[(0, 4.0)]);
        more["quantity"] = json!(format!("quantity-{number}"));
        assert_eq!(submit(&mut ledger, 0, "series", &more).1, Outcome::Accepted);
    }
    let mut more = series(&[(0, 4.0)]);
    more["quantity"] = json!("one-more");
    assert_eq!(code(&mut ledger, "series", &more), "too-many-channels");
}

#[test]
fn gaps_are_those_between_points_and_the_silence_since() {
    let mut ledger = ledger();
    announce(&mut ledger);
    submit(
        &mut ledger,
        0,
        "series",
        &series(&[(0, 4.0), (1, 4.0), (5, 4.0), (6, 4.0)]),
    );
    let told = |scope: &TelemetryScope<'_>, rule, count| {
        let page = scope.gaps(rule, count).unwrap();
        let minutes = |time: Timestamp| (time.as_ms() - minute(0).as_ms()) / 60_000;
        let found: Vec<(i64, i64, bool)> = page
            .found
            .iter()
            .map(|gap| {
                (
                    minutes(gap.from.time),
                    minutes(gap.until),
                    gap.next.is_some(),
                )
            })
            .collect();
        (found, page.next.map(minutes))
    };
    let rule = GapRule::Interval(60_000);
    let all = scope(&ledger, None);
    assert_eq!(
        told(&all, rule, 9),
        (vec![(1, 5, true), (6, 10_000, false)], None)
    );
    // A page ends before the gap that has no room; the next one begins with it.
    assert_eq!(told(&all, rule, 1), (vec![(1, 5, true)], Some(10_000)));
    let part = TelemetryScope {
        from: minute(3),
        until: minute(7),
        ..all
    };
    assert_eq!(told(&part, rule, 9), (vec![(1, 5, true)], None));
    assert_eq!(
        told(&all, GapRule::LongerThan(240_000), 9).0,
        [(6, 10_000, false)]
    );
    assert_eq!(told(&all, GapRule::LongerThan(239_999), 9).0.len(), 2);
    // A late series closes a gap from its height on.
    submit(
        &mut ledger,
        0,
        "series",
        &series(&[(2, 4.0), (3, 4.0), (4, 4.0)]),
    );
    assert_eq!(told(&scope(&ledger, None), rule, 9).0, [(6, 10_000, false)]);
    assert_eq!(told(&scope(&ledger, Some(2)), rule, 9).0.len(), 2);
}

/// What its owner says of a device later does not change what was expected of it then.
#[test]
fn a_device_is_told_as_the_ledger_stood() {
    let mut ledger = ledger();
    let ask = |ledger: &MemoryLedger, height: u64| {
        let standing = Standing::at(ledger, Some(Height(height))).unwrap();
        let member = ledger.network().member(0);
        ask_device(ledger, &standing, &member, DEVICE).unwrap()
    };
    // At heights 1 to 5: one quantity, what is expected of it, another quantity, less, and nothing.
    submit(&mut ledger, 0, "series", &series(&[(0, 4.0)]));
    announce(&mut ledger);
    let mut other = series(&[(0, 4.0)]);
    other["quantity"] = json!("dew-point");
    submit(&mut ledger, 0, "series", &other);
    let slower = json!({"device": DEVICE, "channels": [
        {"quantity": "temperature", "unit": "CEL", "intervalMs": 86_400_000}]});
    submit(&mut ledger, 0, "device", &slower);
    submit(&mut ledger, 0, "series", &series(&[(5, 4.5)]));
    assert_eq!(ask(&ledger, 0), None);
    let told = |height: u64| -> Vec<(String, Option<u64>)> {
        let channels = ask(&ledger, height).unwrap().channels.into_iter();
        let mut told: Vec<_> = channels
            .map(|one| (one.quantity.into(), one.expectation.interval_ms))
            .collect();
        told.sort();
        told
    };
    let temperature = |interval_ms| ("temperature".to_owned(), interval_ms);
    let dew_point = || ("dew-point".to_owned(), None);
    assert_eq!(told(1), [temperature(None)]);
    assert_eq!(told(2), [temperature(Some(60_000))]);
    assert_eq!(told(3), [dew_point(), temperature(Some(60_000))]);
    assert_eq!(told(4), [dew_point(), temperature(Some(86_400_000))]);
    assert_eq!(told(5), told(4));
    let counts = |height| ask(&ledger, height).unwrap().channels[0].counts;
    assert_eq!((counts(4), counts(5)), (None, Some((2, 2))));
    let latest = |height| scope(&ledger, Some(height)).latest().unwrap().unwrap().time;
    assert_eq!(
        (latest(1), latest(4), latest(5)),
        (minute(0), minute(0), minute(5))
    );
    // What was silent for its interval then was so, whatever its interval is now.
    assert_eq!(scope(&ledger, Some(0)).latest().unwrap(), None);
}

#[test]
fn pages_of_points_join() {
    let mut ledger = ledger();
    let many: Vec<(i64, f64)> = (0..1_500).map(|at| (at, 4.0)).collect();
    submit(&mut ledger, 0, "series", &series(&many));
    let mut from = minute(0);
    let mut found = Vec::new();
    loop {
        let page = TelemetryScope {
            from,
            ..scope(&ledger, None)
        }
        .points(400)
        .unwrap();
        found.extend(page.found.iter().map(|point| point.time));
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    let expected: Vec<Timestamp> = (0..1_500).map(minute).collect();
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What is answered is the union of the accepted series, the first value of a time first; at every height.
    #[test]
    fn points_are_the_union_of_the_series(
        batches in prop::collection::vec(
            prop::collection::btree_map(0i64..40, -3i32..9, 1..12), 1..7),
    ) {
        let mut ledger = ledger();
        announce(&mut ledger);
        let mut expected: Vec<BTreeMap<i64, String>> = vec![BTreeMap::new()];
        for batch in &batches {
            let sent: Vec<(i64, f64)> = batch.iter().map(|(at, value)| (*at, f64::from(*value))).collect();
            let (_, outcome) = submit(&mut ledger, 0, "series", &series(&sent));
            let mut union = expected.last().unwrap().clone();
            let is_known = batch.iter().all(|(at, _)| union.contains_key(at));
            for (at, value) in batch {
                union.entry(*at).or_insert_with(|| value.to_string());
            }
            if is_known && matches!(outcome, Outcome::Accepted) {
                prop_assert!(false, "nothing was new, and nothing was flagged");
            }
            expected.push(union);
        }
        for (height, union) in (1..).zip(&expected) {
            let told: BTreeMap<i64, String> = points(&ledger, Some(height)).into_iter().collect();
            prop_assert_eq!(&told, union);
        }
        let known = device(&ledger);
        let count = known.channels[0].points;
        prop_assert_eq!(count, expected.last().unwrap().len() as u64);
        let latest = expected.last().unwrap().last_key_value().unwrap();
        prop_assert_eq!(known.channels[0].latest.unwrap().time, minute(*latest.0));
    }
}
