//! What there is.

use axum::extract::State;
use axum::response::Response;

use super::{CACHE_NEVER, TEXT, answer};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, QueryParameters};

/// List the routes
///
/// Plain text, for people.
#[utoipa::path(
    get,
    path = "/",
    responses((status = 200, description = "A line for each route", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn list_routes(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    Ok(answer(TEXT, CACHE_NEVER, context.route_list.clone()))
}

/// Describe the interface
///
/// This document: OpenAPI, generated from the code.
#[utoipa::path(
    get,
    path = "/openapi.json",
    responses((status = 200, description = "The OpenAPI document", body = serde_json::Value))
)]
pub(in crate::api) async fn describe(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    Ok(answer(
        "application/json",
        CACHE_NEVER,
        context.openapi.clone(),
    ))
}
