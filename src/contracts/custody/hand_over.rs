//! The effects of a claim and of a proposal.

use bytes::Bytes;

use super::state::{
    Custody, CustodyStep, OpenCustody, read_by_id, read_custody, read_open_custody, write_custody,
};
use super::{MAX_CUSTODY_DEADLINES_PER_MEMBER, MAX_CUSTODY_PROPOSAL_LIFETIME_MS};
use crate::contracts::agenda;
use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::listing::Listing;
use crate::contracts::membership::check_member;
use crate::contracts::state_keys::StateKey;
use crate::contracts::task::Task;
use crate::contracts::values;
use crate::records::custody::{Claim, CustodyEvidence, CustodyProposal};
use crate::records::epcis::ThingId;
use crate::types::{Encode, LogIndex, MemberId, Rejection, Space, StateReader};

/// Makes the submitter the holder of things that nobody holds, or nobody who is a member still.
pub(in crate::contracts) fn claim(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    claim: &Claim,
) -> EffectResult {
    if let Err(rejection) = check_evidence(context, claim.evidence) {
        return Ok(Err(rejection));
    }
    let mut steps = Vec::with_capacity(claim.things.len());
    for thing in &claim.things {
        match read_by_id(state, &ThingId::of(thing))? {
            None => steps.push(1),
            Some(held) => match check_abandoned(state, thing, &held)? {
                Ok(()) => steps.push(held.steps.saturating_add(1)),
                Err(rejection) => return Ok(Err(rejection)),
            },
        }
    }
    let claimer = &context.submitter.id;
    for (thing, steps) in claim.things.iter().zip(steps) {
        let custody = Custody {
            thing: thing.clone(),
            holder: claimer.clone(),
            since: context.index,
            steps,
            proposal: None,
        };
        write_custody(state, &custody);
        put_step(state, context, &custody, None, claimer);
    }
    Ok(Ok(()))
}

/// A thing that is held can be claimed if its holder is a member no more, and has not proposed it to anybody who may
/// accept it still.
fn check_abandoned(state: &impl StateReader, thing: &str, held: &Custody) -> EffectResult {
    let is_removed = check_member(state, &held.holder)?.is_err();
    if !is_removed || *held.thing != *thing {
        return Ok(Err(Rejection::new(
            "already-held",
            format!(
                "{} is held by {} by its own name since entry {}: only that member can hand it over by it",
                held.thing, held.holder, held.since
            ),
        )));
    }
    if let Some(proposal) = held.proposal
        && let Some(open) = read_open_custody(state, proposal)?
    {
        return Ok(Err(Rejection::new(
            "proposal-open",
            format!(
                "{thing} is in the open proposal of entry {proposal} to {}, until {}",
                open.to, open.expires
            ),
        )));
    }
    Ok(Ok(()))
}

/// Opens a proposal.
pub(in crate::contracts) fn propose(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    proposal: &CustodyProposal,
) -> EffectResult {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let holder = &context.submitter.id;
    if proposal.to == *holder {
        return reject("to-self", format!("{holder} would hand over to itself"));
    }
    if let Err(rejection) = check_member(state, &proposal.to)? {
        return Ok(Err(rejection));
    }
    let ahead_ms = proposal
        .expires
        .as_ms()
        .saturating_sub(context.time.as_ms());
    if !(1..=MAX_CUSTODY_PROPOSAL_LIFETIME_MS).contains(&ahead_ms) {
        return reject(
            "proposal-expiry",
            format!(
                "the proposal expires at {}; that has to be within ninety days after {}",
                proposal.expires, context.time
            ),
        );
    }
    if let Err(rejection) = check_evidence(context, proposal.evidence) {
        return Ok(Err(rejection));
    }
    let held = match held_things(state, holder, &proposal.things)? {
        Ok(held) => held,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let deadlines = read_deadlines(state, holder)?;
    if deadlines >= MAX_CUSTODY_DEADLINES_PER_MEMBER {
        return reject(
            "too-many-proposals",
            format!(
                "{holder} has made {deadlines} proposals whose time is not over, the most; let them \
                 expire sooner"
            ),
        );
    }
    let task = Task::ExpireCustody {
        proposal: context.index,
        from: holder.clone(),
    };
    if let Err(rejection) = agenda::schedule(state, proposal.expires, task)? {
        return Ok(Err(rejection));
    }
    write_deadlines(state, holder, deadlines + 1);
    for mut custody in held {
        custody.steps += 1;
        custody.proposal = Some(context.index);
        write_custody(state, &custody);
        put_step(state, context, &custody, Some(holder), &proposal.to);
    }
    let open = OpenCustody {
        from: holder.clone(),
        to: proposal.to.clone(),
        things: proposal.things.clone(),
        expires: proposal.expires,
        digest: proposal.digest,
    };
    values::write(state, StateKey::OpenCustody(context.index), &open);
    let item = context.index.to_bytes();
    for member in [&open.from, &open.to] {
        Listing::Custody(member).open(state, &item, context.index);
    }
    Ok(Ok(()))
}

/// What the holder has of the things, if it has all of them to give.
fn held_things(
    state: &impl StateReader,
    holder: &MemberId,
    things: &[Box<str>],
) -> Result<Result<Vec<Custody>, Rejection>, EffectError> {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let mut held = Vec::with_capacity(things.len());
    for thing in things {
        let Some(custody) = read_custody(state, thing)? else {
            return reject(
                "not-holder",
                format!("nobody holds {thing}: claim it before it is handed over"),
            );
        };
        if custody.holder != *holder {
            return reject(
                "not-holder",
                format!(
                    "{thing} is held by {} by its own name since entry {}: only that member can hand it over by it",
                    custody.holder, custody.since
                ),
            );
        }
        if let Some(other) = custody.proposal
            && let Some(open) = read_open_custody(state, other)?
        {
            return reject(
                "proposal-open",
                format!(
                    "{thing} is in the open proposal of entry {other} to {}, until {}",
                    open.to, open.expires
                ),
            );
        }
        held.push(custody);
    }
    Ok(Ok(held))
}

/// Evidence on the ledger has to be there before what rests on it.
pub(super) fn check_evidence(
    context: &EffectContext<'_>,
    evidence: Option<CustodyEvidence>,
) -> Result<(), Rejection> {
    match evidence {
        Some(CustodyEvidence::Entry(entry)) if entry >= context.index => Err(Rejection::new(
            "no-such-entry",
            format!("the log has no entry {entry} before this one"),
        )),
        _ => Ok(()),
    }
}

fn put_step(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    custody: &Custody,
    from: Option<&MemberId>,
    to: &MemberId,
) {
    let step = CustodyStep {
        index: context.index,
        height: context.height,
        time: context.time,
        from: from.cloned(),
        since: custody.since,
        to: to.clone(),
    };
    let place = IndexKey::CustodyStep {
        thing: &ThingId::of(&custody.thing),
        number: custody.steps,
    };
    state.put(
        Space::Index,
        &place.to_bytes(),
        Bytes::from(step.to_bytes()),
    );
}

/// How many proposals of a member the ledger has yet to look at when their time is over.
pub(super) fn read_deadlines(
    state: &impl StateReader,
    member: &MemberId,
) -> Result<u64, EffectError> {
    let count: Option<LogIndex> =
        values::read(state, StateKey::CustodyDeadlines(member), "deadlines")?;
    Ok(count.map_or(0, |count| count.0))
}

pub(super) fn write_deadlines(state: &mut impl StateWriter, member: &MemberId, count: u64) {
    let key = StateKey::CustodyDeadlines(member);
    if count == 0 {
        state.remove(Space::State, &key.to_bytes());
    } else {
        values::write(state, key, &LogIndex(count));
    }
}
