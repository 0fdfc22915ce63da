//! Anchored documents: several members, repetitions, and what was known when.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contracts::read_document;
use crate::crypto::Sha256Digest;
use crate::ledger::questions::{EventScope, Events, QuestionError};
use crate::records::epcis::canonical_identifier;
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{Height, LogIndex, Outcome};

const LOT: &str = "urn:epc:class:lgtin:7620034.041825.L1";

fn anchor(
    ledger: &mut MemoryLedger,
    member: usize,
    title: &str,
    rest: Value,
) -> (LogIndex, Outcome) {
    let mut body = json!({
        "sha256": Sha256Digest::of(b"certificate").to_string(),
        "sizeBytes": 11,
        "mediaType": "text/plain",
        "title": title
    });
    for (name, value) in rest.as_object().unwrap() {
        body[name] = value.clone();
    }
    let record = record("document.anchor", 1, body.to_string());
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

#[test]
fn who_was_first_stays_visible() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 6)));
    let digest = Sha256Digest::of(b"certificate");
    assert_eq!(read_document(&ledger, &digest).unwrap(), None);
    let (first, outcome) = anchor(&mut ledger, 0, "Mine", json!({"things": [LOT]}));
    assert_eq!(outcome, Outcome::Accepted);
    let height = ledger.tip().height;
    let (_, outcome) = anchor(&mut ledger, 0, "Mine", json!({"things": [LOT]}));
    assert_eq!(outcome, Outcome::Duplicate { of: first });
    let (second, outcome) = anchor(&mut ledger, 1, "Mine", json!({"things": [LOT]}));
    assert_eq!(
        outcome,
        Outcome::Accepted,
        "another member's is no duplicate"
    );
    let (third, outcome) = anchor(&mut ledger, 0, "For lot 2", json!({"entries": [first.0]}));
    assert_eq!(outcome, Outcome::Accepted);
    let (fourth, outcome) = anchor(&mut ledger, 2, "Longer", json!({"sizeBytes": 12}));
    assert!(matches!(&outcome, Outcome::Flagged { flags } if flags[0].code() == "size-differs"));
    let (_, outcome) = anchor(&mut ledger, 2, "Ahead", json!({"entries": [9_999]}));
    assert!(matches!(&outcome, Outcome::Rejected(r) if r.code() == "no-such-entry"));

    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let answer = events.document(&digest, 0, 100).unwrap().unwrap();
    assert_eq!((answer.count, answer.next), (4, None));
    assert_eq!(answer.first.signed.index, first);
    assert_eq!(answer.first.signed.member, ledger.network().member(0));
    let entries: Vec<_> = answer.anchors.iter().map(|a| a.signed.index).collect();
    assert_eq!(entries, [first, second, third, fourth]);
    let page = events.document(&digest, 1, 2).unwrap().unwrap();
    assert_eq!(
        (page.anchors.as_slice(), page.next),
        (&answer.anchors[1..3], Some(3))
    );
    let beyond = events.document(&digest, 5, 2);
    assert!(matches!(
        beyond,
        Err(QuestionError::BeyondAnswer { after: 5, count: 4 })
    ));
    let about = events
        .documents_about(&canonical_identifier(LOT), None, 100)
        .unwrap();
    let about: Vec<_> = about.iter().map(|a| a.signed.index).collect();
    assert_eq!(about, [first, second]);
    let lot = canonical_identifier(LOT);
    let rest = events.documents_about(&lot, Some(first), 100).unwrap();
    assert_eq!(rest.len(), 1);
    // The page of another thing.
    let other = events.documents_about(&lot, Some(third), 100);
    assert!(matches!(other, Err(QuestionError::OtherAnswer { .. })));

    // As the ledger stood after the first, and before it.
    let as_of = |height| EventScope {
        as_of: Some(height),
        ..EventScope::default()
    };
    let then = Events::open(&ledger, as_of(height)).unwrap();
    assert_eq!(then.document(&digest, 0, 100).unwrap().unwrap().count, 1);
    let lot = canonical_identifier(LOT);
    assert_eq!(then.documents_about(&lot, None, 100).unwrap().len(), 1);
    let before = Events::open(&ledger, as_of(Height(height.0 - 1))).unwrap();
    assert_eq!(before.document(&digest, 0, 100).unwrap(), None);
}
