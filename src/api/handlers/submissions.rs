//! Submitting, and asking what became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::records::SUBMISSION_FORM;
use crate::api::committed::CommittedSubmission;
use crate::api::context::{ApiContext, SharedContext};
use crate::api::limits::{DEFAULT_WAIT_MS, MAX_WAIT_MS};
use crate::api::ports::SubmissionStatus;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_part, read_submission};
use crate::api::views::{SubmissionEntryView, SubmissionRequest, SubmissionView};
use crate::types::{LedgerReader, SubmissionId};

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum WaitFor {
    /// That the submission is on the ledger.
    Committed,
}

/// Whether to wait, and how long.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::api) struct WaitParameters {
    /// What to wait for; unless given, the answer comes once the node has the submission.
    #[param(inline)]
    wait: Option<WaitFor>,
    /// How long to wait at most, in milliseconds.
    #[param(minimum = 0, maximum = 30_000, default = 10_000)]
    timeout_ms: Option<u64>,
}

impl WaitParameters {
    /// How long to wait, if at all.
    fn duration(&self) -> Result<Option<Duration>, Problem> {
        let wait_ms = self.timeout_ms.unwrap_or(DEFAULT_WAIT_MS);
        if wait_ms > MAX_WAIT_MS {
            return Err(Problem::new(
                ProblemKind::BadQuery,
                format!("timeoutMs is {wait_ms}, the limit is {MAX_WAIT_MS}"),
            ));
        }
        match (self.wait, self.timeout_ms) {
            (None, Some(_)) => Err(Problem::new(
                ProblemKind::BadQuery,
                "timeoutMs needs wait=committed beside it",
            )),
            (None, None) => Ok(None),
            (Some(WaitFor::Committed), _) => Ok(Some(Duration::from_millis(wait_ms))),
        }
    }
}

/// Submit records
///
/// A signed submission, as JSON or in canonical bytes. 202 promises that this node has it, not that
/// it will be committed: ask for it at `Location`, or wait with `wait=committed`. A wait that ends
/// before the commit, or that the node has no room for, answers 202 as well. Repeating a submission
/// does no harm: it runs once.
#[utoipa::path(
    post,
    path = "/v1/submissions",
    params(WaitParameters),
    request_body(content(
        (SubmissionRequest = "application/json"),
        (Vec<u8> = "application/octet-stream")
    )),
    responses(
        (status = 202, description = "The node has it; see Location", body = SubmissionView),
        (status = 201, description = "It is on the ledger; see the outcome of each record", body = SubmissionView)
    )
)]
pub(in crate::api) async fn submit(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<WaitParameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wait = parameters.duration()?;
    let (submission, memory) = read_submission(&context, &headers, body).await?;
    let id = context.setup.submissions.submit(submission, memory).await?;
    let committed = match wait {
        Some(wait) => wait_for_commit(&context, id, wait).await?,
        None => None,
    };
    let (status, view) = match committed {
        Some(view) => (StatusCode::CREATED, view),
        None => (
            StatusCode::ACCEPTED,
            SubmissionView::Pending { id: id.to_string() },
        ),
    };
    let location = [(LOCATION, format!("/v1/submissions/{id}"))];
    Ok((status, location, Json(view)).into_response())
}

async fn wait_for_commit(
    context: &ApiContext,
    id: SubmissionId,
    wait: Duration,
) -> Result<Option<SubmissionView>, Problem> {
    let Ok(_permit) = Arc::clone(&context.waiting).try_acquire_owned() else {
        return Ok(None);
    };
    // Whether it settled or the time is over, the ledger knows.
    let _ = timeout(wait, context.setup.submissions.settled(&id)).await;
    let status = context.setup.submissions.status(&id);
    let committed = context
        .read(move |reader| find_committed(reader, &id))
        .await?;
    match (committed, status) {
        (None, SubmissionStatus::Dropped(refusal)) => Err(Problem::from(*refusal)),
        (committed, _) => Ok(committed),
    }
}

/// Ask for a submission
///
/// Whether it is on the ledger, and what became of its records.
#[utoipa::path(
    get,
    path = "/v1/submissions/{id}",
    params(("id" = String, Path, description = "The submission id")),
    responses((
        status = 200,
        description = "Pending, or committed; what a block has passed over is refused as it would be if it were sent now",
        body = SubmissionView
    ))
)]
pub(in crate::api) async fn get_submission(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<SubmissionView>, Problem> {
    let id: SubmissionId = parse_part(&id, SUBMISSION_FORM)?;
    // In this order: what is committed in between is found on the ledger.
    let status = context.setup.submissions.status(&id);
    let committed = context
        .read(move |reader| find_committed(reader, &id))
        .await?;
    match (committed, status) {
        (Some(view), _) => Ok(Json(view)),
        (None, SubmissionStatus::Pending) => {
            Ok(Json(SubmissionView::Pending { id: id.to_string() }))
        }
        (None, SubmissionStatus::Dropped(refusal)) => Err(Problem::from(*refusal)),
        (None, SubmissionStatus::NotPending) => Err(Problem::new(
            ProblemKind::NoSuchSubmission,
            format!("the submission {id} is neither on the ledger nor pending at this node"),
        )),
    }
}

fn find_committed(
    reader: &dyn LedgerReader,
    id: &SubmissionId,
) -> Result<Option<SubmissionView>, Problem> {
    let Some(committed) = CommittedSubmission::find(reader, id)? else {
        return Ok(None);
    };
    let entries = (committed.first_index.0..)
        .zip(&committed.outcomes)
        .map(|(index, outcome)| SubmissionEntryView {
            index,
            outcome: outcome.into(),
        })
        .collect();
    Ok(Some(SubmissionView::Committed {
        id: id.to_string(),
        height: committed.height.0,
        entries,
    }))
}
