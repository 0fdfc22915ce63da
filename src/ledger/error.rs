//! Why the ledger cannot go on. Every variant is fatal: the node stops and says so.

use thiserror::Error;

use super::state_tree::StateTreeError;
use crate::contracts::EffectError;
use crate::crypto::merkle::TreeError;
use crate::types::{BatchDigest, BlockDigest, Height, ReadError};

/// Why a block cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An effect met a broken store.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// The state tree is broken.
    #[error(transparent)]
    StateTree(#[from] StateTreeError),
    /// The log's tree is broken, or full.
    #[error("the log's tree cannot be extended: {0}")]
    LogTree(#[from] TreeError),
    /// The block does not follow the tip.
    #[error("block {block} of height {height} does not follow the ledger's tip at height {tip}")]
    NotNext {
        /// The block.
        block: BlockDigest,
        /// Its height.
        height: Height,
        /// The height of the tip.
        tip: Height,
    },
    /// A decided block names other roots than this node has: this node, or the quorum, is wrong.
    #[error(
        "block {block} of height {height} was decided over another ledger state than this node \
         has: the store is damaged, or the program differs from that of the other validators"
    )]
    Diverged {
        /// The block.
        block: BlockDigest,
        /// Its height.
        height: Height,
    },
    /// The genesis document installs a contract that cannot be used.
    #[error("a contract of the genesis document cannot be used: {reason}")]
    GenesisContract {
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The batches do not match the block's certificates.
    #[error("batch {batch} was not given in the block's order")]
    BatchMismatch {
        /// The batch that is missing or misplaced.
        batch: BatchDigest,
    },
}
