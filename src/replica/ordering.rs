//! Running consensus: proposing, judging, and carrying out what it asks for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::checked_message::SignatureVerdict;
use super::effect::{Effect, Report};
use super::input::Timer;
use super::message::{LogEntry, PeerMessage};
use super::state_machine::{Phase, Replica, ReplicaError, Step};
use crate::consensus::limits::MAX_ROUNDS_AHEAD;
use crate::consensus::{self, BlockVerdict, ConsensusMessage, Verdict, Verified};
use crate::crypto::{Blake3Digest, PublicKey};
use crate::ledger::{self, BlockContext, BlockFault, LedgerError};
use crate::types::limits::MAX_EVIDENCE_PER_BLOCK;
use crate::types::{
    Block, BlockBody, BlockDigest, BlockHeader, CommitCertificate, Evidence, Height,
    IndexedSignature, PROTOCOL_VERSION, Proposal, Round, Space, Timestamp, ValidatorIndex,
};

/// How many heights beyond the next one proposals are kept for: whose validators are known.
const MAX_HEIGHTS_AHEAD: u64 = 1;

/// Pieces of evidence against one validator that wait for a block. With the number of validators of
/// recent heights it bounds all of them.
const MAX_PENDING_EVIDENCE_PER_OFFENDER: usize = 4;

/// A proposer holds time back if its block is this much older than our clock: nothing but an
/// unlikely delay explains it.
const STALE_BLOCK_MS: i64 = 30_000;

impl Replica {
    pub(super) fn on_consensus(
        &mut self,
        step: &mut Step<'_>,
        from: PublicKey,
        height: Height,
        input: consensus::Input,
    ) -> Result<(), ReplicaError> {
        if self.is_by_validators(&input) {
            self.on_height_shown(step, &from, height);
        }
        // First: without a height that runs, consensus does not keep what it is told.
        self.maybe_start_height(step)?;
        self.drive_consensus(step, input)?;
        self.judge_deferred(step)
    }

    /// A quorum that has prevoted for a block overrides this node's clock.
    fn judge_deferred(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        let height = self.next_height();
        let ripe = self
            .deferred
            .iter()
            .copied()
            .find(|block| self.consensus.has_polka(height, *block));
        match ripe {
            Some(block) => self.judge(step, block),
            None => Ok(()),
        }
    }

    /// Whether an input is by a validator: what a stranger signs starts nothing.
    fn is_by_validators(&self, input: &consensus::Input) -> bool {
        match input {
            consensus::Input::Vote(vote) => {
                let vote = &vote.signed().message;
                self.sets
                    .at(vote.height)
                    .is_some_and(|set| set.index_of(&vote.validator).is_some())
            }
            // Certificates have a quorum, and everything else is this node's own.
            _ => true,
        }
    }

    /// A peer that works on a height has committed the one before.
    fn on_height_shown(&mut self, step: &mut Step<'_>, from: &PublicKey, height: Height) {
        if height == self.next_height() {
            self.is_height_seen = true;
        }
        if let Some(committed) = height.previous()
            && committed > self.tip.height
        {
            self.note_height(step, from, committed);
        }
    }

    pub(super) fn on_proposal(
        &mut self,
        step: &mut Step<'_>,
        from: PublicKey,
        proposal: Verified<Proposal>,
        block: Arc<Block>,
        signatures: SignatureVerdict,
    ) -> Result<(), ReplicaError> {
        let height = block.height();
        let next = self.next_height();
        let signer = &proposal.signed().message.validator;
        let current = self
            .consensus
            .round()
            .filter(|_| self.consensus.height() == Some(height))
            .unwrap_or_default();
        let is_in_reach = height >= next
            && height <= next.plus(MAX_HEIGHTS_AHEAD)
            && proposal.signed().message.round <= current.plus(MAX_ROUNDS_AHEAD);
        let set = self.sets.at(height);
        if !is_in_reach || set.is_none_or(|set| set.index_of(signer).is_none()) {
            return Ok(());
        }
        self.on_height_shown(step, &from, height);
        let digest = block.digest();
        if !self.is_turn_of(height, &proposal.signed().message)
            || !self.proposals.insert(proposal.signed(), block, signatures)
        {
            self.counters.proposals_dropped += 1;
        }
        self.maybe_start_height(step)?;
        self.drive_consensus(step, consensus::Input::Proposal(proposal))?;
        self.judge(step, digest)
    }

    /// Whether a proposal is by the validator whose turn it is, as far as that is known: the order
    /// of a later height is not.
    fn is_turn_of(&self, height: Height, proposal: &Proposal) -> bool {
        if height != self.next_height() {
            return true;
        }
        let Some(proposers) = &self.proposers else {
            return true;
        };
        let index = self.validators().index_of(&proposal.validator);
        index.is_some() && proposers.proposer(proposal.round) == index
    }

    /// Judges a block of the height that runs, if that can be done now, and tells consensus.
    pub(super) fn judge(
        &mut self,
        step: &mut Step<'_>,
        digest: BlockDigest,
    ) -> Result<(), ReplicaError> {
        if !matches!(self.phase, Phase::Running) {
            return Ok(());
        }
        let Some(proposed) = self.proposals.block(&digest) else {
            return Ok(());
        };
        let block = Arc::clone(&proposed.block);
        if block.height() != self.next_height() {
            return Ok(());
        }
        let proposals: Vec<Proposal> = self
            .proposals
            .proposals_of(&digest)
            .map(|signed| signed.message.clone())
            .filter(|proposal| self.is_turn_of(block.height(), proposal))
            .collect();
        let Some(first) = proposals.first() else {
            return Ok(());
        };
        if !proposed.is_valid {
            if let Some(fault) = self.find_fault(step, &digest)? {
                step.report(Report::InvalidBlock {
                    proposer: first.validator,
                    reason: fault.to_string(),
                });
                return self.give_verdicts(step, &proposals, Verdict::Invalid);
            }
            if !self.is_present(step, &block) {
                return Ok(());
            }
        }
        if let Some(proposed) = self.proposals.block_mut(&digest) {
            proposed.is_valid = true;
            if !proposed.is_logged {
                proposed.is_logged = true;
                let entry = LogEntry::Block(Box::new(block.as_ref().clone()));
                step.push(Effect::Log(entry));
            }
        }
        self.give_verdicts(step, &proposals, Verdict::Valid)
    }

    fn give_verdicts(
        &mut self,
        step: &mut Step<'_>,
        proposals: &[Proposal],
        verdict: Verdict,
    ) -> Result<(), ReplicaError> {
        self.measure_pace(step, proposals);
        for proposal in proposals {
            let verdict = BlockVerdict {
                height: proposal.height,
                round: proposal.round,
                block: proposal.block,
                verdict,
            };
            self.drive_consensus(step, consensus::Input::BlockVerdict(verdict))?;
        }
        Ok(())
    }

    /// Takes the time of the first proposal of the height, unless it is this node's own.
    fn measure_pace(&mut self, step: &Step<'_>, proposals: &[Proposal]) {
        let own = self.signer.as_ref().map(|signer| signer.key);
        let is_first =
            |proposal: &&Proposal| proposal.round == Round::ZERO && Some(proposal.validator) != own;
        if proposals.iter().find(is_first).is_some()
            && let Some(since) = self.awaits_proposal_since.take()
        {
            let took_ms = step.now.as_ms().saturating_sub(since.as_ms());
            // A clock that was set back counts as no time at all.
            self.pace.arrived(u64::try_from(took_ms).unwrap_or(0));
        }
    }

    /// What is provably wrong with a block.
    fn find_fault(
        &self,
        step: &Step<'_>,
        digest: &BlockDigest,
    ) -> Result<Option<BlockFault>, ReplicaError> {
        let Some(proposed) = self.proposals.block(digest) else {
            return Ok(None);
        };
        let (parent_validators, validators) = (self.sets.tip(), self.sets.current());
        let signatures = match proposed.signatures.by(parent_validators, validators) {
            Some(verdict) => verdict.clone(),
            // Checked when other validators were in force: once more.
            None => ledger::check_block_signatures(
                &self.ledger(),
                parent_validators,
                validators,
                &proposed.block,
            ),
        };
        if let Err(fault) = signatures {
            return Ok(Some(fault));
        }
        let ledger = self.ledger();
        let context = BlockContext {
            ledger: &ledger,
            tip: &self.tip,
            validators,
            contract_set: self.rulebook.digest(),
        };
        match ledger::check_block(step.state, context, &proposed.block)? {
            ledger::BlockVerdict::Valid => Ok(None),
            ledger::BlockVerdict::Invalid(fault) => Ok(Some(fault)),
        }
    }

    /// Whether a block's time has come. If not, it is judged again when it has: a clock never makes
    /// a block invalid.
    fn is_present(&mut self, step: &mut Step<'_>, block: &Block) -> bool {
        self.deferred.remove(&block.digest());
        if self.consensus.has_polka(block.height(), block.digest()) {
            return true;
        }
        let (time, now) = (block.header().time, step.now);
        let drift_ms = i64::try_from(self.genesis.consensus().clock_drift_ms).unwrap_or(i64::MAX);
        let ahead_ms = time.as_ms().saturating_sub(now.as_ms());
        if ahead_ms > drift_ms {
            let wait_ms = ahead_ms.saturating_sub(drift_ms);
            step.set_timer(Timer::JudgeBlock(block.digest()), wait_ms);
            step.report(Report::BlockFromTheFuture { time, now });
            self.deferred.insert(block.digest());
            return false;
        }
        let is_first_possible = time.as_ms() == self.tip.time.as_ms().saturating_add(1);
        if ahead_ms < -STALE_BLOCK_MS && !is_first_possible {
            step.report(Report::BlockFromThePast { time, now });
        }
        true
    }

    /// Gives consensus an input and carries out what it asks for, until it asks for nothing more.
    pub(super) fn drive_consensus(
        &mut self,
        step: &mut Step<'_>,
        input: consensus::Input,
    ) -> Result<(), ReplicaError> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.consensus.step(input)? {
                if let Some(next) = self.carry_out(step, effect)? {
                    inputs.push_back(next);
                }
            }
        }
        self.advance(step)
    }

    fn carry_out(
        &mut self,
        step: &mut Step<'_>,
        effect: consensus::Effect,
    ) -> Result<Option<consensus::Input>, ReplicaError> {
        match effect {
            consensus::Effect::Log(record) => {
                step.push(Effect::Log(LogEntry::Consensus(Box::new(record))));
            }
            consensus::Effect::Guard(guard) => step.push(Effect::Guard(guard)),
            consensus::Effect::Broadcast(ConsensusMessage::Proposal(proposal)) => {
                self.proposals.insert_own(&proposal);
                self.send_proposal(step, proposal.message.height, proposal.message.round);
            }
            consensus::Effect::Broadcast(message) => {
                step.broadcast(PeerMessage::Consensus(message));
            }
            consensus::Effect::ScheduleTimeout { timeout, after_ms } => {
                self.timeouts.insert(timeout);
                let timer = Timer::Consensus(timeout);
                step.push(Effect::SetTimer { timer, after_ms });
            }
            consensus::Effect::CancelTimeout(timeout) => {
                if self.timeouts.remove(&timeout) {
                    step.push(Effect::CancelTimer(Timer::Consensus(timeout)));
                }
            }
            consensus::Effect::CancelAllTimeouts => self.cancel_timeouts(step),
            consensus::Effect::RequestBlock { height, round } => {
                return self.propose(step, height, round);
            }
            consensus::Effect::RestreamProposal { height, round, .. } => {
                self.send_proposal(step, height, round);
            }
            consensus::Effect::StartedRound { height, round, .. } => {
                self.on_round(step, height, round);
            }
            consensus::Effect::Decide(certificate) => self.on_decided(certificate),
            consensus::Effect::Evidence(evidence) => self.on_evidence(step, *evidence)?,
            consensus::Effect::Muted { height, reason } => {
                step.report(Report::Muted { height, reason });
            }
        }
        Ok(None)
    }

    /// A round begins: the one before, if there was one, has failed.
    fn on_round(&mut self, step: &mut Step<'_>, height: Height, round: Round) {
        let Some(failed) = round.previous() else {
            return;
        };
        self.counters.rounds_failed += 1;
        self.awaits_proposal_since = None;
        let proposer = self
            .proposers
            .as_ref()
            .and_then(|order| order.proposer(failed))
            .and_then(|index| self.validators().get(index));
        if let Some(proposer) = proposer {
            step.report(Report::RoundFailed {
                height,
                round: failed,
                proposer: proposer.consensus_key,
            });
        }
    }

    pub(super) fn cancel_timeouts(&mut self, step: &mut Step<'_>) {
        for timeout in std::mem::take(&mut self.timeouts) {
            step.push(Effect::CancelTimer(Timer::Consensus(timeout)));
        }
    }

    fn send_proposal(&self, step: &mut Step<'_>, height: Height, round: Round) {
        let proposal = self
            .proposals
            .proposals_in(height, round)
            .find(|proposal| self.is_turn_of(height, &proposal.message));
        let Some(proposal) = proposal else {
            return;
        };
        if let Some(proposed) = self.proposals.block(&proposal.message.block) {
            step.broadcast(PeerMessage::Proposal(
                proposal.clone(),
                Box::new(proposed.block.as_ref().clone()),
            ));
        }
    }

    /// Makes the block for this node's turn. It is logged before consensus hears of it.
    fn propose(
        &mut self,
        step: &mut Step<'_>,
        height: Height,
        round: Round,
    ) -> Result<Option<consensus::Input>, ReplicaError> {
        if height != self.next_height() {
            return Ok(None);
        }
        let block = Arc::new(self.make_block(step)?);
        let digest = block.digest();
        step.push(Effect::Log(LogEntry::Block(Box::new(
            block.as_ref().clone(),
        ))));
        let good = SignatureVerdict::good(self.sets.tip(), self.sets.current());
        let proposed = self.proposals.insert_block(block, good);
        proposed.is_logged = true;
        proposed.is_valid = true;
        Ok(Some(consensus::Input::ProposeBlock {
            height,
            round,
            block: digest,
        }))
    }

    fn make_block(&self, step: &Step<'_>) -> Result<Block, ReplicaError> {
        let height = self.next_height();
        let is_known = |space, key: &[u8; 32]| -> Result<bool, LedgerError> {
            Ok(step.state.get(space, key)?.is_some())
        };
        let mut batches = Vec::new();
        for certificate in self.pool.select(height, &self.validators().digest()) {
            if !is_known(Space::OrderedBatches, certificate.batch.digest.as_bytes())? {
                batches.push(certificate);
            }
        }
        let mut evidence = Vec::new();
        let mut offenders = BTreeSet::new();
        for (offence, one) in &self.evidence {
            let (at, _, _) = one.slot();
            if evidence.len() < MAX_EVIDENCE_PER_BLOCK
                && ledger::is_evidence_in_time(at, height)
                && !is_known(Space::Offences, offence.as_bytes())?
                && offenders.insert(*one.offender())
            {
                evidence.push(one.clone());
            }
        }
        let body = BlockBody {
            parent_certificate: self.parent_certificate(),
            batches,
            evidence,
        };
        let earliest_ms = self.tip.time.as_ms().saturating_add(1);
        let header = BlockHeader {
            protocol_version: PROTOCOL_VERSION,
            ledger: self.ledger(),
            height,
            parent: self.tip.block,
            time: Timestamp::from_ms(step.now.as_ms().max(earliest_ms)),
            body: Blake3Digest::ZERO,
            log_size: self.tip.frontier.size(),
            log_root: self.tip.frontier.root(),
            state_root: self.tip.state_root,
            validator_set: self.validators().digest(),
            contract_set: self.rulebook.digest(),
        };
        Ok(Block::new(header, body))
    }

    /// The certificate of the tip with every precommit that has come since: who is in it counts as
    /// alive.
    fn parent_certificate(&self) -> Option<CommitCertificate> {
        let mut certificate = self.tip_certificate.clone()?;
        let late = self.consensus.late_precommits(
            certificate.height,
            certificate.round,
            certificate.block,
        );
        let mut signatures: BTreeMap<ValidatorIndex, IndexedSignature> = late
            .into_iter()
            .map(|signature| (signature.validator, signature))
            .collect();
        for signature in certificate.signatures {
            signatures.insert(signature.validator, signature);
        }
        certificate.signatures = signatures.into_values().collect();
        Some(certificate)
    }

    /// Keeps evidence for the next block, and passes it on once.
    pub(super) fn on_evidence(
        &mut self,
        step: &mut Step<'_>,
        evidence: Evidence,
    ) -> Result<(), ReplicaError> {
        let offence = evidence.offence();
        let is_recorded = step
            .state
            .get(Space::Offences, offence.as_bytes())
            .map_err(LedgerError::from)?
            .is_some();
        let (height, _, _) = evidence.slot();
        let is_against_validator = ledger::was_validator(step.state, evidence.offender(), height)?;
        let of_offender = self
            .evidence
            .values()
            .filter(|known| known.offender() == evidence.offender())
            .count();
        if is_recorded
            || of_offender >= MAX_PENDING_EVIDENCE_PER_OFFENDER
            || !ledger::is_evidence_in_time(height, self.next_height())
            || !is_against_validator
            || self.evidence.contains_key(&offence)
        {
            return Ok(());
        }
        self.counters.evidence += 1;
        step.report(Report::Evidence(Box::new(evidence.clone())));
        step.broadcast(PeerMessage::Evidence(Box::new(evidence.clone())));
        self.evidence.insert(offence, evidence);
        self.maybe_start_height(step)
    }
}
