//! What a site spent that was never there, and what came from what was on its way.

use serde_json::{Value, json};

use super::histories::{ALL, all, at, balance_of, event, ledger_of, object, row_of as row};
use crate::ledger::questions::{GapKind, LotBalance, ThingSelection};
use crate::testing::MemoryLedger;
use crate::types::Decimal;

const LOT: &str = "urn:example:lot";
const A: &str = "urn:example:site:a";
const B: &str = "urn:example:site:b";
const C: &str = "urn:example:site:c";

fn number(text: &str) -> Decimal {
    Decimal::from_xsd_decimal(text).unwrap()
}

fn of_lot(kilograms: u32) -> Value {
    json!([{"epcClass": LOT, "quantity": kilograms, "uom": "KGM"}])
}

fn told(minute: u32, action: &str, word: &str, site: &str, kilograms: u32) -> Value {
    let rest =
        json!({"bizStep": word, "readPoint": {"id": site}, "quantityList": of_lot(kilograms)});
    object(minute, action, &[], rest)
}

fn makes(minute: u32, site: &str, kilograms: u32) -> Value {
    told(minute, "ADD", "commissioning", site, kilograms)
}

fn uses(minute: u32, site: &str, kilograms: u32) -> Value {
    let rest = json!({"inputQuantityList": of_lot(kilograms), "readPoint": {"id": site},
        "outputEPCList": ["urn:example:made"]});
    event("TransformationEvent", minute, &rest)
}

fn ships(minute: u32, site: &str, kilograms: u32) -> Value {
    told(minute, "OBSERVE", "shipping", site, kilograms)
}

fn receives(minute: u32, site: &str, kilograms: u32) -> Value {
    told(minute, "OBSERVE", "receiving", site, kilograms)
}

fn balance(ledger: &MemoryLedger) -> LotBalance {
    balance_of(ledger, LOT)
}

/// What moved to a site, and what is there.
fn moved(lot: &LotBalance, site: &str) -> (Decimal, Decimal) {
    let row = row(lot, site);
    (row.moved, row.closing)
}

/// What a recall has at each place, and on its way.
fn recalled(ledger: &MemoryLedger) -> Vec<(Option<String>, Decimal)> {
    let answer = all(ledger).recall(LOT, 0, 100).unwrap().unwrap();
    let places = &answer.affected[0].whereabouts;
    let crate::ledger::questions::Whereabouts::Class(places) = places else {
        panic!("{places:?}");
    };
    let balances = places.balances.iter();
    let told = balances.map(|one| (one.place.as_deref().map(str::to_owned), one.quantity));
    told.collect()
}

#[test]
fn an_overdraft_is_not_made_up_for_by_what_another_site_made_later() {
    let events = [
        uses(0, A, 50),
        makes(10, B, 100),
        uses(20, A, 10),
        receives(30, A, 5),
    ];
    let lot = balance(&ledger_of(&events[..3]));
    assert_eq!(moved(&lot, A), (number("10"), number("-50")));
    assert_eq!(moved(&lot, B), (number("-10"), number("90")));
    let overdraft = row(&lot, A).overdrawn.as_ref().unwrap();
    assert_eq!((overdraft.since.0, &overdraft.by), (at(0), &number("50")));
    // What comes there is of its own account, and takes nothing from elsewhere.
    let lot = balance(&ledger_of(&events));
    assert_eq!(moved(&lot, A), (number("10"), number("-45")));
    assert_eq!(moved(&lot, B), (number("-10"), number("90")));
    assert_eq!(row(&lot, A).overdrawn.as_ref().unwrap().since.0, at(0));
}

#[test]
fn what_is_used_without_a_receipt_came_from_what_was_on_its_way() {
    let ledger = ledger_of(&[
        makes(0, A, 100),
        makes(1, C, 30),
        ships(5, A, 100),
        uses(9, B, 100),
    ]);
    let lot = balance(&ledger);
    assert_eq!(moved(&lot, A), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(moved(&lot, B), (number("100"), Decimal::ZERO));
    assert_eq!(moved(&lot, C), (Decimal::ZERO, number("30")));
    assert_eq!(row(&lot, B).overdrawn, None);
    assert_eq!(lot.totals[0].in_transit, Decimal::ZERO);
    assert_eq!(lot.totals[0].remaining, number("30"));
    assert_eq!(recalled(&ledger), [(Some(C.to_owned()), number("30"))]);
    // Nobody told that it arrived: that is for people to ask.
    let gaps = all(&ledger).gaps(ThingSelection::One(LOT), 1_000, ALL);
    let gaps = gaps.unwrap().unwrap().gaps;
    let [gap] = &gaps[..] else {
        panic!("{gaps:?}");
    };
    assert_eq!(gap.kind, GapKind::ShippedNotReceived);
    // It was there as long as that.
    let there = all(&ledger)
        .dwell(LOT, Some(C), true, ALL)
        .unwrap()
        .unwrap();
    assert_eq!(there.visits.len(), 1);
}

#[test]
fn what_is_sent_on_without_a_receipt_came_from_what_others_sent() {
    let events = [
        makes(0, A, 100),
        ships(5, A, 100),
        ships(9, B, 60),
        ships(10, B, 40),
        receives(15, C, 100),
    ];
    let lot = balance(&ledger_of(&events));
    assert_eq!(moved(&lot, B), (number("100"), Decimal::ZERO));
    assert!(
        lot.sites.iter().all(|row| row.overdrawn.is_none()),
        "{lot:?}"
    );
    assert_eq!(lot.totals[0].in_transit, Decimal::ZERO);
    // What a site sent itself did not come to it.
    let lot = balance(&ledger_of(&[
        makes(0, A, 10),
        ships(5, A, 7),
        ships(6, A, 5),
    ]));
    assert_eq!(moved(&lot, A), (Decimal::ZERO, number("-2")));
    assert_eq!(lot.totals[0].in_transit, number("12"));
    let lot = balance(&ledger_of(&[
        makes(0, A, 10),
        ships(5, A, 7),
        uses(6, A, 5),
    ]));
    assert_eq!(moved(&lot, A), (Decimal::ZERO, number("-2")));
}

/// A receipt that nobody announced leaves what others have as they told it.
#[test]
fn what_arrives_unannounced_is_not_taken_from_other_sites() {
    let lot = balance(&ledger_of(&[makes(0, A, 10), receives(5, B, 10)]));
    assert_eq!(moved(&lot, A), (Decimal::ZERO, number("10")));
    assert_eq!(moved(&lot, B), (Decimal::ZERO, number("10")));
    assert_eq!(lot.totals[0].in_transit, number("-10"));
}
