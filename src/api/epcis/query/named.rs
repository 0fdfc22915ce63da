//! Queries with names.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::value::RawValue;
use utoipa::openapi::HttpMethod;

use super::definition;
use super::events::answer;
use super::parameters::{with_extensions, with_page};
use super::problems::of_definition;
use super::request::{QueryRequest, check_no_query, extensions};
use super::views::{NamedQueryRequest, NamedQueryView};
use crate::api::context::{ApiContext, SharedContext};
use crate::api::endpoints::Endpoint;
use crate::api::epcis::authorisation::{EventReader, lacks_right};
use crate::api::epcis::headers::check_content_type;
use crate::api::epcis::location::encode_segment;
use crate::api::epcis::subscriptions::{asks_for_web_socket, check_no_schedule, not_implemented};
use crate::api::epcis::{EpcisException, endpoint};
use crate::api::limits::{MAX_NAMED_QUERY_BYTES, MAX_QUERY_NAME_BYTES};
use crate::api::ports::{NamedQuery, NamedQueryError};
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, PageList, PathText, QueryParameters, read_body};
use crate::ledger::questions::epcis_query::EpcisQuery;
use crate::types::{Scope, plain_words};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list = endpoint::<__path_list_queries>(HttpMethod::Get, get(list_queries));
    let events = endpoint::<__path_query_events>(HttpMethod::Get, get(query_events));
    let create = endpoint::<__path_create_query>(HttpMethod::Post, post(create_query));
    vec![
        with_page(list),
        with_extensions(create),
        endpoint::<__path_get_query>(HttpMethod::Get, get(get_query)),
        endpoint::<__path_delete_query>(HttpMethod::Delete, delete(delete_query)),
        with_page(events),
    ]
}

/// List the named queries
///
/// Those of this node: they are a convenience of its clients, and no facts of the ledger.
#[utoipa::path(
    get,
    path = "/epcis/queries",
    responses((status = 200, description = "A page of queries", body = Vec<NamedQueryView>))
)]
pub(super) async fn list_queries(
    State(context): State<SharedContext>,
    _: EventReader,
    QueryRequest { text, page }: QueryRequest,
) -> Result<Response, Problem> {
    check_no_query(&text, "the list of queries has only those of pages")?;
    let node = context.setup.epcis.node_key.to_string();
    let list = PageList::new(&context.setup.ledger, &["named queries", &node]);
    let after = page.after(&list)?;
    let after = after.map(|name| String::from_utf8_lossy(&name).into_owned());
    let queries = Arc::clone(&context.setup.named_queries);
    let count = page.count;
    let mut found = context
        .run_blocking(move || Ok(queries.list(after.as_deref(), count.saturating_add(1))))
        .await?;
    let has_more = found.len() > count;
    found.truncate(count);
    let last = found.last().map(|query| query.name.clone());
    let views: Vec<NamedQueryView> = found.into_iter().map(view).collect::<Result<_, _>>()?;
    let mut response = Json(views).into_response();
    if let Some(last) = last.filter(|_| has_more) {
        page.link_after(response.headers_mut(), &list, last.as_bytes());
    }
    Ok(response)
}

/// Name a query
///
/// The query is checked, and kept at this node until it is deleted, with the prefixes that the request declares.
#[utoipa::path(
    post,
    path = "/epcis/queries",
    request_body = NamedQueryRequest,
    responses((status = 201, description = "It is kept; Location says where"))
)]
pub(super) async fn create_query(
    State(context): State<SharedContext>,
    EventReader(member): EventReader,
    _: QueryParameters<NoParameters>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    check_content_type(&headers)?;
    let too_large = |length| {
        let cause =
            format!("the query has {length} bytes, at most {MAX_NAMED_QUERY_BYTES} are taken");
        EpcisException::QueryTooComplex.problem(cause)
    };
    let (body, _memory) =
        read_body(&context, &headers, body, MAX_NAMED_QUERY_BYTES, too_large).await?;
    let request: NamedQueryRequest = serde_json::from_slice(&body)
        .map_err(|error| EpcisException::QueryValidation.problem(plain_words::of_json(&error)))?;
    check_name(&request.name)?;
    let definition = definition::with_prefixes(request.query.get(), &extensions(&headers)?)?;
    let text = definition::read(&definition)?;
    EpcisQuery::read(&context.setup.ledger, &text).map_err(of_definition)?;
    let location = format!("/epcis/queries/{}", encode_segment(&request.name));
    let name = request.name.clone();
    let query = NamedQuery {
        name: request.name,
        member,
        query: definition,
    };
    let queries = Arc::clone(&context.setup.named_queries);
    let made = context
        .run_blocking(move || Ok(queries.create(query)))
        .await?;
    made.map_err(|error| problem_of(error, &name, &location))?;
    let mut response = StatusCode::CREATED.into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Get a named query
#[utoipa::path(
    get,
    path = "/epcis/queries/{queryName}",
    params(("queryName" = String, Path, description = "The name, percent-encoded")),
    responses((status = 200, description = "The query", body = NamedQueryView))
)]
pub(super) async fn get_query(
    State(context): State<SharedContext>,
    _: EventReader,
    PathText(name): PathText<String>,
    request: QueryRequest,
) -> Result<Json<NamedQueryView>, Problem> {
    request.check_none("a query")?;
    view(find(&context, &name).await?).map(Json)
}

/// Delete a named query
///
/// By the member that made it, or the node's own.
#[utoipa::path(
    delete,
    path = "/epcis/queries/{queryName}",
    params(("queryName" = String, Path, description = "The name, percent-encoded")),
    responses((status = 204, description = "It is gone"))
)]
pub(super) async fn delete_query(
    State(context): State<SharedContext>,
    EventReader(member): EventReader,
    PathText(name): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<StatusCode, Problem> {
    let query = find(&context, &name).await?;
    if member != query.member && member != context.setup.epcis.member {
        let cause = format!("the query is of {}", query.member);
        let way_out = "ask its member, or the node's, to delete it";
        return Err(lacks_right(&context, Scope::EpcisRead, cause, way_out));
    }
    let queries = Arc::clone(&context.setup.named_queries);
    let found = name.clone();
    let deleted = context
        .run_blocking(move || Ok(queries.delete(&found)))
        .await?;
    match deleted.map_err(|error| problem_of(error, &name, ""))? {
        true => Ok(StatusCode::NO_CONTENT),
        // Another request was faster.
        false => Err(no_such(&name)),
    }
}

/// Get the events of a named query
///
/// As GET /epcis/events with the query's parameters. Subscriptions are not served: neither by schedules nor by
/// WebSockets.
#[utoipa::path(
    get,
    path = "/epcis/queries/{queryName}/events",
    params(("queryName" = String, Path, description = "The name, percent-encoded")),
    responses((status = 200, description = "An EPCISQueryDocument", body = serde_json::Value))
)]
pub(super) async fn query_events(
    State(context): State<SharedContext>,
    _: EventReader,
    PathText(name): PathText<String>,
    headers: HeaderMap,
    QueryRequest { text, page }: QueryRequest,
) -> Result<Response, Problem> {
    check_no_schedule(&text)?;
    if asks_for_web_socket(&headers) {
        return Err(not_implemented());
    }
    check_no_query(&text, HAS_PARAMETERS)?;
    let query = find(&context, &name).await?;
    answer(&context, query.name, &definition::read(&query.query)?, page).await
}

/// Why a named query takes no parameters of its own.
const HAS_PARAMETERS: &str =
    "a named query has its parameters already, and only those of pages come on top";

async fn find(context: &ApiContext, name: &str) -> Result<NamedQuery, Problem> {
    let queries = Arc::clone(&context.setup.named_queries);
    let wanted = name.to_owned();
    let found = context
        .run_blocking(move || Ok(queries.get(&wanted)))
        .await?;
    found.ok_or_else(|| no_such(name))
}

fn no_such(name: &str) -> Problem {
    let shown: String = name.chars().take(MAX_QUERY_NAME_BYTES).collect();
    EpcisException::NoSuchName.problem(format!("this node has no query {shown:?}"))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let is_name = (1..=MAX_QUERY_NAME_BYTES).contains(&name.len())
        && name.trim() == name
        && !name.chars().any(char::is_control)
        && ![".", ".."].contains(&name);
    if is_name {
        return Ok(());
    }
    Err(EpcisException::QueryValidation.problem(format!(
        "a name has 1 to {MAX_QUERY_NAME_BYTES} bytes, no control characters and no spaces around it, and is neither . nor .., \
         which addresses leave out"
    )))
}

fn view(query: NamedQuery) -> Result<NamedQueryView, Problem> {
    Ok(NamedQueryView {
        query: RawValue::from_string(query.query)
            .map_err(|error| Problem::internal(&format!("a kept query: {error}")))?,
        name: query.name,
    })
}

fn problem_of(error: NamedQueryError, name: &str, location: &str) -> Problem {
    match error {
        NamedQueryError::Exists => EpcisException::ResourceAlreadyExists
            .problem(format!("this node has a query {name:?} already"))
            .with_location(location.to_owned()),
        NamedQueryError::TooMany { most } => EpcisException::QueryTooLarge
            .problem(format!(
                "there are {most} queries already, which is the limit"
            ))
            .with_way_out("delete queries that nobody needs"),
        NamedQueryError::Store(reason) => {
            tracing::error!(reason, "the named queries cannot be stored");
            EpcisException::Implementation.problem("the node cannot store the named queries")
        }
    }
}
