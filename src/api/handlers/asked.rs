//! Which height is asked for.

use std::fmt;

use crate::api::problem::Problem;
use crate::ledger::questions::Standing;
use crate::types::{Height, LedgerView, Timestamp};

/// What a request says of when: the last height up to `as_of_height` whose block is of before `event_time_before`.
///
/// Records state their facts when their block is decided, so this is what had been stated before that time.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeightAsked {
    as_of: Option<Height>,
    before: Option<Timestamp>,
}

impl fmt::Display for HeightAsked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_of, self.before) {
            (None, None) => write!(formatter, "up to the last height"),
            (Some(height), None) => write!(formatter, "up to height {height}"),
            (None, Some(time)) => write!(formatter, "before {time}"),
            (Some(height), Some(time)) => write!(formatter, "up to height {height}, before {time}"),
        }
    }
}

impl HeightAsked {
    pub(super) fn new(as_of_height: Option<u64>, event_time_before: Option<Timestamp>) -> Self {
        Self {
            as_of: as_of_height.map(Height),
            before: event_time_before,
        }
    }

    /// How far the ledger had come then.
    ///
    /// # Errors
    /// A problem if the ledger has not come to the height, or the store fails.
    pub(super) fn standing(self, view: &dyn LedgerView) -> Result<Standing, Problem> {
        Ok(Standing::before(view, self.as_of, self.before)?)
    }

    /// The height; none for the last one.
    ///
    /// # Errors
    /// As [`HeightAsked::standing`].
    pub(super) fn height(self, view: &dyn LedgerView) -> Result<Option<Height>, Problem> {
        match self.before {
            None => Ok(self.as_of),
            Some(_) => Ok(Some(self.standing(view)?.height)),
        }
    }
}
