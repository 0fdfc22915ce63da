//! Whether amounts add up: crafted histories, and random ones whose sums are known.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::histories::{ALL, all, at, before, event, ledger_of, numbers, object, pack};
use crate::ledger::questions::{
    GapKind, LotBalance, MassBalanceQuestion, QuestionError, ThingSelection, Yield,
};
use crate::records::epcis::Unit;
use crate::testing::MemoryLedger;
use crate::types::{Decimal, Timestamp};

const LOT: &str = "urn:example:lot";
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
    let there = events.dwell_at(A, false, ALL).unwrap().unwrap();
    assert_eq!(there.not_summed, ["urn:example:huge".into()]);
    assert_eq!(there.visits.len(), 1);
    let gaps = events.gaps(ThingSelection::One("urn:example:huge"), 1_000, ALL);
    let kinds: Vec<GapKind> = gaps.unwrap().unwrap().gaps.iter().map(|g| g.kind).collect();
    assert!(kinds.contains(&GapKind::AmountsTooLarge), "{kinds:?}");
}

#[derive(Clone, Debug)]
enum Step {
    Make(usize, u32),
    Destroy(usize, u32),
    Ship(usize, u32),
    Receive(usize, u32),
    Pack(u32),
    SeePacked(u32),
    ShipBox(usize),
    ReceiveBox(usize),
    EmptyBox,
}

const BOX: &str = "urn:example:box";

fn step() -> impl Strategy<Value = Step> {
    let grams = || 1..50_000_u32;
    prop_oneof![
        3 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Make(site, grams)),
        1 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Destroy(site, grams)),
        2 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Ship(site, grams)),
        2 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Receive(site, grams)),
        1 => grams().prop_map(Step::Pack),
        1 => grams().prop_map(Step::SeePacked),
        1 => (0..3_usize).prop_map(Step::ShipBox),
        1 => (0..3_usize).prop_map(Step::ReceiveBox),
        1 => Just(Step::EmptyBox),
    ]
}

fn site(number: usize) -> String {
    format!("urn:example:site:{number}")
}

impl Step {
    /// Amounts are told in grams at even minutes, in kilograms at others.
    fn event(&self, minute: u32) -> Value {
        let amount = |grams: u32| {
            let (quantity, uom) = match minute % 2 {
                0 => (json!(grams), "GRM"),
                _ => (json!(f64::from(grams) / 1_000.0), "KGM"),
            };
            json!([{"epcClass": LOT, "quantity": quantity, "uom": uom}])
        };
        let told = |action, step, place: &usize, grams: &u32| {
            of_lot(minute, action, step, &site(*place), &amount(*grams))
        };
        let box_at = |step, place: &usize| {
            let rest = json!({"bizStep": step, "readPoint": {"id": site(*place)}});
            object(minute, "OBSERVE", &[BOX], rest)
        };
        let packed = |action, grams: &u32| {
            let rest = json!({"childQuantityList": amount(*grams)});
            pack(minute, action, BOX, &[], rest)
        };
        match self {
            Self::Make(place, grams) => told("ADD", "commissioning", place, grams),
            Self::Destroy(place, grams) => told("DELETE", "destroying", place, grams),
            Self::Ship(place, grams) => told("OBSERVE", "shipping", place, grams),
            Self::Receive(place, grams) => told("OBSERVE", "receiving", place, grams),
            Self::Pack(grams) => packed("ADD", grams),
            Self::SeePacked(grams) => packed("OBSERVE", grams),
            Self::ShipBox(place) => box_at("shipping", place),
            Self::ReceiveBox(place) => box_at("receiving", place),
            Self::EmptyBox => pack(minute, "DELETE", BOX, &[], json!({})),
        }
    }
}

/// Where the box of a replay is.
#[derive(Clone, Copy, PartialEq)]
enum BoxPlace {
    Unknown,
    Site(usize),
    UnderWay,
}

/// The sums of a replay, in grams.
struct Replay {
    /// By site: made, destroyed, shipped, received.
    sums: BTreeMap<usize, [i64; 4]>,
    in_box: i64,
    /// Whether it was told that some went in, and not that all came out.
    is_packed: bool,
    place: BoxPlace,
    /// The latest departure or arrival of the box that was told: which, where, and how much of what is in it.
    told: Option<(bool, usize, i64)>,
}

impl Replay {
    fn add(&mut self, site: usize, column: usize, grams: i64) {
        self.sums.entry(site).or_insert([0; 4])[column] += grams;
    }

    fn sum(&self, column: usize) -> i64 {
        self.sums.values().map(|row| row[column]).sum()
    }

    fn pack(&mut self, grams: i64) {
        self.in_box += grams;
        self.is_packed = true;
    }

    /// The box leaves or arrives with what is in it, and does so once however often that is told.
    fn move_box(&mut self, site: usize, leaves: bool) {
        if !self.is_packed {
            return;
        }
        let counted = match self.told {
            Some((left, at, grams)) if (left, at) == (leaves, site) => grams,
            _ => 0,
        };
        let more = (self.in_box - counted).max(0);
        if self.in_box > 0 {
            self.add(site, if leaves { 2 } else { 3 }, more);
        }
        self.told = Some((leaves, site, counted.max(self.in_box)));
        self.place = match leaves {
            true => BoxPlace::UnderWay,
            false => BoxPlace::Site(site),
        };
    }

    /// What was not loose there, or on its way, comes out of the box.
    fn destroy(&mut self, site: usize, grams: i64) {
        let mut missing = grams;
        let [made, destroyed, shipped, received] =
            self.sums.get(&site).copied().unwrap_or_default();
        let is_here = self.place == BoxPlace::Site(site);
        let closing = made + received - destroyed - shipped;
        missing -= self.open(missing, closing, is_here);
        let under_way = self.sum(2) - self.sum(3);
        missing -= self.open(missing, under_way, self.place == BoxPlace::UnderWay);
        if self.sum(0) > 0 {
            let rest = (self.sum(0) - self.sum(1) - grams).max(0);
            self.take_out(missing.min(self.in_box - rest));
        }
        self.add(site, 1, grams);
    }

    /// How much of what is missing was loose somewhere, or in the box there.
    fn open(&mut self, missing: i64, there: i64, is_box_there: bool) -> i64 {
        let packed = if is_box_there { self.in_box } else { 0 };
        let loose = (there - packed).clamp(0, missing);
        let opened = packed.min(missing - loose);
        self.take_out(opened);
        loose + opened
    }

    fn take_out(&mut self, grams: i64) {
        if grams <= 0 {
            return;
        }
        self.in_box -= grams;
        let told = self.told.filter(|_| self.in_box > 0);
        self.told = told.map(|(leaves, site, counted)| (leaves, site, (counted - grams).max(0)));
    }
}

/// Grams by site: made, destroyed, shipped, received.
fn replay(steps: &[Step]) -> BTreeMap<String, [i64; 4]> {
    let mut replay = Replay {
        sums: BTreeMap::new(),
        in_box: 0,
        is_packed: false,
        place: BoxPlace::Unknown,
        told: None,
    };
    for step in steps {
        match step {
            Step::Make(place, grams) => replay.add(*place, 0, i64::from(*grams)),
            Step::Destroy(place, grams) => replay.destroy(*place, i64::from(*grams)),
            Step::Ship(place, grams) => replay.add(*place, 2, i64::from(*grams)),
            Step::Receive(place, grams) => replay.add(*place, 3, i64::from(*grams)),
            Step::ShipBox(place) => replay.move_box(*place, true),
            Step::ReceiveBox(place) => replay.move_box(*place, false),
            Step::Pack(grams) => replay.pack(i64::from(*grams)),
            // What is in there already is not put in once more.
            Step::SeePacked(grams) if replay.in_box == 0 => replay.pack(i64::from(*grams)),
            Step::SeePacked(_) => {}
            Step::EmptyBox => {
                (replay.in_box, replay.is_packed, replay.told) = (0, false, None);
            }
        }
    }
    let sums = replay.sums.into_iter();
    sums.map(|(number, row)| (site(number), row)).collect()
}

fn grams(kilograms: Decimal) -> i64 {
    i64::try_from(kilograms.to_scaled_integer(3).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Sums are those of a plain replay, and the laws hold: each row balances, what moved adds up to what came unseen of
    /// what was on its way, which is as much less of what was shipped and not received, what is at the sites and on its way is what remains, and one window's end is the next one's beginning.
    #[test]
    fn sums_are_those_of_a_plain_replay(
        steps in prop::collection::vec(step(), 1..20),
        cut in 0..20_u32,
    ) {
        let told: Vec<Value> = (0..).zip(&steps).map(|(minute, step)| step.event(minute)).collect();
        let ledger = ledger_of(&told);
        let known = all(&ledger);
        let question = |from| MassBalanceQuestion { thing: Some(LOT), site: None, from };
        let Some(answer) = known.mass_balance(question(None), ALL).unwrap() else {
            return Ok(());
        };
        let lot = &answer.lots[0];
        let mut expected = replay(&steps);
        let (mut moved, mut held, mut shipped, mut received) = (0, 0, 0, 0);
        for row in &lot.sites {
            let plain = expected.remove(row.site.as_deref().unwrap()).unwrap_or_default();
            let found = [row.created, row.removed, row.shipped, row.received].map(grams);
            prop_assert_eq!(found, plain);
            let closing = grams(row.opening) + found[0] + found[3] + grams(row.moved) - found[1] - found[2];
            prop_assert_eq!(grams(row.closing), closing);
            moved += grams(row.moved);
            shipped += plain[2];
            received += plain[3];
            held += grams(row.closing);
        }
        prop_assert!(expected.is_empty(), "{:?}", expected);
        if lot.totals.is_empty() {
            prop_assert_eq!(moved, 0);
        }
        if let Some(total) = lot.totals.first() {
            let landed = grams(total.landed);
            prop_assert_eq!(moved, landed);
            prop_assert!((0..=shipped).contains(&landed));
            prop_assert_eq!(grams(total.in_transit), shipped - received - landed);
            prop_assert_eq!(held + grams(total.in_transit), grams(total.remaining));
            prop_assert!(total.overdrawn.is_some() || !total.remaining.is_negative());
        }
        let later = known.mass_balance(question(Some(at(cut))), ALL).unwrap().unwrap();
        let earlier = before(&ledger, cut);
        let earlier = earlier.mass_balance(question(None), ALL).unwrap();
        let total = earlier.as_ref().and_then(|answer| answer.lots[0].totals.first());
        let left = total.map_or(0, |total| grams(total.remaining));
        for total in &later.lots[0].totals {
            prop_assert_eq!(grams(total.opening), left);
            let made = grams(total.opening) + grams(total.created);
            prop_assert_eq!(grams(total.remaining), made - grams(total.used) - grams(total.removed));
        }
        let rows = earlier.map(|answer| answer.lots[0].sites.clone()).unwrap_or_default();
        let ended: BTreeMap<_, _> = rows.iter().map(|row| (row.site.clone(), row.closing)).collect();
        for row in &later.lots[0].sites {
            let before = ended.get(&row.site).copied().unwrap_or(Decimal::ZERO);
            prop_assert_eq!(row.opening, before, "{:?}", row);
        }
    }
}
