//! Messages that come before their height.

use std::collections::{BTreeMap, BTreeSet};

use super::input::Input;
use super::limits::{MAX_HEIGHTS_AHEAD, MAX_ROUNDS_AHEAD};
use super::sign_guard::{SignSlot, Slotted};
use super::verified::Verified;
use crate::crypto::PublicKey;
use crate::types::{Height, Round, ValidatorSet};

/// Votes and proposals for the next few heights, in the order in which they came.
///
/// Bounded by construction: at most [`MAX_HEIGHTS_AHEAD`] heights, rounds up to
/// [`MAX_ROUNDS_AHEAD`], and one statement of a validator in a slot. Statements by keys that are
/// not of the current set are dropped: they are said again at their height.
#[derive(Debug, Default)]
pub(super) struct EarlyMessages {
    heights: BTreeMap<Height, EarlyHeight>,
}

#[derive(Debug, Default)]
struct EarlyHeight {
    taken: BTreeSet<(PublicKey, SignSlot)>,
    inputs: Vec<Input>,
}

impl EarlyMessages {
    /// Keeps a statement for a height after `current` if it is within the bounds.
    pub(super) fn keep<T: Slotted>(
        &mut self,
        current: Height,
        set: &ValidatorSet,
        verified: &Verified<T>,
        input: Input,
    ) {
        let statement = &verified.signed().message;
        let slot = statement.slot();
        let near =
            slot.height <= current.plus(MAX_HEIGHTS_AHEAD) && slot.round <= Round(MAX_ROUNDS_AHEAD);
        if !near || set.index_of(statement.signer()).is_none() {
            return;
        }
        let height = self.heights.entry(slot.height).or_default();
        if height.taken.insert((*statement.signer(), slot)) {
            height.inputs.push(input);
        }
    }

    /// Takes what was kept for a height, and forgets what was kept for earlier ones.
    pub(super) fn take(&mut self, height: Height) -> Vec<Input> {
        self.heights = self.heights.split_off(&height);
        self.heights
            .remove(&height)
            .map_or_else(Vec::new, |early| early.inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::tests::support::*;

    #[test]
    fn a_slot_is_kept_once_and_a_height_taken_once() {
        let committee = Committee::new(4);
        let mut early = EarlyMessages::default();
        let mut keep = |at, name| {
            let vote = committee.prevote(1, at, Some(block(name)));
            let vote = Verified::check(vote, &ledger()).unwrap();
            early.keep(Height(1), &committee.set, &vote, Input::Vote(vote.clone()));
            vote
        };
        let first = keep((2, 0), "A");
        keep((2, 0), "A");
        keep((2, 0), "B");
        let second = keep((2, 1), "A");
        keep((3, 0), "A");
        let expected = [Input::Vote(first), Input::Vote(second)];
        assert_eq!(early.take(Height(2)), expected);
        assert!(early.take(Height(2)).is_empty());
        assert_eq!(early.heights.len(), 1);
        assert!(early.take(Height(4)).is_empty());
        assert!(early.heights.is_empty(), "earlier heights are forgotten");
    }
}
