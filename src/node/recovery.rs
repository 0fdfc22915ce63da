//! What a replica starts from, read from the disk.

use std::sync::Arc;

use tracing::{info, warn};

use super::checks::check_batch;
use super::core_loop::now;
use super::error::NodeError;
use super::folder::DataFolder;
use super::setup::DamagedLog;
use crate::consensus::{LogRecord, SignGuard, SigningState, Slotted};
use crate::crypto::PublicKey;
use crate::ledger::CheckedBatch;
use crate::replica::{LogEntry, ReplicaLimits, ReplicaSetup, ValidatorKeys};
use crate::storage::{
    ConsensusLog, GuardHealth, LoadedGuard, LoggedRecords, RealDisk, RecoveredConsensus,
    SignGuardFile, Store, TornTail, TornTailVerdict, recover_consensus,
};
use crate::types::{Batch, BatchSequence, Decode, Genesis, Height, LedgerReader};

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
    let mut signing = SigningState::Active;
    if damaged_log == DamagedLog::SetAside {
        set_aside(&disk)?;
        signing = SigningState::Muted;
    }
    let committed = tip.height;
    let recovered = recover_consensus(&disk, genesis.ledger(), |guard, records, tail| {
        judge_tail(guard, records, tail, committed, own_key.as_ref())
    })?;
    let RecoveredConsensus {
        log,
        guard_file,
        guard,
        records,
        torn_tail,
    } = recovered;
    if let Some(tail) = torn_tail {
        info!(
            file = tail.file,
            offset = tail.offset,
            bytes = tail.byte_count,
            "the consensus log's unsynced end was cut off; nothing had been sent on its strength"
        );
    }
    let next = committed.next();
    let entries = decode_entries(&records, next)?;
    let is_fresh =
        matches!(guard, LoadedGuard::Missing) && committed == Height::GENESIS && records.is_empty();
    let (guard, is_trusted) = read_guard(&guard, committed)?;
    if is_fresh && signing == SigningState::Active {
        signing = SigningState::Fresh;
    } else if !is_trusted {
        warn!(
            target: "waybill::operator", event = "guard-lost",
            "the sign guard is lost or in doubt: this node signs nothing until it has seen two heights decided"
        );
        signing = SigningState::Muted;
    }
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

/// Whether a torn end of the log may be cut off. What the guard says was signed last was logged
/// before the guard was written: if that record is still there, or its height is committed, nothing
/// that was signed is lost with the end.
fn judge_tail(
    guard: &LoadedGuard,
    records: &LoggedRecords,
    _tail: &TornTail,
    committed: Height,
    own_key: Option<&PublicKey>,
) -> TornTailVerdict {
    let guard = match guard {
        LoadedGuard::Missing => return TornTailVerdict::Cut,
        LoadedGuard::Damaged { .. } => return TornTailVerdict::Refuse,
        LoadedGuard::Loaded(stored)
            if matches!(stored.health, GuardHealth::NewestInDoubt { .. }) =>
        {
            return TornTailVerdict::Refuse;
        }
        LoadedGuard::Loaded(stored) => SignGuard::from_bytes(&stored.payload),
    };
    let Ok(guard) = guard else {
        return TornTailVerdict::Refuse;
    };
    let Some((slot, value)) = guard.last() else {
        return TornTailVerdict::Cut;
    };
    if slot.height <= committed {
        return TornTailVerdict::Cut;
    }
    let is_logged = records
        .get(&slot.height)
        .into_iter()
        .flatten()
        .filter_map(|bytes| LogEntry::from_bytes(bytes).ok())
        .any(|entry| match entry {
            LogEntry::Consensus(record) => match *record {
                LogRecord::Vote(vote) => {
                    Some(&vote.message.validator) == own_key
                        && vote.message.slot() == slot
                        && vote.message.value() == value
                }
                LogRecord::Proposal(proposal) => {
                    Some(&proposal.message.validator) == own_key
                        && proposal.message.slot() == slot
                        && proposal.message.value() == value
                }
                _ => false,
            },
            LogEntry::Block(_) => false,
        });
    if is_logged {
        TornTailVerdict::Cut
    } else {
        TornTailVerdict::Refuse
    }
}

fn decode_entries(records: &LoggedRecords, next: Height) -> Result<Vec<LogEntry>, NodeError> {
    records
        .get(&next)
        .into_iter()
        .flatten()
        .map(|bytes| {
            LogEntry::from_bytes(bytes).map_err(|error| NodeError::BadRecord {
                height: next.0,
                reason: error.to_string(),
            })
        })
        .collect()
}

/// The guard, and whether it can be trusted: one that is missing was lost, or never was.
fn read_guard(guard: &LoadedGuard, committed: Height) -> Result<(SignGuard, bool), NodeError> {
    match guard {
        LoadedGuard::Missing | LoadedGuard::Damaged { .. } => Ok((SignGuard::unused(), false)),
        LoadedGuard::Loaded(stored) => {
            if let GuardHealth::CopiesDamaged { details } = &stored.health {
                warn!(target: "waybill::operator", event = "guard-copy-damaged", details, "a copy of the sign guard is damaged");
            }
            let is_trusted = !matches!(stored.health, GuardHealth::NewestInDoubt { .. });
            let guard =
                SignGuard::from_bytes(&stored.payload).map_err(|error| NodeError::BadRecord {
                    height: committed.next().0,
                    reason: format!("the sign guard: {error}"),
                })?;
            Ok((guard, is_trusted))
        }
    }
}

/// The unordered batches, checked again: what was checked before the stop is forgotten.
fn pending_batches(genesis: &Genesis, store: &Store) -> Result<Vec<CheckedBatch>, NodeError> {
    let mut batches = Vec::new();
    for reference in store.pending_batches()? {
        let Some(bytes) = store.held_batch(&reference.digest)? else {
            continue;
        };
        match Batch::from_shared_bytes(bytes) {
            Ok(batch) => batches.push(check_batch(&genesis.ledger(), Arc::new(batch))),
            Err(error) => warn!(batch = %reference.digest, %error, "a stored batch cannot be read"),
        }
    }
    Ok(batches)
}
