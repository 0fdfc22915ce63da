//! A ledger on disk that grows block by block, by the steps that a node takes, on one thread.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use waybill::ledger::{CheckedBatch, LedgerTip, apply};
use waybill::storage::{Store, StoreOptions};
use waybill::testing::{MemoryLedger, TestNetwork};
use waybill::types::{Block, BlockBody, BlockHeader, CommitCertificate, Record, Timestamp, Write};

/// Records in a submission.
const SUBMISSION_RECORDS: usize = 50;

/// What records have cost so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ingest {
    pub records: usize,
    /// Keys of state and indices written.
    pub rows: usize,
    pub checking: Duration,
    pub applying: Duration,
    pub storing: Duration,
}

pub struct GrowingLedger {
    beginning: MemoryLedger,
    store: Store,
    tip: LedgerTip,
    parent: Option<CommitCertificate>,
    left_out: fn(&Write) -> bool,
    ingest: Ingest,
    making: Duration,
}

impl GrowingLedger {
    /// A ledger of some members before its first block, in an empty folder. What is left out is not written.
    pub fn create(folder: &Path, members: usize, left_out: fn(&Write) -> bool) -> Self {
        let beginning = MemoryLedger::new(Arc::new(TestNetwork::new(4, members)));
        let genesis = beginning.network().genesis().clone();
        let store = Store::open(folder, &genesis, StoreOptions::default()).unwrap();
        Self {
            tip: beginning.tip().clone(),
            beginning,
            store,
            parent: None,
            left_out,
            ingest: Ingest::default(),
            making: Duration::ZERO,
        }
    }

    /// Orders records of the first member in one block, a second after the last: all have to be accepted.
    pub fn order(&mut self, records: Vec<Record>) {
        self.order_at(self.time_after(1_000), &[(0, records)]);
        // Each block has an entry of its own.
        let entries = usize::try_from(self.log_size() - self.tip.height.0).unwrap();
        assert_eq!(entries, self.ingest.records, "every record has an entry");
    }

    /// The time so long after the last block's.
    pub fn time_after(&self, milliseconds: i64) -> Timestamp {
        Timestamp::from_ms(self.tip.time.as_ms() + milliseconds)
    }

    /// How many entries the log has.
    pub fn log_size(&self) -> u64 {
        self.tip.frontier.size()
    }

    /// Orders records of some members in one block of a time.
    pub fn order_at(&mut self, time: Timestamp, records: &[(usize, Vec<Record>)]) {
        let start = Instant::now();
        let network = self.beginning.network();
        self.ingest.records += records.iter().map(|(_, part)| part.len()).sum::<usize>();
        let expires = Timestamp::from_ms(time.as_ms() + 100_000);
        let parts = records.iter().flat_map(|(member, records)| {
            let parts = records.chunks(SUBMISSION_RECORDS);
            parts.map(|part| (*member, part.to_vec()))
        });
        let submissions: Vec<_> = parts
            .map(|(member, part)| network.submission(member, expires, part))
            .collect();
        let height = self.tip.height.next();
        // Without any records there is a block, and no batch.
        let batches: Vec<_> = (!submissions.is_empty())
            .then(|| Arc::new(network.batch(0, height.0, height.plus(10), submissions)))
            .into_iter()
            .collect();
        let body = BlockBody {
            parent_certificate: self.parent.take(),
            batches: batches
                .iter()
                .map(|batch| network.availability_certificate(batch.reference()))
                .collect(),
            evidence: Vec::new(),
        };
        let header = BlockHeader {
            height,
            parent: self.tip.block,
            time,
            log_size: self.tip.frontier.size(),
            log_root: self.tip.frontier.root(),
            state_root: self.tip.state_root,
            ..self.beginning.next_header()
        };
        let block = Block::new(header, body);
        let certificate = network.commit_certificate(height, block.digest());
        self.making += start.elapsed();

        let start = Instant::now();
        let context = self.beginning.submission_context();
        let checked: Vec<_> = batches
            .iter()
            .map(|batch| Arc::new(CheckedBatch::check(&context, Arc::clone(batch))))
            .collect();
        self.ingest.checking += start.elapsed();
        let start = Instant::now();
        let rulebook = self.beginning.rulebook();
        let applied = apply(
            &self.store,
            rulebook,
            &self.tip,
            &block,
            &certificate,
            &checked,
        );
        let mut applied = applied.unwrap();
        self.ingest.applying += start.elapsed();
        applied
            .commit
            .writes
            .retain(|write| !(self.left_out)(write));
        self.ingest.rows += applied.commit.writes.len();
        let start = Instant::now();
        self.store.put_batches(&batches).unwrap();
        self.store.commit(&applied.commit).unwrap();
        self.ingest.storing += start.elapsed();
        self.tip = applied.commit.tip;
        self.parent = Some(certificate);
    }

    /// What records have cost so far.
    pub fn ingest(&self) -> Ingest {
        self.ingest
    }

    /// What making the blocks has cost, which no node does.
    pub fn making(&self) -> Duration {
        self.making
    }
}
