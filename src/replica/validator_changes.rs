//! What a replica does when other validators decide from a height on.

use std::sync::Arc;

use super::batching::BATCH_LIFETIME_HEIGHTS;
use super::effect::{Effect, Report};
use super::state_machine::{Replica, Step};
use crate::ledger::CheckedBatch;
use crate::types::{Batch, BatchReference, ValidatorSet, ValidatorSets};

/// How many authors' batches may wait to be sealed anew: this node's own, and those of one who left.
const AUTHORS_RESEALED: u64 = 2;

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
            let own = self.give_up_outdated_batches();
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
    fn give_up_outdated_batches(&mut self) -> Vec<Arc<CheckedBatch>> {
        let own_key = self.signer.as_ref().map(|signer| signer.key);
        let mut own = Vec::new();
        for reference in self.pool.discard_outdated(&self.sets) {
            self.handed_to_disk.remove(&reference.digest);
            self.outdated_until = self.outdated_until.max(Some(reference.last_height));
            let Some(held) = self.held.remove(&reference.digest) else {
                continue;
            };
            if Some(reference.author) == own_key {
                own.push(Arc::clone(&held));
            }
            if self.has_to_reseal(&reference) {
                self.keep_to_reseal(held);
            }
        }
        own
    }

    /// Keeps a batch whose submissions are to be sealed anew, as long as there is room: the bound is
    /// that of the authors whose batches these are.
    pub(super) fn keep_to_reseal(&mut self, batch: Arc<CheckedBatch>) {
        if !self.is_validator() && !self.stays_validator() {
            return;
        }
        let digest = batch.batch().digest();
        let waiting = || self.resealing.iter().map(|waiting| waiting.batch());
        let bytes: u64 = waiting()
            .map(|waiting| u64::from(waiting.reference().byte_count))
            .sum();
        let most_bytes = AUTHORS_RESEALED.saturating_mul(self.pool.limits().bytes_per_author);
        if waiting().any(|waiting| waiting.digest() == digest) || bytes > most_bytes {
            self.counters.batches_expired += 1;
            return;
        }
        self.resealing.push_back(batch);
    }

    /// Hands what this node has taken, and cannot see to any more, over to the validators: the
    /// batches of its own that were not ordered, and what is in no batch yet.
    fn hand_over(
        &mut self,
        step: &mut Step<'_>,
        before: &ValidatorSet,
        own: Vec<Arc<CheckedBatch>>,
    ) {
        self.resealing.clear();
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

    /// Whether this node has to see to the submissions of a batch that cannot be ordered any more.
    pub(super) fn has_to_reseal(&self, reference: &BatchReference) -> bool {
        let own = self.signer.as_ref().map(|signer| signer.key);
        let is_gone = self.sets.upcoming().index_of(&reference.author).is_none();
        own.is_some() && (own == Some(reference.author) || is_gone)
    }
}
