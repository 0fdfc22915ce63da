//! Subscriptions to queries: not there yet, and said so.

use axum::http::HeaderMap;
use axum::http::header::UPGRADE;
use axum::response::Response;
use axum::routing::{delete, get, post};
use utoipa::openapi::HttpMethod;

use super::authorisation::EventReader;
use super::endpoint;
use super::exception::EpcisException;
use crate::api::endpoints::Endpoint;
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::QueryText;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint::<__path_list_subscriptions>(HttpMethod::Get, get(list_subscriptions)),
        endpoint::<__path_subscribe>(HttpMethod::Post, post(subscribe)),
        endpoint::<__path_get_subscription>(HttpMethod::Get, get(get_subscription)),
        endpoint::<__path_unsubscribe>(HttpMethod::Delete, delete(unsubscribe)),
    ]
}

/// What asks for events as they come, which takes a subscription.
pub(super) const SCHEDULE_PARAMETERS: [&str; 9] = [
    "stream",
    "second",
    "minute",
    "hour",
    "dayOfMonth",
    "month",
    "dayOfWeek",
    "reportIfEmpty",
    "initialRecordTime",
];

/// Refuses to send events as they come, wherever it is asked for.
///
/// # Errors
/// [`EpcisException::NotImplemented`].
pub(super) fn check_no_schedule(text: &QueryText) -> Result<(), Problem> {
    match SCHEDULE_PARAMETERS.iter().any(|name| text.has(name)) {
        true => Err(not_implemented()),
        false => Ok(()),
    }
}

/// Whether a request wants to go on as a WebSocket, by which EPCIS sends events as they come (RFC 6455, section 4.1).
pub(super) fn asks_for_web_socket(headers: &HeaderMap) -> bool {
    let values = headers.get_all(UPGRADE).iter();
    let mut protocols = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    protocols.any(|protocol| protocol.trim().eq_ignore_ascii_case(WEB_SOCKET))
}

/// The name of the protocol in the header `Upgrade`.
const WEB_SOCKET: &str = "websocket";

/// What whoever wants to subscribe is told.
pub(super) fn not_implemented() -> Problem {
    EpcisException::NotImplemented
        .problem("this node takes no subscriptions")
        .with_way_out("ask again from time to time, with GE_recordTime of the last answer")
}

/// List the subscriptions to a query
///
/// Not implemented: always 501.
#[utoipa::path(
    get,
    path = "/epcis/queries/{queryName}/subscriptions",
    params(("queryName" = String, Path, description = "The query")),
    responses((status = 501, description = "There are no subscriptions"))
)]
pub(super) async fn list_subscriptions(_: EventReader) -> Result<Response, Problem> {
    Err(not_implemented())
}

/// Subscribe to a query
///
/// Not implemented: always 501.
#[utoipa::path(
    post,
    path = "/epcis/queries/{queryName}/subscriptions",
    params(("queryName" = String, Path, description = "The query")),
    responses((status = 501, description = "There are no subscriptions"))
)]
pub(super) async fn subscribe(_: EventReader) -> Result<Response, Problem> {
    Err(not_implemented().closing())
}

/// Ask for a subscription
///
/// Not implemented: always 501.
#[utoipa::path(
    get,
    path = "/epcis/queries/{queryName}/subscriptions/{subscriptionID}",
    params(
        ("queryName" = String, Path, description = "The query"),
        ("subscriptionID" = String, Path, description = "The subscription")
    ),
    responses((status = 501, description = "There are no subscriptions"))
)]
pub(super) async fn get_subscription(_: EventReader) -> Result<Response, Problem> {
    Err(not_implemented())
}

/// End a subscription
///
/// Not implemented: always 501.
#[utoipa::path(
    delete,
    path = "/epcis/queries/{queryName}/subscriptions/{subscriptionID}",
    params(
        ("queryName" = String, Path, description = "The query"),
        ("subscriptionID" = String, Path, description = "The subscription")
    ),
    responses((status = 501, description = "There are no subscriptions"))
)]
pub(super) async fn unsubscribe(_: EventReader) -> Result<Response, Problem> {
    Err(not_implemented())
}
