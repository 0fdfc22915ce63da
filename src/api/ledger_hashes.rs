//! The log's tree as proofs read it.

use std::cell::RefCell;

use super::problem::Problem;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{HashReader, TreeError};
use crate::types::{LedgerReader, ReadError};

/// Gives the nodes of a ledger's log, and keeps the first failure of the store: a proof only learns
/// that a node is missing.
pub(super) struct LedgerHashes<'a> {
    reader: &'a dyn LedgerReader,
    failure: RefCell<Option<ReadError>>,
}

impl<'a> LedgerHashes<'a> {
    pub(super) fn new(reader: &'a dyn LedgerReader) -> Self {
        Self {
            reader,
            failure: RefCell::new(None),
        }
    }

    /// The problem behind a proof that could not be made. The caller has checked sizes and indices,
    /// so the store is to blame.
    pub(super) fn problem(&self, error: &TreeError) -> Problem {
        let failure = self.failure.borrow_mut().take();
        Problem::from(failure.unwrap_or_else(|| ReadError::new(error.to_string())))
    }
}

impl HashReader for LedgerHashes<'_> {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        match self.reader.tree_node(level, index) {
            Ok(node) => node,
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}
