//! A cluster in one thread: a shuffled queue, timeouts fired by hand, and the invariants checked
//! at every effect.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::support::*;
use crate::consensus::*;
use crate::types::codec::Encode;
use crate::types::{BlockDigest, CommitCertificate, Evidence, Height, Signed, VoteType};

/// What a node has on its disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) guard: SignGuard,
    pub(super) log: Vec<LogRecord>,
    pub(super) decided: BTreeMap<Height, CommitCertificate>,
}

pub(super) struct Node {
    pub(super) consensus: Option<Consensus>,
    pub(super) disk: Disk,
    timers: BTreeSet<Timeout>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) muted: Vec<(Height, MutedReason)>,
    /// Every effect executed, encoded as text: two runs can be compared.
    pub(super) trace: Vec<String>,
    /// After so many more effects the node crashes.
    pub(super) crash_after: Option<usize>,
}

/// What waits to happen, and to whom.
enum Event {
    Deliver { from: usize, input: Input },
    Local(Input),
}

/// How the world treats the cluster. All ranges of faults on one screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    /// Of a hundred messages so many are lost.
    pub(super) lost_percent: u32,
    /// Of a hundred turns so many fire a timeout although messages wait.
    pub(super) hasty_percent: u32,
    /// A validator that never says a word.
    pub(super) silent: Option<usize>,
    /// A validator that signs two statements for every slot.
    pub(super) equivocator: Option<usize>,
    /// Of a hundred blocks so many are invalid.
    pub(super) invalid_percent: u32,
}

impl World {
    pub(super) fn calm(seed: u64) -> Self {
        Self {
            seed,
            lost_percent: 0,
            hasty_percent: 0,
            silent: None,
            equivocator: None,
            invalid_percent: 0,
        }
    }
}

pub(super) struct Cluster {
    pub(super) committee: Committee,
    pub(super) nodes: Vec<Node>,
    world: World,
    random: ChaCha8Rng,
    events: Vec<(usize, Event)>,
    /// What each validator said in each slot, on the wire.
    said: BTreeMap<(usize, SignSlot), SignValue>,
    pub(super) decisions: BTreeMap<Height, BlockDigest>,
    invalid: BTreeSet<BlockDigest>,
    cheated: BTreeSet<(Height, u32)>,
    blocks_made: u64,
}

impl Cluster {
    pub(super) fn new(count: u8, world: World) -> Self {
        let committee = Committee::new(count);
        let nodes = (0..usize::from(count)).map(|index| {
            let faulty = world.silent == Some(index) || world.equivocator == Some(index);
            Node {
                consensus: (!faulty).then(|| committee.consensus(index)),
                disk: Disk::default(),
                timers: BTreeSet::new(),
                evidence: Vec::new(),
                muted: Vec::new(),
                trace: Vec::new(),
                crash_after: None,
            }
        });
        Self {
            nodes: nodes.collect(),
            committee,
            world,
            random: ChaCha8Rng::seed_from_u64(world.seed),
            events: Vec::new(),
            said: BTreeMap::new(),
            decisions: BTreeMap::new(),
            invalid: BTreeSet::new(),
            cheated: BTreeSet::new(),
            blocks_made: 0,
        }
    }

    pub(super) fn honest(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|index| self.nodes[*index].consensus.is_some())
            .collect()
    }

    pub(super) fn start(&mut self) {
        for index in self.honest() {
            let input = self.committee.start(1, Vec::new());
            self.step(index, input);
        }
    }

    /// Runs until every honest node has decided a height, and says how many turns it took.
    pub(super) fn run_until(&mut self, height: u64, most_turns: usize) -> usize {
        for turn in 0..most_turns {
            let done = self.honest().iter().all(|index| {
                self.nodes[*index]
                    .disk
                    .decided
                    .contains_key(&Height(height))
            });
            if done {
                return turn;
            }
            self.turn();
        }
        let heights: Vec<_> = self
            .nodes
            .iter()
            .map(|node| node.consensus.as_ref().map(|c| (c.height(), c.round())))
            .collect();
        panic!(
            "{:?}: no decision of height {height}: {heights:?}",
            self.world
        );
    }

    fn chance(&mut self, percent: u32) -> bool {
        percent > 0 && self.random.next_u32() % 100 < percent
    }

    fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.random.next_u64() % count as u64).unwrap()
    }

    fn turn(&mut self) {
        let hasty = self.world.hasty_percent;
        if self.events.is_empty() || self.chance(hasty) {
            self.fire();
            return;
        }
        let picked = self.pick(self.events.len());
        let (to, event) = self.events.swap_remove(picked);
        match event {
            Event::Local(input) => self.step(to, input),
            Event::Deliver { from, input } => self.deliver(from, to, input),
        }
    }

    fn fire(&mut self) {
        let running: Vec<(usize, Timeout)> = self
            .nodes
            .iter()
            .enumerate()
            .flat_map(|(index, node)| node.timers.iter().map(move |timer| (index, *timer)))
            .collect();
        assert!(!running.is_empty(), "nothing left to happen");
        let (index, timer) = running[self.pick(running.len())];
        self.nodes[index].timers.remove(&timer);
        self.step(index, Input::TimeoutElapsed(timer));
    }

    fn deliver(&mut self, from: usize, to: usize, input: Input) {
        let Some(height) = self.nodes[to]
            .consensus
            .as_ref()
            .and_then(Consensus::height)
        else {
            return;
        };
        let of_input = match &input {
            Input::Vote(vote) => vote.signed().message.height,
            Input::Proposal(proposal) => proposal.signed().message.height,
            _ => height,
        };
        // Whoever is behind is told the decision, as a node would by its sync protocol.
        if of_input < height
            && self.nodes[from].consensus.is_some()
            && let Some(certificate) = self.nodes[to].disk.decided.get(&of_input).cloned()
        {
            let input = self.committee.input(ConsensusMessage::Commit(certificate));
            self.events.push((from, Event::Deliver { from: to, input }));
        }
        let judged = match &input {
            Input::Proposal(proposal) => {
                let message = &proposal.signed().message;
                let judged = if self.invalid.contains(&message.block) {
                    Verdict::Invalid
                } else {
                    Verdict::Valid
                };
                let at = (message.height.0, message.round.0);
                Some(verdict(at, message.block, judged))
            }
            _ => None,
        };
        self.step(to, input);
        if let Some(verdict) = judged
            && self.nodes[to].consensus.is_some()
        {
            // A block of a later height cannot be judged yet: only when its parent is here.
            self.events
                .push((to, Event::Local(Input::BlockVerdict(verdict))));
        }
    }

    pub(super) fn step(&mut self, index: usize, input: Input) {
        // A verdict waits until the node is at its height.
        if let Input::BlockVerdict(verdict) = &input {
            let height = self.nodes[index]
                .consensus
                .as_ref()
                .and_then(Consensus::height);
            if height.is_some_and(|height| verdict.height > height) {
                self.events.push((index, Event::Local(input)));
                // Something else has to happen first.
                self.fire_if_only_waiting();
                return;
            }
        }
        let Some(consensus) = self.nodes[index].consensus.as_mut() else {
            return;
        };
        if let Input::StartHeight(start) = &input
            && consensus
                .height()
                .is_some_and(|height| height >= start.height)
        {
            return;
        }
        let effects = consensus.step(input).expect("an honest node never fails");
        for effect in effects {
            if let Some(left) = self.nodes[index].crash_after.as_mut() {
                if *left == 0 {
                    self.nodes[index].crash_after = None;
                    self.restart(index);
                    return;
                }
                *left -= 1;
            }
            self.execute(index, effect);
        }
    }

    fn fire_if_only_waiting(&mut self) {
        let only_waiting = self
            .events
            .iter()
            .all(|(_, event)| matches!(event, Event::Local(Input::BlockVerdict(_))));
        if only_waiting {
            self.fire();
        }
    }

    /// Loses all that is not on the disk, and begins again from it.
    pub(super) fn restart(&mut self, index: usize) {
        let disk = self.nodes[index].disk.clone();
        self.nodes[index].timers.clear();
        self.events.retain(|(to, event)| {
            *to != index || matches!(event, Event::Local(Input::BlockVerdict(_)))
        });
        let next = disk
            .decided
            .last_key_value()
            .map_or(1, |(height, _)| height.0 + 1);
        let log: Vec<LogRecord> = disk
            .log
            .into_iter()
            .filter(|record| record.height() == Height(next))
            .collect();
        let consensus = self
            .committee
            .restored(index, disk.guard, SigningState::Active);
        self.nodes[index].consensus = Some(consensus);
        let start = self.committee.start(next, log);
        self.step(index, start);
    }

    fn execute(&mut self, index: usize, effect: Effect) {
        self.nodes[index].trace.push(format!("{effect:?}"));
        match effect {
            Effect::Log(record) => {
                let bytes = record.to_bytes();
                let decoded = <LogRecord as crate::types::Decode>::from_bytes(&bytes);
                assert_eq!(decoded.as_ref(), Ok(&record));
                self.nodes[index].disk.log.push(record);
            }
            Effect::Guard(guard) => self.nodes[index].disk.guard = guard,
            Effect::Broadcast(message) => {
                self.check_broadcast(index, &message);
                self.send(index, message);
            }
            Effect::ScheduleTimeout { timeout, after_ms } => {
                assert!(after_ms > 0);
                self.nodes[index].timers.insert(timeout);
            }
            Effect::CancelTimeout(timeout) => {
                self.nodes[index].timers.remove(&timeout);
            }
            Effect::CancelAllTimeouts => self.nodes[index].timers.clear(),
            Effect::RequestBlock { height, round } => {
                self.blocks_made += 1;
                let block = block(&format!("{height} {round} {index} {}", self.blocks_made));
                let invalid = self.world.invalid_percent;
                if self.chance(invalid) {
                    self.invalid.insert(block);
                    return;
                }
                let input = Input::ProposeBlock {
                    height,
                    round,
                    block,
                };
                self.events.push((index, Event::Local(input)));
            }
            Effect::StartedRound { height, round, .. } => self.cheat(height, round.0),
            Effect::Decide(certificate) => self.decide(index, certificate),
            Effect::Evidence(evidence) => {
                assert_eq!(evidence.verify(&ledger()), Ok(()));
                self.nodes[index].evidence.push(*evidence);
            }
            Effect::Muted { height, reason } => self.nodes[index].muted.push((height, reason)),
            Effect::RestreamProposal { .. } => {}
        }
    }

    fn decide(&mut self, index: usize, certificate: CommitCertificate) {
        let set = &self.committee.set;
        assert_eq!(certificate.verify(&ledger(), set), Ok(()));
        let block = *self
            .decisions
            .entry(certificate.height)
            .or_insert(certificate.block);
        assert_eq!(block, certificate.block, "two decisions of one height");
        assert!(
            !self.invalid.contains(&block),
            "an invalid block is decided"
        );
        let height = certificate.height;
        let disk = &mut self.nodes[index].disk;
        disk.decided.insert(height, certificate);
        disk.log.retain(|record| record.height() > height);
        let start = self.committee.start(height.0 + 1, Vec::new());
        self.events.push((index, Event::Local(start)));
    }

    /// What this node signed is durable in log and guard before it is sent, and is the only thing
    /// that it ever says in its slot.
    fn check_broadcast(&mut self, index: usize, message: &ConsensusMessage) {
        let own = self.committee.key(index);
        let (slot, value, record) = match message {
            ConsensusMessage::Vote(vote) if vote.message.validator == own => (
                vote.message.slot(),
                vote.message.value(),
                LogRecord::Vote(vote.clone()),
            ),
            ConsensusMessage::Proposal(proposal) if proposal.message.validator == own => (
                proposal.message.slot(),
                proposal.message.value(),
                LogRecord::Proposal(proposal.clone()),
            ),
            _ => return,
        };
        let disk = &self.nodes[index].disk;
        let (signed, _) = disk.guard.last().expect("the guard is durable");
        assert!(
            slot <= signed,
            "{slot:?} is sent, the guard says {signed:?}"
        );
        let decided = disk.decided.contains_key(&slot.height);
        assert!(decided || disk.log.contains(&record), "sent before logged");
        let said = *self.said.entry((index, slot)).or_insert(value);
        assert_eq!(said, value, "validator {index} says two things in {slot:?}");
    }

    pub(super) fn send(&mut self, from: usize, message: ConsensusMessage) {
        let bytes = message.to_bytes();
        let decoded = <ConsensusMessage as crate::types::Decode>::from_bytes(&bytes);
        assert_eq!(decoded.as_ref(), Ok(&message));
        let input = self.committee.input(message);
        for to in 0..self.nodes.len() {
            let lost = self.world.lost_percent;
            if to == from || self.nodes[to].consensus.is_none() || self.chance(lost) {
                continue;
            }
            let input = input.clone();
            self.events.push((to, Event::Deliver { from, input }));
        }
    }

    /// The equivocator signs two of everything, and sends both to everyone.
    fn cheat(&mut self, height: Height, round: u32) {
        let Some(cheat) = self.world.equivocator else {
            return;
        };
        if !self.cheated.insert((height, round)) {
            return;
        }
        let at = (height.0, round);
        let blocks = [block(&format!("a {at:?}")), block(&format!("b {at:?}"))];
        let mut messages = Vec::new();
        if self.committee.proposer(height.0, round) == cheat {
            for block in blocks {
                let proposal = self.committee.proposal(cheat, at, None, block);
                messages.push(ConsensusMessage::Proposal(proposal));
            }
        }
        for vote_type in [VoteType::Prevote, VoteType::Precommit] {
            for block in [Some(blocks[0]), None] {
                let vote: Signed<_> = self.committee.vote(cheat, vote_type, at, block);
                messages.push(ConsensusMessage::Vote(vote));
            }
        }
        for message in messages {
            self.send(cheat, message);
        }
    }
}
