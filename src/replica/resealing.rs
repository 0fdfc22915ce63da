//! Sealing anew what was in batches that can never be ordered.

use std::sync::Arc;

use super::effect::Effect;
use super::state_machine::{Replica, ReplicaError, Step};
use crate::ledger::{CheckedBatch, LedgerError};
use crate::types::{BatchReference, Space, SubmissionId};

/// How many authors' batches may wait to be sealed anew: this node's own, and those of one who left.
const AUTHORS_RESEALED: u64 = 2;

impl Replica {
    pub(super) fn is_own(&self, reference: &BatchReference) -> bool {
        let own = self.signer.as_ref().map(|signer| signer.key);
        own == Some(reference.author)
    }

    /// Whether this node has to see to the submissions of a batch that cannot be ordered any more.
    pub(super) fn has_to_reseal(&self, reference: &BatchReference) -> bool {
        let is_gone = self.sets.upcoming().index_of(&reference.author).is_none();
        self.signer.is_some() && (self.is_own(reference) || is_gone)
    }

    /// Whether this node decides the next height or the one after it.
    pub(super) fn has_vote(&self) -> bool {
        self.is_validator() || self.stays_validator()
    }

    /// Keeps a batch whose submissions are to be sealed anew, as long as there is room: the bound is
    /// that of the authors whose batches these are.
    ///
    /// # Errors
    /// The batch, if this node cannot see to it.
    pub(super) fn keep_to_reseal(
        &mut self,
        batch: Arc<CheckedBatch>,
    ) -> Result<(), Arc<CheckedBatch>> {
        if !self.has_vote() {
            return Err(batch);
        }
        let digest = batch.batch().digest();
        let waiting = || self.resealing.iter().map(|waiting| waiting.batch());
        if waiting().any(|waiting| waiting.digest() == digest) {
            return Ok(());
        }
        let bytes: u64 = waiting()
            .map(|waiting| u64::from(waiting.reference().byte_count))
            .sum();
        let most_bytes = AUTHORS_RESEALED.saturating_mul(self.pool.limits().bytes_per_author);
        if bytes > most_bytes {
            return Err(batch);
        }
        self.resealing.push_back(batch);
        Ok(())
    }

    /// Nobody is to wait for what an own batch had and nothing else has: this node cannot have it
    /// ordered. What others have taken is theirs to tell of.
    pub(super) fn give_up(&mut self, step: &mut Step<'_>, batch: &CheckedBatch) {
        if !self.is_own(batch.batch().reference()) {
            return;
        }
        let own = self.signer.as_ref().map(|signer| signer.key);
        let given_up = batch
            .submissions()
            .map(|(_, checked)| checked.id)
            .filter(|id| {
                !self.queue.contains(id) && !self.pool.contains_submission(id, own.as_ref())
            })
            .collect();
        self.give_up_submissions(step, given_up);
    }

    pub(super) fn give_up_submissions(&mut self, step: &mut Step<'_>, ids: Vec<SubmissionId>) {
        if !ids.is_empty() {
            self.counters.submissions_given_up += ids.len() as u64;
            step.push(Effect::GiveUp(ids));
        }
    }

    /// Seals anew what waits for it, as far as there is room.
    pub(super) fn reseal(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        let Some(key) = self.signer.as_ref().map(|signer| signer.key) else {
            return Ok(());
        };
        while self.sealing_set().is_some()
            && let Some(batch) = self.resealing.front()
            && self
                .pool
                .has_room(&key, u64::from(batch.batch().reference().byte_count))
        {
            let Some(batch) = self.resealing.pop_front() else {
                break;
            };
            let (mut submissions, mut checks) = (Vec::new(), Vec::new());
            for (submission, check) in batch.submissions() {
                let is_on_ledger = step
                    .state
                    .get(Space::Submissions, check.id.as_bytes())
                    .map_err(LedgerError::from)?
                    .is_some();
                let is_on_its_way = self.pool.contains_submission(&check.id, Some(&key));
                if is_on_ledger || is_on_its_way || !check.is_authentic {
                    continue;
                }
                if submission.header().expires <= step.now {
                    self.counters.submissions_expired += 1;
                    continue;
                }
                submissions.push(submission.clone());
                checks.push(check.clone());
            }
            if !submissions.is_empty() {
                self.counters.submissions_resealed += submissions.len() as u64;
                self.seal(step, submissions, checks);
            }
        }
        Ok(())
    }
}
