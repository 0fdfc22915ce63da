//! Where the captures of events are that a query names by their hashes.

use std::collections::{BTreeMap, BTreeSet};

use super::error::EpcisQueryError;
use super::list::EventPlace;
use crate::contracts::{MEMBER_PREFIX, read_event_index};
use crate::records::epcis::{EventHash, EventIdentity, TraceEvent};
use crate::types::{
    Decode, Encode, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space, Timestamp,
};

/// Most captures that a query looks for by hashes: one for each hash and member. Each costs some microseconds.
pub const MAX_CAPTURES_LOOKED_FOR: usize = 20_000;

/// Most members that are read at a time.
const MEMBERS_PER_SCAN: usize = 256;

/// The captures of events by their hashes, in order. Of a hash no rows are kept: each member's events are known by their
/// hashes, so each member is asked for each hash, once for a query.
#[derive(Debug, Default)]
pub(super) struct Captures(BTreeMap<EventHash, Vec<EventPlace>>);

impl Captures {
    /// Those of all members.
    ///
    /// # Errors
    /// [`EpcisQueryError::TooManyCaptures`] if there are too many members for so many hashes, and if the store fails.
    pub(super) fn read(
        view: &dyn LedgerView,
        hashes: &BTreeSet<EventHash>,
    ) -> Result<Self, EpcisQueryError> {
        if hashes.is_empty() {
            return Ok(Self::default());
        }
        let most = MAX_CAPTURES_LOOKED_FOR / hashes.len();
        let members = members(view, most.saturating_add(1))?;
        if members.len() > most {
            return Err(EpcisQueryError::TooManyCaptures {
                hashes: hashes.len(),
                members: most,
            });
        }
        let captures = hashes.iter().map(|hash| {
            let identity = EventIdentity::of_capture(*hash);
            let mut places = Vec::new();
            for member in &members {
                places.extend(capture(view, member, &identity)?);
            }
            places.sort_unstable();
            Ok((*hash, places))
        });
        captures.collect::<Result<_, _>>().map(Self)
    }

    /// Those of a hash, in order of event time.
    pub(super) fn of(&self, hash: &EventHash) -> &[EventPlace] {
        self.0.get(hash).map_or(&[], Vec::as_slice)
    }
}

/// Up to `count` members.
fn members(view: &dyn LedgerView, count: usize) -> Result<Vec<MemberId>, ReadError> {
    let end = [MEMBER_PREFIX, &[0xff]].concat();
    let mut first = MEMBER_PREFIX.to_vec();
    let mut found = Vec::new();
    while found.len() < count {
        let wanted = MEMBERS_PER_SCAN.min(count - found.len());
        let rows = view.scan(Space::State, &first, &end, ScanOrder::Ascending, wanted)?;
        for (key, _) in &rows {
            let id = key.get(MEMBER_PREFIX.len()..).unwrap_or_default();
            let id = std::str::from_utf8(id).ok();
            let id = id.and_then(|id| MemberId::new(id).ok());
            found.push(id.ok_or_else(|| damaged("list of members"))?);
        }
        match rows.last() {
            Some((key, _)) if rows.len() == wanted => first = [key, &[0][..]].concat(),
            _ => break,
        }
    }
    Ok(found)
}

/// A member's capture of an event.
fn capture(
    view: &dyn LedgerView,
    member: &MemberId,
    identity: &EventIdentity,
) -> Result<Option<EventPlace>, ReadError> {
    let index = read_event_index(&view, member, identity);
    let index = index.map_err(|error| ReadError::new(error.to_string()))?;
    index.map(|index| place_of(view, index)).transpose()
}

fn place_of(view: &dyn LedgerView, index: LogIndex) -> Result<EventPlace, ReadError> {
    let bytes = view.get(Space::TraceEvents, &index.to_bytes())?;
    let event = bytes.and_then(|bytes| TraceEvent::from_bytes(&bytes).ok());
    let time: Timestamp = event.ok_or_else(|| damaged("index of events"))?.event_time;
    Ok(EventPlace { time, index })
}

fn damaged(what: &str) -> ReadError {
    ReadError::new(format!("the {what} cannot be read"))
}
