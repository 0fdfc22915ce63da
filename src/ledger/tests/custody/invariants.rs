//! Custody under any sequence of records, held against a plain model.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::{answer, claim, commit, entry, ledger, propose};
use crate::contracts::{read_custody, read_open_custody};
use crate::ledger::questions::{EventScope, Events, ask_open_custody};
use crate::testing::MemoryLedger;
use crate::types::{EntryContent, Height, LogIndex, Outcome, Record, Timestamp};

const THINGS: [&str; 3] = ["urn:x:a", "urn:x:b", "urn:x:c"];

#[derive(Clone, Debug)]
enum Move {
    Claim {
        member: usize,
        things: Vec<usize>,
    },
    Propose {
        member: usize,
        things: Vec<usize>,
        to: usize,
        blocks: i64,
    },
    Answer {
        member: usize,
        kind: &'static str,
        of: usize,
    },
    Wait,
}

fn some_things() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::subsequence(vec![0, 1, 2], 1..=3)
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        2 => (0..3usize, some_things()).prop_map(|(member, things)| Move::Claim { member, things }),
        4 => (0..3usize, some_things(), 0..3usize, 1..8i64)
            .prop_map(|(member, things, to, blocks)| Move::Propose { member, things, to, blocks }),
        6 => (0..3usize, prop::sample::select(vec!["acceptance", "rejection", "withdrawal"]), 0..3usize)
            .prop_map(|(member, kind, of)| Move::Answer { member, kind, of }),
        1 => Just(Move::Wait),
    ]
}

/// A proposal as a plain model has it.
#[derive(Clone, Debug)]
struct Proposed {
    index: LogIndex,
    record: Record,
    from: usize,
    to: usize,
    things: Vec<usize>,
    expires: Timestamp,
    is_open: bool,
}

/// Who holds what, by the log alone: its entries are read again from the first.
fn replay(ledger: &MemoryLedger) -> BTreeMap<String, String> {
    let mut holders = BTreeMap::new();
    let mut proposals: BTreeMap<u64, Value> = BTreeMap::new();
    for index in 0..ledger.log_size() {
        let EntryContent::Submitted(submitted) = entry(ledger, index).content else {
            continue;
        };
        if !submitted.outcome.took_effect() {
            continue;
        }
        let body: Value = serde_json::from_slice(&submitted.record.body).unwrap();
        let things = |body: &Value| -> Vec<String> {
            let things = body["things"].as_array().unwrap().iter();
            things
                .map(|thing| thing.as_str().unwrap().to_owned())
                .collect()
        };
        match submitted.record.kind.as_str() {
            "custody.claim" => {
                for thing in things(&body) {
                    let before = holders.insert(thing, submitted.member.to_string());
                    assert_eq!(before, None);
                }
            }
            "custody.proposal" => {
                proposals.insert(index, body);
            }
            "custody.acceptance" => {
                let proposal = &proposals[&body["proposal"].as_u64().unwrap()];
                assert_eq!(proposal["to"], submitted.member.as_str());
                for thing in things(proposal) {
                    holders.insert(thing, submitted.member.to_string());
                }
            }
            _ => {}
        }
    }
    holders
}

/// The open proposals of each member, by the model.
fn open_by_member(ledger: &MemoryLedger, proposals: &[Proposed]) -> Vec<Vec<LogIndex>> {
    let is_open = |p: &&Proposed| p.is_open && p.expires > ledger.tip().time;
    let of = |member: usize| {
        let own = proposals.iter().filter(is_open);
        own.filter(|p| p.from == member || p.to == member)
            .map(|p| p.index)
            .collect()
    };
    (0..6).map(of).collect()
}

/// The open proposals of each member at a height, in pages of two.
fn listed_by_member(ledger: &MemoryLedger, height: Height) -> Vec<Vec<LogIndex>> {
    let of = |member| {
        let member = ledger.network().member(member);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = ask_open_custody(ledger, &member, Some(height), after, 2).unwrap();
            assert_eq!(page.height, height);
            for (_, open) in &page.proposals {
                assert!(open.from == member || open.to == member);
            }
            all.extend(page.proposals.iter().map(|(index, _)| *index));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    };
    (0..6).map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Under any sequence of records a claimed thing has one holder; only a proposal that is accepted in
    /// time moves it; and the log read again from its start says the same as the state. At every height the members
    /// have had the open proposals that the model had.
    #[test]
    fn a_thing_has_one_holder_whatever_is_submitted(moves in prop::collection::vec(a_move(), 1..40)) {
        let mut ledger = ledger();
        let mut twin = ledger.clone();
        let mut holders: [Option<usize>; 3] = [None; 3];
        let mut proposals: Vec<Proposed> = Vec::new();
        let mut history = Vec::new();
        for step in moves {
            history.push((ledger.tip().height, open_by_member(&ledger, &proposals)));
            // No block is made of an answer to nothing: no time passes.
            if matches!(&step, Move::Answer { of, .. } if *of >= proposals.len()) {
                continue;
            }
            let time = ledger.next_time();
            for proposal in &mut proposals {
                proposal.is_open &= proposal.expires > time;
            }
            let names = |things: &[usize]| things.iter().map(|place| THINGS[*place]).collect::<Vec<_>>();
            let (member, record, fits) = match &step {
                Move::Wait => {
                    ledger.order(&[], Vec::new());
                    twin.order(&[], Vec::new());
                    continue;
                }
                Move::Claim { member, things } => {
                    let fits = things.iter().all(|thing| holders[*thing].is_none());
                    (*member, claim(&names(things)), fits)
                }
                Move::Propose { member, things, to, blocks } => {
                    let record = propose(&ledger, &names(things), *to, *blocks);
                    let is_free = |thing: &usize| {
                        holders[*thing] == Some(*member)
                            && !proposals.iter().any(|p| p.is_open && p.things.contains(thing))
                    };
                    // One block ahead is the very time of the block.
                    let fits = to != member && *blocks > 1 && things.iter().all(is_free);
                    (*member, record, fits)
                }
                Move::Answer { member, kind, of } => {
                    let Some(proposal) = proposals.iter().rev().nth(*of) else {
                        continue;
                    };
                    let who = if *kind == "withdrawal" { proposal.from } else { proposal.to };
                    let reason = (*kind == "rejection").then_some("no");
                    let record = answer(kind, proposal.index, &proposal.record, reason);
                    (*member, record, proposal.is_open && who == *member)
                }
            };
            let (index, outcome) = commit(&mut ledger, member, record.clone());
            let (_, again) = commit(&mut twin, member, record.clone());
            prop_assert_eq!(&outcome, &again);
            prop_assert_eq!(outcome == Outcome::Accepted, fits, "{:?}: {:?}", step, outcome);
            if fits {
                match step {
                    Move::Claim { member, things } => {
                        for thing in things {
                            holders[thing] = Some(member);
                        }
                    }
                    Move::Propose { member, things, to, blocks } => proposals.push(Proposed {
                        index,
                        record,
                        from: member,
                        to,
                        things,
                        expires: Timestamp::from_ms(time.as_ms() + (blocks - 1) * 1_000),
                        is_open: true,
                    }),
                    Move::Answer { kind, of, .. } => {
                        let count = proposals.len();
                        let proposal = &mut proposals[count - 1 - of];
                        proposal.is_open = false;
                        if kind == "acceptance" {
                            for thing in &proposal.things {
                                holders[*thing] = Some(proposal.to);
                            }
                        }
                    }
                    Move::Wait => {}
                }
            }
        }
        // Both ledgers have the same state and log.
        prop_assert_eq!(ledger.tip(), twin.tip());
        let by_log = replay(&ledger);
        for (place, thing) in THINGS.iter().enumerate() {
            let expected = holders[place].map(|member| ledger.network().member(member).to_string());
            let custody = read_custody(&ledger, thing).unwrap();
            prop_assert_eq!(custody.map(|custody| custody.holder.to_string()), expected.clone());
            prop_assert_eq!(by_log.get(*thing).cloned(), expected.clone());
            let events = Events::open(&ledger, EventScope::default()).unwrap();
            let chain = events.chain_of_custody(thing, 0, 1_000).unwrap();
            let last = chain.and_then(|chain| chain.links.last().map(|link| link.holder.to_string()));
            prop_assert_eq!(last, expected);
        }
        history.push((ledger.tip().height, open_by_member(&ledger, &proposals)));
        for (height, expected) in history {
            prop_assert_eq!(listed_by_member(&ledger, height), expected, "at {}", height);
        }
        // What is open in the model is open in the state, and nothing else is.
        for proposal in &proposals {
            let is_open = read_open_custody(&ledger, proposal.index).unwrap().is_some();
            prop_assert_eq!(is_open, proposal.is_open && proposal.expires > ledger.tip().time);
        }
    }
}
