//! What is in what, on crafted histories.

use serde_json::{Value, json};

use super::histories::{all, at, before, event, ledger_of, numbers, object, pack};
use crate::ledger::questions::{
    MAX_CONTENT_ENTRIES, Trace, TraceDirection, TraceRelation, Whereabouts,
};
use crate::testing::MemoryLedger;

const PALLET: &str = "urn:example:pallet";
const OTHER: &str = "urn:example:other";
const LOT: &str = "urn:example:lot";
const BAR: &str = "urn:example:bar";

/// An amount of the lot.
fn of_lot(quantity: u32, uom: &str) -> Value {
    json!({"childQuantityList": [{"epcClass": LOT, "quantity": quantity, "uom": uom}]})
}

fn transform(minute: u32, inputs: &[&str], outputs: &[&str]) -> Value {
    let rest = json!({"inputEPCList": inputs, "outputEPCList": outputs});
    event("TransformationEvent", minute, &rest)
}

/// Identifiers, amounts and units of what is in a container.
fn contents(ledger: &MemoryLedger, container: &str, minute: u32) -> Vec<(String, String, String)> {
    let answer = all(ledger).contents(container, at(minute)).unwrap();
    assert!(answer.is_complete);
    let texts = answer.contents.into_iter().map(|content| {
        let object = content.object;
        let quantity = object.quantity.map(|q| q.to_string()).unwrap_or_default();
        let uom = object.uom.map(String::from).unwrap_or_default();
        (object.id.into(), quantity, uom)
    });
    texts.collect()
}

fn line(id: &str, quantity: &str, uom: &str) -> (String, String, String) {
    (id.to_owned(), quantity.to_owned(), uom.to_owned())
}

fn trace(ledger: &MemoryLedger, thing: &str, direction: TraceDirection) -> Trace {
    let found = all(ledger).trace(thing, direction, 0, 1_000);
    found.unwrap().unwrap()
}

fn materials(trace: &Trace) -> Vec<&str> {
    let found = trace.things.iter();
    let found = found.filter(|thing| thing.relation == TraceRelation::Material);
    found.map(|thing| &*thing.id).collect()
}

#[test]
fn amounts_of_a_class_are_added_up_by_unit() {
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], of_lot(60, "KGM")),
        pack(2, "ADD", PALLET, &[], of_lot(40_000, "GRM")),
        pack(3, "DELETE", PALLET, &[], of_lot(20, "KGM")),
        pack(4, "OBSERVE", PALLET, &[], of_lot(75, "KGM")),
        pack(5, "DELETE", PALLET, &[], of_lot(80, "KGM")),
    ]);
    assert_eq!(contents(&ledger, PALLET, 1), [line(LOT, "60", "KGM")]);
    assert_eq!(contents(&ledger, PALLET, 2), [line(LOT, "100", "KGM")]);
    assert_eq!(contents(&ledger, PALLET, 3), [line(LOT, "80", "KGM")]);
    assert_eq!(contents(&ledger, PALLET, 4), [line(LOT, "80", "KGM")]);
    assert_eq!(contents(&ledger, PALLET, 5), []);
    // An amount that cannot be compared takes all of it out.
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], of_lot(60, "KGM")),
        pack(2, "DELETE", PALLET, &[], of_lot(5, "LTR")),
    ]);
    assert_eq!(contents(&ledger, PALLET, 2), []);
}

/// Who says of some of it how much it is, and takes less out than that, has left the rest in there, whatever else is.
#[test]
fn an_amount_that_nobody_stated_is_in_there_beside_those_that_are_known() {
    let unknown = || json!({"childQuantityList": [{"epcClass": LOT}]});
    for minutes in [[1, 2], [2, 1]] {
        let ledger = ledger_of(&[
            pack(minutes[0], "ADD", PALLET, &[], unknown()),
            pack(minutes[1], "ADD", PALLET, &[], of_lot(60, "KGM")),
            pack(3, "DELETE", PALLET, &[], of_lot(10, "KGM")),
            pack(4, "DELETE", PALLET, &[], of_lot(90, "KGM")),
            pack(5, "DELETE", PALLET, &[], unknown()),
        ]);
        let of_unknown = line(LOT, "", "");
        let known = |kg: &str| vec![line(LOT, kg, "KGM"), of_unknown.clone()];
        assert_eq!(contents(&ledger, PALLET, 2), known("60"));
        assert_eq!(contents(&ledger, PALLET, 3), known("50"));
        assert_eq!(contents(&ledger, PALLET, 4), [of_unknown]);
        assert_eq!(contents(&ledger, PALLET, 5), []);
        for (minute, count) in [(3, 2), (4, 1), (5, 0)] {
            assert_eq!(all(&ledger).parents(LOT, at(minute)).unwrap().len(), count);
        }
        // A recall of what it is in finds it, and where the amounts are.
        let then = before(&ledger, 4).recall(PALLET, 0, 10).unwrap().unwrap();
        let found: Vec<&str> = then.affected.iter().map(|one| &*one.thing.id).collect();
        assert_eq!(found, [PALLET, LOT]);
    }
    // Of the unit there is none, as far as anybody told.
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], unknown()),
        pack(2, "ADD", PALLET, &[], of_lot(60, "KGM")),
        pack(3, "DELETE", PALLET, &[], of_lot(5, "LTR")),
    ]);
    assert_eq!(contents(&ledger, PALLET, 3), []);
}

fn attach(minute: u32, action: &str, children: &[&str], rest: Value) -> Value {
    let mut event = pack(minute, action, PALLET, children, rest);
    event["type"] = json!("AssociationEvent");
    event
}

/// Who sees a logger among the boxes did not put it in there.
#[test]
fn what_is_seen_in_a_container_is_taken_out_by_the_kind_of_event_that_put_it_in() {
    let logger = "urn:example:logger";
    let told = [
        attach(1, "ADD", &[logger], json!({})),
        pack(2, "OBSERVE", PALLET, &[logger, BAR], json!({})),
        pack(3, "DELETE", PALLET, &[], json!({})),
    ];
    let ledger = ledger_of(&told);
    assert_eq!(contents(&ledger, PALLET, 2).len(), 2);
    assert_eq!(contents(&ledger, PALLET, 3), [line(logger, "", "")]);
    assert_eq!(all(&ledger).parents(logger, at(3)).unwrap().len(), 1);
    // What was packed again, by the other kind, goes with what that packed.
    let mut told = told.to_vec();
    told.insert(2, pack(2, "ADD", PALLET, &[logger], json!({})));
    let ledger = ledger_of(&told);
    assert_eq!(contents(&ledger, PALLET, 3), []);
    assert_eq!(all(&ledger).parents(logger, at(3)).unwrap(), []);
}

/// What was aggregated leaves, what is fixed stays, and the amounts of a recall are the same.
#[test]
fn a_class_that_both_kinds_put_in_leaves_by_each_alone() {
    let told = [
        pack(1, "ADD", PALLET, &[], of_lot(60, "KGM")),
        attach(2, "ADD", &[], of_lot(40, "KGM")),
        attach(3, "OBSERVE", &[], of_lot(40, "KGM")),
        pack(4, "OBSERVE", PALLET, &[], of_lot(100, "KGM")),
        pack(5, "DELETE", PALLET, &[], json!({})),
        attach(6, "DELETE", &[], json!({})),
    ];
    let ledger = ledger_of(&told);
    let both = [line(LOT, "60", "KGM"), line(LOT, "40", "KGM")];
    assert_eq!(contents(&ledger, PALLET, 4), both);
    assert_eq!(contents(&ledger, PALLET, 5), [line(LOT, "40", "KGM")]);
    assert_eq!(contents(&ledger, PALLET, 6), []);
    let rest = all(&ledger).contents(PALLET, at(5)).unwrap();
    let parents = all(&ledger).parents(LOT, at(5)).unwrap();
    assert_eq!(parents.len(), 1);
    assert_eq!(parents[0].content, rest.contents[0]);
    assert_eq!(numbers(&rest.contents[0].entries.indices), [1]);
    assert_eq!(all(&ledger).parents(LOT, at(6)).unwrap(), []);
    let recall = before(&ledger, 6).recall(PALLET, 0, 10).unwrap().unwrap();
    let Whereabouts::Class(places) = &recall.affected[1].whereabouts else {
        panic!("{recall:?}");
    };
    let amounts: Vec<String> = places
        .balances
        .iter()
        .map(|it| it.quantity.to_string())
        .collect();
    assert_eq!(amounts, ["40"]);
    // An amount is taken out of what its own kind put in, or else of the rest.
    for (kind, expected) in [
        ("AggregationEvent", ["50", "40"]),
        ("AssociationEvent", ["60", "30"]),
    ] {
        let mut out = pack(5, "DELETE", PALLET, &[], of_lot(10, "KGM"));
        out["type"] = json!(kind);
        let ledger = ledger_of(&[&told[..2], &[out]].concat());
        let found = contents(&ledger, PALLET, 5);
        let amounts: Vec<&str> = found.iter().map(|(_, amount, _)| &**amount).collect();
        assert_eq!(amounts, expected);
    }
}

/// Whoever checks an amount is told every entry that it is the sum of, from either side, and what emptied a container.
#[test]
fn amounts_in_containers_cite_all_that_made_them() {
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], of_lot(30, "KGM")),
        pack(2, "ADD", OTHER, &[], of_lot(50, "KGM")),
        pack(3, "DELETE", PALLET, &[], of_lot(10, "KGM")),
        pack(4, "OBSERVE", PALLET, &[], of_lot(20, "KGM")),
        pack(5, "DELETE", PALLET, &[], of_lot(20, "KGM")),
        pack(6, "DELETE", OTHER, &[], json!({})),
    ]);
    let then = all(&ledger).contents(PALLET, at(4)).unwrap();
    let content = &then.contents[0];
    assert_eq!(
        (numbers(&content.entries.indices), content.entries.has_more),
        (vec![0, 2], false)
    );
    assert_eq!(then.emptied, None);
    let lot = all(&ledger).contents(LOT, at(4)).unwrap();
    assert_eq!(lot.parents.len(), 2);
    for parent in &lot.parents {
        let quantity = parent.content.object.quantity.unwrap().to_string();
        let cited = numbers(&parent.content.entries.indices);
        match &*parent.parent {
            PALLET => assert_eq!((quantity.as_str(), cited), ("20", vec![0, 2])),
            other => assert_eq!((other, quantity.as_str(), cited), (OTHER, "50", vec![1])),
        }
    }
    for (container, emptied) in [(PALLET, 4), (OTHER, 5)] {
        let answer = all(&ledger).contents(container, at(6)).unwrap();
        assert_eq!(
            (answer.contents.len(), answer.emptied.map(|it| it.0)),
            (0, Some(emptied))
        );
    }
    assert_eq!(all(&ledger).parents(LOT, at(6)).unwrap(), []);
    // More than are cited are told to be more.
    let many = MAX_CONTENT_ENTRIES as u32 + 1;
    let events: Vec<Value> = (0..many)
        .map(|minute| pack(minute, "ADD", PALLET, &[], of_lot(1, "KGM")))
        .collect();
    let ledger = ledger_of(&events);
    let full = &all(&ledger).contents(PALLET, at(many)).unwrap().contents[0];
    assert_eq!(
        (full.entries.indices.len(), full.entries.has_more),
        (MAX_CONTENT_ENTRIES, true)
    );
}

/// A part that goes into another container, or is taken out, is not all of it.
#[test]
fn a_lot_in_several_containers_is_in_all_of_them() {
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], of_lot(100, "KGM")),
        pack(2, "ADD", OTHER, &[], of_lot(100, "KGM")),
        pack(3, "DELETE", PALLET, &[], of_lot(30, "KGM")),
        transform(4, &[PALLET], &[BAR]),
    ]);
    let forward = trace(&ledger, LOT, TraceDirection::Forward);
    assert_eq!(materials(&forward), [LOT, BAR]);
    assert!(forward.is_complete);
    let back = trace(&ledger, BAR, TraceDirection::Back);
    assert_eq!(materials(&back), [BAR, PALLET, LOT]);
    // Both directions tell the same link, from when it was put in.
    for trace in [&forward, &back] {
        let link = trace.links.iter().find(|link| *link.to == *PALLET).unwrap();
        assert_eq!((&*link.from, link.index.0), (LOT, 0));
    }
}

#[test]
fn the_parent_of_a_transaction_is_no_container() {
    let order = |minute, action: &str, lot: &str| {
        let rest = json!({"action": action, "parentID": PALLET,
            "bizTransactionList": [{"bizTransaction": "urn:example:order:1"}],
            "quantityList": [{"epcClass": lot}]});
        event("TransactionEvent", minute, &rest)
    };
    let empty = json!({"action": "DELETE", "parentID": PALLET,
        "bizTransactionList": [{"bizTransaction": "urn:example:order:1"}]});
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[], of_lot(100, "KGM")),
        order(2, "DELETE", LOT),
        order(3, "ADD", "urn:example:ordered"),
        event("TransactionEvent", 4, &empty),
    ]);
    assert_eq!(contents(&ledger, PALLET, 5), [line(LOT, "100", "KGM")]);
    let back = trace(&ledger, PALLET, TraceDirection::Back);
    assert_eq!(materials(&back), [PALLET, LOT]);
}

#[test]
fn what_is_used_up_or_decommissioned_is_in_nothing() {
    let (sack, next, gone) = (
        "urn:example:sack:1",
        "urn:example:sack:2",
        "urn:example:sack:3",
    );
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[sack, gone], json!({})),
        transform(2, &[sack], &["urn:example:first"]),
        object(3, "DELETE", &[gone], json!({})),
        pack(4, "ADD", PALLET, &[next], json!({})),
        transform(5, &[PALLET], &["urn:example:second"]),
    ]);
    assert_eq!(contents(&ledger, PALLET, 4), [line(next, "", "")]);
    assert_eq!(all(&ledger).parents(sack, at(4)).unwrap(), []);
    let back = trace(&ledger, "urn:example:second", TraceDirection::Back);
    assert_eq!(materials(&back), ["urn:example:second", PALLET, next]);
    let forward = trace(&ledger, sack, TraceDirection::Forward);
    assert_eq!(materials(&forward), [sack, "urn:example:first"]);
}

/// Whoever asks for the container or for what is in it is told the same time and entry.
#[test]
fn both_sides_say_since_when() {
    let ledger = ledger_of(&[
        pack(1, "ADD", PALLET, &[BAR], json!({})),
        pack(2, "ADD", OTHER, &[BAR], json!({})),
        pack(3, "OBSERVE", PALLET, &[BAR], json!({})),
        pack(4, "OBSERVE", PALLET, &[BAR], json!({})),
    ]);
    let parents = all(&ledger).parents(BAR, at(5)).unwrap();
    let parent = &parents[0].content;
    let inside = all(&ledger).contents(PALLET, at(5)).unwrap();
    assert_eq!((parent.since, parent.index.0), (at(3), 2));
    assert_eq!(
        (inside.contents[0].since, inside.contents[0].index.0),
        (at(3), 2)
    );
    assert!(
        all(&ledger)
            .contents(OTHER, at(5))
            .unwrap()
            .contents
            .is_empty()
    );
    let early = before(&ledger, 2).contents(PALLET, at(5)).unwrap();
    assert_eq!(early.contents[0].since, at(1));
}

/// Ten thousand packings of one child and nothing else: the container's own events are gone through once.
#[test]
fn contents_of_a_busy_container_are_told() {
    let children: Vec<String> = (0..1_500).map(|number| format!("urn:x:{number}")).collect();
    let events: Vec<Value> = (0..)
        .zip(&children)
        .map(|(minute, child)| pack(minute, "ADD", PALLET, &[child], json!({})))
        .collect();
    let ledger = ledger_of(&events);
    let answer = all(&ledger).contents(PALLET, at(2_000)).unwrap();
    assert_eq!((answer.contents.len(), answer.is_complete), (1_500, true));
}
