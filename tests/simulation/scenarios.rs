//! Scripted worlds: stories that a random seed tells too rarely.

use waybill::replica::PeerMessage;
use waybill::types::Height;

use crate::byzantine::Behaviour;
use crate::events::CrashPoint;
use crate::invariants::Violation;
use crate::recovery::Loss;
use crate::world::{Setting, World};

/// A batch may be ordered at so many heights.
const BATCH_LIFETIME_HEIGHTS: u64 = 500;

fn calm(liars: &[(usize, Behaviour)]) -> World {
    let liars = liars
        .iter()
        .map(|(index, behaviour)| (*index, vec![*behaviour]))
        .collect();
    let setting = Setting {
        liars,
        ..Setting::calm()
    };
    World::new(7, setting)
}

/// Submits something every so often.
fn run_busily(world: &mut World, until_ms: u64) -> Result<(), Violation> {
    while world.now_ms < until_ms {
        let honest = world.honest();
        let node = *world.random.pick(&honest);
        let submission = world.plain_submission();
        world.submit(node, &submission)?;
        world.run_until(world.now_ms + 50)?;
    }
    Ok(())
}

#[test]
fn a_submission_is_committed_everywhere_within_a_few_message_delays() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    world.run_until(500).unwrap();
    let submission = world.plain_submission();
    world.submit(2, &submission).unwrap();
    world.run_until(500 + 20 * 10).unwrap();
    for node in 0..4 {
        assert!(world.has(node, &submission.id()), "node {node}");
    }
}

#[test]
fn an_idle_ledger_beats_slowly() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    world.run_until(10_000).unwrap();
    let height = world.invariants.greatest_height();
    assert!((Height(8)..=Height(10)).contains(&height), "{height}");
}

#[test]
fn equivocation_is_on_the_ledger_once_per_offence() {
    for behaviour in [Behaviour::DoubleVotes, Behaviour::DoubleProposals] {
        let mut world = calm(&[(1, behaviour)]);
        world.start_all().unwrap();
        run_busily(&mut world, 3_000).unwrap();
        world.converge().unwrap();
        let summary = world.summary();
        assert!(summary.evidence > 0, "{behaviour:?}: {summary:?}");
    }
}

#[test]
fn one_liar_of_four_stops_nothing() {
    for behaviour in Behaviour::ALL {
        let mut world = calm(&[(2, behaviour)]);
        world.start_all().unwrap();
        run_busily(&mut world, 5_000).unwrap();
        let height = world.invariants.greatest_height();
        assert!(height >= Height(10), "{behaviour:?}: {height}");
        world.converge().unwrap();
    }
}

/// A validator that dies costs what the network takes, not what the configured timeouts allow; and
/// after some blocks without it, nothing.
#[test]
fn a_dead_proposer_costs_little_and_then_nothing() {
    let mut setting = Setting::calm();
    setting.parameters.propose_timeout_ms = 4_000;
    setting.parameters.vote_timeout_ms = 2_000;
    let mut world = World::new(7, setting);
    world.start_all().unwrap();
    run_busily(&mut world, 10_000).unwrap();
    world.power_off(3);
    let before = world.invariants.greatest_height();
    // Each of its turns costs a quarter of the configured timeout, the least there is, and no wait
    // for votes: within eight heights it has three turns at most.
    run_busily(&mut world, 10_000 + 3 * 1_000 + 2_000).unwrap();
    let silent = world.invariants.greatest_height();
    assert!(silent >= before.plus(9), "from {before} to {silent}");
    // From now on it has none: as many heights as there is time for, one every 50 ms.
    run_busily(&mut world, 20_000).unwrap();
    let after = world.invariants.greatest_height();
    assert!(after >= silent.plus(60), "from {silent} to {after}");
}

#[test]
fn all_nodes_lose_power_at_once_again_and_again() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    for turn in 0..12 {
        run_busily(&mut world, 1_000 + turn * 1_500).unwrap();
        for node in 0..4 {
            let when = CrashPoint::AfterEffects(3 * turn + u64::try_from(node).unwrap());
            world.crash(node, when);
        }
    }
    world.heal().unwrap();
    world.converge().unwrap();
    assert_eq!(world.muted, 0);
}

/// Nobody has a guard yet, and each node's power fails at some operation of its disk in the first
/// height, to come back at once: nobody is taken for one that has lost its guard, and the ledger
/// begins.
#[test]
fn a_crash_in_the_first_height_mutes_nobody() {
    for operation in 0..16 {
        let setting = Setting {
            is_new: true,
            ..Setting::calm()
        };
        let mut world = World::new(operation, setting);
        world.start_all().unwrap();
        for node in 0..4 {
            world.crash(node, CrashPoint::AtDiskOperation(operation));
        }
        let submission = world.plain_submission();
        world.submit(0, &submission).unwrap();
        while world.now_ms < 500 {
            world.run_until(world.now_ms + 1).unwrap();
            world.start_all().unwrap();
        }
        world.heal().unwrap();
        world.converge().unwrap();
        assert_eq!(world.muted, 0, "at operation {operation}");
    }
}

/// Every validator lacks one batch of the block that is decided, and each another one: nobody can
/// commit unless batches are served that are not ordered at the peer yet.
#[test]
fn a_decided_block_is_committed_though_everybody_lacks_a_batch() {
    let mut setting = Setting::calm();
    // So slow a beat that one block orders all four batches.
    setting.parameters.block_beat_ms = 700;
    let mut world = World::new(7, setting);
    world.start_all().unwrap();
    world.run_until(1_100).unwrap();
    // The batch of node n never reaches node n + 1.
    world.holds_back = Some(Box::new(|from, to, message| {
        matches!(message, PeerMessage::Batch(_)) && to == (from + 1) % 4
    }));
    let probes: Vec<_> = (0..4).map(|_| world.plain_submission()).collect();
    for (node, probe) in probes.iter().enumerate() {
        world.submit(node, probe).unwrap();
    }
    world.run_until(8_000).unwrap();
    for probe in &probes {
        assert!((0..4).all(|node| world.has(node, &probe.id())));
    }
    world.converge().unwrap();
}

#[test]
fn a_node_that_was_away_for_long_catches_up() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    run_busily(&mut world, 500).unwrap();
    world.network.cut(&[3], &[0, 1, 2]);
    world.network.cut(&[0, 1, 2], &[3]);
    run_busily(&mut world, 20_000).unwrap();
    let (ahead, behind) = (world.nodes[0].height(), world.nodes[3].height());
    assert!(ahead > behind.plus(100), "{ahead} and {behind}");
    world.heal().unwrap();
    world.converge().unwrap();
}

/// A batch may be ordered for 500 heights: a node that was cut off for longer still has ordered what it
/// has said that it takes.
#[test]
fn what_a_node_takes_while_it_is_cut_off_is_ordered_however_long_it_was() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    run_busily(&mut world, 500).unwrap();
    world.network.cut(&[3], &[0, 1, 2]);
    world.network.cut(&[0, 1, 2], &[3]);
    let cut_off_at = world.nodes[3].height();
    let mut taken = Vec::new();
    while taken.len() < 20 {
        let submission = world.plain_submission();
        assert!(world.takes(3, &submission).unwrap());
        taken.push(submission);
        world.run_until(world.now_ms + 50).unwrap();
    }
    while world.nodes[0].height() <= cut_off_at.plus(BATCH_LIFETIME_HEIGHTS + 20) {
        let submission = world.plain_submission();
        world.submit(0, &submission).unwrap();
        world.run_until(world.now_ms + 20).unwrap();
    }
    // Their submissions are good for a minute.
    assert!(world.now_ms < 55_000, "{} ms", world.now_ms);
    assert!(!world.has(0, &taken[0].id()));
    world.heal().unwrap();
    world.converge().unwrap();
    for submission in &taken {
        assert!(world.has(0, &submission.id()));
    }
}

#[test]
fn a_validator_that_lost_its_files_is_mute_and_then_signs_again() {
    for (seed, loss) in [
        (0, Loss::Guard),
        (1, Loss::Guard),
        (2, Loss::Log),
        (3, Loss::Log),
    ] {
        let mut world = World::new(seed, Setting::calm());
        world.start_all().unwrap();
        run_busily(&mut world, 2_000).unwrap();
        world.power_off(1);
        world.damage(1, loss);
        run_busily(&mut world, 8_000).unwrap();
        // With its guard it knows that what it signed is of a height that the others have decided,
        // if it hears of that before it starts the height.
        assert!(world.muted > 0 || loss == Loss::Log);
        world.heal().unwrap();
        world.converge().unwrap();
    }
}

#[test]
fn a_follower_keeps_up_and_says_nothing() {
    let mut world = World::new(
        9,
        Setting {
            followers: 1,
            ..Setting::calm()
        },
    );
    world.start_all().unwrap();
    run_busily(&mut world, 3_000).unwrap();
    world.converge().unwrap();
    assert!(world.nodes[4].height().plus(2) >= world.nodes[0].height());
}

/// One node believes that something is due long before it is for the others: the ledger does not make one empty block after
/// the other until then, and is in time all the same.
#[test]
fn a_clock_that_is_ahead_does_not_keep_an_idle_ledger_busy() {
    let mut setting = Setting::calm();
    setting.parameters.heartbeat_ms = 3_000;
    let mut world = World::new(7, setting);
    world.nodes[0].clock_offset_ms = 60_000;
    world.start_all().unwrap();
    world.run_until(500).unwrap();
    let open_for_ms = 40_000;
    let submission = world.unanswered_submission(open_for_ms);
    world.submit(1, &submission).unwrap();
    world.run_until(1_500).unwrap();
    assert!(world.has(1, &submission.id()));
    let before = world.invariants.greatest_height();
    let due_ms = 500 + u64::try_from(open_for_ms).unwrap();
    world.run_until(due_ms - 1).unwrap();
    let idle = world.invariants.greatest_height();
    // One for each heartbeat, and those until the pause was as long as one.
    assert!(idle <= before.plus(13 + 9), "from {before} to {idle}");
    assert_eq!(world.derived(1).len(), 0);
    // A round of the proposer whose blocks are from the future may fail.
    world.run_until(due_ms + 900).unwrap();
    assert_eq!(world.derived(1).len(), 1);
}

/// Proposals that nobody answers expire by block time: while nodes lose power again and again, every node
/// makes the same records by itself, one for each proposal and no more.
#[test]
fn what_expires_expires_everywhere_once() {
    let mut world = calm(&[]);
    world.start_all().unwrap();
    world.run_until(500).unwrap();
    let mut sent = Vec::new();
    for turn in 0..4u64 {
        let submission = world.unanswered_submission(1_500 + 300 * i64::try_from(turn).unwrap());
        world
            .submit(usize::try_from(turn).unwrap(), &submission)
            .unwrap();
        sent.push(submission);
        run_busily(&mut world, 1_500 + turn * 1_000).unwrap();
        for node in 0..4 {
            let when = CrashPoint::AfterEffects(2 * turn + u64::try_from(node).unwrap());
            world.crash(node, when);
        }
    }
    world.heal().unwrap();
    run_busily(&mut world, 12_000).unwrap();
    world.converge().unwrap();
    let first = world.derived(0);
    for node in 0..4 {
        assert_eq!(world.derived(node), first, "node {node}");
    }
    let committed = sent.iter().filter(|s| world.has(0, &s.id())).count();
    assert!(committed > 0);
    assert_eq!(first.len(), committed);
    assert!(
        first
            .iter()
            .all(|record| record.kind.as_str() == "custody.expiry")
    );
}
