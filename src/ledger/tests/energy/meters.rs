//! Meters and readings: who may, once for each interval, corrections, and the sums for settlement.

use std::sync::Arc;

use serde_json::json;

use super::{accept, code, commit, remove};
use crate::contracts::{METER_OPERATOR_ROLE, Metered, metered, read_hour_of_readings, read_meter};
use crate::ledger::questions::{MAX_EXAMINED_READINGS, ask_readings};
use crate::records::energy::{IntervalDuration, MeteringInterval};
use crate::records::governance::Action;
use crate::testing::{
    MemoryLedger, correct_quarter, network_with_roles, propose, quarter, read_quarter, record,
    register_meter,
};
use crate::types::{Height, LogIndex, MarketArea, MeterId, Outcome, Timestamp};

/// Member 1 operates the meters of others.
fn ledger() -> MemoryLedger {
    let network = network_with_roles(4, &[(1, METER_OPERATOR_ROLE)]);
    MemoryLedger::new(Arc::new(network))
}

fn energy(ledger: &MemoryLedger, area: &str, member: usize, quarters: (u32, u32)) -> Metered {
    let (area, member) = (
        MarketArea::new(area).unwrap(),
        ledger.network().member(member),
    );
    let span = (quarter(quarters.0), quarter(quarters.1));
    metered(ledger, &area, &member, span).unwrap()
}

fn sums((wh_in, wh_out): (u64, u64), (readings, minutes): (u32, u32)) -> Metered {
    Metered {
        wh_in,
        wh_out,
        readings,
        minutes,
        has_coarser_readings: false,
    }
}

#[test]
fn the_energy_of_a_member_is_the_sum_over_its_meters() {
    let mut ledger = ledger();
    accept(&mut ledger, 1, register_meter("PV", 2, "both"));
    accept(&mut ledger, 2, register_meter("HOUSE", 2, "consumption"));
    accept(&mut ledger, 1, register_meter("OTHER", 3, "both"));
    for number in 0..8 {
        accept(&mut ledger, 1, read_quarter("PV", number, 1, 1_000));
        accept(&mut ledger, 2, read_quarter("HOUSE", number, 300, 0));
        accept(&mut ledger, 1, read_quarter("OTHER", number, 7, 7));
    }
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (0, 1)),
        sums((301, 1_000), (2, 15))
    );
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (3, 6)),
        sums((903, 3_000), (6, 45))
    );
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (0, 96)),
        sums((2_408, 8_000), (16, 120))
    );
    assert_eq!(
        energy(&ledger, "CH-ZH", 3, (0, 96)),
        sums((56, 56), (8, 120))
    );
    assert_eq!(energy(&ledger, "CH-AG", 2, (0, 96)), sums((0, 0), (0, 0)));
}

#[test]
fn a_correction_takes_the_place_of_what_it_corrects_for_whom_that_counted() {
    let mut ledger = ledger();
    accept(&mut ledger, 1, register_meter("PV", 2, "production"));
    let first = accept(&mut ledger, 1, read_quarter("PV", 0, 0, 1_000));
    let sold = json!({"operation": "change", "meter": "PV", "owner": "member-3", "area": "CH-AG"});
    accept(&mut ledger, 1, record("energy.meter", 1, sold.to_string()));
    let second = accept(&mut ledger, 1, correct_quarter("PV", 0, (0, 900), first.0));
    accept(&mut ledger, 1, read_quarter("PV", 1, 0, 50));
    assert_eq!(energy(&ledger, "CH-ZH", 2, (0, 4)), sums((0, 900), (1, 15)));
    assert_eq!(energy(&ledger, "CH-AG", 3, (0, 4)), sums((0, 50), (1, 15)));
    let stale = correct_quarter("PV", 0, (0, 800), first.0);
    assert_eq!(code(&commit(&mut ledger, 1, stale).1), "not-latest-reading");
    let (_, outcome) = commit(&mut ledger, 1, read_quarter("PV", 0, 0, 900));
    assert_eq!(outcome, Outcome::Duplicate { of: second });
    let (_, outcome) = commit(&mut ledger, 1, read_quarter("PV", 0, 0, 901));
    assert_eq!(code(&outcome), "reading-exists");
    let meter = MeterId::new("PV").unwrap();
    let hour = MeteringInterval::new(quarter(0), IntervalDuration::QUARTER_HOUR)
        .unwrap()
        .hour();
    let readings = read_hour_of_readings(&ledger, &meter, hour).unwrap().0;
    let stated: Vec<_> = readings.iter().map(|r| (r.entry, r.wh_out)).collect();
    assert_eq!(stated, [(second, 900), (second.plus(2), 50)]);
}

/// Readings that came after the height of a question are gone through by page, though they are not told.
#[test]
fn a_page_goes_through_a_bounded_number_of_readings() {
    const READINGS: u32 = 10_100;
    let mut ledger = ledger();
    accept(&mut ledger, 1, register_meter("PV", 2, "production"));
    let begin = quarter(0).as_ms() - 40 * 86_400_000;
    let start = |number: u32| Timestamp::from_ms(begin + i64::from(number) * 300_000);
    let records: Vec<_> = (0..READINGS)
        .map(|number| {
            let body = json!({"meter": "PV", "start": start(number).to_string(), "duration": "PT5M",
                "whIn": 0, "whOut": 1});
            record("energy.meter-reading", 1, body.to_string())
        })
        .collect();
    for half in records.chunks(5_050) {
        let submission = ledger
            .network()
            .submission(1, ledger.expiry(), half.to_vec());
        let applied = ledger.submit(vec![submission]);
        assert!(applied.records[0].outcomes.iter().all(Outcome::took_effect));
    }
    let meter = MeterId::new("PV").unwrap();
    let ask = |from: u32, height: u64| {
        let span = (start(from), start(READINGS));
        let answer = ask_readings(&ledger, &meter, span, Some(Height(height)), 100).unwrap();
        (answer.readings.len(), answer.next)
    };
    let most = u32::try_from(MAX_EXAMINED_READINGS).unwrap();
    assert_eq!(ask(0, 1), (0, Some(start(most))));
    assert_eq!(ask(most, 1), (0, None));
    assert_eq!(ask(5_000, 2), (50, None));
    assert_eq!(ask(0, 3), (100, Some(start(100))));
}

#[test]
fn intervals_do_not_overlap_and_coarse_ones_are_not_divided() {
    let mut ledger = ledger();
    accept(&mut ledger, 1, register_meter("PV", 2, "production"));
    let body = |start: Timestamp, duration: &str| {
        let body = json!({"meter": "PV", "start": start.to_string(), "duration": duration,
            "whIn": 0, "whOut": 600});
        record("energy.meter-reading", 1, body.to_string())
    };
    accept(&mut ledger, 1, body(quarter(0), "PT30M"));
    accept(&mut ledger, 1, body(quarter(2), "PT5M"));
    for (start, duration) in [
        (quarter(0), "PT5M"),
        (quarter(1), "PT15M"),
        (quarter(0), "PT1H"),
        (quarter(2), "PT15M"),
        (quarter(2), "PT30M"),
    ] {
        let (_, outcome) = commit(&mut ledger, 1, body(start, duration));
        assert_eq!(code(&outcome), "overlapping-reading", "{start} {duration}");
    }
    accept(&mut ledger, 1, body(quarter(3), "PT15M"));
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (0, 4)),
        sums((0, 1_800), (3, 50))
    );
    let part = energy(&ledger, "CH-ZH", 2, (1, 4));
    assert_eq!((part.wh_out, part.has_coarser_readings), (1_200, true));
    assert_eq!((part.readings, part.minutes), (2, 20));
    // Readings of two meters for the same time are metered time once, however long their intervals are.
    accept(&mut ledger, 1, register_meter("ROOF", 2, "production"));
    for number in 0..4 {
        accept(&mut ledger, 1, read_quarter("ROOF", number, 0, 0));
    }
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (0, 4)),
        sums((0, 1_800), (7, 60))
    );
}

/// As many readings as an hour can have, by meters that are read in all intervals there are.
#[test]
fn an_hour_is_metered_by_the_minute_beside_longer_intervals() {
    let mut ledger = ledger();
    let (mut sum, mut count) = (0, 0);
    for minutes in [1, 5, 15, 30, 60_u32] {
        let meter = format!("PV-{minutes}");
        accept(&mut ledger, 1, register_meter(&meter, 2, "production"));
        let duration = match minutes {
            60 => "PT1H".to_owned(),
            minutes => format!("PT{minutes}M"),
        };
        for number in 0..60 / minutes {
            let ms = i64::from(number * minutes) * 60_000;
            let start = Timestamp::from_ms(quarter(0).as_ms() + ms).to_string();
            let body = json!({"meter": meter, "start": start, "duration": duration,
                "whIn": 0, "whOut": minutes});
            accept(
                &mut ledger,
                1,
                record("energy.meter-reading", 1, body.to_string()),
            );
            sum += u64::from(minutes);
            count += 1;
        }
    }
    assert_eq!((sum, count), (300, 60 + 12 + 4 + 2 + 1));
    assert_eq!(
        energy(&ledger, "CH-ZH", 2, (0, 4)),
        sums((0, sum), (count, 60))
    );
    let body = json!({"meter": "PV-1", "start": quarter(0).to_string(), "duration": "PT1M",
        "whIn": 0, "whOut": 7});
    let (_, outcome) = commit(
        &mut ledger,
        1,
        record("energy.meter-reading", 1, body.to_string()),
    );
    assert_eq!(code(&outcome), "reading-exists");
}

#[test]
fn who_operates_a_meter_is_decided_by_its_registration_and_by_who_operates_it() {
    let mut ledger = ledger();
    accept(&mut ledger, 2, register_meter("PV", 2, "production"));
    let change = |body: serde_json::Value| {
        let mut body = body;
        body["operation"] = json!("change");
        body["meter"] = json!("PV");
        record("energy.meter", 1, body.to_string())
    };
    // Member 3 may not operate the meters of others, member 1 may.
    for (body, expected) in [
        (json!({"operator": "member-3"}), "not-own-meter"),
        (json!({"operator": "nobody"}), "unknown-member"),
        (json!({"owner": "member-3"}), "not-own-meter"),
        (json!({"owner": "nobody"}), "unknown-member"),
        (json!({"operator": "member-1", "capacityW": 100}), ""),
        (json!({"capacityW": 200}), "not-meter-operator"),
    ] {
        let (_, outcome) = commit(&mut ledger, 2, change(body.clone()));
        assert_eq!(code(&outcome), expected, "{body}");
    }
    let (_, outcome) = commit(&mut ledger, 2, read_quarter("PV", 0, 0, 1));
    assert_eq!(code(&outcome), "not-meter-operator");
    let (_, outcome) = commit(&mut ledger, 1, read_quarter("PV", 0, 0, 26));
    assert_eq!(code(&outcome), "above-capacity");
    let read = accept(&mut ledger, 1, read_quarter("PV", 1, 0, 25));
    let close = json!({"operation": "close", "meter": "PV"});
    accept(&mut ledger, 1, record("energy.meter", 1, close.to_string()));
    let (_, outcome) = commit(&mut ledger, 1, read_quarter("PV", 2, 0, 1));
    assert_eq!(code(&outcome), "meter-closed");
    let (_, outcome) = commit(&mut ledger, 1, change(json!({"capacityW": 300})));
    assert_eq!(code(&outcome), "meter-closed");
    // What it has read wrongly is corrected all the same.
    let correction = correct_quarter("PV", 1, (0, 24), read.0);
    assert_eq!(code(&commit(&mut ledger, 1, correction).1), "");
    assert_eq!(energy(&ledger, "CH-ZH", 2, (1, 2)), sums((0, 24), (1, 15)));
    let meter = read_meter(&ledger, &MeterId::new("PV").unwrap())
        .unwrap()
        .unwrap();
    assert!(meter.is_closed);
    assert_eq!((meter.revision, meter.capacity_w), (3, Some(100)));
    assert!(meter.registered < LogIndex(3));
}

#[test]
fn meters_are_of_members_alone() {
    let mut ledger = ledger();
    accept(&mut ledger, 2, register_meter("PV", 2, "production"));
    accept(&mut ledger, 1, register_meter("HOUSE", 3, "consumption"));
    remove(&mut ledger, 3);
    let change = |meter: &str, body: serde_json::Value| {
        let mut body = body;
        body["operation"] = json!("change");
        body["meter"] = json!(meter);
        record("energy.meter", 1, body.to_string())
    };
    for (member, record) in [
        (1, register_meter("OTHER", 3, "consumption")),
        (2, change("PV", json!({"owner": "member-3"}))),
        (2, change("PV", json!({"operator": "member-3"}))),
        // Its own meter does not go back to it either.
        (1, change("HOUSE", json!({"operator": "member-3"}))),
    ] {
        assert_eq!(
            code(&commit(&mut ledger, member, record).1),
            "member-removed"
        );
    }
    accept(
        &mut ledger,
        1,
        change("HOUSE", json!({"owner": "member-2"})),
    );
}

/// An operator that lost its role, or went, operates nothing of others any more, and its meters are not lost.
#[test]
fn an_owner_takes_its_meter_back_from_an_operator_without_the_role() {
    let network = network_with_roles(5, &[(1, METER_OPERATOR_ROLE), (4, METER_OPERATOR_ROLE)]);
    let mut ledger = MemoryLedger::new(Arc::new(network));
    accept(&mut ledger, 1, register_meter("PV", 2, "production"));
    accept(&mut ledger, 4, register_meter("HOUSE", 2, "consumption"));
    accept(&mut ledger, 1, register_meter("OWN", 1, "production"));
    accept(&mut ledger, 1, register_meter("OLD", 2, "production"));
    let old = accept(&mut ledger, 1, read_quarter("OLD", 0, 0, 1_000));
    let close = record("energy.meter", 1, r#"{"operation":"close","meter":"OLD"}"#);
    accept(&mut ledger, 1, close);
    let first = accept(&mut ledger, 1, read_quarter("PV", 0, 0, 1_000));
    let change = |meter: &str, operator: &str| {
        let body = json!({"operation": "change", "meter": meter, "operator": operator});
        record("energy.meter", 1, body.to_string())
    };
    // As long as the operator has the role, the meter stays with it.
    let (_, outcome) = commit(&mut ledger, 2, change("PV", "member-2"));
    assert_eq!(code(&outcome), "not-meter-operator");
    let action = Action::ChangeRoles {
        member: ledger.network().member(1),
        roles: Vec::new(),
    };
    let proposal = propose(&action, ledger.expiry());
    accept(&mut ledger, 0, proposal);
    remove(&mut ledger, 4);
    for record in [
        read_quarter("PV", 1, 0, 1),
        correct_quarter("PV", 0, (0, 1), first.0),
        change("PV", "member-1"),
        record("energy.meter", 1, r#"{"operation":"close","meter":"PV"}"#),
    ] {
        assert_eq!(code(&commit(&mut ledger, 1, record).1), "not-own-meter");
    }
    accept(&mut ledger, 1, read_quarter("OWN", 1, 0, 1));
    for (record, expected) in [
        (change("PV", "member-3"), "not-own-meter"),
        (change("HOUSE", "member-4"), "member-removed"),
        (read_quarter("PV", 1, 0, 1), "not-meter-operator"),
        (change("PV", "member-2"), ""),
        (change("HOUSE", "member-2"), ""),
        // Of a closed one it changes the operator, and corrects what it has read.
        (
            record(
                "energy.meter",
                1,
                r#"{"operation":"change","meter":"OLD","operator":"member-2","capacityW":1}"#,
            ),
            "meter-closed",
        ),
        (change("OLD", "member-2"), ""),
        (correct_quarter("OLD", 0, (0, 900), old.0), ""),
        (read_quarter("OLD", 1, 0, 900), "meter-closed"),
        (correct_quarter("PV", 0, (0, 900), first.0), ""),
        (read_quarter("HOUSE", 0, 1, 0), ""),
    ] {
        assert_eq!(code(&commit(&mut ledger, 2, record).1), expected);
    }
}
