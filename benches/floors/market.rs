//! Floor 3: the auction of one interval, far beyond what a book may hold.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use waybill::contracts::energy::auction::hold_auction;
use waybill::records::energy::market::{AuctionRule, OrderTerms, Side};

criterion_group!(benches, auctions);

/// Orders of both sides whose prices overlap; every price has some hundred orders.
fn orders(count: u64) -> Vec<OrderTerms> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    (0..count)
        .map(|_| {
            let side = match next(2) {
                0 => Side::Bid,
                _ => Side::Offer,
            };
            let price = 5_000 + i64::try_from(next(1_000)).unwrap();
            OrderTerms::new(side, 1 + next(10_000), price).unwrap()
        })
        .collect()
}

fn auctions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("auction");
    for (name, rule) in [
        ("uniform price", AuctionRule::UniformPrice),
        ("pay-as-bid", AuctionRule::PayAsBid),
    ] {
        for count in [1_000, 10_000, 100_000] {
            let orders = orders(count);
            group.throughput(Throughput::Elements(count));
            group.bench_function(format!("{name}, {count} orders"), |bencher| {
                bencher.iter_batched(
                    || orders.clone(),
                    |orders| hold_auction(rule, black_box(&orders)),
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}
