//! How much each order gets.

use crate::records::energy::market::OrderTerms;

/// Where the served orders of a side end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Edge {
    /// The worst price that is served, in full or in part.
    pub(super) last_served: Option<i64>,
    /// The best price that is not served in full.
    pub(super) first_unserved: Option<i64>,
}

/// Serves the orders of a side with a quantity in Wh, the best price first. `places` are those of the side,
/// by price; the quantity is no more than they ask for together.
pub(super) fn serve(
    orders: &[OrderTerms],
    places: &[usize],
    mut quantity_wh: u64,
    served_wh: &mut [u64],
) -> Edge {
    let mut edge = Edge::default();
    let price = |at: &usize| orders.get(*at).map(OrderTerms::limit_price);
    for level in places.chunk_by(|a, b| price(a) == price(b)) {
        let level_price = level.first().and_then(price);
        let asked: Vec<u64> = level
            .iter()
            .map(|at| orders.get(*at).map_or(0, OrderTerms::quantity_wh))
            .collect();
        let total: u64 = asked.iter().sum();
        let given = total.min(quantity_wh);
        if given < total && edge.first_unserved.is_none() {
            edge.first_unserved = level_price;
        }
        if given == 0 {
            break;
        }
        edge.last_served = level_price;
        quantity_wh -= given;
        for (at, wh) in level.iter().zip(share(&asked, given)) {
            if let Some(served) = served_wh.get_mut(*at) {
                *served = wh;
            }
        }
    }
    edge
}

/// Shares a quantity pro rata to what is asked for, in whole Wh by largest remainder, equal remainders in
/// the order given. No share is more than was asked for, and together they are the quantity, or all that was
/// asked for if that is less.
pub fn share(asked: &[u64], quantity_wh: u64) -> Vec<u64> {
    let total: u128 = asked.iter().map(|wh| u128::from(*wh)).sum();
    if u128::from(quantity_wh) >= total {
        return asked.to_vec();
    }
    let mut shares = Vec::with_capacity(asked.len());
    let mut remainders = Vec::with_capacity(asked.len());
    let mut left = quantity_wh;
    for (at, wh) in asked.iter().enumerate() {
        let exact = u128::from(*wh) * u128::from(quantity_wh);
        // Below what was asked for, as the quantity is below the total.
        let floor = u64::try_from(exact / total).unwrap_or(*wh);
        left = left.saturating_sub(floor);
        shares.push(floor);
        remainders.push((std::cmp::Reverse(exact % total), at));
    }
    remainders.sort_unstable();
    let most = usize::try_from(left).unwrap_or(usize::MAX);
    for (_, at) in remainders.iter().take(most) {
        if let Some(share) = shares.get_mut(*at) {
            *share += 1;
        }
    }
    shares
}
