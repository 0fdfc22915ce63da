//! Gates that close, and settlements: what the ledger makes by itself.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    at, bid, block_at, codes, commit, derived, gate, ledger, local, offer, start, upgrade,
};
use crate::contracts::MAX_DERIVED_ENTRIES_PER_BLOCK;
use crate::contracts::energy::auction::hold_auction;
use crate::contracts::energy::market::{BookPhase, read_book};
use crate::ledger::questions::{IntervalStatus, MarketQuestions, OrderScope};
use crate::records::energy::market::{AuctionRule, OrderTerms, Side};
use crate::testing::{MemoryLedger, TestNetwork, energy_order, order_withdrawal, record};
use crate::types::{Record, Timestamp};

#[test]
fn an_interval_is_cleared_in_the_first_block_past_its_gate() {
    let mut ledger = ledger();
    let orders = [
        (0, bid("b", 4_000, 30_000)),
        (1, bid("b", 5_000, 20_000)),
        (2, offer("o", 6_000, 10_000)),
        (3, offer("o", 9_000, 25_000)),
    ];
    assert_eq!(commit(&mut ledger, &orders), ["", "", "", ""]);
    // A millisecond before the gate an order is still taken.
    let before = Timestamp::from_ms(gate().as_ms() - 1);
    assert_eq!(
        codes(&block_at(&mut ledger, before, &[(4, bid("late", 100, 1))])),
        [""]
    );
    assert_eq!(derived(&ledger).1, []);
    let root = ledger.tip().state_root;
    // The block of the gate clears before it takes what was submitted to it.
    let applied = block_at(
        &mut ledger,
        gate(),
        &[(5, bid("too-late", 100, 1)), (4, order_withdrawal("late"))],
    );
    assert_eq!(codes(&applied), ["gate-closed", "gate-closed"]);
    let (others, made) = derived(&ledger);
    assert_eq!(others, 0);
    assert_ne!(ledger.tip().state_root, root);
    let kinds: Vec<&str> = made.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["energy.clearing", "energy.trade", "energy.trade"]);
    assert_eq!(
        made[0].1,
        json!({
            "area": "local", "deliveryStart": "2026-01-01T01:00:00.000Z", "deliveryDuration": "PT15M",
            "bids": 3, "offers": 2, "voidOrders": 0, "status": "cleared", "contractVersion": 1,
            "auction": "uniform-price", "currency": "EUR", "price": 20_000, "quantityWh": 6_000,
            "trades": 2, "welfare": 100
        })
    );
    assert_eq!(
        made[2].1,
        json!({
            "area": "local", "deliveryStart": "2026-01-01T01:00:00.000Z", "deliveryDuration": "PT15M",
            "number": 2,
            "buyer": {"member": "member-1", "orderId": "b", "orderIndex": 1},
            "seller": {"member": "member-2", "orderId": "o", "orderIndex": 2},
            "quantityWh": 2_000, "price": 20_000, "currency": "EUR", "amount": 40
        })
    );
    let book = read_book(&ledger, &local(), start()).unwrap().unwrap();
    assert!(matches!(book.phase, BookPhase::Cleared(_)));
    // Nothing comes of it again.
    block_at(&mut ledger, start(), &[]);
    assert_eq!(derived(&ledger).1, []);
    // A day after delivery it is settled; what nobody measured counts as nothing.
    let applied = block_at(
        &mut ledger,
        at("2026-01-02T01:15:00Z"),
        &[(0, bid("b", 4_000, 30_000))],
    );
    assert_eq!(codes(&applied), ["duplicate of 0"]);
    let (_, made) = derived(&ledger);
    let members: Vec<_> = made
        .iter()
        .map(|(_, body)| body["member"].clone())
        .collect();
    assert_eq!(members, ["member-0", "member-1", "member-2"]);
    assert_eq!(
        made[2],
        (
            "energy.settlement".to_owned(),
            json!({
                "area": "local", "deliveryStart": "2026-01-01T01:00:00.000Z", "deliveryDuration": "PT15M",
                "member": "member-2", "boughtWh": 0, "soldWh": 6_000, "currency": "EUR", "balance": 120,
                "meteredInWh": 0, "meteredOutWh": 0, "readings": 0, "meteredMinutes": 0,
                "coarserReadings": false, "imbalanceWh": -6_000
            })
        )
    );
}

#[test]
fn trades_are_settled_against_the_meters() {
    let mut ledger = ledger();
    let meter = |id: &str, member: usize, kind: &str| {
        let mut body = json!({
            "operation": "register", "meter": id, "owner": format!("member-{member}"), "area": "local",
            "kind": kind
        });
        if kind == "production" {
            body["carrier"] = json!("solar");
        }
        (member, record("energy.meter", 1, body.to_string()))
    };
    let meters = [
        meter("house", 0, "consumption"),
        meter("roof", 1, "production"),
        meter("barn", 1, "production"),
        meter("works", 2, "consumption"),
    ];
    assert_eq!(commit(&mut ledger, &meters), ["", "", "", ""]);
    let orders = [
        (0, bid("b", 4_000, 9_000)),
        (1, offer("o", 7_000, 5_000)),
        (2, bid("b", 3_000, 9_000)),
    ];
    assert_eq!(commit(&mut ledger, &orders), ["", "", ""]);
    block_at(&mut ledger, gate(), &[]);
    let reading = |member: usize, id: &str, duration: &str, wh_in: u64, wh_out: u64| {
        let body = json!({
            "meter": id, "start": start().to_string(), "duration": duration, "whIn": wh_in,
            "whOut": wh_out
        });
        (member, record("energy.meter-reading", 1, body.to_string()))
    };
    let readings = [
        reading(0, "house", "PT15M", 4_500, 0),
        reading(1, "roof", "PT15M", 0, 5_000),
        reading(1, "barn", "PT5M", 0, 600),
        reading(2, "works", "PT1H", 9_000, 0),
    ];
    let applied = block_at(&mut ledger, at("2026-01-01T03:00:00Z"), &readings);
    assert_eq!(codes(&applied), ["", "", "", ""]);
    block_at(&mut ledger, at("2026-01-02T01:15:00Z"), &[]);
    let (_, made) = derived(&ledger);
    let settled: Vec<_> = made
        .iter()
        .map(|(kind, body)| {
            assert_eq!(kind, "energy.settlement");
            let number = |name: &str| body[name].as_i64().unwrap();
            (
                body["member"].as_str().unwrap(),
                (number("boughtWh"), number("soldWh"), number("balance")),
                (number("meteredInWh"), number("meteredOutWh")),
                (number("readings"), number("meteredMinutes")),
                body["coarserReadings"].as_bool().unwrap(),
                number("imbalanceWh"),
            )
        })
        .collect();
    assert_eq!(
        settled,
        [
            (
                "member-0",
                (4_000, 0, -28),
                (4_500, 0),
                (1, 15),
                false,
                -500
            ),
            (
                "member-1",
                (0, 7_000, 49),
                (0, 5_600),
                (2, 15),
                false,
                -1_400
            ),
            ("member-2", (3_000, 0, -21), (0, 0), (0, 0), true, 3_000),
        ]
    );
}

#[test]
fn an_area_of_hours_pays_as_bid() {
    let mut ledger = ledger();
    let hour = at("2026-01-01T02:00:00Z");
    let order = |id: &str, side: &str, quantity_wh: u64, price: i64| {
        let body = json!({
            "orderId": id, "area": "local-hourly", "side": side, "deliveryStart": hour.to_string(),
            "deliveryDuration": "PT60M", "quantityWh": quantity_wh, "limitPrice": price
        });
        record("energy.order", 1, body.to_string())
    };
    let orders = [
        (0, order("b", "bid", 4_000, 20_000)),
        (1, order("b", "bid", 4_000, 30_000)),
        (2, order("o", "offer", 5_000, -10_000)),
    ];
    assert_eq!(commit(&mut ledger, &orders), ["", "", ""]);
    block_at(&mut ledger, at("2026-01-01T01:30:00Z"), &[]);
    let (_, made) = derived(&ledger);
    assert_eq!(made[0].1["price"], Value::Null);
    let trades: Vec<_> = made[1..]
        .iter()
        .map(|(_, t)| {
            (
                t["buyer"]["member"].as_str().unwrap(),
                t["price"].as_i64().unwrap(),
                t["quantityWh"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        trades,
        [("member-1", 30_000, 4_000), ("member-0", 20_000, 1_000)]
    );
}

#[test]
fn the_contract_in_force_clears() {
    let mut ledger = ledger();
    let later = at("2026-01-01T03:00:00Z");
    let both = |start: Timestamp, name: &str| {
        [
            (0, energy_order(&format!("b{name}"), "bid", start, 1000, 9)),
            (
                1,
                energy_order(&format!("o{name}"), "offer", start, 1000, 3),
            ),
        ]
    };
    commit(&mut ledger, &both(start(), "1"));
    commit(&mut ledger, &both(later, "2"));
    // Pay-as-bid, and a gate that closes later.
    let changes = [
        ("uniform-price", "pay-as-bid"),
        ("gate-closure = \"PT5M\"", "gate-closure = \"PT1M\""),
    ];
    upgrade(&mut ledger, 2, &changes);
    block_at(&mut ledger, gate(), &[(2, bid("more", 500, 12))]);
    assert_eq!(derived(&ledger).1, []);
    block_at(&mut ledger, at("2026-01-01T00:59:00Z"), &[]);
    let (_, made) = derived(&ledger);
    assert_eq!(made[0].1["contractVersion"], 2);
    assert_eq!(made[0].1["auction"], "pay-as-bid");
    assert_eq!(
        (&made[1].1["price"], &made[2].1["price"]),
        (&json!(12), &json!(9))
    );
    // An earlier gate takes no more orders, and the clearing comes when it was due.
    upgrade(
        &mut ledger,
        3,
        &[("gate-closure = \"PT5M\"", "gate-closure = \"PT1H\"")],
    );
    let between = at("2026-01-01T02:30:00Z");
    let applied = block_at(
        &mut ledger,
        between,
        &[(2, energy_order("x", "bid", later, 100, 1))],
    );
    assert_eq!(codes(&applied), ["gate-closed"]);
    let questions = MarketQuestions::open(&ledger, None).unwrap();
    let interval = questions.interval(&local(), later).unwrap().unwrap();
    assert_eq!(interval.status, IntervalStatus::Closed);
    assert_eq!(interval.gate, Some(at("2026-01-01T02:00:00Z")));
    assert_eq!(interval.clearing_due, Some(at("2026-01-01T02:55:00Z")));
    block_at(&mut ledger, at("2026-01-01T02:55:00Z"), &[]);
    let (_, made) = derived(&ledger);
    assert_eq!(made[0].1["contractVersion"], 3);
    assert_eq!(made[0].1["price"], 6);
}

/// The time to which a clearing was put off is brought forward as the first one is.
#[test]
fn a_gate_that_moved_later_and_then_earlier_clears_when_it_is_said_to() {
    let gate_closure = "gate-closure = \"PT5M\"";
    for has_late_order in [true, false] {
        let mut ledger = ledger();
        commit(
            &mut ledger,
            &[(0, bid("b", 1_000, 9)), (1, offer("o", 1_000, 3))],
        );
        let due = |ledger: &MemoryLedger| {
            let questions = MarketQuestions::open(ledger, None).unwrap();
            let interval = questions.interval(&local(), start()).unwrap().unwrap();
            interval.clearing_due
        };
        upgrade(&mut ledger, 2, &[(gate_closure, "gate-closure = \"PT1M\"")]);
        block_at(&mut ledger, gate(), &[]);
        let put_off = at("2026-01-01T00:59:00Z");
        assert_eq!((due(&ledger), derived(&ledger).1.len()), (Some(put_off), 0));
        upgrade(&mut ledger, 3, &[(gate_closure, "gate-closure = \"PT3M\"")]);
        let mut expected = put_off;
        if has_late_order {
            expected = at("2026-01-01T00:57:00Z");
            let late = block_at(
                &mut ledger,
                at("2026-01-01T00:56:00Z"),
                &[(2, bid("c", 500, 4))],
            );
            assert_eq!(codes(&late), [""]);
        }
        assert_eq!(due(&ledger), Some(expected), "{has_late_order}");
        let before = Timestamp::from_ms(expected.as_ms() - 1);
        block_at(&mut ledger, before, &[]);
        assert_eq!(derived(&ledger).1.len(), 0);
        block_at(&mut ledger, expected, &[]);
        assert!(derived(&ledger).1.len() > 1, "{has_late_order}");
        assert_eq!(due(&ledger), None);
        // The deadline that was not brought forward finds nothing to do.
        block_at(&mut ledger, put_off.max(at("2026-01-01T00:59:01Z")), &[]);
        assert_eq!(derived(&ledger).1.len(), 0);
    }
}

/// What is due is what will happen, whichever way the rules change after the first order.
#[test]
fn an_order_under_the_rules_of_an_earlier_gate_brings_the_clearing_forward() {
    let mut ledger = ledger();
    commit(&mut ledger, &[(0, bid("b", 1_000, 9))]);
    let gate_closure = "gate-closure = \"PT5M\"";
    let changes = [
        (gate_closure, "gate-closure = \"PT30M\""),
        ("settlement = \"P1D\"", "settlement = \"P2D\""),
    ];
    upgrade(&mut ledger, 2, &changes);
    let interval = |ledger: &MemoryLedger| {
        let questions = MarketQuestions::open(ledger, None).unwrap();
        questions.interval(&local(), start()).unwrap().unwrap()
    };
    assert_eq!(interval(&ledger).clearing_due, Some(gate()));
    commit(&mut ledger, &[(1, offer("o", 1_000, 3))]);
    let earlier = at("2026-01-01T00:30:00Z");
    let settled = at("2026-01-02T01:15:00Z");
    assert_eq!(interval(&ledger).clearing_due, Some(earlier));
    assert_eq!(interval(&ledger).settlement_due, Some(settled));
    block_at(&mut ledger, earlier, &[]);
    assert_eq!(derived(&ledger).1.len(), 2);
    assert_eq!(interval(&ledger).clearing_due, None);
    // The deadline that it had before finds nothing to do.
    block_at(&mut ledger, gate(), &[]);
    assert_eq!(derived(&ledger).1, []);
    block_at(&mut ledger, settled, &[]);
    assert_eq!(derived(&ledger).1.len(), 2);
}

/// A longer interval is settled when it has been delivered, not when the shorter one would have been.
#[test]
fn a_book_of_longer_intervals_is_settled_later() {
    let mut ledger = ledger();
    assert_eq!(commit(&mut ledger, &[(0, bid("b", 4_000, 30_000))]), [""]);
    upgrade(&mut ledger, 2, &[("\"PT15M\"", "\"PT30M\"")]);
    let order = |id: &str, side: &str| {
        let body = json!({
            "orderId": id, "area": "local", "side": side, "deliveryStart": start().to_string(),
            "deliveryDuration": "PT30M", "quantityWh": 1_000, "limitPrice": 7
        });
        record("energy.order", 1, body.to_string())
    };
    let orders = [(1, order("x", "bid")), (2, order("x", "offer"))];
    assert_eq!(commit(&mut ledger, &orders), ["", ""]);
    let questions = MarketQuestions::open(&ledger, None).unwrap();
    let interval = questions.interval(&local(), start()).unwrap().unwrap();
    assert_eq!(interval.delivery.duration.to_string(), "PT30M");
    let due = at("2026-01-02T01:30:00Z");
    assert_eq!(interval.settlement_due, Some(due));
    block_at(&mut ledger, gate(), &[]);
    assert_eq!(derived(&ledger).1[0].1["voidOrders"], 1);
    block_at(&mut ledger, at("2026-01-02T01:15:00Z"), &[]);
    assert_eq!(derived(&ledger).1, []);
    block_at(&mut ledger, due, &[]);
    let (_, made) = derived(&ledger);
    assert_eq!(made.len(), 2);
    assert_eq!(made[0].1["deliveryDuration"], "PT30M");
}

/// Every trade uses up one order, half of one on either side.
#[test]
fn a_clearing_larger_than_a_block_goes_on_before_the_next_submissions() {
    const PAIRS: u64 = 2_300;
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 10)));
    let bids: Vec<Record> = (0..PAIRS)
        .map(|n| bid(&format!("b{n}"), 2_000, 9))
        .collect();
    let offers: Vec<Record> = (0..PAIRS)
        .map(|n| offer(&format!("o{n}"), if n == 0 { 1_000 } else { 2_000 }, 3))
        .collect();
    let expires = ledger.expiry();
    // No member places more than the area lets it.
    let records = bids.chunks(500).chain(offers.chunks(500));
    let submissions = records
        .enumerate()
        .map(|(member, records)| {
            let records = records.to_vec();
            ledger.network().submission(member, expires, records)
        })
        .collect();
    ledger.submit(submissions);
    let terms: Vec<OrderTerms> = (0..2 * PAIRS)
        .map(|n| {
            let (side, price) = if n < PAIRS {
                (Side::Bid, 9)
            } else {
                (Side::Offer, 3)
            };
            let quantity_wh = if n == PAIRS { 1_000 } else { 2_000 };
            OrderTerms::new(side, quantity_wh, price).unwrap()
        })
        .collect();
    let expected = hold_auction(AuctionRule::UniformPrice, &terms);
    assert!(expected.matches.len() > MAX_DERIVED_ENTRIES_PER_BLOCK);

    block_at(&mut ledger, gate(), &[(2, bid("late", 100, 1))]);
    let (_, first) = derived(&ledger);
    assert_eq!(first.len(), MAX_DERIVED_ENTRIES_PER_BLOCK);
    let time = ledger.next_time();
    block_at(&mut ledger, time, &[(2, bid("later", 100, 1))]);
    let (others, second) = derived(&ledger);
    assert_eq!(others, 0);
    let trades: Vec<(u64, u64, u64, i64)> = first[1..]
        .iter()
        .chain(&second)
        .map(|(kind, trade)| {
            assert_eq!(kind, "energy.trade");
            let index = |side: &str| trade[side]["orderIndex"].as_u64().unwrap();
            (
                index("buyer"),
                index("seller"),
                trade["quantityWh"].as_u64().unwrap(),
                trade["amount"].as_i64().unwrap(),
            )
        })
        .collect();
    let matches: Vec<_> = expected
        .matches
        .iter()
        .map(|m| (m.bid as u64, m.offer as u64, m.quantity_wh, m.amount))
        .collect();
    assert_eq!(trades, matches);
    let numbers: Vec<u64> = first[1..]
        .iter()
        .chain(&second)
        .map(|(_, trade)| trade["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=matches.len() as u64).collect::<Vec<_>>());
    block_at(&mut ledger, start(), &[]);
    assert_eq!(derived(&ledger).1, []);
    // Readers get them in pages.
    let questions = MarketQuestions::open(&ledger, None).unwrap();
    let (mut read, mut after) = (0, None);
    loop {
        let scope = OrderScope {
            after,
            ..OrderScope::default()
        };
        let page = questions.trades(&local(), start(), scope, 1_000).unwrap();
        read += page.items.len();
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(read, matches.len());
}
