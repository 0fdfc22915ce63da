//! Delivering one submission: to whichever node takes it, and waiting until it is committed.
//!
//! Everything here may be repeated: the ledger runs a submission once, however often and at however
//! many nodes it is sent.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::cli::client::{ClientError, EntryReport, NodeClient, SubmissionReport};
use crate::types::{Submission, SubmissionId};

/// How long a node is asked to wait for the commit in one request.
const WAIT: Duration = Duration::from_secs(10);

/// How long to wait before the next try if the node does not say.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two questions about a pending submission.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// That a node has it.
    Taken,
    /// That it is on the ledger.
    Committed,
}

/// How to deliver.
#[derive(Clone, Debug)]
pub struct DeliveryPlan {
    /// The nodes, in turn.
    pub nodes: Vec<NodeClient>,
    /// Whether to wait for the commit.
    pub wanted: Wanted,
    /// When to give up.
    pub timeout: Duration,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// A node has it; nobody waited for more.
    Taken,
    /// It is on the ledger.
    Committed {
        /// The block that has it.
        height: u64,
        /// The entry of each record.
        entries: Vec<EntryReport>,
    },
    /// A node will not take it, and no other would.
    Refused(ClientError),
    /// It was not delivered, or not committed, in time; the last error, if there was one.
    TimedOut(Option<ClientError>),
}

/// A submission and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: SubmissionId,
    /// What became of it.
    pub state: DeliveryState,
}

/// Delivers a submission. `turn` chooses the node to begin with: callers count up, so that load
/// spreads. A node that is no validator is asked once.
pub async fn deliver(plan: &DeliveryPlan, submission: &Submission, turn: usize) -> Delivery {
    let id = submission.id();
    let deadline = Instant::now() + plan.timeout;
    let mut last_error = None;
    let mut nodes: VecDeque<&NodeClient> = plan.nodes.iter().collect();
    nodes.rotate_left(turn % plan.nodes.len().max(1));
    let state = loop {
        let Some(node) = nodes.front().copied() else {
            break DeliveryState::TimedOut(last_error);
        };
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            break DeliveryState::TimedOut(last_error);
        }
        let error = match attempt(plan, node, submission, &id, deadline).await {
            Ok(Some(state)) => break state,
            // The node lost it: it goes to the next.
            Ok(None) => {
                nodes.rotate_left(1);
                continue;
            }
            Err(error) => error,
        };
        if error.is_no_validator() {
            nodes.pop_front();
            if nodes.is_empty() {
                break DeliveryState::Refused(error);
            }
            continue;
        }
        if !error.is_transient() {
            break DeliveryState::Refused(error);
        }
        nodes.rotate_left(1);
        let pause = error.retry_after().unwrap_or(PAUSE);
        last_error = Some(error);
        sleep_until(deadline.min(Instant::now() + pause)).await;
    };
    Delivery { id, state }
}

/// Sends it to one node and waits there; none if the node does not know it any more.
async fn attempt(
    plan: &DeliveryPlan,
    node: &NodeClient,
    submission: &Submission,
    id: &SubmissionId,
    deadline: Instant,
) -> Result<Option<DeliveryState>, ClientError> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    let wait = (plan.wanted == Wanted::Committed).then_some(WAIT.min(remaining));
    let report = match node.submit(submission, wait).await {
        Err(ClientError::Problem { problem, .. }) if problem.code() == "duplicate-submission" => {
            SubmissionReport::Pending { id: *id }
        }
        other => other?,
    };
    match (report, plan.wanted) {
        (
            SubmissionReport::Committed {
                height, entries, ..
            },
            _,
        ) => Ok(Some(DeliveryState::Committed { height, entries })),
        (SubmissionReport::Pending { .. }, Wanted::Taken) => Ok(Some(DeliveryState::Taken)),
        (SubmissionReport::Pending { .. }, Wanted::Committed) => poll(node, id, deadline).await,
    }
}

async fn poll(
    node: &NodeClient,
    id: &SubmissionId,
    deadline: Instant,
) -> Result<Option<DeliveryState>, ClientError> {
    let mut pause = Duration::from_millis(50);
    loop {
        match node.submission(id).await {
            Ok(SubmissionReport::Committed {
                height, entries, ..
            }) => {
                return Ok(Some(DeliveryState::Committed { height, entries }));
            }
            Ok(SubmissionReport::Pending { .. }) => {}
            Err(ClientError::Problem { problem, .. }) if problem.code() == "no-such-submission" => {
                sleep(PAUSE).await;
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        if Instant::now() + pause > deadline {
            return Ok(Some(DeliveryState::TimedOut(None)));
        }
        sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
