//! How a proposal ends: by an answer, or because its time is over.

use bytes::Bytes;

use super::hand_over::{check_evidence, read_deadlines, write_deadlines};
use super::state::{
    CustodyDecision, CustodyEnd, OpenCustody, read_custody, read_open_custody, write_custody,
};
use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::listing::Listing;
use crate::contracts::state_keys::StateKey;
use crate::contracts::task::Task;
use crate::records::custody::{Answer, AnswerKind, EXPIRY, Expiry};
use crate::types::{
    Decode, DecodeError, Encode, LogIndex, MemberId, Record, RecordKind, Rejection, Space,
};

/// The version of the record that the ledger makes of an expiry.
const EXPIRY_VERSION: u16 = 1;

/// Ends a proposal as its addressee or its proposer says.
pub(in crate::contracts) fn answer(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    answer: &Answer,
) -> EffectResult {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let (index, submitter) = (answer.proposal, &context.submitter.id);
    let Some(open) = read_open_custody(state, index)? else {
        return match read_decision(state, index)? {
            Some(decision) => reject(
                "proposal-decided",
                format!(
                    "the proposal of entry {index} was {} by entry {}",
                    decision.end.as_str(),
                    decision.index
                ),
            ),
            None => reject(
                "no-such-proposal",
                format!("entry {index} is no proposal to hand things over"),
            ),
        };
    };
    if open.digest != answer.digest {
        return reject(
            "other-proposal",
            format!(
                "the proposal of entry {index} has the digest {}, the answer is about another text",
                open.digest
            ),
        );
    }
    if open.expires <= context.time {
        return reject(
            "proposal-expired",
            format!("the proposal of entry {index} expired at {}", open.expires),
        );
    }
    let (end, who, code) = match answer.kind {
        AnswerKind::Acceptance => (CustodyEnd::Accepted, &open.to, "not-addressee"),
        AnswerKind::Rejection => (CustodyEnd::Rejected, &open.to, "not-addressee"),
        AnswerKind::Withdrawal => (CustodyEnd::Withdrawn, &open.from, "not-proposer"),
    };
    if who != submitter {
        return reject(
            code,
            format!("the proposal of entry {index} is for {who} to end so, not for {submitter}"),
        );
    }
    if let Err(rejection) = check_evidence(context, answer.evidence) {
        return Ok(Err(rejection));
    }
    if end == CustodyEnd::Accepted {
        hand_over(state, context, &open)?;
    }
    let decision = CustodyDecision {
        end,
        index: context.index,
        height: context.height,
        time: context.time,
    };
    close(state, index, &open, &decision)?;
    Ok(Ok(()))
}

/// Ends a proposal whose time is over, unless it has been decided.
pub(in crate::contracts) fn expire(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    (index, from): (LogIndex, &MemberId),
) -> Result<(), EffectError> {
    let deadlines = read_deadlines(state, from)?;
    write_deadlines(state, from, deadlines.saturating_sub(1));
    let Some(open) = read_open_custody(state, index)? else {
        return Ok(());
    };
    let kind = RecordKind::new(EXPIRY).map_err(|error| EffectError::Corrupt {
        what: "record kind",
        error: DecodeError::invalid("record kind", error.to_string()),
    })?;
    let decision = CustodyDecision {
        end: CustodyEnd::Expired,
        index: derived.next_index(),
        height: context.height,
        time: context.time,
    };
    close(state, index, &open, &decision)?;
    let expiry = Expiry {
        proposal: index,
        digest: open.digest,
        from: open.from,
        to: open.to,
    };
    let record = Record {
        kind,
        version: EXPIRY_VERSION,
        body: Bytes::from(expiry.to_body()),
    };
    derived.push(context, cause, record);
    Ok(())
}

/// Makes the addressee the holder.
fn hand_over(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    open: &OpenCustody,
) -> Result<(), EffectError> {
    for thing in &open.things {
        let Some(mut custody) = read_custody(state, thing)? else {
            return Err(EffectError::Corrupt {
                what: "custody",
                error: DecodeError::invalid(
                    "custody",
                    format!("nobody holds the proposed {thing}"),
                ),
            });
        };
        custody.holder = open.to.clone();
        custody.since = context.index;
        write_custody(state, &custody);
    }
    Ok(())
}

/// Takes a proposal out of the state, and keeps what became of it.
fn close(
    state: &mut impl StateWriter,
    index: LogIndex,
    open: &OpenCustody,
    decision: &CustodyDecision,
) -> Result<(), EffectError> {
    state.remove(Space::State, &StateKey::OpenCustody(index).to_bytes());
    for member in [&open.from, &open.to] {
        Listing::Custody(member).end(state, &index.to_bytes(), decision.index)?;
    }
    let place = IndexKey::CustodyDecision(index).to_bytes();
    state.put(Space::Index, &place, Bytes::from(decision.to_bytes()));
    Ok(())
}

fn read_decision(
    state: &impl StateWriter,
    index: LogIndex,
) -> Result<Option<CustodyDecision>, EffectError> {
    let place = IndexKey::CustodyDecision(index).to_bytes();
    match state.get(Space::Index, &place)? {
        None => Ok(None),
        Some(bytes) => CustodyDecision::from_bytes(&bytes)
            .map(Some)
            .map_err(|error| EffectError::Corrupt {
                what: "custody decision",
                error,
            }),
    }
}
