//! What orchestrators and monitors ask. Never refused for load: a busy node is alive.

use axum::extract::State;
use axum::response::Response;

use super::{CACHE_NEVER, TEXT, answer};
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, QueryParameters};

/// The media type of the Prometheus text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Tell whether the process lives
///
/// Restart it if this does not answer.
#[utoipa::path(
    get,
    path = "/livez",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn alive(_: QueryParameters<NoParameters>) -> Result<Response, Problem> {
    Ok(answer(TEXT, CACHE_NEVER, "alive\n"))
}

/// Tell whether the node can serve
///
/// Send it no requests while this says no. The first line of the answer is `ready`; a node that is
/// no validator says so in the next.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, description = "It can", body = String, content_type = "text/plain"),
        (status = 503, description = "It cannot, and why", body = crate::api::problem::ProblemDocument, content_type = "application/problem+json")
    )
)]
pub(in crate::api) async fn ready(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let reasons = context.setup.node.unready_reasons();
    if reasons.is_empty() {
        let mut text = "ready\n".to_owned();
        for note in context.setup.node.readiness_notes() {
            text.push_str(&note);
            text.push('\n');
        }
        return Ok(answer(TEXT, CACHE_NEVER, text));
    }
    Err(Problem::new(ProblemKind::NotReady, reasons.join("; ")).with_reasons(reasons))
}

/// Give the node's metrics
///
/// Prometheus text format.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn metrics(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let text = context.setup.node.metrics_text();
    Ok(answer(METRICS, CACHE_NEVER, text))
}
