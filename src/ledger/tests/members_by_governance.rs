//! Members that come, change their roles and go by decision of the governing members: what follows
//! from it, and every reason to refuse it.

use std::sync::Arc;

use crate::contracts::{GOVERNOR_ROLE, ProposalStatus, is_member, read_governors, read_proposal};
use crate::crypto::SecretKey;
use crate::records::governance::{Action, NewMember};
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, ballot, event_record, propose, proven_key, revoke_key,
    secret_key,
};
use crate::types::{
    Atomicity, Height, KeyPurpose, LogIndex, MemberId, Outcome, ProvenKey, Record, Role,
    Submission, Timestamp,
};

/// Three governing members, each with a validator, and one more member.
pub(super) fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(3, 4)))
}

pub(super) fn submit(
    ledger: &mut MemoryLedger,
    member: usize,
    record: Record,
) -> (LogIndex, Outcome) {
    let network = ledger.network().clone();
    let submission = network.submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let record = &applied.records[0];
    (record.location.first_index, record.outcomes[0].clone())
}

fn expires(ledger: &MemoryLedger) -> Timestamp {
    ledger.expiry()
}

/// Proposes by member 0, and lets members 1 and 2 approve. Gives the outcome of what decided.
pub(super) fn decide(ledger: &mut MemoryLedger, action: &Action) -> Outcome {
    let proposal = propose(action, expires(ledger));
    let (index, outcome) = submit(ledger, 0, proposal.clone());
    if outcome != Outcome::Accepted {
        return outcome;
    }
    let mut last = outcome;
    for member in [1, 2] {
        let status = read_proposal(ledger, index).unwrap().unwrap().status;
        if matches!(status, ProposalStatus::Adopted { .. }) {
            break;
        }
        last = submit(ledger, member, ballot(index, &proposal, "approve")).1;
    }
    last
}

/// The code of a refusal of the proposal itself.
pub(super) fn refusal(ledger: &mut MemoryLedger, action: &Action) -> String {
    let proposal = propose(action, expires(ledger));
    match submit(ledger, 0, proposal).1 {
        Outcome::Rejected(rejection) => rejection.code().to_owned(),
        other => panic!("{action:?}: {other:?}"),
    }
}

pub(super) fn id(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

fn role(text: &str) -> Role {
    Role::new(text).unwrap()
}

fn newcomer(ledger: &MemoryLedger, member: &str, roles: &[&str], labels: &[&str]) -> Action {
    let network = ledger.network();
    let key = |label: &&str| -> ProvenKey {
        proven_key(
            &network.ledger(),
            &id(member),
            &secret_key(label),
            KeyPurpose::Writer,
        )
    };
    Action::AddMember(NewMember {
        id: id(member),
        name: "A newcomer".to_owned(),
        roles: roles.iter().map(|name| role(name)).collect(),
        keys: labels.iter().map(key).collect(),
    })
}

fn event_by(ledger: &MemoryLedger, member: &str, key: &SecretKey, number: u32) -> Submission {
    Submission::sign(
        ledger.network().ledger(),
        id(member),
        key,
        ledger.expiry(),
        Atomicity::Independent,
        vec![event_record(number)],
    )
    .unwrap()
}

#[test]
fn a_new_member_submits_from_the_next_height_on() {
    let mut ledger = ledger();
    let action = newcomer(&ledger, "newcomer", &["producer"], &["new"]);
    assert_eq!(decide(&mut ledger, &action), Outcome::Accepted);
    let member = ledger.member(&id("newcomer")).unwrap();
    assert_eq!(member.name, "A newcomer");
    assert!(member.has_role("producer") && member.removed_from.is_none());
    assert_eq!(member.keys[0].valid_from, ledger.tip().height.next());
    let event = event_by(&ledger, "newcomer", &secret_key("new"), 1);
    assert_eq!(ledger.submit(vec![event]).records.len(), 1);
}

#[test]
fn a_member_that_goes_keeps_its_history_and_comes_back_with_new_keys() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let gone = Action::RemoveMember(network.member(3));
    let proposal = propose(&gone, ledger.expiry());
    let (index, _) = submit(&mut ledger, 0, proposal.clone());
    submit(&mut ledger, 1, ballot(index, &proposal, "approve"));
    // The block that decides is the last in which its keys count.
    let deciding = network.submission(
        2,
        ledger.expiry(),
        vec![ballot(index, &proposal, "approve")],
    );
    let last = network.submission(3, ledger.expiry(), vec![event_record(1)]);
    let applied = ledger.submit(vec![deciding, last]);
    assert_eq!(applied.records.len(), 2);
    let late = network.submission(3, ledger.expiry(), vec![event_record(2)]);
    let applied = ledger.submit(vec![late]);
    assert_eq!(applied.skipped[0].unauthorised, 1);
    let member = ledger.member(&network.member(3)).unwrap();
    assert_eq!(member.removed_from, member.keys[0].valid_until);
    assert!(member.removed_from.is_some() && member.roles.is_empty());
    assert_eq!(refusal(&mut ledger, &gone), "member-removed");
    let roles = Action::ChangeRoles {
        member: network.member(3),
        roles: vec![role("producer")],
    };
    assert_eq!(refusal(&mut ledger, &roles), "member-removed");
    // Its old key stays ended for ever.
    let name = network.member(3).to_string();
    let old = Action::AddMember(NewMember {
        id: network.member(3),
        name: "Again".to_owned(),
        roles: Vec::new(),
        keys: vec![proven_key(
            &network.ledger(),
            &network.member(3),
            &network.writer(3),
            KeyPurpose::Writer,
        )],
    });
    assert_eq!(refusal(&mut ledger, &old), "key-taken");
    let again = newcomer(&ledger, &name, &[], &["fresh"]);
    assert_eq!(decide(&mut ledger, &again), Outcome::Accepted);
    let member = ledger.member(&network.member(3)).unwrap();
    assert_eq!((member.keys.len(), member.removed_from), (2, None));
    let event = event_by(&ledger, &name, &secret_key("fresh"), 3);
    assert_eq!(ledger.submit(vec![event]).records.len(), 1);
}

/// The keys of who is removed count to the end of the block that removes it. None of them may put another
/// one behind that.
#[test]
fn who_is_removed_adds_no_key_in_the_block_that_removes_it() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let gone = network.member(3);
    let proposal = propose(&Action::RemoveMember(gone.clone()), ledger.expiry());
    let (index, _) = submit(&mut ledger, 0, proposal.clone());
    submit(&mut ledger, 1, ballot(index, &proposal, "approve"));
    let deciding = ballot(index, &proposal, "approve");
    let deciding = network.submission(2, ledger.expiry(), vec![deciding]);
    let secret = secret_key("behind the ballot");
    let add = |purpose, label| add_key(&network.ledger(), &gone, &secret_key(label), purpose);
    let changes = vec![
        add(KeyPurpose::Writer, "behind the ballot"),
        add(KeyPurpose::Network, "a follower behind the ballot"),
        revoke_key(&gone, &network.writer(3).public_key()),
    ];
    let own = network.submission(3, ledger.expiry(), changes);
    let applied = ledger.submit(vec![deciding, own]);
    for outcome in &applied.records[1].outcomes {
        assert!(
            matches!(outcome, Outcome::Rejected(rejection) if rejection.code() == "member-removed"),
            "{outcome:?}"
        );
    }
    let event = event_by(&ledger, gone.as_str(), &secret, 1);
    assert_eq!(ledger.submit(vec![event]).skipped[0].unauthorised, 1);
    assert!(!is_member(&ledger, &gone).unwrap());
}

#[test]
fn roles_decide_who_governs_and_somebody_always_does() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let roles = |member: usize, roles: &[&str]| Action::ChangeRoles {
        member: network.member(member),
        roles: roles.iter().map(|name| role(name)).collect(),
    };
    let governs = roles(3, &[GOVERNOR_ROLE, "producer"]);
    assert_eq!(decide(&mut ledger, &governs), Outcome::Accepted);
    assert_eq!(read_governors(&ledger).unwrap().len(), 4);
    assert_eq!(refusal(&mut ledger, &governs), "roles-unchanged");
    for member in [3, 2, 1] {
        assert_eq!(decide(&mut ledger, &roles(member, &[])), Outcome::Accepted);
    }
    assert_eq!(read_governors(&ledger).unwrap(), [network.member(0)]);
    assert_eq!(refusal(&mut ledger, &roles(0, &[])), "last-governor");
    assert_eq!(
        refusal(&mut ledger, &roles(0, &[GOVERNOR_ROLE, GOVERNOR_ROLE])),
        "role-repeated"
    );
}

#[test]
fn every_reason_to_refuse_a_change_of_members() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let first = network.member(0).to_string();
    let by = |purpose| {
        proven_key(
            &network.ledger(),
            &id("newcomer"),
            &secret_key("new"),
            purpose,
        )
    };
    let with_keys = |keys: Vec<ProvenKey>| {
        Action::AddMember(NewMember {
            id: id("newcomer"),
            name: "A newcomer".to_owned(),
            roles: Vec::new(),
            keys,
        })
    };
    let mut unproven = by(KeyPurpose::Writer);
    unproven.purpose = KeyPurpose::Gateway;
    let cases = [
        (newcomer(&ledger, &first, &[], &["new"]), "member-exists"),
        (
            newcomer(&ledger, "newcomer", &["a", "b", "a"], &["new"]),
            "role-repeated",
        ),
        (
            newcomer(&ledger, "newcomer", &[], &["new", "new"]),
            "key-taken",
        ),
        (
            newcomer(&ledger, "newcomer", &[], &["member-1/writer"]),
            "key-taken",
        ),
        (
            newcomer(&ledger, "newcomer", &[], &["member-1/consensus"]),
            "key-taken",
        ),
        (with_keys(vec![by(KeyPurpose::Gateway)]), "no-writer-key"),
        (
            with_keys(vec![by(KeyPurpose::Writer), unproven]),
            "invalid-record",
        ),
        (Action::RemoveMember(id("nobody")), "unknown-member"),
        (
            Action::ChangeRoles {
                member: id("nobody"),
                roles: Vec::new(),
            },
            "unknown-member",
        ),
        (Action::RemoveMember(network.member(1)), "member-validates"),
    ];
    for (action, code) in cases {
        assert_eq!(refusal(&mut ledger, &action), code, "{action:?}");
    }
}

/// What was possible when it was proposed may not be when it is decided: the ballot is rejected then,
/// and the proposal stays open.
#[test]
fn a_decision_that_cannot_be_carried_out_is_not_made() {
    let mut ledger = ledger();
    let action = newcomer(&ledger, "newcomer", &[], &["new"]);
    let proposal = propose(&action, ledger.expiry());
    let (index, _) = submit(&mut ledger, 0, proposal.clone());
    submit(&mut ledger, 1, ballot(index, &proposal, "approve"));
    let other = newcomer(&ledger, "newcomer", &[], &["other"]);
    assert_eq!(decide(&mut ledger, &other), Outcome::Accepted);
    let (_, outcome) = submit(&mut ledger, 2, ballot(index, &proposal, "approve"));
    assert!(
        matches!(&outcome, Outcome::Rejected(rejection) if rejection.code() == "member-exists"),
        "{outcome:?}"
    );
    let status = read_proposal(&ledger, index).unwrap().unwrap().status;
    assert_eq!(status, ProposalStatus::Open);
    assert!(ledger.tip().height > Height(4));
}
