//! Members that come, change their roles and go by decision of the governing members: what follows
//! from it, and every reason to refuse it.

use std::sync::Arc;

use super::admission::judge;
use crate::contracts::{
    GOVERNOR_ROLE, ProposalStatus, check_member, read_governors, read_proposal,
};
use crate::crypto::SecretKey;
use crate::ledger::questions::{ask_member, ask_members};
use crate::records::governance::{Action, NewMember};
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, ballot, event_record, propose, proven_key, revoke_key,
    secret_key,
};
use crate::types::{
    Atomicity, Height, KeyPurpose, LogIndex, MemberId, Outcome, ProvenKey, Record, Refusal, Role,
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

/// What is told of an adoption is when it acts: roles in the very block, keys from the next height on.
#[test]
fn an_adoption_tells_the_height_at_which_it_acts() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let adopted_from = |ledger: &MemoryLedger, index: LogIndex| match read_proposal(ledger, index)
        .unwrap()
        .unwrap()
        .status
    {
        ProposalStatus::Adopted { from, .. } => from,
        other => panic!("{other:?}"),
    };
    // In one block: the ballot that makes member 3 govern, and a proposal of member 3 behind it.
    let roles = propose(
        &Action::ChangeRoles {
            member: network.member(3),
            roles: vec![role(GOVERNOR_ROLE)],
        },
        expires(&ledger),
    );
    let (index, _) = submit(&mut ledger, 0, roles.clone());
    submit(&mut ledger, 1, ballot(index, &roles, "approve"));
    let deciding = network.submission(2, ledger.expiry(), vec![ballot(index, &roles, "approve")]);
    let newcomer = newcomer(&ledger, "newcomer", &["producer"], &["new"]);
    let added = propose(&newcomer, expires(&ledger));
    let first = network.submission(3, ledger.expiry(), vec![added.clone()]);
    let applied = ledger.submit(vec![deciding, first]);
    assert_eq!(applied.records[1].outcomes, [Outcome::Accepted]);
    assert_eq!(adopted_from(&ledger, index), ledger.tip().height);
    // The keys of a member count from the height that is told.
    let index = applied.records[1].location.first_index;
    for voter in [0, 1] {
        submit(&mut ledger, voter, ballot(index, &added, "approve"));
    }
    let from = adopted_from(&ledger, index);
    assert_eq!(from, ledger.tip().height.next());
    let member = ledger.member(&id("newcomer")).unwrap();
    assert_eq!(member.keys[0].valid_from, from);
    // Of four governing members three decide.
    let removal = propose(&Action::RemoveMember(network.member(3)), expires(&ledger));
    let (index, _) = submit(&mut ledger, 0, removal.clone());
    for voter in [1, 2] {
        submit(&mut ledger, voter, ballot(index, &removal, "approve"));
    }
    let from = adopted_from(&ledger, index);
    let gone = ledger.member(&network.member(3)).unwrap();
    assert_eq!(gone.removed_from, Some(from));
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
    // What it sends is told so, whatever key it is signed with: no other key of it would help.
    let from = member.removed_from.unwrap();
    for secret in [network.writer(3), network.writer(0)] {
        let records = vec![event_record(3)];
        let late =
            network.submission_with(3, &secret, ledger.expiry(), Atomicity::Independent, records);
        let refused = judge(&ledger, &late).unwrap_err();
        let way_out = refused.way_out();
        assert_eq!(
            refused,
            Refusal::MemberRemoved {
                member: network.member(3),
                from
            }
        );
        assert!(way_out.contains("waybill member propose-add"), "{way_out}");
        assert!(!way_out.contains("add-key"), "{way_out}");
    }
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
    assert!(check_member(&ledger, &gone).unwrap().is_err());
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

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "",
        Outcome::Rejected(rejection) => rejection.code(),
        other => panic!("{other:?}"),
    }
}

/// Roles change with the entry that decides, also for the records behind it in the same submission.
#[test]
fn who_loses_its_roles_has_them_no_more_in_the_next_record() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let action = Action::ChangeRoles {
        member: network.member(2),
        roles: vec![role("producer")],
    };
    let proposal = propose(&action, expires(&ledger));
    let (index, _) = submit(&mut ledger, 0, proposal.clone());
    submit(&mut ledger, 1, ballot(index, &proposal, "approve"));
    let records = vec![
        ballot(index, &proposal, "approve"),
        propose(&Action::RemoveMember(network.member(3)), expires(&ledger)),
    ];
    let all = network.atomic_submission(2, ledger.expiry(), records.clone());
    let refusal = super::admission::judge(&ledger, &all).unwrap_err();
    assert_eq!(
        (refusal.record(), refusal.code()),
        (Some(1), "would-be-rejected")
    );
    let submission = network.submission(2, ledger.expiry(), records);
    super::admission::judge(&ledger, &submission).unwrap();
    let applied = ledger.submit(vec![submission]);
    let codes: Vec<&str> = applied.records[0].outcomes.iter().map(code).collect();
    assert_eq!(codes, ["", "not-governing"]);
}

/// Four govern, two approve, and the two others go: those who are left have all approved, and nobody else could
/// say so.
#[test]
fn approvals_count_anew_when_others_govern() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 5)));
    let network = ledger.network().clone();
    let roles = |member: usize| Action::ChangeRoles {
        member: network.member(member),
        roles: vec![role("producer")],
    };
    let proposal = propose(&roles(4), expires(&ledger));
    let (index, _) = submit(&mut ledger, 0, proposal.clone());
    let approve = || ballot(index, &proposal, "approve");
    submit(&mut ledger, 1, approve());
    for (member, voters) in [(2, [1, 2]), (3, [1, 3])] {
        let change = propose(&roles(member), expires(&ledger));
        let (change_index, _) = submit(&mut ledger, 0, change.clone());
        for voter in voters {
            let (_, outcome) = submit(&mut ledger, voter, ballot(change_index, &change, "approve"));
            assert_eq!(outcome, Outcome::Accepted);
        }
        let (_, outcome) = submit(&mut ledger, member, approve());
        assert_eq!(code(&outcome), "not-governing");
        if member == 2 {
            let (_, outcome) = submit(&mut ledger, 0, approve());
            assert_eq!(code(&outcome), "ballot-repeated");
        }
    }
    let (last, outcome) = submit(&mut ledger, 0, approve());
    assert_eq!(outcome, Outcome::Accepted);
    let state = read_proposal(&ledger, index).unwrap().unwrap();
    assert!(matches!(state.status, ProposalStatus::Adopted { by, .. } if by == last));
    assert_eq!(state.approvals.len(), 2);
    assert!(
        ledger
            .member(&network.member(4))
            .unwrap()
            .has_role("producer")
    );
}

/// Eight members may fill the list that all share. Every other one can still propose.
#[test]
fn nobody_is_kept_from_proposing_by_others() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(10, 10)));
    let network = ledger.network().clone();
    let propose_many = |ledger: &mut MemoryLedger, member: usize, count: usize| -> Vec<String> {
        let records = (0..count).map(|number| {
            let action = Action::ChangeRoles {
                member: network.member(0),
                roles: vec![role(&format!("role-{number}"))],
            };
            propose(&action, expires(ledger))
        });
        let submission = network.submission(member, ledger.expiry(), records.collect());
        let applied = ledger.submit(vec![submission]);
        let outcomes = applied.records[0].outcomes.iter();
        outcomes.map(|outcome| code(outcome).to_owned()).collect()
    };
    for member in 0..8 {
        let codes = propose_many(&mut ledger, member, 9);
        assert_eq!(codes.iter().filter(|code| code.is_empty()).count(), 8);
        assert_eq!(codes[8], "too-many-proposals");
    }
    for member in [8, 9] {
        let codes = propose_many(&mut ledger, member, 2);
        assert_eq!(codes, ["", "too-many-proposals"]);
    }
}

#[test]
fn a_member_is_told_as_it_was_at_any_height() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let start = ledger.tip().height;
    let action = newcomer(&ledger, "newcomer", &["producer"], &["new"]);
    decide(&mut ledger, &action);
    let came = ledger.tip().height;
    let key = secret_key("second");
    let add = add_key(&network.ledger(), &id("newcomer"), &key, KeyPurpose::Writer);
    let add = Submission::sign(
        network.ledger(),
        id("newcomer"),
        &secret_key("new"),
        ledger.expiry(),
        Atomicity::Independent,
        vec![add],
    );
    let applied = ledger.submit(vec![add.unwrap()]);
    let (added, by) = (ledger.tip().height, applied.records[0].location.first_index);
    decide(&mut ledger, &Action::RemoveMember(id("newcomer")));
    let gone = ledger.tip().height;
    let ask = |height: Option<Height>| ask_member(&ledger, &id("newcomer"), height).unwrap();
    assert_eq!(ask(Some(start)), (start, None));
    for (height, keys, is_gone) in [(came, 1, false), (added, 2, false), (gone, 2, true)] {
        let (answered, revision) = ask(Some(height));
        let revision = revision.unwrap();
        assert_eq!(answered, height);
        assert_eq!(revision.member.keys.len(), keys);
        assert_eq!(revision.member.has_role("producer"), !is_gone);
        let ends = revision
            .member
            .keys
            .iter()
            .filter(|key| key.valid_until.is_some());
        assert_eq!(ends.count(), if is_gone { 2 } else { 0 });
        if height == added {
            assert_eq!(revision.entry, Some(by));
        }
    }
    assert_eq!(ask(None), ask(Some(gone)));
    assert_eq!(
        ask(None).1.unwrap().member,
        ledger.member(&id("newcomer")).unwrap()
    );
    let page = ask_members(&ledger, None, Some(start), 100).unwrap();
    assert_eq!(
        (page.height, page.members.len(), page.next),
        (start, 4, None)
    );
    assert!(page.members.iter().all(|revision| revision.entry.is_none()));
    let page = ask_members(&ledger, None, None, 2).unwrap();
    assert_eq!(
        (page.members.len(), page.next.as_ref()),
        (2, Some(&page.members[1].member.id))
    );
    let rest = ask_members(&ledger, page.next.as_ref(), None, 100).unwrap();
    assert_eq!((rest.members.len(), rest.next), (3, None));
}
