//! Entries of the log, with their records.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use super::CACHE_FOR_EVER;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_number, parse_part};
use crate::api::views::EntryView;
use crate::types::{LedgerReader, LogIndex, SubmissionId};

/// What a log index looks like.
pub(super) const INDEX_FORM: &str = "a log index: a whole number below 2^64";

/// What a submission id looks like.
pub(super) const SUBMISSION_FORM: &str = "a submission id: 64 lower-case hexadecimal digits";

/// Get an entry
///
/// Records, and the entries that the ledger makes itself: see `type`.
#[utoipa::path(
    get,
    path = "/v1/records/{index}",
    params(("index" = u64, Path, description = "Its position in the log, from 0")),
    responses((status = 200, description = "The entry", body = EntryView))
)]
pub(in crate::api) async fn get_record(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let index = LogIndex(parse_number(&index, INDEX_FORM)?);
    let view = context
        .read(move |reader| EntryView::new(index, &read_entry(reader, index)?))
        .await?;
    Ok(immutable(view))
}

/// Get a record of a submission
///
/// The entry that a record of a submission has in the log.
#[utoipa::path(
    get,
    path = "/v1/records/by-id/{submissionId}/{recordIndex}",
    params(
        ("submissionId" = String, Path, description = "The submission"),
        ("recordIndex" = u32, Path, description = "The record's place in the submission, from 0")
    ),
    responses((status = 200, description = "The entry", body = EntryView))
)]
pub(in crate::api) async fn get_record_of_submission(
    State(context): State<SharedContext>,
    PathText((id, record)): PathText<(String, String)>,
    _: QueryParameters<NoParameters>,
) -> Result<Response, Problem> {
    let id: SubmissionId = parse_part(&id, SUBMISSION_FORM)?;
    let record: u32 = parse_number(&record, "a record's place: a whole number below 2^32")?;
    let view = context
        .read(move |reader| {
            let location = reader.submission(&id)?.ok_or_else(|| {
                Problem::new(
                    ProblemKind::NoSuchSubmission,
                    format!("the submission {id} is not on the ledger"),
                )
            })?;
            if record >= location.record_count {
                return Err(Problem::new(
                    ProblemKind::NoSuchRecord,
                    format!("the submission {id} has {} records", location.record_count),
                ));
            }
            let index = location.first_index.plus(record.into());
            EntryView::new(index, &read_entry(reader, index)?)
        })
        .await?;
    Ok(immutable(view))
}

fn immutable(view: EntryView) -> Response {
    ([(CACHE_CONTROL, CACHE_FOR_EVER)], Json(view)).into_response()
}

/// The canonical bytes of an entry.
///
/// # Errors
/// [`ProblemKind::NoSuchRecord`] beyond the end of the log.
pub(super) fn read_entry(
    reader: &dyn LedgerReader,
    index: LogIndex,
) -> Result<bytes::Bytes, Problem> {
    reader.entry(index)?.ok_or_else(|| {
        Problem::new(
            ProblemKind::NoSuchRecord,
            format!("the log has no entry {index}"),
        )
    })
}
