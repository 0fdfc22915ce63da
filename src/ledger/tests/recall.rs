//! Where affected things are: crafted histories, and random ones against a plain replay of what truly happened.

mod affected;
mod presence;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::histories::{all, at, event, ledger_of, object, pack};
use crate::ledger::questions::{
    EventScope, Events, LotPlaces, Presence, QuestionError, Whereabouts,
};
use crate::testing::{MemoryLedger, record};
use crate::types::{Outcome, Timestamp};

const LOT: &str = "urn:example:lot";
const BAR: &str = "urn:example:bar";
const PALLET: &str = "urn:example:pallet";
const DEPOT: &str = "urn:example:place:depot";
const SHOP: &str = "urn:example:place:shop";
const OTHER_SHOP: &str = "urn:example:place:other-shop";

fn at_place(place: &str) -> Value {
    json!({"bizLocation": {"id": place}})
}

fn arrives(place: &str) -> Value {
    json!({"bizStep": "receiving", "bizLocation": {"id": place}})
}

fn leaves(place: &str) -> Value {
    json!({"bizStep": "shipping", "readPoint": {"id": place}})
}

/// The first thing that a recall lists: the one asked about.
fn whereabouts(events: &Events<'_>, thing: &str) -> Whereabouts {
    let recall = events.recall(thing, 0, 10).unwrap().unwrap();
    recall.affected.into_iter().next().unwrap().whereabouts
}

fn presence(ledger: &MemoryLedger, thing: &str) -> Option<Presence> {
    match whereabouts(&all(ledger), thing) {
        Whereabouts::Single(presence) => presence,
        Whereabouts::Ended(_) => None,
        other => panic!("{other:?}"),
    }
}

fn places(ledger: &MemoryLedger) -> LotPlaces {
    match whereabouts(&all(ledger), LOT) {
        Whereabouts::Class(places) => places,
        other => panic!("{other:?}"),
    }
}

/// Places with amounts; what is on its way is at "way".
fn amounts(places: &LotPlaces) -> Vec<(&str, String)> {
    let rows = places.balances.iter().map(|balance| {
        let place = match balance.is_in_transit {
            true => "way",
            false => balance.place.as_deref().unwrap_or("nowhere"),
        };
        (place, balance.quantity.to_string())
    });
    rows.collect()
}

fn amount(kilograms: f64) -> Value {
    json!([{"epcClass": LOT, "quantity": kilograms, "uom": "KGM"}])
}

fn of_lot(minute: u32, action: &str, step: &str, place: &str, amount: &Value) -> Value {
    let rest = json!({"quantityList": amount, "bizStep": step, "readPoint": {"id": place}});
    object(minute, action, &[], rest)
}

fn made(kilograms: f64) -> Value {
    of_lot(0, "ADD", "commissioning", DEPOT, &amount(kilograms))
}

fn packed(minute: u32, action: &str, amount: &Value, place: &str) -> Value {
    let rest = json!({"childQuantityList": amount, "readPoint": {"id": place}});
    pack(minute, action, PALLET, &[], rest)
}

#[test]
fn an_event_that_tells_no_place_takes_a_thing_from_nowhere() {
    let mut told = vec![
        object(0, "ADD", &[BAR], at_place(DEPOT)),
        object(10, "OBSERVE", &[BAR], arrives(SHOP)),
    ];
    // More than are read at a time.
    told.extend((20..90).map(|minute| object(minute, "OBSERVE", &[BAR], json!({}))));
    let found = presence(&ledger_of(&told), BAR).unwrap();
    assert_eq!(found.place.as_deref(), Some(SHOP));
    assert_eq!((found.time, found.index.0), (at(10), 1));
    assert!(!found.is_in_transit);
    // It left, and nobody said from where.
    told.push(object(
        100,
        "OBSERVE",
        &[BAR],
        json!({"bizStep": "shipping"}),
    ));
    let found = presence(&ledger_of(&told), BAR).unwrap();
    assert_eq!(
        (found.place.as_deref(), found.is_in_transit),
        (Some(SHOP), true)
    );
    // No event tells a place: it was seen, and that is all.
    let nowhere = ledger_of(&[object(5, "OBSERVE", &[BAR], json!({}))]);
    let found = presence(&nowhere, BAR).unwrap();
    assert_eq!((found.place, found.time), (None, at(5)));
}

#[test]
fn what_came_in_a_container_stays_where_that_was() {
    let ledger = ledger_of(&[
        object(0, "ADD", &[BAR], at_place(DEPOT)),
        pack(10, "ADD", PALLET, &[BAR], json!({})),
        object(20, "OBSERVE", &[PALLET], arrives(SHOP)),
        pack(30, "DELETE", PALLET, &[], json!({})),
        object(40, "OBSERVE", &[PALLET], arrives(DEPOT)),
        event(
            "TransactionEvent",
            50,
            &json!({"action": "ADD", "epcList": [BAR],
            "bizTransactionList": [{"type": "inv", "bizTransaction": "urn:example:invoice:1"}]}),
        ),
    ]);
    let found = presence(&ledger, BAR).unwrap();
    assert_eq!((found.place.as_deref(), found.index.0), (Some(SHOP), 2));
    assert_eq!(found.containers, []);
    assert_eq!(
        presence(&ledger, PALLET).unwrap().place.as_deref(),
        Some(DEPOT)
    );
}

#[test]
fn what_ended_is_gone_unless_it_is_seen_somewhere_later() {
    let invoice = json!({"bizStep": "inspecting"});
    let mut told = vec![
        object(0, "ADD", &[BAR], at_place(DEPOT)),
        object(10, "DELETE", &[BAR], at_place(SHOP)),
        object(20, "OBSERVE", &[BAR], invoice),
    ];
    assert_eq!(presence(&ledger_of(&told), BAR), None);
    told.push(object(30, "OBSERVE", &[BAR], at_place(OTHER_SHOP)));
    let found = presence(&ledger_of(&told), BAR).unwrap();
    assert_eq!(found.place.as_deref(), Some(OTHER_SHOP));
    // It is made again, and nobody says where.
    told.truncate(2);
    told.push(object(30, "ADD", &[BAR], json!({})));
    assert_eq!(presence(&ledger_of(&told), BAR).unwrap().place, None);
}

#[test]
fn a_container_that_is_emptied_leaves_its_lot_where_it_was() {
    let ledger = ledger_of(&[
        made(100.0),
        packed(10, "ADD", &amount(100.0), DEPOT),
        object(20, "OBSERVE", &[PALLET], arrives(SHOP)),
        pack(30, "DELETE", PALLET, &[], at_place(SHOP)),
        object(40, "OBSERVE", &[PALLET], arrives(DEPOT)),
    ]);
    let found = places(&ledger);
    assert_eq!(amounts(&found), [(SHOP, "100".to_owned())]);
    assert!(found.balances[0].containers.is_empty());
    // Nobody told that the pallet left the depot.
    let unseen: Vec<_> = found
        .unquantified
        .iter()
        .map(|one| one.place.as_deref())
        .collect();
    assert_eq!(unseen, [Some(DEPOT)]);
}

#[test]
fn the_steps_of_one_delivery_count_once() {
    let mut told = vec![
        made(100.0),
        of_lot(10, "OBSERVE", "shipping", DEPOT, &amount(100.0)),
        of_lot(20, "OBSERVE", "receiving", SHOP, &amount(50.0)),
        of_lot(30, "OBSERVE", "receiving", OTHER_SHOP, &amount(50.0)),
        of_lot(40, "OBSERVE", "accepting", SHOP, &amount(50.0)),
    ];
    let both = [(OTHER_SHOP, "50".to_owned()), (SHOP, "50".to_owned())];
    assert_eq!(amounts(&places(&ledger_of(&told))), both);
    // Nobody told that it left: there are a hundred all the same, and no shop is left out.
    told.remove(1);
    let found = places(&ledger_of(&told));
    let rest = [(DEPOT, "50".to_owned()), (OTHER_SHOP, "50".to_owned())];
    assert_eq!(amounts(&found), rest);
    let unseen: Vec<_> = found
        .unquantified
        .iter()
        .map(|one| one.place.as_deref())
        .collect();
    assert_eq!(unseen, [Some(SHOP)]);
    // It went on from where nobody saw it come, and was used up where nobody saw it come.
    let relayed = ledger_of(&[
        made(100.0),
        of_lot(10, "OBSERVE", "shipping", DEPOT, &amount(100.0)),
        of_lot(20, "OBSERVE", "shipping", SHOP, &amount(60.0)),
        of_lot(30, "DELETE", "destroying", OTHER_SHOP, &amount(60.0)),
    ]);
    let found = places(&relayed);
    assert_eq!(amounts(&found), [("way", "40".to_owned())]);
    assert_eq!(found.unquantified, []);
    let ledger = ledger_of(&[
        made(100.0),
        of_lot(10, "OBSERVE", "shipping", DEPOT, &amount(50.0)),
        of_lot(20, "OBSERVE", "departing", DEPOT, &amount(50.0)),
    ]);
    let half = [("way", "50".to_owned()), (DEPOT, "50".to_owned())];
    assert_eq!(amounts(&places(&ledger)), half);
}

#[test]
fn what_a_container_holds_is_where_that_was_seen() {
    let mut told = vec![
        made(100.0),
        packed(10, "ADD", &amount(60.0), DEPOT),
        object(20, "OBSERVE", &[PALLET], at_place(SHOP)),
        packed(30, "DELETE", &amount(20.0), SHOP),
    ];
    let found = places(&ledger_of(&told));
    // What was unpacked in the shop came there in the pallet.
    let rows = [(DEPOT, "40"), (SHOP, "20"), (SHOP, "40")];
    assert_eq!(
        amounts(&found),
        rows.map(|(place, amount)| (place, amount.to_owned()))
    );
    assert_eq!(found.balances[2].containers, [PALLET.into()]);
    assert_eq!(found.unquantified, []);
    // A truck takes the pallet along.
    told.push(pack(40, "ADD", "urn:example:truck", &[PALLET], json!({})));
    told.push(object(50, "OBSERVE", &["urn:example:truck"], leaves(SHOP)));
    let found = places(&ledger_of(&told));
    assert_eq!(amounts(&found)[0].0, "way");
    assert_eq!(found.balances[0].containers.len(), 2);
}

#[test]
fn a_lot_of_untold_amounts_has_its_last_places() {
    let untold = json!([{"epcClass": LOT}]);
    let rows = |told: &[Value]| -> Vec<(Option<String>, bool, usize)> {
        let found = places(&ledger_of(told));
        assert_eq!(found.balances, []);
        let rows = found.unquantified.into_iter();
        rows.map(|one| {
            (
                one.place.map(Into::into),
                one.is_in_transit,
                one.containers.len(),
            )
        })
        .collect()
    };
    let mut told = vec![
        of_lot(0, "ADD", "commissioning", DEPOT, &untold),
        of_lot(10, "OBSERVE", "shipping", DEPOT, &untold),
    ];
    assert_eq!(rows(&told), [(Some(DEPOT.to_owned()), true, 0)]);
    told.push(of_lot(20, "OBSERVE", "receiving", SHOP, &untold));
    assert_eq!(rows(&told), [(Some(SHOP.to_owned()), false, 0)]);
    told.push(packed(30, "ADD", &untold, SHOP));
    told.push(object(40, "OBSERVE", &[PALLET], arrives(OTHER_SHOP)));
    assert_eq!(rows(&told), [(Some(OTHER_SHOP.to_owned()), false, 1)]);
    told.push(pack(50, "DELETE", PALLET, &[], json!({})));
    told.push(object(60, "OBSERVE", &[PALLET], arrives(DEPOT)));
    assert_eq!(rows(&told), [(Some(OTHER_SHOP.to_owned()), false, 0)]);
    told.push(of_lot(70, "DELETE", "destroying", OTHER_SHOP, &untold));
    assert_eq!(rows(&told), []);
    // It was only ever seen.
    let seen = of_lot(0, "OBSERVE", "inspecting", SHOP, &untold);
    assert_eq!(rows(&[seen]), [(Some(SHOP.to_owned()), false, 0)]);
}

/// Sums of more digits than a number may have are no reason to leave a shop out.
#[test]
fn a_lot_that_cannot_be_added_up_has_places() {
    let much = json!([{"epcClass": LOT, "quantity": 9e37, "uom": "KGM"}]);
    let mut told = vec![
        of_lot(0, "ADD", "commissioning", DEPOT, &much),
        of_lot(10, "OBSERVE", "receiving", SHOP, &amount(1.0)),
    ];
    told.push(of_lot(20, "ADD", "commissioning", DEPOT, &much));
    let found = places(&ledger_of(&told));
    assert_eq!(found.not_summed, Some(QuestionError::TooManyDigits));
    let seen: Vec<_> = found
        .unquantified
        .iter()
        .map(|one| one.place.as_deref())
        .collect();
    assert_eq!(seen, [Some(DEPOT), Some(SHOP)]);
}

/// Anybody may tell of the end of time: it is flagged, and counts when it has come.
/// Sums that a number cannot hold are told as the cause, wherever they come up, and refuse no recall.
#[test]
fn a_lot_whose_parts_cannot_be_drawn_has_places() {
    let tiny = json!([{"epcClass": LOT, "quantity": 1e-30, "uom": "KGM"}]);
    let huge = json!([{"epcClass": LOT, "quantity": 1e20, "uom": "KGM"}]);
    let ledger = ledger_of(&[
        of_lot(0, "ADD", "commissioning", DEPOT, &tiny),
        packed(10, "ADD", &huge, DEPOT),
    ]);
    let places = places(&ledger);
    assert!(places.not_summed.is_some());
    assert!(places.balances.is_empty() && !places.unquantified.is_empty());
    assert!(all(&ledger).recall(PALLET, 0, 100).unwrap().is_some());
}

/// As in the contents: an amount that is not stated takes all out of a container, and so does one in a unit of which
/// there is none.
#[test]
fn what_was_taken_out_without_an_amount_is_not_in_there() {
    let unstated = json!([{"epcClass": LOT}]);
    let other = json!([{"epcClass": LOT, "quantity": 3.0}]);
    for taken in [unstated, other] {
        let ledger = ledger_of(&[
            made(10.0),
            packed(10, "ADD", &amount(4.0), DEPOT),
            packed(20, "DELETE", &taken, DEPOT),
        ]);
        let places = places(&ledger);
        let inside: Vec<_> = places
            .balances
            .iter()
            .filter(|balance| !balance.containers.is_empty())
            .collect();
        assert!(inside.is_empty(), "{inside:?}");
        let contents = all(&ledger).contents(PALLET, at(30)).unwrap();
        assert_eq!(contents.contents, []);
    }
}

#[test]
fn what_is_told_of_later_times_has_not_happened_yet() {
    let mut ledger = ledger_of(&[object(0, "ADD", &[BAR], arrives(SHOP))]);
    let mut told = object(0, "OBSERVE", &[BAR], at_place(OTHER_SHOP));
    told["eventTime"] = json!("9999-01-01T00:00:00Z");
    let mut soon = object(0, "OBSERVE", &[BAR], at_place(DEPOT));
    soon["eventTime"] =
        json!(Timestamp::from_ms(ledger.tip().time.as_ms() + 3_000_000).to_string());
    let records = [&told, &soon].map(|event| record("epcis.event", 1, event.to_string()));
    let submission = ledger
        .network()
        .submission(1, ledger.expiry(), records.to_vec());
    let applied = ledger.submit(vec![submission]);
    let [far, near] = &applied.records[0].outcomes[..] else {
        panic!("{applied:?}");
    };
    let Outcome::Flagged { flags } = far else {
        panic!("{far:?}");
    };
    let codes: Vec<&str> = flags.iter().map(|flag| flag.code()).collect();
    assert_eq!(codes, ["ahead-of-time"]);
    assert_eq!(*near, Outcome::Accepted);
    assert_eq!(
        presence(&ledger, BAR).unwrap().place.as_deref(),
        Some(DEPOT)
    );
    let scope = EventScope {
        event_time_before: Some(Timestamp::parse_rfc3339("9999-12-31T00:00:00Z").unwrap()),
        ..EventScope::default()
    };
    let asked = Events::open(&ledger, scope).unwrap();
    let Whereabouts::Single(Some(found)) = whereabouts(&asked, BAR) else {
        panic!("it is somewhere");
    };
    assert_eq!(found.place.as_deref(), Some(OTHER_SHOP));
}

/// What truly happens to a lot, part of which a pallet carries.
#[derive(Clone, Debug)]
enum Step {
    Make(usize, u32),
    Destroy(usize, u32),
    Ship(usize, u32),
    Receive(usize, u32),
    Pack(u32),
    Unpack(u32),
    Empty,
    ShipPallet,
    ReceivePallet(usize),
    /// A transformation uses the pallet up, with what is on it.
    UsePallet,
}

fn step() -> impl Strategy<Value = Step> {
    let grams = || 1..50_000_u32;
    prop_oneof![
        3 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Make(site, grams)),
        1 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Destroy(site, grams)),
        3 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Ship(site, grams)),
        3 => (0..3_usize, grams()).prop_map(|(site, grams)| Step::Receive(site, grams)),
        2 => grams().prop_map(Step::Pack),
        1 => grams().prop_map(Step::Unpack),
        1 => Just(Step::Empty),
        2 => Just(Step::ShipPallet),
        2 => (0..3_usize).prop_map(Step::ReceivePallet),
        1 => Just(Step::UsePallet),
    ]
}

fn site(number: usize) -> String {
    format!("urn:example:site:{number}")
}

/// Where the grams are.
struct Truth {
    at: [u32; 3],
    on_the_way: u32,
    in_pallet: u32,
    /// The site of the pallet; none on its way, and if it is used up.
    pallet: Option<usize>,
    is_used_up: bool,
}

impl Truth {
    /// Does as much of a step as can be done, and tells of it.
    fn take(&mut self, minute: u32, step: &Step) -> Option<Value> {
        let told = |action, step, place: usize, grams: u32| {
            let amount = amount(f64::from(grams) / 1_000.0);
            (grams > 0).then(|| of_lot(minute, action, step, &site(place), &amount))
        };
        let moves = |action, grams: u32, place: usize| {
            let amount = amount(f64::from(grams) / 1_000.0);
            (grams > 0).then(|| packed(minute, action, &amount, &site(place)))
        };
        match *step {
            Step::Make(place, grams) => {
                self.at[place] += grams;
                told("ADD", "commissioning", place, grams)
            }
            Step::Destroy(place, grams) => {
                let grams = grams.min(self.at[place]);
                self.at[place] -= grams;
                told("DELETE", "destroying", place, grams)
            }
            Step::Ship(place, grams) => {
                let grams = grams.min(self.at[place]);
                self.at[place] -= grams;
                self.on_the_way += grams;
                told("OBSERVE", "shipping", place, grams)
            }
            Step::Receive(place, grams) => {
                let grams = grams.min(self.on_the_way);
                self.on_the_way -= grams;
                self.at[place] += grams;
                told("OBSERVE", "receiving", place, grams)
            }
            Step::Pack(grams) => {
                let place = self.pallet?;
                let grams = grams.min(self.at[place]);
                self.at[place] -= grams;
                self.in_pallet += grams;
                moves("ADD", grams, place)
            }
            Step::Unpack(grams) => {
                let place = self.pallet?;
                let grams = grams.min(self.in_pallet);
                self.in_pallet -= grams;
                self.at[place] += grams;
                moves("DELETE", grams, place)
            }
            Step::Empty => {
                let place = self.pallet?;
                self.at[place] += std::mem::take(&mut self.in_pallet);
                let rest = json!({"readPoint": {"id": site(place)}});
                Some(pack(minute, "DELETE", PALLET, &[], rest))
            }
            Step::ShipPallet => {
                let place = self.pallet.take()?;
                Some(object(minute, "OBSERVE", &[PALLET], leaves(&site(place))))
            }
            Step::ReceivePallet(place) => {
                if self.pallet.is_some() || self.is_used_up {
                    return None;
                }
                self.pallet = Some(place);
                Some(object(minute, "OBSERVE", &[PALLET], arrives(&site(place))))
            }
            Step::UsePallet => {
                let place = self.pallet.take()?;
                (self.in_pallet, self.is_used_up) = (0, true);
                let rest = json!({"inputEPCList": [PALLET], "outputEPCList": ["urn:example:soup"],
                    "readPoint": {"id": site(place)}});
                Some(event("TransformationEvent", minute, &rest))
            }
        }
    }
}

/// Grams by place and whether they are in the pallet; what is on its way has no place.
type Grams = BTreeMap<(Option<String>, bool), i128>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// When everything is told, a recall says where everything is, to the gram.
    #[test]
    fn a_recall_is_what_truly_happened(steps in prop::collection::vec(step(), 1..30)) {
        let mut truth = Truth { at: [0; 3], on_the_way: 0, in_pallet: 0, pallet: Some(0), is_used_up: false };
        let mut told = vec![object(0, "ADD", &[PALLET], at_place(&site(0)))];
        told.extend((1..).zip(&steps).filter_map(|(minute, step)| truth.take(minute, step)));
        let is_named = told.iter().any(|event| event.to_string().contains(LOT));
        if !is_named {
            return Ok(());
        }
        let found = places(&ledger_of(&told));
        prop_assert_eq!(&found.unquantified, &[]);
        let mut expected = Grams::new();
        for (number, grams) in truth.at.iter().enumerate() {
            expected.insert((Some(site(number)), false), i128::from(*grams));
        }
        expected.insert((None, false), i128::from(truth.on_the_way));
        expected.insert((truth.pallet.map(site), true), i128::from(truth.in_pallet));
        expected.retain(|_, grams| *grams > 0);
        let mut grams = Grams::new();
        for balance in &found.balances {
            prop_assert_eq!(balance.is_in_transit, balance.place.is_none());
            let key = (balance.place.as_deref().map(str::to_owned), !balance.containers.is_empty());
            *grams.entry(key).or_default() += balance.quantity.to_scaled_integer(3).unwrap();
        }
        prop_assert_eq!(grams, expected);
    }
}
