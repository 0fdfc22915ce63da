//! Events by query, and by name.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use utoipa::openapi::HttpMethod;

use super::document::{UNNAMED_QUERY, query_document};
use super::page::PageRequest;
use super::parameters::with_query;
use super::problems::{of_path, of_query};
use super::request::{QueryRequest, check_no_query};
use crate::api::context::{ApiContext, SharedContext};
use crate::api::endpoints::Endpoint;
use crate::api::epcis::authorisation::EventReader;
use crate::api::epcis::headers::{EPC_FORMAT, NEVER_TRANSLATES};
use crate::api::epcis::subscriptions::check_no_schedule;
use crate::api::epcis::{EpcisException, endpoint};
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, PathText, QueryParameters, token_bytes};
use crate::ledger::questions::epcis_query::{EpcisQuery, QueryText, search};

/// The parameter that asks for an event by its name.
const EVENT_ID: &str = "EQ_eventID";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let events = endpoint::<__path_list_events>(HttpMethod::Get, get(list_events));
    vec![
        with_query(events, None),
        endpoint::<__path_get_event>(HttpMethod::Get, get(get_event)),
        endpoint::<__path_release_token>(HttpMethod::Delete, delete(release_token)),
    ]
}

/// Query events
///
/// The events that meet all parameters, in pages: a Link header names the next one. See the page on the
/// EPCIS interface for the parameters whose names hold a unit, a type or the name of a field.
#[utoipa::path(
    get,
    path = "/epcis/events",
    responses((status = 200, description = "An EPCISQueryDocument", body = serde_json::Value))
)]
pub(super) async fn list_events(
    State(context): State<SharedContext>,
    _: EventReader,
    QueryRequest { text, page }: QueryRequest,
) -> Result<Response, Problem> {
    check_no_schedule(&text)?;
    answer(&context, UNNAMED_QUERY.to_owned(), &text, page).await
}

/// Get an event
///
/// All that is on the ledger under this name: an event may have been captured by several members, and a
/// declaration that it is wrong has its name as well. The name is the event's own `eventID`, or the hash of
/// its content as `ni` URI.
#[utoipa::path(
    get,
    path = "/epcis/events/{eventID}",
    params(("eventID" = String, Path, description = "The event's own identifier, or its hash; percent-encoded")),
    responses((status = 200, description = "An EPCISQueryDocument", body = serde_json::Value))
)]
pub(super) async fn get_event(
    State(context): State<SharedContext>,
    _: EventReader,
    PathText(id): PathText<String>,
    QueryRequest { text, page }: QueryRequest,
) -> Result<Response, Problem> {
    check_no_query(&text, "an event is asked for by its name alone")?;
    let mut query = QueryText::default();
    query
        .fix(EVENT_ID, &id)
        .and_then(|()| EpcisQuery::read(&context.setup.ledger, &query).map(drop))
        .map_err(|error| of_path(error, EVENT_ID))?;
    let unknown = EpcisException::NoSuchResource.problem(format!(
        "no event that the ledger accepted is known by {:?}",
        id.chars().take(120).collect::<String>()
    ));
    let name = UNNAMED_QUERY.to_owned();
    answer_or(&context, name, &query, page, Some(unknown)).await
}

/// Release a page token
///
/// Tokens hold all they need themselves, so there is nothing to release: the answer is 204.
#[utoipa::path(
    delete,
    path = "/epcis/nextPageToken/{token}",
    params(("token" = String, Path, description = "A token of a Link header")),
    responses((status = 204, description = "Nothing is held for it"))
)]
pub(super) async fn release_token(
    _: EventReader,
    PathText(token): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<StatusCode, Problem> {
    match token_bytes(&token) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(EpcisException::Validation.problem("this is no page token of this interface")),
    }
}

/// Answers a page of a query.
///
/// # Errors
/// A problem if the query or the token is not understood, or the answer would be too large.
pub(super) async fn answer(
    context: &ApiContext,
    query_name: String,
    text: &QueryText,
    page: PageRequest,
) -> Result<Response, Problem> {
    answer_or(context, query_name, text, page, None).await
}

/// As [`answer`], with a problem in place of an answer without any event.
async fn answer_or(
    context: &ApiContext,
    query_name: String,
    text: &QueryText,
    page: PageRequest,
    if_empty: Option<Problem>,
) -> Result<Response, Problem> {
    let query = EpcisQuery::read(&context.setup.ledger, text).map_err(of_query)?;
    let cursor = page.cursor(&context.setup.ledger)?;
    let count = page.count;
    let (document, next) = context
        .read(move |reader| {
            let view = reader.view()?;
            let found = search(&*view, &query, count, cursor.as_ref()).map_err(of_query)?;
            let is_all = cursor.is_none() && found.next.is_none();
            if let Some(problem) = if_empty.filter(|_| is_all && found.events.is_empty()) {
                return Err(problem);
            }
            Ok((query_document(&query_name, &found)?, found.next))
        })
        .await?;
    let mut response = Body::from(document).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(EPC_FORMAT, NEVER_TRANSLATES);
    if let Some(next) = next {
        page.link_cursor(headers, &context.setup.ledger, &next);
    }
    Ok(response)
}

/// Whether some event meets a query, which asks for what the path has by a parameter.
///
/// # Errors
/// A problem if the query is not understood.
pub(super) async fn exists(
    context: &ApiContext,
    text: &QueryText,
    parameter: &str,
) -> Result<bool, Problem> {
    let query =
        EpcisQuery::read(&context.setup.ledger, text).map_err(|error| of_path(error, parameter))?;
    context
        .read(move |reader| {
            let view = reader.view()?;
            let page = search(&*view, &query, 1, None).map_err(of_query)?;
            // With so many events about it that one page does not tell, it is not unknown.
            Ok(!page.events.is_empty() || page.next.is_some())
        })
        .await
}
