//! What the HTTP interface needs of the node.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::checks::CheckPools;
use super::core_loop::now;
use super::executor::{Replies, SyncCounters, WaitingClient};
use super::metrics::metrics_text;
use super::observed::{Observed, Snapshot};
use super::pending::PendingSubmissions;
use super::queued_input::{Admission, QueuedInput};
use crate::api::{
    BodyPermit, KindStatus, MempoolStatus, NodePort, NodeStatus, PeerStatus, SubmissionPort,
    SubmissionStatus, SyncStatus,
};
use crate::contracts::{self, Contract, MemberCache, RecordError, Rulebook, read_key_owner};
use crate::crypto::PublicKey;
use crate::ledger::{AdmissionContext, CheckedSubmission, check_submission_if, is_worth_reading};
use crate::network::NetworkHandle;
use crate::replica::{Input, Ticket};
use crate::storage::Store;
use crate::types::{LedgerReader, MemberId, Record, Refusal, Submission, SubmissionId, Timestamp};

/// How long a client should wait when the node's inputs are full, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// A node this many heights behind its peers is not ready to serve.
const MAX_HEIGHTS_BEHIND: u64 = 20;

/// After so many heartbeats without a block the ledger is not going on.
const MAX_HEARTBEATS_WITHOUT_BLOCK: i64 = 3;

/// The least time without a block after which that is so, in milliseconds: rounds without a proposer take a while.
const MIN_STALL_MS: i64 = 30_000;

/// The node as the HTTP interface sees it.
pub(super) struct Ports {
    pub(super) member: MemberId,
    pub(super) network_key: PublicKey,
    pub(super) consensus_key: Option<PublicKey>,
    pub(super) queue_byte_limit: usize,
    /// At least every so many milliseconds there is a block.
    pub(super) heartbeat_ms: u64,
    pub(super) started: Instant,
    pub(super) inputs: mpsc::Sender<QueuedInput>,
    pub(super) pools: Arc<CheckPools>,
    pub(super) replies: Arc<Replies>,
    pub(super) pending: Arc<PendingSubmissions>,
    pub(super) observed: Arc<Observed>,
    pub(super) network: NetworkHandle,
    pub(super) store: Arc<Store>,
    /// Members who submitted of late.
    pub(super) members: Arc<Mutex<MemberCache>>,
    pub(super) syncs: Arc<SyncCounters>,
    pub(super) next_ticket: AtomicU64,
}

impl Ports {
    fn busy() -> Refusal {
        Refusal::Busy {
            reason: "its inputs are full",
            retry_after_ms: RETRY_AFTER_MS,
        }
    }
}

impl SubmissionPort for Ports {
    fn submit(
        &self,
        submission: Submission,
        memory: BodyPermit,
    ) -> BoxFuture<'static, Result<SubmissionId, Refusal>> {
        if self.inputs.capacity() == 0 {
            return futures::future::ready(Err(Self::busy())).boxed();
        }
        let ticket = Ticket(self.next_ticket.fetch_add(1, Ordering::Relaxed));
        let (sender, receiver) = oneshot::channel();
        self.replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(
                ticket,
                WaitingClient {
                    expires: submission.header().expires,
                    reply: sender,
                },
            );
        let replies = Arc::clone(&self.replies);
        let (observed, inputs) = (Arc::clone(&self.observed), self.inputs.clone());
        let (store, members) = (Arc::clone(&self.store), Arc::clone(&self.members));
        self.pools.bulk.spawn(move || {
            let checked = Box::new(check(&observed.latest(), &store, &members, &submission));
            let input = Input::Submit {
                ticket,
                submission: Box::new(submission),
                checked,
            };
            let admission = Admission::Submission { _memory: memory };
            let queued = QueuedInput { input, admission };
            if inputs.blocking_send(queued).is_err() {
                // The replica thread has ended: nobody else lets the client go.
                replies
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&ticket);
            }
        });
        async move {
            receiver.await.map_err(|_| Refusal::NotReady {
                reason: "it is stopping",
            })?
        }
        .boxed()
    }

    fn status(&self, id: &SubmissionId) -> SubmissionStatus {
        match self.pending.status(id) {
            Some(Ok(())) => SubmissionStatus::Pending,
            Some(Err(refusal)) => SubmissionStatus::Dropped(Box::new(refusal)),
            None => SubmissionStatus::NotPending,
        }
    }

    fn settled(&self, id: &SubmissionId) -> BoxFuture<'static, ()> {
        match self.pending.settled(id) {
            None => futures::future::ready(()).boxed(),
            // The sender is dropped when the submission is settled: both ends are an end.
            Some(receiver) => receiver.map(|_| ()).boxed(),
        }
    }
}

/// Checks a submission as far as its member's standing makes it worth that. A store that cannot be read stops
/// the replica, which reads it again: nothing is admitted by this alone.
fn check(
    snapshot: &Snapshot,
    store: &Store,
    members: &Mutex<MemberCache>,
    submission: &Submission,
) -> CheckedSubmission {
    let submissions = &snapshot.context.submissions;
    check_submission_if(submissions, submission, |checked| {
        // What is committed may be ahead of the replica, and a client knows it.
        let committed = LedgerReader::tip(store).map(|tip| tip.height.next());
        let context = AdmissionContext {
            state: store,
            rulebook: &submissions.rulebook,
            ledger: &submissions.ledger,
            height: committed.map_or(snapshot.height, |height| height.max(snapshot.height)),
            now: now(),
        };
        let mut members = members.lock().unwrap_or_else(PoisonError::into_inner);
        is_worth_reading(&context, &mut members, submission, checked).unwrap_or(true)
    })
}

impl NodePort for Ports {
    fn status(&self) -> NodeStatus {
        let snapshot = self.observed.latest();
        let peers = snapshot
            .peers
            .iter()
            .map(|(key, height)| PeerStatus {
                network_key: *key,
                // A store that cannot be read shows elsewhere.
                member: read_key_owner(self.store.as_ref(), key).unwrap_or(None),
                height: *height,
            })
            .collect();
        NodeStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            member: self.member.clone(),
            consensus_key: self.consensus_key.filter(|_| snapshot.is_validator),
            network_key: self.network_key,
            height: snapshot.height,
            round: snapshot.round,
            peers,
            mempool: MempoolStatus {
                submission_count: snapshot.queued_submissions as u64,
                byte_count: snapshot.queued_bytes as u64,
                byte_limit: self.queue_byte_limit as u64,
            },
            sync: if snapshot.heights_behind > 1 {
                SyncStatus::CatchingUp {
                    target: snapshot.target(),
                }
            } else {
                SyncStatus::Synced
            },
            kinds: kinds(&snapshot.context.submissions.rulebook),
        }
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn check_record(&self, record: &Record) -> Result<(), RecordError> {
        let context = Arc::clone(&self.observed.latest().context);
        contracts::check(&context.submissions.rulebook, record).map(|_| ())
    }

    fn no_vote_reason(&self) -> Option<&'static str> {
        self.observed.latest().no_vote_reason
    }

    fn unready_reasons(&self) -> Vec<String> {
        let snapshot = self.observed.latest();
        let mut reasons = Vec::new();
        let set = snapshot.context.sets.current();
        // This node and its peers among the validators have to make a quorum. A peer counts once it
        // has said how far it is: until then this node cannot know whether it is behind.
        let connected = set
            .iter()
            .filter(|(_, validator)| {
                Some(validator.consensus_key) == self.consensus_key
                    || matches!(snapshot.peers.get(&validator.network_key), Some(Some(_)))
            })
            .count();
        if connected < set.quorum() {
            reasons.push(format!(
                "{connected} of {} validators are connected, {} are needed to make blocks",
                set.len(),
                set.quorum()
            ));
        }
        let since_ms = now().as_ms().saturating_sub(snapshot.last_commit.as_ms());
        let expected_ms = i64::try_from(self.heartbeat_ms).unwrap_or(i64::MAX);
        let most_ms = expected_ms.saturating_mul(MAX_HEARTBEATS_WITHOUT_BLOCK);
        if since_ms > most_ms.max(MIN_STALL_MS) {
            reasons.push(format!(
                "no block has come for {} s, and one is made every {} s at least: too few validators vote",
                since_ms / 1_000,
                expected_ms / 1_000
            ));
        }
        if let Some(muted) = snapshot.muted {
            reasons.push(format!("the validator does not sign: {muted}"));
        }
        if snapshot.heights_behind > MAX_HEIGHTS_BEHIND {
            reasons.push(format!(
                "the node is catching up: it is at height {}, its peers are at {}",
                snapshot.height.previous().unwrap_or_default(),
                snapshot.target()
            ));
        }
        reasons
    }

    fn readiness_notes(&self) -> Vec<String> {
        let snapshot = self.observed.latest();
        if snapshot.is_validator {
            return Vec::new();
        }
        let vote = if snapshot.is_ready_to_sign {
            "it could vote at once if it were made one"
        } else {
            "it has not followed two heights one after the other yet: do not make it one before"
        };
        vec![format!(
            "this node follows: it is no validator, so it votes for nothing and takes no \
             submissions; {vote}"
        )]
    }

    fn metrics_text(&self) -> String {
        let store = self.store.metrics().ok();
        metrics_text(
            &self.observed.latest(),
            &self.network.metrics(),
            store.as_ref(),
            &self.syncs,
            self.pending.len(),
        )
    }
}

fn kinds(rulebook: &Rulebook) -> Vec<KindStatus> {
    let of_contract = |contract: &Arc<Contract>| {
        let contract = Arc::clone(contract);
        (0..contract.kinds().len()).filter_map(move |place| {
            let kind = contract.kinds().get(place)?;
            Some(KindStatus {
                kind: kind.kind().clone(),
                version: kind.version(),
                title: kind.title().to_owned(),
                contract: contract.name().clone(),
                contract_version: contract.version(),
            })
        })
    };
    rulebook.contracts().iter().flat_map(of_contract).collect()
}
