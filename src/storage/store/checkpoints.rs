//! Checkpoints, and what this node has cosigned.

use rocksdb::WriteBatch;

use super::columns::{Column, meta};
use super::error::StoreError;
use super::open::Store;
use super::view::View;
use super::write::Durability;
use crate::types::codec::Reader;

/// Longest checkpoint, in bytes: two signatures of some 150 bytes for each of 64 validators, and
/// room for long names.
pub const MAX_CHECKPOINT_BYTES: usize = 64 * 1024;

impl Store {
    /// Keeps a checkpoint that a quorum has cosigned, unless a larger one is kept already. Not
    /// synced: it can be collected again.
    ///
    /// # Errors
    /// [`StoreError::BadCheckpoint`] if it is too long or of a log that is longer than this one;
    /// otherwise [`StoreError`] if the disk fails or failed before.
    pub fn put_checkpoint(&self, note: &str, size: u64) -> Result<(), StoreError> {
        let writer = self.lock_for_writing()?;
        let view = self.view();
        if note.len() > MAX_CHECKPOINT_BYTES {
            return Err(StoreError::BadCheckpoint {
                size,
                what: format!("it has {} bytes", note.len()),
            });
        }
        let log_size = view.ledger_tip()?.frontier.size();
        if size > log_size {
            return Err(StoreError::BadCheckpoint {
                size,
                what: format!("the log has {log_size} entries"),
            });
        }
        if view
            .sized_checkpoint()?
            .is_some_and(|(kept, _)| kept > size)
        {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        let value = [&size.to_be_bytes(), note.as_bytes()].concat();
        batch.put_cf(self.column(Column::Meta)?, meta::CHECKPOINT, value);
        writer.write(batch, Durability::Eventually)
    }

    /// The size of the largest tree that this node may have cosigned; 0 if none.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or is damaged.
    pub fn cosigned_size(&self) -> Result<u64, StoreError> {
        self.view().cosigned_size()
    }

    /// Remembers that a tree of this size is going to be cosigned. When this returns it is durable,
    /// and the checkpoint may be signed.
    ///
    /// # Errors
    /// [`StoreError::CosignedSizeShrinks`]; otherwise [`StoreError`] if the disk fails or failed
    /// before.
    pub fn put_cosigned_size(&self, size: u64) -> Result<(), StoreError> {
        let writer = self.lock_for_writing()?;
        let stored = self.view().cosigned_size()?;
        if size < stored {
            return Err(StoreError::CosignedSizeShrinks {
                stored,
                given: size,
            });
        }
        if size == stored {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(
            self.column(Column::Meta)?,
            meta::COSIGNED_SIZE,
            size.to_be_bytes(),
        );
        writer.write(batch, Durability::Synced)
    }
}

impl View<'_> {
    fn cosigned_size(&self) -> Result<u64, StoreError> {
        let Some(bytes) = self.get(Column::Meta, meta::COSIGNED_SIZE)? else {
            return Ok(0);
        };
        let bytes = <[u8; 8]>::try_from(bytes.as_ref())
            .map_err(|_| self.damaged("the cosigned size cannot be read"))?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// The latest checkpoint with its size.
    pub(super) fn sized_checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        let Some(bytes) = self.get(Column::Meta, meta::CHECKPOINT)? else {
            return Ok(None);
        };
        let mut reader = Reader::new(&bytes);
        let size = reader.u64();
        let text = reader.take(reader.remaining());
        match (size, text.map(|text| String::from_utf8(text.to_vec()))) {
            (Ok(size), Ok(Ok(text))) => Ok(Some((size, text))),
            _ => Err(self.damaged("the checkpoint cannot be read")),
        }
    }
}
