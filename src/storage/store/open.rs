//! Opening a store.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use rocksdb::{ColumnFamily, ColumnFamilyDescriptor, DB, IteratorMode, Options, WriteBatch};

use super::batch_cache::BatchCache;
use super::columns::{Column, meta};
use super::concurrent_reads::ReadThreads;
use super::error::StoreError;
use super::options::{StoreOptions, Tuning};
use super::view::View;
use super::write::{Durability, WriteState};
use crate::ledger::{LedgerTip, genesis_state};
use crate::types::{Decode, Encode, Genesis, LedgerId, Timestamp};

/// The format that this program reads and writes.
pub const FORMAT_VERSION: u16 = 3;

/// Most files that are opened before they are asked for: fewer than may be open.
const MAX_FILES_OPENED_AHEAD: usize = 256;

/// The ledger store of one node. See [the module](super). Shared between threads by reference.
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) ledger: LedgerId,
    pub(super) genesis_time: Timestamp,
    pub(super) db: DB,
    pub(super) tuning: Tuning,
    pub(super) batch_cache: BatchCache,
    pub(super) read_threads: ReadThreads,
    pub(super) write_state: Mutex<WriteState>,
    pub(super) synced_writes: AtomicU64,
    pub(super) synced_write_us: AtomicU64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("path", &self.path)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of a ledger in a folder, or makes one there with the genesis state.
    ///
    /// # Errors
    /// [`StoreError`] if the folder holds the store of another ledger or format, a damaged one, or
    /// another database, if another process has it open, or if the disk fails.
    pub fn open(
        path: impl AsRef<Path>,
        genesis: &Genesis,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let tuning = Tuning::new(options)?;
        std::fs::create_dir_all(path).map_err(|error| StoreError::Database {
            path: path.to_owned(),
            reason: format!("the folder cannot be made: {error}"),
        })?;
        refuse_strange_columns(path)?;
        let columns = Column::ALL
            .map(|column| ColumnFamilyDescriptor::new(column.name(), tuning.column(column)));
        let db = DB::open_cf_descriptors(&tuning.database(), path, columns)
            .map_err(|error| StoreError::database(path, &error))?;
        let store = Self {
            path: path.to_owned(),
            ledger: genesis.ledger(),
            genesis_time: genesis.time(),
            db,
            batch_cache: BatchCache::new(tuning.batch_cache_bytes),
            read_threads: ReadThreads::default(),
            tuning,
            write_state: Mutex::default(),
            synced_writes: AtomicU64::new(0),
            synced_write_us: AtomicU64::new(0),
        };
        match store.view().get(Column::Meta, meta::FORMAT)? {
            None => store.write_genesis(genesis)?,
            Some(format) => store.check_identity(&format)?,
        }
        store.ledger_tip()?;
        store.open_files();
        Ok(store)
    }

    /// Opens the files that questions read from, with the indices of their blocks: else the first question after
    /// a start would wait for all of them. What cannot be read is met again by whoever needs it, who can tell more.
    fn open_files(&self) {
        let Ok(mut files) = self.db.live_files() else {
            return;
        };
        // The largest have most of what is asked for.
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        files.truncate(MAX_FILES_OPENED_AHEAD);
        let view = self.view();
        for column in Column::ALL {
            let of_column = files
                .iter()
                .filter(|file| file.column_family_name == column.name());
            let first_key = |key: &Vec<u8>| (key.clone(), [key.as_slice(), &[0]].concat());
            let ranges = of_column.filter_map(|file| file.start_key.as_ref().map(first_key));
            let _ = view.scan_each(column, &ranges.collect::<Vec<_>>(), 1);
        }
    }

    /// The ledger that it holds.
    pub fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The end of the ledger, as applying the next block needs it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or is damaged.
    pub fn ledger_tip(&self) -> Result<LedgerTip, StoreError> {
        self.view().ledger_tip()
    }

    /// A consistent view of now.
    pub(super) fn view(&self) -> View<'_> {
        View::new(self)
    }

    pub(super) fn column(&self, column: Column) -> Result<&ColumnFamily, StoreError> {
        self.db
            .cf_handle(column.name())
            .ok_or_else(|| self.damaged(format!("column family {} is not there", column.name())))
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            path: self.path.clone(),
            what: what.into(),
        }
    }

    pub(super) fn database_error(&self, error: &rocksdb::Error) -> StoreError {
        StoreError::database(&self.path, error)
    }

    /// All of the genesis state and the store's identity in one write: a store is fresh, or it is
    /// complete.
    fn write_genesis(&self, genesis: &Genesis) -> Result<(), StoreError> {
        for column in Column::ALL {
            let family = self.column(column)?;
            if self
                .db
                .iterator_cf(family, IteratorMode::Start)
                .next()
                .is_some()
            {
                return Err(self.damaged(format!(
                    "it has no format version, and yet {} is not empty",
                    column.name()
                )));
            }
        }
        let (tip, writes) = genesis_state(genesis).map_err(|error| StoreError::Genesis {
            reason: error.to_string(),
        })?;
        let mut batch = WriteBatch::default();
        for write in &writes {
            if let Some(value) = &write.value {
                batch.put_cf(self.column(Column::Space(write.space))?, &write.key, value);
            }
        }
        let validators = genesis.validators();
        batch.put_cf(
            self.column(Column::ValidatorSets)?,
            validators.digest().as_bytes(),
            validators.to_bytes(),
        );
        let meta_column = self.column(Column::Meta)?;
        batch.put_cf(meta_column, meta::FORMAT, FORMAT_VERSION.to_be_bytes());
        batch.put_cf(meta_column, meta::LEDGER, genesis.ledger().to_bytes());
        batch.put_cf(meta_column, meta::TIP, tip.to_bytes());
        self.lock_for_writing()?.write(batch, Durability::Synced)
    }

    fn check_identity(&self, format: &Bytes) -> Result<(), StoreError> {
        check_format(&self.path, format)?;
        let found = self
            .view()
            .get(Column::Meta, meta::LEDGER)?
            .ok_or_else(|| self.damaged("it does not say whose ledger it holds"))?;
        let found = LedgerId::from_bytes(&found)
            .map_err(|error| self.damaged(format!("its ledger id: {error}")))?;
        if found != self.ledger {
            return Err(StoreError::OtherLedger {
                path: self.path.clone(),
                found,
                expected: self.ledger,
            });
        }
        Ok(())
    }
}

fn check_format(path: &Path, format: &[u8]) -> Result<(), StoreError> {
    let found = <[u8; 2]>::try_from(format)
        .map(u16::from_be_bytes)
        .map_err(|_| StoreError::Damaged {
            path: path.to_owned(),
            what: "its format version cannot be read".to_owned(),
        })?;
    if found != FORMAT_VERSION {
        return Err(StoreError::UnknownFormat {
            path: path.to_owned(),
            found,
            known: FORMAT_VERSION,
        });
    }
    Ok(())
}

/// A newer program's store may have column families that this one does not know, and the database
/// refuses to open without them: the store's own format version says more.
fn refuse_strange_columns(path: &Path) -> Result<(), StoreError> {
    if !path.join("CURRENT").exists() {
        return Ok(());
    }
    let names = DB::list_cf(&Options::default(), path)
        .map_err(|error| StoreError::database(path, &error))?;
    let is_strange = |name: &String| {
        name != rocksdb::DEFAULT_COLUMN_FAMILY_NAME
            && Column::ALL.iter().all(|column| column.name() != name)
    };
    if !names.iter().any(is_strange) {
        return Ok(());
    }
    let not_a_store = StoreError::NotAStore {
        path: path.to_owned(),
    };
    let meta_name = Column::Meta.name();
    if !names.iter().any(|name| name == meta_name) {
        return Err(not_a_store);
    }
    let db = DB::open_cf_for_read_only(&Options::default(), path, [meta_name], false)
        .map_err(|error| StoreError::database(path, &error))?;
    let format = db
        .cf_handle(meta_name)
        .map(|family| db.get_cf(family, meta::FORMAT))
        .transpose()
        .map_err(|error| StoreError::database(path, &error))?
        .flatten();
    check_format(path, &format.ok_or_else(|| not_a_store.clone())?)?;
    Err(not_a_store)
}
