//! A ledger on disk that grows block by block, by the steps that a node takes, on one thread.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use waybill::ledger::{CheckedBatch, LedgerTip, apply};
use waybill::storage::{Store, StoreOptions};
use waybill::testing::{MemoryLedger, TestNetwork};
use waybill::types::{
    Block, BlockBody, BlockHeader, CommitCertificate, Genesis, Record, Timestamp,
};

/// Records in a submission.
const SUBMISSION_RECORDS: usize = 50;

pub struct GrowingLedger {
    beginning: MemoryLedger,
    store: Store,
    tip: LedgerTip,
    parent: Option<CommitCertificate>,
    records: usize,
    checking: Duration,
    applying: Duration,
    storing: Duration,
}

impl GrowingLedger {
    /// A ledger before its first block, in an empty folder.
    pub fn create(folder: &Path) -> Self {
        let beginning = MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)));
        let genesis = beginning.network().genesis().clone();
        let store = Store::open(folder, &genesis, StoreOptions::default()).unwrap();
        Self {
            tip: beginning.tip().clone(),
            beginning,
            store,
            parent: None,
            records: 0,
            checking: Duration::ZERO,
            applying: Duration::ZERO,
            storing: Duration::ZERO,
        }
    }

    pub fn genesis(&self) -> Genesis {
        self.beginning.network().genesis().clone()
    }

    /// Orders records in one block: all have to be accepted.
    pub fn order(&mut self, records: Vec<Record>) {
        let network = self.beginning.network();
        self.records += records.len();
        let time = Timestamp::from_ms(self.tip.time.as_ms() + 1_000);
        let expires = Timestamp::from_ms(self.tip.time.as_ms() + 100_000);
        let submissions = records
            .chunks(SUBMISSION_RECORDS)
            .map(|part| network.submission(0, expires, part.to_vec()))
            .collect();
        let height = self.tip.height.next();
        let batch = Arc::new(network.batch(0, height.0, height.plus(10), submissions));
        let body = BlockBody {
            parent_certificate: self.parent.take(),
            batches: vec![network.availability_certificate(batch.reference())],
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

        let start = Instant::now();
        let context = self.beginning.submission_context();
        let checked = Arc::new(CheckedBatch::check(&context, Arc::clone(&batch)));
        self.checking += start.elapsed();
        let start = Instant::now();
        let rulebook = self.beginning.rulebook();
        let checked = [checked];
        let applied = apply(
            &self.store,
            rulebook,
            &self.tip,
            &block,
            &certificate,
            &checked,
        );
        let applied = applied.unwrap();
        self.applying += start.elapsed();
        let start = Instant::now();
        self.store.put_batches(&[batch]).unwrap();
        self.store.commit(&applied.commit).unwrap();
        self.storing += start.elapsed();
        self.tip = applied.commit.tip;
        self.parent = Some(certificate);
        // Each block has an entry of its own.
        let entries = usize::try_from(self.tip.frontier.size() - height.0).unwrap();
        assert_eq!(entries, self.records, "every record has an entry");
    }

    /// Prints what a record cost on its way in, on average.
    pub fn print_ingest(&self, all: Duration) {
        let records = u32::try_from(self.records).unwrap();
        println!(
            "{records} events in {:.0?}; each: checking {:.1?}, applying {:.1?}, storing {:.1?}",
            all,
            self.checking / records,
            self.applying / records,
            self.storing / records
        );
    }
}
