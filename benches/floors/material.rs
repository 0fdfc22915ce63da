//! What is measured on: the events of the load tool, signed and sealed as a node gets them.

use std::sync::Arc;

use waybill::cli::Workload;
use waybill::testing::{MemoryLedger, TestNetwork};
use waybill::types::{Batch, Record, RecordKind, Submission};

/// Bytes of an event, as in the figures of `waybill bench`.
const EVENT_BYTES: usize = 1_000;

/// Events with the numbers from `first` on.
pub fn events(first: u64, count: u64) -> Vec<Record> {
    let kind = RecordKind::new("epcis.event").unwrap();
    let workload = Workload::new(kind, 1, EVENT_BYTES);
    (first..first + count).map(|n| workload.event(n)).collect()
}

/// A ledger of four validators before its first block.
pub fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)))
}

/// A batch of `submissions` submissions with `records` events each.
pub fn batch(ledger: &MemoryLedger, submissions: u64, records: u64) -> Batch {
    let signed: Vec<Submission> = (0..submissions)
        .map(|number| {
            let member = usize::try_from(number % 4).unwrap();
            let events = events(number * records, records);
            ledger.network().submission(member, ledger.expiry(), events)
        })
        .collect();
    ledger.batch(signed)
}
