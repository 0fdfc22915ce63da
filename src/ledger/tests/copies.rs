//! Events that two members captured alike: each happened once.

use serde_json::{Value, json};

use super::histories::{
    ALL, all, at, balance_of, capture, event, ledger_of, numbers, object, pack, row_of,
};
use crate::ledger::questions::{GapKind, ThingSelection, TraceDirection};
use crate::testing::MemoryLedger;
use crate::types::Decimal;

const LOT: &str = "urn:example:lot";
const MEAL: &str = "urn:example:meal";
const ITEM: &str = "urn:example:item";
const BOX: &str = "urn:example:box";
const A: &str = "urn:example:site:a";
const B: &str = "urn:example:site:b";

/// Both members capture these events, one after the other.
fn captured_by_both(events: &[Value]) -> MemoryLedger {
    let mut ledger = ledger_of(events);
    capture(&mut ledger, 1, events);
    ledger
}

fn amount(class: &str, kilograms: u32) -> Value {
    json!([{"epcClass": class, "quantity": kilograms, "uom": "KGM"}])
}

fn lot(minute: u32, action: &str, word: &str, site: &str, kilograms: u32) -> Value {
    let rest = json!({
        "bizStep": word, "readPoint": {"id": site}, "quantityList": amount(LOT, kilograms)
    });
    object(minute, action, &[], rest)
}

fn gaps(ledger: &MemoryLedger, thing: &str) -> Vec<GapKind> {
    let answer = all(ledger).gaps(ThingSelection::One(thing), 1_000, ALL);
    let gaps = answer.unwrap().unwrap().gaps;
    gaps.iter().map(|gap| gap.kind).collect()
}

fn declared_wrong(event: &Value) -> Value {
    let mut event = event.clone();
    event["errorDeclaration"] = json!({"declarationTime": at(23 * 60).to_string()});
    event
}

#[test]
fn an_amount_is_made_sent_and_received_once() {
    let events = [
        lot(0, "ADD", "commissioning", A, 100),
        lot(1, "OBSERVE", "shipping", A, 100),
        lot(2, "OBSERVE", "receiving", B, 100),
    ];
    let ledger = captured_by_both(&events);
    let found = balance_of(&ledger, LOT);
    assert_eq!(row_of(&found, A).created, Decimal::from(100));
    assert_eq!(row_of(&found, A).shipped, Decimal::from(100));
    assert_eq!(row_of(&found, B).received, Decimal::from(100));
    assert_eq!(found, balance_of(&ledger_of(&events), LOT));
    assert_eq!(gaps(&ledger, LOT), []);
}

/// What one member tells twice about one instant happened twice, and what another tells of one of these did not.
#[test]
fn what_differs_is_another_event() {
    let one = lot(0, "ADD", "commissioning", A, 100);
    let other = lot(0, "ADD", "commissioning", B, 100);
    let mut ledger = ledger_of(&[one, other.clone()]);
    capture(&mut ledger, 1, &[other]);
    let found = balance_of(&ledger, LOT);
    assert_eq!(found.totals[0].created, Decimal::from(200));
    assert_eq!(row_of(&found, B).created, Decimal::from(100));
}

#[test]
fn a_single_thing_comes_to_be_once_by_two_captures() {
    let born = object(0, "ADD", &[ITEM], json!({"bizStep": "commissioning"}));
    let seen = object(0, "OBSERVE", &[ITEM], json!({"readPoint": {"id": A}}));
    let ledger = captured_by_both(&[born.clone(), seen]);
    assert_eq!(gaps(&ledger, ITEM), []);
    let another = object(0, "ADD", &[ITEM], json!({"readPoint": {"id": A}}));
    let ledger = captured_by_both(&[born, another]);
    assert_eq!(gaps(&ledger, ITEM), [GapKind::CommissionedTwice]);
}

/// A capture that was declared wrong hides no other, whichever came first.
#[test]
fn a_capture_that_is_declared_wrong_hides_no_other() {
    let born = lot(0, "ADD", "commissioning", A, 100);
    for declaring in [0, 1] {
        let mut ledger = captured_by_both(std::slice::from_ref(&born));
        capture(&mut ledger, declaring, &[declared_wrong(&born)]);
        let found = balance_of(&ledger, LOT);
        assert_eq!(found.totals[0].created, Decimal::from(100));
        capture(&mut ledger, 1 - declaring, &[declared_wrong(&born)]);
        assert_eq!(all(&ledger).knows(LOT), Ok(false));
    }
}

#[test]
fn what_is_packed_by_two_captures_is_in_there_once() {
    let packed = |minute, action| {
        let rest = json!({"childQuantityList": amount(LOT, 60)});
        pack(minute, action, BOX, &[], rest)
    };
    let mut ledger = captured_by_both(&[lot(0, "ADD", "commissioning", A, 100), packed(1, "ADD")]);
    let contents = all(&ledger).contents(BOX, at(5)).unwrap().contents;
    let [content] = &contents[..] else {
        panic!("{contents:?}");
    };
    assert_eq!(content.object.quantity, Some(Decimal::from(60)));
    capture(&mut ledger, 0, &[packed(6, "DELETE")]);
    assert_eq!(all(&ledger).contents(BOX, at(7)).unwrap().contents, []);
    let parents = all(&ledger).parents(LOT, at(7)).unwrap();
    assert_eq!(parents, []);
}

/// A trace has the entry of each capture.
#[test]
fn a_transformation_is_one_by_two_captures_and_a_trace_has_both() {
    let made = event(
        "TransformationEvent",
        1,
        &json!({
            "inputQuantityList": amount(LOT, 100), "outputQuantityList": amount(MEAL, 80)
        }),
    );
    let ledger = captured_by_both(&[lot(0, "ADD", "commissioning", A, 100), made]);
    let found = balance_of(&ledger, LOT);
    assert_eq!(found.totals[0].used, Decimal::from(100));
    assert_eq!(found.yields.len(), 1);
    assert_eq!(numbers(&found.yields[0].entries.indices).len(), 1);
    let trace = all(&ledger).trace(LOT, TraceDirection::Forward, 0, 10);
    let trace = trace.unwrap().unwrap();
    assert_eq!((trace.things.len(), trace.links.len()), (2, 2));
}
