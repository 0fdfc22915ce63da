//! Stories of validators that come, go and get new keys while records flow.

use crate::byzantine::Behaviour;
use crate::governing::Wish;
use crate::invariants::Violation;
use crate::world::{Setting, World};

fn world(seed: u64, wishes: &[Wish], liars: &[(usize, Behaviour)]) -> World {
    let setting = Setting {
        followers: 1,
        wishes: wishes.to_vec(),
        liars: liars
            .iter()
            .map(|(index, behaviour)| (*index, vec![*behaviour]))
            .collect(),
        ..Setting::calm()
    };
    World::new(seed, setting)
}

fn run(world: &mut World) -> Result<(), Violation> {
    world.start_all()?;
    world.run_until(4_000)?;
    world.govern_until(60_000)?;
    world.run_until(world.now_ms + 2_000)?;
    world.converge()
}

#[test]
fn a_follower_becomes_a_validator_and_a_validator_follows() {
    for seed in 0..4 {
        let mut world = world(seed, &[Wish::Add(4), Wish::Remove(1)], &[]);
        run(&mut world).unwrap();
        assert!(world.is_validator(4) && !world.is_validator(1));
        assert_eq!(world.invariants.sets_so_far(), 3);
        assert_eq!((world.joined, world.left, world.muted), (1, 1, 0));
        // Who has left goes on to follow.
        let tips = [1, 4].map(|node: usize| world.nodes[node].height());
        assert!(tips[0].plus(3) >= tips[1], "{tips:?}");
    }
}

#[test]
fn every_validator_gets_new_keys_under_load() {
    for seed in 0..4 {
        let wishes: Vec<Wish> = (0..4).map(Wish::Rotate).collect();
        let mut world = world(seed, &wishes, &[]);
        run(&mut world).unwrap();
        assert!((0..4).all(|node| world.is_validator(node)));
        assert!(world.nodes[..4].iter().all(|node| node.generation == 1));
        assert_eq!(world.invariants.sets_so_far(), 5);
    }
}

#[test]
fn validators_change_beside_a_liar() {
    for behaviour in Behaviour::ALL {
        let wishes = [Wish::Add(4), Wish::Rotate(0), Wish::Remove(2)];
        let mut world = world(5, &wishes, &[(2, behaviour)]);
        run(&mut world).unwrap();
        assert!(!world.is_validator(2), "{behaviour:?}");
        // As long as one says nothing, nobody else can come or be replaced: it has to go first.
        let is_silent = behaviour == Behaviour::Silence;
        assert_eq!(world.is_validator(4), !is_silent, "{behaviour:?}");
    }
}

/// What a node has said that it takes is committed, though the validators change between its batch
/// and its block, and though the node that took it is no validator any more then.
#[test]
fn what_was_taken_is_committed_whoever_decides() {
    for seed in 0..6 {
        let wishes = [Wish::Add(4), Wish::Remove(1), Wish::Rotate(3)];
        let mut world = world(seed, &wishes, &[]);
        world.start_all().unwrap();
        world.run_until(4_000).unwrap();
        world.add(world.now_ms, crate::events::Event::Govern);
        let mut taken = Vec::new();
        while world.governing.wants_something() && world.now_ms < 60_000 {
            for node in 0..5 {
                // A node that changes its keys loses what it has only in memory, as with any restart.
                let submission = world.plain_submission();
                if node != 3 && world.takes(node, &submission).unwrap() {
                    taken.push(submission.id());
                }
            }
            world.run_until(world.now_ms + 20).unwrap();
        }
        world.run_until(world.now_ms + 3_000).unwrap();
        let lost = taken.iter().filter(|id| !world.has(0, id)).count();
        assert_eq!(lost, 0, "of {} taken, seed {seed}", taken.len());
        assert!(taken.len() > 100);
        world.converge().unwrap();
    }
}
