//! A contract that comes, changes and goes by decision of the governing members, while nodes lose power, the network
//! parts, validators change, and its records flow all the while.
//!
//! What each record came to is compared with the heights that the proposals say they act from, and with nothing
//! else: which version judges a record is decided by the height of its block alone, on every node.

use std::collections::BTreeMap;

use waybill::contracts::{ProposalStatus, read_proposal};
use waybill::testing::{ballot, crates_contract, crates_record, install_contract, retire_contract};
use waybill::types::{
    CommittedBlock, Decode, Entry, EntryContent, Height, LedgerReader, LogIndex, Outcome, Record,
    Timestamp,
};

use crate::faults::Weather;
use crate::governing::Wish;
use crate::invariants::Violation;
use crate::node::SharedSubmission;
use crate::random::Random;
use crate::world::{GOVERNORS, Setting, World, member_id};

/// How long the storm lasts, and how long it may take after it until all is decided, in milliseconds.
const STORMY_MS: u64 = 20_000;
const CALM_MS: u64 = 60_000;

/// How often clients and governing members do something, in milliseconds.
const EVERY_MS: u64 = 60;

/// How long each version is in force at least before the next step is proposed, in milliseconds.
const IN_FORCE_MS: u64 = 3_000;

/// How long a proposal can be decided, in milliseconds.
const OPEN_FOR_MS: i64 = 15_000;

/// How many crates the two versions let a depot lend at most.
const MOST: [u32; 2] = [10, 5];

/// What is to be decided, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Install,
    Upgrade,
    Retire,
}

impl Wanted {
    const ALL: [Self; 3] = [Self::Install, Self::Upgrade, Self::Retire];

    fn proposal(self, expires: Timestamp) -> Record {
        match self {
            Self::Install => install_contract(&crates_contract(1, MOST[0]), None, expires),
            Self::Upgrade => install_contract(&crates_contract(2, MOST[1]), None, expires),
            Self::Retire => retire_contract("crates", expires),
        }
    }
}

/// The governing members and the clients of the contract.
struct Story {
    world: World,
    /// The proposal that is under way, and when it expires.
    under_way: Option<(SharedSubmission, Timestamp)>,
    /// From which heights the decisions act, in order.
    decided: Vec<Height>,
    /// When the next step may be proposed.
    next_ms: u64,
    serial: u32,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 7);
        let setting = Setting {
            followers: 1,
            wishes: vec![Wish::Add(4), Wish::Rotate(0), Wish::Remove(1)],
            weather: Weather::draw(&mut random),
            ..Setting::calm()
        };
        Self {
            world: World::new(seed, setting),
            under_way: None,
            decided: Vec::new(),
            next_ms: 1_000,
            serial: 0,
        }
    }

    fn furthest(&self) -> usize {
        let nodes = self.world.honest();
        let height = |node: &usize| self.world.nodes[*node].height();
        nodes.into_iter().max_by_key(height).unwrap()
    }

    fn sign(&mut self, member: usize, record: Record) -> SharedSubmission {
        let now = self.world.world_time();
        self.world.workload.by(member, now, record)
    }

    fn submit(&mut self, submission: &SharedSubmission) -> Result<(), Violation> {
        let nodes = self.world.honest();
        let node = *self.world.random.pick(&nodes);
        self.world.submit(node, submission)
    }

    /// A depot lends crates: few, or more than the second version allows. What the version in force refuses no node
    /// takes; what is taken can be judged by the next one.
    fn lend(&mut self) -> Result<(), Violation> {
        self.serial += 1;
        let member = 2 + self.world.random.below(3);
        let count = *self.world.random.pick(&[3, 7]);
        let id = format!("crate-{}", self.serial);
        let record = crates_record("lend", &id, count, &member_id(member));
        let submission = self.sign(member, record);
        self.submit(&submission)
    }

    /// The governing members do what is next.
    fn govern(&mut self) -> Result<(), Violation> {
        let Some(wanted) = Wanted::ALL.get(self.decided.len()).copied() else {
            return Ok(());
        };
        let now = self.world.world_time();
        let Some((proposal, expires)) = self.under_way.clone() else {
            if self.world.now_ms >= self.next_ms {
                let expires = Timestamp::from_ms(now.as_ms() + OPEN_FOR_MS);
                let proposal = self.sign(0, wanted.proposal(expires));
                self.under_way = Some((proposal, expires));
            }
            return Ok(());
        };
        match self.state_of(&proposal) {
            Some((_, ProposalStatus::Adopted { from, .. })) => {
                self.decided.push(from);
                self.under_way = None;
                self.next_ms = self.world.now_ms + IN_FORCE_MS;
            }
            // Nobody was heard in time: it is proposed anew.
            _ if expires <= now => self.under_way = None,
            Some((index, _)) => {
                let text = &proposal.records()[0];
                for governor in 1..GOVERNORS {
                    let approval = self.sign(governor, ballot(index, text, "approve"));
                    self.submit(&approval)?;
                }
            }
            // The node that was told of it may have lost it: it is told again, and on the ledger once.
            None => self.submit(&proposal)?,
        }
        Ok(())
    }

    /// What has become of a proposal on the ledger of the node that is furthest.
    fn state_of(&self, proposal: &SharedSubmission) -> Option<(LogIndex, ProposalStatus)> {
        let store = &self.world.nodes[self.furthest()].store;
        let location = store.submission(&proposal.id()).unwrap()?;
        let index = location.first_index;
        let state = read_proposal(store, index).unwrap()?;
        Some((index, state.status))
    }

    fn run(&mut self) -> Result<(), Violation> {
        self.world.begin_storm(STORMY_MS);
        self.world.start_all()?;
        self.go_on(STORMY_MS, |_| false)?;
        self.world.heal()?;
        let is_done = |story: &Self| {
            story.decided.len() == Wanted::ALL.len() && story.world.now_ms > story.next_ms
        };
        self.go_on(STORMY_MS + CALM_MS, is_done)?;
        self.world.governing.give_up();
        self.world.converge()
    }

    fn go_on(&mut self, until_ms: u64, is_done: impl Fn(&Self) -> bool) -> Result<(), Violation> {
        while self.world.now_ms < until_ms && !is_done(self) {
            self.lend()?;
            self.govern()?;
            self.world.run_until(self.world.now_ms + EVERY_MS)?;
        }
        Ok(())
    }
}

/// How often records came to what.
type Counts = BTreeMap<&'static str, usize>;

/// What a record has to come to by the height of its block.
fn expected(decided: &[Height], height: Height, count: u64) -> &'static str {
    let version = decided.iter().filter(|from| **from <= height).count();
    match version {
        1 => "accepted by the first",
        2 if count <= u64::from(MOST[1]) => "accepted by the second",
        2 => "broken rule of the second",
        _ => "unknown kind",
    }
}

/// Holds what a node's log says of the records of the contract against the decisions.
fn check_outcomes(entries: &[bytes::Bytes], decided: &[Height], counts: &mut Counts) {
    for bytes in entries {
        let entry = Entry::from_bytes(bytes).unwrap();
        let EntryContent::Submitted(submitted) = entry.content else {
            continue;
        };
        if submitted.record.kind.as_str() != "crates.lend" {
            continue;
        }
        let body: serde_json::Value = serde_json::from_slice(&submitted.record.body).unwrap();
        let expected = expected(decided, entry.height, body["count"].as_u64().unwrap());
        let code = match &submitted.outcome {
            Outcome::Rejected(rejection) => rejection.code(),
            outcome => {
                assert!(outcome.took_effect(), "{outcome:?}");
                "accepted"
            }
        };
        let wanted = match expected {
            "unknown kind" => "unknown-kind",
            "broken rule of the second" => "rule-broken",
            _ => "accepted",
        };
        assert_eq!(code, wanted, "height {}, {body}: {expected}", entry.height);
        *counts.entry(expected).or_default() += 1;
    }
}

/// The blocks of two nodes, and the roots after them, are the same as far as both have come.
fn check_equal(one: &[CommittedBlock], other: &[CommittedBlock]) {
    for (one, other) in one.iter().zip(other) {
        let height = one.block.height();
        assert_eq!(one.block.digest(), other.block.digest(), "{height}");
        assert_eq!(one.state_root, other.state_root, "{height}");
        assert_eq!(one.log_root, other.log_root, "{height}");
    }
}

#[test]
fn every_record_is_judged_by_the_version_of_its_height_on_every_node() {
    let mut counts = Counts::new();
    let mut changes = 0;
    for seed in 0..16 {
        let mut story = Story::new(seed);
        story
            .run()
            .unwrap_or_else(|violation| panic!("seed {seed}: {violation}"));
        let Story { world, decided, .. } = &story;
        assert_eq!(decided.len(), Wanted::ALL.len(), "seed {seed}: {decided:?}");
        let first = &world.nodes[0].store;
        for node in world.honest() {
            let store = &world.nodes[node].store;
            check_equal(first.blocks(), store.blocks());
            let mut own = Counts::new();
            check_outcomes(&store.entry_bytes(), decided, &mut own);
            assert!(store.blocks().len() as u64 > decided[2].0, "seed {seed}");
            if node == 0 {
                for (what, count) in own {
                    *counts.entry(what).or_default() += count;
                }
            }
        }
        changes += world.invariants.sets_so_far() - 1;
    }
    // All of it happened: a story in which nothing changes holds nothing.
    for what in [
        "accepted by the first",
        "accepted by the second",
        "broken rule of the second",
        "unknown kind",
    ] {
        assert!(counts.contains_key(what), "{what}: {counts:?}");
    }
    assert!(changes >= 16, "{changes} changes of validators");
}
