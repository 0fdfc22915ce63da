//! The energy market on the ledger: gates that close, clearings that are log entries, contracts that
//! change meanwhile.

mod clearings;
mod orders;
mod void_orders;

use std::sync::Arc;

use serde_json::Value;

use crate::ledger::Applied;
use crate::testing::{
    MemoryLedger, TestNetwork, ballot, energy_contract, energy_order, install_contract,
};
use crate::types::{
    Block, ContractBundle, Decode, Entry, EntryContent, LogIndex, MarketArea, Outcome, Record,
    Timestamp,
};

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(4, 6)))
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// Delivery of most tests; the gate of `local` closes at 00:55.
fn start() -> Timestamp {
    at("2026-01-01T01:00:00Z")
}

fn gate() -> Timestamp {
    at("2026-01-01T00:55:00Z")
}

fn local() -> MarketArea {
    MarketArea::new("local").unwrap()
}

/// Commits a block of a time with the records of some members.
fn block_at(ledger: &mut MemoryLedger, time: Timestamp, records: &[(usize, Record)]) -> Applied {
    let expires = Timestamp::from_ms(time.as_ms() + 60_000);
    let submissions = records
        .iter()
        .map(|(member, record)| {
            let network = ledger.network();
            network.submission(*member, expires, vec![record.clone()])
        })
        .collect();
    let batches = match records.len() {
        0 => Vec::new(),
        _ => vec![ledger.batch(submissions)],
    };
    let mut header = ledger.next_header();
    header.time = time;
    let block = Block::new(header, ledger.next_body(&batches, Vec::new()));
    let applied = ledger.apply(&block, &batches).unwrap();
    ledger.commit(&applied, &batches);
    applied
}

/// Commits records a second after the last block, and gives their codes, empty for those accepted.
fn commit(ledger: &mut MemoryLedger, records: &[(usize, Record)]) -> Vec<String> {
    let time = ledger.next_time();
    codes(&block_at(ledger, time, records))
}

fn codes(applied: &Applied) -> Vec<String> {
    applied
        .records
        .iter()
        .map(|record| match &record.outcomes[0] {
            Outcome::Accepted => String::new(),
            Outcome::Rejected(rejection) => rejection.code().to_owned(),
            Outcome::Duplicate { of } => format!("duplicate of {of}"),
            Outcome::Flagged { flags } => flags[0].code().to_owned(),
        })
        .collect()
}

/// The entries of the last block: what the ledger made, with its kind, and how many there are of others
/// before the first of them.
fn derived(ledger: &MemoryLedger) -> (usize, Vec<(String, Value)>) {
    let first = ledger.blocks().last().unwrap().first_index();
    let mut others = 0;
    let mut made = Vec::new();
    for index in first.0..ledger.log_size() {
        let bytes = ledger.entry(LogIndex(index)).unwrap();
        match Entry::from_bytes(&bytes).unwrap().content {
            EntryContent::Derived { record, .. } => {
                let body = serde_json::from_slice(&record.body).unwrap();
                made.push((record.kind.to_string(), body));
            }
            _ => others += usize::from(made.is_empty()),
        }
    }
    (others, made)
}

fn bid(id: &str, quantity_wh: u64, price: i64) -> Record {
    energy_order(id, "bid", start(), quantity_wh, price)
}

fn offer(id: &str, quantity_wh: u64, price: i64) -> Record {
    energy_order(id, "offer", start(), quantity_wh, price)
}

/// Changes the contract by the votes of three of four governing members.
fn change(ledger: &mut MemoryLedger, proposal: Record) {
    let index = LogIndex(ledger.log_size());
    assert_eq!(commit(ledger, &[(0, proposal.clone())]), [""]);
    let yes = || ballot(index, &proposal, "approve");
    assert_eq!(commit(ledger, &[(1, yes()), (2, yes())]), ["", ""]);
}

fn upgrade(ledger: &mut MemoryLedger, version: u32, changes: &[(&str, &str)]) {
    let bundle: ContractBundle = energy_contract(version, changes);
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 60_000);
    change(ledger, install_contract(&bundle, None, expires));
}
