//! What questions of traceability cost on a long history: `cargo bench --features testing --bench
//! traceability`. It takes minutes and a few GB of disk for a million events; WAYBILL_BENCH_EVENTS sets
//! another number. With a folder in WAYBILL_BENCH_FOLDER the chain is kept there, and asked again by the next run:
//! after a restart of the machine, nothing of it is in memory.
//!
//! The chain is applied block by block to a store on disk, the store is closed and opened again, and each
//! question is asked many times about things chosen by a fixed seed. The system's page cache stays
//! warm; the store's own cache has the size that a node has by default.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a broken benchmark has to stop"
)]

mod chain;
mod growing_ledger;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chain::{BLOCK_EVENTS, LAYERS, LOTS};
use growing_ledger::GrowingLedger;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use waybill::ledger::questions::epcis_query::{EpcisQuery, QueryText, search};
use waybill::ledger::questions::{EventScope, Events, TraceDirection};
use waybill::records::epcis::{Identifier, ThingId};
use waybill::storage::{Store, StoreOptions};
use waybill::testing::TestNetwork;
use waybill::types::{LedgerId, LedgerReader, ScanOrder, Timestamp};

const DEFAULT_EVENTS: u64 = 1_000_000;

/// How often each question is asked.
const QUESTIONS: usize = 300;

fn main() {
    // The test runner asks every benchmark for its tests.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let wanted = std::env::var("WAYBILL_BENCH_EVENTS")
        .map_or(DEFAULT_EVENTS, |number| number.parse().unwrap());
    let chains = wanted.div_ceil(BLOCK_EVENTS);
    let kept = std::env::var_os("WAYBILL_BENCH_FOLDER").map(PathBuf::from);
    let passing = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(passing.path());
    if !folder.join("CURRENT").exists() {
        grow(folder, chains);
    }
    let genesis = TestNetwork::new(4, 4).genesis().clone();

    let options = StoreOptions::default();
    println!(
        "store opened again, cache of {} MiB",
        options.cache_bytes >> 20
    );
    let store = Store::open(folder, &genesis, options).unwrap();
    ask_all(&store, chains, &genesis.ledger());
}

/// Makes the chain, and prints what that cost.
fn grow(folder: &Path, chains: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let mut ledger = GrowingLedger::create(folder, 4, |_| false);
    let start = Instant::now();
    for number in 0..chains {
        ledger.order(chain::events(number));
        if number % 50 == 0 {
            eprintln!(
                "{} of {} events",
                number * BLOCK_EVENTS,
                chains * BLOCK_EVENTS
            );
        }
    }
    let ingest = ledger.ingest();
    let each = |time: Duration| time / u32::try_from(ingest.records).unwrap();
    println!(
        "{} events in {:.0?}, making them {:.0?} of it; each: {} rows, checking {:.1?}, applying {:.1?}, \
         storing {:.1?}",
        ingest.records,
        start.elapsed(),
        ledger.making(),
        ingest.rows / ingest.records,
        each(ingest.checking),
        each(ingest.applying),
        each(ingest.storing)
    );
}

fn ask_all(store: &Store, chains: u64, ledger: &LedgerId) {
    println!("| question | answer | p50 | p99 | slowest |\n|---|---|---|---|---|");
    let (forward, back) = (TraceDirection::Forward, TraceDirection::Back);
    let all = usize::MAX;
    ask_traces(
        store,
        chains,
        "forward, depth 3, all, right after opening",
        (LAYERS - 3, forward),
        all,
    );
    ask_traces(
        store,
        chains,
        "forward, depth 3, all",
        (LAYERS - 3, forward),
        all,
    );
    ask_traces(store, chains, "back, depth 3, all", (3, back), all);
    ask_traces(
        store,
        chains,
        "forward, depth 12, first page",
        (0, forward),
        100,
    );
    ask_traces(
        store,
        chains,
        "back, depth 12, first page",
        (LAYERS, back),
        100,
    );
    ask_traces(store, chains, "forward, depth 12, all", (0, forward), all);
    ask_mentions(store, chains);
    ask_epcis(store, chains, ledger);
}

/// Traces lots of a layer, and prints how long that took.
fn ask_traces(
    store: &Store,
    chains: u64,
    name: &str,
    (layer, direction): (u64, TraceDirection),
    count: usize,
) {
    measure(name, chains, |random| {
        let lot = canonical(random.next_u64() % chains, layer, random.next_u64() % LOTS);
        let start = Instant::now();
        let view = store.view().unwrap();
        let events = Events::open(&*view, EventScope::default()).unwrap();
        let trace = events.trace(&lot, direction, 0, count).unwrap().unwrap();
        (start.elapsed(), trace.things.len())
    });
}

/// A lot by the identifier that the questions take.
fn canonical(chain: u64, layer: u64, number: u64) -> String {
    let lot = chain::lot(chain, layer, number);
    Identifier::parse(&lot).unwrap().canonical().to_owned()
}

/// Finds and reads the entries of the events of a lot.
fn ask_mentions(store: &Store, chains: u64) {
    measure("events of one lot, with their entries", chains, |random| {
        let layer = random.next_u64() % (LAYERS + 1);
        let lot = canonical(random.next_u64() % chains, layer, random.next_u64() % LOTS);
        let start = Instant::now();
        let view = store.view().unwrap();
        let events = Events::open(&*view, EventScope::default()).unwrap();
        let range = (Timestamp::from_ms(i64::MIN), Timestamp::from_ms(i64::MAX));
        let thing = ThingId::of(&lot);
        let mentions = events
            .mentions(&thing, range, ScanOrder::Ascending, 100)
            .unwrap();
        for mention in &mentions {
            assert!(view.entry(mention.index).unwrap().is_some());
        }
        (start.elapsed(), mentions.len())
    });
}

/// Asks what the EPCIS interface asks: for the events of one lot, and for those of a day at a place.
fn ask_epcis(store: &Store, chains: u64, ledger: &LedgerId) {
    let ask = |parameters: &[(&str, String)]| {
        let start = Instant::now();
        let mut text = QueryText::default();
        for (name, value) in parameters {
            text.add(name, value).unwrap();
        }
        let query = EpcisQuery::read(ledger, &text).unwrap();
        let view = store.view().unwrap();
        let page = search(&*view, &query, 30, None).unwrap();
        (start.elapsed(), page.events.len())
    };
    measure("EPCIS query: events of one lot", chains, |random| {
        let layer = random.next_u64() % (LAYERS + 1);
        let lot = chain::lot(random.next_u64() % chains, layer, random.next_u64() % LOTS);
        ask(&[("MATCH_anyEPCClass", lot)])
    });
    measure("EPCIS query: of one lot, last first", chains, |random| {
        let layer = random.next_u64() % (LAYERS + 1);
        let lot = chain::lot(random.next_u64() % chains, layer, random.next_u64() % LOTS);
        ask(&[
            ("MATCH_anyEPCClass", lot),
            ("eventType", "TransformationEvent".to_owned()),
            ("orderBy", "recordTime".to_owned()),
        ])
    });
    measure("EPCIS query: 30 events of a time", chains, |random| {
        let day = 1 + random.next_u64() % LAYERS;
        ask(&[("GE_eventTime", format!("2025-03-{day:02}T12:00:00Z"))])
    });
    measure("EPCIS query: of a time, at a place", chains, |random| {
        let (day, place) = (1 + random.next_u64() % LAYERS, random.next_u64() % chains);
        let place = format!("urn:epc:id:sgln:9521234.00001.{place}");
        ask(&[
            ("GE_eventTime", format!("2025-03-{day:02}T00:00:00Z")),
            ("EQ_readPoint", place),
        ])
    });
}

fn measure(name: &str, chains: u64, mut ask: impl FnMut(&mut ChaCha8Rng) -> (Duration, usize)) {
    let mut random = ChaCha8Rng::seed_from_u64(chains);
    let mut taken: Vec<(Duration, usize)> = (0..QUESTIONS).map(|_| ask(&mut random)).collect();
    taken.sort_unstable();
    let at = |percent: usize| taken[(QUESTIONS * percent / 100).min(QUESTIONS - 1)].0;
    let most = taken.iter().map(|(_, size)| size).max().unwrap();
    println!(
        "| {name} | {most} | {:.2?} | {:.2?} | {:.2?} |",
        at(50),
        at(99),
        at(100)
    );
}
