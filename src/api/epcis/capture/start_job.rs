//! POST /epcis/capture.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::gateway::Gateway;
use super::job::CaptureErrorBehaviour;
use super::plan::plan;
use super::store::CaptureStoreError;
use crate::api::context::SharedContext;
use crate::api::epcis::authorisation::EventWriter;
use crate::api::epcis::exception::EpcisException;
use crate::api::epcis::headers::{CAPTURE_ERROR_BEHAVIOUR, check_content_type, single};
use crate::api::limits::MAX_CAPTURE_BYTES;
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, QueryParameters, read_body};

/// Capture a document of events
///
/// An EPCISDocument or EPCISQueryDocument. 202 promises that this node has its events, checked and
/// signed with its gateway key, on its disk: ask what became of them at `Location`. With the header
/// `GS1-Capture-Error-Behaviour: rollback`, the default, all events are captured or none; with
/// `proceed` each by itself.
#[utoipa::path(
    post,
    path = "/epcis/capture",
    params((
        "GS1-Capture-Error-Behaviour" = Option<String>, Header,
        description = "`rollback`, the default, or `proceed`"
    )),
    request_body(content((Object = "application/json"), (Object = "application/ld+json"))),
    responses((status = 202, description = "A job captures the events; see Location"))
)]
pub(super) async fn capture(
    State(context): State<SharedContext>,
    EventWriter(owner): EventWriter,
    _: QueryParameters<NoParameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_content_type(&headers).map_err(Problem::closing)?;
    let behaviour = behaviour(&headers).map_err(Problem::closing)?;
    let gateway = Gateway::of(&context.setup).map_err(Problem::closing)?;
    let too_large = |length| {
        EpcisException::CaptureLimitExceeded.problem(format!(
            "the document has {length} bytes, the limit is {MAX_CAPTURE_BYTES}"
        ))
    };
    let (bytes, memory) = read_body(&context, &headers, body, MAX_CAPTURE_BYTES, too_large).await?;
    let Ok(permit) = Arc::clone(&context.captures).try_acquire_owned() else {
        return Err(EpcisException::Unavailable
            .problem("the node checks as many documents as it may at once"));
    };
    let setup = context.setup.clone();
    let id = context
        .run_blocking(move || {
            let planned = plan(&gateway, setup.node.as_ref(), owner, behaviour, &bytes)?;
            drop((bytes, memory, permit));
            let captures = &setup.epcis.captures;
            let is_new = captures
                .keep(|store| store.insert(&planned.job, &planned.submissions))
                .map_err(|error| of_store_error(&error))?;
            // Whoever is told of the job finds it. One that the same request has just started is worked on already.
            if is_new {
                captures.start(planned.job.id.clone());
            }
            Ok(planned.job.id)
        })
        .await?;
    let location = [(LOCATION, format!("/epcis/capture/{id}"))];
    Ok((StatusCode::ACCEPTED, location).into_response())
}

fn behaviour(headers: &HeaderMap) -> Result<CaptureErrorBehaviour, Problem> {
    let Some(value) = single(headers, &CAPTURE_ERROR_BEHAVIOUR)? else {
        return Ok(CaptureErrorBehaviour::Rollback);
    };
    let known = [
        CaptureErrorBehaviour::Rollback,
        CaptureErrorBehaviour::Proceed,
    ];
    known
        .into_iter()
        .find(|behaviour| value.as_bytes() == behaviour.as_str().as_bytes())
        .ok_or_else(|| {
            EpcisException::Validation
                .problem("the header GS1-Capture-Error-Behaviour is neither rollback nor proceed")
        })
}

/// What a client is told of a store that does not do what it was asked for.
pub(super) fn of_store_error(error: &CaptureStoreError) -> Problem {
    match error {
        CaptureStoreError::Full { .. } => EpcisException::Unavailable.problem(error.to_string()),
        CaptureStoreError::Failed { reason } => {
            tracing::error!(reason, "the store of capture jobs failed");
            EpcisException::Implementation
                .problem("the node cannot use its store of capture jobs, and stops")
                .with_way_out("capture the document again once the operator has repaired the node; what is on the ledger is a duplicate then")
        }
        CaptureStoreError::NoHandle { reason } => {
            tracing::warn!(reason, "no file handle is left for a capture job");
            EpcisException::Unavailable
                .problem("the node has as many files and connections open as it may")
        }
        CaptureStoreError::Damaged { reason } => {
            tracing::error!(reason, "a capture job cannot be read");
            EpcisException::Implementation.problem("what the node kept of a capture job is damaged")
        }
    }
}
