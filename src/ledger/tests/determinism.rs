//! The same block gives the same bytes; the same records give the same outcomes however they are
//! grouped into batches.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::generators::{any_submission, blocks};
use crate::ledger::{Applied, Skipped};
use crate::testing::{MemoryLedger, TestNetwork};
use crate::types::{Batch, Encode, LogIndex, Space, Submission, Write};

/// Everything that applying a block gives, as bytes.
pub(super) fn fingerprint(applied: &Applied) -> Vec<u8> {
    let commit = &applied.commit;
    let mut out = commit.block.to_bytes();
    commit.tip.encode(&mut out);
    for entry in &commit.entries {
        entry.encode(&mut out);
    }
    for node in &commit.nodes {
        out.push(node.level);
        out.extend_from_slice(&node.index.to_be_bytes());
        node.hash.encode(&mut out);
    }
    for (index, evidence) in &commit.evidence {
        index.encode(&mut out);
        evidence.encode(&mut out);
    }
    let rest = (&commit.writes, &applied.records, &applied.skipped);
    out.extend_from_slice(format!("{rest:?}").as_bytes());
    out
}

fn network() -> Arc<TestNetwork> {
    Arc::new(TestNetwork::new(4, 4))
}

/// Cuts submissions into batches of these lengths, and the rest into one more.
fn group(ledger: &MemoryLedger, submissions: &[Submission], lengths: &[usize]) -> Vec<Batch> {
    let mut rest = submissions;
    let mut batches = Vec::new();
    let mut lengths = lengths.iter().copied();
    while !rest.is_empty() {
        let length = lengths.next().unwrap_or(rest.len()).clamp(1, rest.len());
        let (part, after) = rest.split_at(length);
        let sequence = u64::try_from(batches.len()).unwrap();
        let height = ledger.next_height();
        batches.push(ledger.network().batch(1, sequence, height, part.to_vec()));
        rest = after;
    }
    batches
}

/// What does not name the batches that the records came in.
fn apart_from_batches(writes: &[Write]) -> Vec<&Write> {
    let names_batches = [Space::OrderedBatches, Space::Submissions];
    writes
        .iter()
        .filter(|write| !names_batches.contains(&write.space))
        .collect()
}

fn sum(skipped: &[Skipped]) -> [u64; 4] {
    skipped.iter().fold([0; 4], |sum, part| {
        [
            sum[0] + part.unauthentic,
            sum[1] + part.unauthorised,
            sum[2] + part.expired,
            sum[3] + part.repeated,
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn two_nodes_apply_alike(blocks in blocks()) {
        let mut first = MemoryLedger::new(network());
        let mut second = MemoryLedger::new(network());
        for (number, submissions) in (0..).zip(&blocks) {
            let submissions: Vec<_> = submissions.iter().map(|any| any.build(&first)).collect();
            let batches = group(&first, &submissions, &[2, 1]);
            let evidence = vec![first.network().double_vote(number, first.next_height(), 0)];
            let block = first.next_block(&batches, evidence);
            prop_assert_eq!(second.next_block(&batches, block.body().evidence.clone()), block.clone());
            let one = first.apply(&block, &batches).unwrap();
            // Applying changes nothing by itself, and gives the same again.
            prop_assert_eq!(fingerprint(&first.apply(&block, &batches).unwrap()), fingerprint(&one));
            // The other node has the batches from the wire.
            let from_wire: Vec<Batch> = batches
                .iter()
                .map(|batch| Batch::from_shared_bytes(batch.bytes().clone()).unwrap())
                .collect();
            let other = second.apply(&block, &from_wire).unwrap();
            prop_assert_eq!(fingerprint(&one), fingerprint(&other));
            first.commit(&one, &batches);
            second.commit(&other, &from_wire);
        }
    }

    #[test]
    fn grouping_into_batches_changes_no_outcome(
        submissions in vec(any_submission(), 1..8),
        lengths in vec(1..4usize, 0..8),
    ) {
        let ledger = MemoryLedger::new(network());
        let submissions: Vec<_> = submissions.iter().map(|any| any.build(&ledger)).collect();
        let run = |lengths: &[usize]| {
            let mut ledger = ledger.clone();
            let batches = group(&ledger, &submissions, lengths);
            let applied = ledger.order(&batches, Vec::new());
            // All but the block's own entry, which names the block and so the batches.
            let entries: Vec<_> = (0..ledger.log_size() - 1)
                .map(|index| ledger.entry(LogIndex(index)).unwrap())
                .collect();
            (applied, entries)
        };
        let (together, entries) = run(&[]);
        let (apart, entries_apart) = run(&lengths);
        prop_assert_eq!(entries, entries_apart);
        prop_assert_eq!(together.commit.tip.state_root, apart.commit.tip.state_root);
        prop_assert_eq!(sum(&together.skipped), sum(&apart.skipped));
        prop_assert_eq!(
            apart_from_batches(&together.commit.writes),
            apart_from_batches(&apart.commit.writes)
        );
        let outcomes = |applied: &Applied| {
            let records = applied.records.iter();
            records
                .map(|record| (record.submission, record.outcomes.clone()))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(outcomes(&together), outcomes(&apart));
    }
}
