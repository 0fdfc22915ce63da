//! The thread that writes to the store, in the order of the replica's effects.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use tokio::sync::mpsc::UnboundedSender;
use tracing::warn;

use super::error::NodeError;
use crate::contracts::{MEMBER_PREFIX, StateKey};
use crate::crypto::PublicKey;
use crate::ledger::BlockCommit;
use crate::network::NetworkHandle;
use crate::replica::Input;
use crate::storage::{Store, StoreError};
use crate::types::{Batch, Height, KeyPurpose, LedgerReader, MemberId, ReadError, Space};

/// Members that are read at a time when the allowed peers are looked up.
const MEMBERS_PER_PAGE: usize = 256;

/// Work for the storage thread.
#[derive(Debug)]
pub(super) enum StorageJob {
    /// Write batches and say so.
    StoreBatches(Vec<Arc<Batch>>),
    /// Commit a block and say so.
    Commit {
        commit: Box<BlockCommit>,
        batches: Vec<Arc<Batch>>,
        cosigned_size: Option<u64>,
    },
    /// Delete unordered batches that are out of time.
    Discard(Height),
    /// Serve another checkpoint.
    Checkpoint { size: u64, note: String },
}

/// Writes jobs until their senders are gone or a write fails. Completions are as many as jobs, so
/// their queue is bounded by that of the jobs.
pub(super) fn run_storage(
    store: &Store,
    network: &NetworkHandle,
    jobs: &Receiver<StorageJob>,
    completions: &UnboundedSender<Input>,
) -> Result<(), NodeError> {
    let mut next = jobs.recv().ok();
    while let Some(job) = next.take() {
        let completion = match job {
            StorageJob::StoreBatches(mut batches) => {
                // Those that wait behind it share its sync.
                loop {
                    match jobs.try_recv() {
                        Ok(StorageJob::StoreBatches(more)) => batches.extend(more),
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                    }
                }
                store.put_batches(&batches)?;
                let digests = batches.iter().map(|batch| batch.digest()).collect();
                Some(Input::BatchesStored(digests))
            }
            StorageJob::Commit {
                commit,
                batches,
                cosigned_size,
            } => {
                commit_block(store, &commit, &batches, cosigned_size)?;
                if changes_members(&commit) {
                    allow_members(store, network)?;
                }
                Some(Input::BlockCommitted(commit.tip.height))
            }
            StorageJob::Discard(height) => {
                while store.discard_expired(height)?.has_more {}
                None
            }
            StorageJob::Checkpoint { size, note } => {
                store.put_checkpoint(&note, size)?;
                None
            }
        };
        if let Some(completion) = completion
            && completions.send(completion).is_err()
        {
            // The replica thread has ended.
            return Ok(());
        }
        if next.is_none() {
            next = jobs.recv().ok();
        }
    }
    Ok(())
}

fn commit_block(
    store: &Store,
    commit: &BlockCommit,
    batches: &[Arc<Batch>],
    cosigned_size: Option<u64>,
) -> Result<(), StoreError> {
    if !batches.is_empty() {
        store.put_batches(batches)?;
    }
    store.commit(commit)?;
    if let Some(size) = cosigned_size {
        store.put_cosigned_size(size)?;
    }
    Ok(())
}

/// Whether other nodes are to be let in: members have changed, or validators, with whom keys begin and
/// end that were announced before.
fn changes_members(commit: &BlockCommit) -> bool {
    let validators = StateKey::Validators.to_bytes();
    commit.writes.iter().any(|write| {
        write.space == Space::State
            && (write.key.starts_with(MEMBER_PREFIX) || write.key == validators)
    })
}

/// Lets the nodes in that the ledger knows, and no others.
fn allow_members(store: &Store, network: &NetworkHandle) -> Result<(), NodeError> {
    let allowed = allowed_peers(store)?;
    if let Err(error) = network.set_allowed(&allowed) {
        warn!(target: "waybill::operator", event = "allow-list", %error, "the allowed peers cannot be set");
    }
    Ok(())
}

/// The network keys in force.
pub(super) fn allowed_peers(reader: &dyn LedgerReader) -> Result<BTreeSet<PublicKey>, ReadError> {
    let height = reader.tip()?.height.next();
    let mut allowed = BTreeSet::new();
    let mut after: Option<MemberId> = None;
    loop {
        let members = reader.members(after.as_ref(), MEMBERS_PER_PAGE)?;
        let Some(last) = members.last() else {
            return Ok(allowed);
        };
        after = Some(last.id.clone());
        let of_members = members.iter().filter(|member| member.is_member_at(height));
        for key in of_members.flat_map(|member| &member.keys) {
            if key.purpose == KeyPurpose::Network && key.is_active_at(height) {
                allowed.insert(key.key);
            }
        }
    }
}
