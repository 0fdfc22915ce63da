//! The replica's state, and the dispatch of its inputs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use thiserror::Error;

use super::checked_message::{CheckedMessage, MessageContext};
use super::cosigning::Cosigning;
use super::counters::Counters;
use super::effect::{Effect, Report};
use super::input::{Input, Timer};
use super::message::{LogEntry, PeerMessage};
use super::proposal_pace::ProposalPace;
use super::proposals::ProposalStore;
use super::setup::ReplicaSetup;
use super::starting::MissedDue;
use crate::consensus::{
    Consensus, ConsensusError, ConsensusSetup, MutedReason, ProposerOrder, SignGuard, SigningState,
    Timeout, TimeoutKind,
};
use crate::contracts::{EffectError, MemberCache, Rulebook};
use crate::crypto::{Blake3Digest, PublicKey, SecretKey};
use crate::ledger::{
    Applied, CheckedBatch, CheckedSubmission, LedgerError, LedgerTip, StateTreeError,
    SubmissionContext,
};
use crate::mempool::{AdmissionQueue, BatchPool, RefusalBudget};
use crate::sync::Fetcher;
use crate::types::{
    BatchDigest, BatchSequence, Block, BlockDigest, CommitCertificate, Evidence, Genesis, Height,
    LedgerId, Round, StateReader, Timestamp, ValidatorSet, ValidatorSets,
};

/// How often the replica looks after retransmission and requests, in milliseconds.
const TICK_MS: u64 = 100;

/// Why the replica cannot go on. The node stops and says so.
#[derive(Debug, Error)]
pub enum ReplicaError {
    /// Consensus is broken, or its log is.
    #[error("consensus cannot go on: {0}")]
    Consensus(#[from] ConsensusError),
    /// The ledger is broken, or its store is.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The state cannot be read.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// The node reported the completion of something that it was not asked for.
    #[error("{what} was reported as done and had not been asked for")]
    UnexpectedCompletion {
        /// What.
        what: String,
    },
}

impl ReplicaError {
    /// Whether the store could not be read: the disk has failed, not the ledger.
    pub fn is_read_error(&self) -> bool {
        matches!(
            self,
            Self::Effect(EffectError::Read(_))
                | Self::Ledger(
                    LedgerError::Read(_)
                        | LedgerError::Effect(EffectError::Read(_))
                        | LedgerError::StateTree(StateTreeError::Read(_))
                )
        )
    }
}

/// What a step works on: the committed state, the time, and the effects so far.
pub(super) struct Step<'a> {
    pub(super) state: &'a dyn StateReader,
    pub(super) now: Timestamp,
    pub(super) effects: Vec<Effect>,
}

impl Step<'_> {
    pub(super) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn broadcast(&mut self, message: PeerMessage) {
        self.push(Effect::Broadcast(Arc::new(message)));
    }

    pub(super) fn report(&mut self, report: Report) {
        self.push(Effect::Report(report));
    }

    pub(super) fn set_timer(&mut self, timer: Timer, after_ms: i64) {
        self.push(Effect::SetTimer {
            timer,
            after_ms: u64::try_from(after_ms).unwrap_or(0),
        });
    }
}

/// Where the replica is between two committed blocks.
#[derive(Debug)]
pub(super) enum Phase {
    /// The next height has not started.
    Waiting,
    /// Consensus runs on the next height.
    Running,
    /// The next height's block is being written.
    Committing(Box<Applied>),
}

/// What waits in a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Submissions that are in no batch.
    pub queued_submissions: usize,
    /// Their bytes.
    pub queued_bytes: usize,
    /// Batches that are not ordered.
    pub unordered_batches: usize,
}

/// A validator's keys that the replica itself signs with.
#[derive(Debug)]
pub(super) struct BatchSigner {
    pub(super) secret: SecretKey,
    pub(super) key: PublicKey,
}

/// The node core as a pure state machine. See the [module](super).
pub struct Replica {
    pub(super) genesis: Arc<Genesis>,
    pub(super) signer: Option<BatchSigner>,
    /// Who decides the heights around the next one.
    pub(super) sets: ValidatorSets,
    pub(super) tip: LedgerTip,
    pub(super) tip_certificate: Option<CommitCertificate>,
    pub(super) last_commit: Timestamp,
    pub(super) missed_due: MissedDue,
    pub(super) phase: Phase,
    pub(super) consensus: Consensus,
    pub(super) proposers: Option<ProposerOrder>,
    pub(super) timeouts: BTreeSet<Timeout>,
    pub(super) pace: ProposalPace,
    /// When the height that runs was started, until its first proposal has come.
    pub(super) awaits_proposal_since: Option<Timestamp>,
    pub(super) proposals: ProposalStore,
    pub(super) replay: Vec<LogEntry>,
    /// The network keys of those who have said that they have committed nothing.
    pub(super) stated_genesis: BTreeSet<PublicKey>,
    /// A peer has started the next height.
    pub(super) is_height_seen: bool,
    pub(super) queue: AdmissionQueue<CheckedSubmission>,
    pub(super) pool: BatchPool,
    /// What members have cost this node for nothing.
    pub(super) refusals: RefusalBudget,
    pub(super) members: MemberCache,
    /// The contracts in force at the next height.
    pub(super) rulebook: Arc<Rulebook>,
    pub(super) held: BTreeMap<BatchDigest, Arc<CheckedBatch>>,
    /// The last height of batches that were given up and are still on the disk.
    pub(super) outdated_until: Option<Height>,
    /// Batches that cannot be ordered any more: their submissions are sealed anew.
    pub(super) resealing: VecDeque<Arc<CheckedBatch>>,
    /// Batches that have been handed to the disk, whether or not it has answered.
    pub(super) handed_to_disk: BTreeSet<BatchDigest>,
    pub(super) next_sequence: BatchSequence,
    pub(super) fetcher: Fetcher,
    pub(super) decided: BTreeMap<Height, (Arc<Block>, CommitCertificate)>,
    /// Blocks whose time has not come.
    pub(super) deferred: BTreeSet<BlockDigest>,
    pub(super) evidence: BTreeMap<Blake3Digest, Evidence>,
    pub(super) cosigning: Cosigning,
    pub(super) counters: Counters,
    pub(super) ticks: u64,
}

impl Replica {
    /// A replica at rest: its first input is [`Input::Start`].
    ///
    /// # Errors
    /// [`ReplicaError`] if the state cannot be read.
    pub fn new(setup: ReplicaSetup, state: &dyn StateReader) -> Result<Self, ReplicaError> {
        let ReplicaSetup {
            genesis,
            keys,
            limits,
            tip,
            tip_certificate,
            guard,
            signing,
            log,
            batches,
            next_sequence,
            cosigned_size,
        } = setup;
        let ledger = genesis.ledger();
        let sets = crate::contracts::read_validator_sets(state, tip.height.next())?;
        let (consensus_secret, signer, checkpoint_keys) = match keys {
            None => (None, None, None),
            Some(keys) => {
                let twin = SecretKey::from_seed(*keys.consensus.seed());
                let key = keys.consensus.public_key();
                (
                    Some(twin),
                    Some(BatchSigner {
                        secret: keys.consensus,
                        key,
                    }),
                    Some((keys.log, keys.cosigner)),
                )
            }
        };
        let cosigning = Cosigning::new(&genesis, &sets, checkpoint_keys, cosigned_size);
        let mut replica = Self {
            consensus: new_consensus(ledger, consensus_secret, &genesis, guard, signing),
            signer,
            sets,
            last_commit: tip.time,
            missed_due: MissedDue::default(),
            tip_certificate,
            phase: Phase::Waiting,
            proposers: None,
            timeouts: BTreeSet::new(),
            pace: ProposalPace::new(genesis.consensus().propose_timeout_ms),
            awaits_proposal_since: None,
            proposals: ProposalStore::default(),
            replay: log,
            stated_genesis: BTreeSet::new(),
            is_height_seen: false,
            queue: AdmissionQueue::new(limits.queue),
            pool: BatchPool::new(limits.pool),
            refusals: RefusalBudget::default(),
            members: MemberCache::default(),
            rulebook: Rulebook::read(state, tip.height.next(), None)?,
            held: BTreeMap::new(),
            outdated_until: None,
            resealing: VecDeque::new(),
            handed_to_disk: BTreeSet::new(),
            next_sequence,
            fetcher: Fetcher::new(),
            decided: BTreeMap::new(),
            deferred: BTreeSet::new(),
            evidence: BTreeMap::new(),
            cosigning,
            counters: Counters::default(),
            ticks: 0,
            tip,
            genesis,
        };
        replica.recover_batches(batches);
        Ok(replica)
    }

    /// Takes one input at a time and gives the effects in their binding order (see [`Effect`]).
    /// `state` is the committed state: after [`Input::BlockCommitted`] with that block, before it
    /// without. The time may stand still or jump back; timers then fire late, and nothing else.
    ///
    /// # Errors
    /// [`ReplicaError`]: no effect of the step may be executed, and the node stops.
    pub fn step(
        &mut self,
        state: &dyn StateReader,
        now: Timestamp,
        input: Input,
    ) -> Result<Vec<Effect>, ReplicaError> {
        let mut step = Step {
            state,
            now,
            effects: Vec::new(),
        };
        self.take(&mut step, input)?;
        Ok(step.effects)
    }

    fn take(&mut self, step: &mut Step<'_>, input: Input) -> Result<(), ReplicaError> {
        match input {
            Input::Start => self.start(step),
            Input::Submit {
                ticket,
                submission,
                checked,
            } => self.on_submit(step, ticket, *submission, *checked),
            Input::Message { from, message } => self.on_message(step, from, *message),
            Input::Answer { id, answer } => self.on_answer(step, id, answer),
            Input::Connected(peer) => {
                self.on_connected(step, peer);
                Ok(())
            }
            Input::Disconnected(peer) => {
                self.fetcher.on_disconnected(&peer);
                Ok(())
            }
            Input::BatchesStored(digests) => self.on_batches_stored(step, &digests),
            Input::BlockCommitted(height) => self.on_block_committed(step, height),
            Input::TimerElapsed(timer) => self.on_timer(step, timer),
        }
    }

    fn start(&mut self, step: &mut Step<'_>) -> Result<(), ReplicaError> {
        self.last_commit = step.now;
        step.set_timer(Timer::Tick, TICK_MS.cast_signed());
        self.acknowledge_recovered(step);
        self.maybe_start_height(step)
    }

    fn on_message(
        &mut self,
        step: &mut Step<'_>,
        from: PublicKey,
        message: CheckedMessage,
    ) -> Result<(), ReplicaError> {
        match message {
            CheckedMessage::Proposal {
                proposal,
                block,
                signatures,
            } => self.on_proposal(step, from, proposal, block, signatures),
            CheckedMessage::Consensus { height, input } => {
                self.on_consensus(step, from, height, *input)
            }
            CheckedMessage::Batch(batch) => self.on_batch(step, *batch),
            CheckedMessage::HeldBatch(digest) => {
                // Its author has not got the acknowledgement.
                self.acknowledge(step, &digest);
                Ok(())
            }
            CheckedMessage::Acknowledgement(acknowledgement) => {
                self.on_acknowledgement(step, &acknowledgement)
            }
            CheckedMessage::Certificate(certificate) => self.on_certificate(step, certificate),
            CheckedMessage::Evidence(evidence) => self.on_evidence(step, *evidence),
            CheckedMessage::Checkpoint(checkpoint) => {
                self.on_checkpoint(step, &checkpoint);
                Ok(())
            }
            CheckedMessage::Outdated => Ok(()),
            CheckedMessage::Status { height } => {
                self.note_height(step, &from, height);
                self.send_requests(step);
                self.maybe_start_height(step)
            }
        }
    }

    fn on_timer(&mut self, step: &mut Step<'_>, timer: Timer) -> Result<(), ReplicaError> {
        match timer {
            Timer::Consensus(timeout) => {
                if !self.timeouts.remove(&timeout) {
                    return Ok(());
                }
                if timeout.kind == TimeoutKind::Propose
                    && timeout.round == Round::ZERO
                    && self.awaits_proposal_since.take().is_some()
                {
                    self.pace.missed();
                }
                self.drive_consensus(step, crate::consensus::Input::TimeoutElapsed(timeout))
            }
            Timer::SealBatch => self.maybe_seal(step),
            Timer::StartHeight => self.maybe_start_height(step),
            Timer::JudgeBlock(digest) => self.judge(step, digest),
            Timer::Tick => {
                step.set_timer(Timer::Tick, TICK_MS.cast_signed());
                self.ticks = self.ticks.wrapping_add(1);
                self.tick(step);
                self.maybe_seal(step)?;
                self.maybe_start_height(step)
            }
        }
    }

    /// The height that is to be decided or committed next.
    pub fn next_height(&self) -> Height {
        self.tip.height.next()
    }

    /// When the last block came here; when it was made, if none has since this began.
    pub fn last_commit(&self) -> Timestamp {
        self.last_commit
    }

    /// The end of the committed ledger.
    pub fn tip(&self) -> &LedgerTip {
        &self.tip
    }

    /// The validators of the next height.
    pub fn validators(&self) -> &Arc<ValidatorSet> {
        self.sets.current()
    }

    /// What messages have to be checked against now.
    pub fn message_context(&self) -> MessageContext {
        MessageContext {
            submissions: SubmissionContext {
                ledger: self.ledger(),
                rulebook: Arc::clone(&self.rulebook),
            },
            sets: self.sets.clone(),
        }
    }

    /// The contracts in force at the next height.
    pub fn rulebook(&self) -> &Arc<Rulebook> {
        &self.rulebook
    }

    /// What has been counted since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Consensus, to look at.
    pub fn consensus(&self) -> &Consensus {
        &self.consensus
    }

    /// What waits.
    pub fn backlog(&self) -> Backlog {
        Backlog {
            queued_submissions: self.queue.len(),
            queued_bytes: self.queue.bytes(),
            unordered_batches: self.pool.len(),
        }
    }

    /// The batches that this node holds and that are not ordered: who checks messages need not check
    /// these again.
    pub fn stored_batches(&self) -> Arc<BTreeSet<BatchDigest>> {
        self.pool.stored_digests()
    }

    /// Whether this is a validator that signs. One that has nothing on its disk does not know before
    /// it starts its first height.
    pub fn signs(&self) -> bool {
        self.is_validator() && self.muted().is_none() && !self.consensus.is_fresh()
    }

    /// Why this validator does not sign; none if it does, and for a follower.
    pub fn muted(&self) -> Option<MutedReason> {
        self.consensus.muted().filter(|_| self.is_validator())
    }

    /// The connected peers by network key, with the heights that they say they have.
    pub fn peer_heights(&self) -> BTreeMap<PublicKey, Option<Height>> {
        self.fetcher.connected_heights().collect()
    }

    /// How many heights this node is behind a height that at least one honest validator has, as
    /// the validators say: f of them may lie.
    pub fn heights_behind(&self) -> u64 {
        let mut heights: Vec<Height> = self
            .validators()
            .iter()
            .filter_map(|(_, validator)| self.fetcher.height_of(&validator.network_key))
            .collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights
            .get(self.validators().fault_tolerance())
            .map_or(0, |height| height.0.saturating_sub(self.tip.height.0))
    }

    pub(super) fn ledger(&self) -> LedgerId {
        self.genesis.ledger()
    }

    /// Whether this node decides the next height.
    pub fn is_validator(&self) -> bool {
        self.is_of(self.sets.current())
    }

    /// Whether this node is of the validators who decide the height after the next one. One that is
    /// not takes no submissions any more: it could not see to them.
    pub(super) fn stays_validator(&self) -> bool {
        self.is_of(self.sets.upcoming())
    }

    /// Why this node takes no submissions, as one that has no vote, or soon has none: what it tells whoever sends
    /// one. None if that is no reason.
    pub fn no_vote_reason(&self) -> Option<&'static str> {
        if !self.is_validator() {
            Some("it is a follower; validators take submissions")
        } else if !self.stays_validator() {
            Some("it is about to be no validator any more")
        } else {
            None
        }
    }

    pub(super) fn is_of(&self, set: &ValidatorSet) -> bool {
        self.signer
            .as_ref()
            .is_some_and(|signer| set.index_of(&signer.key).is_some())
    }
}

fn new_consensus(
    ledger: LedgerId,
    signer: Option<SecretKey>,
    genesis: &Genesis,
    guard: SignGuard,
    signing: SigningState,
) -> Consensus {
    Consensus::new(ConsensusSetup {
        ledger,
        signer,
        parameters: *genesis.consensus(),
        guard,
        signing,
    })
}
