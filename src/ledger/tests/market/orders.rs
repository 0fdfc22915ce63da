//! Orders: what is taken, and what readers are told.

use std::collections::BTreeMap;

use super::{at, bid, block_at, commit, derived, gate, ledger, local, offer, start, upgrade};
use crate::contracts::energy::market::read_order;
use crate::ledger::questions::{
    IntervalStatus, Levels, MAX_LEVELS, MarketQuestions, OrderScope, QuestionError,
};
use crate::records::energy::market::OrderId;
use crate::testing::{energy_order, order_withdrawal, record};
use crate::types::{Height, LogIndex};

#[test]
fn an_order_id_names_one_order_of_a_member_for_ever() {
    let mut ledger = ledger();
    assert_eq!(commit(&mut ledger, &[(0, bid("a", 500, 7))]), [""]);
    let spelt_otherwise = record(
        "energy.order",
        1,
        r#"{"limitPrice":7,"quantityWh":500,"deliveryDuration":"PT900S","deliveryStart":
        "2026-01-01T02:00:00+01:00","side":"bid","area":"local","orderId":"a"}"#,
    );
    let all = [
        (0, bid("a", 500, 7)),
        (0, spelt_otherwise),
        (0, bid("a", 500, 8)),
        (1, bid("a", 500, 7)),
        (1, order_withdrawal("b")),
        (1, order_withdrawal("a")),
    ];
    assert_eq!(
        commit(&mut ledger, &all),
        [
            "duplicate of 0",
            "duplicate of 0",
            "order-id-taken",
            "",
            "no-such-order",
            "",
        ]
    );
    let again = [
        (1, order_withdrawal("a")),
        (1, bid("a", 500, 7)),
        (1, bid("a", 500, 8)),
    ];
    assert_eq!(
        commit(&mut ledger, &again),
        ["duplicate of 7", "duplicate of 5", "order-id-taken"]
    );
    let member = ledger.network().member(1);
    let order = read_order(&ledger, &member, &OrderId::new("a").unwrap());
    assert_eq!(order.unwrap().unwrap().withdrawn, Some(LogIndex(7)));
}

#[test]
fn a_book_takes_as_many_orders_as_the_area_says() {
    let mut ledger = ledger();
    upgrade(
        &mut ledger,
        2,
        &[
            ("max-open-orders = 5000", "max-open-orders = 2"),
            ("per-member = 500", "per-member = 2"),
            ("PT5M", "PT5M\"\nrole = \"trader"),
        ],
    );
    // The role is what members of this network have not.
    assert_eq!(
        commit(&mut ledger, &[(0, bid("a", 100, 1))]),
        ["role-missing"]
    );
    upgrade(
        &mut ledger,
        3,
        &[
            ("max-open-orders = 5000", "max-open-orders = 2"),
            ("per-member = 500", "per-member = 2"),
        ],
    );
    let two = [
        (0, bid("a", 100, 1)),
        (1, bid("a", 100, 1)),
        (2, bid("a", 100, 1)),
    ];
    assert_eq!(commit(&mut ledger, &two), ["", "", "book-full"]);
    // Withdrawing makes room, until four times as many were placed.
    for round in 0..6 {
        let next = [
            (
                0,
                order_withdrawal(&if round == 0 {
                    "a".to_owned()
                } else {
                    format!("r{round}")
                }),
            ),
            (0, bid(&format!("r{}", round + 1), 100, 1)),
        ];
        assert_eq!(commit(&mut ledger, &next), ["", ""]);
    }
    let next = [(0, order_withdrawal("r6")), (0, bid("r7", 100, 1))];
    assert_eq!(commit(&mut ledger, &next), ["", "book-full"]);
    block_at(&mut ledger, gate(), &[]);
    assert_eq!(derived(&ledger).1[0].1["bids"], 1);
}

#[test]
fn no_member_fills_a_book_alone() {
    let mut ledger = ledger();
    upgrade(&mut ledger, 2, &[("per-member = 500", "per-member = 2")]);
    let orders = [
        (0, bid("a", 100, 1)),
        (0, bid("b", 100, 1)),
        (0, offer("c", 100, 1)),
        (1, bid("a", 100, 1)),
        (0, order_withdrawal("a")),
        (0, bid("d", 100, 1)),
    ];
    assert_eq!(
        commit(&mut ledger, &orders),
        ["", "", "too-many-orders", "", "", ""]
    );
    // Three were placed: five more fit into four times as many.
    for round in 0..5 {
        let last = ["d", "e0", "e1", "e2", "e3"][round];
        let next = [
            (0, order_withdrawal(last)),
            (0, bid(&format!("e{round}"), 100, 1)),
        ];
        assert_eq!(commit(&mut ledger, &next), ["", ""]);
    }
    let next = [
        (0, order_withdrawal("e4")),
        (0, bid("f", 100, 1)),
        (1, bid("b", 100, 1)),
    ];
    assert_eq!(commit(&mut ledger, &next), ["", "too-many-orders", ""]);
    // What is placed for another interval is not counted here.
    let later = at("2026-01-01T02:00:00Z");
    let next = [(0, energy_order("g", "bid", later, 100, 1))];
    assert_eq!(commit(&mut ledger, &next), [""]);
}

#[test]
fn questions_are_answered_as_of_a_height() {
    let mut ledger = ledger();
    commit(
        &mut ledger,
        &[(0, bid("b", 4_000, 30_000)), (1, offer("o", 6_000, 10_000))],
    );
    commit(
        &mut ledger,
        &[(1, offer("p", 500, 10_000)), (2, bid("c", 100, 1))],
    );
    commit(&mut ledger, &[(2, order_withdrawal("c"))]);
    block_at(&mut ledger, gate(), &[]);
    let ask = |height| MarketQuestions::open(&ledger, height).unwrap();
    assert!(matches!(
        MarketQuestions::open(&ledger, Some(Height(9))).err(),
        Some(QuestionError::BeyondTip { .. })
    ));
    assert_eq!(ask(None).market().unwrap().areas.iter().count(), 2);
    let empty = ask(Some(Height(0)))
        .interval(&local(), start())
        .unwrap()
        .unwrap();
    assert_eq!((empty.placed, empty.status), (0, IntervalStatus::Open));
    let unaligned = at("2026-01-01T01:01:00Z");
    assert_eq!(ask(None).interval(&local(), unaligned).unwrap(), None);
    let at_two = ask(Some(Height(2)))
        .interval(&local(), start())
        .unwrap()
        .unwrap();
    assert_eq!(at_two.status, IntervalStatus::Open);
    assert_eq!((at_two.bids, at_two.offers, at_two.placed), (2, 2, 4));
    assert_eq!(
        (
            at_two.supply.listed[0].quantity_wh,
            at_two.supply.listed[0].orders
        ),
        (6_500, 2)
    );
    assert_eq!(at_two.demand.listed[0].price, 30_000);
    assert_eq!(at_two.gate, Some(gate()));
    let at_three = ask(Some(Height(3)))
        .interval(&local(), start())
        .unwrap()
        .unwrap();
    assert_eq!((at_three.bids, at_three.placed), (1, 4));
    let now = ask(None).interval(&local(), start()).unwrap().unwrap();
    assert_eq!(now.status, IntervalStatus::Cleared);
    let questions = ask(None);
    let scope = OrderScope::default();
    let orders = questions.orders(&local(), start(), scope, 3).unwrap();
    let served: Vec<_> = orders.items.iter().map(|o| o.served_wh).collect();
    assert_eq!(served, [Some(4_000), Some(3_692), Some(308)]);
    let scope = OrderScope {
        after: orders.next,
        ..scope
    };
    let rest = questions.orders(&local(), start(), scope, 3).unwrap();
    assert_eq!(rest.next, None);
    assert!(rest.items[0].withdrawn.is_some());
    let member = ledger.network().member(1);
    let own = questions.member_orders(&member, None, 10).unwrap();
    assert_eq!(own.items.len(), 2);
    let own = ask(Some(Height(1)))
        .member_orders(&member, None, 10)
        .unwrap();
    assert_eq!((own.items.len(), own.items[0].served_wh), (1, None));
    let scope = OrderScope {
        member: Some(&member),
        after: None,
    };
    let trades = questions.trades(&local(), start(), scope, 10).unwrap();
    assert_eq!(trades.items.len(), 2);
    let intervals = questions.intervals(&local(), None, 10).unwrap();
    assert_eq!(intervals.items[0].start, start());
    assert_eq!(intervals.items[0].status, IntervalStatus::Cleared);
}

/// The levels of a book at every height are the sums over its open orders, and as many as an answer lists.
#[test]
fn levels_are_the_sums_over_open_orders_at_every_height() {
    let mut ledger = ledger();
    let mut open: Vec<(String, bool, u64, i64)> = Vec::new();
    let mut expected = vec![Vec::new()];
    for round in 0u64..40 {
        // The third order that is there goes each third round.
        let is_withdrawal = round % 3 == 2 && open.len() > 2;
        let record = match is_withdrawal {
            true => order_withdrawal(&open.remove(2).0),
            false => {
                let (id, wh) = (format!("o{round}"), 100 + 7 * round);
                let price = i64::try_from(round * round % 7).unwrap() - 3;
                let is_bid = round % 2 == 0;
                open.push((id.clone(), is_bid, wh, price));
                match is_bid {
                    true => bid(&id, wh, price),
                    false => offer(&id, wh, price),
                }
            }
        };
        assert_eq!(commit(&mut ledger, &[(0, record)]), [""]);
        expected.push(open.clone());
    }
    for (height, open) in (0u64..).zip(&expected) {
        let questions = MarketQuestions::open(&ledger, Some(Height(height))).unwrap();
        let interval = questions.interval(&local(), start()).unwrap().unwrap();
        let mut sums: BTreeMap<(bool, i64), (u64, u32)> = BTreeMap::new();
        for (_, is_bid, wh, price) in open {
            let sum = sums.entry((*is_bid, *price)).or_default();
            *sum = (sum.0 + wh, sum.1 + 1);
        }
        let of = |is_bid: bool| -> Vec<(i64, u64, u32)> {
            let side = sums.iter().filter(|((bids, _), _)| *bids == is_bid);
            side.map(|((_, price), (wh, orders))| (*price, *wh, *orders))
                .collect()
        };
        let levels = |levels: &Levels| -> Vec<(i64, u64, u32)> {
            assert!(!levels.has_more);
            let listed = levels.listed.iter();
            listed
                .map(|level| (level.price, level.quantity_wh, level.orders))
                .collect()
        };
        let demand: Vec<_> = of(true).into_iter().rev().collect();
        assert_eq!(levels(&interval.demand), demand, "{height}");
        assert_eq!(levels(&interval.supply), of(false), "{height}");
        let bids = open.iter().filter(|(_, is_bid, ..)| *is_bid).count();
        assert_eq!(interval.bids as usize, bids);
        assert_eq!((interval.bids + interval.offers) as usize, open.len());
    }
}

#[test]
fn an_answer_lists_the_best_prices() {
    let mut ledger = ledger();
    let count = i64::try_from(MAX_LEVELS).unwrap() + 2;
    for member in 0..3 {
        let records: Vec<_> = (0..count)
            .filter(|price| price % 3 == member)
            .map(|price| bid(&format!("b{price}"), 100, price))
            .collect();
        let member = usize::try_from(member).unwrap();
        let submission = ledger
            .network()
            .submission(member, ledger.expiry(), records);
        ledger.submit(vec![submission]);
    }
    let questions = MarketQuestions::open(&ledger, None).unwrap();
    let interval = questions.interval(&local(), start()).unwrap().unwrap();
    let prices: Vec<i64> = interval.demand.listed.iter().map(|l| l.price).collect();
    assert_eq!(prices, (2..count).rev().collect::<Vec<_>>());
    assert!(interval.demand.has_more && !interval.supply.has_more);
    assert_eq!(i64::from(interval.bids), count);
}

/// At every height the answer is the same, whether the height is asked for or is the last one.
#[test]
fn the_last_height_is_answered_alike_with_its_number_and_without() {
    let mut ledger = ledger();
    upgrade(&mut ledger, 2, &[("max-price = 400000", "max-price = 1")]);
    let height = ledger.tip().height;
    let highest = |height: Option<Height>| {
        let questions = MarketQuestions::open(&ledger, height).unwrap();
        questions.rules(&local()).unwrap().max_price
    };
    // The new version is in force from the next block on.
    assert_eq!((highest(None), highest(Some(height))), (1, 1));
    assert_eq!(highest(Some(Height(height.0 - 1))), 400_000);
}
