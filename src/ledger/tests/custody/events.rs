//! Events tell of custody and move nothing: whatever anybody captures, of whatever time.

use proptest::prelude::*;
use serde_json::json;

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
        child: usize,
        parent: usize,
    },
    /// The holder by its own name hands a thing over.
    HandOver { thing: usize, to: usize },
}

fn a_move() -> impl Strategy<Value = Move> {
    let action = prop::sample::select(vec!["ADD", "ADD", "OBSERVE", "DELETE"]);
    let tell = (0..MEMBERS, 1..12u32, action, 0..5usize, 0..5usize);
    prop_oneof![
        3 => tell.prop_map(|(member, minute, action, child, parent)| Move::Tell {
            member, minute, action, child, parent,
        }),
        2 => (0..5usize, 0..MEMBERS).prop_map(|(thing, to)| Move::HandOver { thing, to }),
    ]
}

fn holders(ledger: &MemoryLedger) -> Vec<String> {
    THINGS.map(|thing| now(ledger, thing)).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What somebody holds is held by the same member after any event, by whoever it was captured and of whatever time
    /// it tells. A thing that is handed over has its new holder, and so may what is in it; nobody else gets anything.
    #[test]
    fn only_an_acceptance_moves_what_is_held(
        claimers in prop::collection::vec(0..MEMBERS, 5),
        moves in prop::collection::vec(a_move(), 1..25),
    ) {
        let mut ledger = ledger();
        for (thing, claimer) in THINGS.iter().zip(claimers) {
            commit(&mut ledger, claimer, claim(&[thing]));
        }
        for step in moves {
            let before = holders(&ledger);
            match step {
                Move::Tell { member, minute, action, child, parent } => {
                    let event = pack(minute, action, THINGS[parent], &[THINGS[child]], json!({}));
                    commit(&mut ledger, member, record("epcis.event", 1, event.to_string()));
                    prop_assert_eq!(holders(&ledger), before);
                }
                Move::HandOver { thing, to } => {
                    let custody = read_custody(&ledger, &canonical_identifier(THINGS[thing])).unwrap();
                    let holder = custody.unwrap().holder;
                    let from = (0..MEMBERS).find(|number| ledger.network().member(*number) == holder);
                    let from = from.unwrap();
                    let proposal = propose(&ledger, &[THINGS[thing]], to, 50);
                    let (index, outcome) = commit(&mut ledger, from, proposal.clone());
                    if from == to {
                        prop_assert_ne!(outcome, Outcome::Accepted);
                        continue;
                    }
                    let (_, outcome) = commit(&mut ledger, to, answer("acceptance", index, &proposal, None));
                    prop_assert_eq!(outcome, Outcome::Accepted);
                    let taker = ledger.network().member(to).to_string();
                    for (number, (before, after)) in before.iter().zip(holders(&ledger)).enumerate() {
                        let is_handed_over = number == thing;
                        prop_assert!(after == taker || (!is_handed_over && after == *before));
                    }
                }
            }
        }
    }
}
