//! What clearing costs a node, all of it: `cargo bench --features testing --bench clearing`. Full books of
//! intervals stand on disk; then the gates of all of them close at once, and the blocks that clear them are
//! applied and stored. The auction alone is in `benches/floors`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a broken benchmark has to stop"
)]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
#[path = "../traceability/growing_ledger.rs"]
mod growing_ledger;

use std::time::Duration;

use growing_ledger::GrowingLedger;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use waybill::testing::energy_order;
use waybill::types::{Record, Timestamp};

/// Members, each with as many orders in a book as it may have: ten of them fill it.
const MEMBERS: usize = 10;
const ORDERS_PER_MEMBER: usize = 500;

/// Books: with 5,000 orders in each there are 100,000.
const INTERVALS: usize = 20;

/// Orders of a member in a block.
const ORDERS_PER_BLOCK: usize = 250;

/// The interval of the market area, in milliseconds.
const INTERVAL_MS: i64 = 900_000;

fn main() {
    // The test runner asks every benchmark for its tests.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = GrowingLedger::create(folder.path(), MEMBERS, |_| false);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    // Some intervals from now, so that no gate closes while the books fill.
    let now_ms = ledger.time_after(0).as_ms();
    let first_ms = (now_ms / INTERVAL_MS + 20) * INTERVAL_MS;
    for interval in 0..INTERVALS {
        let start = Timestamp::from_ms(first_ms + i64::try_from(interval).unwrap() * INTERVAL_MS);
        for block in 0..ORDERS_PER_MEMBER / ORDERS_PER_BLOCK {
            let records: Vec<(usize, Vec<Record>)> = (0..MEMBERS)
                .map(|member| (member, orders(&mut random, start, interval, block)))
                .collect();
            let size = ledger.log_size();
            ledger.order_at(ledger.time_after(1_000), &records);
            let entries = ledger.log_size() - size;
            assert_eq!(entries, (MEMBERS * ORDERS_PER_BLOCK) as u64 + 1);
        }
    }
    let before = ledger.ingest();
    let gates = ledger.time_after(i64::try_from(INTERVALS + 40).unwrap() * INTERVAL_MS);
    let mut blocks: Vec<(Duration, Duration, u64)> = Vec::new();
    let (mut applied, mut stored) = (before.applying, before.storing);
    loop {
        let size = ledger.log_size();
        let time = Timestamp::from_ms(gates.as_ms() + i64::try_from(blocks.len()).unwrap() * 1_000);
        ledger.order_at(time, &[]);
        let ingest = ledger.ingest();
        let made = ledger.log_size() - size - 1;
        if made == 0 {
            break;
        }
        blocks.push((ingest.applying - applied, ingest.storing - stored, made));
        (applied, stored) = (ingest.applying, ingest.storing);
    }
    let sum = |part: fn(&(Duration, Duration, u64)) -> Duration| -> Duration {
        blocks.iter().map(part).sum()
    };
    let slowest = blocks.iter().map(|(apply, store, _)| *apply + *store).max();
    println!(
        "| orders | books | records made | blocks | applying | storing | slowest block |\n\
         |---|---|---|---|---|---|---|\n| {} | {INTERVALS} | {} | {} | {:.1?} | {:.1?} | {:.1?} |",
        before.records,
        blocks.iter().map(|(_, _, made)| made).sum::<u64>(),
        blocks.len(),
        sum(|(apply, _, _)| *apply),
        sum(|(_, store, _)| *store),
        slowest.unwrap()
    );
}

/// Orders of a member for an interval: as many bids as offers, with prices that overlap.
fn orders(random: &mut ChaCha8Rng, start: Timestamp, interval: usize, block: usize) -> Vec<Record> {
    (0..ORDERS_PER_BLOCK)
        .map(|number| {
            let side = ["bid", "offer"][number % 2];
            let id = format!("{interval}-{block}-{number}");
            let quantity = 1_000 + u64::from(random.next_u32() % 10_000);
            let price = 5_000 + i64::from(random.next_u32() % 1_000);
            energy_order(&id, side, start, quantity, price)
        })
        .collect()
}
