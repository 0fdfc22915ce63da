//! A simulated node: it executes the effects of its replica exactly as a real one has to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use waybill::consensus::{ConsensusMessage, SignGuard};
use waybill::crypto::{PublicKey, SecretKey};
use waybill::ledger::SubmissionContext;
use waybill::replica::{Effect, Input, LogEntry, PeerMessage, Replica, Report, Timer};
use waybill::storage::simulated_disk::SimulatedDisk;
use waybill::storage::{ConsensusLog, SignGuardFile};
use waybill::types::{BlockDigest, Encode, Height, LedgerId, Timestamp, VoteType};

use crate::byzantine::{Behaviour, sign};
use crate::events::{CrashPoint, Event};
use crate::invariants::{Invariant, Violation, require};
use crate::planted::Plant;
use crate::store::{Job, Store};
use crate::trace::{short, short_of};
use crate::world::World;

/// The seeds of a node's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Consensus = 1,
    Network,
    Log,
    Cosigner,
    Writer,
}

/// The first key of a node for a purpose.
pub fn secret(node: usize, purpose: Purpose) -> SecretKey {
    secret_of(node, 0, purpose)
}

/// A key of a node; each generation of its keys takes the place of the one before, but for the
/// network key.
pub fn secret_of(node: usize, generation: u8, purpose: Purpose) -> SecretKey {
    let mut seed = [purpose as u8; 32];
    seed[0] = u8::try_from(node).unwrap();
    if purpose != Purpose::Network {
        seed[1] = seed[1].wrapping_add(generation.wrapping_mul(16));
    }
    SecretKey::from_seed(seed)
}

/// A node: what survives a crash, and its process if it runs.
pub struct Node {
    pub network_key: PublicKey,
    /// Which of its keys it runs with.
    pub generation: u8,
    /// With it the node votes at the heights that it is a validator at.
    pub consensus_key: PublicKey,
    /// How it lies; an honest one does not.
    pub behaviours: Vec<Behaviour>,
    pub store: Store,
    pub disk: SimulatedDisk,
    /// Counts starts: what was meant for an earlier process is not for this one.
    pub boot: u64,
    pub clock_offset_ms: i64,
    pub write_ms: RangeInclusive<u64>,
    /// The disk has lost a file: the node may be mute for a while.
    pub is_damaged: bool,
    /// The greatest height that clients were told of.
    pub told_height: Height,
    pub running: Option<Running>,
}

/// A process.
pub struct Running {
    pub replica: Replica,
    pub log: ConsensusLog<SimulatedDisk>,
    pub guard_file: SignGuardFile<SimulatedDisk>,
    /// What was stored last.
    pub guard: SignGuard,
    /// Records were appended since the last sync.
    pub is_unsynced: bool,
    /// Blocks in the log.
    pub logged_blocks: BTreeSet<BlockDigest>,
    /// Timers that run, with a number that changes when one is set again.
    pub timers: BTreeMap<Timer, u64>,
    pub timers_set: u64,
    /// The connected peers, and which of their processes it is.
    pub connected: BTreeMap<usize, u64>,
    pub committing: Option<Height>,
    /// Where the power fails.
    pub crash: Option<CrashPoint>,
}

/// The power went off: the process is no more.
struct PowerOff;

impl Node {
    /// Whether it keeps to the protocol.
    pub fn is_honest(&self) -> bool {
        self.behaviours.is_empty()
    }

    /// The height of its ledger on disk.
    pub fn height(&self) -> Height {
        self.store.ledger_tip().height
    }

    /// What submissions are checked against: by the running replica, or else by the store.
    pub fn submission_context(&self, ledger: LedgerId) -> SubmissionContext {
        match &self.running {
            Some(running) => running.replica.message_context().submissions,
            None => {
                let next = self.height().next();
                SubmissionContext::read(ledger, &self.store, next).unwrap()
            }
        }
    }
}

impl World {
    /// Gives a running node an input and executes what it asks for.
    pub fn input(&mut self, index: usize, input: Input) -> Result<(), Violation> {
        let now = self.clock_of(index);
        let node = &mut self.nodes[index];
        let Some(running) = &mut node.running else {
            return Ok(());
        };
        let effects = match running.replica.step(&node.store, now, input) {
            Ok(effects) => effects,
            Err(_) if !node.is_honest() => {
                node.running = None;
                return Ok(());
            }
            Err(error) => {
                return Err(Violation {
                    invariant: Invariant::NoHalt,
                    details: format!("node {index} stops: {error}"),
                });
            }
        };
        self.check_bounds(index)?;
        self.execute(index, effects)
    }

    fn check_bounds(&self, index: usize) -> Result<(), Violation> {
        let node = &self.nodes[index];
        let Some(running) = &node.running else {
            return Ok(());
        };
        let backlog = running.replica.backlog();
        let (bytes, batches) = (backlog.queued_bytes, backlog.unordered_batches);
        let limits = self.limits();
        let most_batches = limits.pool.batches_per_author * self.nodes.len();
        let fits = bytes <= limits.queue.queue_bytes && batches <= most_batches;
        require(fits, Invariant::Bounds, || {
            format!("node {index} holds {bytes} bytes and {batches} batches")
        })?;
        require(node.store.jobs() <= most_batches, Invariant::Bounds, || {
            format!("node {index} has {} jobs for its store", node.store.jobs())
        })
    }

    fn execute(&mut self, index: usize, effects: Vec<Effect>) -> Result<(), Violation> {
        for effect in effects {
            if self.is_struck(index) {
                self.power_off(index);
                return Ok(());
            }
            // Consecutive records share a sync, which comes before anything else.
            if !matches!(effect, Effect::Log(_)) && self.sync_log(index).is_err() {
                self.power_off(index);
                return Ok(());
            }
            if self.execute_one(index, effect)?.is_err() {
                self.power_off(index);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the power fails before the next effect.
    fn is_struck(&mut self, index: usize) -> bool {
        let Some(running) = &mut self.nodes[index].running else {
            return true;
        };
        match &mut running.crash {
            Some(CrashPoint::AfterEffects(0)) => true,
            Some(CrashPoint::AfterEffects(left)) => {
                *left -= 1;
                false
            }
            _ => false,
        }
    }

    /// Stops a node as its operator does: nothing that it has logged is lost.
    pub fn stop(&mut self, index: usize) {
        if self.nodes[index].running.is_some() {
            // A disk that fails here has cut the power.
            let _ = self.sync_log(index);
            self.power_off(index);
        }
    }

    fn sync_log(&mut self, index: usize) -> Result<(), PowerOff> {
        let skips = self.plant == Plant::SkipSync;
        let Some(running) = &mut self.nodes[index].running else {
            return Err(PowerOff);
        };
        if running.is_unsynced && !skips {
            running.log.sync().map_err(|_| PowerOff)?;
            running.is_unsynced = false;
        }
        Ok(())
    }

    fn execute_one(
        &mut self,
        index: usize,
        effect: Effect,
    ) -> Result<Result<(), PowerOff>, Violation> {
        self.trace_effect(index, &effect);
        match effect {
            Effect::Log(entry) => return self.append(index, &entry),
            Effect::Guard(guard) => return Ok(self.store_guard(index, guard)),
            Effect::ForgetLogBelow(height) => {
                let running = self.running(index);
                if running.log.forget_below(height).is_err() {
                    return Ok(Err(PowerOff));
                }
                running.logged_blocks.clear();
            }
            Effect::StoreBatches(batches) => self.enqueue(index, Job::Batches(batches)),
            Effect::Commit {
                commit,
                batches,
                cosigned_size,
            } => {
                let height = commit.tip.height;
                let next = self.nodes[index].height().next();
                let running = self.running(index);
                let is_due = running.committing.is_none() && height == next;
                running.committing = Some(height);
                require(is_due, Invariant::Contract, || {
                    format!("node {index} commits height {height}, {next} is next")
                })?;
                self.invariants.on_commit(&commit)?;
                for (_, evidence) in &commit.evidence {
                    self.invariants.on_evidence(evidence)?;
                }
                let job = Job::Commit {
                    commit,
                    batches,
                    cosigned_size,
                };
                self.enqueue(index, job);
            }
            Effect::DiscardBatches(below) => self.enqueue(index, Job::Discard(below)),
            Effect::PublishCheckpoint { size, note } => {
                self.published += 1;
                self.invariants.on_published(size, &note)?;
            }
            Effect::Broadcast(message) => {
                let to = self.peers(index);
                self.send(index, &to, &message)?;
            }
            Effect::Send { to, message } => {
                let to = self.connected_among(index, &[to]);
                self.send(index, &to, &message)?;
            }
            Effect::SendBatch { to, batch } => {
                let to = match to {
                    None => self.peers(index),
                    Some(keys) => self.connected_among(index, &keys),
                };
                let message = PeerMessage::Batch(batch.bytes().clone());
                self.send(index, &to, &message)?;
            }
            Effect::Request(request) => self.send_request(index, request),
            Effect::SetTimer { timer, after_ms } => self.set_timer(index, timer, after_ms),
            Effect::CancelTimer(timer) => {
                self.running(index).timers.remove(&timer);
            }
            Effect::Reply { ticket, result } => self.on_reply(ticket, result)?,
            // The world's clients ask the ledger.
            Effect::GiveUp(_) => {}
            Effect::Committed {
                height, records, ..
            } => {
                self.invariants.on_committed(&records)?;
                let node = &mut self.nodes[index];
                let is_durable = node.height() >= height;
                node.told_height = height;
                require(is_durable, Invariant::Contract, || {
                    format!("node {index} tells of height {height} before it is durable")
                })?;
            }
            Effect::Report(report) => self.on_report(index, &report)?,
        }
        Ok(Ok(()))
    }

    fn append(
        &mut self,
        index: usize,
        entry: &LogEntry,
    ) -> Result<Result<(), PowerOff>, Violation> {
        let next = self.nodes[index].height().next();
        require(entry.height() == next, Invariant::Contract, || {
            format!(
                "node {index} logs height {} when {next} is next",
                entry.height()
            )
        })?;
        let running = self.running(index);
        if let LogEntry::Block(block) = entry {
            running.logged_blocks.insert(block.digest());
        }
        running.is_unsynced = true;
        let appended = running.log.append(entry.height(), &entry.to_bytes());
        Ok(appended.map_err(|_| PowerOff))
    }

    fn store_guard(&mut self, index: usize, guard: SignGuard) -> Result<(), PowerOff> {
        let skips = self.plant == Plant::SkipSync;
        let running = self.running(index);
        if !skips {
            let stored = running.guard_file.store(&guard.to_bytes());
            stored.map_err(|_| PowerOff)?;
        }
        running.guard = guard;
        Ok(())
    }

    fn enqueue(&mut self, index: usize, job: Job) {
        if self.nodes[index].store.enqueue(job) {
            self.start_writing(index);
        }
    }

    /// Sets the time at which the store's oldest job is durable.
    fn start_writing(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.store.begin();
        let boot = node.boot;
        let at_ms = self.now_ms + self.random.within(&node.write_ms.clone());
        self.add(at_ms, Event::Written { node: index, boot });
    }

    /// The store's oldest job is durable.
    pub fn on_written(&mut self, index: usize) -> Result<(), Violation> {
        let node = &mut self.nodes[index];
        let job = node.store.complete();
        let more = node.store.jobs() > 0;
        self.trace.line(
            self.now_ms,
            format_args!("{index} written, height {}", self.nodes[index].height()),
        );
        if more {
            self.start_writing(index);
        }
        match job {
            Some(Job::Batches(batches)) => {
                let digests = batches.iter().map(|batch| batch.digest()).collect();
                self.input(index, Input::BatchesStored(digests))
            }
            Some(Job::Commit { commit, .. }) => {
                self.running(index).committing = None;
                self.input(index, Input::BlockCommitted(commit.tip.height))
            }
            Some(Job::Discard(_)) | None => Ok(()),
        }
    }

    fn set_timer(&mut self, index: usize, timer: Timer, after_ms: u64) {
        let boot = self.nodes[index].boot;
        let running = self.running(index);
        running.timers_set += 1;
        let generation = running.timers_set;
        running.timers.insert(timer, generation);
        let at_ms = self.now_ms.saturating_add(after_ms);
        let event = Event::Timer {
            node: index,
            boot,
            timer,
            generation,
        };
        self.add(at_ms, event);
    }

    /// Sends a message to some peers, or what a liar makes of it.
    pub fn send(
        &mut self,
        index: usize,
        to: &[usize],
        message: &PeerMessage,
    ) -> Result<(), Violation> {
        let key = Some(self.nodes[index].consensus_key);
        if !self.nodes[index].is_honest() {
            self.send_lies(index, to, message);
            return Ok(());
        }
        if self.plant.holds_back(&self.invariants, message) {
            return Ok(());
        }
        self.check_kept(index, message)?;
        let running = self.running(index);
        let guard = running.guard;
        self.invariants.on_sent(key.as_ref(), &guard, message)?;
        let bytes = Bytes::from(message.to_bytes());
        for to in to {
            self.carry(index, *to, &bytes, message);
        }
        if self.plant == Plant::SignTwice {
            self.contradict(index, to, message)?;
        }
        Ok(())
    }

    /// What a node says that it has, it has on disk.
    fn check_kept(&self, index: usize, message: &PeerMessage) -> Result<(), Violation> {
        let node = &self.nodes[index];
        let Some(running) = &node.running else {
            return Ok(());
        };
        match message {
            PeerMessage::Acknowledgement(acknowledgement) => {
                let batch = acknowledgement.message.batch;
                let is_kept = node.store.holds_batch(&batch);
                require(is_kept, Invariant::Contract, || {
                    format!("node {index} acknowledges batch {batch} before it is stored")
                })
            }
            PeerMessage::Consensus(ConsensusMessage::Vote(vote))
                if vote.message.validator == node.consensus_key =>
            {
                let vote = &vote.message;
                let Some(block) = vote.block else {
                    return Ok(());
                };
                let is_kept =
                    vote.height <= node.height() || running.logged_blocks.contains(&block);
                require(is_kept, Invariant::Contract, || {
                    format!("node {index} votes for block {block}, which is not in its log")
                })
            }
            _ => Ok(()),
        }
    }

    /// The planted bug: a second vote for the slot.
    fn contradict(
        &mut self,
        index: usize,
        to: &[usize],
        message: &PeerMessage,
    ) -> Result<(), Violation> {
        let PeerMessage::Consensus(ConsensusMessage::Vote(vote)) = message else {
            return Ok(());
        };
        if vote.message.vote_type != VoteType::Precommit || vote.message.block.is_none() {
            return Ok(());
        }
        let mut other = vote.message.clone();
        other.block = None;
        let key = secret_of(index, self.nodes[index].generation, Purpose::Consensus);
        let other = sign(&self.genesis.ledger(), &key, other);
        let message = PeerMessage::Consensus(ConsensusMessage::Vote(other));
        let guard = self.running(index).guard;
        self.invariants
            .on_sent(Some(&key.public_key()), &guard, &message)?;
        let bytes = Bytes::from(message.to_bytes());
        for to in to {
            self.carry(index, *to, &bytes, &message);
        }
        Ok(())
    }

    pub fn carry(&mut self, from: usize, to: usize, bytes: &Bytes, message: &PeerMessage) {
        if self
            .holds_back
            .as_ref()
            .is_some_and(|holds| holds(from, to, message))
        {
            return;
        }
        self.carry_bytes(from, to, bytes);
    }

    pub fn carry_bytes(&mut self, from: usize, to: usize, bytes: &Bytes) {
        for delay_ms in self.network.carry(from, to, &mut self.random) {
            let bytes = bytes.clone();
            self.add(self.now_ms + delay_ms, Event::Arrival { to, from, bytes });
        }
    }

    fn on_report(&mut self, index: usize, report: &Report) -> Result<(), Violation> {
        if !self.nodes[index].is_honest() {
            return Ok(());
        }
        match report {
            Report::Evidence(evidence) => self.invariants.on_evidence(evidence),
            Report::InvalidBlock { proposer, reason } => {
                self.invariants.on_accused(proposer, reason)
            }
            Report::FaultyPeer { peer, reason } => {
                let accused = self.index_of(peer);
                let accused = accused.map(|index| self.nodes[index].consensus_key);
                self.invariants
                    .on_accused(&accused.unwrap_or(*peer), reason)
            }
            Report::ForkedCheckpoint { validator, note } => {
                self.invariants.on_accused(validator, note)
            }
            Report::SkippedSubmissions { author, .. } => self
                .invariants
                .on_accused(author, "submissions that nobody signed"),
            Report::Muted { height, reason } => {
                self.muted += 1;
                require(self.nodes[index].is_damaged, Invariant::NoHalt, || {
                    format!("node {index} is mute at height {height}: {reason:?}")
                })
            }
            Report::Joined { .. } => {
                self.joined += 1;
                Ok(())
            }
            Report::Left { .. } => {
                self.left += 1;
                Ok(())
            }
            Report::RoundFailed { .. }
            | Report::ValidatorsChanged { .. }
            | Report::BlockFromTheFuture { .. }
            | Report::BlockFromThePast { .. } => Ok(()),
        }
    }

    fn trace_effect(&mut self, index: usize, effect: &Effect) {
        let now_ms = self.now_ms;
        let mut line = |text: String| self.trace.line(now_ms, format_args!("{index} {text}"));
        match effect {
            Effect::Log(entry) => line(format!("log {}", short_of(&entry.to_bytes()))),
            Effect::Guard(guard) => line(format!("guard {:?}", guard.last().map(|(s, _)| s))),
            Effect::ForgetLogBelow(height) => line(format!("forget below {height}")),
            Effect::StoreBatches(batches) => line(format!("store {} batches", batches.len())),
            Effect::Commit { commit, .. } => line(format!(
                "commit {} {} log {}",
                commit.tip.height,
                short(commit.tip.block),
                commit.tip.frontier.size()
            )),
            Effect::DiscardBatches(height) => line(format!("discard below {height}")),
            Effect::PublishCheckpoint { size, .. } => line(format!("publish {size}")),
            Effect::Broadcast(message) => line(format!("broadcast {}", describe(message))),
            Effect::Send { message, .. } => line(format!("send {}", describe(message))),
            Effect::SendBatch { batch, .. } => {
                line(format!("send batch {}", short(batch.digest())))
            }
            Effect::Request(request) => line(format!("request {request:?}")),
            Effect::SetTimer { timer, after_ms } => line(format!("set {timer:?} {after_ms}")),
            Effect::CancelTimer(timer) => line(format!("cancel {timer:?}")),
            Effect::Reply { ticket, result } => line(format!("reply {ticket:?} {result:?}")),
            Effect::GiveUp(ids) => line(format!("give up {} submissions", ids.len())),
            Effect::Committed { height, .. } => line(format!("committed {height}")),
            Effect::Report(report) => line(format!("report {report:?}")),
        }
    }
}

/// A message in a line.
pub fn describe(message: &PeerMessage) -> String {
    let digest = short_of(&message.to_bytes());
    match message {
        PeerMessage::Proposal(proposal, block) => {
            let proposal = &proposal.message;
            format!(
                "proposal {}/{} polka {:?} {} with {} batches {digest}",
                proposal.height,
                proposal.round,
                proposal.polka_round,
                short(block.digest()),
                block.body().batches.len()
            )
        }
        PeerMessage::Consensus(ConsensusMessage::Vote(vote)) => {
            let vote = &vote.message;
            let block = vote.block.map_or("nil".to_owned(), short);
            let (height, round) = (vote.height, vote.round);
            format!("{:?} {height}/{round} {block} {digest}", vote.vote_type)
        }
        PeerMessage::Consensus(ConsensusMessage::Commit(commit)) => format!(
            "commit {}/{} {} {digest}",
            commit.height,
            commit.round,
            short(commit.block)
        ),
        PeerMessage::Consensus(ConsensusMessage::Polka(polka)) => {
            format!("polka {}/{} {digest}", polka.height, polka.round)
        }
        PeerMessage::Consensus(ConsensusMessage::Round(certificate)) => {
            let (height, round) = (certificate.height, certificate.round);
            format!("round {height}/{round} {:?} {digest}", certificate.kind)
        }
        PeerMessage::Consensus(ConsensusMessage::Proposal(_)) => format!("bare proposal {digest}"),
        PeerMessage::Batch(_) => format!("batch {digest}"),
        PeerMessage::Acknowledgement(acknowledgement) => {
            format!(
                "acknowledgement {} {digest}",
                short(acknowledgement.message.batch)
            )
        }
        PeerMessage::Certificate(certificate) => {
            format!("certificate {} {digest}", short(certificate.batch.digest))
        }
        PeerMessage::Evidence(evidence) => format!("evidence {:?} {digest}", evidence.slot()),
        PeerMessage::Checkpoint(_) => format!("checkpoint {digest}"),
        PeerMessage::Status { height } => format!("status {height}"),
    }
}

impl World {
    /// The time on a node's clock.
    pub fn clock_of(&self, index: usize) -> Timestamp {
        let now_ms = i64::try_from(self.now_ms).unwrap();
        let start_ms = self.genesis.time().as_ms();
        Timestamp::from_ms(start_ms + now_ms + self.nodes[index].clock_offset_ms)
    }

    /// The process of a node that runs.
    pub fn running(&mut self, index: usize) -> &mut Running {
        self.nodes[index].running.as_mut().unwrap()
    }

    /// The connected peers of a node.
    pub fn peers(&self, index: usize) -> Vec<usize> {
        let running = self.nodes[index].running.as_ref();
        running.map_or(Vec::new(), |running| {
            running.connected.keys().copied().collect()
        })
    }

    fn connected_among(&self, index: usize, keys: &[PublicKey]) -> Vec<usize> {
        let peers = self.peers(index);
        let wanted = keys.iter().filter_map(|key| self.index_of(key));
        wanted.filter(|peer| peers.contains(peer)).collect()
    }

    /// The node with a network key.
    pub fn index_of(&self, network_key: &PublicKey) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| node.network_key == *network_key)
    }
}

/// Shared by those who submit.
pub type SharedSubmission = Arc<waybill::types::Submission>;
