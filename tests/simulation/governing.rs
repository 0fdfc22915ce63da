//! The governing members of a world: they want the validators to change, propose it, and approve.

use std::collections::{BTreeMap, VecDeque};

use waybill::contracts::{read_open_proposals, read_proposal, read_validator_sets};
use waybill::crypto::PublicKey;
use waybill::records::governance::{Action, ProvenValidator};
use waybill::testing::{ballot, propose, proven_key};
use waybill::types::{
    BatchSequence, Height, KeyPurpose, LogIndex, ProvenKey, Record, Timestamp, Validator,
    ValidatorSet, ValidatorSets,
};

use crate::events::Event;
use crate::invariants::Violation;
use crate::node::{Purpose, secret_of};
use crate::world::{GOVERNORS, World, member_id};

/// How often the governing members look after what they want, in milliseconds.
const LOOK_EVERY_MS: u64 = 150;

/// How long a proposal can be decided, in milliseconds.
const OPEN_FOR_MS: i64 = 20_000;

/// How often they look before they give a wish up: the ledger may refuse it for good.
const MOST_LOOKS: u32 = 60;

/// How a validator set is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The node comes.
    Add(usize),
    /// The node goes.
    Remove(usize),
    /// The node gets new keys.
    Rotate(usize),
}

/// What the governing members want, and what they have done for it.
#[derive(Default)]
pub struct Governing {
    wishes: VecDeque<Wish>,
    /// How often the first wish was looked after, and the keys that its node had at first.
    looks: u32,
    generation: u8,
    /// Nodes beside the liars that count as faulty.
    pub tolerated_faults: usize,
    /// The texts of proposals, by their entries.
    proposals: BTreeMap<LogIndex, Record>,
    /// What was proposed last, until it is on the ledger.
    latest: Option<Record>,
    serial: BatchSequence,
}

impl Governing {
    /// Nothing is done yet.
    pub fn new(wishes: Vec<Wish>) -> Self {
        Self {
            wishes: wishes.into(),
            ..Self::default()
        }
    }

    /// Whether there is something to do.
    pub fn wants_something(&self) -> bool {
        !self.wishes.is_empty()
    }

    fn next_wish(&mut self) {
        self.wishes.pop_front();
        self.looks = 0;
    }

    /// Gives the rest up.
    pub fn give_up(&mut self) {
        self.wishes.clear();
    }
}

impl World {
    /// The governing members do what is next, by what the node sees that is furthest.
    pub fn govern(&mut self) -> Result<(), Violation> {
        // Also when nothing is wanted any more: what was decided acts later.
        self.add(self.now_ms + LOOK_EVERY_MS, Event::Govern);
        self.take_new_keys()?;
        let honest = self.honest();
        let furthest = honest
            .iter()
            .copied()
            .max_by_key(|n| self.nodes[*n].height());
        let (Some(index), Some(wish)) = (furthest, self.governing.wishes.front().copied()) else {
            return Ok(());
        };
        if let (0, Wish::Rotate(node)) = (self.governing.looks, wish) {
            self.governing.generation = self.nodes[node].generation;
        }
        self.governing.looks += 1;
        let sets = self.sets_at(index);
        if sets.is_changing() {
            return Ok(());
        }
        let is_done = match wish {
            Wish::Add(node) => has(sets.current(), &self.key_of(node, 0)),
            Wish::Remove(node) => !has(sets.current(), &self.nodes[node].consensus_key),
            Wish::Rotate(node) => {
                let node = &self.nodes[node];
                node.generation > self.governing.generation
                    && has(sets.current(), &node.consensus_key)
            }
        };
        let is_vain = self.governing.looks > MOST_LOOKS;
        if is_done || is_vain || !self.is_possible(wish, sets.current()) {
            self.governing.next_wish();
            return Ok(());
        }
        match self.open_proposal(index) {
            Some((proposal, record)) => {
                for governor in 1..GOVERNORS {
                    self.submit_by(governor, ballot(proposal, &record, "approve"))?;
                }
                Ok(())
            }
            None => self.propose_wish(wish),
        }
    }

    fn sets_at(&self, index: usize) -> ValidatorSets {
        let store = &self.nodes[index].store;
        read_validator_sets(store, self.nodes[index].height().next()).unwrap()
    }

    /// Whether those who are faulty stay as many as a set tolerates, and nobody comes who would be
    /// mute: that, too, is a fault.
    fn is_possible(&self, wish: Wish, set: &ValidatorSet) -> bool {
        let liars = |but: usize| {
            let nodes = self.nodes.iter().enumerate();
            let lying = nodes.filter(|(n, node)| *n != but && !node.is_honest());
            lying
                .filter(|(_, node)| has(set, &node.consensus_key))
                .count()
        };
        let tolerates = |count: usize, faults: usize| count > 3 * faults;
        let faults = self.governing.tolerated_faults;
        match wish {
            Wish::Add(_) => tolerates(set.len() + 1, liars(usize::MAX) + faults),
            Wish::Remove(node) => set.len() > 3 && tolerates(set.len() - 1, liars(node) + faults),
            Wish::Rotate(node) => {
                self.nodes[node].is_honest() && has(set, &self.nodes[node].consensus_key)
            }
        }
    }

    /// The proposal that waits for approval, with its text.
    fn open_proposal(&mut self, index: usize) -> Option<(LogIndex, Record)> {
        let store = &self.nodes[index].store;
        let now = store.ledger_tip().time;
        let open = read_open_proposals(store).unwrap();
        let (proposal, state) = open
            .into_iter()
            .map(|at| (at, read_proposal(store, at).unwrap().unwrap()))
            .rfind(|(_, state)| state.expires > now)?;
        let latest = self.governing.latest.clone();
        let is_latest = latest
            .as_ref()
            .is_some_and(|text| waybill::crypto::Sha256Digest::of(&text.body) == state.digest);
        if let Some(text) = latest.filter(|_| is_latest) {
            self.governing.proposals.insert(proposal, text);
        }
        let record = self.governing.proposals.get(&proposal)?.clone();
        Some((proposal, record))
    }

    fn propose_wish(&mut self, wish: Wish) -> Result<(), Violation> {
        if let Some(text) = self.governing.latest.clone() {
            // It may still be on its way; it is said again, once in a while anew.
            self.governing.serial = self.governing.serial.next();
            if !self.governing.serial.0.is_multiple_of(30) {
                return self.submit_by(0, text);
            }
        }
        let action = match wish {
            Wish::Add(node) => {
                let is_ready = self.nodes[node]
                    .running
                    .as_ref()
                    .is_some_and(|running| running.replica.consensus().is_ready_to_sign());
                if !is_ready {
                    return Ok(());
                }
                Action::AddValidator(self.validator_of(node, 0))
            }
            Wish::Remove(node) => Action::RemoveValidator(self.nodes[node].consensus_key),
            Wish::Rotate(node) => Action::ReplaceValidator {
                old: self.nodes[node].consensus_key,
                new: self.validator_of(node, self.nodes[node].generation + 1),
            },
        };
        let expires = Timestamp::from_ms(self.world_time().as_ms() + OPEN_FOR_MS);
        let text = propose(&action, expires);
        self.governing.latest = Some(text.clone());
        self.submit_by(0, text)
    }

    /// Submits a record of a member to some node.
    fn submit_by(&mut self, member: usize, record: Record) -> Result<(), Violation> {
        let now = self.world_time();
        let submission = self.workload.by(member, now, record);
        let nodes = self.honest();
        let index = *self.random.pick(&nodes);
        self.submit(index, &submission)
    }

    /// A node whose new keys are in force is started again with them. Not before: its old key has to
    /// vote up to there, or two that are missing may stop the ledger for good.
    fn take_new_keys(&mut self) -> Result<(), Violation> {
        for index in self.honest() {
            let sets = self.sets_at(index);
            if has(sets.current(), &self.next_key(index)) {
                self.stop(index);
                self.nodes[index].generation += 1;
                self.nodes[index].consensus_key = self.key_of(index, self.nodes[index].generation);
                self.start(index)?;
            }
        }
        Ok(())
    }

    fn key_of(&self, node: usize, generation: u8) -> PublicKey {
        secret_of(node, generation, Purpose::Consensus).public_key()
    }

    fn next_key(&self, node: usize) -> PublicKey {
        self.key_of(node, self.nodes[node].generation + 1)
    }

    fn validator_of(&self, node: usize, generation: u8) -> ProvenValidator {
        let (ledger, member) = (self.genesis.ledger(), member_id(node));
        let key = |purpose: KeyPurpose, own: Purpose| -> ProvenKey {
            proven_key(&ledger, &member, &secret_of(node, generation, own), purpose)
        };
        let keys = [
            key(KeyPurpose::Consensus, Purpose::Consensus),
            key(KeyPurpose::Network, Purpose::Network),
            key(KeyPurpose::Log, Purpose::Log),
            key(KeyPurpose::Cosigner, Purpose::Cosigner),
        ];
        ProvenValidator {
            validator: Validator {
                member: member.clone(),
                consensus_key: keys[0].key,
                network_key: keys[1].key,
                log_key: keys[2].key,
                cosigner_key: keys[3].key,
            },
            keys,
        }
    }

    /// Runs until the governing members have nothing more to do, or some time has passed. Gives the
    /// greatest height.
    pub fn govern_until(&mut self, until_ms: u64) -> Result<Height, Violation> {
        self.add(self.now_ms, Event::Govern);
        while self.now_ms < until_ms && self.governing.wants_something() {
            let submission = self.plain_submission();
            let nodes = self.honest();
            let node = *self.random.pick(&nodes);
            self.submit(node, &submission)?;
            self.run_until(self.now_ms + 50)?;
        }
        Ok(self.invariants.greatest_height())
    }
}

fn has(set: &ValidatorSet, key: &PublicKey) -> bool {
    set.index_of(key).is_some()
}
