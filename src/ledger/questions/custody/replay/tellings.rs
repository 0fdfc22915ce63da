//! What was told of where an item is, as far as it counts, in the order of the log.
//!
//! Whatever is declared wrong is taken out again, and what is left says where the item is: so it does not matter in which
//! order declarations come.

use std::collections::BTreeMap;

use crate::records::epcis::EventType;
use crate::types::{LogIndex, Timestamp};

/// What an event tells of where an item is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// It is in a container.
    In {
        container: usize,
        event_type: EventType,
        /// Whether it was put in there, and not merely seen.
        is_put: bool,
    },
    /// It is not in a container any more; if that was emptied by a kind of event, not if another kind put it in there.
    OutOf(usize, Option<EventType>),
    /// It is in nothing any more.
    OutOfAll,
}

/// That an event counts.
#[derive(Clone, Copy, Debug)]
struct Telling {
    entry: LogIndex,
    time: Timestamp,
    told: Told,
    /// Whether it makes a difference to where the item is, or tells that it is there.
    matters: bool,
}

/// That a thing goes along with what it is in.
#[derive(Clone, Copy, Debug)]
struct Place {
    container: usize,
    /// The kind of event that put it in there.
    event_type: EventType,
    /// The number of the first telling that has it in there.
    first: usize,
}

/// What counts of what was told of an item.
#[derive(Debug, Default)]
pub(super) struct Tellings {
    told: Vec<Telling>,
    /// How many of them, the first ones, do not say where it is any more.
    ended: usize,
    place: Option<Place>,
    moved: Option<Timestamp>,
    /// When it was told last that it is not in a container any more, by the kind of event that emptied that, if one did: what
    /// is told later may be of an earlier time, and then it is out of there already.
    left: BTreeMap<(usize, Option<EventType>), Timestamp>,
}

impl Tellings {
    /// What it goes along with.
    pub(super) fn container(&self) -> Option<usize> {
        self.place.map(|place| place.container)
    }

    /// The latest time of those that matter.
    pub(super) fn moved(&self) -> Option<Timestamp> {
        self.moved
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.told.len()
    }

    /// The entries that have it where it is.
    pub(super) fn entries(&self) -> Vec<LogIndex> {
        let Some(place) = self.place else {
            return Vec::new();
        };
        let since = self.told.iter().skip(place.first);
        let those = since.filter(|telling| matches!(telling.told, Told::In { .. }));
        those.map(|telling| telling.entry).collect()
    }

    /// The next event counts.
    pub(super) fn push(&mut self, entry: LogIndex, time: Timestamp, told: Told) {
        let mut telling = Telling {
            entry,
            time,
            told,
            matters: false,
        };
        self.take(self.told.len(), &mut telling);
        self.told.push(telling);
    }

    /// What was told so far does not say where it is any more, and does not come back.
    pub(super) fn end(&mut self) {
        self.ended = self.told.len();
        self.place = None;
    }

    /// An event is declared wrong.
    pub(super) fn remove(&mut self, entry: LogIndex) {
        let first = self.told.partition_point(|it| it.entry < entry);
        let behind = self.told.partition_point(|it| it.entry <= entry);
        if first == behind {
            return;
        }
        self.ended -= self.ended.min(behind) - self.ended.min(first);
        let mut told = std::mem::take(&mut self.told);
        told.drain(first..behind);
        let ended = told.iter().take(self.ended);
        let moved = ended.clone().filter(|it| it.matters);
        (self.place, self.moved) = (None, moved.map(|it| it.time).max());
        self.left.clear();
        for telling in ended {
            self.leave(telling);
        }
        for (number, telling) in told.iter_mut().enumerate().skip(self.ended) {
            self.take(number, telling);
        }
        self.told = told;
    }

    /// Takes account of when it was told to be out of a container.
    fn leave(&mut self, telling: &Telling) {
        if let Told::OutOf(container, kind) = telling.told {
            let left = self.left.entry((container, kind)).or_insert(telling.time);
            *left = telling.time.max(*left);
        }
    }

    /// Whether what is in a place at a time was told before to be out of it at a later one.
    fn has_left(&self, place: Place, at: Timestamp) -> bool {
        let kinds = [None, Some(place.event_type)];
        let left = kinds.map(|kind| self.left.get(&(place.container, kind)));
        left.into_iter().flatten().any(|left| at < *left)
    }

    /// Takes account of a telling, after those before it.
    fn take(&mut self, number: usize, telling: &mut Telling) {
        self.leave(telling);
        let place = match (telling.told, self.place) {
            (Told::OutOfAll, _) => None,
            (Told::OutOf(container, kind), place) => {
                let is_there = place.is_some_and(|place| {
                    let is_kind = kind.is_none_or(|kind| kind == place.event_type);
                    place.container == container && is_kind
                });
                telling.matters = is_there;
                if !is_there {
                    return;
                }
                None
            }
            (
                Told::In {
                    container,
                    event_type,
                    is_put,
                },
                place,
            ) => {
                let there = place.filter(|place| place.container == container);
                let mut place = there.unwrap_or(Place {
                    container,
                    event_type,
                    first: number,
                });
                if is_put {
                    place.event_type = event_type;
                }
                // It was in there for a time, and in nothing else then.
                Some(place).filter(|place| !self.has_left(*place, telling.time))
            }
        };
        telling.matters = true;
        self.place = place;
        self.moved = self.moved.max(Some(telling.time));
    }
}
