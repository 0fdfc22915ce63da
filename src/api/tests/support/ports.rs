//! The node around the interface, as tests want it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{LazyLock, Mutex};

use futures::future::{BoxFuture, FutureExt, pending};
use tokio::sync::watch;

use crate::api::{
    BodyPermit, KindStatus, MempoolStatus, NodePort, NodeStatus, PeerStatus, SubmissionPort,
    SubmissionStatus, SyncStatus,
};
use crate::contracts::{self, RecordError, Rulebook, shipped_contracts};
use crate::crypto::PublicKey;
use crate::types::{
    ContractName, Height, MemberId, Record, RecordKind, Refusal, Round, Submission, SubmissionId,
    Timestamp,
};

/// What becomes of the next submissions.
#[derive(Clone, Debug)]
pub(in crate::api::tests) enum SubmitBehaviour {
    /// They are taken, and settle when the test says so.
    Take,
    /// They are refused.
    Refuse(Refusal),
    /// Those of these ids are refused, and the others taken.
    RefuseSome(BTreeSet<String>, Refusal),
    /// The node never answers.
    Hang,
}

/// What has happened at the port.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Submissions that the node was given.
    given: usize,
    /// Requests that have begun to wait.
    waiting: usize,
    /// How often everything pending settled.
    settled: usize,
}

pub(in crate::api::tests) struct FakeSubmissions {
    behaviour: Mutex<SubmitBehaviour>,
    pending: Mutex<BTreeSet<SubmissionId>>,
    dropped: Mutex<BTreeMap<SubmissionId, Refusal>>,
    taken: Mutex<Vec<Submission>>,
    progress: watch::Sender<Progress>,
}

impl FakeSubmissions {
    pub(super) fn new() -> Self {
        Self {
            behaviour: Mutex::new(SubmitBehaviour::Take),
            pending: Mutex::new(BTreeSet::new()),
            dropped: Mutex::new(BTreeMap::new()),
            taken: Mutex::new(Vec::new()),
            progress: watch::channel(Progress::default()).0,
        }
    }

    pub(in crate::api::tests) fn behave(&self, behaviour: SubmitBehaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// What was taken since the last call.
    pub(in crate::api::tests) fn take(&self) -> Vec<Submission> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }

    /// How many submissions the node was given in all.
    pub(in crate::api::tests) fn given(&self) -> usize {
        self.progress.borrow().given
    }

    /// Ends once the node was given so many submissions in all.
    pub(in crate::api::tests) async fn until_given(&self, count: usize) {
        let mut progress = self.progress.subscribe();
        let reached = progress.wait_for(|progress| progress.given >= count);
        reached.await.unwrap();
    }

    /// Ends once so many requests have begun to wait in all.
    pub(in crate::api::tests) async fn until_waiting(&self, count: usize) {
        let mut progress = self.progress.subscribe();
        let reached = progress.wait_for(|progress| progress.waiting >= count);
        reached.await.unwrap();
    }

    /// A block passes a submission over.
    pub(in crate::api::tests) fn pass_over(&self, id: SubmissionId, refusal: Refusal) {
        self.dropped.lock().unwrap().insert(id, refusal);
        self.settle();
    }

    /// Whoever waits for a submission goes on.
    pub(in crate::api::tests) fn settle(&self) {
        self.pending.lock().unwrap().clear();
        self.progress.send_modify(|progress| progress.settled += 1);
    }
}

impl SubmissionPort for FakeSubmissions {
    fn submit(
        &self,
        submission: Submission,
        _memory: BodyPermit,
    ) -> BoxFuture<'static, Result<SubmissionId, Refusal>> {
        let answer = match self.behaviour.lock().unwrap().clone() {
            SubmitBehaviour::RefuseSome(ids, refusal)
                if ids.contains(&submission.id().to_string()) =>
            {
                async move { Err(refusal) }.boxed()
            }
            SubmitBehaviour::Take | SubmitBehaviour::RefuseSome(..) => {
                let id = submission.id();
                self.pending.lock().unwrap().insert(id);
                self.taken.lock().unwrap().push(submission);
                async move { Ok(id) }.boxed()
            }
            SubmitBehaviour::Refuse(refusal) => async move { Err(refusal) }.boxed(),
            SubmitBehaviour::Hang => pending().boxed(),
        };
        self.progress.send_modify(|progress| progress.given += 1);
        answer
    }

    fn status(&self, id: &SubmissionId) -> SubmissionStatus {
        if let Some(refusal) = self.dropped.lock().unwrap().get(id) {
            SubmissionStatus::Dropped(Box::new(refusal.clone()))
        } else if self.pending.lock().unwrap().contains(id) {
            SubmissionStatus::Pending
        } else {
            SubmissionStatus::NotPending
        }
    }

    fn settled(&self, id: &SubmissionId) -> BoxFuture<'static, ()> {
        let mut progress = self.progress.subscribe();
        let before = progress.borrow().settled;
        let is_pending = self.pending.lock().unwrap().contains(id);
        self.progress.send_modify(|progress| progress.waiting += 1);
        async move {
            if is_pending {
                let _ = progress
                    .wait_for(|progress| progress.settled > before)
                    .await;
            }
        }
        .boxed()
    }
}

pub(in crate::api::tests) struct FakeNode {
    peer: PublicKey,
    network_key: PublicKey,
    /// Its clock, in milliseconds.
    pub(in crate::api::tests) now_ms: AtomicI64,
    pub(in crate::api::tests) reasons: Mutex<Vec<String>>,
    pub(in crate::api::tests) notes: Mutex<Vec<String>>,
    /// Why it has no vote; it has one at first.
    pub(in crate::api::tests) no_vote: Mutex<Option<&'static str>>,
    pub(in crate::api::tests) panics: AtomicBool,
}

impl FakeNode {
    pub(super) fn new(network_key: PublicKey, peer: PublicKey, now_ms: i64) -> Self {
        Self {
            peer,
            network_key,
            now_ms: AtomicI64::new(now_ms),
            reasons: Mutex::new(Vec::new()),
            notes: Mutex::new(Vec::new()),
            no_vote: Mutex::new(None),
            panics: AtomicBool::new(false),
        }
    }
}

impl NodePort for FakeNode {
    fn status(&self) -> NodeStatus {
        NodeStatus {
            version: "0.1.0-test".to_owned(),
            uptime_ms: 5_000,
            member: MemberId::new("port-0").unwrap(),
            network_key: self.network_key,
            consensus_key: None,
            height: Height(4),
            round: Round(1),
            peers: vec![PeerStatus {
                network_key: self.peer,
                member: Some(MemberId::new("port-1").unwrap()),
                height: Some(Height(3)),
            }],
            mempool: MempoolStatus {
                submission_count: 1,
                byte_count: 2,
                byte_limit: 3,
            },
            sync: SyncStatus::CatchingUp { target: Height(9) },
            kinds: vec![KindStatus {
                kind: RecordKind::new("epcis.event").unwrap(),
                version: 1,
                title: "an EPCIS 2.0 event".to_owned(),
                contract: ContractName::new("supply-chain").unwrap(),
                contract_version: 1,
            }],
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_ms.load(Ordering::Relaxed))
    }

    fn check_record(&self, record: &Record) -> Result<(), RecordError> {
        static RULEBOOK: LazyLock<Rulebook> =
            LazyLock::new(|| Rulebook::of(&shipped_contracts()).unwrap());
        contracts::check(&RULEBOOK, record).map(|_| ())
    }

    fn no_vote_reason(&self) -> Option<&'static str> {
        *self.no_vote.lock().unwrap()
    }

    fn unready_reasons(&self) -> Vec<String> {
        self.reasons.lock().unwrap().clone()
    }

    fn readiness_notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    fn metrics_text(&self) -> String {
        assert!(
            !self.panics.load(Ordering::Relaxed),
            "the metrics of the test panic"
        );
        "# TYPE waybill_height gauge\nwaybill_height 3\n# EOF\n".to_owned()
    }
}
