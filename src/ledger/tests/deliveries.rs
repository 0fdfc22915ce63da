//! Departures and arrivals, whatever type of event tells of them: each counts once.

use serde_json::{Value, json};

use super::histories::{ALL, all, at, balance_of, event, ledger_of, object, pack, row_of as row};
use crate::ledger::questions::{GapKind, LotBalance, ThingSelection, Visit, Whereabouts};
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

fn of_class(id: &str, kilograms: f64) -> Value {
    json!([{"epcClass": id, "quantity": kilograms, "uom": "KGM"}])
}

/// Who uses a lot up by its name need not unpack it: what comes back is the empty box.
#[test]
fn what_is_used_by_name_comes_out_of_its_box() {
    let used = |rest: Value| {
        let mut rest = rest;
        rest["bizStep"] = json!("commissioning");
        rest["readPoint"] = json!({"id": B});
        event("TransformationEvent", 20, &rest)
    };
    let spend = [
        used(
            json!({"inputQuantityList": of_lot(200.0), "outputQuantityList": of_class("urn:example:bread", 160.0)}),
        ),
        lot(20, "DELETE", "retail_selling", B, 200.0),
    ];
    for spent in spend {
        let mut told = packed().to_vec();
        told.extend([
            object(10, "OBSERVE", &[BOX], step("shipping", A)),
            object(12, "OBSERVE", &[BOX], step("receiving", B)),
            spent,
            object(30, "OBSERVE", &[BOX], step("shipping", B)),
            object(32, "OBSERVE", &[BOX], step("receiving", A)),
        ]);
        let ledger = ledger_of(&told);
        let known = balance(&ledger);
        for site in [A, B] {
            let row = row(&known, site);
            assert_eq!(row.closing, Decimal::ZERO, "{row:?}");
            assert_eq!(row.overdrawn, None, "{row:?}");
        }
        assert_eq!(gaps(&ledger, LOT), []);
        let recall = all(&ledger).recall(LOT, 0, 100).unwrap().unwrap();
        let lot = recall.affected.iter().find(|one| *one.thing.id == *LOT);
        let Some(Whereabouts::Class(places)) = lot.map(|lot| &lot.whereabouts) else {
            panic!("{lot:?}");
        };
        assert_eq!(places.balances, []);
    }
}

/// A part that is used by name leaves the rest in the box.
#[test]
fn the_rest_stays_in_the_box() {
    let mut told = packed().to_vec();
    told.extend([
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        object(12, "OBSERVE", &[BOX], step("receiving", B)),
        lot(20, "DELETE", "retail_selling", B, 50.0),
        object(30, "OBSERVE", &[BOX], step("shipping", B)),
        object(32, "OBSERVE", &[BOX], step("receiving", A)),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).closing, number("150"));
    assert_eq!(row(&known, B).closing, Decimal::ZERO);
}

/// The shipper's event and the carrier's, the pallet's and that of a case on it, loading in three parts: one departure or
/// arrival each.
#[test]
fn what_is_told_again_in_the_same_words_counts_once() {
    let moved = |minute, word, site| object(minute, "OBSERVE", &[BOX], step(word, site));
    let cases = [
        vec![
            moved(10, "shipping", A),
            moved(11, "shipping", A),
            moved(12, "receiving", B),
        ],
        vec![
            moved(10, "shipping", A),
            moved(12, "receiving", B),
            moved(13, "receiving", B),
        ],
        // Some is taken out between two events that tell of one arrival.
        vec![
            moved(10, "shipping", A),
            moved(12, "receiving", B),
            of_box(13, "DELETE", "unpacking", B, 80.0),
            of_box(14, "OBSERVE", "receiving", B, 120.0),
        ],
    ];
    for events in cases {
        let mut told = packed().to_vec();
        told.extend(events);
        let ledger = ledger_of(&told);
        let known = balance(&ledger);
        let (there, here) = (row(&known, A), row(&known, B));
        assert_eq!(
            (there.shipped, there.closing),
            (number("200"), Decimal::ZERO)
        );
        assert_eq!(
            (here.received, here.closing),
            (number("200"), number("200"))
        );
        assert_eq!(gaps(&ledger, LOT), []);
    }
    let loading = (2..5).map(|minute| of_box(minute, "ADD", "shipping", A, 100.0));
    let made = [
        object(0, "ADD", &[ITEM], step("commissioning", A)),
        lot(1, "ADD", "commissioning", A, 300.0),
    ];
    let told: Vec<Value> = made.into_iter().chain(loading).collect();
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).shipped, number("300"));
}

/// Before and after another event tells of the place, and with or without a place itself.
#[test]
fn what_names_no_place_tells_of_the_departure_beside_it() {
    let link = json!({"epcList": [BOX]});
    let first = [
        transaction(10, "ADD", &link, "shipping", None),
        object(10, "OBSERVE", &[BOX], json!({"bizStep": "departing"})),
    ];
    for told_first in first {
        let mut told = packed().to_vec();
        told.extend([
            told_first,
            object(11, "OBSERVE", &[BOX], step("shipping", A)),
            object(12, "OBSERVE", &[BOX], step("receiving", B)),
        ]);
        let ledger = ledger_of(&told);
        let known = balance(&ledger);
        assert_eq!(row(&known, A).shipped, number("200"));
        assert_eq!(known.sites.len(), 2, "{known:?}");
        assert_eq!(gaps(&ledger, LOT), []);
    }
}

/// A second departure that only a transaction event tells of is one, if other things were packed since.
#[test]
fn other_contents_leave_by_another_departure() {
    let link = json!({"epcList": [BOX]});
    let mut told = packed().to_vec();
    told.extend([
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        of_box(20, "DELETE", "unpacking", B, 200.0),
        of_box(30, "ADD", "packing", B, 40.0),
        transaction(31, "ADD", &link, "shipping", Some(B)),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).shipped, number("200"));
    assert_eq!(row(&known, B).shipped, number("40"));
}

/// By the gate and by the dock it is one arrival, and the goods are where they came last.
#[test]
fn a_box_arrives_at_a_site_once() {
    let gate = "https://id.gs1.org/414/9521002000108/254/GATE";
    let site = "https://id.gs1.org/414/9521002000108";
    let dock = "https://id.gs1.org/414/9521001000208/254/DOCK";
    let way_out = "https://id.gs1.org/414/9521001000208/254/WAY-OUT";
    let mut told = packed().to_vec();
    told.extend([
        object(10, "OBSERVE", &[BOX], step("shipping", dock)),
        object(11, "OBSERVE", &[BOX], step("departing", way_out)),
        object(12, "OBSERVE", &[BOX], step("arriving", gate)),
        object(13, "OBSERVE", &[BOX], step("receiving", site)),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, dock).shipped, number("200"));
    assert_eq!(row(&known, site).received, number("200"));
    assert_eq!(known.totals[0].in_transit, Decimal::ZERO);
    assert!(
        known
            .sites
            .iter()
            .all(|row| row.site.as_deref() != Some(gate)),
        "{known:?}"
    );
}

/// An event that names the lot beside its box, and says not how much of it, moves what the box holds.
#[test]
fn a_lot_without_an_amount_moves_with_its_box() {
    let named = |minute, word, place| {
        let mut rest = step(word, place);
        rest["quantityList"] = json!([{"epcClass": LOT}]);
        object(minute, "OBSERVE", &[BOX], rest)
    };
    let mut told = packed().to_vec();
    told.extend([named(10, "shipping", A), named(12, "receiving", B)]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).closing, Decimal::ZERO);
    assert_eq!(row(&known, B).closing, number("200"));
    assert_eq!(known.unquantified.indices.len(), 2);
}

/// What was made at an instant was there before what left at it, whichever came to the log first.
#[test]
fn what_is_made_at_an_instant_is_made_first() {
    let made = lot(5, "ADD", "commissioning", A, 50.0);
    let left = lot(5, "OBSERVE", "shipping", A, 50.0);
    for events in [[made.clone(), left.clone()], [left, made]] {
        let mut told = vec![lot(1, "ADD", "commissioning", "urn:example:site:c", 50.0)];
        told.extend(events);
        told.push(lot(9, "OBSERVE", "receiving", B, 50.0));
        let known = balance(&ledger_of(&told));
        assert_eq!(row(&known, A).closing, Decimal::ZERO);
        assert_eq!(row(&known, "urn:example:site:c").closing, number("50"));
    }
}

/// Who destroys a pallet, or sells a case, does so with what is in it; who takes its number out of use does not.
#[test]
fn what_is_destroyed_in_its_box_is_gone() {
    let ends = [
        (json!({"bizStep": "destroying"}), true),
        (json!({"bizStep": "retail_selling"}), true),
        (json!({"disposition": "destroyed"}), true),
        (json!({"bizStep": "decommissioning"}), false),
    ];
    for (mut rest, is_gone) in ends {
        rest["readPoint"] = json!({"id": A});
        let mut told = packed().to_vec();
        told.push(pack(
            5,
            "ADD",
            "urn:example:pallet",
            &[BOX],
            step("packing", A),
        ));
        told.push(object(10, "DELETE", &["urn:example:pallet"], rest));
        told.push(object(20, "OBSERVE", &[ITEM], step("storing", A)));
        let ledger = ledger_of(&told);
        let known = balance(&ledger);
        let (removed, closing) = match is_gone {
            true => (number("200"), Decimal::ZERO),
            false => (Decimal::ZERO, number("200")),
        };
        let at_site = row(&known, A);
        assert_eq!(
            (at_site.removed, at_site.used, at_site.closing),
            (removed, Decimal::ZERO, closing)
        );
        assert_eq!(known.yields, []);
        assert_eq!(
            gaps(&ledger, ITEM).contains(&GapKind::SeenAfterEnd),
            is_gone
        );
        let contents = all(&ledger).contents(BOX, at(30)).unwrap();
        assert_eq!(contents.contents.is_empty(), is_gone, "{contents:?}");
    }
}

/// A gate and a dock of one location are passed by one delivery, and by one departure.
#[test]
fn parts_of_one_location_are_one_place_for_a_delivery() {
    let part = |location: u32, extension: &str| {
        format!("urn:epc:id:sgln:9521002.{location:05}.{extension}")
    };
    let told = |minute, word: &str, read_point: &str, location: Option<&str>| {
        let mut rest = step(word, read_point);
        if let Some(location) = location {
            rest["bizLocation"] = json!({"id": location});
        }
        object(minute, "OBSERVE", &[ITEM], rest)
    };
    let (gate, dock, whole) = (part(2, "GATE"), part(2, "DOCK1"), part(2, "0"));
    let sent = [
        object(0, "ADD", &[ITEM], step("commissioning", &part(1, "0"))),
        told(1, "shipping", &part(1, "BAY-3"), None),
        told(2, "departing", &part(1, "GATE"), None),
        told(3, "arriving", &gate, None),
    ];
    let received = told(4, "receiving", &dock, Some(&whole));
    let ledger = ledger_of(&[&sent[..], &[received]].concat());
    assert_eq!(gaps(&ledger, ITEM), []);
    // Another location is another place.
    let received = told(4, "receiving", &part(3, "GATE"), None);
    let ledger = ledger_of(&[&sent[..], &[received]].concat());
    assert_eq!(gaps(&ledger, ITEM), [GapKind::ReceivedNotShipped]);
}
