//! Planted bugs: each is put into the node around its replica, and must be caught. They test the
//! simulation: an invariant that never fails proves nothing.

use waybill::consensus::{ConsensusMessage, ProposerOrder, Slotted};
use waybill::replica::PeerMessage;
use waybill::types::{Height, Round, VoteType};

use crate::byzantine::Behaviour;
use crate::events::CrashPoint;
use crate::invariants::{Invariant, Invariants, Violation};
use crate::node::{Purpose, secret};
use crate::world::{Setting, World};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// No bug.
    None,
    /// A second, conflicting precommit is sent.
    SignTwice,
    /// Log and guard are never synced.
    SkipSync,
    /// The signatures of batch certificates in blocks are not looked at.
    TakeUncertifiedBatches,
    /// After a restart the log and the guard are ignored; what was signed already is not sent
    /// again, so that only the lock is forgotten.
    ForgetLock,
}

impl Plant {
    /// Whether the bug keeps a message of an honest node from being sent.
    pub fn holds_back(self, said: &Invariants, message: &PeerMessage) -> bool {
        if self != Self::ForgetLock {
            return false;
        }
        match message {
            PeerMessage::Consensus(ConsensusMessage::Vote(vote)) => {
                said.has_said(&vote.message.validator, vote.message.slot())
            }
            PeerMessage::Proposal(proposal, _) => {
                let proposal = &proposal.message;
                said.has_said(&proposal.validator, proposal.slot())
            }
            _ => false,
        }
    }
}

/// Runs a world for a while, with submissions at every node.
fn run(world: &mut World, until_ms: u64) -> Result<(), Violation> {
    world.start_all()?;
    while world.now_ms < until_ms {
        let node = world.random.below(world.nodes.len());
        let submission = world.plain_submission();
        world.submit(node, &submission)?;
        world.run_until(world.now_ms + 100)?;
    }
    Ok(())
}

fn planted(plant: Plant, liars: &[(usize, Behaviour)]) -> World {
    let setting = Setting {
        plant,
        liars: liars
            .iter()
            .map(|(index, behaviour)| (*index, vec![*behaviour]))
            .collect(),
        ..Setting::calm()
    };
    World::new(1, setting)
}

fn caught(result: Result<(), Violation>) -> Invariant {
    result
        .expect_err("the planted bug was not caught")
        .invariant
}

#[test]
fn signing_twice_is_caught() {
    let mut world = planted(Plant::SignTwice, &[]);
    assert_eq!(caught(run(&mut world, 3_000)), Invariant::SignOnce);
    run(&mut planted(Plant::None, &[]), 3_000).unwrap();
}

#[test]
fn a_skipped_sync_is_caught() {
    let crash_all = |plant| {
        let mut world = planted(plant, &[]);
        run(&mut world, 1_000)?;
        for node in 0..4 {
            world.crash(node, CrashPoint::Now);
        }
        world.run_until(10_000)
    };
    assert_eq!(
        caught(crash_all(Plant::SkipSync)),
        Invariant::GuardBeforeSend
    );
    crash_all(Plant::None).unwrap();
}

#[test]
fn an_uncertified_batch_is_caught() {
    let liars = [(0, Behaviour::UncertifiedBatches)];
    let mut world = planted(Plant::TakeUncertifiedBatches, &liars);
    assert_eq!(caught(run(&mut world, 5_000)), Invariant::Certified);
    run(&mut planted(Plant::None, &liars), 5_000).unwrap();
}

/// Two validators of four see a polka of height 1 and lock; the other two see none and go on to
/// round 1 without a valid block, where one of them proposes another block. Then one of the locked
/// ones restarts.
fn locked_validator_restarts(plant: Plant) -> Result<bool, Violation> {
    let mut world = planted(plant, &[]);
    let set = world.genesis.validators().clone();
    let order = ProposerOrder::new(&set, Height(1), &Default::default());
    let place = |round| {
        let index = order.proposer(Round(round)).unwrap();
        let key = set.get(index).unwrap().consensus_key;
        (0..4)
            .find(|node| secret(*node, Purpose::Consensus).public_key() == key)
            .unwrap()
    };
    let (first, second) = (place(0), place(1));
    let others: Vec<usize> = (0..4).filter(|n| *n != first && *n != second).collect();
    let (locked, unlocked) = (others[0], others[1]);
    world.holds_back = Some(Box::new(move |from, to, message| match message {
        // The second proposer never gets the block of round 0.
        PeerMessage::Proposal(proposal, _) => {
            proposal.message.height == Height(1)
                && proposal.message.round == Round::ZERO
                && to == second
        }
        // Only the first proposer and one more see the polka of round 0.
        PeerMessage::Consensus(ConsensusMessage::Vote(vote)) => {
            let vote = &vote.message;
            vote.height == Height(1)
                && vote.round == Round::ZERO
                && vote.vote_type == VoteType::Prevote
                && from == first
                && (to == second || to == unlocked)
        }
        PeerMessage::Consensus(ConsensusMessage::Polka(polka)) => polka.height == Height(1),
        _ => false,
    }));
    world.start_all()?;
    let mut has_restarted = false;
    while world.now_ms < 60_000 {
        if world.now_ms == 5_000 {
            world.holds_back = None;
        }
        world.run_until(world.now_ms + 1)?;
        if !has_restarted && world.invariants.is_locked(&locked_key(locked)) {
            has_restarted = true;
            world.power_off(locked);
            world.start(locked)?;
        }
    }
    Ok(has_restarted && world.invariants.greatest_height() >= Height(2))
}

fn locked_key(node: usize) -> waybill::crypto::PublicKey {
    secret(node, Purpose::Consensus).public_key()
}

#[test]
fn a_forgotten_lock_is_caught() {
    let forgotten = locked_validator_restarts(Plant::ForgetLock);
    assert_eq!(caught(forgotten.map(drop)), Invariant::Lock);
    assert!(locked_validator_restarts(Plant::None).unwrap());
}
