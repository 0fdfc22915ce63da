//! Mass balances against a plain replay of the same events.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BOX, LOT, of_lot};
use crate::ledger::questions::MassBalanceQuestion;
use crate::ledger::tests::histories::{ALL, all, at, before, ledger_of, object, pack};
use crate::types::Decimal;

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
