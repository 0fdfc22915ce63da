//! Clusters that decide many heights in bad weather.

use std::collections::BTreeMap;

use super::simulation::{Cluster, World};
use crate::types::{Evidence, Height, Round, Step};

#[test]
fn four_and_seven_validators_decide_fifty_heights() {
    for (count, seed) in [(1, 1), (2, 2), (4, 3), (7, 4)] {
        let mut cluster = Cluster::new(count, World::calm(seed));
        cluster.start();
        cluster.run_until(50, 400_000);
        assert!(cluster.nodes.iter().all(|node| node.evidence.is_empty()));
        assert!(cluster.nodes.iter().all(|node| node.muted.is_empty()));
    }
}

#[test]
fn lost_messages_and_hasty_timeouts_cost_rounds_and_never_safety() {
    let mut later_rounds = 0;
    for (count, seed) in [(4, 10), (4, 11), (7, 12)] {
        let world = World {
            lost_percent: 10,
            hasty_percent: 3,
            invalid_percent: 5,
            ..World::calm(seed)
        };
        let mut cluster = Cluster::new(count, world);
        cluster.start();
        cluster.run_until(50, 2_000_000);
        let certificates = cluster.nodes[0].disk.decided.values();
        later_rounds += certificates
            .filter(|commit| commit.round > Round(0))
            .count();
        assert!(cluster.nodes.iter().all(|node| node.evidence.is_empty()));
    }
    assert!(later_rounds > 0, "the weather was too good");
}

#[test]
fn a_silent_validator_costs_its_turns() {
    for (count, silent) in [(4, 2), (7, 0)] {
        let world = World {
            silent: Some(silent),
            lost_percent: 2,
            ..World::calm(20)
        };
        let mut cluster = Cluster::new(count, world);
        cluster.start();
        cluster.run_until(50, 2_000_000);
        for (height, commit) in &cluster.nodes[1].disk.decided {
            let turn = cluster.committee.proposer(height.0, 0);
            assert!(turn != silent || commit.round > Round(0), "{height}");
            let absent = commit
                .signatures
                .iter()
                .all(|signed| usize::from(signed.validator.0) != silent);
            assert!(absent);
        }
    }
}

#[test]
fn an_equivocator_is_reported_once_per_slot_and_never_forks() {
    for (count, cheat) in [(4, 1), (7, 3)] {
        let world = World {
            equivocator: Some(cheat),
            lost_percent: 1,
            ..World::calm(30)
        };
        let mut cluster = Cluster::new(count, world);
        cluster.start();
        cluster.run_until(50, 2_000_000);
        let offender = cluster.committee.key(cheat);
        for index in cluster.honest() {
            let mut reports: BTreeMap<(Height, Round, Step), usize> = BTreeMap::new();
            for evidence in &cluster.nodes[index].evidence {
                assert_eq!(evidence.offender(), &offender);
                let slot = match evidence {
                    Evidence::DoubleVote(vote, _) => crate::consensus::Slotted::slot(&vote.message),
                    Evidence::DoubleProposal(proposal, _) => {
                        crate::consensus::Slotted::slot(&proposal.message)
                    }
                };
                *reports
                    .entry((slot.height, slot.round, slot.step))
                    .or_default() += 1;
            }
            assert!(reports.len() > 50, "{} offences seen", reports.len());
            assert!(reports.values().all(|count| *count == 1));
            assert!(reports.keys().any(|(_, _, step)| *step == Step::Propose));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let world = World {
        lost_percent: 10,
        hasty_percent: 3,
        equivocator: Some(2),
        ..World::calm(40)
    };
    let traces = [(), ()].map(|()| {
        let mut cluster = Cluster::new(4, world);
        cluster.start();
        cluster.run_until(12, 1_000_000);
        let traces = cluster.nodes.into_iter().map(|node| node.trace);
        traces.collect::<Vec<_>>()
    });
    assert!(traces[0].iter().map(Vec::len).sum::<usize>() > 500);
    assert_eq!(traces[0], traces[1]);
}
