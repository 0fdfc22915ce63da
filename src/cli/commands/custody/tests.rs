//! What people are shown of custody.

use serde_json::json;

use super::ask::{describe, describe_chain, describe_open};
use super::report::{ChainReport, CustodyReport, OpenReport};
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
