//! Committing a block.

use rocksdb::WriteBatch;

use super::columns::{Column, meta, pending_key, tree_key};
use super::error::StoreError;
use super::ledger_reader::HeightAndEvidence;
use super::open::Store;
use super::view::View;
use super::write::Durability;
use crate::contracts::StateKey;
use crate::crypto::tile::tile_slot;
use crate::ledger::{BlockCommit, LedgerTip};
use crate::types::{BatchReference, Encode, Height, Space, ValidatorSet, Write};

impl Store {
    /// Commits a block: all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError::NotNext`], [`StoreError::InconsistentCommit`] and [`StoreError::MissingBatch`]
    /// if the caller is wrong: nothing is written then, and the store goes on. Any other error
    /// poisons it.
    pub fn commit(&self, commit: &BlockCommit) -> Result<(), StoreError> {
        let writer = self.lock_for_writing()?;
        let view = self.view();
        let tip = view.ledger_tip()?;
        check(commit, &tip)?;
        let height = commit.tip.height;
        let mut batch = WriteBatch::default();
        for certificate in &commit.block.block.body().batches {
            self.settle_batch(&view, &mut batch, &certificate.batch, height)?;
        }
        let blocks = self.column(Column::Blocks)?;
        batch.put_cf(blocks, height.to_bytes(), commit.block.to_bytes());
        let entries = self.column(Column::Entries)?;
        for (index, location) in (commit.block.first_index().0..).zip(&commit.entries) {
            batch.put_cf(entries, index.to_be_bytes(), location.to_bytes());
        }
        let tree = self.column(Column::LogTree)?;
        // Nodes within a tile follow from its row.
        let stored = commit.nodes.iter().filter(|node| tile_slot(node).is_some());
        for node in stored {
            let key = tree_key(node.level / crate::crypto::tile::TILE_HEIGHT, node.index);
            batch.put_cf(tree, key, node.hash.as_bytes());
        }
        for write in &commit.writes {
            self.put_write(&view, &mut batch, write)?;
        }
        let evidence = self.column(Column::Evidence)?;
        for (index, found) in &commit.evidence {
            let value = HeightAndEvidence(height, found.clone()).to_bytes();
            batch.put_cf(evidence, index.to_bytes(), value);
        }
        let meta_column = self.column(Column::Meta)?;
        batch.put_cf(meta_column, meta::TIP, commit.tip.to_bytes());
        writer.write(batch, Durability::Synced)
    }

    /// A batch of the block is pending no more. That it was is proof that it is held, without
    /// reading it.
    fn settle_batch(
        &self,
        view: &View<'_>,
        batch: &mut WriteBatch,
        reference: &BatchReference,
        height: Height,
    ) -> Result<(), StoreError> {
        let key = pending_key(reference.last_height, &reference.digest);
        if view.get(Column::PendingBatches, &key)?.is_some() {
            batch.delete_cf(self.column(Column::PendingBatches)?, key);
            return Ok(());
        }
        if view.batch(&reference.digest)?.is_some() {
            return Ok(());
        }
        Err(StoreError::MissingBatch {
            batch: reference.digest,
            height,
        })
    }

    fn put_write(
        &self,
        view: &View<'_>,
        batch: &mut WriteBatch,
        write: &Write,
    ) -> Result<(), StoreError> {
        let family = self.column(Column::Space(write.space))?;
        let Some(value) = &write.value else {
            batch.delete_cf(family, &write.key);
            return Ok(());
        };
        batch.put_cf(family, &write.key, value);
        if write.space == Space::State && write.key == StateKey::Validators.to_bytes() {
            // Sets of past heights stay, under their names.
            let set: ValidatorSet = view.decode_value(Column::Space(Space::State), value)?;
            let sets = self.column(Column::ValidatorSets)?;
            batch.put_cf(sets, set.digest().as_bytes(), value);
        }
        Ok(())
    }
}

/// Whether the block follows the tip, and its parts fit together.
fn check(commit: &BlockCommit, tip: &LedgerTip) -> Result<(), StoreError> {
    let block = &commit.block;
    let header = block.block.header();
    if header.height != tip.height.next() || header.parent != tip.block {
        return Err(StoreError::NotNext {
            height: header.height,
            tip: tip.height,
        });
    }
    let after = &commit.tip;
    let added = after.frontier.size().checked_sub(tip.frontier.size());
    let checks = [
        (
            "it was decided over another log or state",
            header.log_size == tip.frontier.size()
                && header.log_root == tip.frontier.root()
                && header.state_root == tip.state_root,
        ),
        (
            "its tip is of another block",
            after.height == header.height
                && after.block == block.block.digest()
                && after.time == header.time,
        ),
        (
            "its roots are not those of its tip",
            block.log_size == after.frontier.size()
                && block.log_root == after.frontier.root()
                && block.state_root == after.state_root,
        ),
        (
            "its entries are not as many as the log grows by",
            added == Some(commit.entries.len() as u64) && added != Some(0),
        ),
        (
            "its certificate is for another block",
            block.certificate.height == header.height
                && block.certificate.block == block.block.digest(),
        ),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((what, _)) => Err(StoreError::InconsistentCommit {
            height: header.height,
            what,
        }),
    }
}
