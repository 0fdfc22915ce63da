//! The events that a page of a trace names for its things.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::questions::events::Mention;
use crate::ledger::questions::history::{FirstMentions, Moment};
use crate::ledger::questions::trace::{MAX_EVENTS_PER_THING, TracedThing};

/// What is named for each thing, by its place in the trace.
#[derive(Debug, Default)]
pub(super) struct NamedEvents(BTreeMap<usize, Named>);

#[derive(Debug, Default)]
struct Named {
    moments: BTreeSet<Moment>,
    has_more: bool,
    /// Whether some events speak of the thing at times that did not matter so far.
    has_others: bool,
}

impl NamedEvents {
    /// Names events of a thing, and whether there are more in the time that matters. `all` are those of any time, as far
    /// as these are known.
    pub(super) fn add(
        &mut self,
        place: usize,
        (mentions, has_more): (&[Mention], bool),
        all: &FirstMentions,
    ) {
        let named = self.0.entry(place).or_default();
        named.moments.extend(mentions.iter().map(Mention::moment));
        named.has_more |= has_more;
        let mut others = all.mentions.iter();
        let is_other = |mention: &Mention| !named.moments.contains(&mention.moment());
        named.has_others = !all.is_all || others.any(is_other);
    }

    /// Writes them down for the things of a page. If the trace goes on after that page, it may come again to a thing of
    /// which more is told at other times.
    pub(super) fn write(self, things: &mut [TracedThing], skip: usize, goes_on: bool) {
        for (place, named) in self.0 {
            let Some(thing) = place.checked_sub(skip).and_then(|at| things.get_mut(at)) else {
                continue;
            };
            let has_many = named.moments.len() > MAX_EVENTS_PER_THING;
            thing.has_more_events = named.has_more || has_many || (goes_on && named.has_others);
            let first = named.moments.into_iter().take(MAX_EVENTS_PER_THING);
            thing.events = first.map(|(_, index)| index).collect();
        }
    }
}
