//! The auction of one delivery interval: a pure function from orders to trades, in `O(n log n)`.
//!
//! What it promises, whichever rule an area has:
//! - **Welfare.** No other allocation is worth more at the limit prices; among those that are worth as much,
//!   it trades the most energy.
//! - **Individual rationality.** Nobody pays more than his bid, or gets less than his offer, per MWh; in whole minor
//!   units, no order more than one beyond that.
//! - **Budget balance.** What a buyer pays its seller gets: no surplus is left over and none is paid in.
//! - **Order of arrival** decides nothing but ties: which of two equal remainders gets one more Wh, and
//!   who trades with whom.
//!
//! How much each order gets is the same under both rules. Orders are served by price: bids from the
//! highest down, offers from the lowest up, as long as the bid is not below the offer. Where one price is
//! served in part only, its orders share pro rata by largest remainder, then in record order.
//!
//! The rules differ in prices and partners:
//! - **Uniform price**: one price for all, halfway between what would disturb the result on either side,
//!   rounded to even; partners are joined in record order, which makes fewer trades than there are served
//!   orders.
//! - **Pay-as-bid**: the highest bid is joined with the lowest offer, equal prices in record order; the
//!   price of a trade is its bid's.
//!
//! Money is rounded along the trades: see [`RunningSum`]. All arithmetic is on integers; the bounds of
//! [`OrderTerms`] and [`MAX_AUCTION_ORDERS`] keep it from
//! overflowing.

mod allocation;
mod crossing;
mod matching;
mod money;

pub use allocation::share;
pub use matching::Match;
pub use money::{RunningSum, divide_half_even};

use crate::records::energy::market::{AuctionRule, OrderTerms, Side};

/// Most orders of an auction.
pub const MAX_AUCTION_ORDERS: usize = 1_000_000;

/// What an auction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuctionResult {
    /// The price of all trades, in minor units per MWh; none without trades and if each has its own.
    pub price: Option<i64>,
    /// The energy traded, in Wh.
    pub quantity_wh: u64,
    /// The limit prices of the served bids minus those of the served offers, in millionths of a minor
    /// unit.
    pub welfare_micro: i128,
    /// How much of each order was served, in Wh, in the order of the orders.
    pub served_wh: Vec<u64>,
    /// Who trades with whom.
    pub matches: Vec<Match>,
}

/// Holds an auction over orders that stand in record order; those beyond [`MAX_AUCTION_ORDERS`] take no part.
pub fn hold_auction(rule: AuctionRule, orders: &[OrderTerms]) -> AuctionResult {
    let orders = orders
        .get(..MAX_AUCTION_ORDERS.min(orders.len()))
        .unwrap_or(orders);
    let bids = crossing::by_price(orders, Side::Bid);
    let offers = crossing::by_price(orders, Side::Offer);
    let quantity_wh = crossing::tradable(orders, &bids, &offers);
    let mut served_wh = vec![0; orders.len()];
    let bid_edge = allocation::serve(orders, &bids, quantity_wh, &mut served_wh);
    let offer_edge = allocation::serve(orders, &offers, quantity_wh, &mut served_wh);
    let uniform = crossing::price(bid_edge, offer_edge);
    let matches = match rule {
        AuctionRule::UniformPrice => {
            let of = |side: Side| {
                (0..orders.len())
                    .filter(|at| orders.get(*at).is_some_and(|order| order.side() == side))
                    .collect::<Vec<_>>()
            };
            let (bids, offers) = (of(Side::Bid), of(Side::Offer));
            matching::join(&served_wh, &bids, &offers, |_| uniform.unwrap_or_default())
        }
        AuctionRule::PayAsBid => matching::join(&served_wh, &bids, &offers, |bid| {
            orders.get(bid).map_or(0, OrderTerms::limit_price)
        }),
    };
    let value = |side: Side| -> i128 {
        orders
            .iter()
            .zip(&served_wh)
            .filter(|(order, _)| order.side() == side)
            .map(|(order, wh)| i128::from(*wh) * i128::from(order.limit_price()))
            .sum()
    };
    AuctionResult {
        price: uniform.filter(|_| rule == AuctionRule::UniformPrice),
        quantity_wh,
        welfare_micro: value(Side::Bid) - value(Side::Offer),
        served_wh,
        matches,
    }
}

#[cfg(test)]
mod tests;
