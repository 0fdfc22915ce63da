//! The order of the keys of indices.

use crate::contracts::{IndexKey, MarketLevelKey};
use crate::records::energy::market::Side;
use crate::records::epcis::ThingId;
use crate::types::{LogIndex, MarketArea, Timestamp};

#[test]
fn levels_are_in_order_of_their_prices_from_the_worst_to_the_best() {
    let area = MarketArea::new("local").unwrap();
    let start = Timestamp::from_ms(0);
    let prices = [-1_000_000_000, -1, 0, 1, 1_000_000_000];
    let bids = prices.map(|price| (Side::Bid, price));
    let offers = prices.map(|price| (Side::Offer, price));
    let worst_first = bids.into_iter().chain(offers.into_iter().rev());
    let mut keys = Vec::new();
    for (side, price) in worst_first {
        for index in [LogIndex(7), LogIndex(9)] {
            let level = MarketLevelKey {
                area: &area,
                start,
                since: LogIndex(3),
                side,
                price,
            };
            let key = IndexKey::MarketLevelStep { level, index }.to_bytes();
            assert_eq!(IndexKey::price_and_index(&key, side), Some((price, index)));
            keys.push(key);
        }
    }
    assert!(keys.is_sorted());
}

#[test]
fn mentions_are_in_order_of_time_and_entry() {
    let thing = ThingId::of("https://id.gs1.org/01/09521234123450/21/1");
    let places = [(-5, 9), (-1, 3), (0, 2), (7, 1), (7, 4)];
    let keys: Vec<Vec<u8>> = places
        .iter()
        .map(|(ms, index)| {
            let (time, index) = (Timestamp::from_ms(*ms), LogIndex(*index));
            let key = IndexKey::Mention {
                thing: &thing,
                time,
                index,
            };
            let bytes = key.to_bytes();
            assert_eq!(IndexKey::time_and_index(&bytes), Some((time, index)));
            bytes
        })
        .collect();
    assert!(keys.is_sorted());
}
