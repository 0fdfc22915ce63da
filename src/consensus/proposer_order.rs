//! Who proposes in which round.

use std::collections::BTreeSet;

use crate::types::{Height, Round, ValidatorIndex, ValidatorSet};

/// The validators in the order in which they have the turn in rounds 0, 1, 2, … of one height;
/// after the last the order repeats. Every validator of the set appears exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposerOrder(Vec<ValidatorIndex>);

impl ProposerOrder {
    /// The order at a height: the lively validators in rotation by height, then the silent ones in
    /// rotation too. `silent` has to come from what blocks say, so that all nodes agree on it;
    /// members of it that are not of the set are ignored.
    pub fn new(set: &ValidatorSet, height: Height, silent: &BTreeSet<ValidatorIndex>) -> Self {
        let (last, first): (Vec<_>, Vec<_>) = set
            .iter()
            .map(|(index, _)| index)
            .partition(|index| silent.contains(index));
        let order = [first, last].into_iter().flat_map(|mut group| {
            let count = u64::try_from(group.len()).unwrap_or(u64::MAX);
            let turn = height.0.checked_rem(count).unwrap_or(0);
            group.rotate_left(usize::try_from(turn).unwrap_or(0));
            group
        });
        Self(order.collect())
    }

    /// Who proposes in a round; none only for an order without validators.
    pub fn proposer(&self, round: Round) -> Option<ValidatorIndex> {
        let turn = usize::try_from(round.0)
            .unwrap_or(usize::MAX)
            .checked_rem(self.0.len())?;
        self.0.get(turn).copied()
    }

    /// The order from round 0 on.
    pub fn as_slice(&self) -> &[ValidatorIndex] {
        &self.0
    }
}
