//! The router, from the table of endpoints.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::context::{ApiContext, ApiSetup, SharedContext};
use super::endpoints::{Load, endpoints};
use super::epcis::{self, EpcisException};
use super::openapi;
use super::problem::{Problem, ProblemKind};
use super::protection::{add_headers, answer_panic, limit_requests, limit_time};

/// Longest path that is repeated in a problem, in characters.
const MAX_SHOWN_CHARACTERS: usize = 120;

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

async fn unknown_route(uri: Uri) -> Response {
    let cause = format!("there is no route {:?}", shown(&uri));
    if epcis::has_path(uri.path()) {
        let problem = EpcisException::NoSuchResource.problem(cause).with_way_out(
            "GET /epcis/ lists the resources; a name in the path is one segment: percent-encode it, a slash \
             as %2F and a question mark as %3F",
        );
        return epcis::answer_outside(problem);
    }
    Problem::new(ProblemKind::UnknownRoute, cause).into_response()
}

async fn unknown_method(method: Method, uri: Uri) -> Response {
    let cause = format!("{:?} does not know the method {method}", shown(&uri));
    if epcis::has_path(uri.path()) {
        return epcis::answer_outside(EpcisException::MethodNotAllowed.problem(cause));
    }
    Problem::new(ProblemKind::MethodNotAllowed, cause).into_response()
}

/// The path of an address, as long as it is repeated.
fn shown(uri: &Uri) -> String {
    uri.path().chars().take(MAX_SHOWN_CHARACTERS).collect()
}
