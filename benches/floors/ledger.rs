//! Floor 4: applying a block whose batches were checked before.

use criterion::{Criterion, Throughput, criterion_group};
use waybill::ledger::apply;

use super::material;

criterion_group!(benches, blocks);

fn blocks(criterion: &mut Criterion) {
    let ledger = material::ledger();
    let mut group = criterion.benchmark_group("apply a block");
    for (name, submissions, records) in [
        ("1,000 events, 100 in a submission", 10, 100),
        ("1,000 events, singles", 1_000, 1),
        ("empty", 0, 0),
    ] {
        let batches: Vec<_> = (submissions > 0)
            .then(|| material::batch(&ledger, submissions, records))
            .into_iter()
            .collect();
        let block = ledger.next_block(&batches, Vec::new());
        let certificate = ledger
            .network()
            .commit_certificate(block.height(), block.digest());
        let checked = ledger.checked(&batches);
        group.throughput(Throughput::Elements((submissions * records).max(1)));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                apply(
                    &ledger,
                    ledger.rulebook(),
                    ledger.tip(),
                    &block,
                    &certificate,
                    &checked,
                )
                .unwrap()
            });
        });
    }
    group.finish();
}
