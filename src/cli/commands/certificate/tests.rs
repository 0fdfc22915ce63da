//! What a person is told of certificates.

use clap::Parser as _;
use serde_json::{Value, json};

use super::show::{CertificatesReport, describe, describe_list};
use crate::cli::arguments::Arguments;

fn piece(first: u64, last: u64, status: &str) -> Value {
    json!({"issuance": 1234, "first": first, "last": last, "quantityWh": (last - first + 1) * 1_000,
        "faceValueWh": 1_000, "owner": "acme", "status": status, "latest": 1250, "device": "CH-PV-1",
        "start": "2026-06-01T12:00:00.000Z", "duration": "PT1H", "carrier": "solar", "area": "CH-ZH",
        "issuer": "origin-body", "expires": "2027-12-01T13:00:00.000Z"})
}

#[test]
fn a_certificate_is_told_with_its_history() {
    let mut report = piece(101, 200, "cancelled");
    report["beneficiary"] = json!("acme");
    report["height"] = json!(9);
    report["id"] = json!("1234-150");
    report["history"] = json!([
        {"operation": "cancel", "index": 1250, "height": 8, "time": "2026-06-02T00:00:00.000Z",
            "first": 101, "last": 200, "owner": "acme", "status": "cancelled", "beneficiary": "acme",
            "purpose": "report of 2026"},
        {"operation": "issue", "index": 1234, "height": 7, "time": "2026-06-01T14:00:00.000Z",
            "first": 1, "last": 400, "owner": "sunfarm", "status": "active"}
    ]);
    let text = describe(&serde_json::from_value(report).unwrap());
    for piece in [
        "certificates 1234-101 to 200 of acme: cancelled for acme",
        "100000 Wh of solar, 1000 Wh each, by CH-PV-1 in 2026-06-01T12:00:00.000Z/PT1H",
        "1..400",
        "report of 2026",
        "sunfarm",
    ] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
    assert!(!text.contains("to be used before"), "{text}");
}

#[test]
fn a_list_tells_its_sum_and_what_it_leaves_out() {
    let report = |first| -> CertificatesReport {
        serde_json::from_value(piece(first, first + 9, "active")).unwrap()
    };
    let few: Vec<_> = (0..3).map(|place| report(10 * place + 1)).collect();
    let text = describe_list(&few, 9, true);
    assert!(
        text.contains("30000 Wh in 3 pieces at height 9\n"),
        "{text}"
    );
    let many: Vec<_> = (0..70).map(|place| report(10 * place + 1)).collect();
    let text = describe_list(&many, 9, false);
    assert!(text.contains("… and 10 more"), "{text}");
    assert!(
        text.contains("there are more than one list shows"),
        "{text}"
    );
}

#[test]
fn the_commands_of_the_page_on_certificates_are_read() {
    let page = include_str!("../../../docs/certificates.md");
    let lines: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("waybill "))
        .collect();
    assert!(lines.len() > 8);
    for line in lines {
        // A text in quotation marks is one word.
        let mut words = Vec::new();
        for (place, part) in line.split('"').enumerate() {
            match place % 2 {
                0 => words.extend(part.split_whitespace()),
                _ => words.push(part),
            }
        }
        assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
    }
    for bad in [
        "waybill certificate list",
        "waybill certificate list --owner acme --device PV",
        "waybill certificate list --device PV",
        "waybill certificate list --owner acme --status sold",
        "waybill certificate show 1234",
        "waybill meter show a/b",
    ] {
        assert!(Arguments::try_parse_from(bad.split(' ')).is_err(), "{bad}");
    }
}
