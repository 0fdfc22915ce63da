//! The body of a submission.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use futures::StreamExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::api::BodyPermit;
use crate::api::context::ApiContext;
use crate::api::limits::{MAX_BINARY_BODY_BYTES, MAX_INLINE_DECODE_BYTES, MAX_JSON_BODY_BYTES};
use crate::api::problem::{Problem, ProblemKind};
use crate::types::codec::Reader;
use crate::types::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION};
use crate::types::plain_words;
use crate::types::{
    Decode, DecodeError, RecordKind, Refusal, Submission, SubmissionDocument, SubmissionHeader,
};

/// What to do about another charset.
pub(in crate::api) const UTF_8_ALONE: &str =
    "send the body as UTF-8, the only charset of JSON, with charset=utf-8 or without a charset";

/// Checks the charset that a `Content-Type` of JSON may state. JSON has none but UTF-8 (RFC 8259, section 8.1), so that another
/// one says that the characters are other ones than would be read.
///
/// # Errors
/// What is stated.
pub(in crate::api) fn check_charset(content_type: &str) -> Result<(), String> {
    let parameters = content_type.split(';').skip(1);
    let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
    let charset = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let Some((_, charset)) = charset else {
        return Ok(());
    };
    let charset = charset.trim().trim_matches('"');
    let is_utf_8 = |known: &&str| charset.eq_ignore_ascii_case(known);
    if ["utf-8", "utf8"].iter().any(is_utf_8) {
        return Ok(());
    }
    let shown: String = charset.chars().take(40).collect();
    Err(format!("the Content-Type states the charset {shown:?}"))
}

/// How a submission is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Binary,
}

impl Format {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let unsupported = |cause: String| Problem::new(ProblemKind::UnsupportedMediaType, cause);
        let mut stated = headers.get_all(CONTENT_TYPE).iter();
        let value = stated
            .next()
            .ok_or_else(|| unsupported("the request has no Content-Type".to_owned()))?;
        if stated.any(|other| other != value) {
            return Err(unsupported(
                "the request has two Content-Types that differ".to_owned(),
            ));
        }
        let text = value.to_str().unwrap_or_default();
        let essence = text.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            let other = |cause| unsupported(cause).with_way_out(UTF_8_ALONE);
            check_charset(text).map(|()| Self::Json).map_err(other)
        } else if essence.eq_ignore_ascii_case("application/octet-stream") {
            Ok(Self::Binary)
        } else {
            Err(unsupported(format!(
                "the Content-Type is {:?}",
                text.chars().take(80).collect::<String>()
            )))
        }
    }

    fn limit_bytes(self) -> usize {
        match self {
            Self::Json => MAX_JSON_BODY_BYTES,
            Self::Binary => MAX_BINARY_BODY_BYTES,
        }
    }

    /// That a body is longer than one of its media type may be. JSON is longer than the submission that it writes.
    fn too_large(self, length: usize) -> Problem {
        let problem = Problem::from(Refusal::TooLarge { length });
        match self {
            Self::Binary => problem,
            Self::Json => problem.with_cause(format!(
                "the body has {length} bytes, the limit is {MAX_JSON_BODY_BYTES} for application/json; the submission in it may \
                 have {MAX_BINARY_BODY_BYTES} canonical bytes"
            )),
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<Submission, Refusal> {
        match self {
            Self::Json => decode_json(bytes),
            Self::Binary => decode_binary(bytes),
        }
    }
}

/// Reads the submission in a request's body, with its share of the memory for bodies.
///
/// # Errors
/// A problem if the body is of another media type, too long (told before all of it is read), too
/// slow, broken off, or not a submission.
pub(in crate::api) async fn read_submission(
    context: &ApiContext,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Submission, BodyPermit), Problem> {
    let format = Format::of(headers).map_err(Problem::closing)?;
    let too_large = |length| format.too_large(length);
    let (bytes, permit) =
        read_body(context, headers, body, format.limit_bytes(), too_large).await?;
    let length = bytes.len();
    let decode = move || {
        let submission = format.decode(&bytes)?;
        Ok((submission, permit))
    };
    if length <= MAX_INLINE_DECODE_BYTES {
        return decode();
    }
    context.run_blocking(decode).await
}

/// Reads a body of at most `limit` bytes, with a permit for the memory it takes. `too_large` tells of a
/// body of that length, or longer.
///
/// # Errors
/// A problem if the body is encoded, too long (told before all of it is read), too slow, or broken off.
pub(in crate::api) async fn read_body(
    context: &ApiContext,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    too_large: impl Fn(usize) -> Problem,
) -> Result<(Vec<u8>, BodyPermit), Problem> {
    check_encoding(headers).map_err(Problem::closing)?;
    let too_large = |length| too_large(length).closing();
    let stated = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if let Some(length) = stated.filter(|length| *length > limit) {
        return Err(too_large(length));
    }
    let mut bytes = Vec::new();
    let mut permit = None;
    let mut pieces = body.into_data_stream();
    loop {
        let next = timeout(context.setup.limits.body_idle_timeout, pieces.next())
            .await
            .map_err(|_| {
                Problem::new(
                    ProblemKind::SlowBody,
                    format!("the body paused for too long after {} bytes", bytes.len()),
                )
            })?;
        let Some(piece) = next else {
            return Ok((bytes, BodyPermit::new(permit)));
        };
        let piece = piece.map_err(|error| {
            Problem::new(
                ProblemKind::IncompleteBody,
                format!("the body broke off after {} bytes: {error}", bytes.len()),
            )
        })?;
        let length = bytes.len().saturating_add(piece.len());
        if length > limit {
            return Err(too_large(length));
        }
        claim_memory(context, &mut permit, length)?;
        bytes.extend_from_slice(&piece);
    }
}

/// Checks that a body comes as it is: a packed one would be read as if it was not, and could be of any length once unpacked.
///
/// # Errors
/// [`ProblemKind::UnsupportedMediaType`] with the encoding.
fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut encodings = text.split(',').map(str::trim);
        let is_other =
            |encoding: &&str| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity");
        if let Some(encoding) = encodings.find(is_other) {
            let shown: String = encoding.chars().take(40).collect();
            let cause = format!("the Content-Encoding is {shown:?}, and no encoding is taken");
            return Err(Problem::new(ProblemKind::UnsupportedMediaType, cause)
                .with_way_out("send the body as it is, without a Content-Encoding or with identity")
                .with_encodings());
        }
    }
    Ok(())
}

/// Takes permits until there is one for each KiB begun.
fn claim_memory(
    context: &ApiContext,
    permit: &mut Option<OwnedSemaphorePermit>,
    length: usize,
) -> Result<(), Problem> {
    let held = permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let missing = length.div_ceil(1024).saturating_sub(held);
    let Ok(missing @ 1..) = u32::try_from(missing) else {
        return Ok(());
    };
    let more = Arc::clone(&context.body_kib)
        .try_acquire_many_owned(missing)
        .map_err(|_| {
            Problem::new(
                ProblemKind::Overloaded,
                "the node holds as many bytes of submissions as it may",
            )
            .closing()
        })?;
    match permit {
        Some(held) => held.merge(more),
        None => *permit = Some(more),
    }
    Ok(())
}

fn decode_json(bytes: &[u8]) -> Result<Submission, Refusal> {
    let document: SubmissionDocument =
        serde_json::from_slice(bytes).map_err(|error| Refusal::Malformed {
            reason: plain_words::of_json(&error),
        })?;
    let long_body = (0..)
        .zip(&document.records)
        .find(|(_, record)| record.body.len() > MAX_BODY_BYTES);
    if let Some((record, body)) = long_body {
        return Err(Refusal::BodyTooLarge {
            record,
            length: body.body.len(),
        });
    }
    Submission::try_from(document).map_err(refusal_of)
}

fn decode_binary(bytes: &[u8]) -> Result<Submission, Refusal> {
    Submission::from_bytes(bytes).map_err(|error| {
        if matches!(
            error,
            DecodeError::LimitExceeded {
                what: "record body",
                ..
            }
        ) && let Some((record, length)) = find_long_body(bytes)
        {
            return Refusal::BodyTooLarge { record, length };
        }
        refusal_of(error)
    })
}

/// The first record whose body says that it is too long: the decoder tells its length, not which.
fn find_long_body(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut reader = Reader::new(bytes);
    reader.u16().ok()?;
    SubmissionHeader::decode(&mut reader).ok()?;
    let count = reader
        .length("records of a submission", MAX_RECORDS_PER_SUBMISSION)
        .ok()?;
    for record in 0..count {
        RecordKind::decode(&mut reader).ok()?;
        reader.u16().ok()?;
        let length = reader.u32().ok()? as usize;
        if length > MAX_BODY_BYTES {
            return Some((record, length));
        }
        reader.take(length).ok()?;
    }
    None
}

fn refusal_of(error: DecodeError) -> Refusal {
    match error {
        DecodeError::LimitExceeded {
            what: "records of a submission",
            length,
            ..
        } => Refusal::TooManyRecords { count: length },
        DecodeError::LimitExceeded {
            what: "submission",
            length,
            ..
        } => Refusal::TooLarge { length },
        error => Refusal::Malformed {
            reason: error.to_string(),
        },
    }
}
