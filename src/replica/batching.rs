//! From submissions to certificates.

use std::sync::Arc;

use super::effect::Effect;
use super::input::{Ticket, Timer};
use super::message::PeerMessage;
use super::state_machine::{Replica, ReplicaError, Step};
use crate::ledger::{self, AdmissionContext, CheckedBatch, CheckedSubmission, LedgerError};
use crate::mempool::PoolError;
use crate::types::{
    Acknowledgement, AvailabilityCertificate, Batch, BatchDigest, Encode, Refusal, Signable,
    Signed, Space, Submission, SubmissionId, ValidatorSet,
};

/// How many heights after the next one a batch of this node may still be ordered. Half of what
/// peers accept: their ledgers may be behind.
pub(super) const BATCH_LIFETIME_HEIGHTS: u64 = crate::types::limits::MAX_BATCH_LIFETIME_HEIGHTS / 2;

/// A node that is this many heights behind does not take submissions: it would judge them by
/// state that is out of date.
const MAX_HEIGHTS_BEHIND: u64 = 20;

/// Bytes of a batch beside its submissions, with room to spare.
const BATCH_OVERHEAD_BYTES: usize = 1_024;

/// Own batches that may wait for their certificates before further submissions only gather.
const MAX_BATCHES_IN_FLIGHT: usize = 8;

impl Replica {
    /// Takes up the batches that were on disk: they are held and may be acknowledged again.
    pub(super) fn recover_batches(&mut self, batches: Vec<CheckedBatch>) {
        let now = self.tip.time;
        for batch in batches {
            let digest = batch.batch().digest();
            let reference = batch.batch().reference().clone();
            if let Err(error) = self.pool.check(&reference, &self.sets) {
                let may_reseal = match error {
                    PoolError::OtherValidatorSet => self.has_to_reseal(&reference),
                    PoolError::OutOfTime { .. } => self.is_own(&reference),
                    PoolError::UnknownAuthor | PoolError::AuthorQuota { .. } => false,
                };
                // Nobody waits for anything at a process that has just begun.
                if may_reseal && self.keep_to_reseal(Arc::new(batch)).is_err() {
                    self.counters.batches_expired += 1;
                }
                continue;
            }
            self.pool.insert(reference, submission_ids(&batch), now);
            self.pool.mark_stored(&digest);
            self.handed_to_disk.insert(digest);
            self.held.insert(digest, Arc::new(batch));
        }
    }

    /// Own batches from before a restart count again: the acknowledgements were not kept, and
    /// nobody else gives this node's.
    pub(super) fn acknowledge_recovered(&mut self, step: &mut Step<'_>) {
        let Some(key) = self.signer.as_ref().map(|signer| signer.key) else {
            return;
        };
        let own: Vec<BatchDigest> = self
            .held
            .values()
            .map(|held| held.batch().reference())
            .filter(|reference| reference.author == key)
            .map(|reference| reference.digest)
            .collect();
        for digest in own {
            self.acknowledge(step, &digest);
        }
    }

    pub(super) fn on_submit(
        &mut self,
        step: &mut Step<'_>,
        ticket: Ticket,
        submission: Submission,
        checked: CheckedSubmission,
    ) -> Result<(), ReplicaError> {
        let id = checked.id;
        let result = match self.judge_submission(step, &submission, &checked)? {
            Err(refusal) => Err(refusal),
            Ok(()) => self.queue.offer(id, submission, checked, step.now),
        };
        match &result {
            Ok(()) => self.counters.submissions_admitted += 1,
            Err(_) => self.counters.submissions_refused += 1,
        }
        step.push(Effect::Reply {
            ticket,
            result: result.map(|()| id).map_err(Box::new),
        });
        self.maybe_seal(step)
    }

    fn judge_submission(
        &mut self,
        step: &Step<'_>,
        submission: &Submission,
        checked: &CheckedSubmission,
    ) -> Result<Result<(), Refusal>, ReplicaError> {
        let refusal = if let Some(reason) = self.no_vote_reason() {
            Some(Refusal::NotValidator { reason })
        } else if self.heights_behind() > MAX_HEIGHTS_BEHIND {
            Some(Refusal::NotReady {
                reason: "it is catching up with the ledger",
            })
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return Ok(Err(refusal));
        }
        // What is not going to be taken need not be judged: that is work of the thread that decides blocks.
        let member = &submission.header().member;
        let room = self.queue.check_room(submission);
        if let Err(refusal) = room.and_then(|()| self.refusals.check(member, step.now)) {
            return Ok(Err(refusal));
        }
        let (ledger, next) = (self.ledger(), self.next_height());
        let context = AdmissionContext {
            state: step.state,
            rulebook: &self.rulebook,
            ledger: &ledger,
            height: next,
            now: step.now,
        };
        let verdict = ledger::admit(&context, &mut self.members, submission, checked)?;
        if let Some(tried) = verdict.as_ref().err().and_then(Refusal::tried_records) {
            self.refusals.spend(member, tried as u64, step.now);
        }
        let own = self.signer.as_ref().map(|signer| signer.key);
        if verdict.is_ok() && self.pool.contains_submission(&checked.id, own.as_ref()) {
            return Ok(Err(Refusal::Duplicate {
                id: checked.id,
                first_index: None,
            }));
        }
        Ok(verdict)
    }

    /// Seals what waits: at once while nothing of this node is in flight, so that an idle ledger
    /// answers quickly, and by size or age otherwise, so that a busy one makes large batches.
    pub(super) fn maybe_seal(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        let Some(key) = self.signer.as_ref().map(|signer| signer.key) else {
            return Ok(());
        };
        // What a node that leaves does not seal now, nobody will.
        let is_leaving = !self.stays_validator();
        // A batch for heights that the others have decided already can never be ordered.
        if self.heights_behind() > MAX_HEIGHTS_BEHIND && !is_leaving {
            return Ok(());
        }
        self.reseal(step)?;
        while let Some(due) = self.queue.due() {
            // Without room the queue fills, and clients are told to come back.
            let bytes = self
                .queue
                .next_batch_bytes()
                .saturating_add(BATCH_OVERHEAD_BYTES);
            if !self.pool.has_room(&key, bytes as u64) {
                return Ok(());
            }
            let in_flight = self.pool.uncertified_of(&key);
            let is_held_up = in_flight >= MAX_BATCHES_IN_FLIGHT && !is_leaving;
            if is_held_up || self.sealing_set().is_none() {
                // The next acknowledgement or tick comes back here.
                return Ok(());
            }
            let is_ripe =
                in_flight == 0 || is_leaving || self.queue.is_full_batch() || due <= step.now;
            if !is_ripe {
                let wait_ms = due.as_ms().saturating_sub(step.now.as_ms()).max(1);
                step.set_timer(Timer::SealBatch, wait_ms);
                return Ok(());
            }
            let (taken, expired) = self.queue.take_batch(step.now);
            self.counters.submissions_expired += expired.len() as u64;
            if taken.is_empty() {
                continue;
            }
            let mut submissions = Vec::with_capacity(taken.len());
            let mut checks = Vec::with_capacity(taken.len());
            for queued in taken {
                submissions.push(queued.submission);
                checks.push(queued.check);
            }
            self.seal(step, submissions, checks);
        }
        Ok(())
    }

    /// The set that batches are sealed for: as long as it lasts, so that they need not be sealed again.
    pub(super) fn sealing_set(&self) -> Option<&Arc<ValidatorSet>> {
        let sets = [self.sets.upcoming(), self.sets.current()];
        sets.into_iter().find(|set| self.is_of(set))
    }

    pub(super) fn seal(
        &mut self,
        step: &mut Step<'_>,
        submissions: Vec<Submission>,
        checks: Vec<CheckedSubmission>,
    ) {
        let (Some(signer), Some(set)) = (&self.signer, self.sealing_set()) else {
            return;
        };
        let next = self.next_height();
        let sealed = Batch::seal(
            &self.ledger(),
            &signer.secret,
            self.next_sequence,
            set.digest(),
            next.plus(BATCH_LIFETIME_HEIGHTS),
            submissions,
        );
        let ids: Vec<SubmissionId> = checks.iter().map(|checked| checked.id).collect();
        let checked = sealed
            .ok()
            .and_then(|batch| CheckedBatch::from_parts(Arc::new(batch), checks))
            .filter(|checked| {
                let reference = checked.batch().reference();
                self.pool.check(reference, &self.sets).is_ok()
            });
        let Some(checked) = checked else {
            // The queue's bounds are within a batch's; were they not, nobody is to wait in vain.
            self.give_up_submissions(step, ids);
            return;
        };
        self.next_sequence = self.next_sequence.next();
        self.counters.batches_sealed += 1;
        self.hold(step, checked);
    }

    /// Takes a batch into the pool and to the disk.
    fn hold(&mut self, step: &mut Step<'_>, checked: CheckedBatch) {
        let batch = Arc::clone(checked.batch());
        let digest = batch.digest();
        let ids = submission_ids(&checked);
        self.pool.insert(batch.reference().clone(), ids, step.now);
        self.held.insert(digest, Arc::new(checked));
        if self.handed_to_disk.insert(digest) {
            step.push(Effect::StoreBatches(vec![batch]));
        }
    }

    pub(super) fn on_batch(
        &mut self,
        step: &mut Step<'_>,
        checked: CheckedBatch,
    ) -> Result<(), ReplicaError> {
        let reference = checked.batch().reference();
        let digest = reference.digest;
        if self.pool.stored(&digest).is_some() {
            // Its author has not got the acknowledgement.
            self.acknowledge(step, &digest);
            return Ok(());
        }
        if self.pool.contains(&digest) {
            return Ok(());
        }
        if self.fetcher.wants_batch(&digest) {
            return self.on_fetched_batch(step, checked);
        }
        let is_ordered = step
            .state
            .get(Space::OrderedBatches, digest.as_bytes())
            .map_err(LedgerError::from)?
            .is_some();
        let fits = self.pool.check(reference, &self.sets);
        if !is_ordered && fits == Err(PoolError::OtherValidatorSet) && self.has_to_reseal(reference)
        {
            if self.keep_to_reseal(Arc::new(checked)).is_err() {
                self.counters.batches_refused += 1;
            }
            return self.maybe_seal(step);
        }
        if is_ordered || fits.is_err() {
            self.counters.batches_refused += 1;
            return Ok(());
        }
        self.counters.batches_taken += 1;
        self.hold(step, checked);
        Ok(())
    }

    pub(super) fn on_batches_stored(
        &mut self,
        step: &mut Step<'_>,
        digests: &[BatchDigest],
    ) -> Result<(), ReplicaError> {
        let own_key = self.signer.as_ref().map(|signer| signer.key);
        for digest in digests {
            let Some(author) = self.pool.mark_stored(digest).map(|r| r.author) else {
                // Ordered or out of time meanwhile.
                continue;
            };
            if Some(author) == own_key
                && let Some(held) = self.held.get(digest)
            {
                step.push(Effect::SendBatch {
                    to: None,
                    batch: Arc::clone(held.batch()),
                });
            }
            self.acknowledge(step, digest);
        }
        self.maybe_start_height(step)
    }

    /// Signs that a stored batch is on disk, and counts it or sends it to the author.
    pub(super) fn acknowledge(&mut self, step: &mut Step<'_>, digest: &BatchDigest) {
        let (Some(signer), Some(reference)) = (&self.signer, self.pool.stored(digest)) else {
            return;
        };
        let set = self.sets.for_batches(&reference.validator_set);
        let Some(set) = set.filter(|set| self.is_of(set)) else {
            return;
        };
        let message = Acknowledgement::of(reference, signer.key);
        let signature = signer.secret.sign(
            Acknowledgement::DOMAIN,
            self.genesis.ledger().as_bytes(),
            &message.to_bytes(),
        );
        let author = reference.author;
        let signed = Signed { message, signature };
        if author == signer.key {
            self.count_acknowledgement(step, &signed);
            return;
        }
        let author = set.index_of(&author);
        if let Some(validator) = author.and_then(|index| set.get(index)) {
            step.push(Effect::Send {
                to: validator.network_key,
                message: Arc::new(PeerMessage::Acknowledgement(signed)),
            });
        }
    }

    pub(super) fn on_acknowledgement(
        &mut self,
        step: &mut Step<'_>,
        acknowledgement: &Signed<Acknowledgement>,
    ) -> Result<(), ReplicaError> {
        self.count_acknowledgement(step, acknowledgement);
        self.maybe_seal(step)?;
        self.maybe_start_height(step)
    }

    fn count_acknowledgement(&mut self, step: &mut Step<'_>, signed: &Signed<Acknowledgement>) {
        let certificate = self
            .pool
            .acknowledge(&signed.message, signed.signature, &self.sets);
        if let Some(certificate) = certificate {
            step.broadcast(PeerMessage::Certificate(certificate));
        }
    }

    pub(super) fn on_certificate(
        &mut self,
        step: &mut Step<'_>,
        certificate: AvailabilityCertificate,
    ) -> Result<(), ReplicaError> {
        let digest = certificate.batch.digest;
        let is_fit = self
            .pool
            .check_certificate(&certificate, &self.sets)
            .is_ok();
        let is_ordered = step
            .state
            .get(Space::OrderedBatches, digest.as_bytes())
            .map_err(LedgerError::from)?
            .is_some();
        if is_fit && !is_ordered {
            self.pool.certify(certificate);
        }
        self.maybe_start_height(step)
    }

    /// Sends again what has not been answered for too long.
    pub(super) fn retransmit(&mut self, step: &mut Step<'_>) {
        let Some(key) = self.signer.as_ref().map(|signer| signer.key) else {
            return;
        };
        for (digest, missing) in self.pool.unacknowledged(&key, step.now, &self.sets) {
            let peers = missing
                .iter()
                .filter(|validator| validator.consensus_key != key)
                .map(|validator| validator.network_key)
                .collect();
            if let Some(held) = self.held.get(&digest) {
                step.push(Effect::SendBatch {
                    to: Some(peers),
                    batch: Arc::clone(held.batch()),
                });
            }
        }
        for certificate in self.pool.unordered(&key, step.now) {
            step.broadcast(PeerMessage::Certificate(certificate));
        }
    }
}

fn submission_ids(batch: &CheckedBatch) -> Vec<SubmissionId> {
    batch.submissions().map(|(_, checked)| checked.id).collect()
}
