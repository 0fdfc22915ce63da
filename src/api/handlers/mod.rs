//! The endpoints, by what they are about. Each reads its request, asks the ledger or the node, and
//! answers; the table that lists them is in `routes`.

mod asked;
pub(super) mod assets;
pub(super) mod blocks;
pub(super) mod certificates;
pub(super) mod contracts;
pub(super) mod custody;
pub(super) mod documents;
pub(super) mod evidence;
pub(super) mod index;
pub(super) mod log;
pub(super) mod market;
pub(super) mod master_data;
pub(super) mod members;
pub(super) mod meters;
pub(super) mod probes;
pub(super) mod production;
pub(super) mod proofs;
pub(super) mod proposals;
pub(super) mod questions;
pub(super) mod records;
pub(super) mod status;
pub(super) mod submissions;
pub(super) mod telemetry;
pub(super) mod trace;
pub(super) mod validators;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// For what never changes any more: it may be kept for a year.
const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For a partial tile: its bytes never change, but a full tile takes its place.
const CACHE_FOR_A_WHILE: &str = "public, max-age=3600";

/// For what the next block changes.
const CACHE_NEVER: &str = "no-cache";

/// The media type of texts.
const TEXT: &str = "text/plain; charset=utf-8";

/// The media type of tiles.
const BYTES: &str = "application/octet-stream";

/// An answer with its media type and how long it may be kept.
fn answer(media_type: &'static str, cache: &'static str, body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, cache)], body).into_response()
}
