//! The HTTP interface: submitting, reading, proofs, the log as tiles, health and metrics.
//!
//! Reads go through [`LedgerReader`](crate::types::LedgerReader), writes through
//! [`SubmissionPort`], and what is known of the node comes through [`NodePort`]: the interface knows
//! no storage, no network and no consensus. [`router()`] makes the whole of it, [`serve()`] is the
//! future that a node runs.
//!
//! Invariants:
//! - One table of endpoints makes the router, the OpenAPI document and the list of routes.
//! - Nothing a client sends is queued without bound: requests, connections, waits, bytes of bodies
//!   and threads that block each have a named limit in [`limits`], and above it a client is refused
//!   at once. Health and metrics are exempt from the limit on requests.
//! - Reads of the ledger and costly decoding run on threads for blocking work, never on those that
//!   serve connections.
//! - Every error that a handler or the router gives is an RFC 9457 problem with a stable type. How a
//!   refused submission is told stands in the table of `problem/refusal.rs`.
//! - Only committed data is served. What never changes says so in `Cache-Control`.
//!
//! Deliberately absent: authentication of readers outside `/epcis` (so the interface listens on
//! loopback unless told otherwise, see [`decide_bind`]), TLS (a proxy's work), compression, and tasks of its own: what
//! runs, runs inside [`serve()`].

pub mod limits;
pub mod views;

mod address;
mod committed;
mod compiled_contracts;
mod context;
mod endpoints;
mod epcis;
mod handlers;
mod ledger_hashes;
mod openapi;
mod ports;
mod problem;
mod protection;
mod request;
mod router;
mod server;

pub use address::{BindDecision, DEFAULT_ADDRESS, DEFAULT_PORT, decide_bind};
pub use context::ApiSetup;
pub use epcis::{
    CaptureErrorBehaviour, CaptureFault, CaptureId, CaptureJob, CaptureJobs, CapturePart,
    CaptureQueue, CaptureStore, CaptureStoreError, EpcisException, EpcisSetup, PieceList,
    run_captures,
};
pub use limits::ApiLimits;
pub use ports::{
    BodyPermit, KindStatus, MempoolStatus, NamedQuery, NamedQueryError, NamedQueryPort, NodePort,
    NodeStatus, PeerStatus, SubmissionPort, SubmissionStatus, SyncStatus,
};
pub use problem::{
    FaultView, MAX_LISTED_FAULTS, PROBLEM_MEDIA_TYPE, Problem, ProblemDocument, ProblemKind,
};
pub use router::router;
pub use server::serve;

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// The readers of page tokens and names that clients send back, for tests.
#[cfg(any(test, feature = "testing"))]
pub const TOKENS: &[NamedDecoder] = &[
    request::PAGE_TOKEN,
    request::LIST_TOKEN,
    NamedDecoder::of_text::<CaptureId>("CaptureId"),
];

#[cfg(test)]
mod tests;
