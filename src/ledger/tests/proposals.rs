//! What is proposed to the governing members, as it was at every height.

use std::sync::Arc;

use proptest::prelude::*;

use crate::contracts::read_proposal;
use crate::ledger::questions::{
    MAX_EXAMINED_PROPOSALS, ProposalsAnswer, QuestionError, ask_proposal, ask_proposals,
};
use crate::records::governance::Action;
use crate::testing::{MemoryLedger, TestNetwork, ballot, propose, record};
use crate::types::{Height, LogIndex, Outcome, Record, Role, Timestamp};

/// Something that a member does, in a block of its own.
#[derive(Clone, Debug)]
enum Step {
    /// It proposes that another member governs, or does not, until so many blocks have passed.
    Propose {
        by: usize,
        of: usize,
        governs: bool,
        blocks: i64,
    },
    /// It says something to one of the last proposals, and may think better of it in the same block.
    Vote {
        by: usize,
        of: usize,
        decisions: Vec<&'static str>,
    },
    /// A block without a record.
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let decision = prop_oneof![
        4 => Just("approve"), 2 => Just("reject"), 1 => Just("withdraw"),
    ];
    prop_oneof![
        4 => (0..5_usize, 0..5_usize, any::<bool>(), 2..20_i64)
            .prop_map(|(by, of, governs, blocks)| Step::Propose { by, of, governs, blocks }),
        8 => (0..5_usize, 0..3_usize, prop::collection::vec(decision, 1..4))
            .prop_map(|(by, of, decisions)| Step::Vote { by, of, decisions }),
        1 => Just(Step::Wait),
    ]
}

fn commit(ledger: &mut MemoryLedger, member: usize, records: Vec<Record>) -> (LogIndex, Outcome) {
    let network = ledger.network();
    let submission = network.submission(member, ledger.expiry(), records);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

/// All that is told at a height, or of the last one, in pages of so many.
fn told(
    ledger: &MemoryLedger,
    at: Option<Height>,
    proposals: &[(LogIndex, Record)],
    count: usize,
) -> (ProposalsAnswer, Vec<Option<ProposalsAnswer>>) {
    let mut whole = ask_proposals(ledger, at, None, count).unwrap();
    while let Some(next) = whole.next {
        assert_eq!(whole.proposals.len() % count, 0);
        let page = ask_proposals(ledger, at, Some(next), count).unwrap();
        whole.proposals.extend(page.proposals);
        whole.next = page.next;
    }
    let each = proposals
        .iter()
        .map(|(index, _)| ask_proposal(ledger, *index, at).unwrap());
    (whole, each.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What is open, who is for it, what became of it and who governed: at every height it is what was told when that
    /// height was the last one, whatever has come since.
    #[test]
    fn proposals_are_told_as_they_were(
        steps in prop::collection::vec(step(), 1..30),
        count in 1..4_usize,
    ) {
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 5)));
        let mut proposals: Vec<(LogIndex, Record)> = Vec::new();
        let mut history = vec![(Height::GENESIS, told(&ledger, None, &[], 1_000).0, Vec::new())];
        for step in steps {
            match step {
                Step::Propose { by, of, governs, blocks } => {
                    let member = ledger.network().member(of);
                    let roles = if governs { vec!["governor"] } else { Vec::new() };
                    let roles = roles.into_iter().map(|role| Role::new(role).unwrap()).collect();
                    let action = Action::ChangeRoles { member, roles };
                    let expires = ledger.next_time().as_ms() + blocks * 1_000;
                    let record = propose(&action, Timestamp::from_ms(expires));
                    let (index, outcome) = commit(&mut ledger, by, vec![record.clone()]);
                    if outcome == Outcome::Accepted {
                        proposals.push((index, record));
                    }
                }
                Step::Vote { by, of, decisions } => {
                    let Some((index, text)) = proposals.iter().rev().nth(of).cloned() else {
                        continue;
                    };
                    let ballots = decisions.iter().map(|decision| ballot(index, &text, decision));
                    commit(&mut ledger, by, ballots.collect());
                }
                Step::Wait => {
                    ledger.order(&[], Vec::new());
                }
            }
            let (whole, each) = told(&ledger, None, &proposals, 1_000);
            // The state says the same of the last height.
            for ((index, _), answer) in proposals.iter().zip(&each) {
                let state = read_proposal(&ledger, *index).unwrap().unwrap();
                prop_assert_eq!(&answer.as_ref().unwrap().proposals[0].state, &state);
            }
            history.push((ledger.tip().height, whole, each));
        }
        for (height, whole, each) in history {
            let (at_height, each_then) = told(&ledger, Some(height), &proposals, count);
            prop_assert_eq!(at_height, whole, "at {}", height);
            let (known, unknown) = each_then.split_at(each.len());
            prop_assert_eq!(known, each.as_slice(), "at {}", height);
            prop_assert!(unknown.iter().all(Option::is_none), "at {}", height);
        }
    }
}

#[test]
fn heights_ahead_and_other_entries_are_refused() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 5)));
    let (index, _) = commit(&mut ledger, 0, vec![record("epcis.event", 1, "{}")]);
    assert_eq!(ask_proposal(&ledger, index, None).unwrap(), None);
    let ahead = Some(Height(2));
    let (asked, tip) = (Height(2), Height(1));
    let refused = QuestionError::BeyondTip { asked, tip };
    assert_eq!(ask_proposals(&ledger, ahead, None, 1), Err(refused.clone()));
    assert_eq!(ask_proposal(&ledger, index, ahead), Err(refused));
}

/// A page of an earlier height ends after so many proposals, whether they could be decided or not, and says where to go
/// on.
#[test]
fn a_page_of_an_earlier_height_ends_when_it_has_gone_through_enough() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 5)));
    let roles_of = ledger.network().member(3);
    let proposal = |ledger: &MemoryLedger, number: i64| {
        let action = Action::ChangeRoles {
            member: roles_of.clone(),
            roles: Vec::new(),
        };
        let expires = ledger.next_time().as_ms() + 1_000_000 + number;
        propose(&action, Timestamp::from_ms(expires))
    };
    let mut made = 0;
    while made <= MAX_EXAMINED_PROPOSALS {
        let mut records = Vec::new();
        for number in 0..50 {
            let proposed = proposal(&ledger, number);
            let index = LogIndex(ledger.log_size() + 2 * u64::try_from(number).unwrap());
            let withdrawn = ballot(index, &proposed, "withdraw");
            records.extend([proposed, withdrawn]);
            made += 1;
        }
        let network = ledger.network();
        let submission = network.submission(0, ledger.expiry(), records);
        let applied = ledger.submit(vec![submission]);
        let outcomes = &applied.records[0].outcomes;
        assert!(
            outcomes.iter().all(|one| *one == Outcome::Accepted),
            "{outcomes:?}"
        );
    }
    let open = proposal(&ledger, 0);
    let (index, _) = commit(&mut ledger, 1, vec![open.clone()]);
    let height = ledger.tip().height;
    commit(&mut ledger, 1, vec![ballot(index, &open, "withdraw")]);

    let now = ask_proposals(&ledger, None, None, 10).unwrap();
    assert_eq!((now.proposals.len(), now.next), (0, None));
    let first = ask_proposals(&ledger, Some(height), None, 10).unwrap();
    assert_eq!(first.proposals, []);
    let after = first.next.expect("there are more to go through");
    let second = ask_proposals(&ledger, Some(height), Some(after), 10).unwrap();
    let found: Vec<LogIndex> = second.proposals.iter().map(|one| one.index).collect();
    assert_eq!((found, second.next), (vec![index], None));
}
