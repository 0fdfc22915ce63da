//! Floor 0, keys: what a signature costs to make and to check strictly.

use std::hint::black_box;

use criterion::{Criterion, criterion_group};
use waybill::crypto::{Blake3Digest, Domain};
use waybill::testing::{TestNetwork, secret_key};
use waybill::types::{BlockDigest, Height};

criterion_group!(benches, signatures, certificates);

fn signatures(criterion: &mut Criterion) {
    let key = secret_key("bench");
    let ledger = [7; 32];
    let payload = [9; 120];
    let signature = key.sign(Domain::ConsensusVote, &ledger, &payload);
    let public = key.public_key();
    let mut group = criterion.benchmark_group("signature");
    group.bench_function("sign", |bencher| {
        bencher.iter(|| key.sign(Domain::ConsensusVote, &ledger, black_box(&payload)));
    });
    group.bench_function("verify_strict", |bencher| {
        bencher.iter(|| {
            public
                .verify(
                    Domain::ConsensusVote,
                    &ledger,
                    black_box(&payload),
                    &signature,
                )
                .unwrap();
        });
    });
    group.finish();
}

fn certificates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit_certificate/verify");
    for validators in [4, 7, 16] {
        let network = TestNetwork::new(validators, validators);
        let block = BlockDigest(Blake3Digest::of(b"a block"));
        let certificate = network.commit_certificate(Height(1), block);
        group.bench_function(format!("{validators} validators"), |bencher| {
            bencher.iter(|| {
                certificate
                    .verify(&network.ledger(), network.validators())
                    .unwrap();
            });
        });
    }
    group.finish();
}
