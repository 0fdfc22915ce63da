//! The effect of an EPCIS event: it is remembered, so that a second capture of the same event by the
//! same member is known for a duplicate; and the indices learn of it, so that goods can be followed.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use super::index_keys::{IndexKey, ListedField, MAX_LISTED_VALUE_BYTES};
use crate::crypto::Sha256Digest;
use crate::records::epcis::{CheckedEvent, EventIdentity};
use crate::types::{Decode, Encode, LogIndex, MemberId, Outcome, Space, StateReader};

/// Takes an event, unless the member has captured it before. The identity holds the digest of the
/// error declaration, so a correction, which repeats its original's hash, is no duplicate of it;
/// and it is kept per member, so that nobody can block another's event by sending it first, nor
/// declare it wrong.
pub(super) fn record_event(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    event: &CheckedEvent,
) -> Result<Outcome, EffectError> {
    let key = record_key(&context.submitter.id, &event.identity);
    if let Some(of) = read_index(state, Space::Records, key.as_bytes())? {
        return Ok(Outcome::Duplicate { of });
    }
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Records, key.as_bytes(), index.clone());
    correct(state, context, event, &key)?;
    state.put(
        Space::TraceEvents,
        &context.index.to_bytes(),
        event.trace.clone(),
    );
    index_for_questions(state, event, context.index);
    for (thing, roles) in &event.things {
        let place = IndexKey::Mention {
            thing,
            time: event.event_time,
            index: context.index,
        };
        let roles = Bytes::copy_from_slice(&[roles.to_byte()]);
        state.put(Space::Index, &place.to_bytes(), roles);
    }
    Ok(Outcome::Accepted)
}

/// What finds an event by anything but the things that it speaks of. Each row costs every event that has it: so
/// there is none for what a short walk over the events in order of time finds as well, and values are
/// written over what is there already.
fn index_for_questions(state: &mut impl StateWriter, event: &CheckedEvent, index: LogIndex) {
    let time = event.event_time;
    let mut put = |key: IndexKey<'_>| state.put(Space::Index, &key.to_bytes(), Bytes::new());
    put(IndexKey::EventTime { time, index });
    for name in &event.names {
        put(IndexKey::EventName { name, time, index });
    }
    let values = [
        (ListedField::BizStep, &event.biz_step),
        (ListedField::Disposition, &event.disposition),
        (ListedField::ReadPoint, &event.read_point),
        (ListedField::BizLocation, &event.biz_location),
    ];
    for (field, value) in values {
        let value = value.as_deref();
        if let Some(text) = value.filter(|text| text.len() <= MAX_LISTED_VALUE_BYTES) {
            put(IndexKey::Value { field, text });
        }
    }
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

/// The entry of a member's event, if the member has captured it.
///
/// # Errors
/// [`EffectError`] if the state cannot be read.
pub fn read_event_index<R: StateReader + ?Sized>(
    state: &R,
    member: &MemberId,
    identity: &EventIdentity,
) -> Result<Option<LogIndex>, EffectError> {
    let key = record_key(member, identity);
    decode_index(state.get(Space::Records, key.as_bytes())?)
}

fn read_index(
    state: &impl StateWriter,
    space: Space,
    key: &[u8],
) -> Result<Option<LogIndex>, EffectError> {
    decode_index(state.get(space, key)?)
}

fn decode_index(bytes: Option<Bytes>) -> Result<Option<LogIndex>, EffectError> {
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    LogIndex::from_bytes(&bytes)
        .map(Some)
        .map_err(|error| EffectError::Corrupt {
            what: "record index",
            error,
        })
}
