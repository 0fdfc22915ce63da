//! What each index costs on the way in: `cargo bench --features testing --bench indices`. Ledgers on
//! disk take the events of the load tool, each ledger without one of the indices, in turns; what a
//! ledger without an index saves is what that index costs. WAYBILL_BENCH_EVENTS sets how many events
//! each ledger takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a broken benchmark has to stop"
)]

#[path = "../traceability/growing_ledger.rs"]
mod growing_ledger;

use std::path::Path;
use std::time::Duration;

use growing_ledger::{GrowingLedger, Ingest};
use waybill::cli::Workload;
use waybill::types::{RecordKind, Space, Write};

const DEFAULT_EVENTS: u64 = 100_000;

/// Events in a block, as at ten thousand a second.
const BLOCK_EVENTS: u64 = 1_000;

/// Bytes of an event, as in the figures of `waybill bench`.
const EVENT_BYTES: usize = 1_000;

/// How often each ledger is made: the median counts.
const ROUNDS: usize = 3;

/// Whether a ledger is made without a write.
type Filter = fn(&Write) -> bool;

/// What ledgers are made without.
const LEFT_OUT: [(&str, Filter); 6] = [
    ("nothing", |_| false),
    ("events by thing", |write| write.space == Space::Index),
    ("events for tracing", |write| {
        write.space == Space::TraceEvents
    }),
    ("events by what they are known by (duplicates)", |write| {
        write.space == Space::Records
    }),
    ("submissions by id", |write| {
        write.space == Space::Submissions
    }),
    ("all four", |write| {
        matches!(
            write.space,
            Space::Index | Space::TraceEvents | Space::Records | Space::Submissions
        )
    }),
];

fn main() {
    // The test runner asks every benchmark for its tests.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let events = std::env::var("WAYBILL_BENCH_EVENTS")
        .map_or(DEFAULT_EVENTS, |number| number.parse().unwrap());
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); LEFT_OUT.len()];
    for round in 0..ROUNDS {
        for (variant, (name, left_out)) in LEFT_OUT.iter().enumerate() {
            eprintln!("round {} of {ROUNDS}, without {name}", round + 1);
            runs[variant].push(ingest(events, *left_out));
        }
    }
    println!(
        "| left out | rows | checking | applying | storing | processor time in all | on disk |\n\
         |---|---|---|---|---|---|---|"
    );
    for ((name, _), runs) in LEFT_OUT.iter().zip(&runs) {
        let median = |value: fn(&Run) -> f64| {
            let mut values: Vec<f64> = runs.iter().map(value).collect();
            values.sort_unstable_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!(
            "| {name} | {:.2} | {:.2} µs | {:.2} µs | {:.2} µs | {:.2} µs | {:.0} B |",
            median(|run| run.rows),
            median(|run| run.checking_us),
            median(|run| run.applying_us),
            median(|run| run.storing_us),
            median(|run| run.processor_us),
            median(|run| run.disk_bytes),
        );
    }
}

/// One ledger's figures, each for one event.
#[derive(Clone, Copy)]
struct Run {
    rows: f64,
    checking_us: f64,
    applying_us: f64,
    storing_us: f64,
    /// Of the whole process, compaction included.
    processor_us: f64,
    disk_bytes: f64,
}

fn ingest(events: u64, left_out: Filter) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let workload = Workload::new(RecordKind::new("epcis.event").unwrap(), 1, EVENT_BYTES);
    let mut ledger = GrowingLedger::create(folder.path(), 4, left_out);
    let before = processor_time();
    for first in (0..events).step_by(BLOCK_EVENTS as usize) {
        ledger.order(
            (first..first + BLOCK_EVENTS)
                .map(|n| workload.event(n))
                .collect(),
        );
    }
    let Ingest {
        records,
        rows,
        checking,
        applying,
        storing,
    } = ledger.ingest();
    // Signing the submissions and making the blocks is the benchmark's, not the node's.
    let making = ledger.making();
    drop(ledger);
    let processor = (processor_time() - before).saturating_sub(making);
    let each = |whole: f64| whole / records as f64;
    let each_us = |time: Duration| each(time.as_secs_f64() * 1e6);
    Run {
        rows: each(rows as f64),
        checking_us: each_us(checking),
        applying_us: each_us(applying),
        storing_us: each_us(storing),
        processor_us: each_us(processor),
        disk_bytes: each(bytes_under(folder.path()) as f64),
    }
}

/// Processor time of this process so far, all threads: user and system, in ticks of 10 ms.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = text.rsplit_once(") ").unwrap().1;
    let ticks: u64 = after_name
        .split(' ')
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(10 * ticks)
}

fn bytes_under(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => bytes_under(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}
