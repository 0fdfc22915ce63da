//! Deliveries of which some events tell by the containers, and others by the name of the lot.

use serde_json::{Value, json};

use super::{A, B, BOX, LOT, balance, gaps, lot, number, of_lot, step};
use crate::ledger::questions::{GapKind, Whereabouts};
use crate::ledger::tests::histories::{all, at, ledger_of, object, pack, row_of as row};
use crate::testing::MemoryLedger;
use crate::types::Decimal;

pub(super) const C: &str = "urn:example:site:c";
pub(super) const OTHER: &str = "urn:example:other-box";
const PALLET: &str = "urn:example:pallet";

/// An event of things, and an amount of the lot beside them.
pub(super) fn beside(
    minute: u32,
    things: &[&str],
    word: &str,
    site: &str,
    kilograms: f64,
) -> Value {
    let mut rest = step(word, site);
    rest["quantityList"] = of_lot(kilograms);
    object(minute, "OBSERVE", things, rest)
}

pub(super) fn moved(minute: u32, things: &[&str], word: &str, site: &str) -> Value {
    object(minute, "OBSERVE", things, step(word, site))
}

pub(super) fn packed(minute: u32, container: &str, site: &str, kilograms: f64) -> Value {
    told_inside(minute, "ADD", container, ("packing", site), kilograms)
}

pub(super) fn told_inside(
    minute: u32,
    action: &str,
    container: &str,
    (word, site): (&str, &str),
    kilograms: f64,
) -> Value {
    let mut rest = step(word, site);
    rest["childQuantityList"] = of_lot(kilograms);
    pack(minute, action, container, &[], rest)
}

/// Made at a site, so much of it packed.
fn made(kilograms: f64, in_box: f64) -> Vec<Value> {
    vec![
        lot(1, "ADD", "commissioning", A, kilograms),
        packed(2, BOX, A, in_box),
    ]
}

/// Where a recall has how much, in which container; on its way without a place.
pub(super) fn recalled(ledger: &MemoryLedger) -> Vec<(String, String)> {
    let recall = all(ledger).recall(LOT, 0, 100).unwrap().unwrap();
    let lot = recall.affected.iter().find(|one| *one.thing.id == *LOT);
    let Some(Whereabouts::Class(places)) = lot.map(|lot| &lot.whereabouts) else {
        panic!("{lot:?}");
    };
    assert_eq!(places.unquantified, []);
    let places = places.balances.iter().map(|one| {
        let place = one.place.as_deref().unwrap_or("on its way");
        let container = one.containers.first();
        let container = container.map_or(String::new(), |id| format!(" in {id}"));
        (format!("{place}{container}"), one.quantity.to_string())
    });
    places.collect()
}

pub(super) fn closings(ledger: &MemoryLedger, sites: &[&str]) -> Vec<Decimal> {
    let known = balance(ledger);
    let closing = |site: &&str| {
        let there = known
            .sites
            .iter()
            .find(|row| row.site.as_deref() == Some(*site));
        there.map_or(Decimal::ZERO, |row| row.closing)
    };
    sites.iter().map(closing).collect()
}

pub(super) fn in_transit(ledger: &MemoryLedger) -> Decimal {
    balance(ledger).totals[0].in_transit
}

/// The box, its pallet, the box and its contents beside it, an aggregation: in whatever order, one departure.
#[test]
fn an_amount_beside_its_box_is_what_the_box_holds() {
    let on_pallet = pack(3, "ADD", PALLET, &[BOX], step("loading", A));
    let tellings = [
        moved(10, &[BOX], "shipping", A),
        moved(10, &[PALLET], "shipping", A),
        beside(10, &[BOX], "shipping", A, 60.0),
        beside(10, &[PALLET], "shipping", A, 60.0),
        told_inside(10, "OBSERVE", BOX, ("shipping", A), 60.0),
    ];
    for first in &tellings {
        for second in &tellings {
            let mut second = second.clone();
            second["eventTime"] = json!(at(15).to_string());
            let mut told = made(60.0, 60.0);
            told.extend([on_pallet.clone(), first.clone(), second.clone()]);
            let ledger = ledger_of(&told);
            let shipped = row(&balance(&ledger), A).shipped;
            assert_eq!(shipped, number("60"), "{first} {second}");
            assert_eq!(in_transit(&ledger), number("60"));
            for arrived in [[BOX, PALLET], [PALLET, BOX]] {
                let mut told = told.clone();
                told.push(beside(20, &[arrived[0]], "receiving", B, 60.0));
                told.push(moved(25, &[arrived[1]], "receiving", B));
                let ledger = ledger_of(&told);
                assert_eq!(row(&balance(&ledger), B).received, number("60"));
                assert_eq!(in_transit(&ledger), Decimal::ZERO);
                assert_eq!(recalled(&ledger), [(format!("{B} in {BOX}"), "60".into())]);
            }
        }
    }
}

/// What is received by its name came in the container that was on its way.
#[test]
fn a_recall_has_what_was_received_by_its_name() {
    let mut told = made(100.0, 60.0);
    told.push(moved(10, &[BOX], "shipping", A));
    told.push(lot(20, "OBSERVE", "receiving", B, 60.0));
    let ledger = ledger_of(&told);
    let there = [
        (A.into(), "40".into()),
        (format!("{B} in {BOX}"), "60".into()),
    ];
    assert_eq!(recalled(&ledger), there);
    // Whoever tells of the box as well tells nothing more.
    let mut again = told.clone();
    again.push(moved(21, &[BOX], "receiving", B));
    let ledger = ledger_of(&again);
    assert_eq!(closings(&ledger, &[A, B]), ["40", "60"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
    // What is sold there was in it, and the empty box goes home.
    told.push(lot(30, "DELETE", "retail_selling", B, 60.0));
    told.push(moved(40, &[BOX], "shipping", B));
    told.push(moved(41, &[BOX], "receiving", A));
    let ledger = ledger_of(&told);
    assert_eq!(recalled(&ledger), [(A.into(), "40".into())]);
    assert_eq!(closings(&ledger, &[A, B]), ["40", "0"].map(number));
}

/// Sold, and nobody told that it was received.
#[test]
fn a_recall_has_not_what_was_sold_out_of_a_box_on_its_way() {
    let mut told = made(100.0, 60.0);
    told.push(moved(10, &[BOX], "shipping", A));
    told.push(lot(20, "DELETE", "retail_selling", B, 60.0));
    assert_eq!(recalled(&ledger_of(&told)), [(A.into(), "40".into())]);
    told.pop();
    told.push(lot(20, "DELETE", "retail_selling", B, 20.0));
    let there = [
        (format!("on its way in {BOX}"), "40".into()),
        (A.into(), "40".into()),
    ];
    assert_eq!(recalled(&ledger_of(&told)), there);
}

/// Two boxes are on their way, and one shop tells of the lot: it got the other box, as soon as one is told to be elsewhere.
#[test]
fn what_is_told_of_a_box_itself_is_known_better() {
    let mut told = made(120.0, 60.0);
    told.extend([
        packed(3, OTHER, A, 60.0),
        moved(10, &[BOX, OTHER], "shipping", A),
        lot(20, "OBSERVE", "receiving", B, 60.0),
    ]);
    for (here, there) in [(BOX, OTHER), (OTHER, BOX)] {
        let mut told = told.clone();
        told.push(moved(30, &[here], "receiving", C));
        let ledger = ledger_of(&told);
        let places = [
            (format!("{B} in {there}"), "60".into()),
            (format!("{C} in {here}"), "60".into()),
        ];
        assert_eq!(recalled(&ledger), places);
        assert_eq!(in_transit(&ledger), Decimal::ZERO);
        // It goes on from there with what it has, and nothing is told twice.
        told.push(moved(31, &[there], "receiving", B));
        told.push(moved(32, &[there], "shipping", B));
        let ledger = ledger_of(&told);
        assert_eq!(row(&balance(&ledger), B).received, number("60"));
        assert_eq!(in_transit(&ledger), number("60"));
    }
}

/// A centre picks from a pallet for two shops, and tells of no unpacking.
#[test]
fn what_is_picked_leaves_the_pallet() {
    let mut told = made(60.0, 60.0);
    told.extend([
        moved(10, &[BOX], "shipping", A),
        moved(11, &[BOX], "receiving", B),
        lot(20, "OBSERVE", "shipping", B, 20.0),
        lot(21, "OBSERVE", "receiving", C, 20.0),
    ]);
    let ledger = ledger_of(&told);
    let there = [
        (format!("{B} in {BOX}"), "40".into()),
        (C.into(), "20".into()),
    ];
    assert_eq!(recalled(&ledger), there);
    assert_eq!(closings(&ledger, &[B, C]), ["40", "20"].map(number));
    // The empty pallet takes nothing along.
    told.push(lot(22, "OBSERVE", "shipping", B, 40.0));
    told.push(lot(23, "OBSERVE", "receiving", "urn:example:site:d", 40.0));
    told.push(moved(30, &[BOX], "shipping", B));
    let ledger = ledger_of(&told);
    assert_eq!(closings(&ledger, &[B, C]), ["0", "20"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// One word for one pallet, and another word for another one, or for another trip.
#[test]
fn words_of_one_step_are_of_one_delivery_only() {
    let mut told = made(100.0, 60.0);
    told.push(packed(3, OTHER, A, 40.0));
    told.push(moved(10, &[BOX], "departing", A));
    told.push(moved(11, &[OTHER], "shipping", A));
    let ledger = ledger_of(&told);
    assert_eq!(row(&balance(&ledger), A).shipped, number("100"));
    told.push(moved(20, &[BOX], "arriving", B));
    told.push(moved(21, &[OTHER], "receiving", B));
    // These are the same in other words.
    told.push(moved(22, &[BOX], "accepting", B));
    told.push(lot(23, "OBSERVE", "accepting", B, 40.0));
    let ledger = ledger_of(&told);
    assert_eq!(row(&balance(&ledger), B).received, number("100"));
    assert_eq!(closings(&ledger, &[A, B]), ["0", "100"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
    assert_eq!(gaps(&ledger, LOT), []);
    let mut told = made(60.0, 60.0);
    let trips = [
        ("shipping", A),
        ("receiving", B),
        ("shipping", B),
        ("receiving", A),
        ("departing", A),
        ("receiving", B),
    ];
    for (minute, (word, site)) in (10..).zip(trips) {
        told.push(moved(minute, &[BOX], word, site));
    }
    let ledger = ledger_of(&told);
    assert_eq!(closings(&ledger, &[A, B]), ["0", "60"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// A pallet leaves in one word, and loose goods in another one: unless it is just what the pallet holds, or nothing is loose.
#[test]
fn loose_goods_are_no_pallet_in_other_words() {
    let left = [
        (100.0, 20.0, "66"),
        (100.0, 14.0, "86"),
        (14.0, 10.0, "0"),
        (14.0, 20.0, "-6"),
    ];
    for (all, kilograms, rest) in left {
        let mut told = made(all, 14.0);
        told.push(moved(10, &[BOX], "departing", A));
        told.push(lot(11, "OBSERVE", "shipping", A, kilograms));
        let found = closings(&ledger_of(&told), &[A]);
        assert_eq!(found, [number(rest)], "{kilograms} of {all}");
    }
}

/// A hall and a gate are parts of their site, and what is loose in one of them is loose there.
#[test]
fn what_is_loose_on_a_site_is_not_taken_out_of_its_boxes() {
    let site = "https://id.gs1.org/414/9521002000108";
    let gate = "https://id.gs1.org/414/9521002000108/254/GATE";
    let hall = "https://id.gs1.org/414/9521002000108/254/HALL";
    for arrived_at in [gate, site, C] {
        let mut told = made(6.0, 6.0);
        told.extend([
            moved(10, &[BOX], "shipping", A),
            moved(11, &[BOX], "receiving", arrived_at),
            told_inside(12, "DELETE", BOX, ("unpacking", site), 2.0),
            packed(13, OTHER, site, 1.0),
            lot(14, "DELETE", "retail_selling", site, 1.0),
            moved(15, &[OTHER], "shipping", site),
            moved(16, &[OTHER], "receiving", B),
        ]);
        let ledger = ledger_of(&told);
        assert_eq!(closings(&ledger, &[B]), [number("1")], "{arrived_at}");
        let there = recalled(&ledger);
        let in_box = there.iter().find(|(place, _)| place.ends_with(BOX));
        assert_eq!(in_box.unwrap().1, "4", "{there:?}");
        assert!(there.contains(&(format!("{B} in {OTHER}"), "1".into())));
        assert_eq!(there.len(), 2, "{there:?}");
    }
    let told = [
        lot(1, "ADD", "commissioning", hall, 6.0),
        packed(2, OTHER, gate, 1.0),
        lot(3, "DELETE", "destroying", gate, 1.0),
        moved(4, &[OTHER], "shipping", site),
        moved(5, &[OTHER], "receiving", B),
    ];
    assert_eq!(closings(&ledger_of(&told), &[B]), [number("1")]);
    // What was seen at a place is loose there, whoever brought it.
    let told = [
        lot(1, "ADD", "commissioning", A, 100.0),
        lot(2, "OBSERVE", "storing", C, 100.0),
        packed(3, OTHER, C, 10.0),
        lot(4, "DELETE", "destroying", C, 10.0),
        moved(5, &[OTHER], "shipping", C),
        moved(6, &[OTHER], "receiving", B),
    ];
    assert_eq!(
        closings(&ledger_of(&told), &[A, B]),
        ["80", "10"].map(number)
    );
}

/// A crate that came by the gate is what is repacked from on the site.
#[test]
fn what_came_by_the_gate_is_repacked_on_the_site() {
    let site = "https://id.gs1.org/414/9521002000108";
    let gate = "https://id.gs1.org/414/9521002000108/254/GATE";
    let mut told = made(15.0, 13.0);
    told.extend([
        moved(10, &[BOX], "shipping", A),
        moved(11, &[BOX], "receiving", gate),
        packed(12, OTHER, site, 2.0),
    ]);
    let ledger = ledger_of(&told);
    let there = [
        (format!("{site} in {OTHER}"), "2".into()),
        (format!("{gate} in {BOX}"), "11".into()),
        (A.into(), "2".into()),
    ];
    assert_eq!(recalled(&ledger), there);
    told.push(moved(20, &[BOX], "shipping", site));
    told.push(moved(21, &[BOX], "receiving", B));
    assert_eq!(
        closings(&ledger_of(&told), &[A, B]),
        ["2", "11"].map(number)
    );
}

/// What is destroyed where a container has left from was not in it.
#[test]
fn a_container_that_has_left_is_not_emptied_where_it_was() {
    let told = [
        lot(1, "ADD", "commissioning", A, 100.0),
        packed(2, BOX, C, 10.0),
        moved(3, &[BOX], "shipping", C),
        lot(4, "DELETE", "destroying", C, 10.0),
        moved(5, &[BOX], "receiving", B),
    ];
    let ledger = ledger_of(&told);
    assert_eq!(closings(&ledger, &[A, B, C]), ["80", "10", "0"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// What was not shipped after all is where it was; whoever merely sees the box there says where it is.
#[test]
fn what_was_not_shipped_is_where_it_was() {
    let mut told = made(100.0, 60.0);
    told.push(moved(10, &[BOX], "shipping", A));
    let mut voided = told.clone();
    voided.push(moved(11, &[BOX], "void_shipping", A));
    let ledger = ledger_of(&voided);
    assert_eq!(closings(&ledger, &[A]), [number("100")]);
    assert_eq!(gaps(&ledger, LOT), []);
    assert!(!gaps(&ledger, BOX).contains(&GapKind::ShippedNotReceived));
    let there = [
        (A.into(), "40".into()),
        (format!("{A} in {BOX}"), "60".into()),
    ];
    assert_eq!(recalled(&ledger), there);
    told.push(moved(11, &[BOX], "storing", A));
    let ledger = ledger_of(&told);
    assert_eq!(recalled(&ledger), there);
    let named = [
        lot(1, "ADD", "commissioning", A, 100.0),
        lot(2, "OBSERVE", "shipping", A, 60.0),
        lot(3, "OBSERVE", "void_shipping", A, 60.0),
    ];
    let ledger = ledger_of(&named);
    assert_eq!(closings(&ledger, &[A]), [number("100")]);
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// A case on a pallet, and an amount beside the case: both leave.
#[test]
fn an_amount_beside_a_case_on_a_pallet_leaves_with_it() {
    let pallet = |minute, action, word, site, kilograms| {
        let mut rest = step(word, site);
        rest["childQuantityList"] = of_lot(kilograms);
        pack(minute, action, PALLET, &[BOX], rest)
    };
    // The amount beside the case, or of all together.
    for told_amount in [3.0, 8.0] {
        let mut told = made(8.0, 5.0);
        told.push(pallet(5, "ADD", "packing", A, 3.0));
        told.push(pallet(10, "OBSERVE", "shipping", A, told_amount));
        let ledger = ledger_of(&told);
        assert_eq!(row(&balance(&ledger), A).shipped, number("8"));
        told.push(moved(20, &[PALLET], "receiving", B));
        let ledger = ledger_of(&told);
        assert_eq!(closings(&ledger, &[A, B]), ["0", "8"].map(number));
        assert_eq!(in_transit(&ledger), Decimal::ZERO);
    }
}

/// What is unpacked at a place came there.
#[test]
fn what_is_unpacked_is_there() {
    let mut told = made(60.0, 60.0);
    told.extend([
        moved(10, &[BOX], "shipping", A),
        told_inside(20, "DELETE", BOX, ("unpacking", B), 60.0),
    ]);
    let ledger = ledger_of(&told);
    assert_eq!(recalled(&ledger), [(B.into(), "60".into())]);
    told.push(lot(30, "DELETE", "retail_selling", B, 20.0));
    let ledger = ledger_of(&told);
    assert_eq!(recalled(&ledger), [(B.into(), "40".into())]);
    assert_eq!(closings(&ledger, &[B]), [number("40")]);
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// A shop books a receipt after it has sold some of it; and another one's goods were on their way as well.
#[test]
fn a_receipt_that_is_booked_late_counts_once() {
    let mut told = vec![
        lot(1, "ADD", "commissioning", A, 100.0),
        lot(2, "OBSERVE", "shipping", A, 20.0),
        lot(3, "DELETE", "retail_selling", B, 10.0),
        lot(4, "OBSERVE", "receiving", B, 20.0),
    ];
    let ledger = ledger_of(&told);
    assert_eq!(closings(&ledger, &[A, B]), ["80", "10"].map(number));
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
    let there = [(A.into(), "80".into()), (B.into(), "10".into())];
    assert_eq!(recalled(&ledger), there);
    told[1] = lot(2, "OBSERVE", "shipping", A, 50.0);
    told.push(lot(5, "OBSERVE", "receiving", C, 30.0));
    let ledger = ledger_of(&told);
    assert_eq!(
        closings(&ledger, &[A, B, C]),
        ["50", "10", "30"].map(number)
    );
    assert_eq!(in_transit(&ledger), Decimal::ZERO);
}

/// What left by its own site's gate was told to leave.
#[test]
fn a_site_that_sends_all_by_its_gate_has_none() {
    let site = "https://id.gs1.org/414/9521002000108";
    let gate = "https://id.gs1.org/414/9521002000108/254/GATE";
    let mut told = vec![
        lot(1, "ADD", "commissioning", site, 6.0),
        lot(2, "OBSERVE", "shipping", gate, 6.0),
    ];
    assert_eq!(
        recalled(&ledger_of(&told)),
        [("on its way".into(), "6".into())]
    );
    told.push(lot(3, "OBSERVE", "receiving", B, 6.0));
    assert_eq!(recalled(&ledger_of(&told)), [(B.into(), "6".into())]);
    assert!(!gaps(&ledger_of(&told), LOT).contains(&GapKind::ShippedNotReceived));
}
