//! The admission verdict on a checked submission, by the committed state.

use std::sync::Arc;

use super::checked::{CheckedSubmission, check_records};
use super::overlay::Overlay;
use crate::contracts::{
    self, CheckedContent, EffectContext, EffectError, MemberCache, RecordError, Rulebook,
};
use crate::crypto::PublicKey;
use crate::records::governance::PROPOSAL;
use crate::types::limits::MAX_EXPIRY_AHEAD_MS;
use crate::types::{
    Atomicity, Decode, Height, LedgerId, LogIndex, MAX_OTHERS_REJECTED, Member, MemberId, Outcome,
    ReadError, Refusal, RejectedRecord, Space, StateReader, Submission, SubmissionLocation,
    Timestamp,
};

/// What a submission is judged by at admission.
pub struct AdmissionContext<'a, R: ?Sized> {
    /// The committed state.
    pub state: &'a R,
    /// The contracts in force at the next height.
    pub rulebook: &'a Rulebook,
    /// The ledger.
    pub ledger: &'a LedgerId,
    /// The next height.
    pub height: Height,
    /// The node's clock.
    pub now: Timestamp,
}

/// How long a client waits whose submission was read while it was not worth reading yet, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// Whether the records of a client's submission are worth reading. They are not if [`admit`] refuses it without
/// them: whoever has no key that counts, and no right to propose contracts, is not to make nodes work.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn is_worth_reading<R: StateReader + ?Sized>(
    context: &AdmissionContext<'_, R>,
    members: &mut MemberCache,
    submission: &Submission,
    checked: &CheckedSubmission,
) -> Result<bool, EffectError> {
    let header = submission.header();
    // Anybody can name a member, and reading one costs microseconds for each of its keys.
    let owner = contracts::read_key_owner(context.state, &header.key)?;
    if owner.as_ref() != Some(&header.member) {
        return Ok(false);
    }
    let judged = judge_header(context, members, submission, checked)?;
    Ok(judged.is_ok_and(|member| find_unfit_proposal(&member, submission).is_none()))
}

/// Judges a submission by the committed state, as the next block would.
///
/// # Errors
/// The outer error is a failing store, the inner one the refusal for the client.
pub fn admit<R: StateReader + ?Sized>(
    context: &AdmissionContext<'_, R>,
    members: &mut MemberCache,
    submission: &Submission,
    checked: &CheckedSubmission,
) -> Result<Result<(), Refusal>, EffectError> {
    let member = match judge_header(context, members, submission, checked)? {
        Ok(member) => member,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(refusal) = find_unfit_proposal(&member, submission) {
        return Ok(Err(refusal));
    }
    if checked.contents.len() != submission.records().len() {
        return Ok(Err(Refusal::Busy {
            reason: "the submission came before its key or role was in force here",
            retry_after_ms: RETRY_AFTER_MS,
        }));
    }
    // Other contracts may have come into force since the records were checked.
    let checked_again;
    let contents = if checked.contract_set == context.rulebook.digest() {
        &checked.contents
    } else {
        checked_again = check_records(context.rulebook, submission);
        &checked_again
    };
    try_records(context, &member, submission, contents)
}

/// What is known of a submission without its records: who submits it, or why it is refused.
fn judge_header<R: StateReader + ?Sized>(
    context: &AdmissionContext<'_, R>,
    members: &mut MemberCache,
    submission: &Submission,
    checked: &CheckedSubmission,
) -> Result<Result<Arc<Member>, Refusal>, EffectError> {
    let header = submission.header();
    if header.ledger != *context.ledger {
        return Ok(Err(Refusal::OtherLedger {
            found: header.ledger,
            expected: *context.ledger,
        }));
    }
    if let Err(refusal) = check_clock(header.expires, context.now) {
        return Ok(Err(refusal));
    }
    let member = members.read(context.state, &header.member)?;
    let member = match check_key(member, context.height, &header.member, &header.key) {
        Ok(member) => member,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !checked.is_authentic {
        return Ok(Err(Refusal::BadSignature {
            key: Box::new(header.key),
        }));
    }
    if let Some(bytes) = context
        .state
        .get(Space::Submissions, checked.id.as_bytes())?
    {
        let location = SubmissionLocation::from_bytes(&bytes)
            .map_err(|error| ReadError::new(error.to_string()))?;
        return Ok(Err(Refusal::Duplicate {
            id: checked.id,
            first_index: Some(location.first_index),
        }));
    }
    Ok(Ok(member))
}

/// The first proposal of somebody who may not propose: a contract in it would be compiled for nothing.
fn find_unfit_proposal(member: &Member, submission: &Submission) -> Option<Refusal> {
    let rejection = contracts::check_proposer(member).err()?;
    let mut records = submission.records().iter().enumerate();
    let (record, proposal) = records.find(|(_, record)| record.kind.as_str() == PROPOSAL)?;
    Some(Refusal::Rejected {
        first: Box::new(RejectedRecord {
            record,
            kind: proposal.kind.clone(),
            rejection,
        }),
        others: Vec::new(),
        tried: record.saturating_add(1),
    })
}

/// The entry of what is tried: none has this index.
const UNKNOWN_INDEX: LogIndex = LogIndex(u64::MAX);

/// Executes the records on a state of their own: what the next block would reject is refused, so that
/// a mistake costs its author an answer and not an entry in the log. Of records that each stand for themselves one that
/// would be accepted is enough: it is not to wait for the others to be corrected.
fn try_records<R: StateReader + ?Sized>(
    context: &AdmissionContext<'_, R>,
    member: &Member,
    submission: &Submission,
    contents: &[Result<CheckedContent, RecordError>],
) -> Result<Result<(), Refusal>, EffectError> {
    let mut trial = Overlay::new(context.state);
    let mut changed: Option<Member> = None;
    let is_independent = submission.header().atomicity == Atomicity::Independent;
    let (mut rejected, mut is_any_taken): (Vec<RejectedRecord>, _) = (Vec::new(), false);
    for (number, (record, content)) in submission.records().iter().zip(contents).enumerate() {
        let content = match content {
            Ok(content) => content,
            Err(error) => return Ok(Err(record_refusal(context, number, error)?)),
        };
        if !contracts::may_be_rejected(context.rulebook, record, content) {
            is_any_taken = true;
            continue;
        }
        let submitter = changed.as_ref().unwrap_or(member);
        let effects = EffectContext {
            height: context.height,
            time: context.now,
            submitter,
            index: UNKNOWN_INDEX,
        };
        let outcome = contracts::execute(&mut trial, context.rulebook, &effects, record, content)?;
        if let Outcome::Rejected(rejection) = outcome {
            // What a record before it did has no entry yet.
            let unknown = format!("entry {UNKNOWN_INDEX}");
            let rejection = rejection.with_words(&unknown, "a record before it in this submission");
            if rejected.len() <= MAX_OTHERS_REJECTED {
                rejected.push(RejectedRecord {
                    record: number,
                    kind: record.kind.clone(),
                    rejection,
                });
            }
            if is_independent {
                continue;
            }
            break;
        }
        is_any_taken = true;
        if contracts::may_change_roles(content) {
            changed = contracts::read_member_again(&trial, submitter)?;
        }
    }
    let tried = match is_independent {
        true => contents.len(),
        false => rejected
            .first()
            .map_or(0, |first| first.record.saturating_add(1)),
    };
    let mut rejected = rejected.into_iter();
    let first = rejected.next();
    Ok(match first.filter(|_| !is_independent || !is_any_taken) {
        Some(first) => Err(Refusal::Rejected {
            first: Box::new(first),
            others: rejected.collect(),
            tried,
        }),
        None => Ok(()),
    })
}

/// Judges an expiry by a node's clock. Block time may be behind it: see
/// [`MAX_EXPIRY_AHEAD_OF_BLOCK_MS`](crate::types::limits::MAX_EXPIRY_AHEAD_OF_BLOCK_MS).
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

pub(super) fn check_key(
    registered: Option<Arc<Member>>,
    height: Height,
    member: &MemberId,
    key: &PublicKey,
) -> Result<Arc<Member>, Refusal> {
    let Some(registered) = registered else {
        return Err(Refusal::UnknownMember {
            member: member.clone(),
        });
    };
    // First: another key of it would help no more than this one.
    if let Some(from) = registered.removed_from.filter(|from| *from <= height) {
        return Err(Refusal::MemberRemoved {
            member: member.clone(),
            from,
        });
    }
    match registered.key(key) {
        None => Err(Refusal::UnknownKey {
            member: member.clone(),
            key: Box::new(*key),
        }),
        Some(known) if !known.purpose.may_submit() => Err(Refusal::WrongPurpose {
            key: Box::new(*key),
            purpose: known.purpose,
        }),
        Some(known) if !known.is_active_at(height) => Err(Refusal::InactiveKey {
            member: member.clone(),
            key: Box::new(*key),
        }),
        Some(_) => Ok(registered),
    }
}

fn record_refusal<R: StateReader + ?Sized>(
    context: &AdmissionContext<'_, R>,
    record: usize,
    error: &RecordError,
) -> Result<Refusal, EffectError> {
    Ok(match error {
        RecordError::UnknownKind { kind } => Refusal::UnknownKind {
            record,
            kind: kind.clone(),
            last_taken: contracts::read_last_taken(context.state, kind, context.height)?
                .map(Box::new),
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
        RecordError::RuleBroken { kind, rule, reason } => Refusal::RuleBroken {
            record,
            kind: kind.clone(),
            rule: rule.clone(),
            reason: reason.clone(),
        },
    })
}
