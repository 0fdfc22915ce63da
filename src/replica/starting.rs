//! When the next height starts.

use std::sync::Arc;

use super::checked_message::SignatureVerdict;
use super::input::Timer;
use super::message::LogEntry;
use super::state_machine::{Phase, Replica, ReplicaError, Step};
use crate::consensus::{self, ProposerOrder, StartHeight};
use crate::contracts;
use crate::types::{ConsensusParameters, Height, Timestamp};

/// Blocks that came when something was due by this node's clock, and that were made before it was due by their own time:
/// this clock is ahead of the proposers'. It is a reason to make another block soon, and less and less of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MissedDue {
    /// What was due, and how many blocks in a row did not reach it.
    missed: Option<(Timestamp, u32)>,
}

impl MissedDue {
    /// Takes a block of a time, and what is due after it.
    pub(super) fn on_block(&mut self, time: Timestamp, due: Option<Timestamp>, now: Timestamp) {
        let missed = due.filter(|due| *due <= now && time < *due);
        self.missed = missed.map(|due| (due, self.count(due).saturating_add(1)));
    }

    fn count(&self, due: Timestamp) -> u32 {
        let same = self.missed.filter(|(missed, _)| *missed == due);
        same.map_or(0, |(_, count)| count)
    }

    /// How long after a block the next one is made for what is due: the beat at first, and twice as long after each block
    /// that did not reach it, up to the heartbeat. Clocks that differ by little reach it with the next blocks, and one that
    /// is far ahead does not keep the others busy until it is due for them.
    fn pause_ms(&self, due: Timestamp, parameters: &ConsensusParameters) -> i64 {
        let doubled = 1u64.checked_shl(self.count(due)).unwrap_or(u64::MAX);
        let pause_ms = parameters.block_beat_ms.saturating_mul(doubled);
        i64::try_from(pause_ms.min(parameters.heartbeat_ms)).unwrap_or(i64::MAX)
    }
}

impl Replica {
    /// Starts the next height if there is a reason to, or sets a timer for when there is.
    pub(super) fn maybe_start_height(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        if !matches!(self.phase, Phase::Waiting) || self.decided.contains_key(&self.next_height()) {
            return Ok(());
        }
        if !self.may_begin() {
            // A tick comes back here.
            return Ok(());
        }
        // A clock that was set back must not make this node wait for it.
        self.last_commit = self.last_commit.min(step.now);
        let parameters = self.genesis.consensus();
        let since_ms = step.now.as_ms().saturating_sub(self.last_commit.as_ms());
        let ms = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let beat_ms = ms(parameters.block_beat_ms).saturating_sub(since_ms);
        let heartbeat_ms = ms(parameters.heartbeat_ms).saturating_sub(since_ms);
        let wait_ms = if self.is_height_seen || !self.replay.is_empty() {
            0
        } else if self.pool.has_certified() || !self.evidence.is_empty() {
            beat_ms
        } else if let Some(due) = contracts::read_next_due(step.state)? {
            // What the ledger has to do by itself waits for no record of anybody.
            let due_ms = due.as_ms().saturating_sub(step.now.as_ms());
            let pause_ms = self.missed_due.pause_ms(due, parameters);
            due_ms
                .max(pause_ms.saturating_sub(since_ms))
                .min(heartbeat_ms)
        } else {
            heartbeat_ms
        };
        if wait_ms > 0 {
            step.set_timer(Timer::StartHeight, wait_ms);
            return Ok(());
        }
        self.start_height(step)
    }

    /// A validator with neither ledger nor guard is new, or has lost everything. It may start the
    /// first height, and sign from there on, only if a quorum of validators with itself has said,
    /// since this process began, that nothing was committed: then no quorum has decided a block that
    /// this key has voted for, as long as no more than f are faulty, this node among them.
    fn may_begin(&self) -> bool {
        let is_at_stake = self.consensus.is_fresh() && self.is_validator();
        if !is_at_stake || self.next_height() != Height::FIRST {
            return true;
        }
        let own = self.signer.as_ref().map(|signer| signer.key);
        let at_the_start = self.validators().iter().filter(|(_, validator)| {
            Some(validator.consensus_key) == own
                || self.stated_genesis.contains(&validator.network_key)
        });
        at_the_start.count() >= self.validators().quorum()
    }

    fn start_height(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        let height = self.next_height();
        let liveness = contracts::read_liveness(step.state)?;
        let validators = Arc::clone(self.validators());
        let silent = liveness.silent(&validators);
        let proposers = ProposerOrder::new(&validators, height, &silent);
        // What a restart has in its log says nothing about the network.
        self.awaits_proposal_since = self.replay.is_empty().then_some(step.now);
        let mut replay = Vec::new();
        for entry in std::mem::take(&mut self.replay) {
            match entry {
                LogEntry::Consensus(record) => replay.push(*record),
                LogEntry::Block(block) => {
                    // It was judged before it was logged.
                    let good = SignatureVerdict::good(self.sets.tip(), self.sets.current());
                    let proposed = self.proposals.insert_block(Arc::from(block), good);
                    proposed.is_logged = true;
                    proposed.is_valid = true;
                }
            }
        }
        self.phase = Phase::Running;
        self.proposers = Some(proposers.clone());
        self.is_height_seen = false;
        let start = StartHeight {
            height,
            validators: validators.as_ref().clone(),
            proposers,
            propose_timeout_ms: self.pace.timeout_ms(),
            replay,
        };
        self.drive_consensus(step, consensus::Input::StartHeight(Box::new(start)))?;
        for digest in self.proposals.blocks_of(height) {
            self.judge(step, digest)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_that_does_not_reach_what_is_due_doubles_the_pause_up_to_the_heartbeat() {
        let parameters = ConsensusParameters::default();
        let at = Timestamp::from_ms;
        let due = at(5_000);
        let mut missed = MissedDue::default();
        let mut pauses = Vec::new();
        for block in 0..12 {
            pauses.push(missed.pause_ms(due, &parameters));
            missed.on_block(at(1_000 + block), Some(due), at(9_000));
        }
        let expected = [
            25, 50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000,
        ];
        assert_eq!(pauses, expected);
        for _ in 0..200 {
            missed.on_block(at(2_000), Some(due), at(9_000));
        }
        assert_eq!(missed.pause_ms(due, &parameters), 10_000);
        // Another time that is due begins anew, and so does what a block has reached.
        assert_eq!(missed.pause_ms(at(5_001), &parameters), 25);
        missed.on_block(at(5_000), Some(due), at(9_000));
        assert_eq!(missed.pause_ms(due, &parameters), 25);
        // What is not due by this clock is not missed.
        missed.on_block(at(2_000), Some(due), at(4_999));
        assert_eq!(missed.pause_ms(due, &parameters), 25);
    }
}
