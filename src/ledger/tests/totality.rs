//! Whatever clients and authors write, a block can be applied, and its accounts add up.

use std::sync::Arc;

use proptest::prelude::*;

use super::generators::{AnySubmission, blocks};
use crate::contracts::MemberCache;
use crate::crypto::merkle::{MemoryTree, leaf_hash};
use crate::ledger::{AdmissionContext, Skipped, admit, check_submission};
use crate::testing::{MemoryLedger, TestNetwork};
use crate::types::limits::MAX_ENTRY_BYTES;
use crate::types::{Batch, Decode, Entry, LogIndex, Outcome, Refusal, Submission};

fn total(skipped: &Skipped) -> u64 {
    skipped.unauthentic + skipped.unauthorised + skipped.expired + skipped.repeated
}

/// Seals submissions two by two.
fn batches(ledger: &MemoryLedger, submissions: &[Submission]) -> Vec<Batch> {
    let last_height = ledger.next_height();
    submissions
        .chunks(2)
        .zip(0..)
        .map(|(part, number)| {
            let sequence = last_height.0 * 100 + number;
            let network = ledger.network();
            network.batch(0, sequence, last_height, part.to_vec())
        })
        .collect()
}

fn build(ledger: &MemoryLedger, submissions: &[AnySubmission]) -> Vec<Submission> {
    submissions.iter().map(|any| any.build(ledger)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_block_is_applied_and_its_accounts_add_up(blocks in blocks()) {
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)));
        for submissions in &blocks {
            let submissions = build(&ledger, submissions);
            let batches = batches(&ledger, &submissions);
            let before = ledger.log_size();
            let block = ledger.next_block(&batches, Vec::new());
            let applied = ledger.apply(&block, &batches);
            prop_assert!(applied.is_ok(), "{:?}", applied.err());
            let applied = applied.unwrap();
            prop_assert_eq!(applied.skipped.len(), batches.len());
            let skipped: u64 = applied.skipped.iter().map(total).sum();
            let executed = u64::try_from(applied.records.len()).unwrap();
            prop_assert_eq!(skipped + executed, u64::try_from(submissions.len()).unwrap());
            let mut next = before;
            for record in &applied.records {
                prop_assert_eq!(record.location.first_index, LogIndex(next));
                let count = u64::try_from(record.outcomes.len()).unwrap();
                prop_assert_eq!(u64::from(record.location.record_count), count);
                next += count;
            }
            ledger.commit(&applied, &batches);
            prop_assert_eq!(ledger.log_size(), next + 1);
            for record in &applied.records {
                for (offset, outcome) in (0..).zip(&record.outcomes) {
                    let index = record.location.first_index.plus(offset);
                    if let Outcome::Duplicate { of } = outcome {
                        prop_assert!(*of < index);
                    }
                }
            }
        }
        let mut tree = MemoryTree::new();
        for index in 0..ledger.log_size() {
            let entry = ledger.entry(LogIndex(index)).unwrap();
            prop_assert!(entry.len() <= MAX_ENTRY_BYTES);
            prop_assert!(Entry::from_bytes(&entry).is_ok());
            tree.append(leaf_hash(&entry)).unwrap();
        }
        prop_assert_eq!(tree.root(), ledger.tip().frontier.root());
    }

    /// Admission and execution agree: what is admitted alone gives an entry in the next block, and
    /// what is refused for another reason than its records gives none.
    #[test]
    fn what_is_admitted_is_executed(blocks in blocks()) {
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)));
        let id = ledger.network().ledger();
        for submissions in &blocks {
            let submissions = build(&ledger, submissions);
            for submission in &submissions {
                let checked = check_submission(&ledger.submission_context(), submission);
                let context = AdmissionContext {
                    state: &ledger,
                    rulebook: ledger.rulebook(),
                    ledger: &id,
                    height: ledger.next_height(),
                    now: ledger.next_time(),
                };
                let verdict = admit(&context, &mut MemberCache::default(), submission, &checked).unwrap();
                let batch = ledger.batch(vec![submission.clone()]);
                let block = ledger.next_block(std::slice::from_ref(&batch), Vec::new());
                let applied = ledger.apply(&block, &[batch]).unwrap();
                // A block takes what expires later than a node does: the other checks decide.
                if matches!(verdict, Err(Refusal::ExpiresTooLate { .. })) {
                    continue;
                }
                let about_records = matches!(
                    verdict,
                    Ok(())
                        | Err(Refusal::UnknownKind { .. }
                            | Refusal::UnsupportedVersion { .. }
                            | Refusal::InvalidRecord { .. }
                            | Refusal::Rejected { .. })
                );
                prop_assert_eq!(applied.records.len() == 1, about_records, "{:?}", verdict);
            }
            let batches = batches(&ledger, &submissions);
            ledger.order(&batches, Vec::new());
        }
    }
}
