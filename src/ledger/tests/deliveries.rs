//! Departures and arrivals, whatever type of event tells of them: each counts once.

mod assumed;
mod containers;
mod told_by_name;

use serde_json::{Value, json};

use super::histories::{ALL, all, at, balance_of, event, ledger_of, object, pack, row_of as row};
use crate::ledger::questions::{GapKind, LotBalance, ThingSelection, Visit};
use crate::testing::MemoryLedger;
use crate::types::Decimal;

const LOT: &str = "urn:example:lot";
const BOX: &str = "urn:example:box";
const ITEM: &str = "urn:example:item";
const A: &str = "urn:example:site:a";
const B: &str = "urn:example:site:b";

fn number(text: &str) -> Decimal {
    Decimal::from_xsd_decimal(text).unwrap()
}

fn balance(ledger: &MemoryLedger) -> LotBalance {
    balance_of(ledger, LOT)
}

fn gaps(ledger: &MemoryLedger, thing: &str) -> Vec<GapKind> {
    let answer = all(ledger).gaps(ThingSelection::One(thing), 1_000, ALL);
    answer
        .unwrap()
        .unwrap()
        .gaps
        .iter()
        .map(|gap| gap.kind)
        .collect()
}

fn visits(ledger: &MemoryLedger, thing: &str) -> Vec<Visit> {
    let answer = all(ledger).dwell(thing, None, false, ALL).unwrap().unwrap();
    answer.visits.into_iter().map(|one| one.visit).collect()
}

fn of_lot(kilograms: f64) -> Value {
    json!([{"epcClass": LOT, "quantity": kilograms, "uom": "KGM"}])
}

fn step(word: &str, site: &str) -> Value {
    json!({"bizStep": word, "readPoint": {"id": site}})
}

fn lot(minute: u32, action: &str, word: &str, site: &str, kilograms: f64) -> Value {
    let mut rest = step(word, site);
    rest["quantityList"] = of_lot(kilograms);
    object(minute, action, &[], rest)
}

/// An event about what is in the box; children without an amount if that is below zero.
fn of_box(minute: u32, action: &str, word: &str, site: &str, kilograms: f64) -> Value {
    let mut rest = step(word, site);
    if kilograms >= 0.0 {
        rest["childQuantityList"] = of_lot(kilograms);
    }
    pack(minute, action, BOX, &[ITEM], rest)
}

fn transaction(minute: u32, action: &str, rest: &Value, word: &str, site: Option<&str>) -> Value {
    let mut rest = rest.clone();
    rest["action"] = json!(action);
    rest["bizStep"] = json!(word);
    if let Some(site) = site {
        rest["readPoint"] = json!({"id": site});
    }
    rest["bizTransactionList"] = json!([{"bizTransaction": "urn:example:order"}]);
    event("TransactionEvent", minute, &rest)
}

/// Made and packed at a site.
fn packed() -> [Value; 3] {
    [
        object(0, "ADD", &[ITEM], step("commissioning", A)),
        lot(1, "ADD", "commissioning", A, 200.0),
        of_box(2, "ADD", "packing", A, 200.0),
    ]
}

fn carried(word: &str, minute: u32, site: &str) -> Value {
    object(minute, "OBSERVE", &[BOX], step(word, site))
}

/// The standard's own example of receiving is an aggregation that is observed.
#[test]
fn a_receipt_that_an_aggregation_tells_is_one() {
    let received = of_box(9, "OBSERVE", "receiving", B, 200.5);
    let events = [&packed()[..], &[carried("shipping", 5, A), received]].concat();
    let ledger = ledger_of(&events);
    let found = balance(&ledger);
    assert_eq!(row(&found, A).shipped, number("200"));
    assert_eq!(row(&found, B).received, number("200.5"));
    assert_eq!(found.totals[0].in_transit, number("-0.5"));
    for thing in [ITEM, BOX] {
        let kinds = gaps(&ledger, thing);
        assert!(
            !kinds.contains(&GapKind::ShippedNotReceived),
            "{thing} {kinds:?}"
        );
    }
    assert_eq!(gaps(&ledger, LOT), [GapKind::ReceivedNotShipped]);
    assert_eq!(visits(&ledger, LOT)[1].arrival.0, at(9));
}

#[test]
fn what_an_aggregation_does_not_say_the_amount_of_moves_as_it_was_packed() {
    for named in [
        json!({"childEPCs": [ITEM]}),
        json!({"childQuantityList": [{"epcClass": LOT}]}),
    ] {
        let mut rest = step("receiving", B);
        for (name, value) in named.as_object().unwrap() {
            rest[name] = value.clone();
        }
        rest["action"] = json!("OBSERVE");
        rest["parentID"] = json!(BOX);
        let received = event("AggregationEvent", 9, &rest);
        let events = [&packed()[..], &[carried("shipping", 5, A), received]].concat();
        let found = balance(&ledger_of(&events));
        assert_eq!(row(&found, B).received, number("200"), "{named}");
        assert!(found.unquantified.indices.is_empty());
    }
}

/// Put in as it leaves, it leaves with what was in there before.
#[test]
fn what_is_packed_as_it_leaves_has_left() {
    let events = [
        lot(1, "ADD", "commissioning", A, 200.0),
        of_box(2, "ADD", "packing", A, 50.0),
        of_box(3, "ADD", "shipping", A, 150.0),
        carried("receiving", 9, B),
    ];
    let ledger = ledger_of(&events);
    let found = balance(&ledger);
    assert_eq!(row(&found, A).shipped, number("200"));
    assert_eq!(row(&found, B).received, number("200"));
    assert_eq!(gaps(&ledger, LOT), []);
}

/// The receipt of a container, and then of what is in it.
#[test]
fn a_delivery_that_two_types_of_events_tell_of_is_one() {
    let by_name = of_box(9, "OBSERVE", "receiving", B, 200.5);
    let by_box = carried("receiving", 8, B);
    let late = carried("receiving", 10, B);
    let left = carried("shipping", 5, A);
    for arrivals in [
        vec![by_box.clone(), by_name.clone()],
        vec![by_name.clone(), late],
    ] {
        let ledger = ledger_of(&[&packed()[..], std::slice::from_ref(&left), &arrivals].concat());
        let found = balance(&ledger);
        assert_eq!(row(&found, B).received, number("200.5"));
        assert_eq!(gaps(&ledger, ITEM), []);
    }
    // It comes again.
    let again = [
        carried("shipping", 20, B),
        carried("receiving", 21, A),
        carried("shipping", 22, A),
        of_box(23, "OBSERVE", "receiving", B, 200.5),
    ];
    let events = [&packed()[..], &[left, by_box, by_name], &again].concat();
    let found = balance(&ledger_of(&events));
    assert_eq!(row(&found, B).received, number("401"));
    assert_eq!(row(&found, A).shipped, number("400"));
}

/// An event that links goods to an order on their way tells of that way, and is no other one.
#[test]
fn transactions_tell_of_steps_and_do_not_double_them() {
    for action in ["ADD", "OBSERVE"] {
        let told = |minute, word, site| {
            let rest = json!({"epcList": [ITEM], "quantityList": of_lot(200.0)});
            transaction(minute, action, &rest, word, Some(site))
        };
        let alone = [told(5, "shipping", A), told(9, "receiving", B)];
        let ledger = ledger_of(&[&packed()[..2], &alone].concat());
        let found = balance(&ledger);
        assert_eq!(row(&found, A).shipped, number("200"), "{action}");
        assert_eq!(row(&found, B).received, number("200"));
        assert_eq!((gaps(&ledger, LOT), gaps(&ledger, ITEM)), (vec![], vec![]));
        let beside = [
            lot(4, "OBSERVE", "shipping", A, 200.0),
            alone[0].clone(),
            lot(8, "OBSERVE", "receiving", B, 200.0),
            alone[1].clone(),
        ];
        let found = balance(&ledger_of(&[&packed()[..2], &beside].concat()));
        assert_eq!(row(&found, A).shipped, number("200"));
        assert_eq!(row(&found, B).received, number("200"));
    }
    // What is unlinked from an order goes nowhere.
    let rest = json!({"epcList": [ITEM], "quantityList": of_lot(200.0)});
    let unlinked = transaction(5, "DELETE", &rest, "shipping", Some(A));
    let ledger = ledger_of(&[&packed()[..2], &[unlinked]].concat());
    assert_eq!(row(&balance(&ledger), A).shipped, Decimal::ZERO);
    assert_eq!(gaps(&ledger, ITEM), []);
    assert_eq!(visits(&ledger, ITEM)[0].departure, None);
}

/// Orders are accepted somewhere: what has arrived by then is where it arrived.
#[test]
fn transactions_elsewhere_are_of_the_delivery_before() {
    let rest = json!({"epcList": [BOX]});
    let accepted = |minute, site| transaction(minute, "ADD", &rest, "accepting", Some(site));
    let events = [
        carried("shipping", 5, A),
        carried("receiving", 8, B),
        accepted(9, "urn:example:office"),
    ];
    let ledger = ledger_of(&[&packed()[..], &events].concat());
    let found = balance(&ledger);
    assert_eq!(row(&found, B).received, number("200"));
    assert_eq!(
        (found.sites.len(), found.totals[0].in_transit),
        (2, Decimal::ZERO)
    );
    assert_eq!((gaps(&ledger, LOT), gaps(&ledger, ITEM)), (vec![], vec![]));
    // Nothing else tells that it came.
    let events = [carried("shipping", 5, A), accepted(9, B)];
    let ledger = ledger_of(&[&packed()[..], &events].concat());
    assert_eq!(row(&balance(&ledger), B).received, number("200"));
    assert_eq!((gaps(&ledger, LOT), gaps(&ledger, ITEM)), (vec![], vec![]));
}

/// A step that names no place is of the delivery that is told beside it.
#[test]
fn steps_without_a_place_are_no_other_delivery() {
    let linked = |minute, word| transaction(minute, "ADD", &json!({"epcList": [ITEM]}), word, None);
    let told = |minute, word, site| object(minute, "OBSERVE", &[ITEM], step(word, site));
    let events = [
        object(0, "ADD", &[ITEM], step("commissioning", A)),
        told(5, "shipping", A),
        linked(6, "shipping"),
        told(8, "receiving", B),
        linked(9, "receiving"),
    ];
    assert_eq!(gaps(&ledger_of(&events), ITEM), []);
}

/// What comes to be does not leave by the same event, and what is used up arrives nowhere: by whichever question.
#[test]
fn only_what_is_there_departs() {
    let ledger = ledger_of(&[object(0, "ADD", &[ITEM], step("shipping", A))]);
    assert_eq!(visits(&ledger, ITEM)[0].departure, None);
    let shipped = lot(0, "ADD", "shipping", A, 5.0);
    let found = balance(&ledger_of(&[shipped]));
    assert_eq!(
        (row(&found, A).created, row(&found, A).shipped),
        (number("5"), Decimal::ZERO)
    );
    let fixed = |minute, action: &str, word, site| {
        let mut rest = step(word, site);
        rest["action"] = json!(action);
        rest["parentID"] = json!(BOX);
        rest["childEPCs"] = json!([ITEM]);
        event("AssociationEvent", minute, &rest)
    };
    let ledger = ledger_of(&[
        object(0, "ADD", &[ITEM], step("commissioning", A)),
        fixed(1, "ADD", "assembling", A),
        fixed(2, "OBSERVE", "departing", A),
        fixed(9, "OBSERVE", "arriving", B),
    ]);
    assert_eq!(gaps(&ledger, ITEM), []);
    assert!(visits(&ledger, ITEM)[0].is_departure_seen);
}
