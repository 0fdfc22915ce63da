//! Entries: what is stored about them gives back exactly the bytes that the tree holds.

use std::sync::Arc;

use bytes::Bytes;

use crate::crypto::merkle::{HashReader, MemoryTree, leaf_hash, verify_inclusion};
use crate::ledger::EntryLocation;
use crate::testing::{MemoryLedger, TestNetwork, event_record, record};
use crate::types::limits::{MAX_BODY_BYTES, MAX_ENTRY_BYTES, MAX_KIND_BYTES, MAX_REASON_BYTES};
use crate::types::{
    BlockEntry, Decode, DecodeError, Encode, Entry, EntryContent, LogIndex, Outcome,
};

fn all_entries(ledger: &MemoryLedger) -> Vec<Bytes> {
    (0..ledger.log_size())
        .map(|index| ledger.entry(LogIndex(index)).unwrap())
        .collect()
}

/// Some blocks with all kinds of content.
fn history() -> MemoryLedger {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)));
    let network = ledger.network().clone();
    for height in 0..5u32 {
        let submissions = (0..height)
            .map(|number| {
                let member = usize::try_from(number % 4).unwrap();
                let records = (0..=number)
                    .map(|index| event_record(height * 100 + index))
                    .chain([record("unknown.kind", 7, "anything at all")])
                    .collect();
                if number % 2 == 0 {
                    network.submission(member, ledger.expiry(), records)
                } else {
                    network.atomic_submission(member, ledger.expiry(), records)
                }
            })
            .collect::<Vec<_>>();
        let evidence = vec![network.double_vote(1, ledger.next_height(), 0)];
        // Half of the submissions in one batch and half in another, with one in both.
        let middle = submissions.len() / 2;
        let last_height = ledger.next_height();
        let batches: Vec<_> = [
            &submissions[..middle],
            &submissions[middle.saturating_sub(1)..],
        ]
        .into_iter()
        .zip(0..)
        .filter(|(part, _)| !part.is_empty())
        .map(|(part, author)| {
            let sequence = u64::from(height);
            network.batch(author, sequence, last_height, part.to_vec())
        })
        .collect();
        ledger.order(&batches, evidence);
    }
    ledger
}

#[test]
fn the_tree_over_the_resolved_entries_is_the_log() {
    let ledger = history();
    let entries = all_entries(&ledger);
    assert!(entries.len() > 20);
    let tree = MemoryTree::from_leaves(entries.iter().map(|entry| leaf_hash(entry))).unwrap();
    let root = ledger.tip().frontier.root();
    assert_eq!(tree.root(), root);
    for (index, entry) in (0..).zip(&entries) {
        let path = tree.inclusion_proof(index).unwrap();
        let leaf = leaf_hash(entry);
        assert_eq!(
            verify_inclusion(index, tree.size(), &leaf, &path, &root),
            Ok(())
        );
    }
    // The root after each block is the root over the entries up to its end.
    for block in ledger.blocks() {
        let size = usize::try_from(block.log_size).unwrap();
        let leaves = entries[..size].iter().map(|entry| leaf_hash(entry));
        let prefix = MemoryTree::from_leaves(leaves).unwrap();
        assert_eq!(block.log_root, prefix.root());
    }
}

#[test]
fn every_node_that_completes_is_given_once() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
    let mut given = std::collections::BTreeMap::new();
    for number in 0..20 {
        let records = (0..=number)
            .map(|n| event_record(number * 100 + n))
            .collect();
        let submission = ledger.network().submission(0, ledger.expiry(), records);
        for node in ledger.submit(vec![submission]).commit.nodes {
            let before = given.insert((node.level, node.index), node.hash);
            assert_eq!(before, None, "{node:?}");
        }
    }
    let leaves = all_entries(&ledger)
        .iter()
        .map(|e| leaf_hash(e))
        .collect::<Vec<_>>();
    let tree = MemoryTree::from_leaves(leaves).unwrap();
    let mut expected = 0;
    for level in 0..64u8 {
        for index in 0..ledger.log_size() >> level {
            let stored = given.get(&(level, index)).copied();
            assert_eq!(stored, tree.node(level, index), "{level} {index}");
            expected += 1;
        }
    }
    assert_eq!(given.len(), expected);
}

#[test]
fn a_block_ends_with_its_own_entry() {
    let ledger = history();
    for block in ledger.blocks() {
        let last = LogIndex(block.log_size - 1);
        let entry = Entry::from_bytes(&ledger.entry(last).unwrap()).unwrap();
        assert_eq!(entry.height, block.block.height());
        assert_eq!(entry.time, block.block.header().time);
        assert_eq!(
            entry.content,
            EntryContent::Block(BlockEntry {
                block: block.block.digest(),
                state_root: block.state_root,
                validator_set: ledger.network().validators().digest(),
            })
        );
    }
    assert_eq!(ledger.entry(LogIndex(ledger.log_size())), None);
}

#[test]
fn an_entry_tells_what_was_submitted() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 2)));
    let network = ledger.network().clone();
    let records = vec![event_record(1), record("no.family", 3, vec![0, 0xff])];
    let first = network.submission(0, ledger.expiry(), records.clone());
    let second = network.submission(1, ledger.expiry(), records);
    let submissions = [(0, first.clone()), (1, second.clone())];
    ledger.submit(vec![first, second]);
    for (number, submission) in submissions {
        for (index, record) in submission.records().iter().enumerate() {
            let place = u64::try_from(number * 2 + index).unwrap();
            let entry = Entry::from_bytes(&ledger.entry(LogIndex(place)).unwrap()).unwrap();
            let EntryContent::Submitted(submitted) = entry.content else {
                panic!("{entry:?}");
            };
            assert_eq!(submitted.member, network.member(number));
            assert_eq!(submitted.key, network.writer(number).public_key());
            assert_eq!(submitted.submission, submission.id());
            assert_eq!(usize::try_from(submitted.record_index), Ok(index));
            assert_eq!(submitted.record, *record);
            assert_eq!(submitted.outcome == Outcome::Accepted, index == 0);
        }
    }
}

/// With the longest member id, body and kind or reason, entries still fit a tile's 16-bit length.
#[test]
fn the_longest_entries_fit() {
    let mut document = TestNetwork::new(1, 2).document().clone();
    document.members[1].id = crate::types::MemberId::new(&"m".repeat(63)).unwrap();
    let network = Arc::new(TestNetwork::from_document(document));
    let mut ledger = MemoryLedger::new(network.clone());
    let longest_kind = format!("a.{}", "b".repeat(MAX_KIND_BYTES - 2));
    // The name of the unknown field is the pointer, which makes the reason as long as it may be.
    let head = r#"{"operation":"revokeKey",""#;
    let tail = r#"":1}"#;
    let name = "n".repeat(MAX_BODY_BYTES - head.len() - tail.len());
    let records = vec![
        record(&longest_kind, u16::MAX, vec![b' '; MAX_BODY_BYTES]),
        record("membership.change", 1, [head, &name, tail].concat()),
    ];
    let submission = network.submission(1, ledger.expiry(), records);
    let applied = ledger.submit(vec![submission]);
    let Outcome::Rejected(rejection) = &applied.records[0].outcomes[1] else {
        panic!("an unknown field");
    };
    assert_eq!(rejection.reason().len(), MAX_REASON_BYTES);
    for index in 0..2 {
        let entry = ledger.entry(LogIndex(index)).unwrap();
        assert!(entry.len() > MAX_BODY_BYTES && entry.len() <= MAX_ENTRY_BYTES);
        assert!(Entry::from_bytes(&entry).is_ok());
    }
}

#[test]
fn a_damaged_batch_is_noticed_or_gives_another_entry() {
    let ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
    let records = vec![event_record(1), event_record(2)];
    let submission = ledger.network().submission(0, ledger.expiry(), records);
    let batch = ledger.batch(vec![submission]);
    let block = ledger.next_block(std::slice::from_ref(&batch), Vec::new());
    let applied = ledger.apply(&block, std::slice::from_ref(&batch)).unwrap();
    for location in &applied.commit.entries {
        let resolve = |bytes: Bytes| location.clone().resolve::<DecodeError>(|_| Ok(bytes));
        let good = resolve(batch.bytes().clone()).unwrap();
        if matches!(location, EntryLocation::Inline(_)) {
            continue;
        }
        assert!(matches!(
            resolve(Bytes::new()),
            Err(DecodeError::UnexpectedEnd { .. })
        ));
        for end in (0..batch.bytes().len()).step_by(97) {
            let cut = resolve(batch.bytes().slice(..end));
            assert!(cut.is_err() || cut.as_ref() == Ok(&good));
        }
    }
    // An offset beyond every batch is an error, not a panic.
    let mut location = applied.commit.entries[0].clone();
    if let EntryLocation::Submitted {
        submission_offset,
        record_offset,
        ..
    } = &mut location
    {
        *submission_offset = u32::MAX;
        *record_offset = u32::MAX;
    }
    let resolved = location
        .clone()
        .resolve::<DecodeError>(|_| Ok(batch.bytes().clone()));
    assert!(resolved.is_err());
    let missing = DecodeError::invalid("batch", "it is not held");
    let resolved = location.resolve(|_| Err(missing.clone()));
    assert_eq!(resolved, Err(missing));
    assert!(
        applied
            .commit
            .entries
            .iter()
            .all(|l| l.to_bytes().len() < MAX_ENTRY_BYTES)
    );
}
