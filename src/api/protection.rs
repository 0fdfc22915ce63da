//! What stands before every handler: the count of requests, the deadline, and what becomes of a
//! panic.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::context::SharedContext;
use super::problem::{Problem, ProblemKind};

/// Refuses a request if as many are served as may be.
pub(super) async fn limit_requests(
    State(context): State<SharedContext>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_permit) = Arc::clone(&context.requests).try_acquire_owned() else {
        return Problem::new(
            ProblemKind::Overloaded,
            format!(
                "the node serves {} requests already, which is the limit",
                context.setup.limits.max_requests_in_flight
            ),
        )
        .into_response();
    };
    next.run(request).await
}

/// Ends a request that takes too long.
pub(super) async fn limit_time(
    State(context): State<SharedContext>,
    request: Request,
    next: Next,
) -> Response {
    let limit = context.setup.limits.request_timeout;
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            ProblemKind::RequestTimeout,
            format!("the request took more than {} ms", limit.as_millis()),
        )
        .closing()
        .into_response(),
    }
}

/// The answer to a request whose handler panicked.
pub(super) fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let reason = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    Problem::internal(reason).into_response()
}

/// Headers of every answer: types are as stated, and what does not say how long it may be kept must
/// be asked for again.
pub(super) async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    response
}
