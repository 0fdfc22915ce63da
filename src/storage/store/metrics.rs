//! What the store uses.

use std::fs;
use std::sync::atomic::Ordering;

use rocksdb::properties;

use super::columns::Column;
use super::error::StoreError;
use super::open::Store;

/// What the store uses now, and what its writes have waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Bytes of all its files.
    pub disk_bytes: u64,
    /// Bytes of writes that are in no table file yet.
    pub write_buffer_bytes: u64,
    /// Bytes of the block cache that are taken, write buffers included.
    pub block_cache_bytes: u64,
    /// Bytes of recently read batches.
    pub batch_cache_bytes: u64,
    /// Bytes of open table files that are not in the cache.
    pub table_reader_bytes: u64,
    /// Bytes that compaction has still to rewrite.
    pub pending_compaction_bytes: u64,
    /// Errors of the database's own threads.
    pub background_errors: u64,
    /// How many writes have waited for the disk.
    pub synced_writes: u64,
    /// How long they have waited together, in microseconds.
    pub synced_write_us: u64,
}

impl Store {
    /// Reads the metrics. Costs a look at each file's length.
    ///
    /// # Errors
    /// [`StoreError`] if the database or the file system fails.
    pub fn metrics(&self) -> Result<StoreMetrics, StoreError> {
        let mut metrics = StoreMetrics {
            disk_bytes: self.disk_bytes()?,
            write_buffer_bytes: self.tuning.write_buffers.get_usage() as u64,
            block_cache_bytes: self.tuning.cache.get_usage() as u64,
            batch_cache_bytes: self.batch_cache.byte_count() as u64,
            background_errors: self
                .db
                .property_int_value(properties::BACKGROUND_ERRORS)
                .map_err(|error| self.database_error(&error))?
                .unwrap_or(0),
            synced_writes: self.synced_writes.load(Ordering::Relaxed),
            synced_write_us: self.synced_write_us.load(Ordering::Relaxed),
            ..StoreMetrics::default()
        };
        for column in Column::ALL {
            let family = self.column(column)?;
            let read = |name| {
                self.db
                    .property_int_value_cf(family, name)
                    .map(Option::unwrap_or_default)
                    .map_err(|error| self.database_error(&error))
            };
            metrics.table_reader_bytes += read(properties::ESTIMATE_TABLE_READERS_MEM)?;
            metrics.pending_compaction_bytes +=
                read(properties::ESTIMATE_PENDING_COMPACTION_BYTES)?;
        }
        Ok(metrics)
    }

    fn disk_bytes(&self) -> Result<u64, StoreError> {
        let failed = |error: std::io::Error| StoreError::Database {
            path: self.path.clone(),
            reason: format!("its files cannot be listed: {error}"),
        };
        let mut bytes = 0;
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            // A file that the database has just removed counts nothing.
            if let Ok(metadata) = entry.map_err(failed)?.metadata()
                && metadata.is_file()
            {
                bytes += metadata.len();
            }
        }
        Ok(bytes)
    }
}
