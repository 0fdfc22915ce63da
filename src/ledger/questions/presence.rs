//! Where a single thing is.

use super::QuestionError;
use super::balances::departs;
use super::events::{Events, Mention};
use super::journey::ends;
use crate::records::epcis::{ThingId, TraceEvent};
use crate::types::{LogIndex, ScanOrder, Timestamp};

/// How deep containers stand in containers, at most.
const MAX_CONTAINER_DEPTH: usize = 16;

/// Most of the latest events of a thing that are looked at for a place.
const MAX_LATEST_EVENTS: usize = 64;

/// Where a single thing was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The place, canonical; none if no event names one.
    pub place: Option<Box<str>>,
    /// Whether the last that is known is that it left for somewhere.
    pub is_in_transit: bool,
    /// Its condition, as a full URI.
    pub disposition: Option<Box<str>>,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<Box<str>>,
    /// When it was seen.
    pub time: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
}

const BEGINNING: Timestamp = Timestamp::from_ms(i64::MIN);

impl Events<'_> {
    /// Where a single thing was seen last, itself or in a container. None if it was never seen, or is
    /// no more: used up, or decommissioned.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or a container has too long a history.
    pub fn presence(&self, thing: &str) -> Result<Option<Presence>, QuestionError> {
        let at = self.last_time();
        let mut containers: Vec<Box<str>> = Vec::new();
        let mut best: Option<(Mention, TraceEvent)> = None;
        let mut carrier: Box<str> = thing.into();
        let mut since = BEGINNING;
        for _ in 0..MAX_CONTAINER_DEPTH {
            let id = ThingId::of(&carrier);
            let latest =
                self.mentions(&id, (since, at), ScanOrder::Descending, MAX_LATEST_EVENTS)?;
            for mention in latest {
                let event = self.event(mention.index)?;
                if containers.is_empty() && ends(&event, mention.roles) {
                    return Ok(None);
                }
                let is_later = best.as_ref().is_none_or(|(known, known_event)| {
                    known_event.place().is_none()
                        || (mention.time, mention.index) > (known.time, known.index)
                });
                if is_later && (event.place().is_some() || best.is_none()) {
                    best = Some((mention, event));
                    break;
                }
            }
            match self.parent(&carrier, at)? {
                Some(inside) if !containers.contains(&inside.parent) => {
                    since = inside.since;
                    carrier = inside.parent.clone();
                    containers.push(inside.parent);
                }
                _ => break,
            }
        }
        Ok(best.map(|(mention, event)| Presence {
            place: event.place().map(Into::into),
            is_in_transit: departs(&event) && event.biz_location.is_none(),
            disposition: event.disposition.clone(),
            containers,
            time: mention.time,
            index: mention.index,
        }))
    }
}
