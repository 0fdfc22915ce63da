//! Where a single thing is that left and came, and nobody told where.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BAR, DEPOT, PALLET, SHOP, at_place, leaves, presence, site};
use crate::ledger::questions::{GapKind, ThingSelection};
use crate::ledger::tests::histories::{ALL, all, event, ledger_of, numbers, object, pack};
use crate::testing::MemoryLedger;

fn step(word: &str) -> Value {
    json!({"bizStep": word})
}

/// Where the bar is, whether it is on its way, and what that rests on.
fn found(told: &[Value]) -> (Option<String>, bool, Vec<u64>) {
    let found = presence(&ledger_of(told), BAR).unwrap();
    let place = found.place.as_deref().map(str::to_owned);
    (
        place,
        found.is_in_transit,
        numbers(&found.entries().indices),
    )
}

/// Whether the thing is at a place by its visits, and what does not fit.
fn told_otherwise(ledger: &MemoryLedger) -> (bool, Vec<GapKind>) {
    let dwell = all(ledger).dwell(BAR, None, true, ALL).unwrap().unwrap();
    let one = ThingSelection::One(BAR);
    let gaps = all(ledger).gaps(one, 1_000, ALL).unwrap().unwrap();
    let kinds = gaps.gaps.iter().map(|gap| gap.kind).collect();
    (!dwell.visits.is_empty(), kinds)
}

#[test]
fn what_was_received_is_not_on_its_way_though_nobody_told_where() {
    for word in ["arriving", "receiving", "accepting"] {
        let mut told = vec![
            object(0, "ADD", &[BAR], at_place(DEPOT)),
            object(10, "OBSERVE", &[BAR], leaves(DEPOT)),
            object(20, "OBSERVE", &[BAR], step(word)),
        ];
        assert_eq!(found(&told), (None, false, vec![1, 2]), "{word}");
        assert_eq!(told_otherwise(&ledger_of(&told)), (false, vec![]));
        // It was seen since, and leaves again: from where, nobody told.
        told.push(object(30, "OBSERVE", &[BAR], step("inspecting")));
        assert_eq!(found(&told), (None, false, vec![1, 2, 3]));
        told.push(object(40, "OBSERVE", &[BAR], step("shipping")));
        assert_eq!(found(&told), (None, true, vec![1, 2, 4]));
        told.push(object(50, "OBSERVE", &[BAR], at_place(SHOP)));
        assert_eq!(found(&told), (Some(SHOP.to_owned()), false, vec![5]));
    }
    // It was received in what carried it.
    let told = [
        pack(0, "ADD", PALLET, &[BAR], at_place(DEPOT)),
        object(10, "OBSERVE", &[PALLET], leaves(DEPOT)),
        object(20, "OBSERVE", &[PALLET], step("receiving")),
        pack(30, "DELETE", PALLET, &[BAR], json!({})),
    ];
    assert_eq!(found(&told), (None, false, vec![1, 2, 3]));
    // Nobody told that it left: it was received where it was seen last.
    let told = [
        object(0, "ADD", &[BAR], at_place(DEPOT)),
        object(20, "OBSERVE", &[BAR], step("receiving")),
    ];
    assert_eq!(found(&told), (Some(DEPOT.to_owned()), false, vec![0]));
}

#[test]
fn what_was_made_again_is_not_on_its_way_since_before() {
    let made = |minute| {
        let rest = json!({"inputEPCList": ["urn:example:sack"], "outputEPCList": [BAR]});
        event("TransformationEvent", minute, &rest)
    };
    let left = object(10, "OBSERVE", &[BAR], leaves(DEPOT));
    assert_eq!(found(&[left.clone(), made(20)]), (None, false, vec![0, 1]));
    let commissioned = object(20, "ADD", &[BAR], json!({}));
    assert_eq!(
        found(&[left.clone(), commissioned]),
        (None, false, vec![0, 1])
    );
    // It left after that.
    let again = object(30, "OBSERVE", &[BAR], leaves(SHOP));
    let place = Some(SHOP.to_owned());
    assert_eq!(found(&[left, made(20), again]), (place, true, vec![2]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A thing is where the last told place of it, or of what it was in then, says; whatever tells none.
    #[test]
    fn a_presence_is_a_plain_replay(steps in prop::collection::vec((0..10_u8, 0..3_usize), 1..90)) {
        let (mut place, mut truth, mut is_inside, mut has_left) = (None, Vec::new(), false, false);
        for (minute, (kind, number)) in (0..).zip(steps) {
            let there = site(number);
            let (bar, pallet) = ([BAR], [PALLET]);
            let tells = |is_told: bool, place: &mut Option<String>| {
                if is_told {
                    *place = Some(there.clone());
                }
                is_told
            };
            truth.push(match kind {
                0 => {
                    has_left &= !tells(true, &mut place);
                    object(minute, "OBSERVE", &bar, at_place(&there))
                }
                1 => object(minute, "OBSERVE", &bar, json!({})),
                2 => {
                    is_inside = true;
                    pack(minute, "ADD", PALLET, &bar, json!({}))
                }
                3 => {
                    // What leaves is seen there as it leaves, if it is in there.
                    has_left &= !tells(is_inside, &mut place);
                    is_inside = false;
                    pack(minute, "DELETE", PALLET, &[], json!({"readPoint": {"id": there}}))
                }
                4 => {
                    has_left &= !tells(is_inside, &mut place);
                    object(minute, "OBSERVE", &pallet, at_place(&there))
                }
                5 => object(minute, "OBSERVE", &pallet, json!({})),
                6 => {
                    has_left |= is_inside;
                    object(minute, "OBSERVE", &pallet, json!({"bizStep": "shipping"}))
                }
                7 => {
                    has_left = true;
                    object(minute, "OBSERVE", &bar, json!({"bizStep": "departing"}))
                }
                _ => {
                    // It is no longer where it left from, and nobody told where it came.
                    let arrives = kind == 8 || is_inside;
                    if arrives && std::mem::take(&mut has_left) {
                        place = None;
                    }
                    let thing = if kind == 8 { bar } else { pallet };
                    object(minute, "OBSERVE", &thing, json!({"bizStep": "receiving"}))
                }
            });
        }
        let names_bar = truth.iter().any(|event| event.to_string().contains(BAR));
        if !names_bar {
            return Ok(());
        }
        let found = presence(&ledger_of(&truth), BAR).unwrap();
        prop_assert_eq!(found.place.as_deref().map(str::to_owned), place);
        prop_assert_eq!(found.is_in_transit, has_left);
        prop_assert_eq!(found.containers.len(), usize::from(is_inside));
    }
}
