//! The router, from the table of endpoints.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::{from_fn_with_state, map_response};
use tower_http::catch_panic::CatchPanicLayer;

use super::context::{ApiContext, ApiSetup, SharedContext};
use super::endpoints::{Load, endpoints};
use super::epcis::EpcisException;
use super::openapi;
use super::problem::{Problem, ProblemKind};
use super::protection::{add_headers, answer_panic, limit_requests, limit_time};

/// Makes the router of the whole interface. [`serve`](super::serve) serves it.
pub fn router(setup: ApiSetup) -> Router {
    let endpoints = endpoints();
    let document = openapi::document(&endpoints);
    // The document is made of texts and maps with text keys, so it has a JSON form.
    let document = document.to_json().unwrap_or_default();
    let route_list = openapi::route_list(&setup.ledger_name, &endpoints);
    let context: SharedContext = Arc::new(ApiContext::new(setup, document, route_list));
    let (mut counted, mut exempt) = (Router::new(), Router::new());
    for endpoint in endpoints {
        match endpoint.load {
            Load::Counted => counted = counted.route(&endpoint.pattern, endpoint.handler),
            Load::Exempt => exempt = exempt.route(&endpoint.pattern, endpoint.handler),
        }
    }
    counted
        .layer(from_fn_with_state(Arc::clone(&context), limit_requests))
        .merge(exempt)
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(Arc::clone(&context), limit_time))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(map_response(add_headers))
        .with_state(context)
}

async fn unknown_route(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(120).collect();
    let cause = format!("there is no route {path:?}");
    if path.starts_with("/epcis/") {
        return EpcisException::NoSuchResource.problem(cause);
    }
    Problem::new(ProblemKind::UnknownRoute, cause)
}

async fn unknown_method(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(120).collect();
    let cause = format!("{path:?} does not know the method {method}");
    if path.starts_with("/epcis/") {
        return EpcisException::MethodNotAllowed.problem(cause);
    }
    Problem::new(ProblemKind::MethodNotAllowed, cause)
}
