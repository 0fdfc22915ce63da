//! Energy on the ledger.

mod meters;

use crate::testing::MemoryLedger;
use crate::types::{LogIndex, Outcome, Record};

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

/// The code of what became of a record; none if it was accepted.
fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "",
        Outcome::Flagged { flags } => flags[0].code(),
        Outcome::Rejected(rejection) => rejection.code(),
        Outcome::Duplicate { .. } => "duplicate",
    }
}
