//! Reads from one snapshot.

use std::cell::RefCell;

use bytes::Bytes;
use rocksdb::{IteratorMode, ReadOptions, Snapshot};

use super::columns::{Column, meta, tree_key};
use super::concurrent_reads::ReadThreads;
use super::error::StoreError;
use super::open::Store;
use crate::crypto::Sha256Digest;
use crate::crypto::digest::DIGEST_BYTES;
use crate::crypto::merkle::complete_subtree_root;
use crate::crypto::tile::{TILE_HEIGHT, level_hashes};
use crate::ledger::{EntryLocation, LedgerTip};
use crate::types::{
    BatchDigest, CommittedBlock, Decode, DecodeError, Encode, Height, KeyValue, LogIndex,
    ScanOrder, Space,
};

/// The store as it was at one instant.
pub(super) struct View<'a> {
    store: &'a Store,
    snapshot: Snapshot<'a>,
    /// The batch that was read last: neighbouring entries come from one, whatever other readers do
    /// to the shared cache.
    last_batch: RefCell<Option<(BatchDigest, Bytes)>>,
}

/// Reads ranges of keys of a view, on any thread.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'v, 'a> {
    store: &'a Store,
    snapshot: &'v Snapshot<'a>,
}

impl<'v, 'a> Scanner<'v, 'a> {
    /// Keys and values from `first` on and below `end`, beginning at the end that the order says.
    pub(super) fn scan(
        self,
        column: Column,
        (first, end): (&[u8], &[u8]),
        order: ScanOrder,
    ) -> Result<impl Iterator<Item = Result<KeyValue, StoreError>> + use<'v, 'a>, StoreError> {
        let family = self.store.column(column)?;
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(first);
        options.set_iterate_upper_bound(end);
        let mode = match order {
            ScanOrder::Ascending => IteratorMode::Start,
            ScanOrder::Descending => IteratorMode::End,
        };
        let found = self.snapshot.iterator_cf_opt(family, options, mode);
        Ok(found.map(move |item| {
            item.map(|(key, value)| (Bytes::from(key), Bytes::from(value)))
                .map_err(|error| self.store.database_error(&error))
        }))
    }
}

/// What reading a batch for an entry can meet.
pub(super) enum BodyError {
    Store(StoreError),
    Decode(DecodeError),
}

impl From<DecodeError> for BodyError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl<'a> View<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            snapshot: store.db.snapshot(),
            last_batch: RefCell::new(None),
        }
    }

    pub(super) fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let family = self.store.column(column)?;
        let value = self
            .snapshot
            .get_cf(family, key)
            .map_err(|error| self.store.database_error(&error))?;
        Ok(value.map(Bytes::from))
    }

    /// Reads and decodes.
    pub(super) fn decode<T: Decode>(
        &self,
        column: Column,
        key: &[u8],
    ) -> Result<Option<T>, StoreError> {
        self.get(column, key)?
            .map(|bytes| self.decode_value(column, &bytes))
            .transpose()
    }

    pub(super) fn decode_value<T: Decode>(
        &self,
        column: Column,
        bytes: &[u8],
    ) -> Result<T, StoreError> {
        T::from_bytes(bytes)
            .map_err(|error| self.store.damaged(format!("in {}: {error}", column.name())))
    }

    /// Keys and values from `first` on and below `end`, in order, without disturbing the cache.
    pub(super) fn scan(
        &self,
        column: Column,
        first: &[u8],
        end: &[u8],
    ) -> Result<impl Iterator<Item = Result<KeyValue, StoreError>> + use<'_, 'a>, StoreError> {
        self.scan_in(column, first, end, ScanOrder::Ascending)
    }

    /// The same, in either order.
    pub(super) fn scan_in(
        &self,
        column: Column,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
    ) -> Result<impl Iterator<Item = Result<KeyValue, StoreError>> + use<'_, 'a>, StoreError> {
        self.scanner().scan(column, (first, end), order)
    }

    /// What reads ranges of this view, on any thread.
    pub(super) fn scanner(&self) -> Scanner<'_, 'a> {
        Scanner {
            store: self.store,
            snapshot: &self.snapshot,
        }
    }

    /// The threads that read for others.
    pub(super) fn read_threads(&self) -> &'a ReadThreads {
        &self.store.read_threads
    }

    /// All keys and values of a column, in order, without disturbing the cache.
    pub(super) fn scan_all(
        &self,
        column: Column,
    ) -> Result<impl Iterator<Item = Result<(), StoreError>> + use<'_, 'a>, StoreError> {
        let family = self.store.column(column)?;
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let found = self
            .snapshot
            .iterator_cf_opt(family, options, IteratorMode::Start);
        Ok(found.map(|item| {
            item.map(|_| ())
                .map_err(|error| self.store.database_error(&error))
        }))
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> StoreError {
        self.store.damaged(what)
    }

    pub(super) fn ledger_tip(&self) -> Result<LedgerTip, StoreError> {
        self.decode(Column::Meta, meta::TIP)?
            .ok_or_else(|| self.store.damaged("it has no tip"))
    }

    pub(super) fn block(&self, height: Height) -> Result<Option<CommittedBlock>, StoreError> {
        self.decode(Column::Blocks, &height.to_bytes())
    }

    pub(super) fn location(&self, index: LogIndex) -> Result<Option<EntryLocation>, StoreError> {
        self.decode(Column::Entries, &index.to_bytes())
    }

    /// The bytes of an entry.
    pub(super) fn resolve(
        &self,
        index: LogIndex,
        location: EntryLocation,
    ) -> Result<Bytes, StoreError> {
        location
            .resolve(|digest| self.body_batch(digest).map_err(BodyError::Store))
            .map_err(|error| match error {
                BodyError::Store(error) => error,
                BodyError::Decode(error) => self.store.damaged(format!("entry {index}: {error}")),
            })
    }

    /// A batch that an entry points into.
    pub(super) fn body_batch(&self, digest: &BatchDigest) -> Result<Bytes, StoreError> {
        if let Some((last, bytes)) = &*self.last_batch.borrow()
            && last == digest
        {
            return Ok(bytes.clone());
        }
        let bytes = self
            .batch(digest)?
            .ok_or_else(|| self.store.damaged(format!("batch {digest} is missing")))?;
        self.last_batch.replace(Some((*digest, bytes.clone())));
        Ok(bytes)
    }

    /// A batch that is held, ordered or not.
    pub(super) fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, StoreError> {
        if let Some(bytes) = self.store.batch_cache.get(digest) {
            return Ok(Some(bytes));
        }
        let bytes = self.get(Column::Batches, digest.as_bytes())?;
        if let Some(bytes) = &bytes {
            self.store.batch_cache.put(*digest, bytes);
        }
        Ok(bytes)
    }

    pub(super) fn is_ordered(&self, digest: &BatchDigest) -> Result<bool, StoreError> {
        let column = Column::Space(Space::OrderedBatches);
        Ok(self.get(column, digest.as_bytes())?.is_some())
    }

    /// The hash of a complete subtree of the log. Stored are the rows of the tiles; what lies
    /// between two rows is hashed from the lower one, at most 128 hashes.
    pub(super) fn tree_node(
        &self,
        level: u8,
        index: u64,
    ) -> Result<Option<Sha256Digest>, StoreError> {
        let (tile_level, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let count = 1_u64 << height;
        let Some(first) = index.checked_mul(count) else {
            return Ok(None);
        };
        let Some(bytes) = self.tree_row(tile_level, first, count)? else {
            return Ok(None);
        };
        let (hashes, _) = bytes.as_chunks::<DIGEST_BYTES>();
        let hashes: Vec<Sha256Digest> = hashes
            .iter()
            .copied()
            .map(Sha256Digest::from_bytes)
            .collect();
        Ok(complete_subtree_root(&hashes))
    }

    /// `count` consecutive hashes of a tile level, none if the log is too short for them all.
    pub(super) fn tree_row(
        &self,
        tile_level: u8,
        first: u64,
        count: u64,
    ) -> Result<Option<Bytes>, StoreError> {
        let Some(end) = first.checked_add(count) else {
            return Ok(None);
        };
        let size = self.ledger_tip()?.frontier.size();
        if end > level_hashes(tile_level, size) {
            return Ok(None);
        }
        let (first_key, end_key) = (tree_key(tile_level, first), tree_key(tile_level, end));
        // A count is at most the width of a tile.
        let mut row = Vec::new();
        let mut found = 0;
        for item in self.scan(Column::LogTree, &first_key, &end_key)? {
            row.extend_from_slice(&item?.1);
            found += 1;
        }
        if found != count || row.len() as u64 != count * DIGEST_BYTES as u64 {
            return Err(self.store.damaged(format!(
                "of the log's tree, level {tile_level}, nodes {first} to {end}: {found} are there"
            )));
        }
        Ok(Some(Bytes::from(row)))
    }
}
