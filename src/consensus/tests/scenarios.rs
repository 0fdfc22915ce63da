//! What the instance takes, ignores and refuses.

use std::collections::BTreeSet;

use super::support::*;
use crate::consensus::*;
use crate::crypto::Blake3Digest;
use crate::types::{Height, LedgerId, Round, ValidatorIndex};

fn started(committee: &Committee, validator: usize) -> Consensus {
    let mut consensus = committee.consensus(validator);
    consensus.step(committee.start(1, Vec::new())).unwrap();
    consensus
}

#[test]
fn before_the_first_height_everything_else_is_ignored() {
    let committee = Committee::new(4);
    let mut consensus = committee.consensus(0);
    let vote = committee.prevote(1, (1, 0), None);
    let polka = committee.polka(&[1, 2, 3], (1, 0), block("A"));
    let inputs = [
        committee.input(ConsensusMessage::Vote(vote)),
        committee.input(ConsensusMessage::Polka(polka)),
        Input::BlockVerdict(verdict((1, 0), block("A"), Verdict::Valid)),
        Input::TimeoutElapsed(timeout(TimeoutKind::Propose, (1, 0))),
    ];
    for input in inputs {
        assert_eq!(consensus.step(input), Ok(Vec::new()));
    }
    assert_eq!(consensus.height(), None);
}

#[test]
fn an_error_poisons_the_instance() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    assert_eq!(
        consensus.step(committee.start(1, Vec::new())),
        Err(ConsensusError::HeightNotLater {
            height: Height(1),
            current: Height(1),
        })
    );
    let vote = committee.prevote(1, (1, 0), None);
    let input = committee.input(ConsensusMessage::Vote(vote));
    assert_eq!(consensus.step(input), Err(ConsensusError::Poisoned));
}

#[test]
fn an_input_of_another_ledger_is_an_error() {
    let committee = Committee::new(4);
    let other = LedgerId(Blake3Digest::of(b"another ledger"));
    let secret = committee.secret(1);
    let mut vote = committee.prevote(1, (1, 0), None);
    vote.signature = secret.sign(
        crate::crypto::Domain::ConsensusVote,
        other.as_bytes(),
        &crate::types::Encode::to_bytes(&vote.message),
    );
    assert!(Verified::check(vote.clone(), &ledger()).is_err());
    let verified = Verified::check(vote, &other).unwrap();
    let mut consensus = started(&committee, 0);
    assert_eq!(
        consensus.step(Input::Vote(verified)),
        Err(ConsensusError::OtherLedger)
    );
}

#[test]
fn a_verdict_never_turns_from_valid_to_invalid() {
    let committee = Committee::new(4);
    let judge = |judged| Input::BlockVerdict(verdict((1, 0), block("A"), judged));
    let mut consensus = started(&committee, 0);
    consensus.step(judge(Verdict::Invalid)).unwrap();
    consensus.step(judge(Verdict::Valid)).unwrap();
    assert_eq!(
        consensus.step(judge(Verdict::Invalid)),
        Err(ConsensusError::ContradictoryVerdict {
            height: Height(1),
            block: block("A"),
        })
    );
}

#[test]
fn an_order_of_proposers_is_of_the_set() {
    let committee = Committee::new(4);
    let mut consensus = committee.consensus(0);
    let start = StartHeight {
        height: Height(1),
        validators: committee.set.clone(),
        proposers: Committee::new(3).proposers(1),
        propose_timeout_ms: 1_000,
        replay: Vec::new(),
    };
    assert_eq!(
        consensus.step(Input::StartHeight(Box::new(start))),
        Err(ConsensusError::ProposersMismatch {
            listed: 3,
            validators: 4,
        })
    );
}

#[test]
fn silent_validators_have_the_last_turns() {
    let committee = Committee::new(5);
    let silent: BTreeSet<_> = [1, 3, 60].map(ValidatorIndex).into();
    let turns = |height: u64| -> Vec<u16> {
        let order = ProposerOrder::new(&committee.set, Height(height), &silent);
        order.as_slice().iter().map(|index| index.0).collect()
    };
    assert_eq!(turns(0), [0, 2, 4, 1, 3]);
    assert_eq!(turns(1), [2, 4, 0, 3, 1]);
    assert_eq!(turns(2), [4, 0, 2, 1, 3]);
    assert_eq!(turns(u64::MAX).len(), 5);
    let order = ProposerOrder::new(&committee.set, Height(1), &silent);
    assert_eq!(order.proposer(Round(6)), Some(ValidatorIndex(4)));
    assert_eq!(order.proposer(Round(u32::MAX)), Some(ValidatorIndex(2)));
    let all: BTreeSet<_> = (0..5).map(ValidatorIndex).collect();
    let order = ProposerOrder::new(&committee.set, Height(1), &all);
    assert_eq!(order.as_slice().len(), 5);
}

#[test]
fn messages_of_the_next_height_wait_for_it() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    let stranger = Committee::new(9);
    let outside = (0..9)
        .find(|index| committee.set.index_of(&stranger.key(*index)).is_none())
        .unwrap();
    let votes = [
        committee.prevote(1, (2, 0), None),
        committee.prevote(1, (2, 0), None),
        committee.prevote(2, (2, 11), None),
        committee.prevote(2, (4, 0), None),
        stranger.prevote(outside, (2, 0), None),
        committee.precommit(2, (2, 0), None),
    ];
    for vote in votes {
        let input = Input::Vote(Verified::check(vote, &ledger()).unwrap());
        assert_eq!(consensus.step(input), Ok(Vec::new()));
    }
    let effects = consensus.step(committee.start(2, Vec::new())).unwrap();
    let logged: Vec<_> = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Log(_)))
        .cloned()
        .collect();
    assert_eq!(
        logged,
        [
            Effect::Log(LogRecord::Vote(committee.prevote(1, (2, 0), None))),
            Effect::Log(LogRecord::Vote(committee.precommit(2, (2, 0), None))),
        ]
    );
}

#[test]
fn strangers_and_certificates_of_other_sets_are_ignored() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    let other = Committee::new(9);
    for validator in 0..9 {
        if committee.set.index_of(&other.key(validator)).is_some() {
            continue;
        }
        let vote = other.prevote(validator, (1, 0), None);
        assert_eq!(
            consensus.step(other.input(ConsensusMessage::Vote(vote))),
            Ok(Vec::new())
        );
    }
    let everyone: Vec<usize> = (0..9).collect();
    let commit = other.commit(&everyone, (1, 0), block("A"));
    let input = other.input(ConsensusMessage::Commit(commit));
    assert_eq!(consensus.step(input), Ok(Vec::new()));
    let later = consensus.step(committee.start(2, Vec::new()));
    assert!(later.is_ok(), "height 1 is not decided by strangers");
}

#[test]
fn a_commit_certificate_decides_by_itself() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    let vote = committee.precommit(3, (1, 2), Some(block("A")));
    consensus
        .step(committee.input(ConsensusMessage::Vote(vote)))
        .unwrap();
    let commit = committee.commit(&[0, 1, 2], (1, 2), block("A"));
    let input = committee.input(ConsensusMessage::Commit(commit.clone()));
    let effects = consensus.step(input.clone()).unwrap();
    let all = committee.commit(&[0, 1, 2, 3], (1, 2), block("A"));
    assert!(effects.contains(&Effect::Decide(all)));
    assert_eq!(consensus.step(input), Ok(Vec::new()), "decided once");
    // The height after it begins as ever.
    assert!(consensus.step(committee.start(2, Vec::new())).is_ok());
}

#[test]
fn two_decisions_of_one_height_stop_the_node() {
    let committee = Committee::new(4);
    let fork = |height_in_between: bool| {
        let mut consensus = started(&committee, 0);
        let mut decide = |name| {
            let commit = committee.commit(&[1, 2, 3], (1, 0), block(name));
            consensus.step(committee.input(ConsensusMessage::Commit(commit)))
        };
        decide("A").unwrap();
        if height_in_between {
            consensus.step(committee.start(2, Vec::new())).unwrap();
        }
        let commit = committee.commit(&[1, 2, 3], (1, 0), block("B"));
        consensus.step(committee.input(ConsensusMessage::Commit(commit)))
    };
    for height_in_between in [false, true] {
        assert_eq!(
            fork(height_in_between),
            Err(ConsensusError::Fork {
                height: Height(1),
                first: block("A"),
                second: block("B"),
            })
        );
    }
}

#[test]
fn late_equivocation_is_evidence_once() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    let vote = committee.precommit(2, (1, 0), Some(block("A")));
    consensus
        .step(committee.input(ConsensusMessage::Vote(vote)))
        .unwrap();
    let commit = committee.commit(&[0, 1, 3], (1, 0), block("A"));
    consensus
        .step(committee.input(ConsensusMessage::Commit(commit)))
        .unwrap();
    consensus.step(committee.start(2, Vec::new())).unwrap();
    for (turn, name) in ["B", "B", "C"].into_iter().enumerate() {
        let vote = committee.precommit(2, (1, 0), Some(block(name)));
        let effects = consensus
            .step(committee.input(ConsensusMessage::Vote(vote)))
            .unwrap();
        assert_eq!(effects.len(), usize::from(turn == 0), "{effects:?}");
        for effect in effects {
            let Effect::Evidence(evidence) = effect else {
                panic!("{effect:?}");
            };
            assert_eq!(evidence.verify(&ledger()), Ok(()));
            assert_eq!(evidence.offender(), &committee.key(2));
        }
    }
}

#[test]
fn proposals_that_differ_in_their_polka_round_conflict_too() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    for voter in [1, 2] {
        let vote = committee.prevote(voter, (1, 2), None);
        consensus
            .step(committee.input(ConsensusMessage::Vote(vote)))
            .unwrap();
    }
    let proposer = committee.proposer(1, 2);
    let mut evidence = 0;
    for polka_round in [None, Some(1), Some(0)] {
        let proposal = committee.proposal(proposer, (1, 2), polka_round, block("A"));
        let effects = consensus
            .step(committee.input(ConsensusMessage::Proposal(proposal)))
            .unwrap();
        let count = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Evidence(_)));
        evidence += count.count();
    }
    assert_eq!(evidence, 1);
}

#[test]
fn a_flood_of_proposals_does_not_lose_the_block_with_the_polka() {
    let committee = Committee::new(4);
    let mut consensus = started(&committee, 0);
    let proposer = committee.proposer(1, 0);
    // The library keeps two proposals of a round; the block that wins is the fourth.
    for name in ["B", "C", "D", "A"] {
        let proposal = committee.proposal(proposer, (1, 0), None, block(name));
        let input = committee.input(ConsensusMessage::Proposal(proposal));
        consensus.step(input).unwrap();
        let judged = verdict((1, 0), block(name), Verdict::Valid);
        consensus.step(Input::BlockVerdict(judged)).unwrap();
    }
    let polka = committee.polka(&[1, 2, 3], (1, 0), block("A"));
    consensus
        .step(committee.input(ConsensusMessage::Polka(polka)))
        .unwrap();
    let proposal = committee.proposal(proposer, (1, 0), None, block("A"));
    let effects = consensus
        .step(committee.input(ConsensusMessage::Proposal(proposal)))
        .unwrap();
    let precommit = committee.precommit(0, (1, 0), Some(block("A")));
    let sent = Effect::Broadcast(ConsensusMessage::Vote(precommit));
    assert!(effects.contains(&sent), "{effects:?}");
}

#[test]
fn verification_refuses_what_is_not_signed() {
    let committee = Committee::new(4);
    let mut vote = committee.prevote(1, (1, 0), None);
    vote.message.round = Round(1);
    let forged = ConsensusMessage::Vote(vote).verify(&ledger(), &committee.set);
    assert!(matches!(forged, Err(MessageError::Signature(_))));
    let polka = committee.polka(&[1, 2], (1, 0), block("A"));
    let few = ConsensusMessage::Polka(polka).verify(&ledger(), &committee.set);
    assert!(matches!(few, Err(MessageError::Certificate(_))));
}
