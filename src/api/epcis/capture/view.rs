//! A capture job as clients see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::job::{CaptureFault, CaptureJob};

/// A capture job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaptureJob)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJobView {
    /// Its name.
    #[serde(rename = "captureID")]
    capture_id: String,
    /// When it started.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was known what became of all events; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Whether it still works.
    running: bool,
    /// Whether nothing has failed so far.
    success: bool,
    /// `rollback`: all events or none; `proceed`: each by itself.
    capture_error_behaviour: &'static str,
    /// Why events were not captured, the first 100 reasons.
    errors: Vec<CaptureFaultView>,
    /// The events of the document.
    event_count: u32,
    /// The elements of master data in its header.
    master_data_count: u32,
    /// Those of both that this job has put on the ledger.
    captured_count: u32,
    /// Those that were on the ledger already, which is no error.
    duplicate_count: u32,
    /// Those that were not captured.
    failed_count: u32,
    /// The submissions that they were signed in: GET /v1/submissions/{id} tells more.
    submissions: Vec<String>,
    /// What else is to be known.
    notes: Vec<String>,
}

/// Why an event was not captured.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CaptureFault)]
pub struct CaptureFaultView {
    /// `epcisException:` and a name.
    #[serde(rename = "type")]
    type_uri: String,
    /// What all of this type have in common.
    title: String,
    /// The HTTP status that it would have by itself.
    status: u16,
    /// What is wrong.
    detail: String,
    /// The event in the document, as JSON pointer; absent if it is about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl From<CaptureFault> for CaptureFaultView {
    fn from(fault: CaptureFault) -> Self {
        Self {
            type_uri: fault.type_uri,
            title: fault.title,
            status: fault.status,
            detail: fault.detail,
            pointer: fault.pointer,
        }
    }
}

impl From<CaptureJob> for CaptureJobView {
    fn from(job: CaptureJob) -> Self {
        Self {
            capture_id: job.id.to_string(),
            created_at: job.created.to_string(),
            finished_at: job.finished.map(|finished| finished.to_string()),
            running: job.finished.is_none(),
            success: job.is_success(),
            capture_error_behaviour: job.behaviour.as_str(),
            event_count: job.event_count,
            master_data_count: job.master_data_count,
            captured_count: job.captured_count,
            duplicate_count: job.duplicate_count,
            failed_count: job.failed_count,
            errors: job.faults.into_iter().map(CaptureFaultView::from).collect(),
            submissions: job
                .parts
                .iter()
                .map(|part| part.submission.to_string())
                .collect(),
            notes: job.notes,
        }
    }
}
