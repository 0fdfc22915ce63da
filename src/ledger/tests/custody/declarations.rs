//! What becomes of a thing whose packing is declared wrong: what else was told of it counts, in whatever order the
//! declarations come.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::containers::{BOX, PALLET, SERIAL, capture, custody, hand_over, member, put, take_out};
use super::{claim, commit, holder, ledger, now};
use crate::ledger::questions::{EventScope, Events, QuestionError};
use crate::ledger::tests::histories::{self, at, pack};
use crate::testing::MemoryLedger;
use crate::types::Timestamp;

const THIRD: &str = "urn:x:third";

/// The declaration that an event is wrong.
fn declaration(mut event: Value) -> Value {
    event["errorDeclaration"] = json!({"declarationTime": "2025-05-02T00:00:00Z"});
    event
}

pub(super) fn declare_wrong(ledger: &mut MemoryLedger, member: usize, event: &Value) {
    capture(ledger, member, &declaration(event.clone()));
}

fn packing(minute: u32, container: &str) -> Value {
    pack(minute, "ADD", container, &[SERIAL], json!({}))
}

fn unpacking(minute: u32, container: &str) -> Value {
    pack(minute, "DELETE", container, &[SERIAL], json!({}))
}

/// A member claims the thing and three containers, and captures events.
fn captured(events: &[Value]) -> MemoryLedger {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, BOX, PALLET, THIRD]));
    for event in events {
        capture(&mut ledger, 0, event);
    }
    ledger
}

fn goes_along_with(ledger: &MemoryLedger) -> Vec<Box<str>> {
    let events = Events::open(ledger, EventScope::default()).unwrap();
    events.custody(SERIAL, None).unwrap().goes_along_with
}

#[test]
fn nothing_comes_back_on_the_strength_of_what_is_declared_wrong() {
    for order in [[0, 1], [1, 0]] {
        let events = [packing(1, BOX), unpacking(2, BOX)];
        let mut ledger = captured(&events);
        for number in order {
            declare_wrong(&mut ledger, 0, &events[number]);
        }
        // No event that counts speaks of it.
        assert_eq!(goes_along_with(&ledger), []);
        hand_over(&mut ledger, BOX, 0, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 0), "{order:?}");
    }
}

#[test]
fn what_was_right_is_there_again_whichever_mistake_is_taken_back_first() {
    for order in [[1, 2], [2, 1]] {
        let events = [packing(1, BOX), packing(2, PALLET), packing(3, THIRD)];
        let mut ledger = captured(&events);
        for number in order {
            declare_wrong(&mut ledger, 0, &events[number]);
        }
        assert_eq!(custody(&ledger, SERIAL).goes_along_with, [BOX.into()]);
        hand_over(&mut ledger, BOX, 0, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 3), "{order:?}");
    }
}

/// A declaration takes back its own event, and not that what others tell of an earlier time counts for nothing.
#[test]
fn what_was_told_last_still_counts_when_an_earlier_event_is_declared_wrong() {
    let mut ledger = captured(&[]);
    let first = packing(540, BOX);
    capture(&mut ledger, 0, &first);
    take_out(&mut ledger, 0, 600, SERIAL, BOX);
    put(&mut ledger, 0, 660, SERIAL, PALLET);
    declare_wrong(&mut ledger, 0, &first);
    put(&mut ledger, 0, 545, SERIAL, THIRD);
    assert_eq!(custody(&ledger, SERIAL).goes_along_with, [PALLET.into()]);
    hand_over(&mut ledger, THIRD, 0, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
    // What is declared wrong itself keeps nothing of an earlier time from counting.
    let mut ledger = captured(&[]);
    let late = packing(660, BOX);
    capture(&mut ledger, 0, &late);
    declare_wrong(&mut ledger, 0, &late);
    put(&mut ledger, 0, 545, SERIAL, THIRD);
    assert_eq!(custody(&ledger, SERIAL).goes_along_with, [THIRD.into()]);
}

/// What was taken out of a container while a mistake had it elsewhere is not in there again.
#[test]
fn what_was_taken_out_meanwhile_stays_out() {
    let emptying = pack(3, "DELETE", BOX, &[], json!({}));
    for out in [unpacking(3, BOX), emptying] {
        let mistake = packing(2, PALLET);
        let mut ledger = captured(&[packing(1, BOX), mistake.clone(), out.clone()]);
        declare_wrong(&mut ledger, 0, &mistake);
        assert_eq!(custody(&ledger, SERIAL).goes_along_with, []);
        hand_over(&mut ledger, BOX, 0, 3);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 0), "{out}");
        // Unless that was a mistake as well.
        let mut ledger = captured(&[packing(1, BOX), mistake.clone(), out.clone()]);
        declare_wrong(&mut ledger, 0, &out);
        declare_wrong(&mut ledger, 0, &mistake);
        assert_eq!(custody(&ledger, SERIAL).goes_along_with, [BOX.into()]);
    }
}

/// What a claim of others ended does not come back by a declaration.
#[test]
fn what_a_claim_ended_does_not_come_back() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, PALLET]));
    put(&mut ledger, 0, 1, SERIAL, BOX);
    commit(&mut ledger, 2, claim(&[BOX]));
    let mistake = packing(2, PALLET);
    capture(&mut ledger, 0, &mistake);
    declare_wrong(&mut ledger, 0, &mistake);
    assert_eq!(custody(&ledger, SERIAL).goes_along_with, []);
    hand_over(&mut ledger, BOX, 2, 3);
    assert_eq!(now(&ledger, SERIAL), member(&ledger, 0));
}

/// Who held what before an event was declared wrong is told as it was then.
#[test]
fn an_event_counts_until_it_is_declared_wrong_also_when_it_is_asked_later() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[BOX]));
    let mistake = packing(1, BOX);
    capture(&mut ledger, 1, &mistake);
    let packed = ledger.tip().time;
    hand_over(&mut ledger, BOX, 0, 3);
    let before = ledger.tip().time;
    // Nobody holds it by its name: it is of who got it with the box, who does not say that it is not in there.
    declare_wrong(&mut ledger, 1, &mistake);
    let declared = ledger.tip().time;
    for (time, expected) in [(packed, 0), (before, 3), (declared, 3)] {
        let then = holder(&ledger, SERIAL, EventScope::default(), Some(time));
        assert_eq!(then, member(&ledger, expected), "at {time}");
        let scope = EventScope {
            event_time_before: Some(Timestamp::from_ms(time.as_ms() + 1)),
            ..EventScope::default()
        };
        let then = holder(&ledger, SERIAL, scope, None);
        assert_eq!(then, member(&ledger, expected), "before {time}");
    }
    // Nobody got it with anything: it was of who held the box, until the declaration.
    let mut ledger = super::ledger();
    commit(&mut ledger, 0, claim(&[BOX]));
    capture(&mut ledger, 1, &mistake);
    let packed = ledger.tip().time;
    declare_wrong(&mut ledger, 1, &mistake);
    let then = holder(&ledger, SERIAL, EventScope::default(), Some(packed));
    assert_eq!(then, member(&ledger, 0));
    assert_eq!(now(&ledger, SERIAL), "nobody");
}

/// Emptying a pallet that many boxes stand in, over and over, is work: an answer does no more of it than it may.
#[test]
fn emptyings_by_strangers_count_as_the_work_that_they_are() {
    let mut ledger = ledger();
    commit(&mut ledger, 0, claim(&[SERIAL, PALLET]));
    let boxes: Vec<String> = (0..300)
        .map(|number| format!("urn:x:box:{number}"))
        .collect();
    let names: Vec<&str> = boxes.iter().map(String::as_str).collect();
    commit(&mut ledger, 0, claim(&names[..150]));
    commit(&mut ledger, 0, claim(&names[150..]));
    let packed: Vec<Value> = names.iter().map(|name| packing(1, name)).collect();
    histories::capture(&mut ledger, 0, &packed);
    let loaded = names
        .iter()
        .map(|name| pack(2, "ADD", PALLET, &[name], json!({})));
    histories::capture(&mut ledger, 0, &loaded.collect::<Vec<_>>());
    for number in 0..700 {
        capture(
            &mut ledger,
            2,
            &pack(3 + number, "DELETE", PALLET, &[], json!({})),
        );
    }
    // Whatever it was never in holds it up no less: it counted until now.
    let wrong = packed.into_iter().map(declaration);
    histories::capture(&mut ledger, 0, &wrong.collect::<Vec<_>>());
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    assert_eq!(events.parents(SERIAL, at(1_000)).unwrap(), []);
    let found = events.custody(SERIAL, None);
    assert!(
        matches!(found, Err(QuestionError::TooMuch { .. })),
        "{found:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of what one member tells of its own thing, in order, what is not declared wrong says where it is.
    #[test]
    fn declarations_leave_what_was_told_beside_them(
        told in prop::collection::vec((0..3usize, prop::bool::weighted(0.7)), 1..8),
        wrong in Just((0..8usize).collect::<Vec<_>>()).prop_shuffle(),
        count in 0..8usize,
    ) {
        let containers = [BOX, PALLET, THIRD];
        let events: Vec<Value> = (1..).zip(&told).map(|(minute, (number, is_in))| {
            let container = containers[*number];
            if *is_in { packing(minute, container) } else { unpacking(minute, container) }
        }).collect();
        let mut ledger = captured(&events);
        let wrong = &wrong[..count];
        for number in wrong.iter().filter(|number| **number < events.len()) {
            declare_wrong(&mut ledger, 0, &events[*number]);
        }
        let mut place = None;
        for (number, (container, is_in)) in told.iter().enumerate() {
            if wrong.contains(&number) {
                continue;
            }
            place = if *is_in { Some(*container) } else { place.filter(|there| there != container) };
        }
        let expected = place.map(|number| containers[number].into());
        let expected: Vec<Box<str>> = expected.into_iter().collect();
        prop_assert_eq!(goes_along_with(&ledger), expected);
    }
}
