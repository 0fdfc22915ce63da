//! Floor 0, the log's tree: appending, proving, verifying.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use waybill::crypto::merkle::{Frontier, MemoryTree, leaf_hash, verify_inclusion};

criterion_group!(benches, appending, proving);

const LEAVES: u64 = 1_000_000;

fn appending(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merkle");
    let entry = vec![5; 1_100];
    group.throughput(Throughput::Bytes(1_100));
    group.bench_function("leaf_hash of an entry", |bencher| {
        bencher.iter(|| leaf_hash(black_box(&entry)));
    });
    group.throughput(Throughput::Elements(1_000));
    let leaf = leaf_hash(&entry);
    group.bench_function("append 1,000 leaves", |bencher| {
        bencher.iter_batched(
            Frontier::new,
            |mut frontier| {
                for _ in 0..1_000 {
                    frontier
                        .append(leaf, |node| {
                            black_box(node);
                        })
                        .unwrap();
                }
                frontier
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn proving(criterion: &mut Criterion) {
    let leaves = (0..LEAVES).map(|number| leaf_hash(&number.to_be_bytes()));
    let tree = MemoryTree::from_leaves(leaves).unwrap();
    let index = LEAVES / 3;
    let leaf = leaf_hash(&index.to_be_bytes());
    let path = tree.inclusion_proof(index).unwrap();
    let root = tree.root();
    let mut group = criterion.benchmark_group("inclusion proof in 1,000,000 leaves");
    group.bench_function("make", |bencher| {
        bencher.iter(|| tree.inclusion_proof(black_box(index)).unwrap());
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verify_inclusion(index, LEAVES, &leaf, black_box(&path), &root).unwrap());
    });
    group.finish();
}
