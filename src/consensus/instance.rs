//! The instance: one validator's, or observer's, part in consensus.

use std::sync::Arc;

use super::certificate::Certificate;
use super::early::EarlyMessages;
use super::effect::{Effect, MutedReason};
use super::error::ConsensusError;
use super::history::StatementHistory;
use super::input::{Input, StartHeight};
use super::library::{Machine, StepAccess};
use super::limits::{MAX_LOG_RECORDS_PER_HEIGHT, MAX_ROUND, MAX_ROUNDS_AHEAD};
use super::log_record::LogRecord;
use super::message::ConsensusMessage;
use super::sign_guard::{SignGuard, Slotted};
use super::signer::Signer;
use super::signing::{Recovery, SigningState, own_statements};
use super::timeout::{Timeout, TimeoutKind};
use super::verified::{Verified, VerifiedCertificate};
use crate::crypto::SecretKey;
use crate::types::{
    BlockDigest, CommitCertificate, ConsensusParameters, Evidence, Height, IndexedSignature,
    LedgerId, Proposal, Round, ValidatorSet, Vote,
};

/// What an instance is made of.
#[derive(Debug)]
pub struct ConsensusSetup {
    /// The ledger.
    pub ledger: LedgerId,
    /// The consensus key; none makes an observer. A key that is not of a height's set makes an
    /// observer at that height.
    pub signer: Option<SecretKey>,
    /// How long timeouts are.
    pub parameters: ConsensusParameters,
    /// The guard as it was last made durable.
    pub guard: SignGuard,
    /// Whether log and guard can be trusted.
    pub signing: SigningState,
}

/// A height that runs.
struct Running {
    height: Height,
    set: Arc<ValidatorSet>,
    machine: Machine,
    signs: bool,
    propose_timeout_ms: u64,
    decided: Option<CommitCertificate>,
}

/// Consensus as a pure state machine: inputs in, effects out. See the [module](super).
pub struct Consensus {
    ledger: LedgerId,
    signer: Option<Signer>,
    parameters: ConsensusParameters,
    guard: SignGuard,
    recovery: Recovery,
    muted: Option<MutedReason>,
    history: StatementHistory,
    early: EarlyMessages,
    running: Option<Running>,
    poisoned: bool,
}

impl Consensus {
    /// An instance that waits for its first height.
    pub fn new(setup: ConsensusSetup) -> Self {
        let ledger = setup.ledger;
        Self {
            ledger,
            signer: setup.signer.map(|secret| Signer::new(ledger, secret)),
            parameters: setup.parameters,
            guard: setup.guard,
            recovery: Recovery::new(setup.signing),
            muted: Recovery::new(setup.signing).begins_muted(),
            history: StatementHistory::default(),
            early: EarlyMessages::default(),
            running: None,
            poisoned: false,
        }
    }

    /// Takes one input and gives the effects in their binding order (see [`Effect`]).
    ///
    /// # Errors
    /// [`ConsensusError`]: this node is faulty or damaged. No effect of the step may be executed,
    /// and every later step gives [`ConsensusError::Poisoned`].
    pub fn step(&mut self, input: Input) -> Result<Vec<Effect>, ConsensusError> {
        if self.poisoned {
            return Err(ConsensusError::Poisoned);
        }
        let mut effects = Vec::new();
        // Set first: a step that does not come to its end leaves the instance unusable too.
        self.poisoned = true;
        self.take(input, &mut effects)?;
        self.end_vain_rounds(&mut effects)?;
        self.poisoned = false;
        Ok(effects)
    }

    /// The height that runs, decided or not; none before the first.
    pub fn height(&self) -> Option<Height> {
        self.running.as_ref().map(|running| running.height)
    }

    /// The round that the height is in; none before the first height.
    pub fn round(&self) -> Option<Round> {
        self.running.as_ref().map(|running| running.machine.round())
    }

    /// Whether this node signs at the height that runs.
    pub fn signs(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.signs)
    }

    /// Why this node does not sign although it has a key, as far as it is known before the next
    /// height is started.
    pub fn muted(&self) -> Option<MutedReason> {
        self.muted.filter(|_| self.signer.is_some())
    }

    /// Whether this node signs only if the first height that it starts is the ledger's first.
    pub fn is_fresh(&self) -> bool {
        self.recovery.is_fresh()
    }

    /// Whether log and guard are such that this node signs at the next height that it has a vote at.
    pub fn is_ready_to_sign(&self) -> bool {
        self.signer.is_some() && self.recovery.is_over()
    }

    /// Whether a quorum has prevoted for a block in one round of a recent height.
    pub fn has_polka(&self, height: Height, block: BlockDigest) -> bool {
        self.history.has_polka(height, block)
    }

    /// All precommits known for a block of a recent height, ascending by validator: those of the
    /// decision and those that came after it, for the next block's parent certificate.
    pub fn late_precommits(
        &self,
        height: Height,
        round: Round,
        block: BlockDigest,
    ) -> Vec<IndexedSignature> {
        self.history.precommits(height, round, block)
    }

    fn take(&mut self, input: Input, effects: &mut Vec<Effect>) -> Result<(), ConsensusError> {
        match input {
            Input::StartHeight(start) => self.start(*start, effects),
            Input::Vote(vote) => self.take_vote(vote, effects),
            Input::Proposal(proposal) => self.take_proposal(proposal, effects),
            Input::Polka(certificate) => match self.observe(&certificate, effects)? {
                Some(Place::Now) => self.drive(effects, |machine, access| {
                    machine.polka(access, certificate.certificate())
                }),
                Some(Place::Past) | None => Ok(()),
            },
            Input::Round(certificate) => match self.observe(&certificate, effects)? {
                Some(Place::Now) => self.drive(effects, |machine, access| {
                    machine.round_certificate(access, certificate.certificate())
                }),
                Some(Place::Past) | None => Ok(()),
            },
            Input::Commit(certificate) => self.take_commit(certificate, effects),
            Input::BlockVerdict(verdict) => {
                if !self.is_running(verdict.height) || verdict.round > Round(MAX_ROUND) {
                    return Ok(());
                }
                self.drive(effects, |machine, access| machine.verdict(access, &verdict))
            }
            Input::ProposeBlock {
                height,
                round,
                block,
            } => {
                if !self.is_running(height) {
                    return Ok(());
                }
                self.drive(effects, |machine, access| {
                    machine.propose(access, round, block)
                })
            }
            Input::TimeoutElapsed(timeout) => self.take_timeout(timeout, effects),
        }
    }

    fn start(
        &mut self,
        start: StartHeight,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        let height = start.height;
        if let Some(current) = self.height().filter(|current| *current >= height) {
            return Err(ConsensusError::HeightNotLater { height, current });
        }
        let set = Arc::new(start.validators);
        self.check_records(height, &set, &start.replay)?;
        self.history.start(height, Arc::clone(&set));
        for record in &start.replay {
            let evidence = match record {
                LogRecord::Vote(vote) => self.history.vote(vote),
                LogRecord::Proposal(proposal) => self.history.proposal(proposal),
                LogRecord::Polka(certificate) => {
                    self.observe_votes(certificate, &set, effects);
                    None
                }
                LogRecord::Verdict(_) | LogRecord::Timeout(_) => None,
            };
            effects.extend(evidence.map(evidence_effect));
        }
        let signs = self.settle_signing(height, &set, &start.replay, effects);
        let key = self.signer.as_ref().filter(|_| signs).map(Signer::key);
        let machine = Machine::new(height, Arc::clone(&set), &start.proposers, key)?;
        self.running = Some(Running {
            height,
            set,
            machine,
            signs,
            propose_timeout_ms: start.propose_timeout_ms,
            decided: None,
        });
        self.drive(effects, |machine, access| {
            machine.start(access, &start.replay)
        })?;
        for input in self.early.take(height) {
            self.take(input, effects)?;
        }
        Ok(())
    }

    fn check_records(
        &self,
        height: Height,
        set: &ValidatorSet,
        records: &[LogRecord],
    ) -> Result<(), ConsensusError> {
        if records.len() > MAX_LOG_RECORDS_PER_HEIGHT {
            let count = records.len();
            return Err(ConsensusError::LogTooLong { height, count });
        }
        for (position, record) in records.iter().enumerate() {
            let found = record.height();
            if found != height {
                return Err(ConsensusError::ForeignRecord {
                    position,
                    height,
                    found,
                });
            }
            record
                .verify(&self.ledger, set)
                .map_err(|reason| ConsensusError::BadRecord {
                    position,
                    height,
                    reason,
                })?;
        }
        Ok(())
    }

    /// Decides whether this node signs at a height, and brings the guard up to the log.
    fn settle_signing(
        &mut self,
        height: Height,
        set: &ValidatorSet,
        records: &[LogRecord],
        effects: &mut Vec<Effect>,
    ) -> bool {
        let signer = self.signer.as_ref();
        let Some(signer) = signer.filter(|signer| set.index_of(signer.key()).is_some()) else {
            // It has no vote at this height. One that follows is ready when it is given one.
            if self.recovery.follow(height) {
                self.muted = None;
                effects.push(Effect::Guard(self.guard));
            }
            return false;
        };
        let own = own_statements(signer.key(), records);
        let is_fresh = self.recovery.is_fresh();
        match self.recovery.settle(&self.guard, height, &own) {
            Ok(guard) => {
                if guard != self.guard || is_fresh {
                    self.guard = guard;
                    effects.push(Effect::Guard(guard));
                }
                self.muted = None;
                true
            }
            Err(reason) => {
                self.muted = Some(reason);
                effects.push(Effect::Muted { height, reason });
                false
            }
        }
    }

    fn take_vote(
        &mut self,
        vote: Verified<Vote>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        self.check_ledger(vote.ledger())?;
        let Some(place) = self.place(&vote, || Input::Vote(vote.clone())) else {
            return Ok(());
        };
        effects.extend(self.history.vote(vote.signed()).map(evidence_effect));
        match place {
            Place::Past => Ok(()),
            Place::Now => self.drive(effects, |machine, access| {
                machine.vote(access, vote.signed())
            }),
        }
    }

    fn take_proposal(
        &mut self,
        proposal: Verified<Proposal>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        self.check_ledger(proposal.ledger())?;
        let Some(place) = self.place(&proposal, || Input::Proposal(proposal.clone())) else {
            return Ok(());
        };
        let evidence = self.history.proposal(proposal.signed());
        effects.extend(evidence.map(evidence_effect));
        match place {
            Place::Past => Ok(()),
            Place::Now => self.drive(effects, |machine, access| {
                machine.proposal(access, proposal.signed())
            }),
        }
    }

    /// Where a statement belongs. One for a later height is kept here; none means that there is
    /// nothing more to do with it.
    fn place<T: Slotted>(
        &mut self,
        verified: &Verified<T>,
        input: impl FnOnce() -> Input,
    ) -> Option<Place> {
        let running = self.running.as_ref()?;
        let message = &verified.signed().message;
        let slot = message.slot();
        if slot.height > running.height {
            self.early
                .keep(running.height, &running.set, verified, input());
            return None;
        }
        if slot.height < running.height {
            return Some(Place::Past);
        }
        let bound = running.machine.round().plus(MAX_ROUNDS_AHEAD);
        (slot.round <= bound && slot.round <= Round(MAX_ROUND)).then_some(Place::Now)
    }

    /// Notes the votes of a certificate; none if it is for no remembered height or another set.
    fn observe<C: Certificate>(
        &mut self,
        verified: &VerifiedCertificate<C>,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Place>, ConsensusError> {
        self.check_ledger(verified.ledger())?;
        let certificate = verified.certificate();
        let set = self.history.validators(certificate.height());
        let Some(set) = set.filter(|set| set.digest() == verified.validator_set()) else {
            return Ok(None);
        };
        if certificate.round() > Round(MAX_ROUND) {
            return Ok(None);
        }
        self.observe_votes(certificate, &set, effects);
        Ok(Some(if self.is_running(certificate.height()) {
            Place::Now
        } else {
            Place::Past
        }))
    }

    fn observe_votes(
        &mut self,
        certificate: &impl Certificate,
        set: &ValidatorSet,
        effects: &mut Vec<Effect>,
    ) {
        for vote in certificate.votes(set) {
            effects.extend(self.history.vote(&vote).map(evidence_effect));
        }
    }

    /// A commit certificate decides by itself: a quorum precommitted. The machine need not see it.
    fn take_commit(
        &mut self,
        verified: VerifiedCertificate<CommitCertificate>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        let certificate = verified.certificate();
        match self.observe(&verified, effects)? {
            Some(Place::Now) => self.decide(certificate.clone(), effects),
            Some(Place::Past) => self.note_decision(certificate),
            None => Ok(()),
        }
    }

    /// Remembers a decision, and stops where two differ.
    fn note_decision(&mut self, certificate: &CommitCertificate) -> Result<(), ConsensusError> {
        match self.history.decide(certificate) {
            None => Ok(()),
            Some(first) => Err(ConsensusError::Fork {
                height: certificate.height,
                first,
                second: certificate.block,
            }),
        }
    }

    fn take_timeout(
        &mut self,
        timeout: Timeout,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        let Some(running) = &self.running else {
            return Ok(());
        };
        if timeout.height != running.height {
            return Ok(());
        }
        let Some(certificate) = &running.decided else {
            return self.drive(effects, |machine, access| machine.timeout(access, timeout));
        };
        if timeout.kind == TimeoutKind::Rebroadcast {
            if running.signs {
                let message = ConsensusMessage::Commit(certificate.clone());
                effects.push(Effect::Broadcast(message));
            }
            effects.push(self.schedule_rebroadcast(timeout.height, timeout.round));
        }
        Ok(())
    }

    /// Where a quorum has prevoted nil and a quorum precommitted nil, nothing was locked in the round
    /// and nothing can be decided: this node does not wait for further precommits (line 47 of the
    /// paper), but goes on as if the wait were over. Nil precommits alone are not enough: the wait
    /// is also the time in which a polka that one node has locked on reaches all others before they
    /// go on (Lemma 5 of the paper). Each turn of the loop ends a round, and votes are taken for few
    /// rounds ahead.
    fn end_vain_rounds(&mut self, effects: &mut Vec<Effect>) -> Result<(), ConsensusError> {
        for _ in 0..=MAX_ROUNDS_AHEAD {
            let Some(running) = self.running.as_ref().filter(|r| r.decided.is_none()) else {
                return Ok(());
            };
            let (height, round) = (running.height, running.machine.round());
            if !self.history.is_vain(height, round) {
                return Ok(());
            }
            let timeout = Timeout {
                height,
                round,
                kind: TimeoutKind::Precommit,
            };
            effects.push(Effect::CancelTimeout(timeout));
            self.drive(effects, |machine, access| machine.timeout(access, timeout))?;
            if self.round() == Some(round) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_running(&self, height: Height) -> bool {
        self.height() == Some(height)
    }

    fn check_ledger(&self, ledger: &LedgerId) -> Result<(), ConsensusError> {
        if *ledger == self.ledger {
            Ok(())
        } else {
            Err(ConsensusError::OtherLedger)
        }
    }

    /// Lets the machine of the running height work, unless the height is decided, and takes up
    /// what it decides.
    fn drive(
        &mut self,
        effects: &mut Vec<Effect>,
        work: impl FnOnce(&mut Machine, &mut StepAccess<'_>) -> Result<(), ConsensusError>,
    ) -> Result<(), ConsensusError> {
        let Some(running) = self.running.as_mut() else {
            return Ok(());
        };
        if running.decided.is_some() {
            return Ok(());
        }
        let first_new = effects.len();
        let mut access = StepAccess {
            effects,
            signer: self.signer.as_ref().filter(|_| running.signs),
            guard: &mut self.guard,
            parameters: &self.parameters,
            propose_timeout_ms: running.propose_timeout_ms,
        };
        work(&mut running.machine, &mut access)?;
        let (height, round) = (running.height, running.machine.round());
        let decided = running.machine.decided().cloned();
        self.history.reach(height, round);
        // What this node says counts as what others say does.
        for effect in effects.get(first_new..).unwrap_or_default() {
            if let Effect::Broadcast(ConsensusMessage::Vote(vote)) = effect {
                self.history.vote(vote);
            }
        }
        match decided {
            Some(certificate) => self.decide(certificate, effects),
            None => Ok(()),
        }
    }

    fn decide(
        &mut self,
        certificate: CommitCertificate,
        effects: &mut Vec<Effect>,
    ) -> Result<(), ConsensusError> {
        let CommitCertificate { height, block, .. } = certificate;
        self.note_decision(&certificate)?;
        let Some(running) = self.running.as_mut() else {
            return Ok(());
        };
        if running.decided.is_some() {
            return Ok(());
        }
        let signatures = self.history.precommits(height, certificate.round, block);
        let certificate = CommitCertificate {
            signatures,
            ..certificate
        };
        running.decided = Some(certificate.clone());
        let round = running.machine.round();
        self.recovery.decided(height);
        effects.push(Effect::Decide(certificate));
        effects.push(Effect::CancelAllTimeouts);
        effects.push(self.schedule_rebroadcast(height, round));
        Ok(())
    }

    /// After the decision it is the commit certificate that is said again: for whoever missed it.
    fn schedule_rebroadcast(&self, height: Height, round: Round) -> Effect {
        let timeout = Timeout {
            height,
            round,
            kind: TimeoutKind::Rebroadcast,
        };
        let parameters = &self.parameters;
        let after_ms = timeout.after_ms(parameters, parameters.propose_timeout_ms);
        Effect::ScheduleTimeout { timeout, after_ms }
    }
}

/// Where a statement belongs that is not for a later height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Past,
    Now,
}

fn evidence_effect(evidence: Evidence) -> Effect {
    Effect::Evidence(Box::new(evidence))
}
