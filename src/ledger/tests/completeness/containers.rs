//! What is told of containers by what they hold.

use serde_json::{Value, json};

use super::{LOT, PRODUCT, found, told};
use crate::ledger::questions::{KeyDataElement, TrackedEvent};
use crate::ledger::tests::histories::{event, object, pack};
use KeyDataElement::{
    LotCode, LotCodeSource, LotCodeSourceDescription, ProductDescription, Quantity,
    ReferenceDocument, SourceLotDescriptions, SourceLots,
};

const PALLET: &str = "https://id.gs1.org/00/095210010000000017";
const CASE: &str = "https://id.gs1.org/00/095210010000000024";
const OTHER_CASE: &str = "https://id.gs1.org/00/095210010000000031";
const CRATE: &str = "https://id.gs1.org/8003/09521001000017A1";
const BOX: &str = "urn:x:box";

/// What is lacking of a container that nothing is known to be in.
const OF_EMPTY: [KeyDataElement; 5] = [
    LotCode,
    Quantity,
    ProductDescription,
    LotCodeSource,
    LotCodeSourceDescription,
];

/// A class of things, and how much of it.
fn amount(id: &str) -> Value {
    json!([{"epcClass": id, "quantity": 12, "uom": "KGM"}])
}

fn class(id: &str) -> Value {
    json!([{"epcClass": id}])
}

fn fill(container: &str, units: &[&str], classes: &Value) -> Value {
    let rest = json!({"childQuantityList": classes, "bizStep": "packing"});
    pack(1, "ADD", container, units, rest)
}

/// A container is shipped, with all that a shipping has to tell of itself.
fn ship(container: &str) -> Value {
    let mut rest = told("shipping");
    rest.as_object_mut().unwrap().remove("quantityList");
    object(5, "OBSERVE", &[container], rest)
}

fn only(events: &[Value], thing: &str) -> TrackedEvent {
    let mut events = found(events, thing);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn missing(events: &[Value], thing: &str) -> Vec<KeyDataElement> {
    only(events, thing).missing
}

#[test]
fn lot_code_and_quantity_are_told_as_far_as_the_packing_told_them() {
    for (contents, expected) in [
        (amount(LOT), vec![]),
        (class(LOT), vec![Quantity]),
        (amount(PRODUCT), vec![LotCode]),
        (class(PRODUCT), vec![LotCode, Quantity]),
    ] {
        let events = [fill(PALLET, &[], &contents), ship(PALLET)];
        assert_eq!(missing(&events, PALLET), expected, "{contents}");
        // Through another one, and together with something that is told.
        let events = [
            fill(CASE, &[], &contents),
            fill(PALLET, &[CASE], &amount(LOT)),
            ship(PALLET),
        ];
        assert_eq!(missing(&events, PALLET), expected, "{contents}");
        assert_eq!(missing(&events, CASE), expected, "{contents}");
    }
    // A single piece has a number and is one.
    let serial = "https://id.gs1.org/01/09521001123457/21/7";
    let events = [fill(PALLET, &[serial], &json!([])), ship(PALLET)];
    assert_eq!(missing(&events, PALLET), []);
}

/// A container by another URI is told by what is in it where an event names it as the container alone.
#[test]
fn of_any_container_that_is_named_as_such_the_packing_tells() {
    let received = |contents: &Value| {
        let mut rest = told("receiving");
        rest.as_object_mut().unwrap().remove("quantityList");
        let unpacked = pack(5, "DELETE", BOX, &[], rest);
        let missing = missing(&[fill(BOX, &[CRATE], contents), unpacked], BOX);
        let is_of_contents = |element: &KeyDataElement| [LotCode, Quantity].contains(element);
        missing
            .into_iter()
            .filter(is_of_contents)
            .collect::<Vec<_>>()
    };
    assert_eq!(received(&amount(LOT)), []);
    assert_eq!(received(&class(PRODUCT)), [LotCode, Quantity]);
    assert_eq!(received(&json!([])), [LotCode, Quantity]);
}

/// How much of a lot there is somewhere does not tell how much of it is on the pallet.
#[test]
fn the_quantity_of_a_lot_on_a_pallet_is_that_which_was_packed() {
    for (contents, expected) in [(amount(LOT), vec![]), (class(LOT), vec![Quantity])] {
        let events = [
            object(0, "ADD", &[], told("commissioning")),
            fill(CASE, &[], &contents),
            fill(PALLET, &[CASE], &json!([])),
            ship(PALLET),
        ];
        for thing in [LOT, CASE, PALLET] {
            assert_eq!(missing(&events, thing), expected, "{thing}");
        }
    }
}

/// Of a lot on several pallets the packing of those tells that leave.
#[test]
fn the_quantity_of_a_lot_is_that_on_the_pallets_of_the_event() {
    let shipped = |pallets: &[&str]| {
        let mut rest = told("shipping");
        rest.as_object_mut().unwrap().remove("quantityList");
        object(5, "OBSERVE", pallets, rest)
    };
    let packed = [
        object(0, "ADD", &[], told("commissioning")),
        fill(CASE, &[], &amount(LOT)),
        fill(OTHER_CASE, &[], &class(LOT)),
        fill(PALLET, &[OTHER_CASE], &json!([])),
    ];
    for (pallets, expected) in [
        (&[CASE][..], vec![]),
        (&[OTHER_CASE][..], vec![Quantity]),
        (&[PALLET][..], vec![Quantity]),
        (&[CASE, PALLET][..], vec![Quantity]),
    ] {
        let events = [&packed[..], &[shipped(pallets)]].concat();
        assert_eq!(missing(&events, LOT), expected, "{pallets:?}");
    }
    // What is taken off a pallet leaves the rest behind.
    let mut rest = told("receiving");
    rest.as_object_mut().unwrap().remove("quantityList");
    let events = [
        &packed[..3],
        &[fill(PALLET, &[CASE, OTHER_CASE], &json!([]))],
        &[pack(5, "DELETE", PALLET, &[CASE], rest)],
    ];
    assert_eq!(missing(&events.concat(), LOT), []);
}

/// A crate that comes back is not what was made, and an empty one that goes in is nothing that was harvested.
#[test]
fn crates_are_neither_outputs_nor_inputs() {
    let part = |minute, rest: Value| {
        let mut rest = rest;
        rest["transformationID"] = json!("urn:x:run");
        rest["readPoint"] = json!({"id": "urn:x:works"});
        event("TransformationEvent", minute, &rest)
    };
    let inputs = json!({"inputQuantityList": amount("urn:x:beans"), "outputEPCList": [CRATE]});
    let made = |inputs: Value| {
        let mut rest = json!({"outputQuantityList": amount(LOT)});
        rest["inputEPCList"] = inputs;
        part(6, rest)
    };
    // What is made is told by the other event.
    let events = [part(5, inputs), made(json!([]))];
    assert_eq!(missing(&events, "urn:x:beans"), [ReferenceDocument]);
    let is_harvest_missing = |events: &[Value]| {
        let cooled = object(9, "OBSERVE", &[], told("https://vocab.example#cooling"));
        let events = found(&[events, &[cooled]].concat(), LOT);
        events[1].missing.contains(&KeyDataElement::Harvest)
    };
    assert!(is_harvest_missing(&[made(json!([CRATE]))]));
    let filled = fill(CRATE, &[], &amount("urn:x:beans"));
    assert!(!is_harvest_missing(&[filled, made(json!([CRATE]))]));
    assert!(!is_harvest_missing(&[made(json!([PALLET]))]));
}

/// Asked of what went in with its container, an event is judged as when asked of what came out.
#[test]
fn each_output_has_to_have_a_quantity_whatever_is_asked_for() {
    let outputs = json!([{"epcClass": LOT, "quantity": 8, "uom": "KGM"}, {"epcClass": PRODUCT}]);
    let made = json!({"inputEPCList": [PALLET], "outputQuantityList": outputs,
        "readPoint": {"id": "urn:x:works"}});
    let events = [
        fill(PALLET, &[], &amount("urn:x:beans")),
        event("TransformationEvent", 5, &made),
    ];
    for thing in [LOT, "urn:x:beans", PALLET] {
        let expected = [LotCode, Quantity, ReferenceDocument];
        assert_eq!(missing(&events, thing), expected, "{thing}");
    }
}

/// Nobody told what is in the case.
#[test]
fn an_inner_unit_of_which_nothing_is_known_tells_nothing() {
    let events = [fill(PALLET, &[CASE], &json!([])), ship(PALLET)];
    assert_eq!(missing(&events, PALLET), OF_EMPTY);
    // That there is something beside it does not tell what it holds.
    let events = [fill(PALLET, &[CASE], &amount(LOT)), ship(PALLET)];
    assert_eq!(missing(&events, PALLET), OF_EMPTY);
    // Nor does another one in it.
    let events = [
        fill(CASE, &[OTHER_CASE], &json!([])),
        fill(PALLET, &[CASE], &json!([])),
        ship(PALLET),
    ];
    assert_eq!(missing(&events, PALLET), OF_EMPTY);
    // An empty crate is nothing.
    let events = [
        fill(CASE, &[], &amount(LOT)),
        fill(PALLET, &[CASE, CRATE], &json!([])),
        ship(PALLET),
    ];
    assert_eq!(missing(&events, PALLET), []);
    let events = [fill(PALLET, &[CRATE], &json!([])), ship(PALLET)];
    assert_eq!(missing(&events, PALLET), OF_EMPTY);
}

#[test]
fn an_inner_unit_of_which_nothing_is_known_is_no_source_lot() {
    let made = |inputs: &[&str]| {
        let rest = json!({"inputEPCList": inputs, "readPoint": {"id": "urn:x:works"},
            "outputQuantityList": [{"epcClass": LOT, "quantity": 8, "uom": "KGM"}]});
        event("TransformationEvent", 5, &rest)
    };
    let unknown = [SourceLots, SourceLotDescriptions, ReferenceDocument];
    let events = [fill(PALLET, &[CASE], &json!([])), made(&[PALLET])];
    assert_eq!(missing(&events, LOT), unknown);
    let events = [
        fill(PALLET, &[CASE], &amount("urn:x:beans")),
        made(&[PALLET]),
    ];
    assert_eq!(missing(&events, LOT), unknown);
    let beans = fill(OTHER_CASE, &[], &amount("urn:x:beans"));
    let events = [
        beans.clone(),
        fill(CRATE, &[CASE], &json!([])),
        made(&[CRATE, OTHER_CASE]),
    ];
    assert_eq!(missing(&events, LOT), unknown);
    let events = [beans, made(&[CRATE, OTHER_CASE])];
    assert_eq!(missing(&events, LOT), [ReferenceDocument]);
}

/// What is in the other cases of a pallet is nothing to a case.
#[test]
fn a_case_on_a_pallet_is_asked_for_what_is_in_it() {
    let events = [
        fill(CASE, &[], &amount(LOT)),
        fill(OTHER_CASE, &[], &class("urn:x:nameless")),
        fill(PALLET, &[CASE, OTHER_CASE], &json!([])),
        ship(PALLET),
    ];
    let of_case = only(&events, CASE);
    assert_eq!(of_case.carrier.as_deref(), Some(PALLET));
    assert_eq!(of_case.missing, []);
    assert!(
        of_case
            .descriptions
            .iter()
            .all(|it| &*it.of != "urn:x:nameless")
    );
    assert_eq!(missing(&events, OTHER_CASE), [Quantity, ProductDescription]);
    assert_eq!(missing(&events, PALLET), [Quantity, ProductDescription]);
    // It was packed on the pallet: that tells nothing of what is in it.
    let events = [fill(PALLET, &[CASE], &json!([])), ship(PALLET)];
    assert_eq!(missing(&events, CASE), OF_EMPTY);
}

/// Who receives a pallet and unpacks it in one event received what was on it.
#[test]
fn of_what_is_unpacked_on_receipt_counts_what_was_in_it() {
    for children in [&[][..], &[CASE]] {
        let mut rest = told("receiving");
        rest.as_object_mut().unwrap().remove("quantityList");
        let events = [
            fill(CASE, &[], &amount(LOT)),
            fill(PALLET, &[CASE], &json!([])),
            pack(5, "DELETE", PALLET, children, rest),
        ];
        assert_eq!(missing(&events, PALLET), []);
    }
}
