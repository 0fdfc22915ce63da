//! The choice of where a query begins.

use super::list::EventList;
use super::query::{EpcisQuery, OrderBy};
use super::search::PlacesWithin;

/// Rows that are counted to compare lists: lists that have more are as good as each other.
pub(super) const COUNTED_ROWS: usize = 256;

/// Most places whose lists a query begins with: each of them is another one to read from.
const MAX_PLACES_LISTED: usize = 256;

/// Where a query begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// With the events of these lists, which all matching events are in.
    Lists(Vec<EventList>),
    /// With all events, in the order of the log.
    Log,
}

impl Plan {
    /// The plan for a query whose places stand for those of `within`. `count` tells how many rows some lists have together, or that there are
    /// [`COUNTED_ROWS`] of them.
    ///
    /// # Errors
    /// What `count` gives.
    pub(super) fn choose<E>(
        query: &EpcisQuery,
        within: &[PlacesWithin],
        mut count: impl FnMut(&[EventList]) -> Result<usize, E>,
    ) -> Result<Self, E> {
        let mut options: Vec<Vec<EventList>> = query
            .trace
            .iter()
            .filter_map(super::trace_predicate::TracePredicate::lists)
            .collect();
        for (field, places) in within {
            if places.len() <= MAX_PLACES_LISTED {
                let places = places.iter().map(AsRef::as_ref);
                options.push(EventList::of_places(*field, places));
            }
        }
        for lists in &mut options {
            lists.sort_unstable();
            lists.dedup();
        }
        if options.len() > 1 {
            let mut counted = Vec::with_capacity(options.len());
            for lists in options {
                counted.push((count(&lists)?, lists));
            }
            // Of equal ones the first: the order of parameters is fixed.
            counted.sort_by_key(|(rows, lists)| (*rows, lists.len()));
            options = counted.into_iter().map(|(_, lists)| lists).collect();
        }
        Ok(match (options.into_iter().next(), query.order_by) {
            (Some(lists), _) => Self::Lists(lists),
            (None, OrderBy::EventTime) => Self::Lists(vec![EventList::All]),
            (None, OrderBy::RecordTime) => Self::Log,
        })
    }
}
