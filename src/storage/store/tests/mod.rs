//! A real ledger, applied block by block, in a store and in memory side by side.

mod crashes;
mod opening;
mod reading;
mod verifying;
mod writing;

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::ledger::Applied;
use crate::testing::{
    LedgerModel, MemoryLedger, TestNetwork, add_key, ballot, crates_contract, crates_record,
    event_record, install_contract, record, revoke_key, secret_key,
};
use crate::types::{Batch, Evidence, Height, KeyPurpose, LogIndex, Record, Submission, Timestamp};

/// A store and the model of what it has to say.
struct Pair {
    folder: TempDir,
    network: Arc<TestNetwork>,
    model: LedgerModel,
    store: Store,
}

impl Pair {
    fn new() -> Self {
        let network = Arc::new(TestNetwork::new(4, 5));
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, &network).unwrap();
        let model = LedgerModel::new(MemoryLedger::new(network.clone()));
        Self {
            folder,
            network,
            model,
            store,
        }
    }

    fn submission(&self, member: usize, records: Vec<Record>) -> Submission {
        let expiry = self.model.ledger().expiry();
        self.network.submission(member, expiry, records)
    }

    fn batch(&self, submissions: Vec<Submission>) -> Batch {
        self.model.ledger().batch(submissions)
    }

    /// Stores the batches, and commits the next block that orders them.
    fn order(&mut self, batches: &[Batch], evidence: Vec<Evidence>) -> Applied {
        self.store.put_batches(&shared(batches)).unwrap();
        let applied = self.model.order(batches, evidence);
        self.store.commit(&applied.commit).unwrap();
        applied
    }

    /// Commits blocks with all that a ledger can have: accepted, rejected and duplicate events,
    /// membership changes, atomic submissions, empty blocks, evidence, more than one tile.
    fn fill(&mut self) {
        let member = |number| self.network.member(number);
        let key = secret_key("a new writer").public_key();
        let add = add_key(&member(1), &key, KeyPurpose::Writer);
        let foreign = add_key(&member(2), &key, KeyPurpose::Writer);
        let first = self.batch(vec![
            self.submission(0, (0..3).map(event_record).collect()),
            self.submission(1, vec![add, event_record(0), event_record(0), foreign]),
            self.submission(2, vec![record("epcis.event", 1, "{}")]),
        ]);
        self.order(&[first], Vec::new());
        self.order(&[], Vec::new());
        let writer = self.network.writer(1).public_key();
        let revoke = revoke_key(&self.network.member(1), &writer);
        let expiry = self.model.ledger().expiry();
        let atomic = self.network.atomic_submission(
            3,
            expiry,
            vec![event_record(7), record("epcis.event", 9, "{}")],
        );
        let second = self.batch(vec![self.submission(1, vec![revoke]), atomic]);
        let large = (100..400).map(event_record).collect();
        let third = self.network.batch(
            1,
            0,
            Height(20),
            vec![
                self.submission(0, large),
                self.submission(4, vec![event_record(1)]),
            ],
        );
        let evidence = vec![
            self.network.double_vote(2, Height(1), 0),
            self.network.double_vote(3, Height(2), 0),
        ];
        self.order(&[second, third], evidence);
        self.order(&[], vec![self.network.double_vote(1, Height(3), 1)]);
        let repeated = self.batch(vec![
            self.submission(0, vec![event_record(1), event_record(2)]),
        ]);
        self.order(&[repeated], Vec::new());
        self.fill_assets();
        self.fill_custody();
    }

    /// Two things that one member claims and proposes to another: one of the proposals expires, the
    /// other one is open.
    fn fill_custody(&mut self) {
        let to = self.network.member(2);
        let now = self.model.ledger().tip().time;
        let mut records = vec![record(
            "custody.claim",
            1,
            r#"{"things":["urn:x:a","urn:x:b"]}"#,
        )];
        for (thing, blocks) in [("urn:x:a", 2), ("urn:x:b", 1_000)] {
            let expires = Timestamp::from_ms(now.as_ms() + blocks * 1_000);
            let body = format!(r#"{{"things":["{thing}"],"to":"{to}","expires":"{expires}"}}"#);
            records.push(record("custody.proposal", 1, body));
        }
        let proposed = self.batch(vec![self.submission(0, records)]);
        self.order(&[proposed], Vec::new());
        self.order(&[], Vec::new());
    }

    /// A contract that the members adopt, and an asset of it.
    fn fill_assets(&mut self) {
        let expires = self.model.ledger().expiry();
        let proposal = install_contract(&crates_contract(1, 10), None, expires);
        let index = LogIndex(self.model.ledger().log_size());
        let ballot = || ballot(index, &proposal, "approve");
        // Member 1 has no writer key any more.
        let adoption = self.batch(vec![
            self.submission(0, vec![proposal.clone()]),
            self.submission(2, vec![ballot()]),
            self.submission(3, vec![ballot()]),
        ]);
        self.order(&[adoption], Vec::new());
        let depot = self.network.member(4);
        let lend = crates_record("lend", "a", 3, &depot);
        let back = crates_record("return", "a", 3, &depot);
        let lent = self.batch(vec![self.submission(4, vec![lend, back])]);
        self.order(&[lent], Vec::new());
    }

    fn reopen(self) -> Self {
        let Self {
            folder,
            network,
            model,
            store,
        } = self;
        drop(store);
        let store = open(&folder, &network).unwrap();
        Self {
            folder,
            network,
            model,
            store,
        }
    }
}

fn open(folder: &TempDir, network: &TestNetwork) -> Result<Store, StoreError> {
    let options = StoreOptions {
        cache_bytes: MIN_CACHE_BYTES,
    };
    Store::open(folder.path(), network.genesis(), options)
}

fn shared(batches: &[Batch]) -> Vec<Arc<Batch>> {
    batches.iter().cloned().map(Arc::new).collect()
}

fn last_index(pair: &Pair) -> LogIndex {
    LogIndex(pair.model.ledger().log_size() - 1)
}
