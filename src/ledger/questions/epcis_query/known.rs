//! The values that events on the ledger have, for those who look around.
//!
//! Objects are found by leaping from list to list of the index: a list begins with the digest of the object that
//! it is about, and its first event tells the name. So they are listed in the order of digests, and nothing is
//! kept for them.

use super::super::QuestionError;
use crate::contracts::{IndexKey, ListedField};
use crate::records::epcis::{ThingId, TraceEvent};
use crate::types::{Decode, Encode, LedgerView, LogIndex, ReadError, ScanOrder, Space, Timestamp};

/// Most lists that one page leaps over: classes and transformations have lists like single things.
pub const MAX_KNOWN_VALUES_LOOKED_AT: usize = 2_000;

/// A page of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownValues {
    /// The values: words as full URIs, identifiers in canonical form.
    pub values: Vec<String>,
    /// What the next page comes after; none on the last one.
    pub next: Option<Vec<u8>>,
}

/// Whether some event has a value of a field: a word as full URI, or a place in canonical form.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn is_known_value(
    view: &dyn LedgerView,
    field: ListedField,
    text: &str,
) -> Result<bool, QuestionError> {
    let key = IndexKey::Value { field, text }.to_bytes();
    Ok(view.get(Space::Index, &key)?.is_some())
}

/// Up to `count` values of a field, in order.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn known_values(
    view: &dyn LedgerView,
    field: ListedField,
    after: Option<&[u8]>,
    count: usize,
) -> Result<KnownValues, QuestionError> {
    let start = IndexKey::Value { field, text: "" }.to_bytes();
    let first = match after {
        Some(after) => [&start, after, &[0]].concat(),
        None => start.clone(),
    };
    // No byte of a text is 0xff.
    let end = [&start[..], &[0xff]].concat();
    let found = view.scan(
        Space::Index,
        &first,
        &end,
        ScanOrder::Ascending,
        count.saturating_add(1),
    )?;
    let mut values = Vec::new();
    for (key, _) in found.iter().take(count) {
        let text = key.get(start.len()..).unwrap_or_default();
        values.push(String::from_utf8_lossy(text).into_owned());
    }
    let has_more = found.len() > count;
    let next = values.last().filter(|_| has_more);
    Ok(KnownValues {
        next: next.map(|last| last.as_bytes().to_vec()),
        values,
    })
}

/// Up to `count` single objects and parents that events speak of: those that stand as such in the earliest
/// event that speaks of them.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn known_epcs(
    view: &dyn LedgerView,
    after: Option<&[u8]>,
    count: usize,
) -> Result<KnownValues, QuestionError> {
    let damaged = || ReadError::new("the index of events is damaged");
    let key = |thing: [u8; 16], time, index| {
        let thing = &ThingId::from_bytes(thing);
        let (time, index) = (Timestamp::from_ms(time), LogIndex(index));
        IndexKey::Mention { thing, time, index }.to_bytes()
    };
    let end = key([0xff; 16], i64::MAX, u64::MAX);
    let mut page = KnownValues::default();
    let mut next = match after.map(<[u8; 16]>::try_from) {
        None => Some([0; 16]),
        Some(Ok(after)) => following(after),
        Some(Err(_)) => None,
    };
    let (mut looked_at, mut last) = (0, None);
    while let Some(thing) = next {
        let first = key(thing, i64::MIN, 0);
        let rows = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, 1)?;
        let Some((row, _)) = rows.first() else {
            return Ok(page);
        };
        if page.values.len() == count || looked_at == MAX_KNOWN_VALUES_LOOKED_AT {
            page.next = last.map(|id: [u8; 16]| id.to_vec());
            return Ok(page);
        }
        let (_, thing) = row
            .get(..THING_END)
            .and_then(|head| head.split_last_chunk::<16>())
            .ok_or_else(damaged)?;
        let (_, index) = IndexKey::time_and_index(row).ok_or_else(damaged)?;
        let event = view.get(Space::TraceEvents, &index.to_bytes())?;
        let event = TraceEvent::from_bytes(&event.ok_or_else(damaged)?)?;
        page.values
            .extend(instance(&event, ThingId::from_bytes(*thing)));
        looked_at += 1;
        last = Some(*thing);
        next = following(*thing);
    }
    Ok(page)
}

/// Bytes of a mention's key up to the end of the thing: the tag of the index, and the thing.
const THING_END: usize = 17;

/// The name of a thing that stands in an event as a single object or parent.
fn instance(event: &TraceEvent, thing: ThingId) -> Option<String> {
    let objects = event.objects.iter().chain(&event.outputs);
    let instances = objects.filter(|object| !object.is_class);
    let mut ids = instances.map(|object| &object.id).chain(&event.parent);
    ids.find(|id| ThingId::of(id) == thing)
        .map(ToString::to_string)
}

/// The next greater digest.
fn following(id: [u8; 16]) -> Option<[u8; 16]> {
    u128::from_be_bytes(id)
        .checked_add(1)
        .map(u128::to_be_bytes)
}
