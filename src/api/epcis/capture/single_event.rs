//! POST /epcis/events.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::time::timeout;

use super::gateway::{Gateway, of_decode_error, of_record_error, of_refusal, record};
use crate::api::committed::CommittedSubmission;
use crate::api::context::{ApiSetup, SharedContext};
use crate::api::epcis::authorisation::EventWriter;
use crate::api::epcis::exception::EpcisException;
use crate::api::epcis::headers::check_content_type;
use crate::api::epcis::location::event_location;
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, QueryParameters, read_body};
use crate::contracts::{read_event_index, way_out};
use crate::ledger::questions::{EventScope, Events};
use crate::records::epcis::{self, PieceKind};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Atomicity, LedgerView, LogIndex, Outcome, Submission};

/// Capture one event
///
/// A bare event with its `@context`. The node signs it with its gateway key, and answers once it is on
/// the ledger. An event that is there already gets 409; so does a repetition of this request, which
/// does no harm.
#[utoipa::path(
    post,
    path = "/epcis/events",
    request_body(content((Object = "application/json"), (Object = "application/ld+json"))),
    responses((
        status = 201,
        description = "The event is on the ledger, as it was sent; Location names it",
        body = Object
    ))
)]
pub(super) async fn capture_event(
    State(context): State<SharedContext>,
    EventWriter(caller): EventWriter,
    _: QueryParameters<NoParameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_content_type(&headers).map_err(Problem::closing)?;
    let gateway = Gateway::of(&context.setup).map_err(Problem::closing)?;
    let too_large = |length| {
        EpcisException::CaptureLimitExceeded
            .problem(format!(
                "the event has {length} bytes, the limit is {MAX_BODY_BYTES}"
            ))
            .with_way_out(
                "make several events of it, each about some of the objects, and leave out what can be kept \
                 elsewhere",
            )
    };
    let (bytes, memory) = read_body(&context, &headers, body, MAX_BODY_BYTES, too_large).await?;
    let Ok(_permit) = Arc::clone(&context.waiting).try_acquire_owned() else {
        return Err(EpcisException::Unavailable
            .problem("as many clients wait for a commit as the node lets wait"));
    };
    let body = Bytes::from(bytes);
    let setup = context.setup.clone();
    let copy = body.clone();
    let SignedEvent {
        submission,
        location,
    } = context
        .run_blocking(move || sign(&setup, &gateway, copy))
        .await?;
    let kind = submission
        .records()
        .first()
        .map(|record| record.kind.clone());
    let submissions = &context.setup.submissions;
    let id = submissions
        .submit(submission, memory)
        .await
        .map_err(of_refusal)?;
    // The event is signed in the name of the node's member: the log of the node is where it says for whom.
    tracing::info!(%caller, submission = %id, "an event is captured for a member");
    let limit = context.setup.limits.event_commit_timeout;
    // Whether it settled or the time is over, the ledger knows.
    let _ = timeout(limit, submissions.settled(&id)).await;
    let committed = context
        .read(move |reader| Ok(CommittedSubmission::find(reader, &id)?))
        .await?;
    let Some(committed) = committed else {
        return Err(EpcisException::Implementation
            .problem(format!(
                "the event is not on the ledger after {} ms, and may yet come there",
                limit.as_millis()
            ))
            .with_submission(&id, None)
            .with_way_out(format!(
                "ask GET /v1/submissions/{id} what became of it, or repeat the request: an event is \
                 captured once, however often it is sent"
            )));
    };
    match committed.outcomes.first() {
        Some(Outcome::Accepted | Outcome::Flagged { .. }) => {
            let headers = [
                (LOCATION, location),
                (CONTENT_TYPE, "application/json".to_owned()),
            ];
            Ok((StatusCode::CREATED, headers, body).into_response())
        }
        Some(Outcome::Duplicate { of }) => {
            let of = *of;
            Err(context
                .read(move |reader| duplicate(reader.view()?.as_ref(), of))
                .await?)
        }
        Some(Outcome::Rejected(rejection)) => {
            let problem = EpcisException::Validation
                .problem(format!(
                    "the ledger rejected the event: {} ({})",
                    rejection.reason(),
                    rejection.code()
                ))
                .with_submission(&id, Some(committed.first_index));
            Err(
                match kind.and_then(|kind| way_out(rejection.code(), &kind)) {
                    Some(hint) => problem.with_way_out(hint),
                    None => problem,
                },
            )
        }
        None => Err(Problem::internal("a committed submission has no record")),
    }
}

struct SignedEvent {
    submission: Submission,
    /// Where the event is found once it is captured.
    location: String,
}

/// Checks and signs an event that the node's member has not captured yet.
fn sign(setup: &ApiSetup, gateway: &Gateway, body: Bytes) -> Result<SignedEvent, Problem> {
    let record = record(PieceKind::Event, body)?;
    setup
        .node
        .check_record(&record)
        .map_err(|error| of_record_error(&error))?;
    let invalid = |reason: String| EpcisException::Validation.problem(reason);
    let checked = epcis::check(&record.body).map_err(|error| invalid(error.to_string()))?;
    let event = epcis::parse(&record.body).map_err(|error| invalid(error.to_string()))?;
    let location = event_location(&event.identity());
    let view = setup.reader.view()?;
    if let Some(index) = read_event_index(view.as_ref(), &gateway.member, &checked.identity)? {
        return Err(duplicate(view.as_ref(), index)?);
    }
    let submission = gateway
        .sign(setup.node.now(), Atomicity::Independent, vec![record])
        .map_err(|error| of_decode_error(&error))?;
    Ok(SignedEvent {
        submission,
        location,
    })
}

/// Tells of an event that is captured again where the first is: it may have another `eventID`, which is no part of what an
/// event says.
fn duplicate(view: &dyn LedgerView, of: LogIndex) -> Result<Problem, Problem> {
    let first = Events::open(view, EventScope::default())?.event(of)?;
    let name = match first.event_id {
        Some(id) => id.into(),
        None => first.event_hash.to_string(),
    };
    Ok(EpcisException::ResourceAlreadyExists
        .problem(format!(
            "the node's member has captured this event already: it is entry {of} of the log"
        ))
        .with_location(event_location(&name)))
}
