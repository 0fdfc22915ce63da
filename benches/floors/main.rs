//! What single steps of a record's way cost, from the ground floor up: `cargo bench --features testing`.
//!
//! Each figure is criterion's median of one thread; compare two figures of one run, or a run with
//! `--save-baseline` and one with `--baseline`. The cost of the whole, with network and four nodes,
//! is what `waybill bench` measures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a broken benchmark has to stop"
)]

mod crypto;
mod ledger;
mod market;
mod material;
mod merkle;
mod records;
mod storage;

criterion::criterion_main!(
    crypto::benches,
    merkle::benches,
    records::benches,
    market::benches,
    ledger::benches,
    storage::benches
);
