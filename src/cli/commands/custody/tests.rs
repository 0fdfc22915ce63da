//! What people are shown of custody.

use clap::Parser as _;
use serde_json::json;

use super::ask::{describe, describe_chain, describe_open};
use super::report::{ChainReport, CustodyReport, OpenReport};
use super::run;
use crate::cli::Exit;
use crate::cli::arguments::{Arguments, Command};
use crate::cli::client::test_node::{Answer, TestNode};
use crate::cli::output::{Output, Reader};
use crate::cli::terminal_text::plain_copy;
use crate::types::Timestamp;

fn holder(member: &str, since: u64) -> serde_json::Value {
    json!({"member": member, "since": since, "time": "2026-03-01T08:00:00.000Z"})
}

fn signed(index: u64, member: &str) -> serde_json::Value {
    json!({"index": index, "height": 3, "time": "2026-03-01T08:00:00.000Z", "member": member,
        "key": "00", "submission": "11", "proof": format!("/v1/records/{index}/proof")})
}

#[test]
fn the_holder_is_told_with_the_container_that_says_so() {
    let report: CustodyReport = serde_json::from_value(json!({
        "height": 9, "thing": "urn:x:sack",
        "holder": {"member": "carrier", "since": 7, "time": "2026-03-01T09:00:00.000Z", "via": "urn:x:pallet"},
        "own": {"member": "acme", "since": 4, "time": "2026-03-01T08:00:00.000Z",
            "proposed": {"index": 8, "to": "shop"}},
        "containers": [{"id": "urn:x:pallet", "kind": "aggregation", "since": "2026-02-28T08:00:00.000Z",
            "index": 5, "entries": [5], "moreEntries": false, "holder": holder("carrier", 7), "disputed": false}],
        "class": false, "ownDisputed": true, "moreContainers": false, "goesAlongWith": ["urn:x:pallet"]
    }))
    .unwrap();
    let text = describe(&report);
    assert!(
        text.starts_with("urn:x:sack is held by carrier since"),
        "{text}"
    );
    assert!(text.contains("with urn:x:pallet"), "{text}");
    assert!(text.contains("it goes along with urn:x:pallet\n"), "{text}");
    assert!(text.contains("proposed to shop by entry 8"), "{text}");
    assert!(text.contains("acme since entry 4"), "{text}");
    assert!(
        text.contains("disputed: acme has it by its own name since entry 4"),
        "{text}"
    );
    let nobody = json!({"height": 9, "thing": "urn:x:sack", "containers": [], "class": false, "ownDisputed": false, "moreContainers": false, "goesAlongWith": []});
    let nobody: CustodyReport = serde_json::from_value(nobody).unwrap();
    assert!(describe(&nobody).starts_with("nobody has claimed"));
}

#[test]
fn of_a_lot_every_container_is_shown_with_its_amount() {
    let of = |id: &str, kg: &str, member: &str, disputed: bool| {
        json!({"id": id, "quantity": kg, "uom": "KGM", "kind": "aggregation", "since": "2026-02-28T08:00:00.000Z",
            "index": 5, "entries": [5, 6], "moreEntries": false, "holder": holder(member, 7), "disputed": disputed})
    };
    let report: CustodyReport = serde_json::from_value(json!({
        "height": 9, "thing": "urn:x:lot", "holder": holder("acme", 3), "own": holder("acme", 3),
        "containers": [of("urn:x:crate", "30", "carrier", false), of("urn:x:tank", "50", "shop", true)],
        "class": true, "ownDisputed": false, "moreContainers": true, "goesAlongWith": []
    }))
    .unwrap();
    let text = describe(&report);
    assert!(text.starts_with("urn:x:lot is held by acme"), "{text}");
    for expected in [
        "30 KGM",
        "50 KGM",
        "carrier since entry 7",
        "shop since entry 7 (disputed)",
        "more containers",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn the_chain_shows_disputes_with_their_reasons() {
    let report: ChainReport = serde_json::from_value(json!({
        "height": 9, "thing": "urn:x:sack", "links": [
            {"number": 1, "status": "claimed", "to": "acme", "holder": "acme", "signed": signed(4, "acme")},
            {"number": 2, "status": "rejected", "from": "acme", "to": "carrier", "holder": "acme",
                "expires": "2026-03-05T08:00:00.000Z", "evidence": {"document": "abcd"},
                "signed": signed(5, "acme"),
                "ended": {"index": 6, "height": 4, "time": "2026-03-02T08:00:00.000Z",
                    "proof": "/v1/records/6/proof", "signed": signed(6, "carrier"),
                    "reason": "two seals are broken"}},
        ]
    }))
    .unwrap();
    let text = describe_chain(&report);
    assert!(text.contains("two seals are broken"), "{text}");
    assert!(
        text.contains("5, 6") && text.contains("document abcd"),
        "{text}"
    );
}

/// A reason, or a place, is a part of its row, whatever it has in it.
#[test]
fn a_reason_forges_no_row() {
    let report: ChainReport = serde_json::from_value(json!({
        "height": 9, "thing": "urn:x:sack\n2 links", "links": [
            {"number": 1, "status": "rejected", "from": "acme", "to": "carrier", "holder": "acme",
                "signed": signed(5, "acme"),
                "ended": {"index": 6, "height": 4, "time": "2026-03-02T08:00:00.000Z",
                    "proof": "/v1/records/6/proof", "signed": signed(6, "carrier"),
                    "place": "urn:x:\u{9b}2J",
                    "reason": "broken\n2  accepted  acme  evil\u{1b}[1A\t"}},
        ]
    }))
    .unwrap();
    let text = describe_chain(&plain_copy(&report).unwrap());
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.contains("broken\\n2  accepted  acme  evil\\u{1b}[1A\\t; "),
        "{text}"
    );
    assert!(text.contains("at urn:x:\\u{9b}2J"), "{text}");
    assert!(
        text.contains("1 link in the chain of urn:x:sack\\n2 links at"),
        "{text}"
    );
}

/// A chain is told as a whole, or not at all.
#[tokio::test]
async fn a_chain_that_does_not_end_is_not_told_as_a_whole() {
    let node = TestNode::start().await;
    let page = json!({"height": 9, "thing": "urn:x:a", "links": [], "next": "token"}).to_string();
    node.on("GET /v1/custody/chain/", [Answer::ok(page)]);
    let line = ["waybill", "custody", "chain", "urn:x:a", "--url", &node.url];
    let Command::Custody(arguments) = Arguments::parse_from(line).command else {
        panic!("custody");
    };
    let asked = run(&arguments, &Output::new(Reader::Script)).await;
    let failure = asked.unwrap_err();
    assert_eq!(failure.exit, Exit::Refused);
    assert!(failure.why.contains("more than 100 pages"), "{failure}");
}

#[test]
fn open_proposals_name_the_first_thing_and_count_the_others() {
    let report: OpenReport = serde_json::from_value(json!({
        "height": 9, "member": "carrier", "proposals": [
            {"index": 5, "from": "acme", "to": "carrier", "thingCount": 12, "things": ["urn:x:sack"],
                "expires": "2026-03-05T08:00:00.000Z", "digest": "00"}]
    }))
    .unwrap();
    assert!(describe_open(&report, None).contains("urn:x:sack and 11 more"));
    let at = |text| Some(Timestamp::parse_rfc3339(text).unwrap());
    let before = describe_open(&report, at("2026-03-05T07:59:59Z"));
    assert!(!before.contains("next block"), "{before}");
    let past = describe_open(&report, at("2026-03-05T08:00:00Z"));
    assert!(
        past.contains("08:00:00.000Z: expires with the next block"),
        "{past}"
    );
    let none = json!({"height": 9, "member": "carrier", "proposals": []});
    let none: OpenReport = serde_json::from_value(none).unwrap();
    assert!(describe_open(&none, None).contains("no open proposals"));
}
