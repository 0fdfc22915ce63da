//! Where supply and demand cross.

use super::allocation::Edge;
use super::money::divide_half_even;
use crate::records::energy::market::{OrderTerms, Side};

/// The places of a side's orders, the best price first, equal prices in record order.
pub(super) fn by_price(orders: &[OrderTerms], side: Side) -> Vec<usize> {
    let mut places: Vec<(i64, usize)> = orders
        .iter()
        .enumerate()
        .filter(|(_, order)| order.side() == side)
        .map(|(at, order)| match side {
            Side::Bid => (-order.limit_price(), at),
            Side::Offer => (order.limit_price(), at),
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, at)| at).collect()
}

/// The most energy that can be traded without a bid below its offer, in Wh: it is also what is worth most.
pub(super) fn tradable(orders: &[OrderTerms], bids: &[usize], offers: &[usize]) -> u64 {
    let mut bids = bids.iter().filter_map(|at| orders.get(*at));
    let mut offers = offers.iter().filter_map(|at| orders.get(*at));
    let (mut bid, mut offer) = (bids.next(), offers.next());
    let mut bid_left = bid.map_or(0, OrderTerms::quantity_wh);
    let mut offer_left = offer.map_or(0, OrderTerms::quantity_wh);
    let mut traded = 0;
    while let (Some(buys), Some(sells)) = (bid, offer)
        && buys.limit_price() >= sells.limit_price()
    {
        let both = bid_left.min(offer_left);
        traded += both;
        bid_left -= both;
        offer_left -= both;
        if bid_left == 0 {
            bid = bids.next();
            bid_left = bid.map_or(0, OrderTerms::quantity_wh);
        }
        if offer_left == 0 {
            offer = offers.next();
            offer_left = offer.map_or(0, OrderTerms::quantity_wh);
        }
    }
    traded
}

/// The uniform price. It is no higher than any served bid and any offer that is not served in full, and no
/// lower than any served offer and any bid that is not served in full: nobody who is left out would
/// have traded at it. Of all such prices it is the middle one, rounded to even.
pub(super) fn price(bids: Edge, offers: Edge) -> Option<i64> {
    let (last_bid, last_offer) = (bids.last_served?, offers.last_served?);
    let low = bids
        .first_unserved
        .map_or(last_offer, |bid| bid.max(last_offer));
    let high = offers
        .first_unserved
        .map_or(last_bid, |offer| offer.min(last_bid));
    let middle = divide_half_even(i128::from(low) + i128::from(high), 2);
    i64::try_from(middle).ok()
}
