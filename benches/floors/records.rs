//! Floors 1 and 2: reading JSON strictly, an EPCIS event, its hash, and the codec.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group};
use waybill::contracts::{self, Rulebook, shipped_contracts};
use waybill::ledger::CheckedBatch;
use waybill::records;
use waybill::types::{Batch, json};

use super::material;

criterion_group!(benches, events, batches);

fn events(criterion: &mut Criterion) {
    let record = material::events(0, 1).remove(0);
    let body = &record.body;
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let mut group = criterion.benchmark_group("event of 1,000 bytes");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("read JSON strictly", |bencher| {
        bencher.iter(|| json::read(black_box(body)).unwrap());
    });
    group.bench_function("read JSON with serde_json, for comparison", |bencher| {
        bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(body)).unwrap());
    });
    group.bench_function("parse and hash as EPCIS", |bencher| {
        bencher.iter(|| records::epcis::parse(black_box(body)).unwrap());
    });
    group.bench_function("reduce to what the ledger needs", |bencher| {
        bencher.iter(|| contracts::check(&rulebook, black_box(&record)).unwrap());
    });
    group.finish();
}

fn batches(criterion: &mut Criterion) {
    let ledger = material::ledger();
    let context = ledger.submission_context();
    for (name, submissions, records) in [("100 in a submission", 2, 100), ("singles", 200, 1)] {
        let batch = Arc::new(material::batch(&ledger, submissions, records));
        let mut group = criterion.benchmark_group(format!("batch of 200 events, {name}"));
        group.throughput(Throughput::Elements(200));
        group.bench_function("decode", |bencher| {
            bencher.iter(|| Batch::from_shared_bytes(batch.bytes().clone()).unwrap());
        });
        group.bench_function("verify signatures, parse, hash", |bencher| {
            bencher.iter(|| CheckedBatch::check(&context, black_box(batch.clone())));
        });
        group.finish();
    }
}
