//! What will be told to be in a container: whoever captures an unpacking before the packing tells of it in that order.

use std::collections::BTreeMap;

use crate::types::{LogIndex, Timestamp};

/// The events that say that things are in a container: by thing, each with the earliest time that it or a later entry tells.
#[derive(Debug, Default)]
pub(super) struct Awaited(BTreeMap<usize, Vec<(LogIndex, Timestamp)>>);

impl Awaited {
    /// By what events say: the thing, the entry and its time.
    pub(super) fn of(told: &[(usize, LogIndex, Timestamp)]) -> Self {
        let mut things: BTreeMap<usize, Vec<(LogIndex, Timestamp)>> = BTreeMap::new();
        for (thing, entry, time) in told {
            things.entry(*thing).or_default().push((*entry, *time));
        }
        for of_thing in things.values_mut() {
            of_thing.sort();
            let mut earliest = None;
            for (_, time) in of_thing.iter_mut().rev() {
                *time = earliest.map_or(*time, |known| (*time).min(known));
                earliest = Some(*time);
            }
        }
        Self(things)
    }

    /// How many things there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The things that an entry after this one says were in there before a time.
    pub(super) fn before(
        &self,
        entry: LogIndex,
        at: Timestamp,
    ) -> impl Iterator<Item = usize> + '_ {
        let is_awaited = move |of_thing: &[(LogIndex, Timestamp)]| {
            let behind = of_thing.partition_point(|(told, _)| *told <= entry);
            of_thing.get(behind).is_some_and(|(_, time)| *time < at)
        };
        let things = self.0.iter();
        things.filter_map(move |(thing, told)| is_awaited(told).then_some(*thing))
    }
}
