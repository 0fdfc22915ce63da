//! Transformations of more events than are gone through, and containers of more contents.

use serde_json::{Value, json};

use super::{LOT, events_of, found, product, told};
use crate::ledger::questions::{
    KeyDataElement, MAX_CONTAINER_EVENTS, MAX_EVENTS_PER_THING, MAX_NAMING_EVENTS, TrackedEvent,
};
use crate::ledger::tests::histories::{capture, event, ledger_of, object, pack, state};

/// A part of a transformation.
fn part(minute: u32, rest: &Value) -> Value {
    let mut rest = rest.clone();
    rest["transformationID"] = json!("urn:x:run");
    rest["readPoint"] = json!({"id": "urn:x:works"});
    event("TransformationEvent", minute, &rest)
}

fn amount(id: &str) -> Value {
    json!([{"epcClass": id, "quantity": 12, "uom": "KGM"}])
}

/// More events than are gone through, which another member may write as well: each earlier than the others.
fn noise(count: usize) -> Vec<Value> {
    let count = u32::try_from(count).unwrap();
    let outputs = |minute| json!({"outputQuantityList": amount(&format!("urn:x:waste:{minute}"))});
    (0..count)
        .map(|minute| part(minute, &outputs(minute)))
        .collect()
}

fn lacks(event: &TrackedEvent, element: KeyDataElement) -> bool {
    event.missing.contains(&element)
}

#[test]
fn parts_of_a_transformation_that_are_left_out_are_told() {
    let inputs = part(2_000, &json!({"inputQuantityList": amount("urn:x:beans")}));
    let outputs = part(2_001, &json!({"outputQuantityList": amount(LOT)}));
    let cooled = object(2_002, "OBSERVE", &[], told("https://vocab.example#cooling"));
    for (count, are_left_out) in [
        (0, false),
        (MAX_NAMING_EVENTS - 1, false),
        (MAX_EVENTS_PER_THING - 2, false),
        (MAX_EVENTS_PER_THING - 1, true),
        (MAX_EVENTS_PER_THING, true),
    ] {
        let mut ledger = ledger_of(&[]);
        capture(&mut ledger, 1, &noise(count));
        capture(
            &mut ledger,
            0,
            &[inputs.clone(), outputs.clone(), cooled.clone()],
        );
        state(&mut ledger, 0, &[product("urn:x:beans")]);
        let events = events_of(&ledger, LOT);
        let [made, cooled] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(made.parts_left_out, are_left_out, "{count}");
        // The very first of those that are left out are the inputs.
        let is_cut = count == MAX_EVENTS_PER_THING;
        assert_eq!(lacks(made, KeyDataElement::SourceLots), is_cut, "{count}");
        assert_eq!(lacks(cooled, KeyDataElement::Harvest), is_cut, "{count}");
        assert_eq!(cooled.parts_left_out, is_cut, "{count}");
        let [of_inputs] = &events_of(&ledger, "urn:x:beans")[..] else {
            panic!("{count}");
        };
        // Only some of the events were asked for a name of what came out of them.
        let has_more_names = count > MAX_NAMING_EVENTS;
        assert_eq!(of_inputs.parts_left_out, are_left_out || has_more_names);
    }
}

/// An event that tells its inputs and outputs itself needs no other.
#[test]
fn a_part_that_tells_all_itself_leaves_nothing_out() {
    let mut events = noise(MAX_EVENTS_PER_THING + 1);
    let whole =
        json!({"inputQuantityList": amount("urn:x:beans"), "outputQuantityList": amount(LOT)});
    events.push(part(2_000, &whole));
    let [made] = &found(&events, LOT)[..] else {
        panic!();
    };
    assert!(!made.parts_left_out);
    assert!(!lacks(made, KeyDataElement::SourceLots));
}

/// Only some of many events of a transformation are asked what came out: that nothing says it is not known then.
#[test]
fn events_that_are_not_asked_for_a_name_are_told_if_one_is_lacking() {
    let inputs = part(2_000, &json!({"inputQuantityList": amount("urn:x:beans")}));
    for (count, are_left_out) in [(MAX_NAMING_EVENTS, false), (MAX_NAMING_EVENTS + 1, true)] {
        let mut events = noise(count);
        events.push(inputs.clone());
        let [of_inputs] = &found(&events, "urn:x:beans")[..] else {
            panic!();
        };
        assert!(lacks(of_inputs, KeyDataElement::ProductDescription));
        assert_eq!(of_inputs.parts_left_out, are_left_out, "{count}");
    }
}

/// Anybody may tell more of a case than is gone through: the pallet is judged without it, and that is told.
#[test]
fn a_case_of_too_many_events_does_not_stand_in_the_way_of_its_pallet() {
    const PALLET: &str = "https://id.gs1.org/00/095210010000000017";
    const CASE: &str = "https://id.gs1.org/00/095210010000000024";
    let mut rest = told("shipping");
    rest.as_object_mut().unwrap().remove("quantityList");
    let mut ledger = ledger_of(&[
        pack(
            1,
            "ADD",
            CASE,
            &[],
            json!({"childQuantityList": amount(LOT)}),
        ),
        pack(1, "ADD", PALLET, &[CASE], json!({})),
        object(5, "OBSERVE", &[PALLET], rest),
    ]);
    let [before] = &events_of(&ledger, PALLET)[..] else {
        panic!();
    };
    assert!(!before.parts_left_out && !lacks(before, KeyDataElement::Quantity));
    let told: Vec<Value> = (0..u32::try_from(MAX_CONTAINER_EVENTS).unwrap())
        .map(|minute| pack(minute, "OBSERVE", CASE, &["urn:x:piece"], json!({})))
        .collect();
    for some in told.chunks(1_000) {
        capture(&mut ledger, 1, some);
    }
    let [after] = &events_of(&ledger, PALLET)[..] else {
        panic!();
    };
    assert!(after.parts_left_out && lacks(after, KeyDataElement::Quantity));
}
