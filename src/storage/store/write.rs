//! The only place that writes.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use rocksdb::{WriteBatch, WriteOptions};

use super::error::StoreError;
use super::open::Store;

/// When a write has to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// Before the call returns.
    Synced,
    /// With the next synced write. Losing it costs work, not safety.
    Eventually,
}

/// Whether writes are still possible.
#[derive(Debug, Default)]
pub(super) struct WriteState {
    first_error: Option<String>,
}

/// The right to write. There is one at a time, so that what a writer has read stays true until it
/// has written.
pub(super) struct Writer<'a> {
    store: &'a Store,
    state: MutexGuard<'a, WriteState>,
}

impl Store {
    /// Waits for the other writer.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`].
    pub(super) fn lock_for_writing(&self) -> Result<Writer<'_>, StoreError> {
        let state = self
            .write_state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &state.first_error {
            None => Ok(Writer { store: self, state }),
            Some(first) => Err(StoreError::Poisoned {
                first: first.clone(),
            }),
        }
    }
}

impl Writer<'_> {
    /// Writes all of a batch or nothing. After an error nobody writes any more: what is on the disk
    /// is then known only after a restart.
    pub(super) fn write(
        mut self,
        batch: WriteBatch,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Synced);
        let start = Instant::now();
        let result = self.store.db.write_opt(batch, &options);
        if durability == Durability::Synced {
            let waited_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.store.synced_writes.fetch_add(1, Ordering::Relaxed);
            self.store
                .synced_write_us
                .fetch_add(waited_us, Ordering::Relaxed);
        }
        result.map_err(|error| {
            let error = self.store.database_error(&error);
            self.state.first_error = Some(error.to_string());
            error
        })
    }
}
