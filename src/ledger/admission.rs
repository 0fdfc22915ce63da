//! The admission verdict on a checked submission, by the committed state.

use super::checked::CheckedSubmission;
use crate::contracts::{EffectError, MemberCache};
use crate::crypto::PublicKey;
use crate::records::RecordError;
use crate::types::limits::MAX_EXPIRY_AHEAD_MS;
use crate::types::{
    Decode, Height, LedgerId, MemberId, ReadError, Refusal, Space, StateReader, Submission,
    SubmissionLocation, Timestamp,
};

/// Judges a submission by the committed state, as a block at `height` would.
///
/// # Errors
/// The outer error is a failing store, the inner one the refusal for the client.
pub fn admit<R: StateReader + ?Sized>(
    state: &R,
    members: &mut MemberCache,
    ledger: &LedgerId,
    height: Height,
    now: Timestamp,
    submission: &Submission,
    checked: &CheckedSubmission,
) -> Result<Result<(), Refusal>, EffectError> {
    let header = submission.header();
    if header.ledger != *ledger {
        return Ok(Err(Refusal::OtherLedger {
            found: header.ledger,
            expected: *ledger,
        }));
    }
    if let Err(refusal) = check_clock(header.expires, now) {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = check_key(state, members, height, &header.member, &header.key)? {
        return Ok(Err(refusal));
    }
    if !checked.is_authentic {
        return Ok(Err(Refusal::BadSignature {
            key: Box::new(header.key),
        }));
    }
    if let Some(bytes) = state.get(Space::Submissions, checked.id.as_bytes())? {
        let location = SubmissionLocation::from_bytes(&bytes)
            .map_err(|error| ReadError::new(error.to_string()))?;
        return Ok(Err(Refusal::Duplicate {
            id: checked.id,
            first_index: Some(location.first_index),
        }));
    }
    for (record, body) in checked.bodies.iter().enumerate() {
        if let Err(error) = body {
            return Ok(Err(record_refusal(record, error)));
        }
    }
    Ok(Ok(()))
}

/// Judges an expiry by a clock, or by block time.
///
/// # Errors
/// [`Refusal::Expired`] or [`Refusal::ExpiresTooLate`].
pub fn check_clock(expires: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let ahead_ms = expires.as_ms().saturating_sub(now.as_ms());
    if ahead_ms <= 0 {
        return Err(Refusal::Expired { expires, now });
    }
    if ahead_ms > MAX_EXPIRY_AHEAD_MS {
        return Err(Refusal::ExpiresTooLate { expires, now });
    }
    Ok(())
}

fn check_key<R: StateReader + ?Sized>(
    state: &R,
    members: &mut MemberCache,
    height: Height,
    member: &MemberId,
    key: &PublicKey,
) -> Result<Result<(), Refusal>, EffectError> {
    let Some(registered_member) = members.read(state, member)? else {
        return Ok(Err(Refusal::UnknownMember {
            member: member.clone(),
        }));
    };
    let refusal = match registered_member.key(key) {
        None => Refusal::UnknownKey {
            member: member.clone(),
            key: Box::new(*key),
        },
        Some(registered) if !registered.purpose.may_submit() => Refusal::WrongPurpose {
            key: Box::new(*key),
            purpose: registered.purpose,
        },
        Some(registered) if !registered.is_active_at(height) => Refusal::InactiveKey {
            member: member.clone(),
            key: Box::new(*key),
        },
        Some(_) => return Ok(Ok(())),
    };
    Ok(Err(refusal))
}

fn record_refusal(record: usize, error: &RecordError) -> Refusal {
    match error {
        RecordError::UnknownKind { kind } => Refusal::UnknownKind {
            record,
            kind: kind.clone(),
        },
        RecordError::UnsupportedVersion {
            kind,
            version,
            supported,
        } => Refusal::UnsupportedVersion {
            record,
            kind: kind.clone(),
            version: *version,
            supported: *supported,
        },
        RecordError::InvalidBody { kind, error } => Refusal::InvalidRecord {
            record,
            kind: kind.clone(),
            pointer: error.pointer.clone(),
            reason: error.reason.clone(),
        },
    }
}
