//! The example of the documentation, kept true.

use super::hold_auction;
use super::money::divide_half_even;
use crate::records::energy::market::{AuctionRule, OrderTerms, Side};

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
