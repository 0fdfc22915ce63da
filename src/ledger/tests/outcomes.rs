//! What becomes of authentic records.

use std::sync::Arc;

use serde_json::json;

use crate::ledger::Skipped;
use crate::testing::{
    MemoryLedger, TestNetwork, commissioning, correction, event_record, packing, record, shipping,
};
use crate::types::{
    Decode, Height, LogIndex, Outcome, Record, Space, StateReader, SubmissionLocation,
};

/// One validator: it signs every certificate, so blocks change no liveness in the state.
fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)))
}

fn submit(ledger: &mut MemoryLedger, member: usize, records: Vec<Record>) -> Vec<Outcome> {
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), records);
    outcomes(ledger, submission)
}

fn submit_atomic(ledger: &mut MemoryLedger, records: Vec<Record>) -> Vec<Outcome> {
    let expiry = ledger.expiry();
    let submission = ledger.network().atomic_submission(0, expiry, records);
    outcomes(ledger, submission)
}

fn outcomes(ledger: &mut MemoryLedger, submission: crate::types::Submission) -> Vec<Outcome> {
    let applied = ledger.submit(vec![submission]);
    assert_eq!(applied.skipped, [Skipped::default()]);
    assert_eq!(applied.records.len(), 1);
    applied.records[0].outcomes.clone()
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Flagged { flags } => flags[0].code(),
        Outcome::Rejected(rejection) => rejection.code(),
        Outcome::Duplicate { .. } => "duplicate",
    }
}

fn codes(outcomes: &[Outcome]) -> Vec<&str> {
    outcomes.iter().map(code).collect()
}

#[test]
fn events_are_accepted_and_located() {
    let mut ledger = ledger();
    let records = [commissioning(1), shipping(1), packing(1)].map(|b| record("epcis.event", 1, b));
    let submission = ledger
        .network()
        .submission(1, ledger.expiry(), records.to_vec());
    let batch = ledger.batch(vec![submission.clone()]);
    let applied = ledger.order(std::slice::from_ref(&batch), Vec::new());
    let entry = &applied.records[0];
    assert_eq!(entry.outcomes, vec![Outcome::Accepted; 3]);
    assert_eq!(entry.submission, submission.id());
    assert_eq!(entry.member, ledger.network().member(1));
    let location = SubmissionLocation {
        height: Height(1),
        first_index: LogIndex(0),
        record_count: 3,
        batch: batch.digest(),
        submission_index: 0,
    };
    assert_eq!(entry.location, location);
    let stored = ledger
        .get(Space::Submissions, submission.id().as_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(SubmissionLocation::from_bytes(&stored), Ok(location));
    let ordered = ledger
        .get(Space::OrderedBatches, batch.digest().as_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(Height::from_bytes(&ordered), Ok(Height(1)));
    // Three records and the end of the block.
    assert_eq!(ledger.log_size(), 4);
}

#[test]
fn a_bad_record_is_rejected_and_the_others_are_not() {
    let mut ledger = ledger();
    let before = ledger.tip().state_root;
    let outcomes = submit(
        &mut ledger,
        0,
        vec![
            record("unknown.kind", 1, "{}"),
            record("epcis.event", 2, commissioning(1)),
            record("epcis.event", 1, "{}"),
            record("epcis.event", 1, vec![0xff]),
            event_record(1),
        ],
    );
    assert_eq!(
        codes(&outcomes),
        [
            "unknown-kind",
            "unsupported-version",
            "invalid-record",
            "invalid-record",
            "accepted"
        ]
    );
    for outcome in &outcomes[..4] {
        let Outcome::Rejected(rejection) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(!rejection.reason().is_empty());
    }
    // Events are remembered beside the authenticated state.
    assert_eq!(ledger.tip().state_root, before);
}

#[test]
fn an_event_under_the_hash_of_another_is_flagged() {
    let mut ledger = ledger();
    let named = |body: String, event_id: &str| {
        let mut event: serde_json::Value = serde_json::from_str(&body).unwrap();
        event["eventID"] = event_id.into();
        record("epcis.event", 1, event.to_string())
    };
    let hash = |body: &str| {
        let event = crate::records::epcis::parse(body.as_bytes()).unwrap();
        event.event_hash().to_string()
    };
    let (first, second) = (hash(&commissioning(1)), hash(&shipping(1)));
    let zeros = format!("ni:///sha-256;{}?ver=CBV2.0", "0".repeat(64));
    let outcomes = submit(
        &mut ledger,
        0,
        vec![
            named(commissioning(1), &first),
            named(shipping(1), &first),
            named(packing(1), &zeros),
            named(
                commissioning(2),
                "urn:uuid:c3b6ff43-6c48-4a96-9d05-0c9a4d7f7b3c",
            ),
            // What declares an event wrong has its name and its hash.
            named(correction(1), &first),
        ],
    );
    let mismatch = "event-id-mismatch";
    let expected = ["accepted", mismatch, mismatch, "accepted", "accepted"];
    assert_eq!(codes(&outcomes), expected);
    let Outcome::Flagged { flags } = &outcomes[1] else {
        panic!("{outcomes:?}");
    };
    assert!(
        flags[0].reason().ends_with(&second),
        "{}",
        flags[0].reason()
    );
}

#[test]
fn what_cannot_have_been_so_is_flagged() {
    let mut ledger = ledger();
    let changed = |body: String, change: &dyn Fn(&mut serde_json::Value)| {
        let mut event: serde_json::Value = serde_json::from_str(&body).unwrap();
        change(&mut event);
        record("epcis.event", 1, event.to_string())
    };
    let measured = |start: &'static str, end: &'static str| {
        changed(commissioning(1), &move |event| {
            event["sensorElementList"] = json!([{
                "sensorMetadata": {"startTime": start, "endTime": end},
                "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}],
            }]);
        })
    };
    let (early, late) = ("2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z");
    let in_itself = changed(packing(1), &|event| {
        let parent = event["parentID"].clone();
        event["childEPCs"].as_array_mut().unwrap().push(parent);
    });
    let records = vec![measured(early, late), measured(late, early), in_itself];
    let outcomes = submit(&mut ledger, 0, records);
    let expected = ["accepted", "period-turned-round", "contains-itself"];
    assert_eq!(codes(&outcomes), expected);
}

#[test]
fn the_same_event_by_the_same_member_is_a_duplicate_wherever_it_comes_from() {
    let mut ledger = ledger();
    let of = |index| Outcome::Duplicate {
        of: LogIndex(index),
    };
    let first = submit(&mut ledger, 0, vec![event_record(1), event_record(1)]);
    assert_eq!(first, [Outcome::Accepted, of(0)]);
    // Written in another way, in a later block.
    let spaced = commissioning(1).replace("\":", "\" : ");
    assert_ne!(spaced, commissioning(1));
    let later = submit(&mut ledger, 0, vec![record("epcis.event", 1, spaced)]);
    assert_eq!(later, [of(0)]);
    // Nobody can block another member's event by sending it first.
    let other = submit(&mut ledger, 1, vec![event_record(1)]);
    assert_eq!(other, [Outcome::Accepted]);
    let own = submit(&mut ledger, 1, vec![event_record(2), event_record(1)]);
    assert_eq!(own, [Outcome::Accepted, of(5)]);
}

#[test]
fn a_correction_is_no_duplicate_of_what_it_corrects() {
    let mut ledger = ledger();
    let correct = || record("epcis.event", 1, correction(1));
    assert_eq!(
        submit(&mut ledger, 0, vec![event_record(1), correct(), correct()]),
        [
            Outcome::Accepted,
            Outcome::Accepted,
            Outcome::Duplicate { of: LogIndex(1) }
        ]
    );
}

#[test]
fn records_of_an_atomic_submission_stand_together() {
    let mut ledger = ledger();
    let outcomes = submit_atomic(&mut ledger, vec![event_record(1), event_record(2)]);
    assert_eq!(outcomes, vec![Outcome::Accepted; 2]);
    // A duplicate is no rejection.
    let outcomes = submit_atomic(&mut ledger, vec![event_record(3), event_record(1)]);
    assert_eq!(codes(&outcomes), ["accepted", "duplicate"]);
    let outcomes = submit(&mut ledger, 0, vec![event_record(3)]);
    assert_eq!(codes(&outcomes), ["duplicate"]);
}

#[test]
fn records_of_an_atomic_submission_fall_together() {
    let mut ledger = ledger();
    submit(&mut ledger, 0, vec![event_record(9)]);
    let network = ledger.network().clone();
    let key = crate::testing::secret_key("new key");
    let purpose = crate::types::KeyPurpose::Writer;
    let add = crate::testing::add_key(&network.ledger(), &network.member(0), &key, purpose);
    let before = (ledger.tip().state_root, ledger.member(&network.member(0)));
    let outcomes = submit_atomic(
        &mut ledger,
        vec![
            event_record(1),
            add.clone(),
            event_record(9),
            record("epcis.event", 1, "{}"),
            event_record(2),
        ],
    );
    assert_eq!(
        codes(&outcomes),
        ["atomic", "atomic", "atomic", "invalid-record", "atomic"]
    );
    assert!(matches!(
        &outcomes[0],
        Outcome::Rejected(rejection) if rejection.reason().contains("record 3")
    ));
    let after = (ledger.tip().state_root, ledger.member(&network.member(0)));
    assert_eq!(before, after);
    // Nothing of it is remembered: each record can still be accepted.
    let again = submit(&mut ledger, 0, vec![event_record(1), event_record(2), add]);
    assert_eq!(again, vec![Outcome::Accepted; 3]);
}

#[test]
fn an_empty_block_has_one_entry_and_leaves_the_state_as_it_was() {
    let mut ledger = ledger();
    let before = ledger.tip().clone();
    for height in 1..=3 {
        let applied = ledger.order(&[], Vec::new());
        assert_eq!(ledger.tip().height, Height(height));
        assert_eq!(ledger.log_size(), height);
        assert_eq!(applied.commit.entries.len(), 1);
        assert_eq!(applied.commit.writes, []);
        assert!(applied.records.is_empty() && applied.skipped.is_empty());
    }
    assert_eq!(ledger.tip().state_root, before.state_root);
    assert_ne!(ledger.tip().frontier.root(), before.frontier.root());
    let summary = ledger.tip().summary();
    assert_eq!(summary.log_root, ledger.tip().frontier.root());
    assert_eq!(summary.log_size, 3);
    assert_eq!(ledger.blocks()[2].first_index(), LogIndex(2));
}
