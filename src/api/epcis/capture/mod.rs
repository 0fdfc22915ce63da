//! Capturing events for clients that hold no key.
//!
//! One event goes by POST /epcis/events, which waits until it is on the ledger. A document goes by
//! POST /epcis/capture, which makes a *job* of it: events are checked at once, signed with the node's
//! gateway key, and kept on disk with the job before the client hears of it. A worker then puts them
//! on the ledger.
//!
//! Invariants:
//! - What a job comes to is read from the ledger, by the ids of its submissions. A job whose node was
//!   killed goes on where it was: its submissions are the same bytes, and the ledger runs each once.
//! - A job says that nothing was captured only when nothing can be any more: its submission was refused
//!   before any node could have it, or the ledger's time is past its expiry. Where the node has lost its vote before that,
//!   the job ends as well, and says that it is not known.
//! - `rollback` is one atomic submission; `proceed` is a few independent ones.
//! - Jobs, their submissions and their errors are bounded: see [`limits`](crate::api::limits).
//!
//! Master data in a document becomes records as well; where no contract of the ledger takes it, the job notes so.

mod gateway;
mod job;
mod job_id;
mod jobs;
mod plan;
mod read_jobs;
mod single_event;
mod start_job;
mod store;
mod view;
mod worker;

pub use job::{CaptureErrorBehaviour, CaptureFault, CaptureJob, CapturePart, PieceList};
pub use job_id::CaptureId;
pub use jobs::{CaptureJobs, CaptureQueue};
pub use store::{CaptureStore, CaptureStoreError};
pub use view::CaptureJobView;
pub use worker::run_captures;

use axum::routing::{get, post};
use utoipa::openapi::HttpMethod;

use super::endpoint;
use crate::api::endpoints::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint::<single_event::__path_capture_event>(
            HttpMethod::Post,
            post(single_event::capture_event),
        ),
        endpoint::<start_job::__path_capture>(HttpMethod::Post, post(start_job::capture)),
        endpoint::<read_jobs::__path_list_jobs>(HttpMethod::Get, get(read_jobs::list_jobs)),
        endpoint::<read_jobs::__path_get_job>(HttpMethod::Get, get(read_jobs::get_job)),
    ]
}
