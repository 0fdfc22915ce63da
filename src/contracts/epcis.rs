//! The effect of an EPCIS event: it is remembered, so that a second capture of the same event by the
//! same member is known for a duplicate; and the indices learn of it, so that goods can be followed. Whether
//! its author holds what it speaks of is looked at as the contract says.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use super::custody;
use super::index_keys::IndexKey;
use crate::crypto::Sha256Digest;
use crate::records::epcis::{CheckedEvent, EventIdentity, HolderPolicy, ThingRole, ThingRoles};
use crate::types::{
    Decode, Encode, Flag, LogIndex, MemberId, Outcome, Rejection, Space, StateReader,
};

/// Takes an event, unless the member has captured it before. The identity holds the digest of the
/// error declaration, so a correction, which repeats its original's hash, is no duplicate of it;
/// and it is kept per member, so that nobody can block another's event by sending it first, nor
/// declare it wrong.
pub(super) fn record_event(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    event: &CheckedEvent,
    policy: HolderPolicy,
) -> Result<Outcome, EffectError> {
    let key = record_key(&context.submitter.id, &event.identity);
    if let Some(of) = read_index(state, Space::Records, key.as_bytes())? {
        return Ok(Outcome::Duplicate { of });
    }
    let held_by_others = match policy {
        HolderPolicy::Ignore => None,
        HolderPolicy::Flag | HolderPolicy::Refuse => {
            held_by_others(state, &context.submitter.id, event)?
        }
    };
    let mut flags = Vec::new();
    if let Some(reason) = held_by_others {
        if policy == HolderPolicy::Refuse {
            return Ok(Outcome::Rejected(Rejection::new(NOT_HOLDER, reason)));
        }
        flags.push(Flag::new(NOT_HOLDER, reason));
    }
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Records, key.as_bytes(), index.clone());
    correct(state, context, event, &key)?;
    state.put(
        Space::TraceEvents,
        &context.index.to_bytes(),
        event.trace.clone(),
    );
    for (thing, roles) in &event.things {
        let place = IndexKey::Mention {
            thing,
            time: event.event_time,
            index: context.index,
        };
        let roles = Bytes::copy_from_slice(&[roles.to_byte()]);
        state.put(Space::Index, &place.to_bytes(), roles);
    }
    Ok(Outcome::taken(flags))
}

/// The code of an event about what another member holds.
const NOT_HOLDER: &str = "not-holder";

/// What of an event's things others hold, in words; none if the author holds whatever is held. A
/// declaration that an earlier event was wrong is its author's whoever holds the things now.
fn held_by_others(
    state: &impl StateReader,
    author: &MemberId,
    event: &CheckedEvent,
) -> Result<Option<String>, EffectError> {
    if event.original.is_some() {
        return Ok(None);
    }
    let (mut first, mut others) = (None, 0);
    for (thing, roles) in &event.things {
        if *roles == ThingRoles::of(ThingRole::Transformation) {
            continue;
        }
        let custody = custody::read_by_id(state, thing)?;
        match custody.filter(|custody| custody.holder != *author) {
            Some(custody) if first.is_none() => first = Some(custody),
            Some(_) => others += 1,
            None => {}
        }
    }
    Ok(first.map(|custody| {
        let more = match others {
            0 => String::new(),
            others => format!(", and {others} more of its things by others"),
        };
        format!(
            "{} is held by {} since entry {}{more}",
            custody.thing, custody.holder, custody.since
        )
    }))
}

/// Joins an error declaration and the event that it declares wrong, whichever comes first.
fn correct(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    event: &CheckedEvent,
    key: &Sha256Digest,
) -> Result<(), EffectError> {
    let index = Bytes::from(context.index.to_bytes());
    let Some(original) = &event.original else {
        let early = IndexKey::EarlyDeclaration(key).to_bytes();
        if let Some(declaration) = read_index(state, Space::Index, &early)? {
            let place = IndexKey::Declaration(context.index).to_bytes();
            state.put(Space::Index, &place, Bytes::from(declaration.to_bytes()));
        }
        return Ok(());
    };
    let original_key = record_key(&context.submitter.id, original);
    let place = match read_index(state, Space::Records, original_key.as_bytes())? {
        Some(wrong) => IndexKey::Declaration(wrong).to_bytes(),
        None => IndexKey::EarlyDeclaration(&original_key).to_bytes(),
    };
    // The first declaration counts; those after it are in the log, and change nothing.
    if state.get(Space::Index, &place)?.is_none() {
        state.put(Space::Index, &place, index);
    }
    Ok(())
}

/// What a member's event is known by.
fn record_key(member: &MemberId, identity: &EventIdentity) -> Sha256Digest {
    Sha256Digest::of_parts(&[member.as_str().as_bytes(), &[0], identity.as_bytes()])
}

fn read_index(
    state: &impl StateWriter,
    space: Space,
    key: &[u8],
) -> Result<Option<LogIndex>, EffectError> {
    let Some(bytes) = state.get(space, key)? else {
        return Ok(None);
    };
    LogIndex::from_bytes(&bytes)
        .map(Some)
        .map_err(|error| EffectError::Corrupt {
            what: "record index",
            error,
        })
}
