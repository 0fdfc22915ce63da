//! Submissions.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::OutcomeView;

/// The schema of a submission as JSON, as
/// [`SubmissionDocument`](crate::types::SubmissionDocument) reads it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Submission)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionRequest {
    /// The ledger id: GET /v1/status tells it.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub ledger: String,
    /// Who submits.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub member: String,
    /// The registered Ed25519 key of the member that signs.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub key: String,
    /// RFC 3339, later than block time by an hour at most.
    #[schema(format = DateTime)]
    pub expires: String,
    /// All records or none.
    #[schema(default = false, required = false)]
    pub atomic: bool,
    /// The records, in order.
    #[schema(min_items = 1, max_items = 10_000)]
    pub records: Vec<RecordRequest>,
    /// Ed25519 over `"waybill/submission/v1" ‖ 0x00 ‖ ledger (32 bytes) ‖ member (u32 length, text)
    /// ‖ key (32) ‖ expires (i64 milliseconds) ‖ atomic (1) ‖ record count (u32) ‖ record root
    /// (32)`, all integers big-endian. The record root is the RFC 6962 SHA-256 root over the records,
    /// each as `kind (u32 length, text) ‖ version (u16) ‖ body (u32 length, bytes)`. The SHA-256 of
    /// the same bytes is the submission id.
    #[schema(pattern = "^[0-9a-f]{128}$")]
    pub signature: String,
}

/// A record of a submission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubmissionRecord)]
#[serde(rename_all = "camelCase")]
pub struct RecordRequest {
    /// GET /v1/status lists the kinds.
    #[schema(example = "epcis.event")]
    pub kind: String,
    /// The version of the kind's format.
    #[schema(example = 1)]
    pub version: u16,
    /// The exact text of the body, which the signature covers; at most 60 KiB.
    pub body: String,
}

/// Where a submission is, by `status`.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SubmissionState)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum SubmissionView {
    /// The node has it, and it is not on the ledger yet.
    Pending {
        /// The submission id.
        id: String,
    },
    /// It is on the ledger.
    Committed {
        /// The submission id.
        id: String,
        /// The block that has it.
        height: u64,
        /// The entry of each record, in order.
        entries: Vec<SubmissionEntryView>,
    },
}

/// The entry of a record.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SubmissionEntry)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionEntryView {
    /// Its position in the log.
    pub index: u64,
    /// What became of the record.
    pub outcome: OutcomeView,
}
