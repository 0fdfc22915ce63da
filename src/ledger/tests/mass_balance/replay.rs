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
    // Amounts that are often just those of others, and any.
    let grams = || prop_oneof![1 => prop::sample::select(&[1_000_u32, 2_000, 3_000][..]), 2 => 1..50_000_u32];
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
    UnderWay(usize),
}

/// The latest departure or arrival of the box that was told.
#[derive(Clone, Copy)]
struct Told {
    leaves: bool,
    site: usize,
    /// How much of what is in it was told.
    grams: i64,
    /// How much was counted, and that includes what was taken out since.
    counted: i64,
    /// How much was in it when it was told first.
    inside: i64,
    /// How much leaves that nobody told to have come; all of it if there is no number.
    unannounced: Option<i64>,
}

/// The sums of a replay, in grams.
struct Replay {
    /// By site: made, destroyed, shipped, received.
    sums: BTreeMap<usize, [i64; 4]>,
    /// By site: what the box brought without anybody telling.
    landed: BTreeMap<usize, i64>,
    in_box: i64,
    /// Whether it was told that some went in, and not that all came out.
    is_packed: bool,
    place: BoxPlace,
    told: Option<Told>,
    assumed: Vec<Assumed>,
}

/// What was known of the box before it was assumed to have moved.
struct Assumed {
    place: BoxPlace,
    told: Option<Told>,
    /// With how much it moved.
    grams: i64,
    /// How much was loose as well.
    loose: i64,
}

impl Replay {
    fn add(&mut self, site: usize, column: usize, grams: i64) {
        self.sums.entry(site).or_insert([0; 4])[column] += grams;
    }

    fn sum(&self, column: usize) -> i64 {
        self.sums.values().map(|row| row[column]).sum()
    }

    fn closing(&self, site: usize) -> i64 {
        let [made, destroyed, shipped, received] =
            self.sums.get(&site).copied().unwrap_or_default();
        let landed = self.landed.get(&site).copied().unwrap_or_default();
        made + received + landed - destroyed - shipped
    }

    fn under_way(&self) -> i64 {
        let landed: i64 = self.landed.values().sum();
        (self.sum(2) - self.sum(3) - landed).max(0)
    }

    fn pack(&mut self, grams: i64) {
        self.in_box += grams;
        self.is_packed = true;
    }

    /// The box is told to leave or to arrive with what is in it: where it was assumed to be, or else it did not go there, or not
    /// with what was in it.
    fn tell_box(&mut self, site: usize, leaves: bool) {
        if !self.is_packed {
            return;
        }
        let fits = match self.place {
            BoxPlace::Unknown => true,
            BoxPlace::Site(at) => at == site,
            BoxPlace::UnderWay(from) => !leaves || from == site,
        };
        let mut assumed = std::mem::take(&mut self.assumed);
        let is_told_again = !leaves && assumed.last().is_some_and(|last| last.loose >= last.grams);
        if (!fits || is_told_again) && !assumed.is_empty() {
            let is_of = |one: &Assumed| match &one.place {
                BoxPlace::Unknown => true,
                BoxPlace::Site(at) => *at == site,
                BoxPlace::UnderWay(_) => !leaves,
            };
            let undone = match fits {
                true => assumed.len() - 1,
                false => assumed.iter().rposition(is_of).unwrap_or(0),
            };
            let Assumed {
                place,
                told,
                grams,
                loose,
            } = assumed.swap_remove(undone);
            (self.place, self.told) = (place, told);
            self.take_out((grams - loose).min(self.in_box));
        }
        self.move_box(site, leaves, self.in_box);
    }

    /// The box must have left or arrived with so much of what is in it.
    fn assume_box(&mut self, site: usize, leaves: bool, grams: i64, loose: i64) {
        self.assumed.push(Assumed {
            place: self.place,
            told: self.told,
            grams,
            loose,
        });
        self.move_box(site, leaves, grams);
    }

    /// The box leaves or arrives with so much of what is in it, and does so once however often that is told.
    fn move_box(&mut self, site: usize, leaves: bool, grams: i64) {
        if !self.is_packed {
            return;
        }
        let known = self.told;
        let same = known.filter(|told| (told.leaves, told.site) == (leaves, site));
        let unannounced = match known {
            Some(told) if leaves && told.leaves => None,
            Some(told) if leaves => Some((told.inside - told.counted).max(0)),
            _ => Some(0),
        };
        let mut told = same.unwrap_or(Told {
            leaves,
            site,
            grams: 0,
            counted: 0,
            inside: self.in_box,
            unannounced,
        });
        if grams > 0 {
            let more = (grams - told.grams).max(0);
            told.grams += more;
            told.counted += more;
            let unannounced = told.unannounced.map_or(more, |rest| rest.min(more));
            told.unannounced = told.unannounced.map(|rest| rest - unannounced);
            *self.landed.entry(site).or_default() += unannounced.min(self.under_way());
            self.add(site, if leaves { 2 } else { 3 }, more);
        }
        self.told = Some(told);
        self.place = match leaves {
            true => BoxPlace::UnderWay(site),
            false => BoxPlace::Site(site),
        };
    }

    /// Some leaves by its name: what is loose first, then the box with all that it has, or out of it.
    fn ship(&mut self, site: usize, grams: i64) {
        let is_here = self.place == BoxPlace::Site(site);
        let packed = if is_here { self.in_box } else { 0 };
        let rest = grams - (self.closing(site) - packed).max(0);
        let mut named = grams;
        if packed > 0 && packed <= rest {
            named -= packed;
            self.assume_box(site, true, packed, 0);
        } else if packed > 0 && rest > 0 {
            self.take_out(rest);
        }
        self.add(site, 2, named);
    }

    /// Some arrives by its name: the box if it is just that, unless that is what is loose; then what is loose, and then what
    /// is in the box.
    fn receive(&mut self, site: usize, grams: i64) {
        let is_under_way = matches!(self.place, BoxPlace::UnderWay(_));
        let packed = if is_under_way { self.in_box } else { 0 };
        let loose = (self.under_way() - packed).max(0);
        let rest = grams - loose;
        let mut named = grams;
        if packed > 0 && self.place != BoxPlace::UnderWay(site) {
            if packed == grams && loose != grams {
                named = 0;
                self.assume_box(site, false, packed, loose.min(grams));
            } else if packed <= rest {
                named -= packed;
                self.assume_box(site, false, packed, 0);
            } else {
                self.take_out(rest);
            }
        }
        self.add(site, 3, named);
    }

    /// What was not loose there, or on its way, comes out of the box.
    fn destroy(&mut self, site: usize, grams: i64) {
        let mut missing = grams;
        let is_here = self.place == BoxPlace::Site(site);
        missing -= self.open(missing, self.closing(site), is_here, true);
        let is_under_way = matches!(self.place, BoxPlace::UnderWay(_));
        let may_come = self.place != BoxPlace::UnderWay(site);
        missing -= self.open(missing, self.under_way(), is_under_way, may_come);
        if self.sum(0) > 0 {
            let rest = (self.sum(0) - self.sum(1) - grams).max(0);
            self.take_out(missing.min(self.in_box - rest));
        }
        self.add(site, 1, grams);
    }

    /// How much of what is missing was loose somewhere, or in the box there.
    fn open(&mut self, missing: i64, there: i64, is_box_there: bool, may_be_opened: bool) -> i64 {
        let packed = if is_box_there { self.in_box } else { 0 };
        let loose = (there - packed).clamp(0, missing);
        let opened = if may_be_opened {
            packed.min(missing - loose)
        } else {
            0
        };
        self.take_out(opened);
        loose + opened
    }

    fn take_out(&mut self, grams: i64) {
        if grams <= 0 {
            return;
        }
        self.in_box -= grams;
        let told = self.told.filter(|_| self.in_box > 0);
        self.told = told.map(|told| Told {
            grams: (told.grams - grams).max(0),
            ..told
        });
    }
}

/// Grams by site: made, destroyed, shipped, received.
fn replay(steps: &[Step]) -> BTreeMap<String, [i64; 4]> {
    let mut replay = Replay {
        sums: BTreeMap::new(),
        landed: BTreeMap::new(),
        in_box: 0,
        is_packed: false,
        place: BoxPlace::Unknown,
        told: None,
        assumed: Vec::new(),
    };
    for step in steps {
        match step {
            Step::Make(place, grams) => replay.add(*place, 0, i64::from(*grams)),
            Step::Destroy(place, grams) => replay.destroy(*place, i64::from(*grams)),
            Step::Ship(place, grams) => replay.ship(*place, i64::from(*grams)),
            Step::Receive(place, grams) => replay.receive(*place, i64::from(*grams)),
            Step::ShipBox(place) => replay.tell_box(*place, true),
            Step::ReceiveBox(place) => replay.tell_box(*place, false),
            Step::Pack(grams) => replay.pack(i64::from(*grams)),
            // What is in there already is not put in once more.
            Step::SeePacked(grams) if replay.in_box == 0 => replay.pack(i64::from(*grams)),
            Step::SeePacked(_) => {}
            Step::EmptyBox => {
                (replay.in_box, replay.is_packed, replay.told) = (0, false, None);
                replay.assumed.clear();
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
