//! Whole runs, made from a seed alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use waybill::crypto::merkle::{MemoryTree, leaf_hash};
use waybill::ledger::{self, SubmissionContext};
use waybill::types::{Batch, ConsensusParameters, Encode, LedgerReader};

use crate::byzantine::Behaviour;
use crate::faults::{RANGES, Weather};
use crate::governing::Wish;
use crate::invariants::{Invariant, Violation, require};
use crate::planted::Plant;
use crate::random::Random;
use crate::recovery::Loss;
use crate::store::{Job, Store};
use crate::trace::Audience;
use crate::world::{Setting, Summary, World};

/// How many seeds are run if nothing else is asked for.
const DEFAULT_SEEDS: u64 = 50;

/// The setting of a seed.
fn draw_setting(random: &mut Random, audience: Audience) -> Setting {
    let validators = usize::try_from(random.within(&RANGES.validators)).unwrap();
    let faulty = (validators - 1) / 3;
    let mut liars = BTreeMap::new();
    for _ in 0..faulty {
        if random.happens(RANGES.byzantine_permille) {
            let count = random.within(&RANGES.behaviours);
            let behaviours = (0..count).map(|_| *random.pick(&Behaviour::ALL)).collect();
            liars.insert(random.below(validators), behaviours);
        }
    }
    let followers = usize::from(random.happens(RANGES.follower_permille));
    let wishes = draw_wishes(random, validators, followers);
    Setting {
        validators,
        followers,
        wishes,
        parameters: ConsensusParameters {
            block_beat_ms: random.within(&RANGES.block_beat_ms),
            heartbeat_ms: random.within(&RANGES.heartbeat_ms),
            propose_timeout_ms: random.within(&RANGES.propose_timeout_ms),
            vote_timeout_ms: random.within(&RANGES.vote_timeout_ms),
            timeout_step_ms: random.within(&RANGES.timeout_step_ms),
            clock_drift_ms: random.within(&RANGES.clock_drift_ms),
            checkpoint_interval: random.within(&RANGES.checkpoint_interval),
        },
        weather: Weather::draw(random),
        slow_disk_permille: RANGES.slow_disk_permille,
        liars,
        plant: Plant::None,
        is_new: false,
        audience,
    }
}

/// How the validators of a seed are to change: not at all in half of them.
fn draw_wishes(random: &mut Random, validators: usize, followers: usize) -> Vec<Wish> {
    if !random.happens(RANGES.changing_permille) {
        return Vec::new();
    }
    let mut wishes: Vec<Wish> = (validators..validators + followers)
        .map(Wish::Add)
        .collect();
    for _ in 0..random.within(&RANGES.changes) {
        let node = random.below(validators);
        wishes.push(match random.below(3) {
            0 => Wish::Remove(node),
            _ => Wish::Rotate(node),
        });
    }
    wishes
}

/// Runs a seed: a storm, then healing, then convergence.
pub fn run_seed(seed: u64, audience: Audience) -> Result<Summary, Violation> {
    let mut random = Random::new(seed, 0);
    let setting = draw_setting(&mut random, audience);
    let faulty = (setting.validators - 1) / 3;
    let length_ms = random.within(&RANGES.stormy_ms);
    if audience == Audience::Reader {
        println!("{setting:?}");
    }
    let has_room = setting.liars.len() < faulty;
    let damaged = (has_room && random.happens(RANGES.damaged_disk_permille))
        .then(|| random.below(setting.validators))
        .filter(|index| !setting.liars.contains_key(index));
    let damaged_ms = random.within(&(0..=length_ms));
    let mut world = World::new(seed, setting);
    world.governing.tolerated_faults = usize::from(damaged.is_some());
    world.begin_storm(length_ms);
    world.start_all()?;
    if let Some(index) = damaged {
        world.run_until(damaged_ms)?;
        world.power_off(index);
        let loss = *world.random.pick(&[Loss::Guard, Loss::Log]);
        world.damage(index, loss);
    }
    world.run_until(length_ms)?;
    world.governing.give_up();
    world.heal()?;
    world.converge()?;
    Ok(world.summary())
}

impl World {
    /// What is checked once, at the end.
    pub fn final_checks(&mut self) -> Result<(), Violation> {
        for index in self.honest() {
            let mut offences = std::collections::BTreeSet::new();
            for record in self.nodes[index].store.evidence_records() {
                let is_first = offences.insert(record.evidence.offence());
                require(is_first, Invariant::OnlyOnce, || {
                    format!("{:?} is on the ledger twice", record.evidence.slot())
                })?;
            }
        }
        let index = self.honest()[0];
        self.derive_again(index)
    }

    /// Applies a node's blocks to an empty ledger again: log, state and entries come out the same.
    fn derive_again(&mut self, index: usize) -> Result<(), Violation> {
        let genesis = Arc::clone(&self.genesis);
        let original = self.nodes[index].store.clone();
        let mut derived = Store::new(&genesis);
        for committed in original.blocks() {
            let tip = derived.ledger_tip().clone();
            let context =
                SubmissionContext::read(genesis.ledger(), &derived, tip.height.next()).unwrap();
            let batches: Vec<_> = committed
                .block
                .body()
                .batches
                .iter()
                .map(|certificate| {
                    let bytes = original.batch(&certificate.batch.digest).unwrap().unwrap();
                    let batch = Arc::new(Batch::from_shared_bytes(bytes).unwrap());
                    Arc::new(self.checks.batch(&context, batch))
                })
                .collect();
            let applied = ledger::apply(
                &derived,
                &context.rulebook,
                &tip,
                &committed.block,
                &committed.certificate,
                &batches,
            )
            .unwrap();
            derived.enqueue(Job::Commit {
                commit: Box::new(applied.commit),
                batches: batches.iter().map(|b| Arc::clone(b.batch())).collect(),
                cosigned_size: None,
            });
            derived.complete();
        }
        let (one, other) = (original.ledger_tip(), derived.ledger_tip());
        require(
            one.to_bytes() == other.to_bytes() && original.entry_bytes() == derived.entry_bytes(),
            Invariant::Agreement,
            || format!("node {index} at {one:?} derives {other:?}"),
        )?;
        let leaves = original.entry_bytes();
        let tree = MemoryTree::from_leaves(leaves.iter().map(|entry| leaf_hash(entry))).unwrap();
        require(
            tree.root() == one.frontier.root(),
            Invariant::Agreement,
            || format!("the entries of node {index} are not what its log says"),
        )
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, no number")),
    )
}

/// Says what went wrong, and how to see it.
fn announce(seed: u64, details: &str) {
    eprintln!("seed {seed}: {details}\n  replay: scripts/simulate --seed {seed}");
}

#[test]
fn seeds_keep_every_promise() {
    let first = variable("WAYBILL_SIMULATION_SEED");
    let count = variable("WAYBILL_SIMULATION_SEEDS");
    if let (Some(seed), None) = (first, count) {
        match run_seed(seed, Audience::Reader) {
            Ok(summary) => println!("{summary:?}"),
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
        return;
    }
    let (first, count) = (first.unwrap_or(0), count.unwrap_or(DEFAULT_SEEDS));
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let run = || {
        let mut results = Vec::new();
        loop {
            let offset = next.fetch_add(1, Ordering::Relaxed);
            if offset >= count {
                return results;
            }
            let seed = first + offset;
            let result = std::panic::catch_unwind(|| run_seed(seed, Audience::Nobody));
            // At once: somebody may not wait for the end.
            match &result {
                Ok(Ok(_)) => {}
                Ok(Err(violation)) => announce(seed, &violation.to_string()),
                Err(_) => announce(seed, "it panicked, see above"),
            }
            results.push((seed, result.ok().and_then(Result::ok)));
        }
    };
    let results: Vec<(u64, Option<Summary>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut failed = Vec::new();
    let mut totals = (0, 0, 0, 0, 0);
    for (seed, result) in results {
        match result {
            None => failed.push(seed),
            Some(summary) => {
                totals.0 += summary.height.0;
                totals.1 += summary.submissions;
                totals.2 += summary.evidence;
                totals.3 += summary.checkpoints;
                totals.4 += summary.validator_sets - 1;
            }
        }
    }
    failed.sort_unstable();
    assert!(
        failed.is_empty(),
        "{} of {count} seeds failed: {failed:?}",
        failed.len()
    );
    println!(
        "{count} seeds: {} heights, {} submissions, {} pieces of evidence, {} checkpoints, {} changes \
         of validators",
        totals.0, totals.1, totals.2, totals.3, totals.4
    );
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [3, 11] {
        let runs = [(); 2].map(|()| run_seed(seed, Audience::Nobody).unwrap());
        assert_eq!(runs[0], runs[1]);
    }
    let other = run_seed(4, Audience::Nobody).unwrap();
    assert_ne!(run_seed(3, Audience::Nobody).unwrap().trace, other.trace);
}
