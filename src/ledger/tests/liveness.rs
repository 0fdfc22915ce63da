//! Who is missing from the certificates is counted in the state, alike on every node.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contracts::{SILENT_AFTER, read_liveness, read_validators};
use crate::testing::{MemoryLedger, TestNetwork};
use crate::types::ValidatorIndex;

fn silent(ledger: &MemoryLedger) -> BTreeSet<ValidatorIndex> {
    let set = read_validators(ledger).unwrap();
    read_liveness(ledger).unwrap().silent(&set)
}

/// Commits an empty block that these validators decide.
fn decide(ledger: &mut MemoryLedger, signers: &[usize]) {
    let block = ledger.next_block(&[], Vec::new());
    let network = ledger.network().clone();
    let certificate = network.commit_certificate_by(signers, block.height(), block.digest());
    let applied = ledger.apply_decided(&block, &certificate, &[]).unwrap();
    ledger.commit(&applied, &[]);
}

#[test]
fn the_validators_of_genesis_are_in_the_state() {
    let network = Arc::new(TestNetwork::new(4, 4));
    let ledger = MemoryLedger::new(network.clone());
    let set = read_validators(&ledger).unwrap();
    assert_eq!(&set, network.validators());
}

#[test]
fn a_validator_that_signs_no_certificates_becomes_silent_and_is_heard_again() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)));
    // A block carries its parent's certificate, so the first one says nothing.
    for _ in 0..SILENT_AFTER {
        decide(&mut ledger, &[0, 1, 2]);
        assert_eq!(silent(&ledger), BTreeSet::new());
    }
    decide(&mut ledger, &[0, 2, 3]);
    assert_eq!(silent(&ledger), BTreeSet::from([ValidatorIndex(3)]));
    decide(&mut ledger, &[0, 1, 2]);
    assert_eq!(silent(&ledger), BTreeSet::new());
}

#[test]
fn the_count_is_part_of_the_state_root_until_it_stands_still() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)));
    let mut roots = Vec::new();
    for _ in 0..SILENT_AFTER + 3 {
        decide(&mut ledger, &[0, 1, 2]);
        roots.push(ledger.tip().state_root);
    }
    roots.dedup();
    assert_eq!(roots.len(), usize::from(SILENT_AFTER) + 1);
}
