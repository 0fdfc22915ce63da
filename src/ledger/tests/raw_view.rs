//! The raw view: events that were declared wrong count as well, and what declares them wrong never does.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::histories::{ALL, at, capture, event, ledger_of, object, pack};
use crate::ledger::questions::{
    Affected, Corrections, EventScope, Events, Gap, GapKind, LotBalance, MassBalanceQuestion,
    ThingSelection, ThingVisit, TraceDirection, TracedThing,
};
use crate::testing::MemoryLedger;

const SERIAL: &str = "urn:example:serial";
const LOT: &str = "urn:example:lot";
const CRATE: &str = "urn:example:crate";
const SITES: [&str; 2] = ["urn:example:site:a", "urn:example:site:b"];

/// All that counts in a view, and what happened before the day after the one of these tests.
fn seen(ledger: &MemoryLedger, corrections: Corrections) -> Events<'_> {
    let scope = EventScope {
        event_time_before: Some(at(24 * 60)),
        corrections,
        ..EventScope::default()
    };
    Events::open(ledger, scope).unwrap()
}

/// The same event, declared wrong.
fn declared_wrong(event: &Value) -> Value {
    let mut event = event.clone();
    event["errorDeclaration"] = json!({"declarationTime": at(23 * 60).to_string()});
    event
}

fn gaps(events: &Events<'_>, thing: &str) -> Vec<Gap> {
    let answer = events.gaps(ThingSelection::One(thing), 1_000, ALL);
    answer.unwrap().map_or_else(Vec::new, |answer| answer.gaps)
}

fn balances(events: &Events<'_>) -> Vec<LotBalance> {
    let question = MassBalanceQuestion {
        thing: Some(LOT),
        site: None,
        from: None,
    };
    let answer = events.mass_balance(question, ALL).unwrap();
    answer.map_or_else(Vec::new, |answer| answer.lots)
}

fn told(minute: u32, action: &str, things: &[&str], kilograms: u32, site: &str) -> Value {
    let mut rest = json!({"readPoint": {"id": site}});
    if kilograms > 0 {
        rest["quantityList"] = json!([{"epcClass": LOT, "quantity": kilograms, "uom": "KGM"}]);
    }
    object(minute, action, things, rest)
}

#[test]
fn what_is_declared_wrong_happened_once_in_the_raw_view() {
    let born = told(0, "ADD", &[SERIAL], 10, SITES[0]);
    let mut ledger = ledger_of(std::slice::from_ref(&born));
    // The member's own declaration, and that of another, which has no effect.
    capture(&mut ledger, 0, &[declared_wrong(&born)]);
    capture(&mut ledger, 1, &[declared_wrong(&born)]);
    let raw = seen(&ledger, Corrections::Raw);
    assert_eq!(gaps(&raw, SERIAL), []);
    let total = &balances(&raw)[0].totals[0];
    assert_eq!(total.created.to_string(), "10");
    let resolved = seen(&ledger, Corrections::Resolved);
    assert_eq!(resolved.knows(SERIAL), Ok(false));
    // One that happens again is told twice, with the wrong one.
    capture(&mut ledger, 0, &[told(1, "ADD", &[SERIAL], 10, SITES[0])]);
    let raw = seen(&ledger, Corrections::Raw);
    let found = gaps(&raw, SERIAL);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, GapKind::CommissionedTwice);
    assert_eq!(balances(&raw)[0].totals[0].created.to_string(), "20");
}

/// What a declaration says is said of an event: a declaration alone tells nothing of a thing.
#[test]
fn a_declaration_without_its_event_tells_of_no_thing() {
    let born = told(0, "ADD", &[SERIAL], 0, SITES[0]);
    let ledger = ledger_of(&[declared_wrong(&born)]);
    assert_eq!(seen(&ledger, Corrections::Raw).knows(SERIAL), Ok(false));
}

/// All that is answered.
#[derive(Debug, PartialEq)]
struct Answers {
    gaps: Vec<Gap>,
    balances: Vec<LotBalance>,
    visits: Vec<ThingVisit>,
    traced: Vec<TracedThing>,
    affected: Vec<Affected>,
    contents: Vec<String>,
}

fn answers(ledger: &MemoryLedger, corrections: Corrections) -> Answers {
    let events = seen(ledger, corrections);
    let things = [SERIAL, LOT, CRATE];
    let mut found = Answers {
        gaps: Vec::new(),
        balances: balances(&events),
        visits: Vec::new(),
        traced: Vec::new(),
        affected: Vec::new(),
        contents: Vec::new(),
    };
    for thing in things {
        found.gaps.extend(gaps(&events, thing));
        let visits = events.dwell(thing, None, false, ALL).unwrap();
        found
            .visits
            .extend(visits.into_iter().flat_map(|answer| answer.visits));
        for direction in [TraceDirection::Back, TraceDirection::Forward] {
            let trace = events.trace(thing, direction, 0, 100).unwrap();
            found
                .traced
                .extend(trace.into_iter().flat_map(|trace| trace.things));
        }
        let recall = events.recall(thing, 0, 100).unwrap();
        found
            .affected
            .extend(recall.into_iter().flat_map(|recall| recall.affected));
        for minute in [5, 10, 20] {
            let contents = events.contents(thing, at(minute)).unwrap().contents;
            found
                .contents
                .extend(contents.iter().map(|content| format!("{content:?}")));
        }
    }
    found
}

/// An event of some kind at a minute.
fn some_event(kind: u8, minute: u32) -> Value {
    let site = SITES[usize::from(kind) % 2];
    match kind / 2 {
        0 => told(minute, "ADD", &[SERIAL], 7, site),
        1 => told(minute, "OBSERVE", &[SERIAL], 3, site),
        2 => told(minute, "DELETE", &[SERIAL], 0, site),
        3 => told(minute, "DELETE", &[], 2, site),
        4 => pack(
            minute,
            "ADD",
            CRATE,
            &[SERIAL],
            json!({"readPoint": {"id": site}}),
        ),
        5 => pack(
            minute,
            "DELETE",
            CRATE,
            &[],
            json!({"readPoint": {"id": site}}),
        ),
        _ => {
            let rest = json!({"inputEPCList": [SERIAL], "outputEPCList": ["urn:example:made"],
                "inputQuantityList": [{"epcClass": LOT, "quantity": 1, "uom": "KGM"}]});
            event("TransformationEvent", minute, &rest)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Declarations, by whomever, change nothing in the raw view.
    #[test]
    fn the_raw_view_is_that_of_a_ledger_without_declarations(
        kinds in prop::collection::vec(0_u8..14, 1..10),
        declarations in prop::collection::vec((0_usize..10, 0_usize..2), 1..6),
    ) {
        let events: Vec<Value> = (0_u32..).zip(&kinds).map(|(n, kind)| some_event(*kind, n)).collect();
        let plain = ledger_of(&events);
        let mut corrected = ledger_of(&events);
        for (which, member) in declarations {
            let event = &events[which % events.len()];
            let mut declaration = declared_wrong(event);
            // Each is another one: none is a duplicate.
            let count = corrected.log_size();
            declaration["errorDeclaration"]["reason"] = json!(format!("urn:example:reason:{count}"));
            capture(&mut corrected, member, &[declaration]);
        }
        prop_assert_eq!(answers(&corrected, Corrections::Raw), answers(&plain, Corrections::Raw));
    }
}

/// However much is told of a thing later, nothing was known of it before.
#[test]
fn what_is_told_later_was_not_known_at_a_height() {
    let mut ledger = ledger_of(&[told(0, "OBSERVE", &["urn:x:other"], 0, SITES[0])]);
    let height = ledger.tip().height;
    for block in 0..6 {
        let later =
            (0..200).map(|number| told(block * 200 + number, "OBSERVE", &[SERIAL], 0, SITES[0]));
        capture(&mut ledger, 0, &later.collect::<Vec<_>>());
    }
    let then = Events::open(&ledger, EventScope::as_of(Some(height))).unwrap();
    assert_eq!(then.knows(SERIAL), Ok(false));
    assert_eq!(seen(&ledger, Corrections::Resolved).knows(SERIAL), Ok(true));
}
