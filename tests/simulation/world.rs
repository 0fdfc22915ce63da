//! The world: nodes, network, clocks and clients, driven by one schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use waybill::consensus::SignGuard;
use waybill::contracts::GOVERNOR_ROLE;
use waybill::crypto::{Blake3Digest, PublicKey};
use waybill::mempool::{PoolLimits, QueueLimits};
use waybill::replica::{Input, PeerMessage, ReplicaLimits, Ticket};
use waybill::storage::SignGuardFile;
use waybill::storage::simulated_disk::SimulatedDisk;
use waybill::types::{
    ConsensusParameters, Decode, Encode, Entry, EntryContent, GENESIS_FORMAT, Genesis,
    GenesisDocument, GenesisKey, GenesisMember, GenesisValidator, Height, KeyPurpose, LedgerId,
    LedgerReader, MemberId, Record, Refusal, Role, SubmissionId, Timestamp,
};

use crate::byzantine::Behaviour;
use crate::checks::Checks;
use crate::events::{CrashPoint, Event, Schedule};
use crate::faults::{CONVERGENCE_MS, RANGES, Weather};
use crate::governing::{Governing, Wish};
use crate::invariants::{Invariant, Invariants, Violation, require};
use crate::network::Network;
use crate::node::{Node, Purpose, SharedSubmission, secret};
use crate::planted::Plant;
use crate::random::Random;
use crate::store::Store;
use crate::trace::{Audience, Trace};
use crate::workload::Workload;

/// Members that run no validator.
const PLAIN_MEMBERS: usize = 2;

/// Members that govern: the first ones. Two of them decide.
pub const GOVERNORS: usize = 2;

/// After the world is healed, so many more heights have to be committed everywhere.
const HEIGHTS_TO_CONVERGE: u64 = 3;

/// How often a client asks again for what has not been committed, in milliseconds.
const PATIENCE_MS: u64 = 2_000;

/// Decides that a message from one node to another is not sent.
pub type HoldsBack = Box<dyn Fn(usize, usize, &PeerMessage) -> bool>;

/// What a world is made with.
#[derive(Clone, Debug)]
pub struct Setting {
    pub validators: usize,
    pub followers: usize,
    pub parameters: ConsensusParameters,
    pub weather: Weather,
    pub slow_disk_permille: u64,
    /// The ways of the liars, by validator.
    pub liars: BTreeMap<usize, Vec<Behaviour>>,
    /// How the validators are to change.
    pub wishes: Vec<Wish>,
    pub plant: Plant,
    /// Whether the validators have never run. In all other worlds they have begun before the first
    /// height: one that first comes later is silent for two heights, which counts as a fault.
    pub is_new: bool,
    pub audience: Audience,
}

impl Setting {
    /// Four honest validators in calm weather.
    pub fn calm() -> Self {
        Self {
            validators: 4,
            followers: 0,
            parameters: ConsensusParameters {
                block_beat_ms: 20,
                heartbeat_ms: 1_000,
                propose_timeout_ms: 400,
                vote_timeout_ms: 200,
                timeout_step_ms: 100,
                clock_drift_ms: 500,
                checkpoint_interval: 1,
            },
            weather: Weather::CALM,
            slow_disk_permille: 0,
            liars: BTreeMap::new(),
            wishes: Vec::new(),
            plant: Plant::None,
            is_new: false,
            audience: Audience::Nobody,
        }
    }
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub seed: u64,
    pub trace: Blake3Digest,
    pub height: Height,
    pub submissions: usize,
    pub evidence: usize,
    pub checkpoints: u64,
    /// How many validator sets have decided, one after the other.
    pub validator_sets: usize,
    pub events: u64,
    pub simulated_ms: u64,
}

/// The world.
pub struct World {
    pub seed: u64,
    pub now_ms: u64,
    pub random: Random,
    pub genesis: Arc<Genesis>,
    pub nodes: Vec<Node>,
    pub network: Network,
    pub checks: Checks,
    pub invariants: Invariants,
    pub trace: Trace,
    pub plant: Plant,
    pub holds_back: Option<HoldsBack>,
    /// Reports of validators that do not sign.
    pub muted: u64,
    /// Checkpoints that were published.
    pub published: u64,
    /// How often nodes found themselves validators that were none before, and the other way round.
    pub joined: u64,
    pub left: u64,
    /// Submissions that nodes have said they take.
    taken: u64,
    pub governing: Governing,
    schedule: Schedule,
    pub workload: Workload,
    is_stormy: bool,
    events: u64,
    tickets: BTreeMap<Ticket, SubmissionId>,
    next_ticket: u64,
}

/// The guard of a validator that has begun and not signed.
fn begin_guard(disk: &SimulatedDisk, ledger: LedgerId) {
    let (mut guard, _) = SignGuardFile::load(disk.clone(), ledger).unwrap();
    guard.store(&SignGuard::unused().to_bytes()).unwrap();
}

impl World {
    /// A world in a setting. Its nodes are not started.
    pub fn new(seed: u64, setting: Setting) -> Self {
        let genesis = Arc::new(genesis(&setting));
        let mut random = Random::new(seed, 1);
        let liars: BTreeSet<PublicKey> = setting
            .liars
            .keys()
            .map(|index| secret(*index, Purpose::Consensus).public_key())
            .collect();
        let store = Store::new(&genesis);
        let nodes = (0..setting.validators + setting.followers)
            .map(|index| {
                let is_slow = random.happens(setting.slow_disk_permille);
                let is_validator = index < setting.validators;
                let disk = SimulatedDisk::new();
                if !setting.is_new && is_validator {
                    begin_guard(&disk, genesis.ledger());
                }
                Node {
                    network_key: secret(index, Purpose::Network).public_key(),
                    generation: 0,
                    consensus_key: secret(index, Purpose::Consensus).public_key(),
                    behaviours: setting.liars.get(&index).cloned().unwrap_or_default(),
                    store: store.clone(),
                    disk,
                    boot: 0,
                    clock_offset_ms: 0,
                    write_ms: if is_slow {
                        RANGES.slow_write_ms.clone()
                    } else {
                        RANGES.write_ms.clone()
                    },
                    is_damaged: false,
                    told_height: Height::GENESIS,
                    running: None,
                }
            })
            .collect();
        Self {
            seed,
            now_ms: 0,
            random,
            nodes,
            network: Network::new(setting.weather),
            checks: Checks::default(),
            invariants: Invariants::new(Arc::clone(&genesis), liars),
            trace: Trace::new(setting.audience),
            plant: setting.plant,
            holds_back: None,
            muted: 0,
            published: 0,
            joined: 0,
            left: 0,
            taken: 0,
            governing: Governing::new(setting.wishes),
            schedule: Schedule::default(),
            workload: Workload::new(&genesis, |index| secret(index, Purpose::Writer)),
            is_stormy: false,
            events: 0,
            tickets: BTreeMap::new(),
            next_ticket: 0,
            genesis,
        }
    }

    /// The bounds of every replica: small, so that they are reached.
    pub fn limits(&self) -> ReplicaLimits {
        ReplicaLimits {
            queue: QueueLimits {
                queue_bytes: 64 * 1024,
                queue_bytes_per_member: 32 * 1024,
                batch_bytes: 8 * 1024,
                batch_age_ms: 20,
            },
            pool: PoolLimits {
                bytes_per_author: 128 * 1024,
                batches_per_author: 32,
                retransmit_ms: 500,
            },
        }
    }

    /// Adds an event.
    pub fn add(&mut self, at_ms: u64, event: Event) {
        self.schedule.add(at_ms, &mut self.random, event);
    }

    /// Starts all nodes.
    ///
    /// # Errors
    /// [`Violation`] as every other method that runs the world.
    pub fn start_all(&mut self) -> Result<(), Violation> {
        (0..self.nodes.len()).try_for_each(|index| self.start(index))
    }

    /// Runs until a time.
    pub fn run_until(&mut self, until_ms: u64) -> Result<(), Violation> {
        while let Some((at_ms, event)) = self.schedule.take(until_ms) {
            self.now_ms = at_ms;
            self.events += 1;
            self.happen(event)?;
        }
        self.now_ms = until_ms;
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Arrival { to, from, bytes } => self.on_arrival(to, from, &bytes),
            Event::Checked { node, boot, input } if self.is_running(node, boot) => {
                self.input(node, *input)
            }
            Event::Request {
                to,
                from,
                boot,
                id,
                request,
            } => {
                self.on_request(to, (from, boot), id, request);
                Ok(())
            }
            Event::Answer {
                node,
                boot,
                peer,
                id,
                request,
                bytes,
            } if self.is_running(node, boot) => {
                self.on_answer(node, peer, id, &request, bytes.as_ref())
            }
            Event::Timer {
                node,
                boot,
                timer,
                generation,
            } if self.is_running(node, boot) => {
                let timers = &mut self.running(node).timers;
                if timers.get(&timer) != Some(&generation) {
                    return Ok(());
                }
                timers.remove(&timer);
                self.trace
                    .line(self.now_ms, format_args!("{node} {timer:?}"));
                self.input(node, Input::TimerElapsed(timer))
            }
            Event::Written { node, boot } if self.is_running(node, boot) => self.on_written(node),
            Event::Gone {
                node,
                boot,
                peer,
                peer_boot,
            } if self.is_running(node, boot) => self.on_gone(node, peer, peer_boot),
            Event::Crash { node, when } if self.is_stormy => {
                self.crash(node, when);
                Ok(())
            }
            Event::Restart { node } => self.start(node),
            Event::Partition { from, to, for_ms } if self.is_stormy => {
                self.trace
                    .line(self.now_ms, format_args!("cut {from:?} -> {to:?}"));
                self.network.cut(&from, &to);
                self.add(self.now_ms + for_ms, Event::Rejoin { from, to });
                Ok(())
            }
            Event::Rejoin { from, to } if self.is_stormy => {
                self.network.join(&from, &to);
                Ok(())
            }
            Event::ClockJump { node, offset_ms } if self.is_stormy => {
                self.nodes[node].clock_offset_ms = offset_ms;
                Ok(())
            }
            Event::Submit => self.submit_something(),
            Event::Govern => self.govern(),
            Event::Nonsense { node } => {
                let every_ms = self.random.within(&RANGES.garbage_every_ms);
                self.send_nonsense(node);
                self.add(self.now_ms + every_ms, Event::Nonsense { node });
                Ok(())
            }
            // Meant for a process that is no more, or too late for the storm.
            _ => Ok(()),
        }
    }

    fn is_running(&self, index: usize, boot: u64) -> bool {
        let node = &self.nodes[index];
        node.boot == boot && node.running.is_some()
    }

    /// A client submits to one node or two.
    fn submit_something(&mut self) -> Result<(), Violation> {
        let now = self.world_time();
        let submission = self.workload.next(now, &mut self.random);
        let places = 1 + usize::from(self.random.happens(200));
        for _ in 0..places {
            let index = self.random.below(self.nodes.len());
            self.submit(index, &submission)?;
        }
        Ok(())
    }

    /// Submits to a node, if it runs.
    pub fn submit(&mut self, index: usize, submission: &SharedSubmission) -> Result<(), Violation> {
        if self.nodes[index].running.is_none() {
            return Ok(());
        }
        let context = self.nodes[index].submission_context(self.genesis.ledger());
        let checked = self.checks.submission(&context, submission);
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.tickets.insert(ticket, checked.id);
        let input = Input::Submit {
            ticket,
            submission: Box::new(submission.as_ref().clone()),
            checked: Box::new(checked),
        };
        self.input(index, input)
    }

    /// Submits to a node, and says whether it took the submission.
    pub fn takes(
        &mut self,
        index: usize,
        submission: &SharedSubmission,
    ) -> Result<bool, Violation> {
        let before = self.taken;
        self.submit(index, submission)?;
        Ok(self.taken > before)
    }

    /// A submission that nothing is wrong with.
    pub fn plain_submission(&mut self) -> SharedSubmission {
        let now = self.world_time();
        self.workload.plain(now, &mut self.random)
    }

    /// A proposal to hand something over that nobody will answer.
    pub fn unanswered_submission(&mut self, open_for_ms: i64) -> SharedSubmission {
        let now = self.world_time();
        self.workload.unanswered(now, open_for_ms)
    }

    /// The entries that a node's ledger made by itself, in order.
    pub fn derived(&self, index: usize) -> Vec<Record> {
        let entries = self.nodes[index].store.entry_bytes();
        let derived = |bytes: &Bytes| match Entry::from_bytes(bytes).unwrap().content {
            EntryContent::Derived { record, .. } => Some(record),
            _ => None,
        };
        entries.iter().filter_map(derived).collect()
    }

    /// A node answers a client: once, and with the id that was submitted.
    pub fn on_reply(
        &mut self,
        ticket: Ticket,
        result: Result<SubmissionId, Box<Refusal>>,
    ) -> Result<(), Violation> {
        let expected = self.tickets.remove(&ticket);
        self.taken += u64::from(result.is_ok());
        let fits = match (&expected, &result) {
            (None, _) => false,
            (Some(id), Ok(named)) => id == named,
            (Some(_), Err(_)) => true,
        };
        require(fits, Invariant::Contract, || {
            format!("{ticket:?} for {expected:?} is answered with {result:?}")
        })
    }

    /// Whether a node that runs decides the next height.
    pub fn is_validator(&self, index: usize) -> bool {
        let running = self.nodes[index].running.as_ref();
        running.is_some_and(|running| running.replica.is_validator())
    }

    pub fn world_time(&self) -> Timestamp {
        let now_ms = i64::try_from(self.now_ms).unwrap();
        Timestamp::from_ms(self.genesis.time().as_ms() + now_ms)
    }

    /// Lets the storm begin: everything in it is drawn now.
    pub fn begin_storm(&mut self, length_ms: u64) {
        self.is_stormy = true;
        let count = self.nodes.len();
        for _ in 0..self.random.within(&RANGES.submissions) {
            let at_ms = self.random.within(&(0..=length_ms));
            self.add(at_ms, Event::Submit);
        }
        for _ in 0..self.random.within(&RANGES.partitions) {
            self.draw_partition(length_ms);
        }
        for _ in 0..self.random.within(&RANGES.crashes) {
            let at_ms = self.random.within(&(0..=length_ms));
            let victims: Vec<usize> = if self.random.happens(RANGES.all_crash_permille) {
                (0..count).collect()
            } else {
                vec![self.random.below(count)]
            };
            for node in victims {
                let when = self.draw_crash_point();
                self.add(at_ms, Event::Crash { node, when });
            }
        }
        let most_ms = i64::try_from(self.random.within(&RANGES.clock_offset_ms)).unwrap();
        for node in 0..count {
            let jumps = self.random.within(&RANGES.clock_jumps);
            for jump in 0..=jumps {
                let at_ms = if jump == 0 {
                    0
                } else {
                    self.random.within(&(0..=length_ms))
                };
                let offset_ms = self.random.number() % (2 * most_ms.unsigned_abs() + 1);
                let offset_ms = i64::try_from(offset_ms).unwrap() - most_ms;
                self.add(at_ms, Event::ClockJump { node, offset_ms });
            }
        }
        for node in 0..count {
            if self.nodes[node].behaviours.contains(&Behaviour::Nonsense) {
                self.add(0, Event::Nonsense { node });
            }
        }
        if self.governing.wants_something() {
            self.add(0, Event::Govern);
        }
    }

    fn draw_crash_point(&mut self) -> CrashPoint {
        if !self.random.happens(RANGES.crash_in_midst_permille) {
            CrashPoint::Now
        } else if self.random.happens(500) {
            CrashPoint::AfterEffects(self.random.within(&RANGES.effects_before_crash))
        } else {
            CrashPoint::AtDiskOperation(self.random.within(&RANGES.disk_operations_before_crash))
        }
    }

    fn draw_partition(&mut self, length_ms: u64) {
        let side: Vec<usize> = (0..self.nodes.len())
            .filter(|_| self.random.happens(500))
            .collect();
        let rest: Vec<usize> = (0..self.nodes.len())
            .filter(|index| !side.contains(index))
            .collect();
        let at_ms = self.random.within(&(0..=length_ms));
        let for_ms = self.random.within(&RANGES.partition_ms);
        let is_one_way = self.random.happens(RANGES.one_way_permille);
        let directions = if is_one_way {
            vec![(side, rest)]
        } else {
            vec![(side.clone(), rest.clone()), (rest, side)]
        };
        for (from, to) in directions {
            self.add(at_ms, Event::Partition { from, to, for_ms });
        }
    }

    /// Ends all faults of network, disks and clocks; liars go on.
    pub fn heal(&mut self) -> Result<(), Violation> {
        self.trace.line(self.now_ms, format_args!("heal"));
        self.is_stormy = false;
        self.network.heal();
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            node.clock_offset_ms = 0;
            node.write_ms = RANGES.write_ms.clone();
            if let Some(running) = &mut node.running {
                running.crash = None;
                node.disk.plan(Default::default());
            } else {
                self.start(index)?;
            }
        }
        Ok(())
    }

    /// Requires that all is well within bounded time: every honest node goes on, signs if it is a
    /// validator, has everything that was committed anywhere, and takes new submissions.
    pub fn converge(&mut self) -> Result<(), Violation> {
        let deadline_ms = self.now_ms + CONVERGENCE_MS;
        let target = self.invariants.greatest_height().plus(HEIGHTS_TO_CONVERGE);
        let mut probes: Vec<(usize, SharedSubmission)> = Vec::new();
        for index in self.honest() {
            if self.is_validator(index) {
                probes.push((index, self.plain_submission()));
            }
        }
        let mut ask_ms = self.now_ms;
        loop {
            if self.now_ms >= ask_ms {
                ask_ms += PATIENCE_MS;
                for (index, probe) in probes.clone() {
                    // It may have been about to be no validator any more.
                    let at = (index..index + self.nodes.len())
                        .map(|index| index % self.nodes.len())
                        .find(|index| self.nodes[*index].is_honest() && self.is_validator(*index));
                    self.submit(at.unwrap_or(index), &probe)?;
                }
            }
            let missing = self.what_is_missing(target, &probes);
            if missing.is_empty() {
                return self.final_checks();
            }
            require(self.now_ms < deadline_ms, Invariant::Liveness, || {
                missing.join("; ")
            })?;
            self.run_until(self.now_ms + 50)?;
        }
    }

    /// The honest nodes.
    pub fn honest(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|index| self.nodes[*index].is_honest())
            .collect()
    }

    fn what_is_missing(&self, target: Height, probes: &[(usize, SharedSubmission)]) -> Vec<String> {
        let mut missing = Vec::new();
        for index in self.honest() {
            let node = &self.nodes[index];
            let Some(running) = &node.running else {
                missing.push(format!("node {index} does not run"));
                continue;
            };
            let height = node.height();
            if height < target {
                let consensus = running.replica.consensus();
                missing.push(format!(
                    "node {index} is at height {height} of {target} (consensus runs {:?}, round {:?})",
                    consensus.height(),
                    consensus.round()
                ));
            }
            if running.replica.is_validator() && !running.replica.consensus().signs() {
                missing.push(format!("node {index} does not sign"));
            }
            for (at, probe) in probes {
                if !self.has(index, &probe.id()) {
                    missing.push(format!(
                        "node {index} lacks what node {at} was asked to take"
                    ));
                }
            }
            let lost = self
                .invariants
                .committed_submissions()
                .filter(|id| !self.has(index, id))
                .count();
            if lost > 0 {
                missing.push(format!("node {index} lacks {lost} committed submissions"));
            }
        }
        missing
    }

    /// Whether a node's ledger has a submission.
    pub fn has(&self, index: usize, id: &SubmissionId) -> bool {
        self.nodes[index].store.submission(id).unwrap().is_some()
    }

    /// What is said of a run that went well.
    pub fn summary(&self) -> Summary {
        Summary {
            seed: self.seed,
            trace: self.trace.digest(),
            height: self.invariants.greatest_height(),
            submissions: self.invariants.committed_submissions().count(),
            evidence: self.nodes[self.honest()[0]].store.evidence_records().len(),
            checkpoints: self.published,
            validator_sets: self.invariants.sets_so_far(),
            events: self.events,
            simulated_ms: self.now_ms,
        }
    }
}

/// The member of a node.
pub fn member_id(index: usize) -> MemberId {
    MemberId::new(&format!("member-{index:02}")).unwrap()
}

fn genesis(setting: &Setting) -> Genesis {
    let member = member_id;
    let key = |index, purpose| secret(index, purpose).public_key();
    let nodes = setting.validators + setting.followers;
    let members = (0..nodes + PLAIN_MEMBERS)
        .map(|index| {
            let is_follower = (setting.validators..nodes).contains(&index);
            let network = is_follower.then(|| GenesisKey {
                purpose: KeyPurpose::Network,
                key: key(index, Purpose::Network),
            });
            let writer = GenesisKey {
                purpose: KeyPurpose::Writer,
                key: key(index, Purpose::Writer),
            };
            let governor = Role::new(GOVERNOR_ROLE).unwrap();
            GenesisMember {
                id: member(index),
                name: format!("Member {index}"),
                roles: Vec::from_iter((index < GOVERNORS).then_some(governor)),
                keys: [writer].into_iter().chain(network).collect(),
            }
        })
        .collect();
    let validators = (0..setting.validators)
        .map(|index| GenesisValidator {
            member: member(index),
            consensus_key: key(index, Purpose::Consensus),
            network_key: key(index, Purpose::Network),
            log_key: key(index, Purpose::Log),
            cosigner_key: key(index, Purpose::Cosigner),
        })
        .collect();
    let document = GenesisDocument {
        format: GENESIS_FORMAT.to_owned(),
        name: "simulation.example/ledger".to_owned(),
        time: Timestamp::from_ms(1_760_000_000_000),
        consensus: setting.parameters,
        members,
        validators,
        contracts: waybill::contracts::shipped_contracts(),
    };
    Genesis::parse(&serde_json::to_vec(&document).unwrap()).unwrap()
}
