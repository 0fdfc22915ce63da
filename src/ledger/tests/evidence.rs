//! Evidence becomes an entry once per offence.

use std::sync::Arc;

use crate::crypto::Blake3Digest;
use crate::testing::{MemoryLedger, TestNetwork, event_record};
use crate::types::{
    Decode, Entry, EntryContent, Evidence, Height, LogIndex, Round, Space, StateReader,
};

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)))
}

#[test]
fn evidence_comes_before_the_records_of_its_block() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let evidence = network.double_vote(2, Height(1), 0);
    let submission = network.submission(0, ledger.expiry(), vec![event_record(1)]);
    let batch = ledger.batch(vec![submission]);
    let applied = ledger.order(&[batch], vec![evidence.clone()]);
    assert_eq!(applied.commit.evidence, [(LogIndex(0), evidence.clone())]);
    assert_eq!(applied.records[0].location.first_index, LogIndex(1));
    let entry = Entry::from_bytes(&ledger.entry(LogIndex(0)).unwrap()).unwrap();
    assert_eq!(entry.height, Height(1));
    assert_eq!(
        entry.content,
        EntryContent::Evidence(Box::new(evidence.clone()))
    );
    let index = ledger
        .get(Space::Offences, evidence.offence().as_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(LogIndex::from_bytes(&index), Ok(LogIndex(0)));
}

#[test]
fn an_offence_is_recorded_once_whoever_reports_it_and_when() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let first = network.double_vote(2, Height(1), 0);
    let reworded = network.double_vote(2, Height(1), 1);
    assert_ne!(first, reworded);
    let applied = ledger.order(&[], vec![first.clone(), reworded.clone(), first.clone()]);
    assert_eq!(applied.commit.evidence.len(), 1);
    assert_eq!(ledger.log_size(), 2);
    let applied = ledger.order(&[], vec![reworded, first]);
    assert_eq!(applied.commit.evidence, []);
    assert_eq!(ledger.log_size(), 3);
}

#[test]
fn other_slots_and_other_validators_are_other_offences() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let propose = |text: &[u8]| {
        let block = crate::types::BlockDigest(Blake3Digest::of(text));
        network.proposal(2, Height(1), Round::ZERO, None, block)
    };
    let offences = vec![
        network.double_vote(2, Height(1), 0),
        network.double_vote(3, Height(1), 0),
        network.double_vote(2, Height(2), 0),
        Evidence::double_proposal(propose(b"a"), propose(b"b")),
    ];
    let applied = ledger.order(&[], offences.clone());
    let recorded: Vec<Evidence> = applied
        .commit
        .evidence
        .iter()
        .map(|(_, evidence)| evidence.clone())
        .collect();
    assert_eq!(recorded, offences);
}
