//! Anchored documents.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::trace::{read_thing, unknown};
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, QuestionPages};
use crate::api::views::{AnchorView, DocumentPage, DocumentView};
use crate::crypto::Sha256Digest;
use crate::ledger::questions::{EventScope, Events};
use crate::types::{LogIndex, Timestamp};

/// When, and which page of the anchors.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct DocumentParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most anchors to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before, of the same question.
    after: Option<String>,
}

/// About what, when, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct DocumentPageParameters {
    /// EPC URN, GS1 Digital Link or another URI.
    thing: String,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most anchors to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The entry after which the page begins.
    after: Option<u64>,
}

/// Get a document's anchors
///
/// Who anchored it when, and who was first.
#[utoipa::path(
    get,
    path = "/v1/documents/{digest}",
    params(
        ("digest" = String, Path, description = "SHA-256 of the document's bytes"),
        DocumentParameters
    ),
    responses((status = 200, description = "The document with a page of its anchors", body = DocumentView))
)]
pub(in crate::api) async fn get_document(
    State(context): State<SharedContext>,
    PathText(digest): PathText<String>,
    QueryParameters(parameters): QueryParameters<DocumentParameters>,
    pages: QuestionPages,
) -> Result<Json<DocumentView>, Problem> {
    let digest = Sha256Digest::from_hex(&digest).map_err(|_| {
        let cause = "a SHA-256 digest has 64 lower-case hexadecimal digits";
        Problem::new(ProblemKind::BadPath, cause.to_owned())
    })?;
    let skip = pages.skip(parameters.after.as_deref())?;
    let count = parameters.limit.items();
    let document = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let events = Events::open(&*view, EventScope::as_of(asked.height(&*view)?))?;
            match events.document(&digest, skip, count)? {
                Some(answer) => {
                    let next = pages.next(answer.next);
                    Ok(DocumentView::new(&digest, &answer, next))
                }
                None => Err(Problem::new(
                    ProblemKind::NoSuchDocument,
                    format!("no document of the digest {digest} was anchored {asked}"),
                )),
            }
        })
        .await?;
    Ok(Json(document))
}

/// List the documents about a thing
#[utoipa::path(
    get,
    path = "/v1/documents",
    params(DocumentPageParameters),
    responses((status = 200, description = "A page of their anchors, in the order of the log", body = DocumentPage))
)]
pub(in crate::api) async fn list_documents(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<DocumentPageParameters>,
) -> Result<Json<DocumentPage>, Problem> {
    let thing = read_thing(&parameters.thing)
        .map_err(|problem| Problem::new(ProblemKind::BadQuery, problem.document().cause.clone()))?;
    let count = parameters.limit.items();
    let after = parameters.after.map(LogIndex);
    let page = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let events = Events::open(&*view, EventScope::as_of(asked.height(&*view)?))?;
            // One more than asked for tells whether there is a next page.
            let mut anchors = events.documents_about(&thing, after, count + 1)?;
            let is_last = anchors.len() <= count;
            anchors.truncate(count);
            if anchors.is_empty() && after.is_none() {
                // A thing that has no documents is told from one that nobody has spoken of.
                let is_known = events.is_spoken_of(&thing)? || events.is_claimed(&thing)?;
                if !is_known {
                    return Err(unknown(&thing));
                }
            }
            let next = anchors.last().filter(|_| !is_last);
            Ok(DocumentPage {
                height: events.height().0,
                thing,
                next: next.map(|anchored| anchored.signed.index.0),
                anchors: anchors.iter().map(AnchorView::from).collect(),
            })
        })
        .await?;
    Ok(Json(page))
}
