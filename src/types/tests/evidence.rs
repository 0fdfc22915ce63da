//! Evidence: what convicts, and what does not.

use proptest::prelude::*;

use super::generators as generate;
use crate::crypto::Blake3Digest;
use crate::testing::TestNetwork;
use crate::types::*;

fn digest(text: &str) -> BlockDigest {
    BlockDigest(Blake3Digest::of(text.as_bytes()))
}

const HEIGHT: Height = Height(5);
const ROUND: Round = Round(2);

fn prevote(network: &TestNetwork, block: Option<BlockDigest>) -> Signed<Vote> {
    network.vote(1, VoteType::Prevote, HEIGHT, ROUND, block)
}

#[test]
fn conflicting_statements_convict_in_either_order() {
    let network = TestNetwork::new(4, 4);
    let ledger = network.ledger();
    let (a, b) = (
        prevote(&network, Some(digest("a"))),
        prevote(&network, Some(digest("b"))),
    );
    let evidence = Evidence::double_vote(a.clone(), b.clone());
    assert_eq!(evidence, Evidence::double_vote(b, a.clone()));
    assert_eq!(evidence.verify(&ledger), Ok(()));
    assert_eq!(evidence.offender(), &network.consensus_key(1).public_key());
    assert_eq!(evidence.slot(), (HEIGHT, ROUND, Step::Prevote));
    // A vote for nothing conflicts with a vote for something.
    let nil = Evidence::double_vote(a, prevote(&network, None));
    assert_eq!(nil.verify(&ledger), Ok(()));
    assert_eq!(nil.offence(), evidence.offence());

    let propose = |block, polka| network.proposal(1, HEIGHT, ROUND, polka, digest(block));
    let (a, b) = (propose("a", None), propose("b", None));
    let evidence = Evidence::double_proposal(a.clone(), b.clone());
    assert_eq!(evidence, Evidence::double_proposal(b, a.clone()));
    assert_eq!(evidence.verify(&ledger), Ok(()));
    assert_eq!(evidence.slot(), (HEIGHT, ROUND, Step::Propose));
    let polka = Evidence::double_proposal(a, propose("a", Some(Round(1))));
    assert_eq!(polka.verify(&ledger), Ok(()));
}

#[test]
fn statements_for_different_slots_are_no_evidence() {
    let network = TestNetwork::new(4, 4);
    let a = prevote(&network, Some(digest("a")));
    let block = Some(digest("b"));
    let others = [
        network.vote(2, VoteType::Prevote, HEIGHT, ROUND, block),
        network.vote(1, VoteType::Precommit, HEIGHT, ROUND, block),
        network.vote(1, VoteType::Prevote, HEIGHT.next(), ROUND, block),
        network.vote(1, VoteType::Prevote, HEIGHT, ROUND.next(), block),
    ];
    for other in others {
        assert_eq!(
            Evidence::double_vote(a.clone(), other).verify(&network.ledger()),
            Err(EvidenceError::DifferentSlots)
        );
    }
    let a = network.proposal(1, HEIGHT, ROUND, None, digest("a"));
    let others = [
        network.proposal(2, HEIGHT, ROUND, None, digest("b")),
        network.proposal(1, HEIGHT.next(), ROUND, None, digest("b")),
        network.proposal(1, HEIGHT, ROUND.next(), None, digest("b")),
    ];
    for other in others {
        assert_eq!(
            Evidence::double_proposal(a.clone(), other).verify(&network.ledger()),
            Err(EvidenceError::DifferentSlots)
        );
    }
}

#[test]
fn statements_that_agree_or_are_out_of_order_are_no_evidence() {
    let network = TestNetwork::new(4, 4);
    let vote = prevote(&network, Some(digest("a")));
    let proposal = network.proposal(1, HEIGHT, ROUND, None, digest("a"));
    let conflict = Evidence::double_vote(vote.clone(), prevote(&network, None));
    let Evidence::DoubleVote(lesser, greater) = conflict else {
        panic!("two votes");
    };
    let cases = [
        Evidence::double_vote(vote.clone(), vote),
        Evidence::double_proposal(proposal.clone(), proposal),
        Evidence::DoubleVote(greater, lesser),
    ];
    for evidence in cases {
        assert_eq!(
            evidence.verify(&network.ledger()),
            Err(EvidenceError::NotConflicting)
        );
    }
}

#[test]
fn nobody_is_convicted_by_what_it_did_not_sign() {
    let network = TestNetwork::new(4, 4);
    let other_ledger = LedgerId(Blake3Digest::of(b"another ledger"));
    let a = prevote(&network, Some(digest("a")));
    let b = prevote(&network, Some(digest("b")));
    let evidence = Evidence::double_vote(a.clone(), b.clone());
    assert_eq!(
        evidence.verify(&other_ledger),
        Err(EvidenceError::BadSignature)
    );
    // Another validator signs in the name of the accused.
    let forged = network.signed(&network.consensus_key(0), b.message.clone());
    assert_eq!(
        Evidence::double_vote(a, forged).verify(&network.ledger()),
        Err(EvidenceError::BadSignature)
    );
    // A prevote's signature does not make a proposal.
    let proposal = |block| network.proposal(1, HEIGHT, ROUND, None, digest(block));
    let false_proposal = Signed {
        message: proposal("b").message,
        signature: b.signature,
    };
    assert_eq!(
        Evidence::double_proposal(proposal("a"), false_proposal).verify(&network.ledger()),
        Err(EvidenceError::BadSignature)
    );
}

#[test]
fn an_offence_is_one_validator_in_one_slot() {
    let network = TestNetwork::new(4, 4);
    let reference = network.double_vote(1, HEIGHT, 0).offence();
    assert_eq!(network.double_vote(1, HEIGHT, 7).offence(), reference);
    assert_ne!(network.double_vote(2, HEIGHT, 0).offence(), reference);
    assert_ne!(
        network.double_vote(1, HEIGHT.next(), 0).offence(),
        reference
    );
    let precommit = |block| {
        let vote = VoteType::Precommit;
        network.vote(1, vote, HEIGHT, Round::ZERO, Some(digest(block)))
    };
    let evidence = Evidence::double_vote(precommit("a"), precommit("b"));
    assert_eq!(evidence.slot().2, Step::Precommit);
    assert_ne!(evidence.offence(), reference);
}

proptest! {
    #[test]
    fn arbitrary_evidence_convicts_nobody(
        evidence in generate::evidence(),
        ledger in generate::ledger_id(),
    ) {
        prop_assert!(evidence.verify(&ledger).is_err());
    }
}
