//! What a container takes along: once, however often it is told, and what is in it then.

use serde_json::{Value, json};

use super::{
    A, B, BOX, ITEM, LOT, balance, gaps, lot, number, of_box, of_lot, packed, step, transaction,
};
use crate::ledger::questions::{GapKind, Whereabouts};
use crate::ledger::tests::histories::{all, at, event, ledger_of, object, pack, row_of as row};
use crate::types::Decimal;

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
    assert_eq!(known.unquantified.indices, []);
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

/// A pallet that leaves a port, and of which nobody told that it came there, takes along what it has, and nothing that is
/// loose elsewhere.
#[test]
fn a_container_leaves_again_with_its_own() {
    let port = "urn:example:site:port";
    let told = [
        object(0, "ADD", &[ITEM], step("commissioning", A)),
        lot(1, "ADD", "commissioning", A, 100.0),
        of_box(2, "ADD", "packing", A, 60.0),
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        object(11, "OBSERVE", &[BOX], step("departing", port)),
        object(12, "OBSERVE", &[BOX], step("receiving", B)),
    ];
    let under_way = balance(&ledger_of(&told[..5]));
    assert_eq!(row(&under_way, A).closing, number("40"));
    assert_eq!(under_way.totals[0].in_transit, number("60"));
    let ledger = ledger_of(&told);
    let there = balance(&ledger);
    assert_eq!(there.totals[0].in_transit, Decimal::ZERO);
    let closing = [A, port, B].map(|site| row(&there, site).closing);
    assert_eq!(closing, [number("40"), Decimal::ZERO, number("60")]);
    // Nobody told that it was received at the port.
    assert_eq!(gaps(&ledger, LOT), [GapKind::ShippedNotReceived]);
}

/// What is missing at a gate comes from its own site, and not from a customer that has some.
#[test]
fn a_gate_takes_from_its_own_site() {
    let site = "https://id.gs1.org/414/9521001000208";
    let gate = "https://id.gs1.org/414/9521001000208/254/GATE";
    let told = [
        lot(1, "ADD", "commissioning", site, 100.0),
        lot(2, "OBSERVE", "shipping", site, 60.0),
        lot(3, "OBSERVE", "receiving", A, 60.0),
        of_box(4, "ADD", "packing", site, 30.0),
        object(5, "OBSERVE", &[BOX], step("shipping", gate)),
        object(6, "OBSERVE", &[BOX], step("receiving", B)),
    ];
    let known = balance(&ledger_of(&told));
    let closing = [site, A, B].map(|site| row(&known, site).closing);
    assert_eq!(closing, ["10", "60", "30"].map(number));
}

/// What is packed where a crate brought it came out of that crate, though nobody tells of unpacking.
#[test]
fn what_is_repacked_leaves_the_box_that_brought_it() {
    let repacked = pack(
        12,
        "ADD",
        "urn:example:crate",
        &[],
        json!({"bizStep": "packing", "readPoint": {"id": B}, "childQuantityList": of_lot(200.0)}),
    );
    let mut told = packed().to_vec();
    told.extend([
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        object(11, "OBSERVE", &[BOX], step("receiving", B)),
        repacked,
        object(13, "OBSERVE", &["urn:example:crate"], step("shipping", B)),
        object(
            14,
            "OBSERVE",
            &["urn:example:crate"],
            step("receiving", "urn:example:site:c"),
        ),
        object(15, "OBSERVE", &[BOX], step("shipping", B)),
        object(16, "OBSERVE", &[BOX], step("receiving", A)),
    ]);
    let ledger = ledger_of(&told);
    let known = balance(&ledger);
    let closing = [A, B, "urn:example:site:c"].map(|site| row(&known, site).closing);
    assert_eq!(closing, ["0", "0", "200"].map(number));
    assert_eq!(gaps(&ledger, LOT), []);
    // More that is packed where it was made is no repacking: it is told as it is.
    let more = pack(
        3,
        "ADD",
        "urn:example:crate",
        &[],
        json!({"bizStep": "packing", "readPoint": {"id": A}, "childQuantityList": of_lot(50.0)}),
    );
    let mut told = packed().to_vec();
    told.extend([
        more,
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        object(11, "OBSERVE", &["urn:example:crate"], step("shipping", A)),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).shipped, number("250"));
    assert!(row(&known, A).overdrawn.is_some());
}

/// Less was received than had left: what is missing comes back in the crate, and is not taken from what was delivered.
#[test]
fn what_was_not_received_goes_back_with_its_box() {
    let mut told = packed().to_vec();
    told.extend([
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        of_box(11, "OBSERVE", "receiving", B, 150.0),
        of_box(12, "DELETE", "unpacking", B, 150.0),
        // What is said once more of what came is said when it is out already.
        of_box(13, "OBSERVE", "accepting", B, 150.0),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, B).closing, number("150"));
    assert_eq!(known.totals[0].in_transit, number("50"));
    for words in [&["shipping"][..], &["shipping", "departing"]] {
        let mut told = told.clone();
        let left = (20..).zip(words);
        told.extend(left.map(|(minute, word)| object(minute, "OBSERVE", &[BOX], step(word, B))));
        let known = balance(&ledger_of(&told));
        let there = row(&known, B);
        let found = [there.received, there.moved, there.shipped, there.closing];
        assert_eq!(found, ["150", "50", "50", "150"].map(number), "{words:?}");
        assert_eq!(known.totals[0].in_transit, number("50"));
        told.push(object(30, "OBSERVE", &[BOX], step("receiving", A)));
        let known = balance(&ledger_of(&told));
        assert_eq!(row(&known, A).closing, number("50"));
        assert_eq!(row(&known, B).closing, number("150"));
        assert_eq!(known.totals[0].in_transit, Decimal::ZERO);
    }
}

/// What was packed at the place, and is loose there, is not what a container brought unannounced.
#[test]
fn a_box_that_nobody_received_takes_its_own_from_where_much_is() {
    let told = [
        lot(1, "ADD", "commissioning", A, 60.0),
        lot(1, "ADD", "commissioning", B, 100.0),
        of_box(2, "ADD", "packing", A, 60.0),
        object(10, "OBSERVE", &[BOX], step("shipping", A)),
        object(11, "OBSERVE", &[BOX], step("shipping", B)),
    ];
    let known = balance(&ledger_of(&told));
    let closing = [A, B].map(|site| row(&known, site).closing);
    assert_eq!(closing, ["0", "100"].map(number));
    assert_eq!(known.totals[0].in_transit, number("60"));
}

/// Who tells how much of a lot is on a pallet tells of what is in its cases.
#[test]
fn what_is_seen_on_a_pallet_may_be_in_its_cases() {
    let on_pallet = |minute, word, place| {
        let mut rest = step(word, place);
        rest["childQuantityList"] = of_lot(200.0);
        pack(minute, "OBSERVE", "urn:example:pallet", &[], rest)
    };
    let mut told = packed().to_vec();
    let loaded = step("loading", A);
    told.extend([
        pack(5, "ADD", "urn:example:pallet", &[BOX], loaded),
        on_pallet(10, "shipping", A),
        on_pallet(11, "receiving", B),
        object(20, "OBSERVE", &["urn:example:pallet"], step("shipping", B)),
    ]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).shipped, number("200"));
    assert_eq!(row(&known, B).received, number("200"));
    assert_eq!(row(&known, B).shipped, number("200"));
    assert_eq!(known.totals[0].in_transit, number("200"));
    // When the case is off, what is seen on the pallet is on it.
    let off = pack(
        6,
        "DELETE",
        "urn:example:pallet",
        &[BOX],
        step("unloading", A),
    );
    told.truncate(4);
    told.extend([off, on_pallet(10, "shipping", A)]);
    let known = balance(&ledger_of(&told));
    assert_eq!(row(&known, A).shipped, number("200"));
}
