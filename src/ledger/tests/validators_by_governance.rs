//! Validators that come, go and are replaced by decision of the governing members: when that acts,
//! every reason to refuse it, and what holds whatever is decided.

use std::sync::Arc;

use proptest::prelude::*;

use super::members_by_governance::{decide, id, refusal, submit};
use crate::contracts::{
    SILENT_AFTER, read_governors, read_liveness, read_validator_sets, read_validators,
};
use crate::crypto::{PublicKey, Signature};
use crate::ledger::{LedgerError, was_validator};
use crate::records::governance::{Action, ProvenValidator};
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, ballot, propose, proven_validator, revoke_key, secret_key,
};
use crate::types::{
    CommitCertificate, Height, IndexedSignature, KeyPurpose, Outcome, Round, Validator,
    ValidatorSet,
};

fn ledger(validators: usize) -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(validators, validators + 1)))
}

fn new_validator(ledger: &MemoryLedger, member: usize, label: &str) -> ProvenValidator {
    let network = ledger.network();
    proven_validator(&network.ledger(), &network.member(member), label)
}

/// Commits an empty block that all validators of its height decide, but for these.
fn decide_without(ledger: &mut MemoryLedger, silent: &[PublicKey]) {
    let set = read_validators(ledger).unwrap();
    let block = ledger.next_block(&[], Vec::new());
    let signatures = set
        .iter()
        .filter(|(_, validator)| !silent.contains(&validator.consensus_key))
        .map(|(index, _)| IndexedSignature {
            validator: index,
            // Whoever applies a decided block has verified its certificate.
            signature: Signature::from_bytes([0; 64]),
        })
        .collect();
    let certificate = CommitCertificate {
        height: block.height(),
        round: Round::ZERO,
        block: block.digest(),
        signatures,
    };
    let applied = ledger.apply_decided(&block, &certificate, &[]).unwrap();
    ledger.commit(&applied, &[]);
}

/// The sets of the tip, the next height, and the one after it, each as a list of consensus keys.
fn sets(ledger: &MemoryLedger) -> [Vec<PublicKey>; 3] {
    let sets = read_validator_sets(ledger, ledger.tip().height.next()).unwrap();
    [sets.tip(), sets.current(), sets.upcoming()].map(|set| keys(set))
}

fn keys(set: &ValidatorSet) -> Vec<PublicKey> {
    let keys = set.iter().map(|(_, validator)| validator.consensus_key);
    keys.collect()
}

#[test]
fn a_change_acts_two_heights_after_its_decision() {
    let mut ledger = ledger(4);
    let genesis = keys(ledger.network().validators());
    let new = new_validator(&ledger, 4, "new");
    let key = new.validator.consensus_key;
    assert_eq!(
        decide(&mut ledger, &Action::AddValidator(new)),
        Outcome::Accepted
    );
    let decided = ledger.tip().height;
    let [tip, next, after] = sets(&ledger);
    assert!(tip == genesis && next == genesis && after.contains(&key) && after.len() == 5);
    let member = ledger.member(&ledger.network().member(4)).unwrap();
    assert_eq!(member.key(&key).unwrap().valid_from, decided.plus(2));
    assert!(!was_validator(&ledger, &key, decided.next()).unwrap());
    assert!(was_validator(&ledger, &key, decided.plus(2)).unwrap());
    decide_without(&mut ledger, &[]);
    let [tip, next, after] = sets(&ledger);
    assert!(tip == genesis && next.contains(&key) && after == next);
    // Its block names the new set, and only that is applied.
    let mut header = ledger.next_header();
    assert_eq!(
        header.validator_set,
        read_validators(&ledger).unwrap().digest()
    );
    header.validator_set = ledger.network().validators().digest();
    let block = crate::types::Block::new(header, ledger.next_body(&[], Vec::new()));
    let certificate = ledger
        .network()
        .commit_certificate(block.height(), block.digest());
    let refused = ledger.apply_decided(&block, &certificate, &[]);
    assert!(matches!(refused, Err(LedgerError::Diverged { .. })));
    decide_without(&mut ledger, &[]);
    let [tip, next, after] = sets(&ledger);
    assert!(tip.contains(&key) && next == tip && after == tip);
}

#[test]
fn the_count_of_silence_follows_the_keys() {
    let mut ledger = ledger(4);
    let silent = ledger.network().consensus_key(2).public_key();
    decide_without(&mut ledger, &[silent]);
    let missed =
        |ledger: &MemoryLedger, key: &PublicKey| read_liveness(ledger).unwrap().missed_of(key);
    let new = new_validator(&ledger, 4, "new");
    let key = new.validator.consensus_key;
    decide(&mut ledger, &Action::AddValidator(new));
    for _ in 0..2 {
        decide_without(&mut ledger, &[silent, key]);
    }
    // The certificate of the last height of the old set, and then one of the new: the new validator
    // counts as silent until it is heard.
    assert_eq!(missed(&ledger, &key), Some(SILENT_AFTER));
    let before = missed(&ledger, &silent).unwrap();
    decide_without(&mut ledger, &[silent]);
    decide_without(&mut ledger, &[silent]);
    assert_eq!(missed(&ledger, &key), Some(0));
    assert_eq!(missed(&ledger, &silent), Some(before + 2));
    let remove = Action::RemoveValidator(silent);
    assert_eq!(decide(&mut ledger, &remove), Outcome::Accepted);
    decide_without(&mut ledger, &[]);
    assert_eq!(missed(&ledger, &silent), None);
}

#[test]
fn keys_end_with_their_validator_and_its_node_goes_on_to_follow() {
    let mut ledger = ledger(4);
    let network = ledger.network().clone();
    let (consensus, node) = (
        network.consensus_key(1).public_key(),
        network.network_key(1).public_key(),
    );
    let (_, validator) = network
        .validators()
        .iter()
        .find(|(_, one)| one.consensus_key == consensus)
        .unwrap();
    let owner = validator.member.clone();
    let number = (0..4).find(|n| network.member(*n) == owner).unwrap();
    // As long as it is a validator's, no member revokes a key of it.
    let revoke = revoke_key(&owner, &node);
    let (_, outcome) = submit(&mut ledger, number, revoke.clone());
    assert!(matches!(outcome, Outcome::Rejected(rejection) if rejection.code() == "validator-key"));
    assert_eq!(
        decide(&mut ledger, &Action::RemoveValidator(consensus)),
        Outcome::Accepted
    );
    let from = ledger.tip().height.plus(2);
    let member = ledger.member(&owner).unwrap();
    for (key, until) in [
        (consensus, Some(from)),
        (validator.log_key, Some(from)),
        (validator.cosigner_key, Some(from)),
        (node, None),
    ] {
        assert_eq!(member.key(&key).unwrap().valid_until, until);
    }
    decide_without(&mut ledger, &[]);
    let (_, outcome) = submit(&mut ledger, number, revoke);
    assert_eq!(outcome, Outcome::Accepted);
    let gone = Action::RemoveMember(owner);
    assert_eq!(decide(&mut ledger, &gone), Outcome::Accepted);
}

#[test]
fn a_validator_changes_its_keys_in_its_place() {
    let mut ledger = ledger(4);
    let network = ledger.network().clone();
    let (_, old) = network.validators().iter().next().unwrap();
    let mut new = proven_validator(&network.ledger(), &old.member, "rotated");
    // The node stays where it is.
    new.validator.network_key = old.network_key;
    let seat = (0..4)
        .find(|seat| network.network_key(*seat).public_key() == old.network_key)
        .unwrap();
    new.keys[1] = crate::testing::proven_key(
        &network.ledger(),
        &old.member,
        &network.network_key(seat),
        KeyPurpose::Network,
    );
    let replace = Action::ReplaceValidator {
        old: old.consensus_key,
        new: new.clone(),
    };
    assert_eq!(decide(&mut ledger, &replace), Outcome::Accepted);
    let [_, next, after] = sets(&ledger);
    assert!(next.contains(&old.consensus_key) && !after.contains(&old.consensus_key));
    assert!(after.contains(&new.validator.consensus_key) && after.len() == 4);
    let member = ledger.member(&old.member).unwrap();
    assert_eq!(member.key(&old.network_key).unwrap().valid_until, None);
    let ended = member.key(&old.consensus_key).unwrap().valid_until;
    assert_eq!(ended, Some(ledger.tip().height.plus(2)));
}

#[test]
fn every_reason_to_refuse_a_change_of_validators() {
    let mut ledger = ledger(3);
    let network = ledger.network().clone();
    let consensus = |seat| network.consensus_key(seat).public_key();
    let good = new_validator(&ledger, 3, "new");
    let stranger = proven_validator(&network.ledger(), &id("nobody"), "stranger");
    let taken = |place: usize, label: &str| {
        let mut one = good.clone();
        let member = &one.validator.member;
        let purpose = one.keys[place].purpose;
        let secret = secret_key(label);
        one.keys[place] = crate::testing::proven_key(&network.ledger(), member, &secret, purpose);
        let key = one.keys[place].key;
        match place {
            0 => one.validator.consensus_key = key,
            1 => one.validator.network_key = key,
            2 => one.validator.log_key = key,
            _ => one.validator.cosigner_key = key,
        }
        one
    };
    let mut unproven = good.clone();
    unproven.keys.swap(2, 3);
    unproven.keys[2].purpose = KeyPurpose::Log;
    unproven.keys[3].purpose = KeyPurpose::Cosigner;
    let cases = [
        (Action::AddValidator(stranger), "unknown-member"),
        (Action::AddValidator(unproven), "invalid-record"),
        (
            Action::AddValidator(taken(0, "member-1/writer")),
            "key-taken",
        ),
        // Somebody else's node.
        (
            Action::AddValidator(taken(1, "member-1/network")),
            "key-taken",
        ),
        // One key for two purposes.
        (Action::AddValidator(taken(2, "new/cosigner")), "key-taken"),
        (
            Action::RemoveValidator(good.validator.consensus_key),
            "unknown-validator",
        ),
        (
            Action::ReplaceValidator {
                old: good.validator.consensus_key,
                new: good.clone(),
            },
            "unknown-validator",
        ),
    ];
    for (action, code) in cases {
        assert_eq!(refusal(&mut ledger, &action), code, "{action:?}");
    }
    // The node of a validator is not another one beside it.
    let mut second = new_validator(&ledger, 0, "second");
    let secret = secret_key("member-0/network");
    let owner = second.validator.member.clone();
    let shared =
        crate::testing::proven_key(&network.ledger(), &owner, &secret, KeyPurpose::Network);
    second.validator.network_key = shared.key;
    second.keys[1] = shared;
    let shared = decide(&mut ledger, &Action::AddValidator(second));
    let Outcome::Rejected(rejection) = shared else {
        panic!("{shared:?}");
    };
    assert_eq!(rejection.code(), "key-taken");
    let whose = format!(" of {owner}: two validators are two nodes");
    assert!(rejection.reason().contains(&whose), "{rejection:?}");
    // One at a time: two decisions of one block.
    let (add, remove) = (
        Action::AddValidator(good),
        Action::RemoveValidator(consensus(0)),
    );
    let proposals = [&add, &remove].map(|action| propose(action, ledger.expiry()));
    let indices = [0, 1].map(|n: usize| submit(&mut ledger, n, proposals[n].clone()).0);
    submit(&mut ledger, 2, ballot(indices[0], &proposals[0], "approve"));
    submit(&mut ledger, 2, ballot(indices[1], &proposals[1], "approve"));
    let last = network.submission(1, ledger.expiry(), {
        vec![ballot(indices[0], &proposals[0], "approve")]
    });
    let other = network.submission(0, ledger.expiry(), {
        vec![ballot(indices[1], &proposals[1], "approve")]
    });
    let applied = ledger.submit(vec![last, other]);
    assert_eq!(applied.records[0].outcomes, [Outcome::Accepted]);
    let second = &applied.records[1].outcomes[0];
    assert!(
        matches!(second, Outcome::Rejected(rejection) if rejection.code() == "change-scheduled"),
        "{second:?}"
    );
}

#[test]
fn nobody_who_has_not_been_heard_is_needed() {
    let mut ledger = ledger(4);
    let consensus: Vec<PublicKey> = keys(ledger.network().validators());
    let first = Action::AddValidator(new_validator(&ledger, 4, "first"));
    let second = Action::AddValidator(new_validator(&ledger, 4, "second"));
    assert_eq!(decide(&mut ledger, &first), Outcome::Accepted);
    let newcomer = new_validator(&ledger, 4, "first").validator.consensus_key;
    for _ in 0..2 {
        decide_without(&mut ledger, &[newcomer]);
    }
    // Of six, five decide, and only four have been heard.
    assert_eq!(refusal(&mut ledger, &second), "quorum-lost");
    for _ in 0..2 {
        decide_without(&mut ledger, &[]);
    }
    assert_eq!(decide(&mut ledger, &second), Outcome::Accepted);
    for _ in 0..3 {
        decide_without(&mut ledger, &[]);
    }
    // Two of six fall silent: nobody else may go, but they may.
    let silent = &consensus[..2];
    for _ in 0..=SILENT_AFTER {
        decide_without(&mut ledger, silent);
    }
    assert_eq!(
        refusal(&mut ledger, &Action::RemoveValidator(consensus[2])),
        "quorum-lost"
    );
    for key in silent {
        let action = Action::RemoveValidator(*key);
        let proposal = propose(&action, ledger.expiry());
        let (index, outcome) = submit(&mut ledger, 0, proposal.clone());
        assert_eq!(outcome, Outcome::Accepted);
        for member in [1, 2] {
            submit(&mut ledger, member, ballot(index, &proposal, "approve"));
        }
        decide_without(&mut ledger, silent);
        decide_without(&mut ledger, silent);
    }
    assert_eq!(read_validators(&ledger).unwrap().len(), 4);
}

/// On a quiet ledger a change is made of three blocks: who died before it has missed no more.
#[test]
fn who_did_not_vote_for_the_last_blocks_is_not_counted_on() {
    for (missed, expected) in [(1, ""), (2, "quorum-lost"), (3, "quorum-lost")] {
        let mut ledger = ledger(4);
        let dead = ledger.network().consensus_key(3).public_key();
        let action = Action::AddValidator(new_validator(&ledger, 4, "new"));
        let proposal = propose(&action, ledger.expiry());
        let (index, _) = submit(&mut ledger, 0, proposal.clone());
        let approve = || ballot(index, &proposal, "approve");
        assert_eq!(submit(&mut ledger, 1, approve()).1, Outcome::Accepted);
        for _ in 0..missed {
            decide_without(&mut ledger, &[dead]);
        }
        let (_, outcome) = submit(&mut ledger, 2, approve());
        let code = match &outcome {
            Outcome::Rejected(rejection) => rejection.code(),
            _ => "",
        };
        assert_eq!(code, expected, "{outcome:?}");
        if !expected.is_empty() {
            // It votes again, and the same ballot counts.
            decide_without(&mut ledger, &[]);
            decide_without(&mut ledger, &[]);
            assert_eq!(submit(&mut ledger, 2, approve()).1, Outcome::Accepted);
        }
    }
}

#[test]
fn a_ledger_grows_from_one_validator_and_shrinks_to_one() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
    let only = keys(ledger.network().validators())[0];
    assert_eq!(
        refusal(&mut ledger, &Action::RemoveValidator(only)),
        "last-validator"
    );
    let mut added = Vec::new();
    for label in ["two", "three", "four", "five"] {
        let new = new_validator(&ledger, 0, label);
        added.push(new.validator.consensus_key);
        let proposal = propose(&Action::AddValidator(new), ledger.expiry());
        let adopted = submit(&mut ledger, 0, proposal);
        assert_eq!(adopted.1, Outcome::Accepted, "{label}");
        for _ in 0..4 {
            decide_without(&mut ledger, &[]);
        }
    }
    assert_eq!(read_validators(&ledger).unwrap().len(), 5);
    for key in added {
        let remove = propose(&Action::RemoveValidator(key), ledger.expiry());
        assert_eq!(submit(&mut ledger, 0, remove).1, Outcome::Accepted);
        decide_without(&mut ledger, &[]);
        decide_without(&mut ledger, &[]);
    }
    assert_eq!(keys(&read_validators(&ledger).unwrap()), [only]);
}

/// Something that governing members may decide.
#[derive(Clone, Debug)]
enum Step {
    Add(usize, u8),
    Remove(usize),
    Replace(usize, usize, u8),
    Roles(usize, bool),
    Leave(usize),
    AddKey(usize, u8),
    /// Empty blocks, in which the validator of this place says nothing.
    Blocks(u8, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4usize, 0..6u8).prop_map(|(member, label)| Step::Add(member, label)),
        3 => (0..6usize).prop_map(Step::Remove),
        2 => (0..6usize, 0..4usize, 0..6u8)
            .prop_map(|(place, member, label)| Step::Replace(place, member, label)),
        2 => (0..4usize, any::<bool>()).prop_map(|(member, governs)| Step::Roles(member, governs)),
        1 => (0..4usize).prop_map(Step::Leave),
        1 => (0..4usize, 0..3u8).prop_map(|(member, label)| Step::AddKey(member, label)),
        4 => (1..12u8, 0..8usize).prop_map(|(count, silent)| Step::Blocks(count, silent)),
    ]
}

/// Whatever is put before the governing members, who say yes to all of it.
fn propose_and_approve(ledger: &mut MemoryLedger, action: &Action) {
    let network = ledger.network().clone();
    let proposal = propose(action, ledger.expiry());
    let governors = read_governors(ledger).unwrap();
    let mut index = None;
    for member in (0..4).filter(|number| governors.contains(&network.member(*number))) {
        let record = match index {
            None => proposal.clone(),
            Some(index) => ballot(index, &proposal, "approve"),
        };
        let submission = network.submission(member, ledger.expiry(), vec![record]);
        let applied = ledger.submit(vec![submission]);
        if index.is_none()
            && let Some(record) = applied.records.first()
        {
            index = Some(record.location.first_index);
        }
    }
}

fn check_invariants(ledger: &MemoryLedger, before: &ValidatorSet) -> ValidatorSet {
    let sets = read_validator_sets(ledger, ledger.tip().height.next()).unwrap();
    assert!(
        !read_governors(ledger).unwrap().is_empty(),
        "somebody governs"
    );
    // What was known of the next height is what came of it.
    assert!(
        sets.tip().digest() == before.digest(),
        "the set of a height was known before it"
    );
    for (older, newer) in [
        (sets.tip(), sets.current()),
        (sets.current(), sets.upcoming()),
    ] {
        let (old, new) = (keys(older), keys(newer));
        let gone = old.iter().filter(|key| !new.contains(key)).count();
        let come = new.iter().filter(|key| !old.contains(key)).count();
        assert!(gone <= 1 && come <= 1, "one validator at a time");
    }
    let next = ledger.tip().height.next();
    let of = |validator: &Validator| ledger.member(&validator.member).unwrap();
    for (height, set) in [(next, sets.current()), (next.next(), sets.upcoming())] {
        for (_, validator) in set.iter() {
            let member = of(validator);
            assert!(member.removed_from.is_none());
            for key in [
                validator.consensus_key,
                validator.network_key,
                validator.log_key,
                validator.cosigner_key,
            ] {
                assert!(
                    member.key(&key).unwrap().is_active_at(height),
                    "{key} at {height}"
                );
            }
        }
    }
    sets.current().as_ref().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_decided_leaves_a_valid_set_and_somebody_who_governs(
        validators in 1..5usize,
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(validators, 4)));
        let network = ledger.network().clone();
        let at = |ledger: &MemoryLedger, place: usize| {
            let all = keys(&read_validators(ledger).unwrap());
            all[place % all.len()]
        };
        let mut expected = read_validators(&ledger).unwrap();
        for step in steps {
            let action = match step {
                Step::Add(member, label) => Action::AddValidator(
                    new_validator(&ledger, member, &format!("node {label}")),
                ),
                Step::Remove(place) => Action::RemoveValidator(at(&ledger, place)),
                Step::Replace(place, member, label) => Action::ReplaceValidator {
                    old: at(&ledger, place),
                    new: new_validator(&ledger, member, &format!("node {label}")),
                },
                Step::Roles(member, governs) => Action::ChangeRoles {
                    member: network.member(member),
                    roles: governs
                        .then(|| crate::types::Role::new(crate::contracts::GOVERNOR_ROLE).unwrap())
                        .into_iter()
                        .collect(),
                },
                Step::Leave(member) => Action::RemoveMember(network.member(member)),
                Step::AddKey(member, label) => {
                    let secret = secret_key(&format!("node {label}/network"));
                    let owner = network.member(member);
                    let change = add_key(&network.ledger(), &owner, &secret, KeyPurpose::Network);
                    let by = network.submission(member, ledger.expiry(), vec![change]);
                    ledger.submit(vec![by]);
                    expected = check_invariants(&ledger, &expected);
                    continue;
                }
                Step::Blocks(count, silent) => {
                    for _ in 0..count {
                        let silent = at(&ledger, silent);
                        decide_without(&mut ledger, &[silent]);
                        expected = check_invariants(&ledger, &expected);
                    }
                    continue;
                }
            };
            // Each approval is a block, after which all holds.
            let before = ledger.tip().height;
            propose_and_approve(&mut ledger, &action);
            let sets = read_validator_sets(&ledger, ledger.tip().height.next()).unwrap();
            prop_assert!(ledger.tip().height > before || before == Height::GENESIS);
            expected = sets.tip().as_ref().clone();
            expected = check_invariants(&ledger, &expected);
        }
    }
}
