//! What all requests under `/epcis` have in common.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::exception::{EpcisException, as_exception};
use super::headers::{add_capture_limits, add_versions, check_accept, check_versions};
use crate::api::limits::MAX_EPCIS_ADDRESS_BYTES;
use crate::api::problem::Problem;

/// Checks that an address is one that other programs on the way take as well.
fn check_address(length_bytes: usize) -> Result<(), Problem> {
    match length_bytes <= MAX_EPCIS_ADDRESS_BYTES {
        true => Ok(()),
        false => Err(EpcisException::UriTooLong.problem(format!(
            "the address has {length_bytes} bytes, the limit is {MAX_EPCIS_ADDRESS_BYTES}"
        ))),
    }
}

/// Checks versions and forms before a handler runs; gives its problems the types of EPCIS, and its
/// answers their versions.
pub(super) async fn bind(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_asked = request.method() != Method::OPTIONS;
    let address_bytes = request
        .uri()
        .path_and_query()
        .map_or(0, |it| it.as_str().len());
    let checked = check_address(address_bytes)
        .and_then(|()| check_versions(headers))
        .and_then(|()| match is_asked {
            true => check_accept(headers),
            false => Ok(()),
        });
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    // A problem tells what it is, so that it can be told anew here, wherever it came from.
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = as_exception(problem).into_response();
    }
    let is_too_large = response.status() == StatusCode::PAYLOAD_TOO_LARGE;
    let headers = response.headers_mut();
    add_versions(headers);
    if is_too_large {
        add_capture_limits(headers);
    }
    response
}
