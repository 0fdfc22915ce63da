//! Batches that are held.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use rocksdb::WriteBatch;

use super::columns::{Column, pending_key};
use super::error::StoreError;
use super::open::Store;
use super::write::Durability;
use crate::types::{Batch, BatchDigest, BatchReference, Encode, Height};

/// Most batches that one call of [`Store::discard_expired`] removes: others want to write as well.
pub const MAX_DISCARDED_PER_STEP: usize = 256;

/// What a call of [`Store::discard_expired`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscardProgress {
    /// How many batches are gone.
    pub discarded: usize,
    /// Whether there are more; the call is to be repeated then.
    pub has_more: bool,
}

impl Store {
    /// Stores batches with one synced write. Those that are held already are left as they are. When
    /// this returns, they may be acknowledged.
    ///
    /// # Errors
    /// [`StoreError`] if the disk fails or failed before.
    pub fn put_batches(&self, batches: &[Arc<Batch>]) -> Result<(), StoreError> {
        let writer = self.lock_for_writing()?;
        let view = self.view();
        let bodies = self.column(Column::Batches)?;
        let pending = self.column(Column::PendingBatches)?;
        let mut write = WriteBatch::default();
        let mut seen = BTreeSet::new();
        for batch in batches {
            let reference = batch.reference();
            let digest = reference.digest;
            let key = pending_key(reference.last_height, &digest);
            if !seen.insert(digest) || view.get(Column::PendingBatches, &key)?.is_some() {
                continue;
            }
            let is_ordered = view.is_ordered(&digest)?;
            if is_ordered && view.batch(&digest)?.is_some() {
                continue;
            }
            write.put_cf(bodies, digest.as_bytes(), batch.bytes());
            if !is_ordered {
                write.put_cf(pending, key, reference.to_bytes());
            }
        }
        if write.is_empty() {
            return Ok(());
        }
        writer.write(write, Durability::Synced)
    }

    /// The canonical bytes of a batch, ordered or not, if it is held.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub fn held_batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, StoreError> {
        self.view().batch(digest)
    }

    /// Whether a committed block has ordered a batch; its body is not read.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub fn is_batch_ordered(&self, digest: &BatchDigest) -> Result<bool, StoreError> {
        self.view().is_ordered(digest)
    }

    /// The batches that are held and not ordered, in order of their last heights: what a node goes
    /// on with after a restart.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or is damaged.
    pub fn pending_batches(&self) -> Result<Vec<BatchReference>, StoreError> {
        let view = self.view();
        let mut references = Vec::new();
        for item in view.scan(Column::PendingBatches, &[], &END_OF_KEYS)? {
            references.push(view.decode_value(Column::PendingBatches, &item?.1)?);
        }
        Ok(references)
    }

    /// Removes batches that were not ordered and whose last height is below `height`, at most
    /// [`MAX_DISCARDED_PER_STEP`] of them. `height` is the next one to be decided.
    ///
    /// # Errors
    /// [`StoreError`] if the disk fails or failed before.
    pub fn discard_expired(&self, height: Height) -> Result<DiscardProgress, StoreError> {
        let writer = self.lock_for_writing()?;
        let view = self.view();
        let bodies = self.column(Column::Batches)?;
        let pending = self.column(Column::PendingBatches)?;
        let mut write = WriteBatch::default();
        let mut progress = DiscardProgress {
            discarded: 0,
            has_more: false,
        };
        for item in view.scan(Column::PendingBatches, &[], &height.to_bytes())? {
            if progress.discarded == MAX_DISCARDED_PER_STEP {
                progress.has_more = true;
                break;
            }
            let (key, value) = item?;
            let reference: BatchReference = view.decode_value(Column::PendingBatches, &value)?;
            write.delete_cf(pending, &key);
            // Belt and braces: what the log rests on is never removed.
            if !view.is_ordered(&reference.digest)? {
                write.delete_cf(bodies, reference.digest.as_bytes());
                progress.discarded += 1;
            }
        }
        if !write.is_empty() {
            writer.write(write, Durability::Eventually)?;
        }
        Ok(progress)
    }
}

/// Behind every key that begins with a height.
const END_OF_KEYS: [u8; 41] = [0xff; 41];
