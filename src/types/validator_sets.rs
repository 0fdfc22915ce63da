//! Who decides which of the heights around the next one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::height::Height;
use super::ids::ValidatorSetDigest;
use super::validator::ValidatorSet;

/// For how many heights before the tip the sets are remembered: statements of them still come.
const MAX_PAST_HEIGHTS: u64 = 8;

/// The validator sets that a node knows for certain: of the tip, of the next height, and of the one
/// after it, since a change that is decided at a height acts two heights later; and of some heights
/// before. Of all other heights it knows nothing, and takes no set for theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSets {
    next: Height,
    /// By the first height that each decides. Never empty.
    sets: BTreeMap<Height, Arc<ValidatorSet>>,
    tip: Arc<ValidatorSet>,
    current: Arc<ValidatorSet>,
    upcoming: Arc<ValidatorSet>,
}

impl ValidatorSets {
    /// The sets of the heights before, at and after `next`.
    pub fn new(
        next: Height,
        tip: Arc<ValidatorSet>,
        current: Arc<ValidatorSet>,
        upcoming: Arc<ValidatorSet>,
    ) -> Self {
        let sets = BTreeMap::from([
            (next.previous().unwrap_or_default(), Arc::clone(&tip)),
            (next, Arc::clone(&current)),
            (next.next(), Arc::clone(&upcoming)),
        ]);
        Self {
            next,
            sets,
            tip,
            current,
            upcoming,
        }
    }

    /// Takes the sets that hold one height later, and forgets the oldest.
    pub fn advance(&mut self, later: Self) {
        let oldest = later.next.0.saturating_sub(MAX_PAST_HEIGHTS);
        let before = std::mem::replace(self, later);
        self.sets.extend(
            before
                .sets
                .range(Height(oldest)..self.next.previous().unwrap_or_default())
                .map(|(height, set)| (*height, Arc::clone(set))),
        );
    }

    /// The height that is to be decided next.
    pub fn next_height(&self) -> Height {
        self.next
    }

    /// Who decided the tip.
    pub fn tip(&self) -> &Arc<ValidatorSet> {
        &self.tip
    }

    /// Who decides the next height.
    pub fn current(&self) -> &Arc<ValidatorSet> {
        &self.current
    }

    /// Who decides the height after the next one.
    pub fn upcoming(&self) -> &Arc<ValidatorSet> {
        &self.upcoming
    }

    /// Whether other validators decide the height after the next one.
    pub fn is_changing(&self) -> bool {
        self.current.digest() != self.upcoming.digest()
    }

    /// Who decides a height; none if that is not known for certain.
    pub fn at(&self, height: Height) -> Option<&Arc<ValidatorSet>> {
        self.sets.get(&height)
    }

    /// The set of a name that decided a height not long ago, or decides one of the next.
    pub fn remembered(&self, digest: &ValidatorSetDigest) -> Option<&Arc<ValidatorSet>> {
        self.sets.values().find(|set| set.digest() == *digest)
    }

    /// The set of a name that decides the next height or the one after it: those are the sets for
    /// which batches are sealed.
    pub fn for_batches(&self, digest: &ValidatorSetDigest) -> Option<&Arc<ValidatorSet>> {
        [&self.current, &self.upcoming]
            .into_iter()
            .find(|set| set.digest() == *digest)
    }
}
