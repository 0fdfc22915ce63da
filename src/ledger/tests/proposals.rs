//! What is proposed to the governing members, as it was at every height.

use std::sync::Arc;

use proptest::prelude::*;

use crate::contracts::read_proposal;
use crate::ledger::questions::{ProposalsAnswer, QuestionError, ask_proposal, ask_proposals};
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
    /// It says something to one of the last proposals.
    Vote {
        by: usize,
        of: usize,
        decision: &'static str,
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
        8 => (0..5_usize, 0..3_usize, decision)
            .prop_map(|(by, of, decision)| Step::Vote { by, of, decision }),
        1 => Just(Step::Wait),
    ]
}

fn commit(ledger: &mut MemoryLedger, member: usize, record: Record) -> (LogIndex, Outcome) {
    let network = ledger.network();
    let submission = network.submission(member, ledger.expiry(), vec![record]);
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
        ledger.order(&[], Vec::new());
        let mut history = vec![(Height(1), told(&ledger, None, &[], 1_000).0, Vec::new())];
        for step in steps {
            match step {
                Step::Propose { by, of, governs, blocks } => {
                    let member = ledger.network().member(of);
                    let roles = if governs { vec!["governor"] } else { Vec::new() };
                    let roles = roles.into_iter().map(|role| Role::new(role).unwrap()).collect();
                    let action = Action::ChangeRoles { member, roles };
                    let expires = ledger.next_time().as_ms() + blocks * 1_000;
                    let record = propose(&action, Timestamp::from_ms(expires));
                    let (index, outcome) = commit(&mut ledger, by, record.clone());
                    if outcome == Outcome::Accepted {
                        proposals.push((index, record));
                    }
                }
                Step::Vote { by, of, decision } => {
                    let Some((index, text)) = proposals.iter().rev().nth(of).cloned() else {
                        continue;
                    };
                    commit(&mut ledger, by, ballot(index, &text, decision));
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
    let (index, _) = commit(&mut ledger, 0, record("epcis.event", 1, "{}"));
    assert_eq!(ask_proposal(&ledger, index, None).unwrap(), None);
    let ahead = Some(Height(2));
    let (asked, tip) = (Height(2), Height(1));
    let refused = QuestionError::BeyondTip { asked, tip };
    assert_eq!(ask_proposals(&ledger, ahead, None, 1), Err(refused.clone()));
    assert_eq!(ask_proposal(&ledger, index, ahead), Err(refused));
}
