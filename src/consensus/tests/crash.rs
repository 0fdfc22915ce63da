//! Crashes between any two effects: the node begins again from what was durable, and never
//! contradicts itself. The simulation checks that at every broadcast.

use super::simulation::{Cluster, World};
use super::support::*;
use crate::consensus::*;
use crate::types::{Height, Round, Step};

/// Runs a cluster in which one validator crashes after so many effects; tells whether it did.
fn crash(node: usize, effects: usize, world: World) -> bool {
    let mut cluster = Cluster::new(4, world);
    cluster.nodes[node].crash_after = Some(effects);
    cluster.start();
    cluster.run_until(4, 200_000);
    let node = &cluster.nodes[node];
    assert_eq!(node.muted, [], "crashed after {effects} effects");
    node.crash_after.is_none()
}

#[test]
fn a_crash_after_any_effect_is_survived() {
    for (node, seed) in [(0, 50), (1, 51), (2, 52)] {
        let mut effects = 0;
        while crash(node, effects, World::calm(seed)) {
            effects += 1;
        }
        assert!(effects > 40, "{effects} crash points");
    }
}

#[test]
fn a_crash_in_bad_weather_is_survived() {
    for seed in 60..64 {
        for effects in (0..120).step_by(3) {
            let world = World {
                lost_percent: 10,
                hasty_percent: 5,
                ..World::calm(seed)
            };
            crash(1, effects, world);
        }
    }
}

#[test]
fn everyone_crashes_again_and_again() {
    let world = World {
        lost_percent: 5,
        hasty_percent: 2,
        ..World::calm(70)
    };
    let mut cluster = Cluster::new(4, world);
    cluster.start();
    for height in 1..=12 {
        for node in 0..4 {
            cluster.nodes[node].crash_after = Some(5 + 7 * node + usize::from(height as u8));
        }
        cluster.run_until(height, 500_000);
    }
    assert!(cluster.nodes.iter().all(|node| node.muted.is_empty()));
}

/// What a validator logged and guarded up to its precommit in round 0.
fn precommitted(committee: &Committee, node: usize) -> (Vec<LogRecord>, SignGuard, Vec<Effect>) {
    let proposer = committee.proposer(1, 0);
    let block = block("block");
    let mut consensus = committee.consensus(node);
    let mut effects = consensus.step(committee.start(1, Vec::new())).unwrap();
    let proposal = committee.proposal(proposer, (1, 0), None, block);
    let mut inputs = vec![
        committee.input(ConsensusMessage::Proposal(proposal)),
        Input::BlockVerdict(verdict((1, 0), block, Verdict::Valid)),
    ];
    for peer in (0..4).filter(|peer| *peer != node) {
        let vote = committee.prevote(peer, (1, 0), Some(block));
        inputs.push(committee.input(ConsensusMessage::Vote(vote)));
    }
    for input in inputs {
        effects.extend(consensus.step(input).unwrap());
    }
    let mut guard = SignGuard::unused();
    let mut log = Vec::new();
    for effect in &effects {
        match effect {
            Effect::Log(record) => log.push(record.clone()),
            Effect::Guard(next) => guard = *next,
            _ => {}
        }
    }
    (log, guard, effects)
}

fn bystander(committee: &Committee) -> usize {
    (committee.proposer(1, 0) + 1) % 4
}

#[test]
fn the_guard_follows_the_log_and_precedes_the_broadcast() {
    let committee = Committee::new(4);
    let (_, _, effects) = precommitted(&committee, bystander(&committee));
    let own = committee.key(bystander(&committee));
    let mut signed = 0;
    for (position, effect) in effects.iter().enumerate() {
        let Effect::Broadcast(ConsensusMessage::Vote(vote)) = effect else {
            continue;
        };
        assert_eq!(vote.message.validator, own);
        let log = Effect::Log(LogRecord::Vote(vote.clone()));
        let logged = effects.iter().position(|effect| *effect == log).unwrap();
        assert!(matches!(effects[logged + 1], Effect::Guard(guard)
            if guard.last().unwrap().0 == vote.message.slot()));
        assert!(logged + 1 < position);
        signed += 1;
    }
    assert_eq!(signed, 2);
}

#[test]
fn replay_says_the_same_and_logs_nothing_twice() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (log, guard, before) = precommitted(&committee, node);
    let mut consensus = committee.restored(node, guard, SigningState::Active);
    let after = consensus.step(committee.start(1, log)).unwrap();
    let durable = |effect: &&Effect| matches!(effect, Effect::Log(_) | Effect::Guard(_));
    assert_eq!(after.iter().filter(durable).count(), 0);
    let sent = |effects: &[Effect]| -> Vec<Effect> {
        let sent = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Broadcast(_)));
        sent.cloned().collect()
    };
    assert_eq!(sent(&before), sent(&after));
}

#[test]
fn a_log_without_its_last_vote_disagrees_with_the_guard() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (mut log, guard, _) = precommitted(&committee, node);
    let last = log.iter().rposition(|record| {
        matches!(record, LogRecord::Vote(vote) if vote.message.validator == committee.key(node))
    });
    log.truncate(last.unwrap());
    let mut consensus = committee.restored(node, guard, SigningState::Active);
    let effects = consensus.step(committee.start(1, log)).unwrap();
    let (signed, _) = guard.last().unwrap();
    assert_eq!(signed.step, Step::Precommit);
    assert!(effects.contains(&Effect::Muted {
        height: Height(1),
        reason: MutedReason::LogDisagrees { signed },
    }));
    assert!(!consensus.signs());
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Broadcast(_)))
    );
}

#[test]
fn a_guard_behind_the_log_is_brought_up() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (log, guard, _) = precommitted(&committee, node);
    let mut consensus = committee.consensus(node);
    let effects = consensus.step(committee.start(1, log)).unwrap();
    assert_eq!(effects[0], Effect::Guard(guard));
    assert!(consensus.signs());
}

#[test]
fn damaged_logs_are_refused() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (log, guard, _) = precommitted(&committee, node);
    let restart = |height: u64, log: Vec<LogRecord>| {
        let mut consensus = committee.restored(node, guard, SigningState::Active);
        let error = consensus.step(committee.start(height, log)).unwrap_err();
        assert_eq!(
            consensus.step(committee.start(9, Vec::new())),
            Err(ConsensusError::Poisoned)
        );
        error
    };
    assert_eq!(
        restart(2, log.clone()),
        ConsensusError::ForeignRecord {
            position: 0,
            height: Height(2),
            found: Height(1),
        }
    );
    let mut forged = log.clone();
    for record in &mut forged {
        if let LogRecord::Vote(vote) = record {
            vote.message.block = None;
        }
    }
    assert!(matches!(
        restart(1, forged),
        ConsensusError::BadRecord {
            height: Height(1),
            ..
        }
    ));
    let late = committee.proposal(committee.proposer(1, 1), (1, 1), Some(1), block("block"));
    assert!(matches!(
        restart(1, vec![LogRecord::Proposal(late)]),
        ConsensusError::BadRecord { position: 0, .. }
    ));
}

#[test]
fn replay_that_gives_another_vote_is_an_error() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (log, guard, _) = precommitted(&committee, node);
    // The verdict turns: the logged prevote for the block cannot be derived any more.
    let turned = log.into_iter().map(|record| match record {
        LogRecord::Verdict(known) => LogRecord::Verdict(BlockVerdict {
            verdict: Verdict::Invalid,
            ..known
        }),
        record => record,
    });
    let mut consensus = committee.restored(node, guard, SigningState::Active);
    assert_eq!(
        consensus.step(committee.start(1, turned.collect())),
        Err(ConsensusError::ReplayDivergence {
            height: Height(1),
            round: Round(0),
            step: Step::Prevote,
        })
    );
}

#[test]
fn a_decision_in_the_log_is_decided_again() {
    let committee = Committee::new(4);
    let node = bystander(&committee);
    let (mut log, guard, _) = precommitted(&committee, node);
    for peer in (0..4).filter(|peer| *peer != node).take(2) {
        let precommit = committee.precommit(peer, (1, 0), Some(block("block")));
        log.push(LogRecord::Vote(precommit));
    }
    let mut consensus = committee.restored(node, guard, SigningState::Active);
    let effects = consensus.step(committee.start(1, log)).unwrap();
    let decided = effects.iter().find_map(|effect| match effect {
        Effect::Decide(certificate) => Some(certificate.clone()),
        _ => None,
    });
    let certificate = decided.unwrap();
    assert_eq!(certificate.block, block("block"));
    assert_eq!(certificate.verify(&ledger(), &committee.set), Ok(()));
}

#[test]
fn a_proposer_asks_for_its_block_once_more_only_if_it_did_not_propose() {
    let committee = Committee::new(4);
    let proposer = committee.proposer(1, 0);
    let mut consensus = committee.consensus(proposer);
    consensus.step(committee.start(1, Vec::new())).unwrap();
    let input = Input::ProposeBlock {
        height: Height(1),
        round: Round(0),
        block: block("block"),
    };
    let effects = consensus.step(input).unwrap();
    let log: Vec<LogRecord> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Log(record) => Some(record),
            _ => None,
        })
        .collect();
    assert_eq!(log.len(), 3, "verdict, proposal, prevote");
    for (durable, expected) in [(1, 1), (2, 0), (3, 0)] {
        let mut consensus = committee.consensus(proposer);
        let start = committee.start(1, log[..durable].to_vec());
        let effects = consensus.step(start).unwrap();
        let requests = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::RequestBlock { .. }));
        assert_eq!(requests.count(), expected, "{durable} records");
    }
}
