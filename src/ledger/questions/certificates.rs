//! Whose certificates are, what has become of them, and how it came to be so.

use super::QuestionError;
use super::page::check_item;
use super::signed::submitted;
use super::standing::Standing;
use crate::contracts::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus,
    CertificateStep, IndexKey, read_hour_of_readings, read_issuance, read_piece,
};
use crate::records::energy::{CertificateId, MeteringInterval};
use crate::types::json::{self, Json};
use crate::types::{
    Decode, Height, LedgerView, LogIndex, MemberId, MeterId, ReadError, ScanOrder, Space,
};

/// Most steps in the history of a certificate that an answer goes through.
pub const MAX_CERTIFICATE_STEPS: usize = 10_000;

/// How many pieces that a member had at any time one page of an earlier height goes through.
pub const MAX_EXAMINED_PIECES: usize = 4_096;

/// A piece of an issuance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatesAnswer {
    /// The first of its certificates, with the issuance.
    pub first: CertificateId,
    /// The piece.
    pub piece: CertificatePiece,
    /// What was issued.
    pub issuance: CertificateIssuance,
}

/// A page of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateList {
    /// The height that the answer is of.
    pub height: Height,
    /// The pieces, in order of issuance and number.
    pub pieces: Vec<CertificatesAnswer>,
    /// The certificate after which the next page begins; none on the last one.
    pub next: Option<CertificateId>,
}

/// A certificate at a height: the piece that it was in, with a page of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The piece that it was in.
    pub certificates: CertificatesAnswer,
    /// The steps of its history, the latest first.
    pub history: Vec<CertificateHistoryStep>,
    /// The entry before which the next page begins.
    pub next: Option<LogIndex>,
}

/// A step of a certificate's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateHistoryStep {
    /// The entry that made it.
    pub index: LogIndex,
    /// The first number of the piece that it left the certificate in.
    pub first: u64,
    /// What it made of that piece.
    pub step: CertificateStep,
    /// What the record says it is for: the purpose of a cancellation, the reason for a withdrawal.
    pub stated: Option<String>,
}

/// What has become of a certificate by now, or by a height. `before` begins the page of history before an
/// entry.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, no step of the history is of the entry `before`, or the
/// history has more than [`MAX_CERTIFICATE_STEPS`] steps.
pub fn ask_certificate(
    view: &dyn LedgerView,
    id: CertificateId,
    as_of: Option<Height>,
    before: Option<LogIndex>,
    count: usize,
) -> Result<Option<CertificateAnswer>, QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    let Some(now) = read_certificates(view, id)? else {
        return Ok(None);
    };
    let mut at = Some((now.first.number, now.piece.latest));
    let mut then: Option<CertificatesAnswer> = None;
    let mut history = Vec::new();
    let mut next = None;
    let mut has_begun = before.is_none();
    for _ in 0..MAX_CERTIFICATE_STEPS {
        let Some((first, index)) = at else {
            let name = || format!("entry {}", before.unwrap_or_default());
            check_item(has_begun || then.is_none(), name)?;
            return Ok(then.map(|certificates| CertificateAnswer {
                height,
                certificates,
                history,
                next,
            }));
        };
        let step = read_step(view, id.issuance, first, index)?;
        at = step.before;
        if step.height > height {
            continue;
        }
        if then.is_none() {
            then = Some(CertificatesAnswer {
                first: CertificateId {
                    number: first,
                    ..id
                },
                piece: step.piece.clone(),
                issuance: now.issuance.clone(),
            });
        }
        has_begun |= before == Some(index);
        if before.is_some_and(|before| index >= before) {
            continue;
        }
        if history.len() < count {
            history.push(CertificateHistoryStep {
                index,
                first,
                stated: stated(view, index, step.operation)?,
                step,
            });
            continue;
        }
        next = history.last().map(|step| step.index);
        at = None;
    }
    Err(QuestionError::TooLong {
        thing: format!("certificate {id}"),
        most: MAX_CERTIFICATE_STEPS,
    })
}

/// The pieces of one status that a member has now, or had at a height, in order of issuance and number, after the
/// certificate `after`. A page of an earlier height may have fewer than `count`, and there are more all the same: it
/// ends after [`MAX_EXAMINED_PIECES`] that the member had at any time.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or no piece that the member ever had in that status began
/// with the certificate `after`.
pub fn ask_certificates_of(
    view: &dyn LedgerView,
    (owner, status): (&MemberId, u8),
    as_of: Option<Height>,
    after: Option<CertificateId>,
    count: usize,
) -> Result<CertificateList, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let is_now = standing.height == view.tip().height;
    if let Some(after) = after {
        let held = IndexKey::CertificateHeld {
            owner,
            status,
            issuance: after.issuance,
            first: after.number,
        };
        let was_held = view.get(Space::Index, &held.to_bytes())?.is_some();
        check_item(was_held, || format!("certificate {after}"))?;
    }
    let key = |status: u8, issuance: LogIndex, first: u64| {
        let key = match is_now {
            true => IndexKey::CertificateHolding {
                owner,
                status,
                issuance,
                first,
            },
            false => IndexKey::CertificateHeld {
                owner,
                status,
                issuance,
                first,
            },
        };
        key.to_bytes()
    };
    let first = after.map_or(key(status, LogIndex(0), 0), |after| {
        key(status, after.issuance, after.number.saturating_add(1))
    });
    let end = key(status.saturating_add(1), LogIndex(0), 0);
    let most = match is_now {
        true => count,
        false => MAX_EXAMINED_PIECES,
    };
    let found = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, most)?;
    let mut list = CertificateList {
        height: standing.height,
        pieces: Vec::new(),
        next: None,
    };
    for (key, _) in &found {
        let id = IndexKey::certificate(key)
            .ok_or_else(|| ReadError::new("a holding of certificates has another key"))?;
        let such =
            |piece: &CertificatePiece| piece.owner == *owner && piece.status.code() == status;
        list.pieces.extend(read_at(view, id, standing, such)?);
        list.next = Some(id);
        if list.pieces.len() == count {
            return Ok(list);
        }
    }
    list.next = list.next.filter(|_| found.len() == most);
    Ok(list)
}

/// The pieces of what was issued for a device and an interval, now or at a height, after the certificate `after`;
/// none if nothing was.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or none of these pieces began with the certificate
/// `after`.
pub fn ask_certificates_for(
    view: &dyn LedgerView,
    (device, interval): (&MeterId, MeteringInterval),
    as_of: Option<Height>,
    after: Option<CertificateId>,
    count: usize,
) -> Result<CertificateList, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let mut list = CertificateList {
        height: standing.height,
        pieces: Vec::new(),
        next: None,
    };
    let hour = read_hour_of_readings(view, device, interval.hour())?;
    let issued = hour.get(interval).and_then(|reading| reading.issued);
    let issuance = match issued.filter(|(index, _)| standing.has(*index)) {
        None => None,
        Some((index, _)) => {
            let missing = || ReadError::new(format!("issuance {index} is missing"));
            Some((index, read_issuance(view, index)?.ok_or_else(missing)?))
        }
    };
    if let Some(after) = after {
        let begins_piece = issuance.as_ref().is_some_and(|(index, issuance)| {
            after.issuance == *index && issuance.starts.contains(&after.number)
        });
        check_item(begins_piece, || format!("certificate {after}"))?;
    }
    let Some((index, issuance)) = issuance else {
        return Ok(list);
    };
    let beyond = after.map_or(0, |after| after.number);
    // Pieces are cut and never joined: where one began then, one begins now.
    for number in issuance.starts.iter().filter(|start| **start > beyond) {
        let id = CertificateId {
            issuance: index,
            number: *number,
        };
        list.pieces.extend(read_at(view, id, standing, |_| true)?);
        if list.pieces.len() == count {
            list.next = Some(id);
            break;
        }
    }
    Ok(list)
}

/// What a record of an operation says it is for, in its own words.
fn stated(
    view: &dyn LedgerView,
    index: LogIndex,
    operation: CertificateOperation,
) -> Result<Option<String>, QuestionError> {
    let field = match operation {
        CertificateOperation::Cancel => "purpose",
        CertificateOperation::Withdraw => "reason",
        _ => return Ok(None),
    };
    let (_, record) = submitted(view, index)?;
    let body = json::read(&record.body)
        .map_err(|error| ReadError::new(format!("the body of entry {index}: {error}")))?;
    let text = body.as_object().and_then(|members| members.get(field));
    Ok(text.and_then(Json::as_str).map(str::to_owned))
}

/// The piece that began with a certificate at a height, if one did and it was such a one.
fn read_at(
    view: &dyn LedgerView,
    first: CertificateId,
    standing: Standing,
    is_such: impl Fn(&CertificatePiece) -> bool,
) -> Result<Option<CertificatesAnswer>, QuestionError> {
    let key = |index| {
        IndexKey::CertificateStep {
            issuance: first.issuance,
            first: first.number,
            index,
        }
        .to_bytes()
    };
    let (from, end) = (key(LogIndex(0)), key(LogIndex(standing.log_size)));
    let latest = view.scan(Space::Index, &from, &end, ScanOrder::Descending, 1)?;
    let Some((_, step)) = latest.first() else {
        return Ok(None);
    };
    let piece = CertificateStep::from_bytes(step)?.piece;
    if !is_such(&piece) {
        return Ok(None);
    }
    let missing = || ReadError::new(format!("issuance {} is missing", first.issuance));
    Ok(Some(CertificatesAnswer {
        first,
        piece,
        issuance: read_issuance(view, first.issuance)?.ok_or_else(missing)?,
    }))
}

/// The code of a status by its word.
pub fn certificate_status(word: &str) -> Option<u8> {
    let place = CertificateStatus::WORDS
        .iter()
        .position(|one| *one == word)?;
    u8::try_from(place).ok()
}

/// The piece that a certificate is in.
fn read_certificates(
    view: &dyn LedgerView,
    id: CertificateId,
) -> Result<Option<CertificatesAnswer>, QuestionError> {
    let Some(issuance) = read_issuance(view, id.issuance)? else {
        return Ok(None);
    };
    let Some(number) = issuance.piece_of(id.number) else {
        return Ok(None);
    };
    let missing = || ReadError::new(format!("the piece of certificate {id} is missing"));
    let piece = read_piece(view, id.issuance, number)?.ok_or_else(missing)?;
    Ok(Some(CertificatesAnswer {
        first: CertificateId { number, ..id },
        piece,
        issuance,
    }))
}

fn read_step(
    view: &dyn LedgerView,
    issuance: LogIndex,
    first: u64,
    index: LogIndex,
) -> Result<CertificateStep, QuestionError> {
    let place = IndexKey::CertificateStep {
        issuance,
        first,
        index,
    };
    let bytes = view.get(Space::Index, &place.to_bytes())?;
    let missing = || {
        ReadError::new(format!(
            "what entry {index} did to issuance {issuance} is missing"
        ))
    };
    Ok(CertificateStep::from_bytes(&bytes.ok_or_else(missing)?)?)
}
