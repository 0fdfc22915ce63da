//! A validator that lost its log or its guard follows in silence, and then takes part again.

use super::support::*;
use crate::consensus::*;
use crate::types::Height;

fn commit(committee: &Committee, height: u64) -> Input {
    let certificate = committee.commit(&[1, 2, 3], (height, 0), block("block"));
    committee.input(ConsensusMessage::Commit(certificate))
}

fn speaks(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Broadcast(_) | Effect::RequestBlock { .. }))
}

/// Runs a height with a proposal and a timeout; tells whether the validator said anything.
fn run(committee: &Committee, consensus: &mut Consensus, height: u64) -> bool {
    let proposer = committee.proposer(height, 0);
    let mut inputs = vec![committee.start(height, Vec::new())];
    if proposer != 0 {
        let proposal = committee.proposal(proposer, (height, 0), None, block("block"));
        inputs.push(committee.input(ConsensusMessage::Proposal(proposal)));
    }
    inputs.push(Input::BlockVerdict(verdict(
        (height, 0),
        block("block"),
        Verdict::Valid,
    )));
    for peer in [1, 2, 3] {
        let vote = committee.prevote(peer, (height, 0), Some(block("block")));
        inputs.push(committee.input(ConsensusMessage::Vote(vote)));
    }
    for kind in [TimeoutKind::Propose, TimeoutKind::Rebroadcast] {
        inputs.push(Input::TimeoutElapsed(timeout(kind, (height, 0))));
    }
    let mut spoke = false;
    for input in inputs {
        spoke |= speaks(&consensus.step(input).unwrap());
    }
    spoke
}

#[test]
fn it_signs_again_after_two_consecutive_heights() {
    let committee = Committee::new(4);
    let mut consensus = committee.restored(0, SignGuard::unused(), SigningState::Muted);
    for height in [7, 8] {
        assert!(!run(&committee, &mut consensus, height), "height {height}");
        assert!(!consensus.signs());
        consensus.step(commit(&committee, height)).unwrap();
    }
    assert!(run(&committee, &mut consensus, 9));
    assert!(consensus.signs());
}

#[test]
fn a_fresh_node_signs_from_the_first_height_on_and_is_silent_if_that_is_past() {
    let committee = Committee::new(4);
    let mut first = committee.restored(0, SignGuard::unused(), SigningState::Fresh);
    let effects = first.step(committee.start(1, Vec::new())).unwrap();
    // Before anything is logged: a guard that is missing later was lost.
    assert_eq!(effects[0], Effect::Guard(SignGuard::unused()));
    assert!(first.signs());
    // Its whole disk is gone, or it is new: nobody can tell, so it waits.
    let mut lost = committee.restored(0, SignGuard::unused(), SigningState::Fresh);
    for height in [7, 8] {
        assert!(!run(&committee, &mut lost, height), "height {height}");
        lost.step(commit(&committee, height)).unwrap();
    }
    assert!(run(&committee, &mut lost, 9));
}

#[test]
fn a_gap_begins_the_count_anew() {
    let committee = Committee::new(4);
    let mut consensus = committee.restored(0, SignGuard::unused(), SigningState::Muted);
    for height in [7, 9, 10] {
        let effects = consensus.step(committee.start(height, Vec::new())).unwrap();
        let decided = u8::from(height == 10);
        assert!(effects.contains(&Effect::Muted {
            height: Height(height),
            reason: MutedReason::Recovering { decided },
        }));
        consensus.step(commit(&committee, height)).unwrap();
    }
    assert!(run(&committee, &mut consensus, 11));
}

#[test]
fn an_undecided_height_does_not_count() {
    let committee = Committee::new(4);
    let mut consensus = committee.restored(0, SignGuard::unused(), SigningState::Muted);
    for height in 1..=4 {
        assert!(!run(&committee, &mut consensus, height), "height {height}");
    }
}

#[test]
fn a_guard_of_a_later_height_keeps_it_silent_up_to_there() {
    let committee = Committee::new(4);
    let mut guard = SignGuard::unused();
    let vote = committee.precommit(0, (5, 1), None);
    guard.permit(vote.message).unwrap();
    let (signed, _) = guard.last().unwrap();
    let mut consensus = committee.restored(0, guard, SigningState::Active);
    let effects = consensus.step(committee.start(3, Vec::new())).unwrap();
    assert!(effects.contains(&Effect::Muted {
        height: Height(3),
        reason: MutedReason::SignedLater { signed },
    }));
    assert!(!consensus.signs());
    consensus.step(commit(&committee, 3)).unwrap();
    assert!(run(&committee, &mut consensus, 6));
}

/// A node that is none of the validators follows, and has its guard when it has seen two heights
/// decided: it signs as soon as it is one of them, also if it misses a height in between.
#[test]
fn a_follower_signs_at_its_first_height_as_a_validator() {
    let (without, with) = (Committee::new(4), Committee::new(5));
    let is_new = |validator: &usize| without.set.index_of(&with.key(*validator)).is_none();
    let own = (0..5).find(is_new).unwrap();
    for signing in [SigningState::Fresh, SigningState::Muted] {
        let mut consensus = with.restored(own, SignGuard::unused(), signing);
        for height in [1, 2] {
            let effects = consensus.step(without.start(height, Vec::new())).unwrap();
            assert!(!effects.contains(&Effect::Guard(SignGuard::unused())));
            assert!(!consensus.is_ready_to_sign() && !consensus.signs());
            consensus.step(commit(&without, height)).unwrap();
        }
        let effects = consensus.step(without.start(3, Vec::new())).unwrap();
        assert!(effects.contains(&Effect::Guard(SignGuard::unused())));
        assert!(consensus.is_ready_to_sign() && !consensus.signs());
        assert!(!speaks(&effects));
        consensus.step(commit(&without, 3)).unwrap();
        consensus.step(with.start(5, Vec::new())).unwrap();
        assert!(consensus.signs());
    }
    // One that has followed a single height, or two that do not follow each other, is silent first.
    for heights in [[1, 2], [1, 3]] {
        let mut consensus = with.restored(own, SignGuard::unused(), SigningState::Fresh);
        for height in heights {
            consensus.step(without.start(height, Vec::new())).unwrap();
            if height != 2 {
                consensus.step(commit(&without, height)).unwrap();
            }
        }
        let next = heights[1] + 1;
        consensus.step(with.start(next, Vec::new())).unwrap();
        assert!(!consensus.signs(), "{heights:?}");
    }
}
