//! Orders that do not count, and what is told of them.

use serde_json::json;

use super::{
    at, bid, block_at, change, commit, derived, gate, ledger, local, offer, start, upgrade,
};
use crate::ledger::questions::{Interval, MarketQuestions, OrderScope, VoidOrder};
use crate::records::governance::Action;
use crate::testing::{MemoryLedger, order_withdrawal, propose, retire_contract};
use crate::types::{Height, Timestamp};

/// The interval of the tests at a height.
fn interval(ledger: &MemoryLedger, height: Option<u64>) -> Interval {
    let questions = MarketQuestions::open(ledger, height.map(Height)).unwrap();
    questions.interval(&local(), start()).unwrap().unwrap()
}

/// The prices that its bids are at.
fn prices(interval: &Interval) -> Vec<i64> {
    let levels = interval.demand.listed.iter();
    levels.map(|level| level.price).collect()
}

/// Why each of its orders does not count, in the order of the log, by the list of the interval.
fn void(ledger: &MemoryLedger, height: Option<u64>) -> Vec<Option<&'static str>> {
    let questions = MarketQuestions::open(ledger, height.map(Height)).unwrap();
    let scope = OrderScope::default();
    let listed = questions.orders(&local(), start(), scope, 10).unwrap();
    for order in &listed.items {
        let own = questions.member_orders(&order.member, None, 10).unwrap();
        assert!(own.items.contains(order), "{order:?}");
    }
    let reasons = listed.items.iter().map(|order| order.void);
    reasons.map(|void| void.map(VoidOrder::as_str)).collect()
}

#[test]
fn orders_of_an_area_that_is_another_one_by_then_are_void() {
    for (reason, next_code, changes) in [
        ("area-changed", "", vec![("\"EUR\"", "\"CHF\"")]),
        (
            "area-changed",
            "wrong-interval",
            vec![("\"PT15M\"", "\"PT30M\"")],
        ),
        (
            "no-such-area",
            "no-such-area",
            vec![("\"local\"", "\"other\"")],
        ),
        ("no-such-area", "unknown-kind", vec![]),
    ] {
        let mut ledger = ledger();
        commit(
            &mut ledger,
            &[(0, bid("b", 1000, 9)), (1, offer("o", 1000, 3))],
        );
        if changes.is_empty() {
            let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 60_000);
            change(&mut ledger, retire_contract("energy-trade", expires));
        } else {
            upgrade(&mut ledger, 2, &changes);
        }
        if !next_code.is_empty() {
            assert_eq!(commit(&mut ledger, &[(2, bid("c", 100, 1))]), [next_code]);
        }
        block_at(&mut ledger, gate(), &[]);
        let (_, made) = derived(&ledger);
        assert_eq!(made.len(), 1);
        assert_eq!(
            (&made[0].1["status"], &made[0].1["reason"]),
            (&json!("void"), &json!(reason))
        );
        assert!(
            void(&ledger, None)[..2]
                .iter()
                .all(|void| *void == Some(reason))
        );
        block_at(&mut ledger, at("2026-01-03T00:00:00Z"), &[]);
        assert_eq!(derived(&ledger).1, []);
    }
}

/// Old orders that cannot be matched any more keep nobody from trading: neither by being there nor by their number.
#[test]
fn a_book_begins_anew_when_its_area_has_another_currency() {
    let mut ledger = ledger();
    let orders = [
        (0, bid("b", 4_000, 30_000)),
        (0, bid("c", 700, 29_000)),
        (1, offer("o", 6_000, 10_000)),
    ];
    assert_eq!(commit(&mut ledger, &orders), ["", "", ""]);
    let changes = [
        ("\"EUR\"", "\"CHF\""),
        ("max-open-orders = 5000", "max-open-orders = 3"),
        ("per-member = 500", "per-member = 1"),
    ];
    upgrade(&mut ledger, 2, &changes);
    // Void orders fill neither the book nor the share of a member.
    let orders = [
        (0, bid("d", 1_000, 20_000)),
        (0, order_withdrawal("c")),
        (0, bid("e", 1_000, 20_000)),
        (1, offer("p", 2_000, 10_000)),
        (2, bid("b", 500, 20_000)),
        (3, bid("b", 500, 20_000)),
    ];
    assert_eq!(
        commit(&mut ledger, &orders),
        ["", "", "too-many-orders", "", "", "book-full"]
    );
    let now = interval(&ledger, None);
    assert_eq!((now.placed, now.bids, now.offers), (6, 2, 1));
    let changed = Some("area-changed");
    let expected = [changed, None, changed, None, None, None];
    assert_eq!(void(&ledger, None), expected);
    assert_eq!(now.demand.listed.len(), 1);
    assert_eq!(now.demand.listed[0].quantity_wh, 1_500);
    let before = interval(&ledger, Some(1));
    assert_eq!((before.placed, before.bids, before.offers), (3, 2, 1));
    block_at(&mut ledger, gate(), &[]);
    let (_, made) = derived(&ledger);
    let cleared = &made[0].1;
    assert_eq!(
        (&cleared["bids"], &cleared["offers"], &cleared["voidOrders"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert_eq!(
        (&cleared["currency"], &cleared["quantityWh"]),
        (&json!("CHF"), &json!(1_500))
    );
    assert_eq!(made.len(), 3);
    assert_eq!(made[1].1["buyer"]["orderId"], "d");
    assert_eq!(void(&ledger, None), expected);
    assert_eq!(prices(&interval(&ledger, None)), [20_000]);
}

/// A member that is removed after a clearing had orders that counted.
#[test]
fn orders_count_that_were_cleared_before_their_member_was_removed() {
    let mut ledger = ledger();
    let orders = [(4, bid("b", 4_000, 30_000)), (1, offer("o", 6_000, 10_000))];
    assert_eq!(commit(&mut ledger, &orders), ["", ""]);
    block_at(&mut ledger, gate(), &[]);
    let gone = Action::RemoveMember(ledger.network().member(4));
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 60_000);
    change(&mut ledger, propose(&gone, expires));
    assert_eq!(void(&ledger, None), [None; 2]);
    assert_eq!(prices(&interval(&ledger, None)), [30_000]);
}

/// Whoever was removed neither delivers nor pays.
#[test]
fn orders_of_a_removed_member_are_void() {
    let mut ledger = ledger();
    let orders = [
        (4, bid("b", 4_000, 30_000)),
        (5, bid("b", 4_000, 20_000)),
        (1, offer("o", 6_000, 10_000)),
    ];
    assert_eq!(commit(&mut ledger, &orders), ["", "", ""]);
    let gone = Action::RemoveMember(ledger.network().member(4));
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 60_000);
    assert_eq!(void(&ledger, None), [None; 3]);
    change(&mut ledger, propose(&gone, expires));
    let removed = ledger.tip().height.0;
    assert_eq!(void(&ledger, None), [Some("member-removed"), None, None]);
    assert_eq!(void(&ledger, Some(1)), [None; 3]);
    assert_eq!(prices(&interval(&ledger, None)), [30_000, 20_000]);
    block_at(&mut ledger, gate(), &[]);
    assert_eq!(prices(&interval(&ledger, Some(removed))), [30_000, 20_000]);
    let (_, made) = derived(&ledger);
    assert_eq!(
        (&made[0].1["bids"], &made[0].1["voidOrders"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(made[1].1["buyer"]["member"], "member-5");
    assert_eq!((made.len(), &made[0].1["quantityWh"]), (2, &json!(4_000)));
    // Nor does it stand in the book as if it had been passed over.
    assert_eq!(void(&ledger, None), [Some("member-removed"), None, None]);
    let now = interval(&ledger, None);
    assert_eq!((now.placed, now.bids, now.offers), (3, 1, 1));
    assert_eq!(prices(&now), [20_000]);
    // It is not settled either.
    block_at(&mut ledger, at("2026-01-02T01:15:00Z"), &[]);
    assert_eq!(derived(&ledger).1.len(), 2);
}
