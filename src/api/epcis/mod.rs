//! The REST binding of EPCIS 2.0, so that programs that know nothing of ledgers can use one.
//!
//! Invariants:
//! - What is served under `/epcis` is what the official interface description says, with problems of
//!   its types. What is not served says so with 501, and the page on this interface says why.
//! - Who asks shows a token: see [`authorisation`]. What is captured is signed by the gateway key of
//!   the node's own member, and by no other.
//! - An event is captured as its author wrote it: the bytes that came are the bytes that are signed.
//!
//! Deliberately absent: the XML binding, translation of identifiers or vocabulary, and subscriptions.

mod authorisation;
mod binding;
mod capture;
mod discovery;
mod exception;
mod headers;
mod location;
mod query;
mod setup;
mod subscriptions;

pub(super) use capture::CaptureJobView;
pub use capture::{
    CaptureErrorBehaviour, CaptureFault, CaptureId, CaptureJob, CaptureJobs, CapturePart,
    CaptureQueue, CaptureStore, CaptureStoreError, PieceList, run_captures,
};
pub(super) use discovery::CollectionView;
pub use exception::EpcisException;
pub(in crate::api) use query::{NamedQueryRequest, NamedQueryView, ValueList};
pub use setup::EpcisSetup;

use axum::response::{IntoResponse, Response};
use utoipa::openapi::HttpMethod;

use super::endpoints::Endpoint;
use super::problem::Problem;

/// All endpoints under `/epcis`: each with OPTIONS, which tells what its resource can do.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = discovery::endpoints();
    endpoints.extend(capture::endpoints());
    endpoints.extend(subscriptions::endpoints());
    endpoints.extend(query::endpoints());
    let options = discovery::options_of(&endpoints);
    endpoints.extend(options);
    endpoints
}

/// An endpoint of the EPCIS interface, described by what the macro made beside its handler.
fn endpoint<P: utoipa::Path>(
    method: HttpMethod,
    handler: axum::routing::MethodRouter<super::context::SharedContext>,
) -> Endpoint {
    let handler = handler.layer(axum::middleware::from_fn(binding::bind));
    Endpoint::of::<P>(method, GROUP, handler)
}

/// Whether a path belongs to this interface, also if there is nothing at it.
pub(super) fn has_path(path: &str) -> bool {
    path == ROOT
        || path
            .strip_prefix(ROOT)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The answer to a request for which there is no endpoint. As those of endpoints, it says which versions it is of.
pub(super) fn answer_outside(problem: Problem) -> Response {
    let mut response = problem.into_response();
    headers::add_versions(response.headers_mut());
    response
}

/// What the paths of this interface begin with.
const ROOT: &str = "/epcis";

/// The JSON-LD context of EPCIS 2.0.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// The group of the endpoints in the interface's description.
const GROUP: &str = "EPCIS 2.0";
