//! Two nodes that apply the examples of all shipped contracts come to the same bytes, and so do the blocks in which
//! the ledger does by itself what they make due.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::determinism::fingerprint;
use crate::testing::{GENESIS_TIME, MemoryLedger, TestNetwork, record};
use crate::types::{
    Batch, Block, Decode, Entry, EntryContent, LogIndex, MemberId, Outcome, Record, Role, Timestamp,
};

/// So long after an example the ledger goes on: longer than any deadline of theirs.
const LATER_MS: i64 = 800 * 86_400_000;

/// A record of an example.
struct Step {
    member: String,
    roles: BTreeSet<String>,
    time: Timestamp,
    record: Record,
}

fn example_files() -> Vec<PathBuf> {
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let mut files = Vec::new();
    for contract in fs::read_dir(contracts).unwrap() {
        for kind in ["valid", "invalid"] {
            let folder = contract
                .as_ref()
                .unwrap()
                .path()
                .join("examples")
                .join(kind);
            let found = fs::read_dir(folder).into_iter().flatten();
            files.extend(found.map(|file| file.unwrap().path()));
        }
    }
    files.sort();
    files
}

/// An example, or a record that comes before one.
#[derive(Deserialize)]
struct Example {
    kind: String,
    submitter: Submitter,
    block: Option<ExampleBlock>,
    #[serde(default)]
    given: Vec<Example>,
    /// As it is written: others name its digest.
    record: Box<RawValue>,
}

#[derive(Deserialize)]
struct Submitter {
    member: String,
    #[serde(default)]
    roles: BTreeSet<String>,
}

#[derive(Deserialize)]
struct ExampleBlock {
    time: Option<Timestamp>,
}

fn step(example: Example) -> Step {
    let time = example.block.and_then(|block| block.time);
    Step {
        member: example.submitter.member,
        roles: example.submitter.roles,
        time: time.unwrap_or(GENESIS_TIME),
        record: record(&example.kind, 1, example.record.get().to_owned()),
    }
}

/// A ledger whose members have the names and roles of an example.
fn ledger(steps: &[Step]) -> (MemoryLedger, BTreeMap<String, usize>) {
    let mut document = TestNetwork::new(4, 4 + steps.len()).document().clone();
    let mut numbers = BTreeMap::new();
    for step in steps {
        let next = 4 + numbers.len();
        let number = *numbers.entry(step.member.clone()).or_insert(next);
        let member = &mut document.members[number];
        member.id = MemberId::new(&step.member).unwrap();
        let roles = step.roles.iter().map(|role| Role::new(role).unwrap());
        let new: Vec<Role> = roles.filter(|role| !member.roles.contains(role)).collect();
        member.roles.extend(new);
    }
    let network = Arc::new(TestNetwork::from_document(document));
    (MemoryLedger::new(network), numbers)
}

/// Applies a block on both ledgers: on the second with batches as they come from the wire.
fn apply(
    ledgers: &mut [MemoryLedger; 2],
    time: Timestamp,
    batches: &[Batch],
) -> Vec<(String, Outcome)> {
    let [first, second] = ledgers;
    let size_before = first.log_size();
    let mut header = first.next_header();
    header.time = time;
    let block = Block::new(header, first.next_body(batches, Vec::new()));
    let from_wire: Vec<Batch> = batches
        .iter()
        .map(|batch| Batch::from_shared_bytes(batch.bytes().clone()).unwrap())
        .collect();
    let one = first.apply(&block, batches).unwrap();
    let other = second.apply(&block, &from_wire).unwrap();
    assert_eq!(fingerprint(&one), fingerprint(&other));
    first.commit(&one, batches);
    second.commit(&other, &from_wire);
    let log_size = first.log_size();
    (size_before..log_size)
        .filter_map(|index| {
            match Entry::from_bytes(&first.entry(LogIndex(index)).unwrap())
                .unwrap()
                .content
            {
                EntryContent::Submitted(submitted) => {
                    Some((submitted.record.kind.to_string(), submitted.outcome))
                }
                EntryContent::Derived { record, .. } => {
                    Some((record.kind.to_string(), Outcome::Accepted))
                }
                EntryContent::Evidence(_) | EntryContent::Block(_) => None,
            }
        })
        .collect()
}

#[test]
fn two_nodes_apply_every_example_alike() {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut rejected = 0;
    for file in example_files() {
        let text = fs::read_to_string(&file).unwrap();
        let mut example: Example = serde_json::from_str(&text).unwrap();
        let given = std::mem::take(&mut example.given);
        let steps: Vec<Step> = given.into_iter().chain([example]).map(step).collect();
        let (ledger, numbers) = ledger(&steps);
        let mut ledgers = [ledger.clone(), ledger];
        // The examples name entries as if they began at 1, without those of blocks between them.
        let start = ledgers[0].next_time();
        apply(&mut ledgers, start, &[]);
        let latest = steps.iter().map(|step| step.time).max().unwrap();
        let time = latest.max(ledgers[0].next_time());
        let expires = Timestamp::from_ms(time.as_ms() + 60_000);
        let network = Arc::clone(ledgers[0].network());
        let submissions = steps.iter().map(|step| {
            let number = numbers[&step.member];
            network.submission(number, expires, vec![step.record.clone()])
        });
        let batch = ledgers[0].batch(submissions.collect());
        for (kind, outcome) in apply(&mut ledgers, time, &[batch]) {
            match outcome {
                Outcome::Accepted | Outcome::Flagged { .. } => drop(taken.insert(kind)),
                Outcome::Duplicate { .. } => {}
                Outcome::Rejected(_) => rejected += 1,
            }
        }
        for round in 1..4 {
            let later = Timestamp::from_ms(time.as_ms() + round * LATER_MS);
            taken.extend(
                apply(&mut ledgers, later, &[])
                    .into_iter()
                    .map(|(kind, _)| kind),
            );
        }
    }
    // Each family takes part, and so does what the ledger does by itself.
    for kind in [
        "custody.acceptance",
        "custody.claim",
        "custody.expiry",
        "document.anchor",
        "energy.certificate-cancel",
        "energy.certificate-expiry",
        "energy.certificate-issue",
        "energy.certificate-transfer",
        "energy.clearing",
        "energy.meter",
        "energy.meter-reading",
        "energy.order",
        "epcis.event",
        "epcis.master-data",
        "orders.confirm",
        "orders.place",
        "orders.ship",
        "production.run",
        "telemetry.device",
        "telemetry.series",
    ] {
        assert!(taken.contains(kind), "{kind} is not among {taken:?}");
    }
    assert!(rejected > 50, "{rejected}");
}
