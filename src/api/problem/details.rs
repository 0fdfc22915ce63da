//! A problem and its document.

use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ProblemKind;
use crate::contracts::EffectError;
use crate::ledger::questions::QuestionError;
use crate::types::{LogIndex, ReadError, SubmissionId};

/// The media type of a problem (RFC 9457, section 3).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// Whose names the types of problems are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum TypeNamespace {
    /// Our own.
    Waybill,
    /// Those of EPCIS 2.0, under `/epcis`.
    EpcisException,
}

impl TypeNamespace {
    /// What the stable type of a problem begins with; its code follows.
    fn prefix(self) -> &'static str {
        match self {
            Self::Waybill => "urn:waybill:problem:",
            Self::EpcisException => "epcisException:",
        }
    }
}

/// Longest text of a fault, in bytes: a reason may repeat a value of the document, which may be long.
pub const MAX_FAULT_BYTES: usize = 1_024;

/// Most faults that a problem lists.
pub const MAX_LISTED_FAULTS: usize = 100;

/// What went wrong, as RFC 9457 problem details with members of our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// `urn:waybill:problem:<code>`, stable: programs branch on it. Under `/epcis` it is
    /// `epcisException:<name>`, as EPCIS 2.0 asks.
    #[serde(rename = "type")]
    #[schema(example = "urn:waybill:problem:bad-signature")]
    pub type_uri: String,
    /// What all problems of this type have in common, for people.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// Cause and way out in one text, for people.
    pub detail: String,
    /// What the node found.
    pub cause: String,
    /// What the client can do about it.
    pub way_out: String,
    /// The record of the submission that is meant, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// JSON pointer (RFC 6901) into the body of that record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The submission that is on the ledger, or on its way there, already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
    /// The first entry of that submission, if it is committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_index: Option<u64>,
    /// Each reason why the node is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
    /// Each record that the ledger would reject, the first 100 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 100)]
    pub rejections: Vec<RejectedRecordView>,
    /// What is wrong in which part of a document, the first 100 of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 100)]
    pub faults: Vec<FaultView>,
}

/// Why the ledger would reject a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RejectedRecord)]
#[serde(rename_all = "camelCase")]
pub struct RejectedRecordView {
    /// Which record of the submission, from 0.
    pub record: u64,
    /// The code that the rejection would have in the log.
    #[schema(example = "not-holder")]
    pub code: String,
    /// Why.
    pub reason: String,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

/// What is wrong in a part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

/// An answer that says what went wrong. Turned into a response where a handler returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    // Boxed: results carry it through every handler.
    document: Box<ProblemDocument>,
    retry_after_seconds: Option<u64>,
    location: Option<String>,
    challenge: Option<String>,
    is_about_encoding: bool,
    connection: ConnectionAfter,
}

/// What becomes of the connection after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionAfter {
    Kept,
    Closed,
}

impl FaultView {
    /// A fault at a place; texts that are too long are cut.
    pub(in crate::api) fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: cut(pointer.into()),
            reason: cut(reason.into()),
        }
    }
}

/// The beginning of a text, as far as a fault may repeat it.
pub(in crate::api) fn cut(mut text: String) -> String {
    let end = (0..=MAX_FAULT_BYTES)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text
}

impl Problem {
    /// A problem of a kind. `cause` says what was found.
    pub fn new(kind: ProblemKind, cause: impl Into<String>) -> Self {
        let problem = Self::of(
            TypeNamespace::Waybill,
            kind.code(),
            kind.status(),
            kind.title(),
            cause.into(),
            kind.way_out(),
        );
        match kind {
            ProblemKind::Overloaded
            | ProblemKind::RequestTimeout
            | ProblemKind::NoCheckpointYet => problem.retry_after(1),
            ProblemKind::NotReady => problem.retry_after(5),
            // What is left of the body would be taken for the next request.
            ProblemKind::SlowBody | ProblemKind::IncompleteBody => problem.closing(),
            _ => problem,
        }
    }

    /// A failing store. The client learns that much; the reason is for the operator's log.
    pub fn store_failed(error: &ReadError) -> Self {
        tracing::error!(%error, "a request met a failing store");
        Self::new(
            ProblemKind::StoreFailed,
            "the node cannot read its ledger store",
        )
    }

    /// A state that the program should never be in. `reason` is for the operator's log.
    pub fn internal(reason: &str) -> Self {
        tracing::error!(reason, "a request met an error of the program");
        Self::new(
            ProblemKind::Internal,
            "the program met a state that it should never be in",
        )
    }

    pub(in crate::api) fn of(
        namespace: TypeNamespace,
        code: &str,
        status: StatusCode,
        title: &str,
        cause: String,
        way_out: &str,
    ) -> Self {
        Self {
            document: Box::new(ProblemDocument {
                type_uri: format!("{}{code}", namespace.prefix()),
                title: title.to_owned(),
                status: status.as_u16(),
                detail: detail(&cause, way_out),
                cause,
                way_out: way_out.to_owned(),
                record: None,
                pointer: None,
                submission: None,
                first_index: None,
                reasons: None,
                rejections: Vec::new(),
                faults: Vec::new(),
            }),
            retry_after_seconds: None,
            location: None,
            challenge: None,
            is_about_encoding: false,
            connection: ConnectionAfter::Kept,
        }
    }

    /// The same problem under another type, with that type's status and title.
    #[must_use]
    pub(in crate::api) fn renamed(
        mut self,
        namespace: TypeNamespace,
        code: &str,
        status: StatusCode,
        title: &str,
    ) -> Self {
        self.document.type_uri = format!("{}{code}", namespace.prefix());
        self.document.status = status.as_u16();
        self.document.title = title.to_owned();
        self
    }

    /// Whether its type is of a namespace.
    pub(in crate::api) fn is_of(&self, namespace: TypeNamespace) -> bool {
        self.document.type_uri.starts_with(namespace.prefix())
    }

    /// Says something more fitting about the way out.
    #[must_use]
    pub(in crate::api) fn with_way_out(mut self, way_out: impl Into<String>) -> Self {
        self.document.way_out = way_out.into();
        self.document.detail = detail(&self.document.cause, &self.document.way_out);
        self
    }

    /// Says more exactly what was found.
    #[must_use]
    pub(in crate::api) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.document.cause = cause.into();
        self.document.detail = detail(&self.document.cause, &self.document.way_out);
        self
    }

    /// Says that no encoding of bodies is taken (`Accept-Encoding`; RFC 9110, section 12.5.3).
    #[must_use]
    pub(in crate::api) fn with_encodings(mut self) -> Self {
        self.is_about_encoding = true;
        self
    }

    /// Says more fittingly what is wrong.
    #[must_use]
    pub(in crate::api) fn with_title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.document.title);
        self
    }

    /// Says which credentials are asked for (`WWW-Authenticate`).
    #[must_use]
    pub(in crate::api) fn with_challenge(mut self, challenge: String) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Says where the thing is that the problem is about.
    #[must_use]
    pub(in crate::api) fn with_location(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Lists what is wrong in which part, as far as a problem may.
    #[must_use]
    pub(in crate::api) fn with_faults(mut self, faults: Vec<FaultView>) -> Self {
        self.document.faults = faults;
        self.document.faults.truncate(MAX_LISTED_FAULTS);
        self
    }

    /// Asks the client to come back after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Closes the connection after the answer: what the client still sends is not wanted.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.connection = ConnectionAfter::Closed;
        self
    }

    /// Names each reason.
    #[must_use]
    pub fn with_reasons(mut self, reasons: Vec<String>) -> Self {
        self.document.reasons = Some(reasons);
        self
    }

    /// Names a record of the submission.
    #[must_use]
    pub(super) fn with_record(mut self, record: usize) -> Self {
        self.document.record = u64::try_from(record).ok();
        self
    }

    /// Names each record that would be rejected.
    #[must_use]
    pub(super) fn with_rejections(mut self, rejections: Vec<RejectedRecordView>) -> Self {
        self.document.rejections = rejections;
        self
    }

    /// Names the place in a record's body.
    #[must_use]
    pub(in crate::api) fn with_pointer(mut self, pointer: &str) -> Self {
        self.document.pointer = Some(pointer.to_owned());
        self
    }

    /// Names the submission that is there already, and where to ask for it.
    #[must_use]
    pub(in crate::api) fn with_submission(
        mut self,
        id: &SubmissionId,
        first_index: Option<LogIndex>,
    ) -> Self {
        self.document.submission = Some(id.to_string());
        self.document.first_index = first_index.map(|index| index.0);
        self.location = Some(format!("/v1/submissions/{id}"));
        self
    }

    /// What the client reads.
    pub fn document(&self) -> &ProblemDocument {
        &self.document
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Cause and way out in one text.
fn detail(cause: &str, way_out: &str) -> String {
    format!("{cause}. What to do: {way_out}.")
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::store_failed(&error)
    }
}

impl From<EffectError> for Problem {
    fn from(error: EffectError) -> Self {
        Self::store_failed(&ReadError::new(error.to_string()))
    }
}

impl From<QuestionError> for Problem {
    fn from(error: QuestionError) -> Self {
        match error {
            QuestionError::Read(error) => Self::store_failed(&error),
            QuestionError::BeyondTip { .. }
            | QuestionError::BeyondAnswer { .. }
            | QuestionError::OtherAnswer { .. }
            | QuestionError::NotClass { .. } => Self::new(ProblemKind::BadQuery, error.to_string()),
            QuestionError::TooLong { .. }
            | QuestionError::TooMuch { .. }
            | QuestionError::TraceIncomplete { .. }
            | QuestionError::TooManyDigits => {
                Self::new(ProblemKind::QuestionTooLarge, error.to_string())
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // A document of texts and numbers always has a JSON form.
        let body = serde_json::to_vec(&self.document).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let text = |text: &Option<String>| HeaderValue::from_str(text.as_deref()?).ok();
        if let Some(location) = text(&self.location) {
            headers.insert(LOCATION, location);
        }
        if let Some(challenge) = text(&self.challenge) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.is_about_encoding {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if self.connection == ConnectionAfter::Closed {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        // For whoever tells it in the words of another interface.
        response.extensions_mut().insert(self);
        response
    }
}
