//! From a decision to the next height: batches, applying, committing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::effect::{Effect, Report};
use super::input::Timer;
use super::state_machine::{Phase, Replica, ReplicaError, Step};
use crate::contracts::{self, Rulebook, StateKey};
use crate::ledger::{self, Applied, BlockCommit, CheckedBatch, LedgerTip};
use crate::types::{
    AvailabilityCertificate, BatchDigest, Block, CommitCertificate, Height, Space, ValidatorSet,
    ValidatorSets,
};

/// Decided blocks whose batches are fetched at the same time end where their batches have so many
/// bytes: it bounds the memory of catching up.
const MAX_FETCH_AHEAD_BYTES: u64 = 32 * 1024 * 1024;

impl Replica {
    /// Consensus has decided the next height. If the block is not here, it will be fetched from
    /// those who have committed it.
    pub(super) fn on_decided(&mut self, certificate: CommitCertificate) {
        let height = certificate.height;
        if height != self.next_height() {
            return;
        }
        if let Some(proposed) = self.proposals.block(&certificate.block) {
            let block = Arc::clone(&proposed.block);
            self.decided.insert(height, (block, certificate));
        }
    }

    /// Applies the next block if it is decided and all its batches are here; asks for those that
    /// are not.
    pub(super) fn advance(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        if matches!(self.phase, Phase::Committing(_)) {
            return Ok(());
        }
        let Some((block, certificate)) = self.decided.get(&self.next_height()).cloned() else {
            return Ok(());
        };
        let mut batches = Vec::with_capacity(block.body().batches.len());
        for certificate in &block.body().batches {
            match self.held.get(&certificate.batch.digest) {
                Some(held) => batches.push(Arc::clone(held)),
                None => {
                    self.want_batches(step);
                    return Ok(());
                }
            }
        }
        let applied = ledger::apply(
            step.state,
            &self.rulebook,
            &self.tip,
            &block,
            &certificate,
            &batches,
        )?;
        self.report_skipped(step, &block, &applied);
        self.cancel_timeouts(step);
        self.commit(step, applied, &batches);
        Ok(())
    }

    fn commit(&mut self, step: &mut Step<'_>, applied: Applied, batches: &[Arc<CheckedBatch>]) {
        let missing = batches
            .iter()
            .map(|held| held.batch())
            .filter(|batch| !self.handed_to_disk.contains(&batch.digest()))
            .cloned()
            .collect();
        let tip = &applied.commit.tip;
        step.push(Effect::Commit {
            commit: Box::new(applied.commit.clone()),
            batches: missing,
            cosigned_size: self
                .cosigning
                .size_to_cosign(tip, &self.sets.current().digest()),
        });
        self.phase = Phase::Committing(Box::new(applied));
    }

    fn report_skipped(&self, step: &mut Step<'_>, block: &Block, applied: &Applied) {
        for (certificate, skipped) in block.body().batches.iter().zip(&applied.skipped) {
            if skipped.unauthentic > 0 {
                step.report(Report::SkippedSubmissions {
                    author: certificate.batch.author,
                    count: skipped.unauthentic,
                });
            }
        }
    }

    pub(super) fn on_block_committed(
        &mut self,
        step: &mut Step<'_>,
        height: Height,
    ) -> Result<(), ReplicaError> {
        let applied = match std::mem::replace(&mut self.phase, Phase::Waiting) {
            Phase::Committing(applied) if applied.commit.tip.height == height => applied,
            _ => {
                return Err(ReplicaError::UnexpectedCompletion {
                    what: format!("the commit of height {height}"),
                });
            }
        };
        let Applied {
            commit,
            records,
            dropped,
            ..
        } = *applied;
        let digests: Vec<BatchDigest> = commit
            .block
            .block
            .body()
            .batches
            .iter()
            .map(|certificate| certificate.batch.digest)
            .collect();
        self.forget_ordered(&digests);
        for (_, evidence) in &commit.evidence {
            self.evidence.remove(&evidence.offence());
        }
        self.counters.blocks_committed += 1;
        self.counters.records_committed += records
            .iter()
            .map(|record| u64::from(record.location.record_count))
            .sum::<u64>();
        let before = self.sets.clone();
        self.sets.advance(following_sets(&before, step, &commit)?);
        self.rulebook = Rulebook::read(step.state, height.next(), Some(&self.rulebook))?;
        self.take_tip(step, commit.tip.clone(), commit.block.certificate.clone());
        let due = contracts::read_next_due(step.state)?;
        self.missed_due.on_block(commit.tip.time, due, step.now);
        step.push(Effect::Committed {
            height,
            time: commit.tip.time,
            records,
            dropped,
            batches: digests,
        });
        self.cosign(step);
        self.follow_validators(step, &before);
        self.send_requests(step);
        self.maybe_seal(step)?;
        self.advance(step)?;
        self.maybe_start_height(step)
    }

    fn take_tip(&mut self, step: &mut Step<'_>, tip: LedgerTip, certificate: CommitCertificate) {
        self.tip = tip;
        self.tip_certificate = Some(certificate);
        self.last_commit = step.now;
        self.proposers = None;
        self.is_height_seen = false;
        let next = self.next_height();
        self.decided = self.decided.split_off(&next);
        self.replay.clear();
        self.is_height_seen = !self.proposals.blocks_of(next).is_empty();
        self.proposals.forget_below(next);
        for digest in std::mem::take(&mut self.deferred) {
            step.push(Effect::CancelTimer(Timer::JudgeBlock(digest)));
        }
        self.evidence.retain(|_, evidence| {
            let (height, _, _) = evidence.slot();
            ledger::is_evidence_in_time(height, next)
        });
        step.push(Effect::ForgetLogBelow(next));
        let expired = self.pool.discard_expired(next);
        let has_outdated = self.outdated_until.is_some_and(|last| last < next);
        if has_outdated {
            self.outdated_until = None;
        }
        if !expired.is_empty() || has_outdated {
            self.forget_expired(step, &expired);
            step.push(Effect::DiscardBatches(next));
        }
    }

    fn forget_ordered(&mut self, digests: &[BatchDigest]) {
        self.pool.on_ordered(digests);
        for digest in digests {
            self.held.remove(digest);
            self.handed_to_disk.remove(digest);
            self.fetcher.forget_batch(digest);
        }
    }

    /// Own batches out of time are sealed anew: their clients have been told that this node sees to
    /// them. That happens to a node that was cut off from the others for longer than a batch lives.
    fn forget_expired(&mut self, step: &mut Step<'_>, expired: &BTreeSet<BatchDigest>) {
        for digest in expired {
            self.handed_to_disk.remove(digest);
            let Some(held) = self.held.remove(digest) else {
                continue;
            };
            if self.is_own(held.batch().reference()) {
                self.counters.batches_expired += 1;
                if let Err(given_up) = self.keep_to_reseal(held) {
                    self.give_up(step, &given_up);
                }
            }
        }
    }

    /// Asks for the missing batches of the decided blocks, the nearest first.
    pub(super) fn want_batches(&mut self, step: &mut Step<'_>) {
        let mut bytes = 0u64;
        let mut missing: Vec<(Arc<ValidatorSet>, AvailabilityCertificate)> = Vec::new();
        for (height, (block, _)) in &self.decided {
            // Its certificate was verified by this set.
            let signers = self.sets.at(*height).unwrap_or(self.sets.upcoming());
            for certificate in &block.body().batches {
                bytes = bytes.saturating_add(u64::from(certificate.batch.byte_count));
                if !self.held.contains_key(&certificate.batch.digest) {
                    missing.push((Arc::clone(signers), certificate.clone()));
                }
            }
            if bytes > MAX_FETCH_AHEAD_BYTES {
                break;
            }
        }
        for (signers, certificate) in missing {
            let holders = certificate
                .signatures
                .iter()
                .filter_map(|signed| signers.get(signed.validator))
                .map(|validator| validator.network_key)
                .collect();
            self.fetcher.want_batch(certificate.batch.digest, holders);
        }
        self.send_requests(step);
    }

    /// A batch that was asked for has come. It is written with the block that orders it.
    pub(super) fn on_fetched_batch(
        &mut self,
        step: &mut Step<'_>,
        checked: CheckedBatch,
    ) -> Result<(), ReplicaError> {
        let digest = checked.batch().digest();
        self.fetcher.forget_batch(&digest);
        self.held.entry(digest).or_insert_with(|| Arc::new(checked));
        self.advance(step)
    }
}

/// Who decides the heights around the one after a commit. The state is read only if the commit
/// changed them: decoding the keys of a set takes time.
fn following_sets(
    before: &ValidatorSets,
    step: &Step<'_>,
    commit: &BlockCommit,
) -> Result<ValidatorSets, ReplicaError> {
    let next = commit.tip.height.next();
    let keys = [
        StateKey::Validators,
        StateKey::ScheduledValidators,
        StateKey::PreviousValidators,
    ]
    .map(StateKey::to_bytes);
    let has_changed = commit
        .writes
        .iter()
        .any(|write| write.space == Space::State && keys.iter().any(|key| write.key == key));
    if has_changed {
        return Ok(contracts::read_validator_sets(step.state, next)?);
    }
    let upcoming = before.upcoming();
    Ok(ValidatorSets::new(
        next,
        Arc::clone(before.current()),
        Arc::clone(upcoming),
        Arc::clone(upcoming),
    ))
}
