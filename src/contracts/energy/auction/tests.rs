//! The promises of the auction, against a solver that knows nothing of sorting and crossing.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::records::energy::market::{MAX_ABSOLUTE_PRICE, MAX_QUANTITY_WH};

fn order(side: Side, quantity_wh: u64, price: i64) -> OrderTerms {
    OrderTerms::new(side, quantity_wh, price).unwrap()
}

fn bid(quantity_wh: u64, price: i64) -> OrderTerms {
    order(Side::Bid, quantity_wh, price)
}

fn offer(quantity_wh: u64, price: i64) -> OrderTerms {
    order(Side::Offer, quantity_wh, price)
}

/// The trades as bid, offer, Wh, price.
fn trades(result: &AuctionResult) -> Vec<(usize, usize, u64, i64)> {
    result
        .matches
        .iter()
        .map(|m| (m.bid, m.offer, m.quantity_wh, m.price))
        .collect()
}

#[test]
fn books_come_out_as_by_hand() {
    let uniform = |orders: &[OrderTerms]| hold_auction(AuctionRule::UniformPrice, orders);
    // Nothing crosses.
    for orders in [
        vec![],
        vec![bid(5, 10)],
        vec![offer(5, 10)],
        vec![bid(5, 10), offer(5, 11)],
    ] {
        let result = uniform(&orders);
        assert_eq!((result.price, result.quantity_wh), (None, 0));
        assert_eq!(result.matches, []);
    }
    // The same price on both sides trades.
    assert_eq!(uniform(&[bid(5, 10), offer(3, 10)]).price, Some(10));
    // Both sides are used up: the middle, rounded to even.
    for (low, high, price) in [
        (10, 20, 15),
        (10, 11, 10),
        (11, 12, 12),
        (-3, -2, -2),
        (-2, -1, -2),
    ] {
        let result = uniform(&[bid(5, high), offer(5, low)]);
        assert_eq!(result.price, Some(price), "{low} {high}");
    }
    // Who is left out bounds the middle: 14 to 16.
    let orders = [bid(5, 20), bid(5, 14), offer(5, 10), offer(5, 16)];
    assert_eq!(uniform(&orders).price, Some(15));
    // A bid that is served in part makes the price.
    let result = uniform(&[bid(4, 30), bid(5, 20), offer(6, 10)]);
    assert_eq!(result.price, Some(20));
    assert_eq!(result.served_wh, [4, 2, 6]);
    assert_eq!(trades(&result), [(0, 2, 4, 20), (1, 2, 2, 20)]);
    assert_eq!(result.welfare_micro, 4 * 30 + 2 * 20 - 6 * 10);
}

#[test]
fn equal_prices_share_by_largest_remainder_then_record_order() {
    // 7 Wh for 5, 3 and 3: 3.18, 1.91, 1.91.
    let orders = [bid(5, 9), offer(7, 1), bid(3, 9), bid(3, 9)];
    let result = hold_auction(AuctionRule::UniformPrice, &orders);
    assert_eq!(result.served_wh, [3, 7, 2, 2]);
    // 1 Wh for three equal ones goes to the first.
    assert_eq!(share(&[4, 4, 4], 1), [1, 0, 0]);
    assert_eq!(share(&[4, 4, 4], 11), [4, 4, 3]);
    assert!(share(&[], 3).is_empty());
}

#[test]
fn pay_as_bid_joins_the_highest_bid_with_the_lowest_offer() {
    let orders = [
        bid(4, 20),
        offer(3, 12),
        bid(4, 30),
        offer(3, 10),
        bid(9, 11),
    ];
    let result = hold_auction(AuctionRule::PayAsBid, &orders);
    assert_eq!(result.price, None);
    assert_eq!(
        trades(&result),
        [(2, 3, 3, 30), (2, 1, 1, 30), (0, 1, 2, 20)]
    );
}

#[test]
fn money_is_rounded_half_to_even() {
    for (quantity_wh, price, expected) in [
        (1_000_000, 8_150, 8_150),
        (500_000, 1, 0),
        (500_000, 3, 2),
        (1_500_000, 1, 2),
        (500_000, -1, 0),
        (500_000, -3, -2),
        (500_001, -1, -1),
        (MAX_QUANTITY_WH, MAX_ABSOLUTE_PRICE, 100_000_000_000_000),
        (MAX_QUANTITY_WH, -MAX_ABSOLUTE_PRICE, -100_000_000_000_000),
    ] {
        assert_eq!(
            RunningSum::default().add(quantity_wh, price),
            expected,
            "{quantity_wh} {price}"
        );
    }
}

/// What the trades of each order come to, in minor units, by place.
fn sums(orders: &[OrderTerms], result: &AuctionResult) -> Vec<i128> {
    let mut sums = vec![0; orders.len()];
    for trade in &result.matches {
        sums[trade.bid] += i128::from(trade.amount);
        sums[trade.offer] += i128::from(trade.amount);
    }
    sums
}

/// Whoever divides what he wants into orders too small for one minor unit each gains nothing by it.
#[test]
fn small_orders_pay_together_what_a_large_one_pays() {
    for rule in [AuctionRule::UniformPrice, AuctionRule::PayAsBid] {
        for (wh, bid_limit) in [(61, 8_150), (77, 8_150), (1, 8_150), (100, -3)] {
            let count = 4_999;
            let mut orders = vec![offer(wh * count, -9)];
            orders.extend((0..count).map(|_| bid(wh, bid_limit)));
            let result = hold_auction(rule, &orders);
            let (price, paid) = (result.matches[0].price, sums(&orders, &result)[0]);
            let exact_micro = i128::from(wh * count) * i128::from(price);
            assert_eq!(paid, divide_half_even(exact_micro, 1_000_000));
        }
    }
}

/// The largest book of an interval, at the bounds of every number.
#[test]
fn the_bounds_do_not_overflow() {
    let mut orders = vec![bid(MAX_QUANTITY_WH, MAX_ABSOLUTE_PRICE); 5_000];
    orders.extend(vec![offer(MAX_QUANTITY_WH, -MAX_ABSOLUTE_PRICE); 5_000]);
    let result = hold_auction(AuctionRule::UniformPrice, &orders);
    assert_eq!(result.quantity_wh, 5_000 * MAX_QUANTITY_WH);
    assert_eq!(result.price, Some(0));
    let welfare = divide_half_even(result.welfare_micro, 1_000_000);
    assert_eq!(i64::try_from(welfare), Ok(1_000_000_000_000_000_000));
}

/// Most that a quantity can be worth to the orders of a side, for each quantity: by trying, for each order,
/// each amount that it could get.
fn worth(orders: &[OrderTerms], side: Side) -> Vec<i128> {
    let mut best = vec![0];
    for order in orders.iter().filter(|order| order.side() == side) {
        let each = match side {
            Side::Bid => i128::from(order.limit_price()),
            Side::Offer => -i128::from(order.limit_price()),
        };
        let most = usize::try_from(order.quantity_wh()).unwrap();
        let mut next = vec![i128::MIN; best.len() + most];
        for (quantity, value) in best.iter().enumerate() {
            for given in 0..=most {
                let total = value + each * given as i128;
                next[quantity + given] = next[quantity + given].max(total);
            }
        }
        best = next;
    }
    best
}

/// The highest welfare, and the most energy that is worth it.
fn optimum(orders: &[OrderTerms]) -> (i128, u64) {
    let (bids, offers) = (worth(orders, Side::Bid), worth(orders, Side::Offer));
    (0u64..)
        .zip(bids.iter().zip(&offers))
        .map(|(quantity, (bought, sold))| (bought + sold, quantity))
        .max()
        .unwrap()
}

fn any_order() -> impl Strategy<Value = OrderTerms> {
    any_order_of(1..7, -4..9)
}

fn any_order_of(
    quantities_wh: Range<u64>,
    prices: Range<i64>,
) -> impl Strategy<Value = OrderTerms> {
    (prop::bool::ANY, quantities_wh, prices).prop_map(|(is_bid, quantity_wh, price)| {
        let side = if is_bid { Side::Bid } else { Side::Offer };
        order(side, quantity_wh, price)
    })
}

fn any_rule() -> impl Strategy<Value = AuctionRule> {
    prop_oneof![Just(AuctionRule::UniformPrice), Just(AuctionRule::PayAsBid)]
}

/// Wh served by side and price.
fn by_level(orders: &[OrderTerms], served: &[u64]) -> std::collections::BTreeMap<(Side, i64), u64> {
    let mut levels = std::collections::BTreeMap::new();
    for (order, wh) in orders.iter().zip(served) {
        *levels
            .entry((order.side(), order.limit_price()))
            .or_insert(0) += wh;
    }
    levels
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_result_is_worth_most_and_hurts_nobody(
        rule in any_rule(),
        orders in vec(any_order(), 0..9),
    ) {
        let result = hold_auction(rule, &orders);
        prop_assert_eq!((result.welfare_micro, result.quantity_wh), optimum(&orders));
        let mut matched = vec![0; orders.len()];
        for trade in &result.matches {
            let (buys, sells) = (&orders[trade.bid], &orders[trade.offer]);
            prop_assert_eq!((buys.side(), sells.side()), (Side::Bid, Side::Offer));
            prop_assert!(trade.quantity_wh > 0);
            prop_assert!(sells.limit_price() <= trade.price && trade.price <= buys.limit_price());
            matched[trade.bid] += trade.quantity_wh;
            matched[trade.offer] += trade.quantity_wh;
            match rule {
                AuctionRule::UniformPrice => prop_assert_eq!(Some(trade.price), result.price),
                AuctionRule::PayAsBid => prop_assert_eq!(trade.price, buys.limit_price()),
            }
        }
        // Everything that is served is traded, and both sides alike.
        prop_assert_eq!(&matched, &result.served_wh);
        let served = |side: Side| -> u64 {
            orders.iter().zip(&matched).filter(|(o, _)| o.side() == side).map(|(_, wh)| wh).sum()
        };
        prop_assert_eq!(served(Side::Bid), result.quantity_wh);
        prop_assert_eq!(served(Side::Offer), result.quantity_wh);
        prop_assert!(orders.iter().zip(&matched).all(|(o, wh)| *wh <= o.quantity_wh()));
        let count = matched.iter().filter(|wh| **wh > 0).count();
        prop_assert!(result.matches.len() < count.max(1));
    }

    /// Of all prices that disturb nobody, found by trying them, the price is the middle one.
    #[test]
    fn the_uniform_price_is_in_the_middle(orders in vec(any_order(), 0..12)) {
        let result = hold_auction(AuctionRule::UniformPrice, &orders);
        let disturbs = |price: i64| orders.iter().zip(&result.served_wh).any(|(order, served)| {
            let gain = match order.side() {
                Side::Bid => order.limit_price() - price,
                Side::Offer => price - order.limit_price(),
            };
            (gain < 0 && *served > 0) || (gain > 0 && *served < order.quantity_wh())
        });
        let prices: Vec<i64> = (-20..20).filter(|price| !disturbs(*price)).collect();
        match result.price {
            None => prop_assert_eq!(result.quantity_wh, 0),
            Some(price) => {
                let (low, high) = (prices[0], prices[prices.len() - 1]);
                // The nearest to the middle: of two that are equally near the even one.
                let nearest = prices.iter().copied().min_by_key(|price| {
                    ((2 * price - low - high).abs(), price % 2 != 0)
                });
                prop_assert_eq!(Some(price), nearest);
            }
        }
    }

    #[test]
    fn at_the_uniform_price_nobody_is_left_out_who_is_better(orders in vec(any_order(), 0..12)) {
        let result = hold_auction(AuctionRule::UniformPrice, &orders);
        let Some(price) = result.price else {
            prop_assert_eq!(result.quantity_wh, 0);
            return Ok(());
        };
        for (order, served) in orders.iter().zip(&result.served_wh) {
            let (is_better, is_worse) = match order.side() {
                Side::Bid => (order.limit_price() > price, order.limit_price() < price),
                Side::Offer => (order.limit_price() < price, order.limit_price() > price),
            };
            prop_assert!(!is_better || *served == order.quantity_wh(), "{order:?} {served} at {price}");
            prop_assert!(!is_worse || *served == 0, "{order:?} {served} at {price}");
        }
    }

    #[test]
    fn the_order_of_arrival_decides_ties_alone(
        (orders, places) in vec(any_order(), 0..12).prop_flat_map(|orders| {
            let places: Vec<usize> = (0..orders.len()).collect();
            (Just(orders), Just(places).prop_shuffle())
        }),
    ) {
        let shuffled: Vec<OrderTerms> = places.iter().map(|at| orders[*at]).collect();
        for rule in [AuctionRule::UniformPrice, AuctionRule::PayAsBid] {
            let (one, other) = (hold_auction(rule, &orders), hold_auction(rule, &shuffled));
            prop_assert_eq!(
                (one.price, one.quantity_wh, one.welfare_micro),
                (other.price, other.quantity_wh, other.welfare_micro)
            );
            prop_assert_eq!(
                by_level(&orders, &one.served_wh),
                by_level(&shuffled, &other.served_wh)
            );
            for (at, from) in places.iter().enumerate() {
                prop_assert!(other.served_wh[at].abs_diff(one.served_wh[*from]) <= 1);
            }
        }
    }

    /// Rounding moves no order beyond its limit by more than one minor unit, however many trades it has, and
    /// moves all of them together by no more than half of one.
    #[test]
    fn money_is_right_to_within_one_minor_unit_for_each_order(
        rule in any_rule(),
        orders in vec(any_order_of(1..400_000, -9_000..9_000), 0..60),
    ) {
        let result = hold_auction(rule, &orders);
        let mut exact_micro = vec![0; orders.len()];
        let mut total_micro = 0;
        for trade in &result.matches {
            let worth = i128::from(trade.quantity_wh) * i128::from(trade.price);
            exact_micro[trade.bid] += worth;
            exact_micro[trade.offer] += worth;
            total_micro += worth;
        }
        let sums = sums(&orders, &result);
        for (at, order) in orders.iter().enumerate() {
            let paid_micro = sums[at] * 1_000_000;
            prop_assert!((paid_micro - exact_micro[at]).abs() <= 1_000_000);
            let limit_micro = i128::from(order.limit_price()) * i128::from(result.served_wh[at]);
            let beyond_micro = match order.side() {
                Side::Bid => paid_micro - limit_micro,
                Side::Offer => limit_micro - paid_micro,
            };
            prop_assert!(beyond_micro <= 1_000_000, "{order:?} {beyond_micro}");
        }
        let total: i128 = result.matches.iter().map(|trade| i128::from(trade.amount)).sum();
        prop_assert_eq!(total, divide_half_even(total_micro, 1_000_000));
    }

    #[test]
    fn shares_are_fair(asked in vec(0u64..1_000, 0..10), quantity in 0u64..9_000) {
        let shares = share(&asked, quantity);
        let total: u64 = asked.iter().sum();
        prop_assert_eq!(shares.iter().sum::<u64>(), total.min(quantity));
        for (wh, share) in asked.iter().zip(&shares) {
            prop_assert!(share <= wh);
            // Within one of the exact part.
            let exact = u128::from(*wh) * u128::from(quantity.min(total));
            let scaled = u128::from(*share) * u128::from(total);
            prop_assert!(scaled.abs_diff(exact) < u128::from(total.max(1)));
        }
    }

    #[test]
    fn a_half_goes_to_the_even_number(dividend in -10_000i128..10_000, divisor in 1i128..50) {
        let rounded = divide_half_even(dividend, divisor);
        let error = 2 * (dividend - rounded * divisor).abs();
        prop_assert!(error <= divisor);
        prop_assert!(error < divisor || rounded % 2 == 0);
    }
}

/// The page whose example is kept true here.
const PAGE: &str = include_str!("../../../docs/energy.md");

/// The lines of the block of a name.
fn block(name: &str) -> Vec<&'static str> {
    let begin = format!("```{name}\n");
    let start = PAGE.find(&begin).unwrap() + begin.len();
    PAGE[start..].split("```").next().unwrap().lines().collect()
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let orders: Vec<OrderTerms> = block("orders")
        .iter()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let side = match words[1] {
                "bid" => Side::Bid,
                _ => Side::Offer,
            };
            OrderTerms::new(side, words[2].parse().unwrap(), words[5].parse().unwrap()).unwrap()
        })
        .collect();
    assert_eq!(orders.len(), 6);
    for rule in [AuctionRule::UniformPrice, AuctionRule::PayAsBid] {
        let result = hold_auction(rule, &orders);
        let mut lines: Vec<String> = result
            .matches
            .iter()
            .map(|m| {
                format!(
                    "{} buys from {}: {} Wh at {} for {}",
                    m.bid + 1,
                    m.offer + 1,
                    m.quantity_wh,
                    m.price,
                    m.amount
                )
            })
            .collect();
        let welfare = divide_half_even(result.welfare_micro, 1_000_000);
        lines.push(format!("worth {welfare}"));
        assert_eq!(lines, block(rule.as_str()));
    }
}
