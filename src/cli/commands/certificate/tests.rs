//! What a person is told of certificates.

use clap::Parser as _;
use serde_json::{Value, json};

use super::show::{CertificatesReport, Listed, describe, describe_list, next_after};
use crate::cli::arguments::Arguments;
use crate::cli::pages::words;
use crate::records::energy::CertificateId;
use crate::types::LogIndex;

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
        "1 to 400",
        "report of 2026",
        "sunfarm",
    ] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
    assert!(!text.contains("to be used before"), "{text}");
}

/// The command that makes sense next has all that it needs, and quotes what a node made up.
#[test]
fn the_next_step_can_be_taken() {
    let certificate = CertificateId {
        issuance: LogIndex(1234),
        number: 101,
    };
    let next = |status: &str, who: &str| {
        let mut report = piece(101, 200, status);
        report["owner"] = json!(who);
        report["beneficiary"] = json!(who);
        let report = serde_json::from_value(report).unwrap();
        next_after(&report, certificate, " --url http://a:1")
    };
    assert_eq!(
        next("cancelled", "grid-ag"),
        "waybill certificate claim 1234 --first 101 --last 200 --meter METER --member grid-ag --key FILE --url \
         http://a:1"
    );
    for status in ["active", "cancelled", "claimed"] {
        let command = next(status, "acme").replace("MEMBER", "beta");
        assert!(
            Arguments::try_parse_from(words(&command)).is_ok(),
            "{command}"
        );
    }
    assert!(next("active", "a$(reboot)").contains(" --member 'a$(reboot)' "));
}

#[test]
fn a_list_tells_its_sum_and_what_it_leaves_out() {
    let report = |first| -> CertificatesReport {
        serde_json::from_value(piece(first, first + 9, "active")).unwrap()
    };
    let few: Vec<_> = (0..3).map(|place| report(10 * place + 1)).collect();
    let listed = Listed::OfOwner {
        owner: "acme",
        status: "active",
    };
    let text = describe_list(&listed, &few, 9, true);
    assert!(
        text.ends_with("\n\n30000 Wh in 3 active pieces of acme, at height 9\n"),
        "{text}"
    );
    assert_eq!(
        describe_list(&listed, &[], 9, true),
        "acme has no certificates that are active at height 9; others are listed by --status: cancelled, claimed, \
         expired, withdrawn\n"
    );
    let many: Vec<_> = (0..70).map(|place| report(10 * place + 1)).collect();
    let text = describe_list(&listed, &many, 9, false);
    assert!(text.contains("… and 10 more"), "{text}");
    assert!(
        text.contains("there are more than one list shows"),
        "{text}"
    );
}

/// What was withdrawn may have been issued anew: summed up, it would count twice.
#[test]
fn what_was_withdrawn_is_told_beside_the_sum() {
    let report = |first, status| -> CertificatesReport {
        serde_json::from_value(piece(first, first + 9, status)).unwrap()
    };
    let listed = Listed::OfDevice {
        device: "CH-PV-1",
        interval: "2026-06-01T12:00:00.000Z/PT1H".to_owned(),
    };
    let end = |pieces: &[CertificatesReport]| {
        let text = describe_list(&listed, pieces, 9, true);
        text.lines().last().unwrap().to_owned()
    };
    let all = [
        report(1, "active"),
        report(11, "withdrawn"),
        report(21, "claimed"),
        report(31, "active"),
    ];
    assert_eq!(
        end(&all),
        "30000 Wh in 3 pieces (20000 Wh in 2 active pieces, 10000 Wh in 1 claimed piece), without 10000 Wh in 1 \
         withdrawn piece, at height 9"
    );
    assert_eq!(
        end(&all[1..2]),
        "0 Wh in 0 pieces, without 10000 Wh in 1 withdrawn piece, at height 9"
    );
    assert_eq!(
        end(&[]),
        "nothing is certified of what CH-PV-1 produced in 2026-06-01T12:00:00.000Z/PT1H, at height 9"
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
