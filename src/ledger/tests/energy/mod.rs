//! Energy on the ledger.

mod certificates;
mod invariants;
mod meters;

use crate::records::governance::Action;
use crate::testing::{MemoryLedger, propose};
use crate::types::{Block, LogIndex, Outcome, Record, Timestamp};

/// Commits one record of a member in a block of its own.
fn commit(ledger: &mut MemoryLedger, member: usize, record: Record) -> (LogIndex, Outcome) {
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

/// Commits a record that has to be accepted, and gives its entry.
fn accept(ledger: &mut MemoryLedger, member: usize, record: Record) -> LogIndex {
    let (index, outcome) = commit(ledger, member, record);
    assert_eq!(outcome, Outcome::Accepted);
    index
}

/// Removes a member: in these networks member 0 governs alone.
fn remove(ledger: &mut MemoryLedger, member: usize) {
    let action = Action::RemoveMember(ledger.network().member(member));
    let proposal = propose(&action, ledger.expiry());
    accept(ledger, 0, proposal);
}

/// The code of what became of a record; none if it was accepted.
fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "",
        Outcome::Flagged { flags } => flags[0].code(),
        Outcome::Rejected(rejection) => rejection.code(),
        Outcome::Duplicate { .. } => "duplicate",
    }
}

/// Commits an empty block of a time.
fn commit_at(ledger: &mut MemoryLedger, time: Timestamp) {
    let mut header = ledger.next_header();
    header.time = time;
    let block = Block::new(header, ledger.next_body(&[], Vec::new()));
    let applied = ledger.apply(&block, &[]).unwrap();
    ledger.commit(&applied, &[]);
}
