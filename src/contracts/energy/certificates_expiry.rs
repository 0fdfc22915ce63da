//! Certificates that nobody has used in time expire.
//!
//! The issuances that expire at one time are a list in the state, each naming the next, so that the ledger has one
//! deadline for a time, and not one for each issuance.

use bytes::Bytes;
use serde_json::json;

use super::certificates_state::{
    CertificateOperation, CertificatePiece, CertificateStatus, StepContext, read_issuance,
    read_piece, write_piece,
};
use crate::contracts::agenda;
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived, Progress};
use crate::contracts::state_keys::StateKey;
use crate::contracts::task::Task;
use crate::contracts::values;
use crate::records::energy::CERTIFICATE_EXPIRY;
use crate::types::{LogIndex, Record, RecordKind, Rejection, Space, Timestamp};

/// Most issuances of one time that a block looks at; the others are for the next block.
const MAX_ISSUANCES_PER_BLOCK: usize = 4_096;

/// Puts an issuance at the head of those that expire at a time, and gives the one that was there.
pub(super) fn schedule_expiry(
    state: &mut impl StateWriter,
    expires: Timestamp,
    issuance: LogIndex,
) -> Result<Result<Option<LogIndex>, Rejection>, EffectError> {
    let key = StateKey::CertificateExpiry(expires);
    let next: Option<LogIndex> = values::read(state, key, "certificates that expire")?;
    if next.is_none() {
        let task = Task::CertificateExpiry { due: expires };
        if let Err(rejection) = agenda::schedule(state, expires, task)? {
            return Ok(Err(rejection));
        }
    }
    values::write(state, key, &issuance);
    Ok(Ok(next))
}

/// Lets the active certificates of all issuances of a time expire: one record for each issuance that has any.
pub(in crate::contracts) fn expire(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    due: Timestamp,
) -> Result<Progress, EffectError> {
    let key = StateKey::CertificateExpiry(due);
    for _ in 0..MAX_ISSUANCES_PER_BLOCK {
        let Some(head) = values::read::<LogIndex>(state, key, "certificates that expire")? else {
            return Ok(Progress::Done);
        };
        if derived.room() == 0 {
            return Ok(Progress::Unfinished);
        }
        let next = expire_issuance(state, context, derived, cause, head)?;
        match next {
            Some(next) => values::write(state, key, &next),
            None => state.remove(Space::State, &key.to_bytes()),
        }
    }
    Ok(Progress::Unfinished)
}

/// Lets the active certificates of an issuance expire, and gives the issuance that comes after it.
fn expire_issuance(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    index: LogIndex,
) -> Result<Option<LogIndex>, EffectError> {
    let Some(issuance) = read_issuance(state, index)? else {
        return Ok(None);
    };
    let step = StepContext {
        index: derived.next_index(),
        height: context.height,
        time: context.time,
        issuance: index,
    };
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for first in &issuance.starts {
        let Some(piece) = read_piece(state, index, *first)? else {
            continue;
        };
        if piece.status != CertificateStatus::Active {
            continue;
        }
        ranges.push((*first, piece.last));
        let after = CertificatePiece {
            status: CertificateStatus::Expired,
            ..piece.clone()
        };
        let before = Some((*first, &piece));
        write_piece(
            state,
            step,
            CertificateOperation::Expire,
            before,
            (*first, after),
        );
    }
    if let (false, Ok(kind)) = (ranges.is_empty(), RecordKind::new(CERTIFICATE_EXPIRY)) {
        let body = json!({"issuance": index.0, "ranges": ranges});
        let record = Record {
            kind,
            version: 1,
            body: Bytes::from(body.to_string()),
        };
        derived.push(context, cause, record);
    }
    Ok(issuance.expires_before)
}
