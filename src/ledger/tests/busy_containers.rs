//! Containers of which more is told than an answer goes through: it matters while the goods are inside, and not before or
//! after that.

use serde_json::{Value, json};

use super::histories::{ALL, all, balance_of, capture, ledger_of, object, pack, row_of};
use crate::ledger::questions::{
    GapKind, MAX_CONTAINER_EVENTS, MassBalanceQuestion, QuestionError, SensorLimits, ThingSelection,
};
use crate::testing::MemoryLedger;
use crate::types::Decimal;

const LOT: &str = "urn:example:lot";
const ITEM: &str = "urn:example:item";
const REEFER: &str = "urn:example:reefer";
const A: &str = "urn:example:site:a";
const B: &str = "urn:example:site:b";

fn packed(minute: u32, action: &str, site: &str, kilograms: u32) -> Value {
    let amount = json!([{"epcClass": LOT, "quantity": kilograms, "uom": "KGM"}]);
    let rest = json!({"readPoint": {"id": site}, "childQuantityList": amount});
    pack(minute, action, REEFER, &[ITEM], rest)
}

fn carried(minute: u32, word: &str, site: &str) -> Value {
    let rest = json!({"bizStep": word, "readPoint": {"id": site}});
    object(minute, "OBSERVE", &[REEFER], rest)
}

/// Goods that go to another site in a container, twice, and much that another member tells of the container from a minute on.
fn ledger_with(from: u32) -> MemoryLedger {
    let amount = json!([{"epcClass": LOT, "quantity": 100, "uom": "KGM"}]);
    let made = json!({"readPoint": {"id": A}, "quantityList": amount});
    let mut ledger = ledger_of(&[
        object(0, "ADD", &[ITEM], made),
        packed(1, "ADD", A, 60),
        carried(2, "shipping", A),
        carried(3, "receiving", B),
        packed(4, "DELETE", B, 60),
        packed(20_000, "ADD", A, 40),
        carried(20_001, "shipping", A),
        carried(20_002, "receiving", B),
        packed(20_003, "DELETE", B, 40),
    ]);
    let many = 0..=u32::try_from(MAX_CONTAINER_EVENTS).unwrap();
    let told: Vec<Value> = many
        .map(|number| object(from + number, "OBSERVE", &[REEFER], json!({})))
        .collect();
    for some in told.chunks(1_000) {
        capture(&mut ledger, 1, some);
    }
    ledger
}

fn limits() -> SensorLimits {
    SensorLimits {
        kind: "https://gs1.org/voc/Temperature".into(),
        uom: "CEL".into(),
        min: None,
        max: Some(Decimal::from(4)),
    }
}

#[test]
fn what_is_told_of_a_container_while_it_is_empty_stands_in_no_answers_way() {
    let ledger = ledger_with(10);
    let found = balance_of(&ledger, LOT);
    let (sent, got) = (row_of(&found, A), row_of(&found, B));
    assert_eq!(sent.shipped, Decimal::from(100));
    assert_eq!(got.received, Decimal::from(100));
    for thing in [LOT, ITEM] {
        let selection = ThingSelection::One(thing);
        let gaps = all(&ledger).gaps(selection, 1_000, ALL).unwrap().unwrap();
        let kinds: Vec<GapKind> = gaps.gaps.iter().map(|gap| gap.kind).collect();
        assert!(
            !kinds.contains(&GapKind::ShippedNotReceived),
            "{thing} {kinds:?}"
        );
        let visits = all(&ledger).dwell(thing, None, false, ALL).unwrap();
        let visits = visits.unwrap().visits;
        assert!(visits.iter().any(|one| *one.visit.place == *B), "{thing}");
        let told = all(&ledger).completeness(selection, false, ALL).unwrap();
        assert_eq!(told.unwrap().events.len(), 4, "{thing}");
        let measured = all(&ledger).cold_chain(thing, &limits(), None, ALL);
        assert_eq!(measured.unwrap().unwrap().breach_count, 0, "{thing}");
    }
}

/// The limit is kept where it matters: here they go in again and stay inside.
#[test]
fn what_is_told_of_a_container_while_goods_are_inside_is_gone_through() {
    let mut ledger = ledger_with(20_010);
    let question = MassBalanceQuestion {
        thing: Some(LOT),
        site: None,
        from: None,
    };
    assert!(all(&ledger).mass_balance(question, ALL).is_ok());
    capture(&mut ledger, 0, &[packed(20_009, "ADD", B, 100)]);
    let refused = all(&ledger).mass_balance(question, ALL);
    assert!(
        matches!(&refused, Err(QuestionError::TooLong { thing, .. }) if thing == REEFER),
        "{refused:?}"
    );
}
