//! Who trades with whom.

use super::money::RunningSum;

/// A trade between two orders, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The bid.
    pub bid: usize,
    /// The offer.
    pub offer: usize,
    /// The energy, in Wh.
    pub quantity_wh: u64,
    /// In minor units per MWh.
    pub price: i64,
    /// What the buyer pays, in minor units: see [`RunningSum`].
    pub amount: i64,
}

/// Joins served bids and served offers in the orders given, each with the next that has something left.
/// Every trade uses up one of its two orders: there are fewer trades than served orders, and those of one order
/// follow each other.
pub(super) fn join(
    served_wh: &[u64],
    bids: &[usize],
    offers: &[usize],
    price: impl Fn(usize) -> i64,
) -> Vec<Match> {
    let served = |places: &[usize]| -> Vec<(usize, u64)> {
        places
            .iter()
            .filter_map(|at| Some((*at, *served_wh.get(*at)?)))
            .filter(|(_, wh)| *wh > 0)
            .collect()
    };
    let (bids, offers) = (served(bids), served(offers));
    let (mut bids, mut offers) = (bids.into_iter(), offers.into_iter());
    let (mut bid, mut offer) = (bids.next(), offers.next());
    let mut matches = Vec::new();
    let mut sum = RunningSum::default();
    while let (Some((bid_at, bid_left)), Some((offer_at, offer_left))) = (&mut bid, &mut offer) {
        let quantity_wh = (*bid_left).min(*offer_left);
        let price = price(*bid_at);
        matches.push(Match {
            bid: *bid_at,
            offer: *offer_at,
            quantity_wh,
            price,
            amount: sum.add(quantity_wh, price),
        });
        *bid_left -= quantity_wh;
        *offer_left -= quantity_wh;
        let (is_bid_done, is_offer_done) = (*bid_left == 0, *offer_left == 0);
        if is_bid_done {
            bid = bids.next();
        }
        if is_offer_done {
            offer = offers.next();
        }
    }
    matches
}
