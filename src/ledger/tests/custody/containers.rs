//! Whose is what is in a container: a thing goes along with what its holder put it in, and with nothing else.

use serde_json::{Value, json};

use super::{answer, claim, code, commit, holder, ledger, now, propose};
use crate::ledger::questions::{CustodyAnswer, EventScope, Events, Whereabouts};
use crate::ledger::tests::histories::{at, pack};
use crate::records::governance::Action;
use crate::testing::{MemoryLedger, ballot, record};
use crate::types::{LogIndex, Outcome};

pub(super) const SERIAL: &str = "urn:x:serial";
pub(super) const BOX: &str = "urn:x:box";
pub(super) const PALLET: &str = "urn:x:pallet";
const LOT: &str = "urn:x:lot";

pub(super) fn member(ledger: &MemoryLedger, number: usize) -> String {
    ledger.network().member(number).to_string()
}

pub(super) fn capture(
    ledger: &mut MemoryLedger,
    member: usize,
    event: &Value,
) -> (LogIndex, Outcome) {
    commit(ledger, member, record("epcis.event", 1, event.to_string()))
}

pub(super) fn put(
    ledger: &mut MemoryLedger,
    member: usize,
    minute: u32,
    child: &str,
    parent: &str,
) -> LogIndex {
    let event = pack(minute, "ADD", parent, &[child], json!({}));
    capture(ledger, member, &event).0
}

/// Puts some of the lot into a container, or takes it out.
fn pour(
    ledger: &mut MemoryLedger,
    member: usize,
    minute: u32,
    action: &str,
    (kg, parent): (u32, &str),
) -> LogIndex {
    let some = json!({"childQuantityList": [{"epcClass": LOT, "quantity": kg, "uom": "KGM"}]});
    capture(ledger, member, &pack(minute, action, parent, &[], some)).0
}

pub(super) fn hand_over(ledger: &mut MemoryLedger, thing: &str, from: usize, to: usize) {
    let proposal = propose(ledger, &[thing], to, 50);
    let (index, outcome) = commit(ledger, from, proposal.clone());
    assert_eq!(outcome, Outcome::Accepted);
    let (_, outcome) = commit(ledger, to, answer("acceptance", index, &proposal, None));
    assert_eq!(outcome, Outcome::Accepted);
}

pub(super) fn custody(ledger: &MemoryLedger, thing: &str) -> CustodyAnswer {
    let events = Events::open(ledger, EventScope::default()).unwrap();
    let custody = events.custody(thing, None).unwrap();
    // Whoever recalls the thing is told the same.
    let recall = events.recall(thing, 0, 10).unwrap().unwrap();
    let recalled = &recall.affected[0].custody;
    assert_eq!(recalled.present, custody.present);
    let disputed = custody
        .containers
        .iter()
        .filter(|it| it.is_disputed && !custody.is_class);
    let own = custody.own.clone().filter(|_| custody.is_own_disputed);
    let disputed = own
        .into_iter()
        .chain(disputed.filter_map(|it| it.held.clone()));
    assert_eq!(recalled.disputed, disputed.collect::<Vec<_>>());
    if custody.is_class {
        let parts = custody.containers.iter().map(|it| {
            let held = it.held.clone().or(custody.own.clone());
            (it.containment.parent.clone(), (held, it.is_disputed))
        });
        assert_eq!(recalled.parts, parts.collect());
        let Whereabouts::Class(places) = &recall.affected[0].whereabouts else {
            panic!("{:?}", recall.affected[0]);
        };
        let inside = places
            .balances
            .iter()
            .filter_map(|it| it.containers.first());
        assert!(
            inside
                .into_iter()
                .all(|name| recalled.parts.contains_key(name))
        );
    }
    custody
}

pub(super) fn disputed(custody: &CustodyAnswer) -> Vec<bool> {
    custody.containers.iter().map(|it| it.is_disputed).collect()
}

#[test]
fn nobody_takes_a_thing_by_packing_it() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    let event = pack(1, "ADD", BOX, &[SERIAL], json!({}));
    let (_, outcome) = capture(&mut ledger, 2, &event);
    assert_eq!(code(&outcome), "not-holder");
    let (_, outcome) = commit(&mut ledger, 2, claim(&[BOX]));
    assert_eq!(outcome, Outcome::Accepted);
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.present, answer.own);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    assert_eq!(disputed(&answer), [true]);
    let held = answer.containers[0].held.as_ref().unwrap();
    assert_eq!(held.holder, ledger.network().member(2));
    // Nor with whoever takes the container, nor with what that is put into.
    hand_over(&mut ledger, BOX, 2, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    put(&mut ledger, 3, 2, BOX, PALLET);
    commit(&mut ledger, 3, claim(&[PALLET]));
    hand_over(&mut ledger, PALLET, 3, 1);
    assert_eq!(now(&ledger, BOX), member(&ledger, 1));
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.present, answer.own);
    assert_eq!(disputed(&answer), [true, true]);
    // Its holder says that it is in there: from then on it goes along.
    put(&mut ledger, 0, 3, SERIAL, BOX);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    hand_over(&mut ledger, PALLET, 1, 2);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
}

#[test]
fn nobody_takes_a_thing_by_claiming_what_it_is_in() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    commit(&mut ledger, 2, claim(&[BOX]));
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    hand_over(&mut ledger, BOX, 2, 3);
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.present, answer.own);
    assert_eq!(disputed(&answer), [true]);
    // Nor by packing the box that nobody has claimed.
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    commit(&mut ledger, 2, claim(&[PALLET]));
    put(&mut ledger, 2, 2, BOX, PALLET);
    hand_over(&mut ledger, PALLET, 2, 3);
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.present, answer.own);
    assert_eq!(disputed(&answer), [false, true]);
    // Nor by claiming a vehicle, though the box may be put into it by who holds the box.
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    commit(&mut ledger, 1, claim(&[BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    hand_over(&mut ledger, SERIAL, 0, 3);
    put(&mut ledger, 1, 2, BOX, PALLET);
    commit(&mut ledger, 1, claim(&[PALLET]));
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    hand_over(&mut ledger, PALLET, 1, 2);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
}

/// What a removed member handed over with a container is not there for others to claim.
#[test]
fn nobody_takes_what_a_removed_member_had_handed_over() {
    let mut ledger = ledger();
    let loose = "urn:x:loose";
    commit(&mut ledger, 5, claim(&[SERIAL, BOX, loose]));
    put(&mut ledger, 5, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 5, 4);
    let removal = Action::RemoveMember(ledger.network().member(5));
    let removal = crate::testing::propose(&removal, ledger.expiry());
    let (index, _) = commit(&mut ledger, 0, removal.clone());
    for governor in [1, 2] {
        commit(&mut ledger, governor, ballot(index, &removal, "approve"));
    }
    let (_, outcome) = commit(&mut ledger, 3, claim(&[SERIAL, loose]));
    assert_eq!(outcome, Outcome::Accepted);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 4));
    assert_eq!(now(&ledger, loose), member(&ledger, 3));
}

#[test]
fn what_its_holder_packed_goes_along_and_is_pushed_upon_nobody() {
    let mut ledger = ledger();
    commit(&mut ledger, 1, claim(&[BOX]));
    commit(&mut ledger, 0, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    // Packing hands nothing over: nobody accepted it yet.
    let packed = ledger.tip().height;
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    assert_eq!(disputed(&custody(&ledger, SERIAL)), [false]);
    hand_over(&mut ledger, BOX, 1, 2);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
    // Told after the container was handed over, it was not handed over with it.
    let late = "urn:x:late";
    commit(&mut ledger, 0, claim(&[late]));
    put(&mut ledger, 0, 1, late, BOX);
    assert_eq!(now(&ledger, late), member(&ledger, 0));
    // As it was, by height and by time.
    let scope = EventScope::as_of(Some(packed));
    assert_eq!(holder(&ledger, SERIAL, scope, None), member(&ledger, 0));
    let time = ledger.blocks()[packed.0 as usize - 1].block.header().time;
    let then = holder(&ledger, SERIAL, EventScope::default(), Some(time));
    assert_eq!(then, member(&ledger, 0));
}

#[test]
fn what_nobody_holds_follows_until_its_packer_or_another_claims_it() {
    for (claimer, follows) in [(1, true), (3, false)] {
        let mut ledger = ledger();
        commit(&mut ledger, 1, claim(&[BOX]));
        put(&mut ledger, 1, 1, SERIAL, BOX);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
        hand_over(&mut ledger, BOX, 1, 2);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
        // A claim takes nothing from who got it with the box.
        commit(&mut ledger, claimer, claim(&[SERIAL]));
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
        assert!(custody(&ledger, SERIAL).is_own_disputed);
        hand_over(&mut ledger, BOX, 2, 4);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 4));
        // Nobody got it with anything yet: it is of who claims it, and goes along if that is who packed it.
        let mut ledger = super::ledger();
        commit(&mut ledger, 1, claim(&[BOX]));
        put(&mut ledger, 1, 1, SERIAL, BOX);
        commit(&mut ledger, claimer, claim(&[SERIAL]));
        assert_eq!(now(&ledger, SERIAL), member(&ledger, claimer));
        hand_over(&mut ledger, BOX, 1, 4);
        let expected = if follows { 4 } else { claimer };
        assert_eq!(now(&ledger, SERIAL), member(&ledger, expected));
        assert_eq!(disputed(&custody(&ledger, SERIAL)), [!follows]);
    }
}

#[test]
fn a_lot_is_held_as_a_whole_and_each_container_by_itself() {
    let mut ledger = ledger();
    let fields = json!({"action": "ADD", "quantityList": [{"epcClass": LOT, "quantity": 100, "uom": "KGM"}]});
    let made = crate::ledger::tests::histories::event("ObjectEvent", 1, &fields);
    capture(&mut ledger, 0, &made);
    let first = pour(&mut ledger, 1, 2, "ADD", (20, BOX));
    let more = pour(&mut ledger, 1, 3, "ADD", (20, BOX));
    let less = pour(&mut ledger, 1, 4, "DELETE", (10, BOX));
    pour(&mut ledger, 2, 5, "ADD", (50, PALLET));
    commit(&mut ledger, 1, claim(&[BOX]));
    commit(&mut ledger, 2, claim(&[PALLET]));
    let rows = |custody: &CustodyAnswer| -> Vec<(String, String, String, bool)> {
        let rows = custody.containers.iter().map(|it| {
            let content = &it.containment.content;
            (
                it.containment.parent.to_string(),
                content.object.quantity.unwrap().to_string(),
                it.held.as_ref().unwrap().holder.to_string(),
                it.is_disputed,
            )
        });
        rows.collect()
    };
    let members = [0, 1, 2].map(|number| member(&ledger, number));
    let row = |name: &str, kg: &str, number: usize, disputed| {
        let holder = members[number].clone();
        (name.to_owned(), kg.to_owned(), holder, disputed)
    };
    let expected = [row(BOX, "30", 1, false), row(PALLET, "50", 2, false)];
    let answer = custody(&ledger, LOT);
    assert_eq!((rows(&answer), &answer.present), (expected.to_vec(), &None));
    assert!(answer.is_class && !answer.has_more_containers);
    let entries = &answer.containers[0].containment.content.entries.indices;
    assert_eq!(*entries, [first, more, less]);
    // Whoever claims all of it holds it, and says nothing of the boxes of others.
    let expected = [row(BOX, "30", 1, true), row(PALLET, "50", 2, true)];
    let name = member(&ledger, 0);
    commit(&mut ledger, 0, claim(&[LOT]));
    let answer = custody(&ledger, LOT);
    assert_eq!(answer.present.as_ref().unwrap().holder.as_str(), name);
    assert_eq!(rows(&answer), expected);
    // Some of what the holder of the lot has in a box of its own was put there by somebody else.
    commit(&mut ledger, 2, claim(&[SERIAL]));
    pour(&mut ledger, 0, 6, "ADD", (1, SERIAL));
    assert_eq!(rows(&custody(&ledger, LOT))[2], row(SERIAL, "1", 2, false));
    pour(&mut ledger, 2, 7, "ADD", (40, SERIAL));
    assert_eq!(rows(&custody(&ledger, LOT))[2], row(SERIAL, "41", 2, true));
    // Before the second of them was filled.
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let then = events.parents(LOT, at(4)).unwrap();
    let then: Vec<&str> = then.iter().map(|found| &*found.parent).collect();
    assert_eq!(then, [BOX]);
}

pub(super) fn take_out(
    ledger: &mut MemoryLedger,
    member: usize,
    minute: u32,
    child: &str,
    parent: &str,
) {
    let event = pack(minute, "DELETE", parent, &[child], json!({}));
    capture(ledger, member, &event);
}

#[test]
fn what_was_handed_over_with_a_container_stays_with_who_got_it() {
    // Claimed by its own name or not: whoever gets it with its container unpacks it.
    for is_claimed in [true, false] {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[BOX]));
        if is_claimed {
            commit(&mut ledger, 0, claim(&[SERIAL]));
        }
        put(&mut ledger, 0, 1, SERIAL, BOX);
        hand_over(&mut ledger, BOX, 0, 1);
        take_out(&mut ledger, 1, 2, SERIAL, BOX);
        let answer = custody(&ledger, SERIAL);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
        assert_eq!(*answer.present.unwrap().thing, *BOX);
        assert!(answer.containers.is_empty());
        // What becomes of the box is nothing to it any more.
        hand_over(&mut ledger, BOX, 1, 2);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
        // It is packed again by who has it, and handed over again.
        commit(&mut ledger, 1, claim(&[PALLET]));
        put(&mut ledger, 1, 3, SERIAL, PALLET);
        assert_eq!(disputed(&custody(&ledger, SERIAL)), [false]);
        hand_over(&mut ledger, PALLET, 1, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    }
}

#[test]
fn nobody_gets_back_by_an_event_what_was_handed_over() {
    for is_claimed in [true, false] {
        for (minute, puts_elsewhere) in [(2, false), (2, true), (1, false), (1, true)] {
            let mut ledger = ledger();
            commit(&mut ledger, 0, claim(&[BOX, PALLET]));
            if is_claimed {
                commit(&mut ledger, 0, claim(&[SERIAL]));
            }
            put(&mut ledger, 0, 1, SERIAL, BOX);
            hand_over(&mut ledger, BOX, 0, 1);
            if puts_elsewhere {
                put(&mut ledger, 0, minute, SERIAL, PALLET);
            } else {
                take_out(&mut ledger, 0, minute, SERIAL, BOX);
            }
            assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
            // Nor is it kept from going on with the box.
            hand_over(&mut ledger, BOX, 1, 2);
            assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
            if puts_elsewhere {
                assert_eq!(disputed(&custody(&ledger, SERIAL)), [true]);
            }
        }
    }
}

#[test]
fn what_stood_in_containers_is_unloaded_level_by_level() {
    let mut ledger = ledger();
    let truck = "urn:x:truck";
    commit(&mut ledger, 0, claim(&[SERIAL, truck]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    put(&mut ledger, 0, 2, BOX, PALLET);
    put(&mut ledger, 0, 3, PALLET, truck);
    hand_over(&mut ledger, truck, 0, 1);
    for thing in [SERIAL, BOX, PALLET] {
        assert_eq!(now(&ledger, thing), member(&ledger, 1));
    }
    take_out(&mut ledger, 1, 4, PALLET, truck);
    hand_over(&mut ledger, truck, 1, 2);
    take_out(&mut ledger, 1, 5, BOX, PALLET);
    take_out(&mut ledger, 1, 6, SERIAL, BOX);
    for thing in [SERIAL, BOX, PALLET] {
        assert_eq!(now(&ledger, thing), member(&ledger, 1));
    }
    // Who puts something into another's box lets it go where that goes.
    let other = "urn:x:other";
    commit(&mut ledger, 3, claim(&[other]));
    put(&mut ledger, 3, 7, other, BOX);
    assert_eq!(now(&ledger, other), member(&ledger, 3));
    // What came in one container goes on in another that it is put into as it stands.
    put(&mut ledger, 1, 8, SERIAL, BOX);
    put(&mut ledger, 1, 9, BOX, "urn:x:van");
    commit(&mut ledger, 1, claim(&["urn:x:van"]));
    hand_over(&mut ledger, "urn:x:van", 1, 4);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 4));
    assert_eq!(now(&ledger, BOX), member(&ledger, 4));
    assert_eq!(now(&ledger, other), member(&ledger, 4));
}

/// Containers that were in each other, one after the other.
#[test]
fn a_circle_of_containers_has_a_holder() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    put(&mut ledger, 0, 2, BOX, PALLET);
    put(&mut ledger, 0, 3, PALLET, SERIAL);
    hand_over(&mut ledger, BOX, 0, 1);
    for thing in [SERIAL, BOX, PALLET] {
        assert_eq!(now(&ledger, thing), member(&ledger, 1), "{thing}");
    }
}

/// The holder's word is found among any number of others.
#[test]
fn packing_by_the_holder_counts_however_often_others_tell_of_it() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    for _ in 0..crate::ledger::questions::MAX_CONTENT_ENTRIES + 2 {
        put(&mut ledger, 2, 1, SERIAL, BOX);
    }
    commit(&mut ledger, 0, claim(&[BOX]));
    put(&mut ledger, 0, 2, SERIAL, BOX);
    assert_eq!(disputed(&custody(&ledger, SERIAL)), [false]);
    hand_over(&mut ledger, BOX, 0, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
}

/// Whoever sees a logger among the boxes did not put it in there: what takes those out leaves it where it is fixed.
#[test]
fn what_is_fixed_to_a_container_goes_along_when_that_was_emptied() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX, PALLET]));
    let mut fixed = pack(1, "ADD", PALLET, &[SERIAL], json!({}));
    fixed["type"] = json!("AssociationEvent");
    for event in [
        fixed,
        pack(2, "OBSERVE", PALLET, &[SERIAL, BOX], json!({})),
        pack(3, "DELETE", PALLET, &[], json!({})),
    ] {
        capture(&mut ledger, 0, &event);
    }
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.goes_along_with, [PALLET.into()]);
    assert_eq!(answer.containers.len(), 1);
    assert!(custody(&ledger, BOX).containers.is_empty());
    hand_over(&mut ledger, PALLET, 0, 1);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
    assert_eq!(now(&ledger, BOX), member(&ledger, 0));
}
