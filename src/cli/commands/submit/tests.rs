//! What became of records, as people are told it.

use bytes::Bytes;

use super::*;
use crate::cli::client::{EntryReport, ProblemReport, RejectedRecordReport};
use crate::crypto::Sha256Digest;
use crate::types::{MemberId, Record, RecordKind, SubmissionId};

#[test]
fn what_was_rejected_is_told_with_what_helps() {
    let source = |kind: &str| SourceRecord {
        file: "x.json".to_owned(),
        pointer: String::new(),
        record: Record {
            kind: RecordKind::new(kind).unwrap(),
            version: 1,
            body: Bytes::from_static(b"{}"),
        },
    };
    let rejected = |index, code: &str| EntryReport {
        index,
        outcome: OutcomeReport::Rejected {
            code: code.to_owned(),
            reason: "why".to_owned(),
        },
    };
    let accepted = EntryReport {
        index: 9,
        outcome: OutcomeReport::Accepted,
    };
    let delivered = Delivered {
        records: vec![
            source("custody.rejection"),
            source("governance.ballot"),
            source("epcis.event"),
            source("epcis.event"),
        ],
        delivery: Delivery {
            id: SubmissionId(Sha256Digest::from_bytes([1; 32])),
            state: DeliveryState::Committed {
                height: 3,
                entries: vec![
                    rejected(7, "proposal-decided"),
                    rejected(8, "proposal-decided"),
                    accepted,
                    rejected(10, "of-tomorrow"),
                ],
            },
        },
    };
    let causes = delivered.causes(&MemberId::new("acme").unwrap(), "");
    let hints: Vec<_> = causes.iter().map(|(_, cause)| &cause.way_out).collect();
    assert_eq!(hints.len(), 3);
    let of = |number: usize| hints[number].as_deref().unwrap_or_default();
    assert!(of(0).contains("waybill custody chain"), "{hints:?}");
    assert!(of(1).contains("waybill contract proposals"));
    assert_eq!(hints[2], &None);
    let document = delivered.document();
    let told: Vec<bool> = (0..4)
        .map(|record| document["records"][record]["wayOut"].is_string())
        .collect();
    assert_eq!(told, [true, true, false, false]);
}

/// A table's cells are short, and below it each cause has its place, its code, why, and what helps.
#[test]
fn what_was_refused_stands_below_the_table() {
    let source = |file: &str| SourceRecord {
        file: file.to_owned(),
        pointer: "/epcisBody/eventList/0".to_owned(),
        record: Record {
            kind: RecordKind::new("epcis.event").unwrap(),
            version: 1,
            body: Bytes::from_static(br#"{"things":["urn:x:1"]}"#),
        },
    };
    let id = SubmissionId(Sha256Digest::from_bytes([1; 32]));
    let why = "record 1 would be rejected (not-holder): urn:epc:id:sscc:9521001.0000002001 is held by \
               tema-export since entry 12";
    let problem = ProblemReport {
        type_uri: "urn:waybill:problem:would-be-rejected".to_owned(),
        title: "The record would be rejected".to_owned(),
        cause: why.to_owned(),
        way_out: "`waybill custody show THING` names the holder, `waybill custody open --member MEMBER` what waits"
            .to_owned(),
        record: Some(1),
        ..ProblemReport::default()
    };
    let refused = Delivered {
        records: vec![source("a.json"), source("b.json"), source("c.json")],
        delivery: Delivery {
            id,
            state: DeliveryState::Refused(ClientError::Problem {
                url: "http://a:1".to_owned(),
                status: 422,
                problem: Box::new(problem),
                retry_after: None,
            }),
        },
    };
    let flagged = Delivered {
        records: vec![source("d.json")],
        delivery: Delivery {
            id,
            state: DeliveryState::Committed {
                height: 3,
                entries: vec![EntryReport {
                    index: 7,
                    outcome: serde_json::from_value(json!({"result": "flagged", "flags": [
                        {"code": "event-id-mismatch", "reason": "its hash is another"}]}))
                    .unwrap(),
                }],
            },
        },
    };
    let late = Delivered {
        records: vec![source("e.json")],
        delivery: Delivery {
            id,
            state: DeliveryState::TimedOut(None),
        },
    };
    let delivered = [flagged, refused, late];
    let mut tally = Tally::default();
    for one in &delivered {
        tally.count(one);
    }
    let text = describe(
        &delivered,
        &tally,
        (&MemberId::new("acme").unwrap(), " --url http://a:1"),
    );
    let place = |file: &str| format!("{file}.json#/epcisBody/eventList/0");
    let expected = format!(
        "index  outcome                               record\n\
         -      refused with it                       {a}\n\
         -      refused: would-be-rejected            {b}\n\
         -      refused with it                       {c}\n\
         -      not committed in time                 {e}\n\
         7      accepted, flagged: event-id-mismatch  {d}\n\
         \n\
         refused: would-be-rejected: {b}, and 2 other records of its submission\n     \
         why:  {why}\n  \
         way out: `waybill custody show urn:x:1` names the holder, `waybill custody open --member acme` what waits\n\
         \n\
         not committed in time: {e}\n     \
         why:  a node has it, and the time is over; it may still be committed\n  \
         way out: waybill get {id} --url http://a:1\n\
         \n\
         accepted, flagged: event-id-mismatch: entry 7, {d}\n     \
         why:  its hash is another\n\
         \n\
         5 records in 3 submissions: 1 accepted, 1 of them flagged, 3 refused, 1 not committed in time\n",
        a = place("a"),
        b = place("b"),
        c = place("c"),
        d = place("d"),
        e = place("e"),
    );
    assert_eq!(text, expected);
}

/// What no node can have is not said to be on its way, and what one may have is not said to be unsent.
#[test]
fn what_a_node_may_have_is_told_with_its_id() {
    let told = |state| {
        let delivered = [Delivered {
            records: vec![SourceRecord {
                file: "a\n.json".to_owned(),
                pointer: String::new(),
                record: Record {
                    kind: RecordKind::new("epcis.event").unwrap(),
                    version: 1,
                    body: Bytes::from_static(b"{}"),
                },
            }],
            delivery: Delivery {
                id: SubmissionId(Sha256Digest::from_bytes([1; 32])),
                state,
            },
        }];
        let mut tally = Tally::default();
        tally.count(&delivered[0]);
        let member = MemberId::new("acme").unwrap();
        let status = delivered[0].document()["status"].clone();
        (
            describe(&delivered, &tally, (&member, "")),
            tally.exit(),
            status,
        )
    };
    let gone = ClientError::Unreachable {
        url: "http://a:1".to_owned(),
        reason: "connection refused".to_owned(),
    };
    let (text, exit, status) = told(DeliveryState::TimedOut(Some(gone.clone())));
    assert_eq!((exit, status), (Exit::TimedOut, json!("timedOut")));
    assert!(text.contains("1 not committed in time\n"), "{text}");
    assert!(text.contains("it may still be committed\n"), "{text}");
    assert!(
        text.contains(&format!("way out: waybill get {}\n", "01".repeat(32))),
        "{text}"
    );
    assert!(text.contains("a\\n.json"), "{text}");
    let (text, exit, status) = told(DeliveryState::Unreachable(gone));
    assert_eq!((exit, status), (Exit::Unreachable, json!("unreachable")));
    assert!(text.contains("1 not sent: no node answered\n"), "{text}");
    assert!(!text.contains("waybill get"), "{text}");
}

/// Of records that each stand for themselves the node tells why it would reject each.
#[test]
fn each_record_that_would_be_rejected_has_its_cause() {
    let source = |file: &str| SourceRecord {
        file: file.to_owned(),
        pointer: String::new(),
        record: Record {
            kind: RecordKind::new("custody.claim").unwrap(),
            version: 1,
            body: Bytes::from_static(br#"{"things":["urn:x:1"]}"#),
        },
    };
    let rejection = |record, code: &str| RejectedRecordReport {
        record,
        code: code.to_owned(),
        reason: format!("why {record}"),
        way_out: Some("`waybill custody show THING` names the holder".to_owned()),
    };
    let problem = ProblemReport {
        type_uri: "urn:waybill:problem:would-be-rejected".to_owned(),
        cause: "record 0 would be rejected (already-held): why 0".to_owned(),
        record: Some(0),
        rejections: vec![rejection(0, "already-held"), rejection(1, "not-a-party")],
        ..ProblemReport::default()
    };
    let refused = Delivered {
        records: ["a", "b", "c"].map(source).to_vec(),
        delivery: Delivery {
            id: SubmissionId(Sha256Digest::from_bytes([1; 32])),
            state: DeliveryState::Refused(ClientError::Problem {
                url: "http://a:1".to_owned(),
                status: 422,
                problem: Box::new(problem),
                retry_after: None,
            }),
        },
    };
    let rows = refused.rows();
    let outcomes: Vec<&str> = rows.iter().map(|(_, row)| row[1].as_str()).collect();
    let would_be = "refused: would-be-rejected";
    assert_eq!(outcomes, [would_be; 3]);
    let causes = refused.causes(&MemberId::new("acme").unwrap(), "");
    let told: Vec<_> = causes
        .iter()
        .map(|(_, cause)| (cause.place.as_str(), cause.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("a", "why 0 (already-held)"),
            ("b", "why 1 (not-a-party)"),
            ("1 other record", "the node tells why of the first 2 alone"),
        ]
    );
    let way_out = causes[1].1.way_out.as_deref();
    assert_eq!(
        way_out,
        Some("`waybill custody show urn:x:1` names the holder")
    );
    let document = refused.document();
    assert_eq!(document["records"][1]["rejection"]["code"], "not-a-party");
    assert!(document["records"][2].get("rejection").is_none());
}
