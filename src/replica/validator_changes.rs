//! What a replica does when other validators decide from a height on.

use std::sync::Arc;

use super::effect::Report;
use super::state_machine::{Replica, Step};
use crate::types::{BatchReference, ValidatorSets};

/// Batches that wait to be sealed anew. They were in the pool, of one or two authors, when the
/// validators changed; so many are far more than that, unless the validators change all the time.
const MAX_RESEALING_BATCHES: usize = 4_096;

impl Replica {
    /// Takes up who decides from now on. `before` is what held until the last commit.
    pub(super) fn follow_validators(&mut self, step: &mut Step<'_>, before: &ValidatorSets) {
        // What was taken for a height whose validators were not known for certain.
        let sets = &self.sets;
        self.decided.retain(|height, (block, _)| {
            sets.at(*height)
                .is_none_or(|set| block.header().validator_set == set.digest())
        });
        if before.current().digest() != self.sets.current().digest() {
            self.give_up_outdated_batches();
            let was = self.is_of(before.current());
            let validators = self.sets.current();
            step.report(Report::ValidatorsChanged {
                from: self.next_height(),
                count: validators.len(),
                quorum: validators.quorum(),
            });
            let from = self.next_height();
            match (was, self.is_validator()) {
                (false, true) => step.report(Report::Joined { from }),
                (true, false) => step.report(Report::Left { from }),
                _ => {}
            }
        }
    }

    /// Batches of validators who decide no more can never be ordered. What is this node's own, and
    /// what authors left behind who are no validators any more, is sealed anew: clients have been
    /// told that it is on its way. A submission that two nodes seal is executed once.
    fn give_up_outdated_batches(&mut self) {
        for reference in self.pool.discard_outdated(&self.sets) {
            self.handed_to_disk.remove(&reference.digest);
            self.outdated_until = self.outdated_until.max(Some(reference.last_height));
            let Some(held) = self.held.remove(&reference.digest) else {
                continue;
            };
            if self.has_to_reseal(&reference) && self.resealing.len() < MAX_RESEALING_BATCHES {
                self.resealing.push_back(held);
            } else {
                self.counters.batches_expired += 1;
            }
        }
        if !self.is_validator() && !self.stays_validator() {
            self.resealing.clear();
        }
    }

    /// Whether this node has to see to the submissions of a batch that cannot be ordered any more.
    pub(super) fn has_to_reseal(&self, reference: &BatchReference) -> bool {
        let own = self.signer.as_ref().map(|signer| signer.key);
        let is_gone = Arc::clone(self.sets.upcoming())
            .index_of(&reference.author)
            .is_none();
        own.is_some() && (own == Some(reference.author) || is_gone)
    }
}
