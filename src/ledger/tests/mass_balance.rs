//! Whether amounts add up: crafted histories, and random ones whose sums are known.

mod replay;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::histories::{ALL, ALL_VISITS, all, at, event, ledger_of, numbers, object, pack};
use crate::ledger::questions::{
    GapKind, LotBalance, MassBalanceQuestion, QuestionError, ThingSelection, Yield,
};
use crate::records::epcis::Unit;
use crate::testing::MemoryLedger;
use crate::types::{Decimal, Timestamp};

const LOT: &str = "urn:example:lot";
const BOX: &str = "urn:example:box";
const A: &str = "urn:example:site:a";
const B: &str = "urn:example:site:b";

fn number(text: &str) -> Decimal {
    Decimal::from_xsd_decimal(text).unwrap()
}

fn amount(quantity: f64, uom: &str) -> Value {
    json!([{"epcClass": LOT, "quantity": quantity, "uom": uom}])
}

fn of_lot(minute: u32, action: &str, step: &str, site: &str, amount: &Value) -> Value {
    let rest = json!({"quantityList": amount, "bizStep": step, "readPoint": {"id": site}});
    object(minute, action, &[], rest)
}

fn balance(ledger: &MemoryLedger, from: Option<Timestamp>) -> LotBalance {
    let question = MassBalanceQuestion {
        thing: Some(LOT),
        site: None,
        from,
    };
    let answer = all(ledger).mass_balance(question, ALL).unwrap().unwrap();
    answer.lots.into_iter().next().unwrap()
}

#[test]
fn units_of_a_kind_are_added_up_and_sites_balance() {
    let ledger = ledger_of(&[
        of_lot(0, "ADD", "commissioning", A, &amount(1.5, "TNE")),
        of_lot(10, "OBSERVE", "shipping", A, &amount(400.25, "KGM")),
        of_lot(11, "OBSERVE", "departing", A, &amount(400.25, "KGM")),
        of_lot(20, "OBSERVE", "arriving", B, &amount(400.25, "KGM")),
        of_lot(21, "OBSERVE", "receiving", B, &amount(400.0, "KGM")),
        of_lot(30, "DELETE", "destroying", A, &amount(500.0, "GRM")),
        of_lot(40, "ADD", "commissioning", A, &amount(3.0, "BX")),
    ]);
    let lot = balance(&ledger, None);
    let kilograms = Unit::Of("KGM".into());
    let rows: Vec<_> = lot
        .sites
        .iter()
        .filter(|row| row.unit == kilograms)
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].created, number("1500"));
    // One delivery, told twice on each side.
    assert_eq!(rows[0].shipped, number("400.25"));
    assert_eq!(rows[1].received, number("400.25"));
    assert_eq!(rows[0].removed, number("0.5"));
    assert_eq!(rows[0].closing, number("1099.25"));
    assert_eq!(numbers(&rows[0].entries.indices), [0, 1, 2, 5]);
    // Boxes are no kilograms.
    assert_eq!(lot.totals.len(), 2);
    assert_eq!(lot.totals[1].remaining, number("1499.5"));
    assert_eq!(lot.totals[1].in_transit, Decimal::ZERO);
    assert_eq!(lot.totals[1].overdrawn, None);
    let later = balance(&ledger, Some(at(15)));
    let total = &later.totals[1];
    let parts = (total.opening, total.created, total.removed, total.remaining);
    assert_eq!(
        parts,
        (
            number("1500"),
            Decimal::ZERO,
            number("0.5"),
            number("1499.5")
        )
    );
    assert_eq!(lot.totals[1].opening, Decimal::ZERO);
    let row = later
        .sites
        .iter()
        .find(|row| row.site.as_deref() == Some(A) && row.unit == kilograms);
    let row = row.unwrap();
    assert_eq!(
        (row.opening, row.created, row.removed),
        (number("1099.75"), Decimal::ZERO, number("0.5"))
    );
    assert_eq!(numbers(&row.opening_entries.indices), [0, 1, 2]);
    assert_eq!(numbers(&row.entries.indices), [5]);
}

#[test]
fn spending_more_than_there_is_is_proved_by_entries() {
    let used = |minute, quantity: f64| {
        let rest = json!({"inputQuantityList": amount(quantity, "KGM"), "readPoint": {"id": A},
            "outputQuantityList": [{"epcClass": "urn:example:flour", "quantity": 7, "uom": "KGM"}]});
        event("TransformationEvent", minute, &rest)
    };
    let ledger = ledger_of(&[
        of_lot(0, "ADD", "commissioning", A, &amount(10.0, "KGM")),
        used(10, 8.0),
        used(20, 5.0),
        of_lot(30, "ADD", "commissioning", A, &amount(4.0, "KGM")),
    ]);
    let lot = balance(&ledger, None);
    let overdraft = lot.totals[0].overdrawn.clone().unwrap();
    assert_eq!((overdraft.since.0, overdraft.since.1.0), (at(20), 2));
    assert_eq!(overdraft.by, number("3"));
    assert_eq!(numbers(&overdraft.entries.indices), [0, 1, 2]);
    assert_eq!(lot.totals[0].remaining, number("1"));
    // What a transformation loses.
    assert_eq!(lot.yields.len(), 2);
    assert_eq!(lot.yields[0].loss[&Unit::Of("KGM".into())], number("1"));
    let site = MassBalanceQuestion {
        thing: None,
        site: Some(A),
        from: None,
    };
    let answer = all(&ledger).mass_balance(site, ALL).unwrap().unwrap();
    let lots: Vec<&str> = answer.lots.iter().map(|lot| &*lot.lot).collect();
    assert_eq!(lots, ["urn:example:flour", LOT]);
}

/// A transformation of a pallet is one of what is on it: it is told of everything that went in or came out.
#[test]
fn what_a_container_held_went_into_the_transformation_with_it() {
    const OTHER: &str = "urn:example:other";
    const MADE: &str = "urn:example:made";
    let packs = |minute, container: &str, children: &[&str], amounts: Value| {
        let rest = json!({"childQuantityList": amounts});
        pack(minute, "ADD", container, children, rest)
    };
    let of = |class: &str, quantity: f64, uom: &str| json!({"epcClass": class, "quantity": quantity, "uom": uom});
    let makes = |minute, input: &str, quantity: f64| {
        let rest = json!({"inputEPCList": [input], "readPoint": {"id": A},
            "outputQuantityList": [of(MADE, quantity, "KGM")]});
        event("TransformationEvent", minute, &rest)
    };
    let ledger = ledger_of(&[
        packs(
            1,
            "urn:x:crate",
            &["urn:x:single"],
            json!([of(LOT, 35.0, "KGM")]),
        ),
        packs(
            2,
            "urn:x:pallet",
            &["urn:x:crate"],
            json!([of(LOT, 10.0, "KGM"), of(OTHER, 0.5, "TNE")]),
        ),
        makes(5, "urn:x:pallet", 500.0),
        // It holds something else by now, and more comes out than that.
        packs(6, "urn:x:pallet", &[], json!([of(OTHER, 3.0, "KGM")])),
        makes(7, "urn:x:pallet", 4.0),
        // Nobody told how much of it.
        packs(8, "urn:x:box", &[], json!([{"epcClass": "urn:x:unknown"}])),
        makes(9, "urn:x:box", 1.0),
    ]);
    let kilograms = Unit::Of("KGM".into());
    let yields = |class: &str| {
        let question = MassBalanceQuestion {
            thing: Some(class),
            site: None,
            from: None,
        };
        let answer = all(&ledger).mass_balance(question, ALL).unwrap().unwrap();
        assert!(!answer.lots[0].has_more_yields);
        answer.lots[0].yields.clone()
    };
    let made = yields(MADE);
    let told = |found: &Yield| {
        let of = |amounts: &BTreeMap<Unit, Decimal>| amounts.get(&kilograms).copied();
        (
            of(&found.inputs),
            of(&found.outputs),
            of(&found.loss),
            found.input_objects,
        )
    };
    let [first, second, third] = &made[..] else {
        panic!("{made:?}");
    };
    let some = |text| Some(number(text));
    assert_eq!(told(first), (some("545"), some("500"), some("45"), 3));
    assert_eq!(told(second), (some("3"), some("4"), some("-1"), 1));
    assert_eq!(told(third), (None, some("1"), None, 1));
    assert_eq!(yields(LOT), made[..1]);
    assert_eq!(yields(OTHER), made[..2]);
    assert_eq!(yields("urn:x:unknown"), made[2..]);
    assert_eq!(balance(&ledger, None).totals[0].used, number("45"));
}

/// A transformation uses what a container held once, whatever its events say of that again.
#[test]
fn what_a_container_held_is_used_once() {
    let packed = pack(
        1,
        "ADD",
        "urn:x:pallet",
        &[],
        json!({"childQuantityList": amount(10.0, "KGM")}),
    );
    let told = |mut rest: Value, minute| {
        rest["inputEPCList"] = json!(["urn:x:pallet"]);
        event("TransformationEvent", minute, &rest)
    };
    let kilograms = Unit::Of("KGM".into());
    let used = |events: &[Value]| {
        let lot = balance(&ledger_of(events), None);
        let [found] = &lot.yields[..] else {
            panic!("{lot:?}");
        };
        (
            lot.totals[0].used,
            found.inputs.get(&kilograms).copied(),
            found.input_objects,
        )
    };
    let once = (number("10"), Some(number("10")), 1);
    let made = json!([{"epcClass": "urn:example:made", "quantity": 9, "uom": "KGM"}]);
    // By its name as well.
    let named = json!({"inputQuantityList": amount(10.0, "KGM"), "outputQuantityList": made});
    assert_eq!(used(&[packed.clone(), told(named, 5)]), once);
    // In two events of one transformation.
    let part = json!({"transformationID": "urn:x:run", "outputQuantityList": made});
    assert_eq!(
        used(&[packed.clone(), told(part.clone(), 5), told(part, 6)]),
        once
    );
    // What comes out under the same name has gone in nevertheless.
    let same = json!({"outputQuantityList": amount(10.0, "KGM")});
    assert_eq!(used(&[packed, told(same, 5)]), once);
}

/// What is seen in a container that nothing was told to be in is in there from then on.
#[test]
fn what_is_observed_in_a_container_is_used_up_with_it() {
    const MADE: &str = "urn:example:made";
    let made = json!([{"epcClass": MADE, "quantity": 80, "uom": "KGM"}]);
    let used = json!({"inputEPCList": [BOX], "outputQuantityList": made});
    let told = |minute, action, amounts: Value| {
        pack(
            minute,
            action,
            BOX,
            &[],
            json!({"childQuantityList": amounts}),
        )
    };
    let balance_of = |packing: &[Value]| {
        let created = of_lot(0, "ADD", "commissioning", A, &amount(150.0, "KGM"));
        let used = event("TransformationEvent", 9, &used);
        let ledger = ledger_of(&[&[created], packing, &[used]].concat());
        let inside = all(&ledger).contents(BOX, at(8)).unwrap().contents;
        let inside: Vec<_> = inside
            .iter()
            .filter_map(|one| one.object.quantity)
            .collect();
        let lot = balance(&ledger, None);
        let went_in = lot.yields[0].inputs.get(&Unit::Of("KGM".into())).copied();
        let unknown = numbers(&lot.unquantified.indices);
        assert_eq!(went_in.into_iter().collect::<Vec<_>>(), inside);
        (lot.totals[0].used, inside, unknown)
    };
    let hundred = (number("100"), vec![number("100")], vec![]);
    let seen = |minute, kilograms| told(minute, "OBSERVE", amount(kilograms, "KGM"));
    assert_eq!(balance_of(&[seen(1, 100.0)]), hundred);
    // Seen once more, it is no more than it was.
    assert_eq!(balance_of(&[seen(1, 100.0), seen(2, 120.0)]), hundred);
    let fixed =
        json!({"action": "OBSERVE", "parentID": BOX, "childQuantityList": amount(30.0, "KGM")});
    let fixed = event("AssociationEvent", 2, &fixed);
    assert_eq!(balance_of(&[seen(1, 100.0), fixed]), hundred);
    let more = told(2, "ADD", amount(50.0, "KGM"));
    let (used, ..) = balance_of(&[seen(1, 100.0), more]);
    assert_eq!(used, number("150"));
    // All of it came out in between.
    let out = told(2, "DELETE", amount(90.0, "KGM"));
    assert_eq!(balance_of(&[seen(1, 90.0), out, seen(3, 100.0)]), hundred);
    let unknown = told(1, "OBSERVE", json!([{"epcClass": LOT}]));
    assert_eq!(balance_of(&[unknown]), (Decimal::ZERO, vec![], vec![1]));
}

/// An amount that nobody stated is no nothing: nothing was gained.
#[test]
fn a_side_of_a_transformation_that_is_not_known_whole_has_no_loss() {
    let of = |class: &str| json!({"epcClass": class});
    let yields = |events: &[Value]| {
        let question = MassBalanceQuestion {
            thing: Some("urn:example:made"),
            site: None,
            from: None,
        };
        let ledger = ledger_of(events);
        let answer = all(&ledger).mass_balance(question, ALL).unwrap().unwrap();
        let [found] = &answer.lots[0].yields[..] else {
            panic!("{answer:?}");
        };
        (
            found.are_inputs_partial,
            found.are_outputs_partial,
            found.loss.len(),
        )
    };
    let known = |class: &str| json!({"epcClass": class, "quantity": 10, "uom": "KGM"});
    let made = |inputs: Value, outputs: Value| {
        let rest = json!({"inputQuantityList": inputs, "outputQuantityList": outputs});
        event("TransformationEvent", 5, &rest)
    };
    let out = known("urn:example:made");
    let whole = made(json!([known("urn:x:1")]), json!([out]));
    assert_eq!(yields(&[whole]), (false, false, 1));
    let inputs = json!([known("urn:x:1"), of("urn:x:2")]);
    assert_eq!(yields(&[made(inputs, json!([out]))]), (true, false, 0));
    let outputs = json!([out, of("urn:x:2")]);
    assert_eq!(
        yields(&[made(json!([known("urn:x:1")]), outputs)]),
        (false, true, 0)
    );
    // Nobody told how much the container held.
    let packed = json!({"childQuantityList": [of("urn:x:2")]});
    let rest = json!({"inputQuantityList": [known("urn:x:1")], "inputEPCList": [BOX], "outputQuantityList": [out]});
    let used = event("TransformationEvent", 5, &rest);
    let packed = pack(1, "ADD", BOX, &[], packed);
    assert_eq!(yields(&[packed, used]), (true, false, 0));
}

#[test]
fn what_is_used_where_it_was_not_seen_to_come_has_moved_there() {
    let ledger = ledger_of(&[
        of_lot(0, "ADD", "commissioning", A, &amount(10.0, "KGM")),
        of_lot(10, "DELETE", "destroying", B, &amount(4.0, "KGM")),
    ]);
    let lot = balance(&ledger, None);
    let moved: Vec<Decimal> = lot.sites.iter().map(|row| row.moved).collect();
    assert_eq!(moved, [number("-4"), number("4")]);
    assert_eq!(lot.sites[0].closing, number("6"));
}

#[test]
fn a_site_that_more_left_than_there_was_is_overdrawn() {
    let made = of_lot(0, "ADD", "commissioning", A, &amount(10.0, "KGM"));
    let shipped =
        |minute, kilograms| of_lot(minute, "OBSERVE", "shipping", A, &amount(kilograms, "KGM"));
    let ledger = ledger_of(&[
        made.clone(),
        shipped(4, 7.0),
        shipped(5, 5.0),
        of_lot(9, "OBSERVE", "receiving", B, &amount(12.0, "KGM")),
    ]);
    for from in [None, Some(at(5)), Some(at(20))] {
        let lot = balance(&ledger, from);
        let [a, b] = &lot.sites[..] else {
            panic!("{lot:?}");
        };
        let overdraft = a.overdrawn.as_ref().unwrap();
        assert_eq!((overdraft.since.0, overdraft.since.1.0), (at(5), 2));
        assert_eq!(numbers(&overdraft.entries.indices), [0, 1, 2]);
        assert!(!overdraft.entries.has_more);
        assert_eq!((a.closing, overdraft.by), (number("-2"), number("2")));
        assert_eq!(b.overdrawn, None);
    }
    // What came later made up for it.
    let late = of_lot(6, "ADD", "commissioning", A, &amount(10.0, "KGM"));
    let ledger = ledger_of(&[made, shipped(5, 12.0), late]);
    assert_eq!(balance(&ledger, None).sites[0].overdrawn, None);
}

#[test]
fn what_says_no_amount_is_named() {
    let rest = json!({"quantityList": [{"epcClass": LOT}], "readPoint": {"id": A}});
    let ledger = ledger_of(&[
        object(0, "ADD", &[], rest),
        object(5, "ADD", &["urn:example:single"], json!({})),
    ]);
    assert_eq!(numbers(&balance(&ledger, None).unquantified.indices), [0]);
    let single = MassBalanceQuestion {
        thing: Some("urn:example:single"),
        site: None,
        from: None,
    };
    let refused = all(&ledger).mass_balance(single, ALL);
    assert!(matches!(refused, Err(QuestionError::NotClass { .. })));
}

/// Nobody can make the other lots of a site unanswerable.
#[test]
fn a_lot_that_cannot_be_added_up_leaves_the_others_alone() {
    let huge = |minute| {
        let much = json!([{"epcClass": "urn:example:huge", "quantity": 9e37, "uom": "KGM"}]);
        of_lot(minute, "ADD", "commissioning", A, &much)
    };
    let ledger = ledger_of(&[
        huge(0),
        huge(1),
        of_lot(2, "ADD", "commissioning", A, &amount(3.0, "KGM")),
    ]);
    let question = MassBalanceQuestion {
        thing: None,
        site: Some(A),
        from: None,
    };
    let events = all(&ledger);
    let answer = events.mass_balance(question, ALL).unwrap().unwrap();
    let [huge, lot] = &answer.lots[..] else {
        panic!("{answer:?}");
    };
    assert_eq!(huge.not_summed, Some(QuestionError::TooManyDigits));
    assert_eq!((huge.totals.len(), huge.sites.len()), (0, 0));
    assert_eq!(
        (&lot.not_summed, lot.sites[0].closing),
        (&None, number("3"))
    );
    let there = events.dwell_at(A, false, ALL_VISITS).unwrap().unwrap();
    assert_eq!(there.not_summed, ["urn:example:huge".into()]);
    assert_eq!(there.visits.len(), 1);
    let gaps = events.gaps(ThingSelection::One("urn:example:huge"), 1_000, ALL);
    let kinds: Vec<GapKind> = gaps.unwrap().unwrap().gaps.iter().map(|g| g.kind).collect();
    assert!(kinds.contains(&GapKind::AmountsTooLarge), "{kinds:?}");
}
