//! Floor 6: what is durable when it returns, on the disk that holds the temporary folder.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use waybill::storage::{ConsensusLog, RealDisk, Store, StoreOptions, TornTailVerdict};
use waybill::types::{Batch, Height};

use super::material;

criterion_group!(benches, blocks, log);

fn blocks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("store on disk, synced");
    group.sample_size(20);
    for (name, submissions, records) in [("1,000 events", 10, 100), ("10 events", 1, 10)] {
        group.throughput(Throughput::Elements(submissions * records));
        group.bench_function(format!("batch and block of {name}"), |bencher| {
            bencher.iter_custom(|iterations| commit(iterations, submissions, records));
        });
    }
    group.finish();
}

/// How long storing one batch and committing the block that orders it takes, so many times over.
/// Making and applying the blocks is not counted.
fn commit(iterations: u64, submissions: u64, records: u64) -> Duration {
    let mut ledger = material::ledger();
    let folder = tempfile::tempdir().unwrap();
    let genesis = ledger.network().genesis().clone();
    let store = Store::open(folder.path(), &genesis, StoreOptions::default()).unwrap();
    let mut taken = Duration::ZERO;
    for number in 0..iterations {
        let first = number * submissions * records;
        let signed = (0..submissions)
            .map(|submission| {
                let events = material::events(first + submission * records, records);
                ledger.network().submission(0, ledger.expiry(), events)
            })
            .collect();
        let batch: Batch = ledger.batch(signed);
        let applied = ledger.order(std::slice::from_ref(&batch), Vec::new());
        let batch = Arc::new(batch);
        let start = Instant::now();
        store.put_batches(&[batch]).unwrap();
        store.commit(&applied.commit).unwrap();
        taken += start.elapsed();
    }
    taken
}

fn log(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let ledger = material::ledger().network().ledger();
    let (mut log, _) = ConsensusLog::recover(disk, ledger, |_, _| TornTailVerdict::Refuse).unwrap();
    let record = [3; 300];
    let mut height = 0;
    let mut group = criterion.benchmark_group("consensus log on disk");
    group.bench_function("append and sync a vote", |bencher| {
        bencher.iter(|| {
            height += 1;
            log.append(Height(height), &record).unwrap();
            log.sync().unwrap();
            if height % 1_000 == 0 {
                log.forget_below(Height(height)).unwrap();
            }
        });
    });
    group.finish();
}
