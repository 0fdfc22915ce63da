//! Catching up with peers that are ahead.

use std::sync::Arc;

use super::effect::{Effect, Report};
use super::input::Answer;
use super::message::PeerMessage;
use super::state_machine::{Phase, Replica, ReplicaError, Step};
use crate::consensus::{self, VerifiedCertificate};
use crate::crypto::PublicKey;
use crate::sync::{DecidedBlock, RequestId, SyncRequest};
use crate::types::Height;

/// Decided blocks that wait to be applied.
const MAX_DECIDED_AHEAD: usize = 128;

/// Status is sent every so many ticks.
const TICKS_PER_STATUS: u64 = 10;

impl Replica {
    pub(super) fn on_connected(&mut self, step: &mut Step<'_>, peer: PublicKey) {
        self.fetcher.on_connected(peer);
        let height = self.tip.height;
        step.push(Effect::Send {
            to: peer,
            message: Arc::new(PeerMessage::Status { height }),
        });
    }

    pub(super) fn tick(&mut self, step: &mut Step<'_>) {
        if self.ticks % TICKS_PER_STATUS == 1 {
            let height = self.tip.height;
            step.broadcast(PeerMessage::Status { height });
        }
        self.retransmit(step);
        self.send_requests(step);
    }

    /// A peer says, or shows, which height it has committed.
    pub(super) fn note_height(&mut self, step: &Step<'_>, peer: &PublicKey, height: Height) {
        // Of validators only: that bounds how many there are.
        if height == Height::GENESIS && self.is_network_key_of_validator(peer) {
            self.stated_genesis.insert(*peer);
        }
        self.fetcher.on_height(peer, height, step.now);
    }

    fn is_network_key_of_validator(&self, network_key: &PublicKey) -> bool {
        let mut validators = self.validators().iter();
        validators.any(|(_, validator)| validator.network_key == *network_key)
    }

    /// Sends the requests that are to be sent now.
    pub(super) fn send_requests(&mut self, step: &mut Step<'_>) {
        let from = self.first_missing_height();
        let next = if self.decided.len() < MAX_DECIDED_AHEAD {
            from
        } else {
            // Enough is here to go on with: no peer has this height.
            Height(u64::MAX)
        };
        for request in self.fetcher.plan(next, step.now) {
            step.push(Effect::Request(request));
        }
    }

    /// The first height whose decided block is not here.
    fn first_missing_height(&self) -> Height {
        let mut height = self.next_height();
        if matches!(self.phase, Phase::Committing(_)) {
            height = height.next();
        }
        while self.decided.contains_key(&height) {
            height = height.next();
        }
        height
    }

    pub(super) fn on_answer(
        &mut self,
        step: &mut Step<'_>,
        id: RequestId,
        answer: Answer,
    ) -> Result<(), ReplicaError> {
        let Some(expected) = self.fetcher.on_answer(id) else {
            return Ok(());
        };
        let peer = expected.peer;
        match (expected.request, answer) {
            (SyncRequest::Blocks { from }, Answer::Blocks(blocks)) => {
                match self.take_blocks(from, blocks) {
                    Ok(()) => self.fetcher.on_delivered(&peer),
                    Err(reason) => self.on_faulty_answer(step, &peer, reason),
                }
                self.want_batches(step);
                self.end_running_height(step)?;
                self.advance(step)?;
            }
            (SyncRequest::Batch { digest }, Answer::Batch(batch))
                if batch.batch().digest() == digest =>
            {
                self.fetcher.on_delivered(&peer);
                if self.fetcher.wants_batch(&digest) {
                    self.on_fetched_batch(step, *batch)?;
                }
            }
            (SyncRequest::Batch { digest }, Answer::NoBatch) => {
                self.fetcher.on_batch_missing(&digest, &peer);
            }
            (_, Answer::Failed) => {
                self.counters.requests_failed += 1;
                self.fetcher.on_failed(&peer, step.now);
            }
            _ => self.on_faulty_answer(step, &peer, "the answer is not to the question".into()),
        }
        self.send_requests(step);
        Ok(())
    }

    /// Consensus learns that the height it runs is decided: it must not speak there any more.
    fn end_running_height(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        if !matches!(self.phase, Phase::Running) {
            return Ok(());
        }
        let Some((_, certificate)) = self.decided.get(&self.next_height()) else {
            return Ok(());
        };
        let verified =
            VerifiedCertificate::check(certificate.clone(), &self.ledger(), self.validators());
        match verified {
            Ok(verified) => self.drive_consensus(step, consensus::Input::Commit(verified)),
            // It was verified by these validators when it was taken.
            Err(_) => Ok(()),
        }
    }

    fn on_faulty_answer(&mut self, step: &mut Step<'_>, peer: &PublicKey, reason: String) {
        self.counters.requests_failed += 1;
        self.fetcher.on_failed(peer, step.now);
        step.report(Report::FaultyPeer {
            peer: *peer,
            reason,
        });
    }

    /// Takes decided blocks as far as their certificates verify. Whether a block fits the ledger
    /// is beyond doubt then: a quorum has judged it.
    fn take_blocks(&mut self, from: Height, blocks: Vec<DecidedBlock>) -> Result<(), String> {
        if blocks.is_empty() {
            return Err("it has no block of a height that it said it has".into());
        }
        let mut height = from;
        for decided in blocks {
            let DecidedBlock { block, certificate } = decided;
            if block.height() != height
                || certificate.height != height
                || certificate.block != block.digest()
            {
                return Err(format!("its block is not that of height {height}"));
            }
            if height < self.next_height() {
                height = height.next();
                continue;
            }
            // Further ahead others may decide: what these have signed is taken, and given up when it
            // is known that they did not decide it (see `follow_validators`).
            let known = self.sets.at(height);
            let set = known.unwrap_or(self.sets.upcoming());
            if block.header().validator_set != set.digest() {
                if known.is_some() {
                    return Err(format!(
                        "its block of height {height} names other validators"
                    ));
                }
                // Another set decides from here on; it is known when we have come so far.
                return Ok(());
            }
            certificate
                .verify(&self.ledger(), set)
                .map_err(|error| format!("its block of height {height}: {error}"))?;
            if !self.decided.contains_key(&height) {
                self.counters.blocks_synced += 1;
                self.decided.insert(height, (Arc::new(block), certificate));
            }
            height = height.next();
        }
        Ok(())
    }
}
