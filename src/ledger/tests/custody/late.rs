//! Who captures an unpacking before the packing that it follows tells what was so: the thing is out.

use serde_json::{Value, json};

use super::containers::{BOX, PALLET, SERIAL, capture, custody, hand_over, member, put};
use super::declarations::declare_wrong;
use super::{claim, ledger, now};
use crate::ledger::tests::histories::{event, pack};
use crate::testing::{MemoryLedger, record};

fn taken_out(minute: u32) -> Value {
    pack(minute, "DELETE", BOX, &[SERIAL], json!({}))
}

fn emptied(minute: u32) -> Value {
    pack(minute, "DELETE", BOX, &[], json!({}))
}

fn packed(minute: u32) -> Value {
    pack(minute, "ADD", BOX, &[SERIAL], json!({}))
}

/// A member claims the thing and two containers, and captures events in one submission.
fn captured(events: &[Value]) -> MemoryLedger {
    let mut ledger = ledger();
    let records = events.iter().map(Value::to_string);
    let records = records.map(|event| record("epcis.event", 1, event));
    let records = std::iter::once(claim(&[SERIAL, BOX, PALLET])).chain(records);
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), records.collect());
    ledger.submit(vec![submission]);
    ledger
}

/// What the thing goes along with, and the number of the member that holds it when the box was handed to the third.
fn told(mut ledger: MemoryLedger) -> (Vec<Box<str>>, usize) {
    let along = custody(&ledger, SERIAL).goes_along_with;
    hand_over(&mut ledger, BOX, 0, 2);
    let holder = now(&ledger, SERIAL);
    let number = (0..4).find(|number| member(&ledger, *number) == holder);
    (along, number.unwrap())
}

#[test]
fn what_was_taken_out_is_out_in_whatever_order_that_is_captured() {
    for out in [taken_out(11), emptied(11)] {
        for order in [[&out, &packed(10)], [&packed(10), &out]] {
            let ledger = captured(&order.map(Value::clone));
            assert_eq!(told(ledger), (Vec::new(), 0), "{order:?}");
        }
        // What is packed later than that is in there.
        let ledger = captured(&[out, packed(12)]);
        assert_eq!(told(ledger), (vec![BOX.into()], 2));
    }
}

/// While it was in the box it was in nothing else.
#[test]
fn it_is_not_in_what_it_was_in_before_either() {
    for out in [taken_out(11), emptied(11)] {
        let mut ledger = captured(&[]);
        put(&mut ledger, 0, 9, SERIAL, PALLET);
        capture(&mut ledger, 0, &out);
        assert_eq!(custody(&ledger, SERIAL).goes_along_with, [PALLET.into()]);
        put(&mut ledger, 0, 10, SERIAL, BOX);
        assert_eq!(custody(&ledger, SERIAL).goes_along_with, []);
        hand_over(&mut ledger, PALLET, 0, 2);
        assert_eq!(now(&ledger, SERIAL), member(&ledger, 0), "{out}");
    }
}

#[test]
fn an_unpacking_that_is_declared_wrong_keeps_nothing_out() {
    for out in [taken_out(11), emptied(11)] {
        for is_before in [true, false] {
            let mut ledger = captured(std::slice::from_ref(&out));
            if is_before {
                declare_wrong(&mut ledger, 0, &out);
            }
            capture(&mut ledger, 0, &packed(10));
            if !is_before {
                declare_wrong(&mut ledger, 0, &out);
            }
            assert_eq!(told(ledger), (vec![BOX.into()], 2), "{out}");
        }
    }
}

/// Nor does one by somebody who has neither the thing nor the box, or of what another kind of event packed.
#[test]
fn an_unpacking_that_says_nothing_of_it_keeps_nothing_out() {
    for out in [taken_out(11), emptied(11)] {
        let mut ledger = captured(&[]);
        capture(&mut ledger, 3, &out);
        capture(&mut ledger, 0, &packed(10));
        assert_eq!(told(ledger), (vec![BOX.into()], 2), "{out}");
    }
    let of_devices = json!({"action": "DELETE", "parentID": BOX});
    let ledger = captured(&[event("AssociationEvent", 11, &of_devices), packed(10)]);
    assert_eq!(told(ledger), (vec![BOX.into()], 2));
}
