//! How a refused submission is told over HTTP.
//!
//! | refusal | status | why this one |
//! |---|---|---|
//! | `malformed-submission` | 400 | the bytes are not what they claim to be |
//! | `submission-too-large`, `too-many-records`, `body-too-large` | 413 | a limit on size |
//! | `unknown-member`, `member-removed`, `unknown-key`, `inactive-key`, `wrong-key-purpose`, `bad-signature` | 403 | the signer may not submit; never 401, which asks for HTTP credentials, and none would help |
//! | `other-ledger`, `expired`, `expires-too-late`, `unknown-kind`, `unsupported-version`, `invalid-record`, `rule-broken`, `would-be-rejected` | 422 | well formed, and yet not to be taken |
//! | `duplicate-submission` | 409 | it is there already; `Location` says where |
//! | `busy` | 429 | the client, or all of them, send more than fits; `Retry-After` |
//! | `not-ready` | 503 | the node does not take part now; `Retry-After` |
//! | `not-a-validator` | 503 | another node takes it: to come back here does not help, and no `Retry-After` says so |

use axum::http::StatusCode;

use super::Problem;
use super::details::{RejectedRecordView, TypeNamespace, cut};
use crate::contracts::way_out;
use crate::types::{Refusal, RejectedRecord};

/// When to come back to a node that does not take part, in seconds.
const NOT_READY_RETRY_SECONDS: u64 = 5;

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Malformed { .. } => StatusCode::BAD_REQUEST,
        Refusal::TooLarge { .. }
        | Refusal::TooManyRecords { .. }
        | Refusal::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::UnknownMember { .. }
        | Refusal::MemberRemoved { .. }
        | Refusal::UnknownKey { .. }
        | Refusal::InactiveKey { .. }
        | Refusal::WrongPurpose { .. }
        | Refusal::BadSignature { .. } => StatusCode::FORBIDDEN,
        Refusal::OtherLedger { .. }
        | Refusal::Expired { .. }
        | Refusal::ExpiresTooLate { .. }
        | Refusal::UnknownKind { .. }
        | Refusal::UnsupportedVersion { .. }
        | Refusal::InvalidRecord { .. }
        | Refusal::RuleBroken { .. }
        | Refusal::Rejected { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Duplicate { .. } => StatusCode::CONFLICT,
        Refusal::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::NotReady { .. } | Refusal::NotValidator { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn title(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed { .. } => "Not a submission",
        Refusal::TooLarge { .. } => "The submission is too large",
        Refusal::TooManyRecords { .. } => "Too many records",
        Refusal::BodyTooLarge { .. } => "A record is too large",
        Refusal::OtherLedger { .. } => "For another ledger",
        Refusal::UnknownMember { .. } => "Unknown member",
        Refusal::MemberRemoved { .. } => "A member no more",
        Refusal::UnknownKey { .. } => "Unknown key",
        Refusal::InactiveKey { .. } => "The key is not in force",
        Refusal::WrongPurpose { .. } => "The key may not submit",
        Refusal::BadSignature { .. } => "The signature does not verify",
        Refusal::Expired { .. } => "Expired",
        Refusal::ExpiresTooLate { .. } => "Expires too late",
        Refusal::Duplicate { .. } => "Submitted already",
        Refusal::UnknownKind { .. } => "Unknown kind of record",
        Refusal::UnsupportedVersion { .. } => "Unsupported version of a kind",
        Refusal::InvalidRecord { .. } => "Invalid record",
        Refusal::RuleBroken { .. } => "A rule is broken",
        Refusal::Rejected { .. } => "The ledger would reject it",
        Refusal::Busy { .. } => "No room now",
        Refusal::NotReady { .. } => "The node is not ready",
        Refusal::NotValidator { .. } => "The node is no validator",
    }
}

impl From<&RejectedRecord> for RejectedRecordView {
    fn from(rejected: &RejectedRecord) -> Self {
        let (kind, rejection) = (&rejected.kind, &rejected.rejection);
        Self {
            record: u64::try_from(rejected.record).unwrap_or(u64::MAX),
            code: rejection.code().to_owned(),
            reason: cut(rejection.reason().to_owned()),
            way_out: way_out(rejection.code(), kind).map(Into::into),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let fitting = refusal
            .rejection()
            .and_then(|(code, kind)| way_out(code, kind));
        let mut problem = Self::of(
            TypeNamespace::Waybill,
            refusal.code(),
            status(&refusal),
            title(&refusal),
            refusal.to_string(),
            fitting
                .map_or_else(|| refusal.way_out(), Into::into)
                .as_ref(),
        );
        if let Some(record) = refusal.record() {
            problem = problem.with_record(record);
        }
        match &refusal {
            Refusal::InvalidRecord { pointer, .. } => problem.with_pointer(pointer),
            Refusal::Rejected { .. } => {
                let rejections = refusal.rejections();
                problem.with_rejections(rejections.map(RejectedRecordView::from).collect())
            }
            Refusal::Duplicate { id, first_index } => problem.with_submission(id, *first_index),
            // Rounded up: a client that comes back a moment too early is refused again.
            Refusal::Busy { retry_after_ms, .. } => {
                problem.retry_after(retry_after_ms.div_ceil(1_000).max(1))
            }
            Refusal::NotReady { .. } => problem.retry_after(NOT_READY_RETRY_SECONDS),
            _ => problem,
        }
    }
}
