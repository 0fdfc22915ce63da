//! How RocksDB is set up, and why.

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, LogLevel, Options,
    WriteBufferManager,
};

use super::columns::Column;
use super::error::StoreError;

/// The memory of the store unless said otherwise: a node with all else stays well under 300 MB.
pub const DEFAULT_CACHE_BYTES: usize = 96 * 1024 * 1024;

/// The least memory that works: a few of the largest batches, and filters.
pub const MIN_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// The share of the memory that keeps recently read batches.
const BATCH_CACHE_SHARE: usize = 8;

/// The share of the memory that writes may take before they go to files.
const WRITE_BUFFER_SHARE: usize = 3;

/// Write buffer of a column family. Several small values make a file that is worth having.
const WRITE_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Write buffer of the batches: some of the largest ones.
const BATCH_WRITE_BUFFER_BYTES: usize = 16 * 1024 * 1024;

/// Values from this size on go to blob files: a batch is written to its file once, and compaction
/// moves only its key. Smaller ones are read faster beside their keys.
const MIN_BLOB_BYTES: u64 = 4 * 1024;

/// Blob files are removed when the batches in them are gone: not too large, or space comes back
/// late.
const BLOB_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Bounds what a restart has to read back.
const MAX_WRITE_AHEAD_LOG_BYTES: u64 = 128 * 1024 * 1024;

/// Most files that a store has open. Bounds file handles, and the memory for open files.
pub const MAX_STORE_FILES: u64 = MAX_OPEN_FILES as u64;

const MAX_OPEN_FILES: u16 = 512;

/// Bits of a bloom filter for each key: one look-up in a hundred of a key that is not there reads
/// the file.
const BLOOM_BITS_PER_KEY: f64 = 10.0;

/// What an operator may choose about the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The memory for caches and write buffers together, in bytes; at least [`MIN_CACHE_BYTES`].
    pub cache_bytes: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: DEFAULT_CACHE_BYTES,
        }
    }
}

/// The options of the database with what they share.
pub(super) struct Tuning {
    pub(super) cache: Cache,
    pub(super) write_buffers: WriteBufferManager,
    pub(super) batch_cache_bytes: usize,
}

impl Tuning {
    pub(super) fn new(options: StoreOptions) -> Result<Self, StoreError> {
        if options.cache_bytes < MIN_CACHE_BYTES {
            return Err(StoreError::CacheTooSmall {
                bytes: options.cache_bytes,
                least: MIN_CACHE_BYTES,
            });
        }
        let batch_cache_bytes = options.cache_bytes / BATCH_CACHE_SHARE;
        let cache = Cache::new_lru_cache(options.cache_bytes - batch_cache_bytes);
        // Write buffers are charged to the block cache: one bound for both. Writers are not stalled
        // at the bound; a flush begins before it is reached.
        let write_buffers = WriteBufferManager::new_write_buffer_manager_with_cache(
            options.cache_bytes / WRITE_BUFFER_SHARE,
            false,
            cache.clone(),
        );
        Ok(Self {
            cache,
            write_buffers,
            batch_cache_bytes,
        })
    }

    /// Options of the database as a whole.
    pub(super) fn database(&self) -> Options {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_paranoid_checks(true);
        options.set_write_buffer_manager(&self.write_buffers);
        options.set_max_total_wal_size(MAX_WRITE_AHEAD_LOG_BYTES);
        options.set_max_open_files(i32::from(MAX_OPEN_FILES));
        // One thread flushes, one compacts: the cores belong to signatures.
        options.set_max_background_jobs(2);
        // A torn end of the write-ahead log is what a crash leaves of writes that were not synced.
        // Any other damage must stop the node: the default would silently go back to an older block.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options.set_track_and_verify_wals_in_manifest(true);
        // Data goes to the disk while it is written, not all at once at the end of a file.
        options.set_bytes_per_sync(1024 * 1024);
        // The database's own text log: warnings only, and bounded.
        options.set_log_level(LogLevel::Warn);
        options.set_max_log_file_size(1024 * 1024);
        options.set_keep_log_file_num(4);
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options
    }

    /// Options of one column family.
    pub(super) fn column(&self, column: Column) -> Options {
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(&self.cache);
        // Indices and filters count against the cache as well, or they would grow with the ledger.
        table.set_cache_index_and_filter_blocks(true);
        table.set_pin_l0_filter_and_index_blocks_in_cache(true);
        if column.has_random_reads() {
            table.set_bloom_filter(BLOOM_BITS_PER_KEY, false);
        }
        let mut options = Options::default();
        options.set_block_based_table_factory(&table);
        // Compaction writes these again and again, and compressing them would cost signatures the
        // cores for nothing.
        options.set_compression_type(if column.is_mostly_digests() {
            DBCompressionType::None
        } else {
            DBCompressionType::Lz4
        });
        options.set_level_compaction_dynamic_level_bytes(true);
        options.set_write_buffer_size(WRITE_BUFFER_BYTES);
        options.set_target_file_size_base(WRITE_BUFFER_BYTES as u64 * 2);
        if column == Column::Batches {
            options.set_write_buffer_size(BATCH_WRITE_BUFFER_BYTES);
            options.set_enable_blob_files(true);
            options.set_min_blob_size(MIN_BLOB_BYTES);
            options.set_blob_file_size(BLOB_FILE_BYTES);
            options.set_blob_compression_type(DBCompressionType::Lz4);
            // Discarded batches give their space back.
            options.set_enable_blob_gc(true);
        }
        options
    }
}
