//! Events tell of custody and move nothing: whatever anybody captures, of whatever time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::declarations::declare_wrong;
use super::{answer, claim, commit, ledger, now, propose};
use crate::contracts::read_custody;
use crate::ledger::tests::histories::pack;
use crate::records::epcis::canonical_identifier;
use crate::testing::{MemoryLedger, record};
use crate::types::Outcome;

const THINGS: [&str; 5] = [
    "urn:x:piece",
    "urn:x:box",
    "urn:x:crate",
    "urn:x:pallet",
    "urn:x:truck",
];
const MEMBERS: usize = 4;

#[derive(Clone, Debug)]
enum Move {
    /// A member tells at a minute that a thing goes into another or out of it.
    Tell {
        member: usize,
        minute: u32,
        action: &'static str,
        /// None if everything leaves.
        child: Option<usize>,
        parent: usize,
    },
    /// The holder by its own name hands a thing over.
    HandOver { thing: usize, to: usize },
    /// A member claims a thing.
    Claim { thing: usize, member: usize },
    /// The member that told of something, among all that was told, declares it wrong.
    Declare { of: usize },
}

fn a_move() -> impl Strategy<Value = Move> {
    let action = prop::sample::select(vec!["ADD", "ADD", "OBSERVE", "DELETE"]);
    let told = (action, prop::option::weighted(0.9, 0..5usize));
    let told = told.prop_map(|(action, child)| (child.map_or("DELETE", |_| action), child));
    let tell = (0..MEMBERS, 1..12u32, told, 0..5usize);
    prop_oneof![
        5 => tell.prop_map(|(member, minute, (action, child), parent)| Move::Tell {
            member, minute, action, child, parent,
        }),
        3 => (0..5usize, 0..MEMBERS).prop_map(|(thing, to)| Move::HandOver { thing, to }),
        1 => (0..5usize, 0..MEMBERS).prop_map(|(thing, member)| Move::Claim { thing, member }),
        3 => (0..30usize).prop_map(|of| Move::Declare { of }),
    ]
}

/// Who holds each thing that was ever claimed.
fn holders(ledger: &MemoryLedger) -> BTreeMap<usize, String> {
    let claimed = (0..THINGS.len()).filter(|thing| own(ledger, *thing).is_some());
    claimed
        .map(|thing| (thing, now(ledger, THINGS[thing])))
        .collect()
}

/// The member that holds a thing by its own name.
fn own(ledger: &MemoryLedger, thing: usize) -> Option<usize> {
    let custody = read_custody(ledger, &canonical_identifier(THINGS[thing])).unwrap()?;
    (0..MEMBERS).find(|number| ledger.network().member(*number) == custody.holder)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What was claimed is held by the same member after any event, by whoever it was captured and of whatever time it
    /// tells, after any declaration that one was wrong, and after any claim of something else. A thing that is handed over has its new holder, and so may what is
    /// in it; nobody else gets anything.
    #[test]
    fn only_an_acceptance_moves_what_is_held(
        claimers in prop::collection::vec(prop::option::of(0..MEMBERS), 5),
        moves in prop::collection::vec(a_move(), 1..30),
    ) {
        let mut ledger = ledger();
        for (thing, claimer) in THINGS.iter().zip(claimers) {
            if let Some(claimer) = claimer {
                commit(&mut ledger, claimer, claim(&[thing]));
            }
        }
        let mut told: Vec<(usize, Value)> = Vec::new();
        for step in moves {
            let mut before = holders(&ledger);
            match step {
                Move::Tell { member, minute, action, child, parent } => {
                    let children: Vec<&str> = child.map(|child| THINGS[child]).into_iter().collect();
                    let event = pack(minute, action, THINGS[parent], &children, json!({}));
                    commit(&mut ledger, member, record("epcis.event", 1, event.to_string()));
                    told.push((member, event));
                }
                Move::Declare { of } => {
                    let count = told.len();
                    let Some((member, event)) = told.get(of % count.max(1)) else {
                        continue;
                    };
                    declare_wrong(&mut ledger, *member, event);
                }
                Move::Claim { thing, member } => {
                    let had_it = now(&ledger, THINGS[thing]);
                    let (_, outcome) = commit(&mut ledger, member, claim(&[THINGS[thing]]));
                    prop_assert_eq!(outcome == Outcome::Accepted, !before.contains_key(&thing));
                    if outcome == Outcome::Accepted {
                        // Who got it with a container has it still.
                        let has_it = now(&ledger, THINGS[thing]);
                        let claimer = ledger.network().member(member).to_string();
                        prop_assert!(has_it == claimer || has_it == had_it);
                        before.insert(thing, has_it);
                    }
                }
                Move::HandOver { thing, to } => {
                    let Some(from) = own(&ledger, thing).filter(|from| *from != to) else {
                        continue;
                    };
                    let proposal = propose(&ledger, &[THINGS[thing]], to, 50);
                    let (index, _) = commit(&mut ledger, from, proposal.clone());
                    let (_, outcome) = commit(&mut ledger, to, answer("acceptance", index, &proposal, None));
                    prop_assert_eq!(outcome, Outcome::Accepted);
                    let [from, to] = [from, to].map(|number| ledger.network().member(number).to_string());
                    // Of what another got with a container nobody hands anything over.
                    let is_of_others = before[&thing] != from && before[&thing] != to;
                    for (other, holder) in holders(&ledger) {
                        if other == thing && !is_of_others {
                            prop_assert_eq!(&holder, &to);
                        }
                        // What is the giver's own goes with a container that others say is theirs, for nobody held it.
                        if holder == to && (!is_of_others || before[&other] == from) {
                            before.insert(other, holder);
                        }
                    }
                }
            }
            prop_assert_eq!(holders(&ledger), before);
        }
    }
}
