//! From a document to a job: its events, checked and signed.

use bytes::Bytes;

use super::gateway::{Gateway, of_decode_error, of_record_error, record};
use super::job::{CaptureErrorBehaviour, CaptureFault, CaptureJob, CapturePart, PieceList};
use super::job_id::CaptureId;
use crate::api::epcis::exception::EpcisException;
use crate::api::limits::{MAX_CAPTURE_EVENTS, MAX_CAPTURE_PARTS};
use crate::api::ports::NodePort;
use crate::api::problem::{FaultView, Problem};
use crate::contracts::RecordError;
use crate::crypto::Sha256Digest;
use crate::records::epcis::{
    MASTER_DATA, Piece, PieceKind, SplitError, SplitLimits, read_document,
};
use crate::types::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION, MAX_SUBMISSION_BYTES};
use crate::types::{Atomicity, MemberId, Record, Submission, Timestamp};

/// More than a submission has beside its records: versions, ledger, the longest member id, key,
/// expiry, counts and signature.
const OVERHEAD_BYTES: usize = 256;

/// A job that has not begun, with the submissions of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CapturePlan {
    pub(super) job: CaptureJob,
    pub(super) submissions: Vec<Submission>,
}

/// Makes a job of a document. Takes as long as checking the events takes.
///
/// # Errors
/// [`EpcisException::Validation`] if the document is none, if an event is not valid and all are wanted,
/// or if none is valid; [`EpcisException::CaptureLimitExceeded`] beyond the limits.
pub(super) fn plan(
    gateway: &Gateway,
    node: &dyn NodePort,
    owner: MemberId,
    behaviour: CaptureErrorBehaviour,
    body: &[u8],
) -> Result<CapturePlan, Problem> {
    let pieces = read(body, behaviour)?;
    let count = |kind| {
        let count = pieces.iter().filter(|piece| piece.kind == kind).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    let (event_count, elements) = (count(PieceKind::Event), count(PieceKind::MasterData));
    let lists = PieceList::of(pieces.iter().map(|piece| piece.pointer.as_str()));
    let Checked {
        valid,
        faults,
        untaken,
    } = check(node, pieces)?;
    if !faults.is_empty() && (behaviour == CaptureErrorBehaviour::Rollback || valid.is_empty()) {
        return Err(EpcisException::Validation
            .problem(format!(
                "{} of {} records ({event_count} events, {elements} elements of master data) are not \
                 valid, and none was captured",
                faults.len(),
                event_count.saturating_add(elements)
            ))
            .with_way_out(match behaviour {
                CaptureErrorBehaviour::Rollback => {
                    "correct them; with GS1-Capture-Error-Behaviour: proceed the others are captured"
                }
                CaptureErrorBehaviour::Proceed => "correct them, and capture the document again",
            })
            .with_faults(faults));
    }
    let (atomicity, most_parts) = match behaviour {
        CaptureErrorBehaviour::Rollback => (Atomicity::AllOrNothing, 1),
        CaptureErrorBehaviour::Proceed => (Atomicity::Independent, MAX_CAPTURE_PARTS),
    };
    let groups = group(valid);
    if groups.len() > most_parts {
        return Err(too_long(behaviour));
    }
    let now = node.now();
    let mut parts = Vec::with_capacity(groups.len());
    let mut submissions = Vec::with_capacity(groups.len());
    for (events, records) in groups {
        let submission = gateway
            .sign(now, atomicity, records)
            .map_err(|error| of_decode_error(&error))?;
        parts.push(CapturePart {
            submission: submission.id(),
            expires: submission.header().expires,
            events,
            is_settled: false,
        });
        submissions.push(submission);
    }
    if parts.is_empty() {
        return Err(Problem::internal(
            "a document with valid events gave no submission",
        ));
    }
    let asked = [owner.as_str(), "\n", behaviour.as_str(), "\n"].map(str::as_bytes);
    let asked = Sha256Digest::of_parts(&[asked.concat().as_slice(), body]);
    let mut job = CaptureJob {
        id: CaptureId::new(now, &asked),
        owner,
        behaviour,
        created: Timestamp::from_ms(now.as_ms()),
        finished: None,
        lists,
        event_count,
        master_data_count: elements - untaken,
        captured_count: 0,
        duplicate_count: 0,
        failed_count: 0,
        faults: Vec::new(),
        notes: notes(untaken),
        parts,
    };
    let count = faults.len();
    let faults = faults.into_iter().map(|fault| {
        let problem = EpcisException::Validation.problem(fault.reason);
        CaptureFault::new(&problem, Some(fault.pointer))
    });
    job.fail(count, faults);
    Ok(CapturePlan { job, submissions })
}

fn notes(untaken: u32) -> Vec<String> {
    let note = || {
        format!(
            "the contracts of this ledger take no master data ({MASTER_DATA}): {untaken} elements of it were \
             not captured"
        )
    };
    (untaken > 0).then(note).into_iter().collect()
}

fn read(body: &[u8], behaviour: CaptureErrorBehaviour) -> Result<Vec<Piece>, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        EpcisException::Validation.problem(format!("the body is not UTF-8: {error}"))
    })?;
    let most_parts = match behaviour {
        CaptureErrorBehaviour::Rollback => 1,
        CaptureErrorBehaviour::Proceed => MAX_CAPTURE_PARTS,
    };
    let limits = SplitLimits {
        max_events: MAX_CAPTURE_EVENTS,
        max_bytes: most_parts * MAX_SUBMISSION_BYTES,
    };
    read_document(text, limits).map_err(|error| match error {
        SplitError::TooManyEvents { .. } => {
            EpcisException::CaptureLimitExceeded.problem(error.to_string())
        }
        SplitError::TooLong { .. } => too_long(behaviour),
        SplitError::Shape {
            ref pointer,
            ref reason,
        } => {
            let fault = FaultView::new(pointer.clone(), reason.clone());
            EpcisException::Validation
                .problem(error.to_string())
                .with_faults(vec![fault])
        }
        SplitError::NotJson { .. } | SplitError::Nothing => {
            EpcisException::Validation.problem(error.to_string())
        }
    })
}

fn too_long(behaviour: CaptureErrorBehaviour) -> Problem {
    let cause = match behaviour {
        CaptureErrorBehaviour::Rollback => format!(
            "the events, each with the document's context, do not fit into one submission of \
             {MAX_SUBMISSION_BYTES} bytes, which all or none takes"
        ),
        CaptureErrorBehaviour::Proceed => format!(
            "the events, each with the document's context, do not fit into {MAX_CAPTURE_PARTS} \
             submissions of {MAX_SUBMISSION_BYTES} bytes"
        ),
    };
    EpcisException::CaptureLimitExceeded
        .problem(cause)
        .with_way_out("divide the document, or shorten its context")
}

/// What can be recorded of a document, and what cannot.
struct Checked {
    /// The records, with their numbers in the document.
    valid: Vec<(u32, Record)>,
    /// Why others cannot be.
    faults: Vec<FaultView>,
    /// How many elements of master data no contract takes.
    untaken: u32,
}

/// Parts what can be recorded from what cannot, with the reasons.
fn check(node: &dyn NodePort, pieces: Vec<Piece>) -> Result<Checked, Problem> {
    let mut valid = Vec::with_capacity(pieces.len());
    let mut faults = Vec::new();
    let mut untaken = 0;
    for (place, piece) in (0..).zip(pieces) {
        let length = piece.body.len();
        let record = record(piece.kind, Bytes::from(piece.body))?;
        let fault = if length > MAX_BODY_BYTES {
            Some((
                String::new(),
                format!(
                    "it has {length} bytes with the document's context, the limit is \
                     {MAX_BODY_BYTES}"
                ),
            ))
        } else {
            match node.check_record(&record) {
                Ok(()) => None,
                Err(RecordError::InvalidBody { error, .. }) => Some((error.pointer, error.reason)),
                Err(error @ RecordError::RuleBroken { .. }) => {
                    Some((String::new(), error.to_string()))
                }
                Err(RecordError::UnknownKind { .. } | RecordError::UnsupportedVersion { .. })
                    if piece.kind == PieceKind::MasterData =>
                {
                    untaken += 1;
                    continue;
                }
                // No event of any document would do.
                Err(error) => return Err(of_record_error(&error)),
            }
        };
        match fault {
            None => valid.push((place, record)),
            Some((pointer, reason)) => faults.push(FaultView::new(
                format!("{}{pointer}", piece.pointer),
                reason,
            )),
        }
    }
    Ok(Checked {
        valid,
        faults,
        untaken,
    })
}

/// Groups records, in order, so that each group fits into a submission.
fn group(records: Vec<(u32, Record)>) -> Vec<(Vec<u32>, Vec<Record>)> {
    let room = MAX_SUBMISSION_BYTES - OVERHEAD_BYTES;
    let mut groups: Vec<(Vec<u32>, Vec<Record>)> = Vec::new();
    let mut bytes = 0;
    for (place, record) in records {
        let length = record.encoded_length();
        match groups.last_mut() {
            Some((places, records))
                if records.len() < MAX_RECORDS_PER_SUBMISSION && bytes + length <= room =>
            {
                places.push(place);
                records.push(record);
                bytes += length;
            }
            _ => {
                groups.push((vec![place], vec![record]));
                bytes = length;
            }
        }
    }
    groups
}
