//! What is assumed of boxes by events that tell of the lot alone, until others tell of the boxes.

use serde_json::Value;

use super::told_by_name::{
    C, OTHER, beside, closings, in_transit, moved, packed, recalled, told_inside,
};
use super::{A, B, BOX, lot, number, step};
use crate::ledger::tests::histories::{ledger_of, object};

/// A history of events that each know their minute, and what is where in the end: at A, B and C, and on its way.
fn check(told: &[Value], at: [&str; 3], under_way: &str) {
    let ledger = ledger_of(told);
    let last = told.last();
    assert_eq!(closings(&ledger, &[A, B, C]), at.map(number), "{last:?}");
    assert_eq!(in_transit(&ledger), number(under_way), "{last:?}");
}

fn made(kilograms: f64, boxes: &[(&str, f64)]) -> Vec<Value> {
    let mut told = vec![lot(1, "ADD", "commissioning", A, kilograms)];
    let boxes = boxes.iter().zip(2..);
    told.extend(boxes.map(|((id, inside), minute)| packed(minute, id, A, *inside)));
    told
}

fn ships(minute: u32, site: &str, kilograms: f64) -> Value {
    lot(minute, "OBSERVE", "shipping", site, kilograms)
}

fn receives(minute: u32, site: &str, kilograms: f64) -> Value {
    lot(minute, "OBSERVE", "receiving", site, kilograms)
}

/// Loose goods and a box leave, and what arrives by the lot's name is just as much as the box holds.
fn just_as_much() -> Vec<Value> {
    vec![
        lot(1, "ADD", "commissioning", A, 100.0),
        ships(2, A, 25.0),
        packed(3, BOX, A, 20.0),
        moved(4, &[BOX], "shipping", A),
        receives(5, B, 20.0),
    ]
}

/// A box that is unpacked where it was did not leave, so the other one did.
#[test]
fn a_box_that_stayed_is_not_the_one_that_left() {
    for unpacked in [BOX, OTHER] {
        let mut told = made(40.0, &[(BOX, 20.0), (OTHER, 20.0)]);
        told.push(ships(10, A, 20.0));
        told.push(told_inside(11, "DELETE", unpacked, ("unpacking", A), 20.0));
        check(&told, ["20", "0", "0"], "20");
    }
}

/// Two boxes with as much: one is told of by its name, the other one by the lot.
#[test]
fn equal_boxes_are_told_apart_as_soon_as_one_is_told_of() {
    let mut told = made(60.0, &[(BOX, 30.0), (OTHER, 30.0)]);
    told.push(ships(10, A, 30.0));
    let mut arrived = told.clone();
    arrived.extend([
        moved(11, &[OTHER], "receiving", B),
        moved(12, &[BOX], "shipping", A),
        moved(13, &[BOX], "receiving", C),
    ]);
    check(&arrived, ["0", "30", "30"], "0");
    told.extend([
        moved(11, &[BOX], "shipping", A),
        receives(12, B, 30.0),
        moved(13, &[BOX], "receiving", C),
    ]);
    check(&told, ["0", "30", "30"], "0");
}

/// What was received in part by its name is not in the box any more.
#[test]
fn what_arrives_in_part_is_out_of_its_box() {
    let mut told = made(17.0, &[(BOX, 13.0)]);
    told.extend([
        ships(10, A, 4.0),
        moved(11, &[BOX], "shipping", A),
        receives(12, B, 13.0),
        ships(13, B, 13.0),
    ]);
    check(&told, ["0", "0", "0"], "17");
    told.push(receives(14, C, 13.0));
    check(&told, ["0", "0", "13"], "4");
    let mut told = made(100.0, &[(BOX, 100.0)]);
    told.extend([
        moved(10, &[BOX], "shipping", A),
        receives(11, B, 45.0),
        moved(12, &[BOX], "receiving", C),
    ]);
    check(&told, ["0", "45", "55"], "0");
}

/// An empty box goes home, and what was in it stays where it was received by its name.
#[test]
fn an_empty_box_takes_nothing_home() {
    let mut told = made(50.0, &[(BOX, 20.0), (OTHER, 30.0)]);
    told.extend([
        moved(10, &[BOX, OTHER], "shipping", A),
        receives(11, B, 50.0),
        ships(12, B, 50.0),
        receives(13, C, 50.0),
        moved(14, &[BOX, OTHER], "shipping", B),
    ]);
    check(&told, ["0", "0", "50"], "0");
    told.push(moved(15, &[BOX, OTHER], "receiving", A));
    check(&told, ["0", "0", "50"], "0");
    assert_eq!(recalled(&ledger_of(&told)), [(C.into(), "50".into())]);
}

/// What was told of an earlier journey, in other words, is over.
#[test]
fn words_of_a_journey_that_is_over_tell_of_no_other() {
    let mut told = made(50.0, &[(BOX, 20.0)]);
    told.extend([
        moved(10, &[BOX], "departing", A),
        moved(11, &[BOX], "arriving", B),
    ]);
    let mut sent = told.clone();
    sent.extend([ships(20, A, 20.0), receives(21, C, 20.0)]);
    check(&sent, ["10", "20", "20"], "0");
    told.extend([
        moved(12, &[BOX], "departing", B),
        moved(13, &[BOX], "arriving", A),
        told_inside(14, "DELETE", BOX, ("unpacking", A), 20.0),
        ships(20, A, 20.0),
    ]);
    check(&told, ["30", "0", "0"], "20");
}

/// Two parts of a box, told beside it, are one departure.
#[test]
fn parts_beside_their_box_add_up() {
    let mut told = made(60.0, &[(BOX, 60.0)]);
    told.push(beside(10, &[BOX], "shipping", A, 20.0));
    check(&told, ["40", "0", "0"], "20");
    told.push(beside(11, &[BOX], "shipping", A, 40.0));
    check(&told, ["0", "0", "0"], "60");
    told.push(beside(20, &[BOX], "receiving", B, 20.0));
    told.push(beside(21, &[BOX], "receiving", B, 40.0));
    check(&told, ["0", "60", "0"], "0");
}

/// A box that is seen where it was has not what was sent and received by the lot's name.
#[test]
fn a_recall_believes_what_was_seen_last() {
    let mut told = made(20.0, &[(BOX, 20.0)]);
    told.extend([
        ships(10, A, 20.0),
        receives(11, B, 20.0),
        object(12, "OBSERVE", &[BOX], step("storing", A)),
    ]);
    check(&told, ["0", "20", "0"], "0");
    assert_eq!(recalled(&ledger_of(&told)), [(B.into(), "20".into())]);
}

/// What arrives by the lot's name and is just as much as the box holds is the box, as an event shows that opens it there.
#[test]
fn what_is_just_as_much_as_a_box_holds_arrives_in_it() {
    let mut told = just_as_much();
    check(&told, ["55", "20", "0"], "25");
    let mut opened = told.clone();
    opened.push(told_inside(6, "DELETE", BOX, ("unpacking", B), 20.0));
    check(&opened, ["55", "20", "0"], "25");
    // It was loose after all, and is what arrived there, or the box arrived as well.
    for (site, at) in [(C, ["55", "20", "20"]), (B, ["55", "40", "0"])] {
        let mut elsewhere = told.clone();
        elsewhere.push(moved(6, &[BOX], "receiving", site));
        check(&elsewhere, at, "5");
    }
    // One delivery, in another word.
    told.push(moved(6, &[BOX], "accepting", B));
    check(&told, ["55", "20", "0"], "25");
}

/// What goes into a box where it was before anybody told that it might have left was put into one that had stayed.
#[test]
fn a_box_that_is_packed_where_it_was_never_left() {
    let mut told = made(150.0, &[(BOX, 50.0)]);
    told.extend([
        ships(10, A, 150.0),
        receives(11, B, 150.0),
        lot(12, "ADD", "commissioning", B, 34.0),
        ships(13, B, 184.0),
        lot(14, "ADD", "commissioning", A, 60.0),
    ]);
    told.push(packed(15, BOX, A, 30.0));
    check(&told, ["60", "0", "0"], "184");
}

/// A box that was taken to have arrived, and is seen elsewhere, is there with all that it holds: what arrived was loose.
#[test]
fn a_recall_finds_the_box_that_was_not_what_arrived() {
    let mut told = just_as_much();
    told.push(object(6, "OBSERVE", &[BOX], step("storing", C)));
    check(&told, ["55", "20", "0"], "25");
    let found = recalled(&ledger_of(&told));
    let expected = [(A, "55"), (B, "20"), (C, "20"), ("on its way", "5")];
    for (place, amount) in expected {
        let is_there = |one: &&(String, String)| one.0.starts_with(place) && one.1 == amount;
        assert_eq!(
            found.iter().filter(is_there).count(),
            1,
            "{place} in {found:?}"
        );
    }
    assert_eq!(found.len(), 4, "{found:?}");
}

/// What was loose after all is told by its name in one word, and in the next one is the same.
#[test]
fn what_was_loose_after_all_counts_once_in_all_words() {
    let mut told = made(50.0, &[(BOX, 20.0)]);
    told.extend([
        ships(10, A, 30.0),
        moved(11, &[BOX], "shipping", A),
        lot(12, "OBSERVE", "arriving", B, 20.0),
        moved(13, &[BOX], "arriving", C),
        receives(14, B, 20.0),
    ]);
    check(&told, ["0", "20", "20"], "10");
}

/// Of what arrived less was loose than that: the rest was picked from the box, which arrives without it.
#[test]
fn what_was_loose_in_part_was_picked_for_the_rest() {
    let mut told = made(30.0, &[(BOX, 20.0)]);
    told.extend([
        ships(10, A, 10.0),
        moved(11, &[BOX], "shipping", A),
        receives(12, B, 20.0),
        moved(13, &[BOX], "receiving", C),
    ]);
    check(&told, ["0", "20", "10"], "0");
}

/// Who names no place tells of the arrival that was told before.
#[test]
fn an_arrival_without_a_place_is_the_one_that_was_assumed() {
    let mut told = made(50.0, &[(BOX, 20.0)]);
    told.extend([
        ships(10, A, 30.0),
        moved(11, &[BOX], "shipping", A),
        receives(12, B, 20.0),
        object(
            13,
            "OBSERVE",
            &[BOX],
            serde_json::json!({"bizStep": "receiving"}),
        ),
    ]);
    check(&told, ["0", "20", "0"], "30");
}
