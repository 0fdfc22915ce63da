//! What a replica starts from, read from the disk.

use std::sync::Arc;

use tracing::{info, warn};

use super::checks::check_batch;
use super::core_loop::now;
use super::error::NodeError;
use super::folder::DataFolder;
use super::setup::DamagedLog;
use crate::consensus::SigningState;
use crate::contracts::read_validator_sets;
use crate::ledger::{CheckedBatch, SubmissionContext};
use crate::replica::{ReplicaError, ReplicaLimits, ReplicaSetup, ValidatorKeys};
use crate::storage::{
    ConsensusLog, LogHistory, RealDisk, RecoveredConsensus, SignGuardFile, Store, recover_consensus,
};
use crate::types::{Batch, BatchSequence, Genesis, LedgerReader};

/// The consensus log and sign guard of a node, and the replica's setup that they make.
pub(super) struct Recovered {
    pub(super) setup: ReplicaSetup,
    pub(super) log: ConsensusLog<RealDisk>,
    pub(super) guard_file: SignGuardFile<RealDisk>,
}

/// Reads everything that a replica starts from.
///
/// # Errors
/// [`NodeError`] if the store, the log or the guard cannot be used; the message names the way out.
pub(super) fn recover(
    genesis: &Arc<Genesis>,
    folder: &DataFolder,
    store: &Store,
    keys: Option<ValidatorKeys>,
    limits: ReplicaLimits,
    damaged_log: DamagedLog,
) -> Result<Recovered, NodeError> {
    let disk = open_disk(folder)?;
    let tip = store.ledger_tip()?;
    let own_key = keys.as_ref().map(|keys| keys.consensus.public_key());
    let mut history = LogHistory::Kept;
    if damaged_log == DamagedLog::SetAside {
        set_aside(&disk)?;
        history = LogHistory::SetAside;
    }
    let committed = tip.height;
    let recovered = recover_consensus(
        &disk,
        genesis.ledger(),
        committed,
        own_key.as_ref(),
        history,
    )?;
    let sets = read_validator_sets(store, committed.next()).map_err(ReplicaError::from)?;
    let is_validator = own_key.as_ref().is_some_and(|key| {
        let coming = [sets.current(), sets.upcoming()];
        coming.iter().any(|set| set.index_of(key).is_some())
    });
    report(&recovered, is_validator);
    let RecoveredConsensus {
        log,
        guard_file,
        guard,
        signing,
        entries,
        ..
    } = recovered;
    let tip_certificate = store.block(committed)?.map(|block| block.certificate);
    let setup = ReplicaSetup {
        genesis: Arc::clone(genesis),
        keys,
        limits,
        tip,
        tip_certificate,
        guard,
        signing,
        log: entries,
        batches: pending_batches(genesis, store)?,
        // Greater than any number before, as long as fewer than a thousand batches a second were
        // sealed and the clock was not set back; were it not, two batches of one author would have
        // one number, which nothing rests on.
        next_sequence: BatchSequence(u64::try_from(now().as_ms()).unwrap_or(0)),
        cosigned_size: store.cosigned_size()?,
    };
    Ok(Recovered {
        setup,
        log,
        guard_file,
    })
}

fn open_disk(folder: &DataFolder) -> Result<RealDisk, NodeError> {
    let path = folder.consensus();
    let failed = |error: std::io::Error| NodeError::Folder {
        path: path.clone(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(&path).map_err(failed)?;
    RealDisk::open(&path).map_err(failed)
}

fn set_aside(disk: &RealDisk) -> Result<(), NodeError> {
    let names = ConsensusLog::set_aside(disk)?;
    warn!(
        target: "waybill::operator", event = "consensus-set-aside", files = names.join(", "),
        "the consensus log was set aside"
    );
    Ok(())
}

/// Tells the operator what was found.
fn report(recovered: &RecoveredConsensus<RealDisk>, is_validator: bool) {
    if let Some(tail) = &recovered.torn_tail {
        info!(
            file = tail.file,
            offset = tail.offset,
            bytes = tail.byte_count,
            "the consensus log's unsynced end was cut off; nothing had been sent on its strength"
        );
    }
    if let Some(details) = &recovered.guard_damage {
        warn!(target: "waybill::operator", event = "guard-copy-damaged", details, "the sign guard's files are damaged");
    }
    if is_validator && recovered.signing == SigningState::Muted {
        warn!(
            target: "waybill::operator", event = "guard-lost",
            "the consensus log or the sign guard is lost or in doubt: this node signs nothing until it has seen two heights decided"
        );
    }
}

/// The unordered batches, checked again: what was checked before the stop is forgotten.
fn pending_batches(genesis: &Genesis, store: &Store) -> Result<Vec<CheckedBatch>, NodeError> {
    let next = store.ledger_tip()?.height.next();
    let context =
        SubmissionContext::read(genesis.ledger(), store, next).map_err(ReplicaError::from)?;
    let mut batches = Vec::new();
    for reference in store.pending_batches()? {
        let Some(bytes) = store.held_batch(&reference.digest)? else {
            continue;
        };
        match Batch::from_shared_bytes(bytes) {
            Ok(batch) => batches.push(check_batch(&context, Arc::new(batch))),
            Err(error) => warn!(batch = %reference.digest, %error, "a stored batch cannot be read"),
        }
    }
    Ok(batches)
}
