//! The entries that one statement of an answer rests on.

use std::collections::BTreeSet;

use super::history::Moment;
use super::mass_balance::Citations;

/// Most entries that are cited for where a thing or an amount is, for what makes a thing affected, and for how it came
/// to its end: the latest of them.
pub const MAX_GROUNDS: usize = 100;

/// The entries that a statement rests on, up to [`MAX_GROUNDS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grounds {
    moments: BTreeSet<Moment>,
    has_more: bool,
}

impl Grounds {
    /// Those of one entry.
    pub(super) fn of(moment: Moment) -> Self {
        let mut grounds = Self::default();
        grounds.add(moment);
        grounds
    }

    /// Rests on another entry as well.
    pub(super) fn add(&mut self, moment: Moment) {
        self.moments.insert(moment);
        if self.moments.len() > MAX_GROUNDS {
            self.moments.pop_first();
            self.has_more = true;
        }
    }

    /// Rests on all that another statement rests on.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.has_more |= other.has_more;
        for moment in &other.moments {
            self.add(*moment);
        }
    }

    /// The last of them.
    pub(super) fn latest(&self) -> Option<Moment> {
        self.moments.last().copied()
    }

    /// As they are cited, in order of their time.
    pub(super) fn cited(&self) -> Citations {
        Citations {
            indices: self.moments.iter().map(|(_, index)| *index).collect(),
            has_more: self.has_more,
        }
    }
}
