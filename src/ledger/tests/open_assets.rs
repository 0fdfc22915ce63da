//! The open assets of a party at every height, held against a plain replay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use crate::contracts::AssetKey;
use crate::ledger::questions::{ask_asset, ask_open_assets};
use crate::testing::{MemoryLedger, TestNetwork, install_contract, record};
use crate::types::{
    ContractBundle, ContractName, Encode, Height, LogIndex, MemberId, Outcome, Record, Submission,
    Timestamp,
};

const MEMBERS: usize = 4;

/// A contract whose assets have two parties, who change with every record that states them.
fn leases() -> ContractBundle {
    let manifest = r#"
name = "leases"
version = 1
title = "Things that are leased"

[[record]]
kind = "leases.state"
version = 1
title = "a lease is made or changed"
schema = "schemas/lease.json"
asset = { key = "/id", operation = "put", to = "stated", parties = ["/owner", "/user"] }

[[record]]
kind = "leases.remind"
version = 1
title = "the user is reminded"
schema = "schemas/step.json"
asset = { key = "/id", operation = "advance", to = "reminded" }

[[record]]
kind = "leases.end"
version = 1
title = "a lease ends"
schema = "schemas/step.json"
asset = { key = "/id", operation = "close", to = "ended" }
"#;
    let text = |length: u32| json!({"type": "string", "maxLength": length});
    let lease = json!({
        "type": "object", "required": ["id", "owner", "user"], "additionalProperties": false,
        "properties": {"id": text(64), "owner": text(63), "user": text(63)}
    });
    let step = json!({
        "type": "object", "required": ["id"], "additionalProperties": false,
        "properties": {"id": text(64)}
    });
    let files = [
        ("contract.toml".to_owned(), manifest.to_owned()),
        ("README.md".to_owned(), "# Leases".to_owned()),
        ("schemas/lease.json".to_owned(), lease.to_string()),
        ("schemas/step.json".to_owned(), step.to_string()),
    ];
    ContractBundle::new(files.into()).unwrap()
}

/// What one record does to the lease of a number.
#[derive(Clone, Debug)]
enum Step {
    State {
        number: usize,
        owner: usize,
        user: usize,
    },
    Remind {
        number: usize,
    },
    End {
        number: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..7_usize;
    prop_oneof![
        5 => (number.clone(), 0..MEMBERS, 0..MEMBERS)
            .prop_map(|(number, owner, user)| Step::State { number, owner, user }),
        1 => number.clone().prop_map(|number| Step::Remind { number }),
        1 => number.prop_map(|number| Step::End { number }),
    ]
}

/// Keys of different lengths.
fn key_of(number: usize) -> String {
    format!("{}{number}", "L-".repeat(number % 3))
}

fn record_of(ledger: &MemoryLedger, step: &Step) -> Record {
    let (kind, body) = match step {
        Step::State {
            number,
            owner,
            user,
        } => {
            let member = |number: &usize| ledger.network().member(*number);
            (
                "state",
                json!({"id": key_of(*number), "owner": member(owner), "user": member(user)}),
            )
        }
        Step::Remind { number } => ("remind", json!({"id": key_of(*number)})),
        Step::End { number } => ("end", json!({"id": key_of(*number)})),
    };
    record(&format!("leases.{kind}"), 1, body.to_string())
}

/// A lease, by the model.
#[derive(Clone, Debug)]
struct Lease {
    parties: BTreeSet<usize>,
    is_open: bool,
    revision: u64,
    created: LogIndex,
    stated: LogIndex,
    latest: LogIndex,
}

type Leases = BTreeMap<usize, Lease>;

/// Carries a step out, if it can be.
fn take(leases: &mut Leases, step: &Step, index: LogIndex) -> bool {
    let (Step::State { number, .. } | Step::Remind { number } | Step::End { number }) = step;
    let before = leases.get(number).cloned();
    if before.as_ref().is_some_and(|lease| !lease.is_open) {
        return false;
    }
    let revision = before.as_ref().map_or(0, |lease| lease.revision) + 1;
    let lease = match (step, before) {
        (Step::State { owner, user, .. }, before) => Lease {
            parties: BTreeSet::from([*owner, *user]),
            is_open: true,
            revision,
            created: before.map_or(index, |lease| lease.created),
            stated: index,
            latest: index,
        },
        (_, None) => return false,
        (step, Some(lease)) => Lease {
            is_open: matches!(step, Step::Remind { .. }),
            revision,
            latest: index,
            ..lease
        },
    };
    leases.insert(*number, lease);
    true
}

/// What is told of an open lease: revision, and the entries that made it, stated it, and changed it last.
type Told = (AssetKey, u64, [LogIndex; 3]);

fn expected_of(leases: &Leases, party: usize) -> Vec<Told> {
    let open = leases.iter().filter(|(_, lease)| lease.is_open);
    let mut told: Vec<Told> = open
        .filter(|(_, lease)| lease.parties.contains(&party))
        .map(|(number, lease)| {
            let key = AssetKey::new(&key_of(*number)).unwrap();
            (
                key,
                lease.revision,
                [lease.created, lease.stated, lease.latest],
            )
        })
        .collect();
    told.sort_by_key(|(key, ..)| key.to_bytes());
    told
}

fn told_of(ledger: &MemoryLedger, party: &MemberId, at: Option<Height>, count: usize) -> Vec<Told> {
    let contract = ContractName::new("leases").unwrap();
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = ask_open_assets(ledger, (&contract, party), at, after.as_ref(), count).unwrap();
        assert_eq!(page.height, at.unwrap_or(ledger.tip().height));
        assert!(page.assets.len() <= count);
        for asset in page.assets {
            let entries = [asset.created, asset.latest.stated, asset.latest.index];
            // It is the asset as it is told alone.
            let alone = ask_asset(ledger, &contract, &asset.key, at, None, 1)
                .unwrap()
                .unwrap();
            assert_eq!(
                (alone.revision, alone.latest),
                (asset.revision, asset.latest.index)
            );
            assert_eq!(
                (alone.member, alone.is_closed),
                (asset.latest.member, false)
            );
            told.push((asset.key, asset.revision, entries));
        }
        after = page.next;
        if after.is_none() {
            return told;
        }
    }
}

fn with_leases() -> MemoryLedger {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, MEMBERS)));
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 3_600_000);
    let proposal = install_contract(&leases(), None, expires);
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), vec![proposal]);
    let applied = ledger.submit(vec![submission]);
    assert_eq!(applied.records[0].outcomes[0], Outcome::Accepted);
    ledger
}

/// Commits steps, each in a submission of its own, in one block.
fn commit(ledger: &mut MemoryLedger, steps: &[Step]) -> Vec<(LogIndex, bool)> {
    let sign = |(place, step): (i64, &Step)| -> Submission {
        // The same record again is another submission.
        let expires = Timestamp::from_ms(ledger.expiry().as_ms() + place);
        let member = usize::try_from(place).unwrap() % MEMBERS;
        ledger
            .network()
            .submission(member, expires, vec![record_of(ledger, step)])
    };
    let submissions = (0..).zip(steps).map(sign).collect();
    let applied = ledger.submit(submissions);
    let done = applied.records.iter();
    done.map(|entry| (entry.location.first_index, entry.outcomes[0].took_effect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Leases come, change hands and end, several in one block: at every height each member has those that a plain
    /// replay had then, in pages of whatever size.
    #[test]
    fn open_assets_are_those_of_a_plain_replay(
        blocks in prop::collection::vec(prop::collection::vec(step(), 1..6), 1..10),
        count in 1..4_usize,
    ) {
        let mut ledger = with_leases();
        let mut leases = Leases::new();
        let mut history = vec![(ledger.tip().height, leases.clone())];
        for steps in &blocks {
            for (step, (index, took_effect)) in steps.iter().zip(commit(&mut ledger, steps)) {
                prop_assert_eq!(take(&mut leases, step, index), took_effect, "{:?}", step);
            }
            history.push((ledger.tip().height, leases.clone()));
        }
        for member in 0..MEMBERS {
            let party = ledger.network().member(member);
            for (height, leases) in &history {
                let expected = expected_of(leases, member);
                prop_assert_eq!(told_of(&ledger, &party, Some(*height), count), expected, "at {}", height);
            }
            let expected = expected_of(&leases, member);
            prop_assert_eq!(told_of(&ledger, &party, None, count), expected);
        }
    }
}

/// Of a party that has been so again and again, an early height is answered in pages that end without having found
/// anything, and all of them together have everything.
#[test]
fn a_long_history_is_gone_through_in_pages() {
    let mut ledger = with_leases();
    let state = |user| Step::State {
        number: 3,
        owner: 0,
        user,
    };
    let first = commit(&mut ledger, &[state(1)])[0].0;
    let height = ledger.tip().height;
    let contract = ContractName::new("leases").unwrap();
    let (party, key) = (
        ledger.network().member(1),
        AssetKey::new(&key_of(3)).unwrap(),
    );
    // Each pair of records takes the member off the list and puts it on again.
    for _ in 0..42 {
        let steps: Vec<Step> = (0..200).map(|place| state(2 - place % 2)).collect();
        assert!(
            commit(&mut ledger, &steps)
                .iter()
                .all(|(_, took_effect)| *took_effect)
        );
    }
    let page = ask_open_assets(&ledger, (&contract, &party), Some(height), None, 10).unwrap();
    assert_eq!(page.assets.len(), 1);
    assert_eq!(
        (&page.assets[0].key, page.assets[0].latest.index),
        (&key, first)
    );
    assert_eq!(page.next, Some(key.clone()));
    let rest = ask_open_assets(&ledger, (&contract, &party), Some(height), Some(&key), 10).unwrap();
    assert_eq!((rest.assets, rest.next), (Vec::new(), None));
    let before = Height(height.0 - 1);
    let page = ask_open_assets(&ledger, (&contract, &party), Some(before), None, 10).unwrap();
    assert_eq!((page.assets, page.next), (Vec::new(), Some(key)));
}
