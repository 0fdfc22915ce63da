//! The effect of an EPCIS event: it is remembered, so that a second capture of the same event by the
//! same member is known for a duplicate; and the indices learn of it, so that goods can be followed. Whether
//! its author holds what it speaks of is looked at as the contract says.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use super::custody;
use super::index_keys::IndexKey;
use super::listed_field::{ListedField, MAX_LISTED_VALUE_BYTES};
use crate::crypto::Sha256Digest;
use crate::records::epcis::{CheckedEvent, EventIdentity, HolderPolicy, ThingRoles};
use crate::types::codec::Reader;
use crate::types::{
    Decode, DecodeError, Encode, Flag, LogIndex, MemberId, Outcome, Rejection, Space, StateReader,
};

/// How far ahead of a block's time an event may be to count as having happened, in milliseconds: the clocks of those
/// who capture are not exact. What is further ahead is flagged when it comes in, and questions leave it out until
/// its time has come.
pub const MAX_EVENT_AHEAD_MS: i64 = 60 * 60 * 1_000;

/// What is known of an event before it is captured, or again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The entry of the event.
    Captured(LogIndex),
    /// The entry of the declaration that it is wrong, which came first.
    Declared(LogIndex),
}

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
    let known = read_known(state, &key)?;
    if let Some(Known::Captured(of)) = known {
        return Ok(Outcome::Duplicate { of });
    }
    let held_by_others = match policy {
        HolderPolicy::Ignore => None,
        HolderPolicy::Flag | HolderPolicy::Refuse => {
            held_by_others(state, &context.submitter.id, event)?
        }
    };
    let mut flags = Vec::new();
    let latest_expected = context.time.as_ms().saturating_add(MAX_EVENT_AHEAD_MS);
    if event.event_time.as_ms() > latest_expected {
        let reason = format!(
            "it is of {}, more than an hour ahead of the block's time {}: until then it counts for no question \
             about the present",
            event.event_time, context.time
        );
        flags.push(Flag::new("ahead-of-time", reason));
    }
    if let Some(hash) = &event.mismatched_hash {
        let reason = format!(
            "its eventID is an event hash of CBV 2.0, and not that of its content, which is {hash}"
        );
        flags.push(Flag::new("event-id-mismatch", reason));
    }
    if let Some((number, start, end)) = event.turned_period {
        let reason = format!(
            "the period of its sensor element {number} begins at {start} and ends before that, at {end}"
        );
        flags.push(Flag::new("period-turned-round", reason));
    }
    if let Some(container) = &event.own_content {
        let reason = format!("it says that {container} is in itself, which no answer believes");
        flags.push(Flag::new("contains-itself", reason));
    }
    if let Some(reason) = held_by_others {
        if policy == HolderPolicy::Refuse {
            return Ok(Outcome::Rejected(Rejection::new(NOT_HOLDER, reason)));
        }
        flags.push(Flag::new(NOT_HOLDER, reason));
    }
    if let Some(Known::Declared(declaration)) = known {
        declare(state, context.index, declaration)?;
    }
    write_known(state, &key, Known::Captured(context.index));
    if let Some(original) = &event.original {
        correct(state, context, original)?;
    }
    let place = context.index.to_bytes();
    state.append(Space::TraceEvents, place, event.trace.clone());
    index_for_questions(state, event, context.index);
    for (thing, roles) in &event.things {
        let place = IndexKey::Mention {
            thing,
            time: event.event_time,
            index: context.index,
        };
        let roles = single_byte(roles.to_byte());
        state.append(Space::Index, place.to_bytes(), roles);
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
        // Nobody holds a place, or a transformation.
        if *roles == ThingRoles::default() {
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
            "{} is held by {} by its own name since entry {}{more}",
            custody.thing, custody.holder, custody.since
        )
    }))
}

/// A value of one byte, without an allocation: there are several for each event.
fn single_byte(byte: u8) -> Bytes {
    static BYTES: [u8; 256] = {
        let mut bytes = [0; 256];
        let mut value = 0;
        while value < bytes.len() {
            bytes[value] = value as u8;
            value += 1;
        }
        bytes
    };
    let at = usize::from(byte);
    Bytes::from_static(&BYTES[at..=at])
}

/// What finds an event by anything but the things that it speaks of. Each row costs every event that has it: so
/// there is none for what a short walk over the events in order of time finds as well, and values are
/// written over what is there already.
fn index_for_questions(state: &mut impl StateWriter, event: &CheckedEvent, index: LogIndex) {
    let time = event.event_time;
    let mut append = |key: IndexKey<'_>| state.append(Space::Index, key.to_bytes(), Bytes::new());
    append(IndexKey::EventTime { time, index });
    for name in &event.names {
        append(IndexKey::EventName { name, time, index });
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
            // Most events have the values of others: within a block each is written once.
            let place = IndexKey::Value { field, text }.to_bytes();
            state.put(Space::Index, &place, Bytes::new());
        }
    }
}

/// Joins an error declaration and the event that it declares wrong, which may come later.
fn correct(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    original: &EventIdentity,
) -> Result<(), EffectError> {
    let key = record_key(&context.submitter.id, original);
    match read_known(state, &key)? {
        Some(Known::Captured(wrong)) => declare(state, wrong, context.index),
        // The first declaration counts; those after it are in the log, and change nothing.
        Some(Known::Declared(_)) => Ok(()),
        None => {
            write_known(state, &key, Known::Declared(context.index));
            Ok(())
        }
    }
}

/// Notes that an event is wrong. The first declaration counts here as well.
fn declare(
    state: &mut impl StateWriter,
    wrong: LogIndex,
    declaration: LogIndex,
) -> Result<(), EffectError> {
    let place = wrong.to_bytes();
    if state.get(Space::Declarations, &place)?.is_none() {
        let declaration = Bytes::from(declaration.to_bytes());
        state.put(Space::Declarations, &place, declaration);
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
    let known = read_known(state, &record_key(member, identity))?;
    Ok(match known {
        Some(Known::Captured(index)) => Some(index),
        Some(Known::Declared(_)) | None => None,
    })
}

fn read_known(
    state: &(impl StateReader + ?Sized),
    key: &Sha256Digest,
) -> Result<Option<Known>, EffectError> {
    let Some(bytes) = state.get(Space::Records, key.as_bytes())? else {
        return Ok(None);
    };
    Known::from_bytes(&bytes)
        .map(Some)
        .map_err(|error| EffectError::Corrupt {
            what: "record index",
            error,
        })
}

fn write_known(state: &mut impl StateWriter, key: &Sha256Digest, known: Known) {
    let value = Bytes::from(known.to_bytes());
    state.put(Space::Records, key.as_bytes(), value);
}

impl Encode for Known {
    fn encode(&self, out: &mut Vec<u8>) {
        let (tag, index) = match self {
            Self::Captured(index) => (0, index),
            Self::Declared(index) => (1, index),
        };
        out.push(tag);
        index.encode(out);
    }
}

impl Decode for Known {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => LogIndex::decode(reader).map(Self::Captured),
            1 => LogIndex::decode(reader).map(Self::Declared),
            tag => Err(DecodeError::UnknownTag {
                what: "known event",
                tag,
            }),
        }
    }
}
