//! The check of a store against itself.

use super::*;
use crate::storage::store::columns::{Column, tree_key};
use crate::types::{Encode, LedgerReader, Space};

#[test]
fn a_sound_store_verifies() {
    let mut pair = Pair::new();
    let empty = pair.store.verify(|_| ()).unwrap();
    assert_eq!(empty.log_size, 0);
    pair.fill();
    let mut steps = Vec::new();
    let report = pair.store.verify(|progress| steps.push(progress)).unwrap();
    let tip = pair.model.tip().unwrap();
    assert_eq!(report.height, tip.height);
    assert_eq!(report.log_size, tip.log_size);
    assert_eq!(report.log_root, tip.log_root);
    assert_eq!(report.batches, 7);
    assert_eq!(steps.len(), 9);
    assert!(steps.is_sorted_by_key(|step| step.checked_entries));
    let last = steps.last().unwrap();
    assert_eq!(last.checked_entries, last.total_entries);
}

/// Flips a bit of a stored value.
fn flip(pair: &Pair, column: Column, key: &[u8], at_byte: usize) {
    let family = pair.store.column(column).unwrap();
    let mut value = pair.store.db.get_cf(family, key).unwrap().unwrap();
    value[at_byte] ^= 1;
    pair.store.db.put_cf(family, key, value).unwrap();
}

fn remove(pair: &Pair, column: Column, key: &[u8]) {
    let family = pair.store.column(column).unwrap();
    pair.store.db.delete_cf(family, key).unwrap();
}

fn ordered_batch(pair: &Pair) -> Vec<u8> {
    let block = pair.store.block(Height(1)).unwrap().unwrap();
    block.block.body().batches[0].batch.digest.to_bytes()
}

#[test]
fn every_damage_is_found() {
    type Damage = fn(&Pair);
    let damages: [(&str, Damage); 13] = [
        ("an entry's outcome", |pair| {
            flip(pair, Column::Entries, &0u64.to_be_bytes(), 93)
        }),
        ("an entry's batch", |pair| {
            flip(pair, Column::Entries, &1u64.to_be_bytes(), 20)
        }),
        ("an entry's kind", |pair| {
            flip(pair, Column::Entries, &1u64.to_be_bytes(), 0)
        }),
        ("a missing entry", |pair| {
            remove(pair, Column::Entries, &3u64.to_be_bytes())
        }),
        ("a missing block", |pair| {
            remove(pair, Column::Blocks, &2u64.to_be_bytes())
        }),
        ("a block's parent", |pair| {
            flip(pair, Column::Blocks, &2u64.to_be_bytes(), 45)
        }),
        ("a block's height", |pair| {
            flip(pair, Column::Blocks, &2u64.to_be_bytes(), 41)
        }),
        ("a batch's bytes", |pair| {
            flip(pair, Column::Batches, &ordered_batch(pair), 400)
        }),
        ("a missing batch", |pair| {
            remove(pair, Column::Batches, &ordered_batch(pair))
        }),
        ("a leaf", |pair| {
            flip(pair, Column::LogTree, &tree_key(0, 300), 0)
        }),
        ("a tile's root", |pair| {
            flip(pair, Column::LogTree, &tree_key(1, 0), 31)
        }),
        ("a missing leaf", |pair| {
            remove(pair, Column::LogTree, &tree_key(0, 2))
        }),
        ("an entry too many", |pair| {
            let family = pair.store.column(Column::Entries).unwrap();
            let beyond = (last_index(pair).0 + 1).to_be_bytes();
            pair.store
                .db
                .put_cf(family, beyond, [0, 0, 0, 0, 0])
                .unwrap();
        }),
    ];
    let mut pair = Pair::new();
    pair.fill();
    let Pair {
        folder,
        network,
        model,
        store,
    } = pair;
    drop(store);
    for (what, damage) in damages {
        let copy = tempfile::tempdir().unwrap();
        super::crashes::copy_folder(folder.path(), copy.path());
        let damaged = Pair {
            store: open(&copy, &network).unwrap(),
            folder: copy,
            network: network.clone(),
            model: model.clone(),
        };
        damage(&damaged);
        let error = damaged.store.verify(|_| ()).expect_err(what);
        assert!(
            matches!(error, StoreError::Damaged { .. }),
            "{what}: {error}"
        );
    }
}

#[test]
fn readers_report_damage_instead_of_passing_it_on() {
    let mut pair = Pair::new();
    pair.fill();
    remove(&pair, Column::LogTree, &tree_key(0, 2));
    assert!(pair.store.tree_node(2, 0).is_err());
    assert!(pair.store.tile(0, 0, 256).is_err());
    flip(&pair, Column::Entries, &0u64.to_be_bytes(), 0);
    assert!(pair.store.entry(LogIndex(0)).is_err());
    assert!(pair.store.entries(LogIndex(0), 5).is_err());
    let digest = pair.store.block(Height(1)).unwrap().unwrap();
    let digest = digest.block.header().validator_set;
    remove(&pair, Column::ValidatorSets, digest.as_bytes());
    assert!(pair.store.validators(Height(1)).is_err());
    let id = pair.network.member(0);
    flip(
        &pair,
        Column::Space(Space::State),
        format!("member/{id}").as_bytes(),
        0,
    );
    assert!(pair.store.member(&id).is_err());
    let family = pair.store.column(Column::Meta).unwrap();
    pair.store.db.put_cf(family, "checkpoint", [1]).unwrap();
    assert!(pair.store.checkpoint().is_err());
    pair.store.db.put_cf(family, "cosigned_size", [1]).unwrap();
    assert!(pair.store.cosigned_size().is_err());
}
