//! Every answer of the store against the model.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{
    HashReader, consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion,
};
use crate::ledger::genesis_state;
use crate::storage::store::concurrent_reads::MAX_READ_THREADS;
use crate::testing::energy_order;
use crate::types::{
    BatchDigest, Decode, Entry, EntryContent, KeyRange, LedgerReader, MemberId, ScanOrder, Space,
    StateReader, SubmissionId, Timestamp,
};

fn assert_alike(pair: &Pair) {
    let (store, model) = (&pair.store, &pair.model);
    let ask = |question: &dyn Fn(&dyn LedgerReader) -> String, what: &str| {
        assert_eq!(question(store), question(model), "{what}");
    };
    ask(&|r| format!("{:?}", r.tip()), "tip");
    assert_eq!(store.ledger_tip().unwrap(), *model.ledger().tip());
    let tip = model.tip().unwrap();
    for height in (0..=tip.height.0 + 3).map(Height) {
        ask(&|r| format!("{:?}", r.block(height)), "block");
        ask(&|r| format!("{:?}", r.validators(height)), "validators");
    }
    for index in (0..tip.log_size + 2).chain([u64::MAX]).map(LogIndex) {
        ask(&|r| format!("{:?}", r.entry(index)), "entry");
        ask(&|r| format!("{:?}", r.record_proof(index)), "record proof");
    }
    for first in [0, 1, 5, 255, tip.log_size - 1, tip.log_size, u64::MAX].map(LogIndex) {
        for count in [0, 1, 7, 256, usize::MAX] {
            ask(&|r| format!("{:?}", r.entries(first, count)), "entries");
            ask(&|r| format!("{:?}", r.evidence(first, count)), "evidence");
        }
    }
    assert_ids_alike(pair);
    assert_trees_alike(pair);
    ask(&|r| format!("{:?}", r.checkpoint()), "checkpoint");
}

fn assert_ids_alike(pair: &Pair) {
    let (store, model) = (&pair.store, &pair.model);
    let mut submissions = vec![SubmissionId(Sha256Digest::ZERO)];
    let mut batches = Vec::new();
    for entry in model.entries(LogIndex(0), usize::MAX).unwrap() {
        if let EntryContent::Submitted(entry) = Entry::from_bytes(&entry).unwrap().content {
            submissions.push(entry.submission);
        }
    }
    submissions.dedup();
    for id in submissions {
        let location = model.submission(&id).unwrap();
        assert_eq!(store.submission(&id).unwrap(), location);
        batches.extend(location.map(|location| location.batch));
    }
    batches.dedup();
    batches.push(BatchDigest(crate::crypto::Blake3Digest::ZERO));
    for digest in batches {
        assert_eq!(store.batch(&digest).unwrap(), model.batch(&digest).unwrap());
    }
    let mut ids: Vec<MemberId> = (0..5).map(|n| pair.network.member(n)).collect();
    ids.extend(["a-stranger", "member-11", "z"].map(|id| MemberId::new(id).unwrap()));
    for id in &ids {
        assert_eq!(store.member(id).unwrap(), model.member(id).unwrap());
    }
    for after in std::iter::once(None).chain(ids.iter().map(Some)) {
        for count in [0, 1, 2, 100] {
            let expected = model.members(after, count).unwrap();
            assert_eq!(store.members(after, count).unwrap(), expected);
        }
    }
}

fn assert_trees_alike(pair: &Pair) {
    let (store, model) = (&pair.store, &pair.model);
    let size = model.tip().unwrap().log_size;
    for level in 0..12 {
        for index in 0..(size >> level) + 2 {
            let expected = model.tree_node(level, index).unwrap();
            assert_eq!(store.tree_node(level, index).unwrap(), expected);
        }
    }
    for (level, index) in [(63, 1), (64, 0), (255, 0), (7, u64::MAX), (0, u64::MAX)] {
        assert_eq!(store.tree_node(level, index).unwrap(), None);
    }
    for level in [0, 1, 2, 7, 8, 31, 255] {
        for index in [0, 1, 2, u64::MAX / 256, u64::MAX] {
            for width in [0, 1, 2, 17, 255, 256, 257, u16::MAX] {
                let expected = model.tile(level, index, width).unwrap();
                let found = store.tile(level, index, width).unwrap();
                assert_eq!(found, expected, "{level} {index} {width}");
            }
        }
    }
}

#[test]
fn a_fresh_store_holds_the_genesis_state() {
    let pair = Pair::new();
    assert_eq!(pair.store.ledger(), pair.network.ledger());
    let (tip, writes) = genesis_state(pair.network.genesis()).unwrap();
    assert_eq!(pair.store.ledger_tip().unwrap(), tip);
    for write in writes {
        assert_eq!(
            pair.store.get(write.space, &write.key).unwrap(),
            write.value
        );
    }
    assert_eq!(pair.store.entries(LogIndex(0), 10).unwrap().len(), 0);
    assert!(pair.store.validators(Height(1)).unwrap().is_some());
    assert_eq!(pair.store.validators(Height(0)).unwrap(), None);
    assert_eq!(pair.store.tree_node(0, 0).unwrap(), None);
    assert_eq!(pair.store.checkpoint().unwrap(), None);
    assert_eq!(pair.store.cosigned_size().unwrap(), 0);
}

#[test]
fn every_answer_is_that_of_the_model_and_stays_so() {
    let mut pair = Pair::new();
    pair.fill();
    assert!(pair.model.ledger().log_size() > 300);
    assert_alike(&pair);
    let mut pair = pair.reopen();
    assert_alike(&pair);
    // From table and blob files, not from write buffers.
    for column in crate::storage::store::columns::Column::ALL {
        let family = pair.store.column(column).unwrap();
        pair.store.db.flush_cf(family).unwrap();
    }
    let mut pair = {
        pair.order(&[], Vec::new());
        pair.reopen()
    };
    let batch = pair.batch(vec![pair.submission(0, vec![event_record(1_000)])]);
    pair.order(&[batch], Vec::new());
    assert_alike(&pair);
}

#[test]
fn the_whole_state_is_that_of_the_model() {
    let mut pair = Pair::new();
    pair.fill();
    // An order for energy leaves deadlines in the agenda.
    let start = Timestamp::from_ms(1_767_229_200_000);
    let order = energy_order("a", "bid", start, 1, 1);
    let batch = pair.batch(vec![pair.submission(0, vec![order])]);
    pair.order(&[batch], Vec::new());
    let mut keys = BTreeMap::new();
    for space in Space::ALL {
        let column = crate::storage::store::columns::Column::Space(space);
        let view = pair.store.view();
        let found = view.scan(column, &[], &[0xff; 100]).unwrap();
        for item in found {
            let (key, value) = item.unwrap();
            let expected = pair.model.ledger().get(space, &key).unwrap();
            assert_eq!(Some(value), expected);
            *keys.entry(space).or_insert(0) += 1;
        }
    }
    assert_eq!(keys.len(), Space::ALL.len(), "{keys:?}");
    assert!(keys[&Space::Records] > 300);
}

/// The log's tree as a verifier's helper reads it.
struct Tree<'a>(&'a Store);

impl HashReader for Tree<'_> {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        self.0.tree_node(level, index).unwrap()
    }
}

#[test]
fn proofs_from_the_stored_tree_verify() {
    let mut pair = Pair::new();
    pair.fill();
    let store = &pair.store;
    let tip = store.tip().unwrap();
    let tree = Tree(store);
    for index in 0..tip.log_size {
        let entry = store.entry(LogIndex(index)).unwrap().unwrap();
        let proof = inclusion_proof(&tree, index, tip.log_size).unwrap();
        let leaf = leaf_hash(&entry);
        verify_inclusion(index, tip.log_size, &leaf, &proof, &tip.log_root).unwrap();
    }
    for height in 1..=tip.height.0 {
        let block = store.block(Height(height)).unwrap().unwrap();
        let (from, root) = (block.log_size, block.log_root);
        let proof = consistency_proof(&tree, from, tip.log_size).unwrap();
        verify_consistency(from, tip.log_size, &proof, &root, &tip.log_root).unwrap();
    }
}

#[test]
fn record_proofs_show_what_the_author_signed() {
    let mut pair = Pair::new();
    pair.fill();
    let mut proofs = 0;
    for index in (0..pair.model.ledger().log_size()).map(LogIndex) {
        let Some(proof) = pair.store.record_proof(index).unwrap() else {
            continue;
        };
        let entry = pair.store.entry(index).unwrap().unwrap();
        let EntryContent::Submitted(entry) = Entry::from_bytes(&entry).unwrap().content else {
            panic!("{index}");
        };
        proof
            .header
            .verify(&proof.record_root, &proof.signature)
            .unwrap();
        verify_inclusion(
            proof.record_index.into(),
            proof.header.record_count.into(),
            &entry.record.leaf(),
            &proof.path,
            &proof.record_root,
        )
        .unwrap();
        proofs += 1;
    }
    assert!(proofs > 300);
}

#[test]
fn readers_see_whole_blocks_while_blocks_are_committed() {
    let mut pair = Pair::new();
    let store = std::mem::replace(&mut pair.store, {
        let other = tempfile::tempdir().unwrap();
        open(&other, &pair.network).unwrap()
    });
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Acquire) || reads == 0 {
                let tip = store.tip().unwrap();
                if tip.log_size > 0 {
                    let block = store.block(tip.height).unwrap().unwrap();
                    assert_eq!(block.log_root, tip.log_root);
                    let last = store.entry(LogIndex(tip.log_size - 1)).unwrap().unwrap();
                    let entry = Entry::from_bytes(&last).unwrap();
                    assert_eq!(entry.height, tip.height);
                    assert!(store.tree_node(0, tip.log_size - 1).unwrap().is_some());
                }
                reads += 1;
            }
        });
        for number in 0..30 {
            let batch = pair.batch(vec![pair.submission(0, vec![event_record(number)])]);
            store
                .put_batches(&shared(std::slice::from_ref(&batch)))
                .unwrap();
            let applied = pair.model.order(&[batch], Vec::new());
            store.commit(&applied.commit).unwrap();
        }
        done.store(true, Ordering::Release);
        reader.join().unwrap();
    });
}

#[test]
fn ranges_that_are_read_at_once_are_those_read_alone() {
    let mut pair = Pair::new();
    pair.fill();
    let store = &pair.store;
    let view = LedgerReader::view(store).unwrap();
    let (space, order) = (Space::Index, ScanOrder::Ascending);
    let all = view.scan(space, &[], &[0xff; 40], order, 1_000).unwrap();
    assert!(all.len() > 300, "{}", all.len());
    let keys: Vec<Vec<u8>> = all.iter().map(|(key, _)| key.to_vec()).collect();
    // Some are empty, some end before their first key, some have more keys than are wanted.
    let width = |place: usize| place % 7;
    let range = |place: usize| {
        let end = keys.get(place + width(place));
        (keys[place].clone(), end.cloned().unwrap_or_default())
    };
    let ranges: Vec<KeyRange> = (0..keys.len()).map(range).collect();
    for count in [0, 1, 3, 100] {
        for asked in [0, 1, 15, 16, 17, ranges.len()] {
            let ranges = &ranges[..asked];
            let each = view.scan_each(space, ranges, count).unwrap();
            let alone = ranges
                .iter()
                .map(|(first, end)| view.scan(space, first, end, order, count).unwrap());
            assert_eq!(each, alone.collect::<Vec<_>>());
        }
    }
    // Several callers share the threads, and give them back.
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let view = LedgerReader::view(store).unwrap();
                let each = view.scan_each(space, &ranges, 1).unwrap();
                assert_eq!(each.len(), ranges.len());
            });
        }
    });
    assert_eq!(store.read_threads.left(), MAX_READ_THREADS);
}
