//! What a replica does when other validators decide from a height on.

use std::sync::Arc;

use super::batching::BATCH_LIFETIME_HEIGHTS;
use super::effect::{Effect, Report};
use super::state_machine::{Replica, Step};
use crate::ledger::CheckedBatch;
use crate::types::{Batch, ValidatorSet, ValidatorSets};

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
            let was = self.is_of(before.current());
            let own = self.give_up_outdated_batches(step);
            let validators = Arc::clone(self.sets.current());
            step.report(Report::ValidatorsChanged {
                from: self.next_height(),
                count: validators.len(),
                quorum: validators.quorum(),
            });
            let from = self.next_height();
            match (was, self.is_validator()) {
                (false, true) => step.report(Report::Joined { from }),
                (true, false) => {
                    step.report(Report::Left { from });
                    self.hand_over(step, before.current(), own);
                }
                _ => {}
            }
        }
    }

    /// Batches of validators who decide no more can never be ordered. What is this node's own, and
    /// what authors left behind who are no validators any more, is sealed anew: clients have been
    /// told that it is on its way. A submission that two nodes seal is executed once. Returns this
    /// node's own batches.
    fn give_up_outdated_batches(&mut self, step: &mut Step<'_>) -> Vec<Arc<CheckedBatch>> {
        let mut own = Vec::new();
        for reference in self.pool.discard_outdated(&self.sets) {
            self.handed_to_disk.remove(&reference.digest);
            self.outdated_until = self.outdated_until.max(Some(reference.last_height));
            let Some(held) = self.held.remove(&reference.digest) else {
                continue;
            };
            if self.is_own(&reference) {
                own.push(Arc::clone(&held));
            }
            let may_reseal = self.has_vote() && self.has_to_reseal(&reference);
            if may_reseal && let Err(given_up) = self.keep_to_reseal(held) {
                self.give_up(step, &given_up);
            }
        }
        own
    }

    /// Hands what this node has taken, and cannot see to any more, over to the validators: the
    /// batches of its own that were not ordered, also those that wait to be sealed anew, and what
    /// is in no batch yet.
    fn hand_over(
        &mut self,
        step: &mut Step<'_>,
        before: &ValidatorSet,
        own: Vec<Arc<CheckedBatch>>,
    ) {
        let waiting = std::mem::take(&mut self.resealing).into_iter();
        let of_this_node = waiting.filter(|batch| self.is_own(batch.batch().reference()));
        let own: Vec<_> = of_this_node.chain(own).collect();
        for batch in own {
            let batch = Arc::clone(batch.batch());
            step.push(Effect::SendBatch { to: None, batch });
        }
        let Some(signer) = &self.signer else { return };
        while !self.queue.is_empty() {
            let (taken, expired) = self.queue.take_batch(step.now);
            self.counters.submissions_expired += expired.len() as u64;
            let submissions = taken.into_iter().map(|queued| queued.submission).collect();
            let sealed = Batch::seal(
                &self.genesis.ledger(),
                &signer.secret,
                self.next_sequence,
                before.digest(),
                self.sets.next_height().plus(BATCH_LIFETIME_HEIGHTS),
                submissions,
            );
            // There is none if all had expired.
            if let Ok(batch) = sealed {
                self.next_sequence = self.next_sequence.next();
                let batch = Arc::new(batch);
                step.push(Effect::SendBatch { to: None, batch });
            }
        }
    }
}
