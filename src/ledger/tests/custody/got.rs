//! Whose is what was got with a container: nobody gets it back, or takes it, by an event, a claim, or a transfer of what is
//! not theirs.

use serde_json::{Value, json};

use super::containers::{BOX, PALLET, SERIAL, capture, custody, hand_over, member, put, take_out};
use super::{claim, commit, holder, ledger, now, propose};
use crate::ledger::questions::{EventScope, Events};
use crate::ledger::tests::histories::{at, event, object, pack};
use crate::records::governance::Action;
use crate::testing::{MemoryLedger, ballot};
use crate::types::{LogIndex, Outcome, Timestamp};

/// Naming a thing as a class, of which some is in a container, says nothing of who holds it.
#[test]
fn nobody_makes_a_thing_a_class_to_keep_its_holder_from_it() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 0, 1);
    let some = json!({"childQuantityList": [{"epcClass": SERIAL, "quantity": 1}]});
    capture(&mut ledger, 2, &pack(2, "ADD", PALLET, &[], some));
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
    assert!(!custody(&ledger, SERIAL).is_class);
}

/// What a holder says is not undone by what others tell of an earlier time.
#[test]
fn what_others_tell_of_earlier_hides_no_event_of_the_holder() {
    for (teller, to) in [(0, 0), (2, 0), (0, 3)] {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
        put(&mut ledger, 0, 1, SERIAL, BOX);
        hand_over(&mut ledger, BOX, 0, 1);
        take_out(&mut ledger, 1, 3, SERIAL, BOX);
        take_out(&mut ledger, teller, 2, SERIAL, BOX);
        hand_over(&mut ledger, BOX, 1, to);
        take_out(&mut ledger, teller, 2, SERIAL, BOX);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
    }
}

/// Claiming what a container is in takes neither that nor what is put into it later.
#[test]
fn a_claim_of_others_ends_the_way_for_what_comes_later_too() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
    put(&mut ledger, 0, 1, BOX, PALLET);
    commit(&mut ledger, 2, claim(&[PALLET]));
    put(&mut ledger, 0, 2, SERIAL, BOX);
    hand_over(&mut ledger, PALLET, 2, 3);
    for thing in [BOX, SERIAL] {
        assert_eq!(now(&ledger, thing), member(&ledger, 0));
    }
    // Its holder says that it is in there nevertheless.
    put(&mut ledger, 0, 3, BOX, PALLET);
    hand_over(&mut ledger, PALLET, 3, 4);
    for thing in [BOX, SERIAL] {
        assert_eq!(now(&ledger, thing), member(&ledger, 4));
    }
    // Nor does a box that nobody holds take what is put into it to where others say that it is.
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    commit(&mut ledger, 2, claim(&[PALLET]));
    put(&mut ledger, 2, 1, BOX, PALLET);
    put(&mut ledger, 0, 2, SERIAL, BOX);
    hand_over(&mut ledger, PALLET, 2, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    assert_eq!(now(&ledger, BOX), member(&ledger, 3));
}

/// Who held what is no more is told with its end, as of when it is asked about.
#[test]
fn the_end_of_a_thing_is_told_and_changes_no_hands() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 0, 1);
    let ended = |ledger: &MemoryLedger, thing: &str, minute: Option<u32>| {
        let events = Events::open(ledger, EventScope::default()).unwrap();
        let answer = events.custody(thing, minute.map(at)).unwrap();
        answer.ended.map(|end| (end.time, end.entries.indices))
    };
    assert_eq!(ended(&ledger, SERIAL, None), None);
    let used = json!({"inputEPCList": [BOX], "outputEPCList": ["urn:x:made"]});
    let entry = LogIndex(ledger.log_size());
    capture(&mut ledger, 1, &event("TransformationEvent", 5, &used));
    for thing in [BOX, SERIAL] {
        assert_eq!(ended(&ledger, thing, None), Some((at(5), vec![entry])));
        assert_eq!(ended(&ledger, thing, Some(4)), None);
        assert_eq!(now(&ledger, thing), member(&ledger, 1));
    }
    capture(&mut ledger, 1, &object(6, "OBSERVE", &[BOX], json!({})));
    assert!(ended(&ledger, SERIAL, None).is_some());
}

/// What nobody answers in time is not proposed any more by then.
#[test]
fn a_proposal_is_open_until_it_expires_also_in_times_to_come() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    let proposal = propose(&ledger, &[SERIAL], 1, 10);
    let (index, _) = commit(&mut ledger, 0, proposal.clone());
    let expires = crate::records::custody::check_proposal(&proposal.body)
        .unwrap()
        .expires;
    let proposed = |ledger: &MemoryLedger, at: Option<Timestamp>| {
        let events = Events::open(ledger, EventScope::default()).unwrap();
        let answer = events.custody(SERIAL, at).unwrap();
        let held = (answer.own.unwrap(), answer.present.unwrap());
        assert_eq!(held.0.proposed, held.1.proposed);
        held.0.proposed.map(|(index, _)| index)
    };
    let last = Timestamp::from_ms(expires.as_ms() - 1);
    assert_eq!(proposed(&ledger, None), Some(index));
    assert_eq!(proposed(&ledger, Some(last)), Some(index));
    assert_eq!(proposed(&ledger, Some(expires)), None);
}

fn remove(ledger: &mut MemoryLedger, number: usize) {
    let removal = Action::RemoveMember(ledger.network().member(number));
    let removal = crate::testing::propose(&removal, ledger.expiry());
    let (index, _) = commit(ledger, 0, removal.clone());
    for governor in [1, 2] {
        commit(ledger, governor, ballot(index, &removal, "approve"));
    }
}

/// Whoever claims what a removed member held gets what went with it, and nothing of what others had put in there.
#[test]
fn a_second_claim_of_a_container_takes_nothing_of_others() {
    let mut ledger = ledger();
    let unclaimed = "urn:x:unclaimed";
    commit(&mut ledger, 4, claim(&[BOX]));
    commit(&mut ledger, 0, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    put(&mut ledger, 4, 1, unclaimed, BOX);
    hand_over(&mut ledger, BOX, 4, 5);
    commit(&mut ledger, 0, claim(&["urn:x:late"]));
    put(&mut ledger, 0, 2, "urn:x:late", BOX);
    remove(&mut ledger, 5);
    let (_, outcome) = commit(&mut ledger, 3, claim(&[BOX]));
    assert_eq!(outcome, Outcome::Accepted);
    hand_over(&mut ledger, BOX, 3, 4);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 4));
    assert_eq!(now(&ledger, unclaimed), member(&ledger, 4));
    assert_eq!(now(&ledger, "urn:x:late"), member(&ledger, 0));
}

/// Hundreds of events of others about a thing leave its answer what it is.
#[test]
fn who_holds_a_thing_is_told_however_often_others_speak_of_it() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    for number in 0..500 {
        let container = ["urn:x:one", "urn:x:two"][number % 2];
        let action = ["ADD", "DELETE"][number / 250];
        capture(
            &mut ledger,
            2,
            &pack(number as u32, action, container, &[BOX], json!({})),
        );
    }
    hand_over(&mut ledger, BOX, 0, 1);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
    assert_eq!(now(&ledger, BOX), member(&ledger, 1));
}

/// Crates that stood in each other, one after the other.
#[test]
fn crates_that_change_places_are_followed_in_order() {
    let mut ledger = ledger();
    let [a, b, van, dray, cart] = [
        "urn:x:a",
        "urn:x:b",
        "urn:x:van",
        "urn:x:dray",
        "urn:x:cart",
    ];
    commit(&mut ledger, 0, claim(&[a, b, van]));
    put(&mut ledger, 0, 1, a, van);
    hand_over(&mut ledger, van, 0, 1);
    take_out(&mut ledger, 1, 2, a, van);
    commit(&mut ledger, 1, claim(&[dray]));
    put(&mut ledger, 0, 3, b, a);
    put(&mut ledger, 1, 4, a, dray);
    hand_over(&mut ledger, dray, 1, 2);
    take_out(&mut ledger, 2, 5, a, dray);
    take_out(&mut ledger, 2, 6, b, a);
    commit(&mut ledger, 2, claim(&[cart]));
    put(&mut ledger, 2, 7, a, b);
    put(&mut ledger, 2, 8, b, cart);
    hand_over(&mut ledger, cart, 2, 3);
    for thing in [a, b] {
        assert_eq!(now(&ledger, thing), member(&ledger, 3));
    }
}

/// What nobody claimed is of who got the box that it is put into.
#[test]
fn what_nobody_holds_is_of_who_got_its_box() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, PALLET]));
    put(&mut ledger, 0, 1, BOX, PALLET);
    hand_over(&mut ledger, PALLET, 0, 1);
    put(&mut ledger, 1, 2, SERIAL, BOX);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
}

/// A claim between, and who is told again that the thing is in there.
#[test]
fn the_holders_later_word_counts_after_a_claim() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    commit(&mut ledger, 1, claim(&[BOX]));
    let seen = pack(2, "OBSERVE", BOX, &[SERIAL], json!({}));
    capture(&mut ledger, 0, &seen);
    hand_over(&mut ledger, BOX, 1, 2);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
}

/// Who holds a container says what is not in it any more; that moves nothing.
#[test]
fn the_holder_of_a_container_may_unpack_it() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL]));
    commit(&mut ledger, 1, claim(&[BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    capture(&mut ledger, 1, &pack(2, "DELETE", BOX, &[], json!({})));
    hand_over(&mut ledger, BOX, 1, 2);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
}

/// A recall names the holder of what is no more as well.
#[test]
fn what_is_no_more_was_held_by_who_had_it_last() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 0, 1);
    take_out(&mut ledger, 1, 2, SERIAL, BOX);
    let gone = object(3, "DELETE", &[SERIAL], json!({}));
    capture(&mut ledger, 1, &gone);
    custody(&ledger, SERIAL);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
}

fn declare_wrong(ledger: &mut MemoryLedger, member: usize, event: &Value) {
    let mut event = event.clone();
    event["errorDeclaration"] = json!({"declarationTime": "2025-05-02T00:00:00Z"});
    capture(ledger, member, &event);
}

/// Who handed a box over cannot hand over what was in it, by its own name, to somebody else.
#[test]
fn nobody_hands_over_twice() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 0, 1);
    take_out(&mut ledger, 1, 2, SERIAL, BOX);
    hand_over(&mut ledger, SERIAL, 0, 2);
    let answer = custody(&ledger, SERIAL);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
    assert!(answer.is_own_disputed);
    assert_eq!(answer.own.unwrap().holder.as_str(), member(&ledger, 2));
    // It is handed on in a box, and taken over by its own name of who has that name.
    commit(&mut ledger, 1, claim(&[PALLET]));
    put(&mut ledger, 1, 3, SERIAL, PALLET);
    hand_over(&mut ledger, PALLET, 1, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    hand_over(&mut ledger, SERIAL, 2, 3);
    let answer = custody(&ledger, SERIAL);
    assert!(!answer.is_own_disputed);
    assert_eq!(*answer.present.unwrap().thing, *SERIAL);
}

/// An error declared after the box changed hands takes nothing back; before, it does.
#[test]
fn nobody_gets_back_what_was_handed_over_by_declaring_the_packing_wrong() {
    let packing = pack(1, "ADD", BOX, &[SERIAL], json!({}));
    for hands in 0..3 {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[BOX, SERIAL]));
        capture(&mut ledger, 0, &packing);
        for hand in 0..hands {
            hand_over(&mut ledger, BOX, hand, hand + 1);
        }
        declare_wrong(&mut ledger, 0, &packing);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, hands));
        hand_over(&mut ledger, BOX, hands, 4);
        let expected = if hands == 0 { 0 } else { 4 };
        assert_eq!(now(&ledger, SERIAL), member(&ledger, expected));
    }
}

/// Who took a thing out by mistake, and says so, has it in there again.
#[test]
fn what_was_not_taken_out_after_all_goes_along_again() {
    let unpacking = pack(2, "DELETE", BOX, &[SERIAL], json!({}));
    for teller in [0, 1] {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[SERIAL]));
        commit(&mut ledger, 0, claim(&[BOX]));
        put(&mut ledger, 0, 1, SERIAL, BOX);
        capture(&mut ledger, teller, &unpacking);
        declare_wrong(&mut ledger, teller, &unpacking);
        hand_over(&mut ledger, BOX, 0, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    }
    // Not if it was somebody else's in between.
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    capture(&mut ledger, 0, &unpacking);
    hand_over(&mut ledger, SERIAL, 0, 1);
    declare_wrong(&mut ledger, 0, &unpacking);
    hand_over(&mut ledger, BOX, 0, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 1));
}

/// What is in a box goes with who got that, not with who has its name.
#[test]
fn what_is_in_a_box_stays_with_who_got_that() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[PALLET]));
    commit(&mut ledger, 2, claim(&[SERIAL]));
    put(&mut ledger, 0, 1, BOX, PALLET);
    hand_over(&mut ledger, PALLET, 0, 2);
    commit(&mut ledger, 3, claim(&[BOX]));
    put(&mut ledger, 2, 1, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 3, 0);
    assert_eq!(now(&ledger, BOX), member(&ledger, 2));
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 2));
}

/// What is told ahead of its time undoes nothing that was handed over before that.
#[test]
fn what_is_told_ahead_of_its_time_takes_nothing_back() {
    let mut ledger = ledger();
    let far = "urn:x:far";
    commit(&mut ledger, 0, claim(&[BOX, SERIAL, far]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    let mut ahead = pack(2, "DELETE", BOX, &[SERIAL], json!({}));
    ahead["eventTime"] = json!("2026-12-01T00:00:00Z");
    capture(&mut ledger, 0, &ahead);
    hand_over(&mut ledger, BOX, 0, 1);
    let mut elsewhere = pack(2, "ADD", PALLET, &[far], json!({}));
    elsewhere["eventTime"] = json!("2026-12-01T00:00:00Z");
    capture(&mut ledger, 0, &elsewhere);
    hand_over(&mut ledger, far, 0, 1);
    // As if the time had come.
    let scope = EventScope {
        event_time_before: Some(Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap()),
        ..EventScope::default()
    };
    for thing in [SERIAL, far] {
        let then = holder(&ledger, thing, scope, None);
        assert_eq!(then, member(&ledger, 1), "{thing}");
    }
}

/// What others tell of a container that nobody holds carries nothing that stands in what somebody holds there.
#[test]
fn a_strangers_ship_takes_nothing_of_what_stands_in_anothers_box() {
    let ship = "urn:x:ship";
    for is_box_claimed in [true, false] {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[SERIAL]));
        commit(&mut ledger, 5, claim(&[ship]));
        if is_box_claimed {
            commit(&mut ledger, 1, claim(&[BOX]));
        }
        put(&mut ledger, 1, 1, BOX, PALLET);
        put(&mut ledger, 5, 2, PALLET, ship);
        put(&mut ledger, 0, 3, SERIAL, BOX);
        hand_over(&mut ledger, ship, 5, 4);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
        if is_box_claimed {
            assert_eq!(now(&ledger, BOX), member(&ledger, 1));
        }
    }
}

/// What others tell and claim beside it does not keep a thing from going along.
#[test]
fn a_strangers_claim_elsewhere_blocks_nothing() {
    let mut ledger = ledger();
    let queer = "urn:x:queer";
    commit(&mut ledger, 0, claim(&[SERIAL]));
    commit(&mut ledger, 2, claim(&[PALLET]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    put(&mut ledger, 0, 2, BOX, PALLET);
    hand_over(&mut ledger, SERIAL, 0, 1);
    put(&mut ledger, 5, 3, SERIAL, queer);
    commit(&mut ledger, 5, claim(&[queer]));
    hand_over(&mut ledger, PALLET, 2, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
}

/// A declaration that comes before what it declares wrong, and mistakes of several kinds that are taken back.
#[test]
fn what_is_declared_wrong_leaves_things_where_they_were() {
    let elsewhere = pack(2, "ADD", PALLET, &[SERIAL], json!({}));
    let emptying = pack(2, "DELETE", BOX, &[], json!({}));
    for mistake in [&elsewhere, &emptying] {
        let mut ledger = ledger();
        commit(&mut ledger, 0, claim(&[SERIAL, BOX, PALLET]));
        put(&mut ledger, 0, 1, SERIAL, BOX);
        capture(&mut ledger, 0, mistake);
        declare_wrong(&mut ledger, 0, mistake);
        hand_over(&mut ledger, BOX, 0, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    }
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, PALLET]));
    declare_wrong(&mut ledger, 0, &elsewhere);
    capture(&mut ledger, 0, &elsewhere);
    hand_over(&mut ledger, PALLET, 0, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
}

/// What it goes along with is told, though others say that it was taken out.
#[test]
fn what_a_thing_goes_along_with_is_told() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    take_out(&mut ledger, 5, 2, SERIAL, BOX);
    let answer = custody(&ledger, SERIAL);
    assert_eq!(answer.containers, []);
    assert_eq!(answer.goes_along_with, [BOX.into()]);
}

/// A recall tells the same of what somebody calls a class.
#[test]
fn what_others_call_a_class_has_its_holder_in_a_recall() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX]));
    put(&mut ledger, 0, 2, SERIAL, BOX);
    hand_over(&mut ledger, BOX, 0, 1);
    let some = json!({"quantityList": [{"epcClass": SERIAL, "quantity": 1}]});
    capture(&mut ledger, 2, &object(1, "OBSERVE", &[], some));
    assert_eq!(
        custody(&ledger, SERIAL).present.unwrap().holder.as_str(),
        member(&ledger, 1)
    );
}

/// What a removed member got with a container, and took out, is of whoever has it now.
#[test]
fn what_a_removed_member_got_with_a_container_can_be_claimed() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    put(&mut ledger, 0, 1, PALLET, BOX);
    hand_over(&mut ledger, BOX, 0, 5);
    take_out(&mut ledger, 5, 2, SERIAL, BOX);
    commit(&mut ledger, 0, claim(&["urn:x:late"]));
    put(&mut ledger, 0, 3, "urn:x:late", PALLET);
    remove(&mut ledger, 5);
    commit(&mut ledger, 3, claim(&[SERIAL]));
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 3));
    // What others put into what went with it stays theirs.
    commit(&mut ledger, 3, claim(&[BOX]));
    hand_over(&mut ledger, BOX, 3, 4);
    assert_eq!(now(&ledger, PALLET), member(&ledger, 4));
    assert_eq!(now(&ledger, "urn:x:late"), member(&ledger, 0));
}
