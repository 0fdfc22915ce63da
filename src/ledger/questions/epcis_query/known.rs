//! The values that events on the ledger have, for those who look around.
//!
//! Things and places are found by leaping from list to list of the index: a list begins with the digest of
//! what it is about, and its first event tells the name. So they are listed in the order of digests, and
//! nothing is kept for them.

use super::super::QuestionError;
use crate::contracts::{IndexKey, PlaceRole, WordField};
use crate::records::epcis::{ThingId, TraceEvent};
use crate::types::{
    Decode, Encode, LedgerView, LogIndex, ReadError, ScanOrder, Space, Timestamp,
};

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

/// Whether some event has a word, given as full URI.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn is_known_word(
    view: &dyn LedgerView,
    field: WordField,
    uri: &str,
) -> Result<bool, QuestionError> {
    let key = IndexKey::Word { field, uri }.to_bytes();
    Ok(view.get(Space::Index, &key)?.is_some())
}

/// Up to `count` words of a field, in order.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn known_words(
    view: &dyn LedgerView,
    field: WordField,
    after: Option<&[u8]>,
    count: usize,
) -> Result<KnownValues, QuestionError> {
    let start = IndexKey::Word { field, uri: "" }.to_bytes();
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
        let uri = key.get(start.len()..).unwrap_or_default();
        values.push(String::from_utf8_lossy(uri).into_owned());
    }
    let has_more = found.len() > count;
    let next = values.last().filter(|_| has_more);
    Ok(KnownValues {
        next: next.map(|last| last.as_bytes().to_vec()),
        values,
    })
}

/// Up to `count` places that events name in a role.
///
/// # Errors
/// [`QuestionError`] if the store fails.
pub fn known_places(
    view: &dyn LedgerView,
    role: PlaceRole,
    after: Option<&[u8]>,
    count: usize,
) -> Result<KnownValues, QuestionError> {
    let key = |place: &ThingId| {
        let (time, index) = BEGINNING;
        IndexKey::Place {
            role,
            place,
            time,
            index,
        }
        .to_bytes()
    };
    leap(view, key, after, count, |event, place| {
        let id = match role {
            PlaceRole::ReadPoint => &event.read_point,
            PlaceRole::BizLocation => &event.biz_location,
        };
        let id = id.as_deref();
        id.filter(|id| ThingId::of_place(id) == place).map(str::to_owned)
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
    let key = |thing: &ThingId| {
        let (time, index) = BEGINNING;
        IndexKey::Mention { thing, time, index }.to_bytes()
    };
    leap(view, key, after, count, |event, thing| {
        let objects = event.objects.iter().chain(&event.outputs);
        let instances = objects.filter(|object| !object.is_class);
        let mut ids = instances.map(|object| &object.id).chain(&event.parent);
        ids.find(|id| ThingId::of(id) == thing).map(|id| id.to_string())
    })
}

const BEGINNING: (Timestamp, LogIndex) = (Timestamp::from_ms(i64::MIN), LogIndex(0));

/// Bytes of time and entry at the end of a key.
const PLACE_BYTES: usize = 16;

/// Goes from one list of a kind to the next, and asks the first event of each for its name.
fn leap(
    view: &dyn LedgerView,
    key: impl Fn(&ThingId) -> Vec<u8>,
    after: Option<&[u8]>,
    count: usize,
    name: impl Fn(&TraceEvent, ThingId) -> Option<String>,
) -> Result<KnownValues, QuestionError> {
    let damaged = || ReadError::new("the index of events is damaged");
    let first_of = |id: [u8; 16]| key(&ThingId::from_bytes(id));
    let mut last_key = first_of([0xff; 16]);
    let places = last_key.len().saturating_sub(PLACE_BYTES);
    for byte in last_key.iter_mut().skip(places) {
        *byte = 0xff;
    }
    let mut page = KnownValues::default();
    let mut next = match after.map(<[u8; 16]>::try_from) {
        None => Some([0; 16]),
        Some(Ok(after)) => following(after),
        Some(Err(_)) => None,
    };
    let mut looked_at = 0;
    let mut last = None;
    while let Some(id) = next {
        let row = view
            .scan(Space::Index, &first_of(id), &last_key, ScanOrder::Ascending, 1)?
            .into_iter()
            .next();
        let Some((row, _)) = row else {
            return Ok(page);
        };
        if page.values.len() == count || looked_at == MAX_KNOWN_VALUES_LOOKED_AT {
            page.next = last.map(|id: [u8; 16]| id.to_vec());
            return Ok(page);
        }
        let (head, _) = row.split_last_chunk::<PLACE_BYTES>().ok_or_else(damaged)?;
        let (_, found) = head.split_last_chunk::<16>().ok_or_else(damaged)?;
        let (_, index) = IndexKey::time_and_index(&row).ok_or_else(damaged)?;
        let event = view.get(Space::TraceEvents, &index.to_bytes())?;
        let event = TraceEvent::from_bytes(&event.ok_or_else(damaged)?)?;
        page.values.extend(name(&event, ThingId::from_bytes(*found)));
        looked_at += 1;
        last = Some(*found);
        next = following(*found);
    }
    Ok(page)
}

/// The next greater digest.
fn following(id: [u8; 16]) -> Option<[u8; 16]> {
    u128::from_be_bytes(id)
        .checked_add(1)
        .map(u128::to_be_bytes)
}
