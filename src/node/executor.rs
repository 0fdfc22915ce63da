//! Carrying out the replica's effects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, info, warn};

use super::checks::{CheckPools, check_batch};
use super::error::NodeError;
use super::limits::SLOW_SYNC_MS;
use super::observed::Observed;
use super::pending::PendingSubmissions;
use super::queued_input::QueuedInput;
use super::reports::log_report;
use super::storage_worker::StorageJob;
use super::timers::Timers;
use crate::consensus::SignGuard;
use crate::crypto::PublicKey;
use crate::network::{Channel, NetworkHandle};
use crate::replica::{Answer, Effect, Input, PeerMessage, Ticket, check_answer};
use crate::storage::{ConsensusLog, RealDisk, SignGuardFile};
use crate::sync::OutgoingRequest;
use crate::types::{Encode, Refusal, SubmissionId, Timestamp};

/// What a client is told.
pub(super) type Reply = Result<SubmissionId, Refusal>;

/// A client that waits for the replica's reply on its submission.
#[derive(Debug)]
pub(super) struct WaitingClient {
    pub(super) expires: Timestamp,
    pub(super) reply: oneshot::Sender<Reply>,
}

/// Clients that wait for the replica's reply.
pub(super) type Replies = std::sync::Mutex<BTreeMap<Ticket, WaitingClient>>;

/// How often the replica thread has waited for the disk, and how long.
#[derive(Debug, Default)]
pub(super) struct SyncCounters {
    pub(super) log_syncs: AtomicU64,
    pub(super) guard_syncs: AtomicU64,
    pub(super) waited_us: AtomicU64,
}

/// Everything that effects act on.
pub(super) struct Executor {
    pub(super) observed: Arc<Observed>,
    pub(super) log: ConsensusLog<RealDisk>,
    pub(super) guard_file: SignGuardFile<RealDisk>,
    pub(super) storage: SyncSender<StorageJob>,
    pub(super) network: NetworkHandle,
    pub(super) runtime: Handle,
    pub(super) pools: Arc<CheckPools>,
    pub(super) inputs: mpsc::Sender<QueuedInput>,
    pub(super) timers: Timers,
    pub(super) replies: Arc<Replies>,
    pub(super) pending: Arc<PendingSubmissions>,
    pub(super) syncs: Arc<SyncCounters>,
}

impl Executor {
    /// Carries out the effects of a group of steps: first everything durable of the group, with one
    /// sync, then the rest in order. So nothing leaves the node before what it rests on is on disk.
    ///
    /// # Errors
    /// [`NodeError`] if something durable cannot be written: nothing else of the group is done.
    pub(super) fn execute(&mut self, effects: Vec<Effect>) -> Result<(), NodeError> {
        self.make_durable(&effects)?;
        for effect in effects {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    fn make_durable(&mut self, effects: &[Effect]) -> Result<(), NodeError> {
        let mut guard = None;
        let mut is_logged = false;
        for effect in effects {
            match effect {
                // It rests on nothing in the log, and the log must not be there without it.
                Effect::Guard(first) if *first == SignGuard::unused() => {
                    self.guard_file.store(&first.to_bytes())?;
                }
                Effect::Log(entry) => {
                    self.log.append(entry.height(), &entry.to_bytes())?;
                    is_logged = true;
                }
                Effect::Guard(latest) => guard = Some(latest),
                _ => {}
            }
        }
        let begun = Instant::now();
        if is_logged {
            self.log.sync()?;
            self.syncs.log_syncs.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(guard) = guard {
            self.guard_file.store(&guard.to_bytes())?;
            self.syncs.guard_syncs.fetch_add(1, Ordering::Relaxed);
        }
        let took = begun.elapsed();
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.syncs.waited_us.fetch_add(took_us, Ordering::Relaxed);
        let took_ms = took.as_millis();
        if took_ms > SLOW_SYNC_MS {
            let took_ms = u64::try_from(took_ms).unwrap_or(u64::MAX);
            warn!(target: "waybill::operator", event = "disk-slow", took_ms, "the consensus log's disk is slow");
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), NodeError> {
        match effect {
            Effect::Log(_) | Effect::Guard(_) => {}
            Effect::ForgetLogBelow(height) => self.log.forget_below(height)?,
            Effect::StoreBatches(batches) => self.store(StorageJob::StoreBatches(batches))?,
            Effect::Commit {
                commit,
                batches,
                cosigned_size,
            } => self.store(StorageJob::Commit {
                commit,
                batches,
                cosigned_size,
            })?,
            Effect::DiscardBatches(height) => self.store(StorageJob::Discard(height))?,
            Effect::PublishCheckpoint { size, note } => {
                self.store(StorageJob::Checkpoint { size, note })?;
            }
            Effect::Broadcast(message) => {
                self.broadcast(channel_of(&message), message.to_bytes().into());
            }
            Effect::Send { to, message } => {
                self.send(&to, channel_of(&message), message.to_bytes().into());
            }
            Effect::SendBatch { to, batch } => {
                let bytes = Bytes::from(PeerMessage::Batch(batch.bytes().clone()).to_bytes());
                match to {
                    None => self.broadcast(Channel::Batches, bytes),
                    Some(peers) => {
                        for peer in peers {
                            self.send(&peer, Channel::Batches, bytes.clone());
                        }
                    }
                }
            }
            Effect::Request(request) => self.request(request),
            Effect::SetTimer { timer, after_ms } => self.timers.set(timer, after_ms),
            Effect::CancelTimer(timer) => self.timers.cancel(&timer),
            Effect::Reply { ticket, result } => {
                let waiting = self
                    .replies
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .remove(&ticket);
                if let Some(waiting) = waiting {
                    // First: the commit may come before the client hears of this.
                    if let Ok(id) = &result {
                        self.pending.insert(*id, waiting.expires);
                    }
                    // The client may have gone.
                    let _ = waiting.reply.send(result.map_err(|refusal| *refusal));
                }
            }
            Effect::GiveUp(ids) => self.pending.settle(&ids),
            Effect::Committed {
                height,
                time,
                records,
                dropped,
                batches,
            } => {
                self.pending
                    .settle(records.iter().map(|record| &record.submission));
                self.pending.refuse(dropped);
                self.pending.expire(time);
                let entries: u64 = records
                    .iter()
                    .map(|record| u64::from(record.location.record_count))
                    .sum();
                info!(
                    %height, %time, batches = batches.len(), submissions = records.len(),
                    records = entries, "block committed"
                );
            }
            Effect::Report(report) => log_report(&report),
        }
        Ok(())
    }

    /// Lets those go who wait for replies and commits that will not come.
    pub(super) fn dismiss_clients(&self) {
        self.pending.clear();
        self.replies
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
    }

    fn store(&self, job: StorageJob) -> Result<(), NodeError> {
        self.storage.send(job).map_err(|_| NodeError::Thread {
            what: "storage thread",
            reason: "it has ended".into(),
        })
    }

    fn broadcast(&self, channel: Channel, bytes: Bytes) {
        match self.network.broadcast(channel, bytes) {
            Ok(broadcast) => {
                for (peer, error) in broadcast.rejected {
                    debug!(%peer, %channel, %error, "a message was not queued");
                }
            }
            Err(error) => debug!(%channel, %error, "a message was not queued"),
        }
    }

    fn send(&self, peer: &PublicKey, channel: Channel, bytes: Bytes) {
        if let Err(error) = self.network.send(peer, channel, bytes) {
            debug!(%peer, %channel, %error, "a message was not queued");
        }
    }

    /// Asks a peer in a task of its own; the answer is checked on the bulk pool.
    fn request(&self, outgoing: OutgoingRequest) {
        let OutgoingRequest { id, peer, request } = outgoing;
        let asked = self.network.request(&peer, Bytes::from(request.to_bytes()));
        let (observed, pools) = (Arc::clone(&self.observed), Arc::clone(&self.pools));
        let inputs = self.inputs.clone();
        self.runtime.spawn(async move {
            let response = asked.await;
            pools.bulk.spawn(move || {
                let answer = match response {
                    Ok(bytes) => check_answer(
                        &observed.latest().context.submissions,
                        &request,
                        &bytes,
                        check_batch,
                    )
                        .inspect_err(|fault| {
                            warn!(target: "waybill::operator", event = "faulty-peer", %peer, %fault, "an answer is faulty");
                        })
                        .unwrap_or(Answer::Failed),
                    Err(error) => {
                        debug!(%peer, %error, "a request failed");
                        Answer::Failed
                    }
                };
                // The replica thread may have ended.
                let _ = inputs.blocking_send(Input::Answer { id, answer }.into());
            });
        });
    }
}

/// Batches have a channel of their own, and so has what consensus waits for.
fn channel_of(message: &PeerMessage) -> Channel {
    match message {
        PeerMessage::Proposal(..) | PeerMessage::Consensus(_) | PeerMessage::Evidence(_) => {
            Channel::Consensus
        }
        PeerMessage::Batch(_) => Channel::Batches,
        PeerMessage::Acknowledgement(_) | PeerMessage::Certificate(_) => Channel::Acknowledgements,
        PeerMessage::Checkpoint(_) => Channel::Cosignatures,
        PeerMessage::Status { .. } => Channel::Status,
    }
}
