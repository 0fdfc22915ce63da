//! Checking a store against itself: everything that the log's root rests on is derived again.

use bytes::Bytes;

use super::columns::{Column, tree_key};
use super::error::StoreError;
use super::open::Store;
use super::view::View;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{Frontier, Node, leaf_hash};
use crate::crypto::tile::{TILE_HEIGHT, tile_slot};
use crate::types::{
    Batch, BatchDigest, BlockDigest, CommittedBlock, Decode, Entry, EntryContent, Height, LogIndex,
};

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Entries that hold.
    pub checked_entries: u64,
    /// Entries that there are.
    pub total_entries: u64,
}

/// What a check found to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// The last height.
    pub height: Height,
    /// How many entries the log has.
    pub log_size: u64,
    /// The root that was derived again.
    pub log_root: Sha256Digest,
    /// How many batches were hashed again.
    pub batches: u64,
}

impl Store {
    /// Reads everything that is stored, with its checksums. Then derives the log's root again, from
    /// the bytes of every entry, and compares it with the tip and with what every block says; checks
    /// that the blocks are a chain, that every batch has the digest it goes by, and that every stored
    /// node of the log's tree is right. `progress` is called after every block.
    ///
    /// Works on one snapshot, so the node may go on meanwhile, and in bounded memory: one block and
    /// one batch at a time. Not checked are signatures (the certificates of the blocks do that for
    /// whoever doubts the peers it got them from) and the state, which applying the blocks again
    /// would derive.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first thing that does not hold, or whatever the database
    /// gives.
    pub fn verify(
        &self,
        mut progress: impl FnMut(VerifyProgress),
    ) -> Result<VerifyReport, StoreError> {
        let view = self.view();
        let tip = view.ledger_tip()?;
        read_everything(&view)?;
        let mut run = Run {
            view: &view,
            frontier: Frontier::new(),
            parent: BlockDigest(self.ledger.0),
            batches: 0,
        };
        let mut height = Height::GENESIS;
        while height < tip.height {
            height = height.next();
            run.check_block(height)?;
            progress(VerifyProgress {
                checked_entries: run.frontier.size(),
                total_entries: tip.frontier.size(),
            });
        }
        if run.frontier != tip.frontier || run.parent != tip.block {
            return Err(self.damaged("the tip is not what the entries and blocks make"));
        }
        if view.location(LogIndex(tip.frontier.size()))?.is_some() {
            return Err(self.damaged("there are entries behind the tip"));
        }
        Ok(VerifyReport {
            height,
            log_size: tip.frontier.size(),
            log_root: tip.frontier.root(),
            batches: run.batches,
        })
    }
}

/// Reads every key and value of every column: the database compares its checksums as it goes.
fn read_everything(view: &View<'_>) -> Result<(), StoreError> {
    for column in Column::ALL {
        for item in view.scan_all(column)? {
            item?;
        }
    }
    Ok(())
}

struct Run<'a, 'store> {
    view: &'a View<'store>,
    frontier: Frontier,
    parent: BlockDigest,
    batches: u64,
}

impl Run<'_, '_> {
    fn check_block(&mut self, height: Height) -> Result<(), StoreError> {
        let bad = |what: &str| self.view.damaged(format!("block {height}: {what}"));
        let committed = self
            .view
            .block(height)?
            .ok_or_else(|| bad("it is missing"))?;
        let header = committed.block.header();
        if header.height != height || header.parent != self.parent {
            return Err(bad("it does not follow the one before"));
        }
        if header.log_size != self.frontier.size() || header.log_root != self.frontier.root() {
            return Err(bad("it was decided over another log"));
        }
        for certificate in &committed.block.body().batches {
            self.check_batch(&certificate.batch.digest)?;
        }
        self.check_entries(&committed)?;
        let bad = |what: &str| self.view.damaged(format!("block {height}: {what}"));
        if committed.log_root != self.frontier.root() {
            return Err(bad("its entries make another root than it says"));
        }
        self.parent = committed.block.digest();
        Ok(())
    }

    fn check_batch(&mut self, digest: &BatchDigest) -> Result<(), StoreError> {
        let bytes = self.view.body_batch(digest)?;
        let batch = Batch::from_shared_bytes(bytes)
            .map_err(|error| self.view.damaged(format!("batch {digest}: {error}")))?;
        if batch.digest() != *digest {
            return Err(self
                .view
                .damaged(format!("batch {digest} is stored with other bytes")));
        }
        self.batches += 1;
        Ok(())
    }

    fn check_entries(&mut self, committed: &CommittedBlock) -> Result<(), StoreError> {
        let height = committed.block.height();
        let mut last = Bytes::new();
        while self.frontier.size() < committed.log_size {
            let index = LogIndex(self.frontier.size());
            let location = self.view.location(index)?.ok_or_else(|| {
                self.view
                    .damaged(format!("entry {index} of block {height} is missing"))
            })?;
            last = self.view.resolve(index, location)?;
            let mut nodes = Vec::new();
            self.frontier
                .append(leaf_hash(&last), |node| nodes.push(node))
                .map_err(|error| self.view.damaged(error.to_string()))?;
            for node in &nodes {
                self.check_node(node)?;
            }
        }
        let block_entry = Entry::from_bytes(&last).map(|entry| entry.content);
        match block_entry {
            Ok(EntryContent::Block(entry))
                if entry.block == committed.block.digest()
                    && entry.state_root == committed.state_root =>
            {
                Ok(())
            }
            _ => Err(self
                .view
                .damaged(format!("block {height} does not end with its own entry"))),
        }
    }

    fn check_node(&self, node: &Node) -> Result<(), StoreError> {
        if tile_slot(node).is_none() {
            return Ok(());
        }
        let key = tree_key(node.level / TILE_HEIGHT, node.index);
        let stored = self.view.get(Column::LogTree, &key)?;
        if stored.as_deref() == Some(node.hash.as_bytes().as_slice()) {
            return Ok(());
        }
        Err(self.view.damaged(format!(
            "node {} of level {} of the log's tree is not what its entries make",
            node.index, node.level
        )))
    }
}
