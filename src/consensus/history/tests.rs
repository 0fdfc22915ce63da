use super::*;
use crate::consensus::tests::support::*;

fn started(committee: &Committee, heights: impl Iterator<Item = u64>) -> StatementHistory {
    let mut history = StatementHistory::default();
    for height in heights {
        history.start(Height(height), Arc::new(committee.set.clone()));
    }
    history
}

#[test]
fn what_is_forgotten_gives_no_evidence() {
    let committee = Committee::new(4);
    let last = 2 + MAX_HEIGHTS_REMEMBERED as u64;
    let mut history = started(&committee, 1..=last);
    for (height, remembered) in [(1, false), (2, false), (3, true), (last, true), (99, false)] {
        history.vote(&committee.prevote(1, (height, 0), None));
        let second = committee.prevote(1, (height, 0), Some(block("A")));
        assert_eq!(history.vote(&second).is_some(), remembered, "{height}");
        assert!(history.vote(&second).is_none(), "reported once");
    }
}

#[test]
fn votes_far_ahead_are_not_kept() {
    let committee = Committee::new(4);
    let mut history = started(&committee, 1..=1);
    let offence = |history: &mut StatementHistory, round| {
        history.vote(&committee.prevote(1, (1, round), None));
        let second = committee.prevote(1, (1, round), Some(block("A")));
        history.vote(&second).is_some()
    };
    assert!(!offence(&mut history, MAX_ROUNDS_AHEAD + 1));
    assert!(offence(&mut history, MAX_ROUNDS_AHEAD));
    history.reach(Height(1), Round(50));
    assert!(offence(&mut history, MAX_ROUNDS_AHEAD + 1));
}

#[test]
fn only_the_latest_rounds_are_kept() {
    let committee = Committee::new(4);
    let mut history = started(&committee, 1..=1);
    let rounds = MAX_ROUNDS_REMEMBERED as u32;
    for round in 0..=rounds {
        history.reach(Height(1), Round(round));
        history.vote(&committee.prevote(1, (1, round), None));
    }
    let kept = history.heights[&Height(1)].rounds.len();
    assert_eq!(kept, MAX_ROUNDS_REMEMBERED);
    let second = |round| committee.prevote(1, (1, round), Some(block("A")));
    assert!(history.vote(&second(0)).is_none(), "round 0 is forgotten");
    assert!(history.vote(&second(1)).is_some());
    let kept = history.heights[&Height(1)].rounds.len();
    assert_eq!(kept, MAX_ROUNDS_REMEMBERED);
}

#[test]
fn precommits_are_collected_in_order() {
    let committee = Committee::new(4);
    let mut history = started(&committee, 1..=1);
    let a = block("A");
    // Validator 1 precommitted nil first: its signature in the decision counts all the same.
    history.vote(&committee.precommit(1, (1, 0), None));
    history.vote(&committee.precommit(3, (1, 0), Some(a)));
    history.vote(&committee.prevote(0, (1, 0), Some(a)));
    history.vote(&committee.precommit(0, (1, 1), Some(a)));
    let decision = committee.commit(&[0, 1, 2], (1, 0), a);
    assert_eq!(history.decide(&decision), None);
    let all = committee.commit(&[0, 1, 2, 3], (1, 0), a);
    assert_eq!(history.precommits(Height(1), Round(0), a), all.signatures);
    assert!(
        history
            .precommits(Height(1), Round(0), block("B"))
            .is_empty()
    );
    assert!(history.precommits(Height(2), Round(0), a).is_empty());
    let other = committee.commit(&[0, 1, 2], (1, 0), block("B"));
    assert_eq!(history.decide(&other), Some(a));
    assert_eq!(history.decide(&decision), None);
}
