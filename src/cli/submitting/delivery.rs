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
    /// Nodes will not take it, and none may have: what the last one said.
    Refused(ClientError),
    /// No node could be reached, so none has it: the last error.
    Unreachable(ClientError),
    /// A node took it, or may have, and it was not seen to be committed: it may still be. The last error, if there was
    /// one.
    TimedOut(Option<ClientError>),
}

impl DeliveryState {
    /// How it ended after the last error, if there was one.
    fn after(is_perhaps_taken: bool, error: Option<ClientError>) -> Self {
        match error {
            Some(error) if !is_perhaps_taken && error.is_unreachable() => Self::Unreachable(error),
            Some(error) if !is_perhaps_taken => Self::Refused(error),
            error => Self::TimedOut(error),
        }
    }
}

/// Why a submission that a node has, or may have, was not seen to be committed: the time was over, or there was an error.
pub fn why_not_seen(error: Option<&ClientError>) -> String {
    match error {
        None => "a node has it, and the time is over; it may still be committed".to_owned(),
        Some(error) => format!(
            "a node has it, or may have, and then: {}: {}; it may still be committed",
            error.what(),
            error.why()
        ),
    }
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
    // From then on nobody can say any more that it was not sent.
    let mut is_perhaps_taken = false;
    let mut nodes: VecDeque<&NodeClient> = plan.nodes.iter().collect();
    nodes.rotate_left(turn % plan.nodes.len().max(1));
    let state = loop {
        let Some(node) = nodes.front().copied() else {
            break DeliveryState::after(is_perhaps_taken, last_error);
        };
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            break DeliveryState::after(is_perhaps_taken, last_error);
        }
        let error = match attempt(plan, node, submission, &id, deadline).await {
            Ok(Attempt::Ended(state)) => break state,
            // The node lost it: it goes to the next. Before that the node may have told others of it.
            Ok(Attempt::Lost) => {
                is_perhaps_taken = true;
                nodes.rotate_left(1);
                continue;
            }
            Ok(Attempt::Unwatched(error)) => {
                is_perhaps_taken = true;
                error
            }
            Err(error) => error,
        };
        is_perhaps_taken |= error.may_have_been_taken();
        if error.is_no_validator() {
            nodes.pop_front();
            if nodes.is_empty() {
                break DeliveryState::after(is_perhaps_taken, Some(error));
            }
            continue;
        }
        if !error.is_transient() {
            break DeliveryState::after(is_perhaps_taken, Some(error));
        }
        nodes.rotate_left(1);
        let pause = error.retry_after().unwrap_or(PAUSE);
        last_error = Some(error);
        sleep_until(deadline.min(Instant::now() + pause)).await;
    };
    Delivery { id, state }
}

/// What came of one node, if it did not say no.
enum Attempt {
    /// Nothing more is to be done.
    Ended(DeliveryState),
    /// The node took it, and does not know it any more.
    Lost,
    /// The node took it, and cannot be asked for it any more.
    Unwatched(ClientError),
}

/// Sends it to one node and waits there.
async fn attempt(
    plan: &DeliveryPlan,
    node: &NodeClient,
    submission: &Submission,
    id: &SubmissionId,
    deadline: Instant,
) -> Result<Attempt, ClientError> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    let wait = (plan.wanted == Wanted::Committed).then_some(WAIT.min(remaining));
    let report = match node.submit(submission, wait).await {
        Err(ClientError::Problem { problem, .. }) if problem.code() == "duplicate-submission" => {
            SubmissionReport::Pending { id: *id }
        }
        other => other?,
    };
    Ok(match (report, plan.wanted) {
        (
            SubmissionReport::Committed {
                height, entries, ..
            },
            _,
        ) => Attempt::Ended(DeliveryState::Committed { height, entries }),
        (SubmissionReport::Pending { .. }, Wanted::Taken) => Attempt::Ended(DeliveryState::Taken),
        (SubmissionReport::Pending { .. }, Wanted::Committed) => poll(node, id, deadline).await,
    })
}

/// Asks a node that has it until it is committed.
async fn poll(node: &NodeClient, id: &SubmissionId, deadline: Instant) -> Attempt {
    let mut pause = Duration::from_millis(50);
    loop {
        match node.submission(id).await {
            Ok(SubmissionReport::Committed {
                height, entries, ..
            }) => {
                return Attempt::Ended(DeliveryState::Committed { height, entries });
            }
            Ok(SubmissionReport::Pending { .. }) => {}
            Err(ClientError::Problem { problem, .. }) if problem.code() == "no-such-submission" => {
                sleep(PAUSE).await;
                return Attempt::Lost;
            }
            // The node had it, and a block has passed it over: nobody can commit it any more.
            Err(
                error @ ClientError::Problem {
                    status: 403 | 422, ..
                },
            ) => {
                return Attempt::Ended(DeliveryState::Refused(error));
            }
            Err(error) => return Attempt::Unwatched(error),
        }
        if Instant::now() + pause > deadline {
            return Attempt::Ended(DeliveryState::TimedOut(None));
        }
        sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
