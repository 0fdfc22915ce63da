//! Sending submissions when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::workload::Workload;
use crate::cli::client::{ClientError, NodeClient, SubmissionReport};
use crate::crypto::SecretKey;
use crate::types::{Atomicity, LedgerId, MemberId, Submission, SubmissionId, Timestamp};

/// Submissions that are signed and wait for their time: signing must not be in the way.
const SIGNED_AHEAD: usize = 512;

/// Requests under way; beyond it a submission counts as not sent, for the tool is saturated.
const MAX_REQUESTS: usize = 2_048;

/// Requests that wait for their commit, to measure its latency. Few, so that they do not become the
/// load themselves.
const MAX_WAITING: usize = 32;

/// How long one of these waits.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// A node to load and the member that signs for it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) client: NodeClient,
    pub(super) member: MemberId,
    pub(super) key: SecretKey,
}

/// How much to send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) ledger: LedgerId,
    pub(super) events_per_second: f64,
    pub(super) per_submission: u64,
    pub(super) duration: Duration,
    pub(super) expires: Timestamp,
}

impl Plan {
    /// How many submissions there are in all.
    pub(super) fn submissions(&self) -> u64 {
        let events = self.events_per_second * self.duration.as_secs_f64();
        (events / self.per_submission as f64).ceil() as u64
    }

    /// When a submission is due, after the start.
    fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64((number * self.per_submission) as f64 / self.events_per_second)
    }
}

/// What came of the load.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Submissions that a node has taken, with their number of records.
    pub(super) acknowledged: BTreeMap<SubmissionId, u64>,
    /// Bytes of the bodies in them.
    pub(super) payload_bytes: u64,
    /// From when a submission was due until it was known to be committed.
    pub(super) commit_latencies: Vec<Duration>,
    /// From when a submission was due until a node had taken it.
    pub(super) admission_latencies: Vec<Duration>,
    /// Refusals and failures, by what they say.
    pub(super) refused: BTreeMap<String, u64>,
    /// Submissions that were not sent because the tool was saturated.
    pub(super) not_sent: u64,
    /// The greatest delay with which a submission was sent.
    pub(super) worst_lag: Duration,
}

struct Signed {
    number: u64,
    target: usize,
    submission: Submission,
    id: SubmissionId,
}

struct Sent {
    id: SubmissionId,
    records: u64,
    payload_bytes: u64,
    latency: Duration,
    result: Result<SubmissionReport, ClientError>,
}

/// Sends the plan's submissions to the targets in turn. `progress` gets the number sent so far.
pub(super) async fn load(
    plan: Plan,
    workload: Workload,
    targets: Arc<Vec<Target>>,
    progress: impl Fn(u64),
) -> Outcome {
    let mut signed = sign_ahead(plan, workload, Arc::clone(&targets));
    let requests = Arc::new(Semaphore::new(MAX_REQUESTS));
    let waiting = Arc::new(Semaphore::new(MAX_WAITING));
    let mut under_way: JoinSet<Sent> = JoinSet::new();
    let mut outcome = Outcome::default();
    let mut start = None;
    while let Some(next) = signed.recv().await {
        let start = *start.get_or_insert_with(Instant::now);
        let due = start + plan.due(next.number);
        sleep_until(due).await;
        outcome.worst_lag = outcome.worst_lag.max(due.elapsed());
        while let Some(Ok(sent)) = under_way.try_join_next() {
            outcome.count(sent);
        }
        let Ok(permit) = Arc::clone(&requests).try_acquire_owned() else {
            outcome.not_sent += 1;
            continue;
        };
        progress(next.number + 1);
        let waits = Arc::clone(&waiting).try_acquire_owned().ok();
        let targets = Arc::clone(&targets);
        under_way.spawn(async move {
            let wait = waits.as_ref().map(|_| MAX_WAIT);
            let client = targets.get(next.target).map(|target| &target.client);
            let result = match client {
                Some(client) => client.submit(&next.submission, wait).await,
                None => Err(ClientError::BadUrl {
                    url: String::new(),
                    reason: "there is no node",
                }),
            };
            drop((permit, waits));
            let records = next.submission.records();
            Sent {
                id: next.id,
                records: records.len() as u64,
                payload_bytes: records.iter().map(|r| r.body.len() as u64).sum(),
                latency: due.elapsed(),
                result,
            }
        });
    }
    while let Some(ended) = under_way.join_next().await {
        if let Ok(sent) = ended {
            outcome.count(sent);
        }
    }
    outcome
}

impl Outcome {
    fn count(&mut self, sent: Sent) {
        match sent.result {
            Ok(report) => {
                self.acknowledged.insert(sent.id, sent.records);
                self.payload_bytes += sent.payload_bytes;
                match report {
                    SubmissionReport::Committed { .. } => self.commit_latencies.push(sent.latency),
                    SubmissionReport::Pending { .. } => {
                        self.admission_latencies.push(sent.latency);
                    }
                }
            }
            Err(ClientError::Problem {
                status, problem, ..
            }) => {
                let what = format!("{status} {}", problem.code());
                *self.refused.entry(what).or_default() += 1;
            }
            Err(error) => *self.refused.entry(error.to_string()).or_default() += 1,
        }
    }
}

/// Signs on threads of its own, in order, some ahead of their time.
fn sign_ahead(plan: Plan, workload: Workload, targets: Arc<Vec<Target>>) -> mpsc::Receiver<Signed> {
    let (sender, receiver) = mpsc::channel(SIGNED_AHEAD);
    tokio::task::spawn_blocking(move || {
        for number in 0..plan.submissions() {
            let position = usize::try_from(number).unwrap_or(0) % targets.len().max(1);
            let Some(target) = targets.get(position) else {
                return;
            };
            let first = number * plan.per_submission;
            let records = (first..first + plan.per_submission)
                .map(|event| workload.event(event))
                .collect();
            let submission = Submission::sign(
                plan.ledger,
                target.member.clone(),
                &target.key,
                plan.expires,
                Atomicity::Independent,
                records,
            );
            let Ok(submission) = submission else { return };
            let signed = Signed {
                number,
                target: position,
                id: submission.id(),
                submission,
            };
            if sender.blocking_send(signed).is_err() {
                return;
            }
        }
    });
    receiver
}
