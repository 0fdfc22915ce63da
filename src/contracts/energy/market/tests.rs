//! The market on a state of its own: however a clearing is split over blocks, it is the same.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::book::read_book;
use super::*;
use crate::contracts::agenda::{
    MAX_CERTIFICATE_TASKS, MAX_CUSTODY_TASKS, MAX_MARKET_TASKS, MAX_SCHEDULED_TASKS,
};
use crate::contracts::context::{EffectContext, StateWriter as _};
use crate::contracts::derive::{DeriveContext, Derived, Progress};
use crate::contracts::energy::auction::hold_auction;
use crate::contracts::membership::install_member;
use crate::contracts::task::Task;
use crate::contracts::tests::State;
use crate::contracts::{Rulebook, shipped_contracts};
use crate::records::energy::market::{
    AuctionRule, DeliveryDuration, DeliveryInterval, EnergyOrder, OrderId, OrderTerms,
    OrderWithdrawal, Side,
};
use crate::testing::energy_contract;
use crate::types::{Height, LogIndex, MarketArea, Member, MemberId, Outcome, Space, Timestamp};

fn area() -> MarketArea {
    MarketArea::new("local").unwrap()
}

/// 2026-01-01T12:00:00Z.
fn start() -> Timestamp {
    Timestamp::from_ms(1_767_268_800_000)
}

fn member(number: usize) -> Member {
    Member {
        id: MemberId::new(&format!("m{number}")).unwrap(),
        name: "a member".to_owned(),
        roles: Vec::new(),
        keys: Vec::new(),
        removed_from: None,
    }
}

fn order(id: &str, terms: OrderTerms) -> EnergyOrder {
    EnergyOrder {
        id: OrderId::new(id).unwrap(),
        area: area(),
        delivery: DeliveryInterval {
            start: start(),
            duration: DeliveryDuration::from_seconds(900),
        },
        terms,
    }
}

/// A state with orders, those of every `skip`-th withdrawn again, and the terms that are left.
fn with_orders(
    rulebook: &Rulebook,
    orders: &[OrderTerms],
    skip: usize,
) -> (State, Vec<OrderTerms>) {
    let mut state = State::default();
    let mut left = Vec::new();
    let now = Timestamp::from_ms(start().as_ms() - 3_600_000);
    for (at, terms) in orders.iter().enumerate() {
        let submitter = member(at % 3);
        install_member(&mut state, &submitter, Height::GENESIS, None).unwrap();
        let context = |index| EffectContext {
            height: Height(1),
            time: now,
            submitter: &submitter,
            index: LogIndex(index),
        };
        let order = order(&format!("o{at}"), *terms);
        let index = 2 * at as u64;
        let outcome = place_order(&mut state, rulebook, &context(index), &order).unwrap();
        assert_eq!(outcome, Outcome::Accepted);
        if skip > 0 && at % skip == 0 {
            let withdrawal = OrderWithdrawal { order: order.id };
            let outcome =
                withdraw_order(&mut state, rulebook, &context(index + 1), &withdrawal).unwrap();
            assert_eq!(outcome, Outcome::Accepted);
        } else {
            left.push(*terms);
        }
    }
    (state, left)
}

/// Runs a task with so much room in each block, the last one's again and again, and gives the bodies.
fn run(
    state: &mut State,
    rulebook: &Rulebook,
    (task, time): (&Task, Timestamp),
    rooms: &[usize],
) -> Vec<String> {
    let mut bodies = Vec::new();
    let mut rooms = rooms.iter().copied();
    let mut room = 1;
    loop {
        room = rooms.next().unwrap_or(room);
        let context = DeriveContext {
            height: Height(9),
            time,
            rulebook,
        };
        let next_index = LogIndex(1_000 + bodies.len() as u64);
        let mut derived = Derived::with_room(next_index, room);
        let progress = task.run(state, &context, &mut derived).unwrap();
        for made in derived.added(room) {
            bodies.push(format!(
                "{} {}",
                made.record.kind,
                std::str::from_utf8(&made.record.body).unwrap()
            ));
        }
        if progress == Progress::Done {
            return bodies;
        }
    }
}

fn any_terms() -> impl Strategy<Value = OrderTerms> {
    (prop::bool::ANY, 100u64..5_000, -4i64..9).prop_map(|(is_bid, quantity_wh, price)| {
        let side = if is_bid { Side::Bid } else { Side::Offer };
        OrderTerms::new(side, quantity_wh, price).unwrap()
    })
}

/// What a member bought and sold, in Wh, and what that brings.
type Traded = (i64, i64, i64);

fn json_of(body: &str) -> serde_json::Value {
    let (_, json) = body.split_once(' ').unwrap();
    serde_json::from_str(json).unwrap()
}

/// The sums over the trades among the records of a clearing.
fn traded_by_member(bodies: &[String]) -> BTreeMap<String, Traded> {
    let mut sums: BTreeMap<String, Traded> = BTreeMap::new();
    for trade in bodies
        .iter()
        .filter(|body| body.starts_with("energy.trade "))
    {
        let trade = json_of(trade);
        let number = |name: &str| trade[name].as_i64().unwrap();
        let member = |side: &str| trade[side]["member"].as_str().unwrap().to_owned();
        let bought = sums.entry(member("buyer")).or_default();
        bought.0 += number("quantityWh");
        bought.2 -= number("amount");
        let sold = sums.entry(member("seller")).or_default();
        sold.1 += number("quantityWh");
        sold.2 += number("amount");
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_clearing_is_the_same_however_it_is_split(
        orders in vec(any_terms(), 1..40),
        skip in 0usize..4,
        rooms in vec(1usize..9, 1..6),
    ) {
        let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
        let (state, left) = with_orders(&rulebook, &orders, skip);
        let gate = (Task::gate_closure(&area(), start()), start());
        let (mut whole, mut split) = (state.clone(), state);
        let expected = run(&mut whole, &rulebook, (&gate.0, gate.1), &[4_000]);
        let bodies = run(&mut split, &rulebook, (&gate.0, gate.1), &rooms);
        prop_assert_eq!(&bodies, &expected);
        let traded = traded_by_member(&bodies);
        let auction = hold_auction(AuctionRule::UniformPrice, &left);
        prop_assert_eq!(bodies.len(), 1 + auction.matches.len());
        prop_assert_eq!(&split.0, &whole.0);
        // Done again, it does nothing.
        prop_assert_eq!(run(&mut split, &rulebook, (&gate.0, gate.1), &rooms), Vec::<String>::new());

        let later = Timestamp::from_ms(start().as_ms() + 2 * 86_400_000);
        let settlement = (Task::market_settlement(&area(), start()), later);
        let expected = run(&mut whole, &rulebook, (&settlement.0, settlement.1), &[4_000]);
        let bodies = run(&mut split, &rulebook, (&settlement.0, settlement.1), &rooms);
        prop_assert_eq!(&bodies, &expected);
        prop_assert_eq!(&split.0, &whole.0);
        // Each member is settled for what its trades say, and nothing is left to be done.
        let settled: BTreeMap<String, Traded> = bodies.iter().map(|body| {
            let json = json_of(body);
            let number = |name: &str| json[name].as_i64().unwrap();
            let traded = (number("boughtWh"), number("soldWh"), number("balance"));
            (json["member"].as_str().unwrap().to_owned(), traded)
        }).collect();
        prop_assert_eq!(bodies.len(), settled.len());
        prop_assert_eq!(settled, traded);
        let work = split.0.keys().filter(|(space, key)| *space == Space::Agenda && key.starts_with(b"market"));
        prop_assert_eq!(work.count(), 0);
    }
}

/// Many full books whose gates close at once are cleared over several blocks.
#[test]
fn a_block_reads_a_bounded_number_of_orders() {
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let terms = OrderTerms::new(Side::Bid, 100, 1).unwrap();
    let (mut state, _) = with_orders(&rulebook, &[terms; 3], 0);
    let context = DeriveContext {
        height: Height(9),
        time: start(),
        rulebook: &rulebook,
    };
    let task = Task::gate_closure(&area(), start());
    let mut derived = Derived::with_room(LogIndex(1_000), 10);
    assert!(derived.may_read(1_000_000));
    let before = state.0.clone();
    let progress = task.run(&mut state, &context, &mut derived).unwrap();
    assert_eq!(progress, Progress::Unfinished);
    assert_eq!(state.0, before);
    let mut derived = Derived::with_room(LogIndex(1_000), 10);
    let progress = task.run(&mut state, &context, &mut derived).unwrap();
    assert_eq!(progress, Progress::Done);
    assert_eq!(derived.added(10).len(), 1);
}

/// So are settlements, which read the sums of every hour of delivery: what waits is settled in the next block.
#[test]
fn a_block_reads_a_bounded_number_of_sums() {
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let order = |side| OrderTerms::new(side, 1_000, 10_000).unwrap();
    let orders = [order(Side::Bid), order(Side::Offer), order(Side::Bid)];
    let (mut state, _) = with_orders(&rulebook, &orders, 0);
    let gate = Task::gate_closure(&area(), start());
    assert_eq!(
        run(&mut state, &rulebook, (&gate, start()), &[100]).len(),
        3
    );
    let task = Task::market_settlement(&area(), start());
    let context = DeriveContext {
        height: Height(9),
        time: Timestamp::from_ms(start().as_ms() + 2 * 86_400_000),
        rulebook: &rulebook,
    };
    let mut settled = Vec::new();
    // Each takes a position and the sums of one hour. What has been read leaves room for none, two and all.
    for (read, expected) in [(20_000, 0), (19_996, 2), (0, 1)] {
        let mut derived = Derived::with_room(LogIndex(1_000), 10);
        assert!(derived.may_read(read));
        let progress = task.run(&mut state, &context, &mut derived).unwrap();
        let made = derived.added(10);
        assert_eq!(made.len(), expected);
        settled.extend(made);
        assert_eq!(progress == Progress::Done, settled.len() == 3);
    }
    let members: Vec<String> = settled
        .iter()
        .map(|made| {
            let body: serde_json::Value = serde_json::from_slice(&made.record.body).unwrap();
            body["member"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(members, ["m0", "m1", "m2"]);
}

/// An order that needs two deadlines and has room for one is rejected, and leaves nothing behind.
#[test]
fn an_order_without_room_for_its_deadlines_leaves_no_trace() {
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let submitter = member(1);
    let context = EffectContext {
        height: Height(1),
        time: Timestamp::from_ms(start().as_ms() - 3_600_000),
        submitter: &submitter,
        index: LogIndex(1),
    };
    let order = order("o", OrderTerms::new(Side::Bid, 100, 1).unwrap());
    let bytes = |numbers: &[u64]| -> Vec<u8> {
        let each = numbers.iter().map(|number| number.to_be_bytes());
        each.flatten().collect()
    };
    let full_agenda = bytes(&[MAX_SCHEDULED_TASKS - 1, MAX_SCHEDULED_TASKS]);
    for (key, value) in [
        (b"size".as_slice(), full_agenda),
        (b"share\0", bytes(&[MAX_MARKET_TASKS - 1])),
    ] {
        let mut state = State::default();
        state.put(Space::Agenda, key, value.into());
        let before = state.clone();
        let outcome = place_order(&mut state, &rulebook, &context, &order).unwrap();
        assert!(matches!(outcome, Outcome::Rejected(why) if why.code() == "agenda-full"));
        assert_eq!(state, before);
    }
    // Of proposals to hand things over, and of what expires, there may be as much as can be.
    let mut state = State::default();
    for (key, most) in [
        (b"share\x01", MAX_CERTIFICATE_TASKS),
        (b"share\x02", MAX_CUSTODY_TASKS),
    ] {
        state.put(Space::Agenda, key, bytes(&[most]).into());
    }
    let outcome = place_order(&mut state, &rulebook, &context, &order).unwrap();
    assert_eq!(outcome, Outcome::Accepted);
}

/// A gate that has moved to a later time is waited for, and takes the place of the one before.
#[test]
fn a_clearing_before_its_gate_is_put_off() {
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let terms = OrderTerms::new(Side::Bid, 100, 1).unwrap();
    let (mut state, _) = with_orders(&rulebook, &[terms; 3], 0);
    let changes = [("gate-closure = \"PT5M\"", "gate-closure = \"PT1M\"")];
    let changed = Rulebook::of(&[energy_contract(2, &changes)]).unwrap();
    let (gate, later) = (before_start(300_000), before_start(60_000));
    let task = Task::gate_closure(&area(), start());
    let run = |state: &mut State, time: Timestamp| {
        let context = DeriveContext {
            height: Height(9),
            time,
            rulebook: &changed,
        };
        let mut derived = Derived::with_room(LogIndex(1_000), 10);
        let progress = task.run(state, &context, &mut derived).unwrap();
        assert!(derived.added(10).is_empty());
        progress
    };
    assert_eq!(run(&mut state, gate), Progress::Postponed(later));
    let book = read_book(&state, &area(), start()).unwrap().unwrap();
    assert_eq!(book.clearing_due, later);
    // A deadline that the book has no more does nothing.
    let before = state.clone();
    let early = Timestamp::from_ms(later.as_ms() - 1);
    assert_eq!(run(&mut state, early), Progress::Done);
    assert_eq!(state, before);
}

fn before_start(ms: i64) -> Timestamp {
    Timestamp::from_ms(start().as_ms() - ms)
}
