//! What a replica is made of.

use std::sync::Arc;

use super::message::LogEntry;
use crate::consensus::{SignGuard, SigningState};
use crate::crypto::SecretKey;
use crate::ledger::{CheckedBatch, LedgerTip};
use crate::mempool::{PoolLimits, QueueLimits};
use crate::types::{BatchSequence, CommitCertificate, Genesis};

/// The secret keys of a validator that the replica signs with.
#[derive(Debug)]
pub struct ValidatorKeys {
    /// Signs consensus statements, batches and acknowledgements.
    pub consensus: SecretKey,
    /// Signs checkpoints as the log.
    pub log: SecretKey,
    /// Cosigns checkpoints.
    pub cosigner: SecretKey,
}

/// Bounds that a node sets for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaLimits {
    /// Of the admission queue, and when it is sealed.
    pub queue: QueueLimits,
    /// Of the batches that are not ordered.
    pub pool: PoolLimits,
}

/// What a replica starts from: the genesis document, keys, and what the disk holds.
#[derive(Debug)]
pub struct ReplicaSetup {
    /// The genesis document.
    pub genesis: Arc<Genesis>,
    /// The keys of a validator; none makes a follower.
    pub keys: Option<ValidatorKeys>,
    /// Bounds.
    pub limits: ReplicaLimits,
    /// The end of the committed ledger.
    pub tip: LedgerTip,
    /// The certificate of the tip's block; none before the first.
    pub tip_certificate: Option<CommitCertificate>,
    /// The sign guard as it was last made durable.
    pub guard: SignGuard,
    /// Whether log and guard can be trusted.
    pub signing: SigningState,
    /// The consensus log of the height after the tip, in order.
    pub log: Vec<LogEntry>,
    /// The unordered batches on disk.
    pub batches: Vec<CheckedBatch>,
    /// The number of the next batch: greater than any before. The start's time in milliseconds is.
    pub next_sequence: BatchSequence,
    /// The greatest log size that this node may have cosigned.
    pub cosigned_size: u64,
}
