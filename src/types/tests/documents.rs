//! Submissions and identifiers as JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::generators as generate;
use crate::testing::{GENESIS_TIME, TestNetwork, event_record};
use crate::types::*;

fn document() -> Value {
    let network = TestNetwork::new(1, 1);
    let submission = network.submission(0, GENESIS_TIME, vec![event_record(1)]);
    serde_json::to_value(SubmissionDocument::from(&submission)).unwrap()
}

fn read(value: &Value) -> Result<Submission, String> {
    let document: SubmissionDocument =
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    Submission::try_from(document).map_err(|error| error.to_string())
}

proptest! {
    #[test]
    fn a_submission_survives_its_document(submission in generate::text_submission()) {
        let document = SubmissionDocument::from(&submission);
        let text = serde_json::to_string(&document).unwrap();
        let again: SubmissionDocument = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(Submission::try_from(again), Ok(submission));
    }

    #[test]
    fn a_signature_survives_the_document(number in any::<u32>()) {
        let network = TestNetwork::new(1, 1);
        let submission = network.submission(0, GENESIS_TIME, vec![event_record(number)]);
        let text = serde_json::to_string(&SubmissionDocument::from(&submission)).unwrap();
        let document: SubmissionDocument = serde_json::from_str(&text).unwrap();
        let again = Submission::try_from(document).unwrap();
        prop_assert_eq!(again.verify(), Ok(submission.id()));
    }

    #[test]
    fn any_json_is_a_submission_or_an_error(text in "[\\{\\}\\[\\]\":,a-z0-9 ]{0,200}") {
        if let Ok(document) = serde_json::from_str::<SubmissionDocument>(&text) {
            prop_assert!(!document.member.as_str().is_empty());
        }
    }

    #[test]
    fn times_survive_text(time in generate::printable_timestamp()) {
        let text = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), time);
    }
}

#[test]
fn the_document_has_the_documented_form() {
    let value = document();
    assert!(read(&value).is_ok());
    let mut fields: Vec<&String> = value.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "atomic",
            "expires",
            "key",
            "ledger",
            "member",
            "records",
            "signature"
        ]
    );
    assert_eq!(value["member"], "member-0");
    assert_eq!(value["expires"], "2026-01-01T00:00:00.000Z");
    assert_eq!(value["atomic"], false);
    assert_eq!(value["records"][0]["kind"], "epcis.event");
    assert!(value["records"][0]["body"].is_string());
    assert_eq!(value["signature"].as_str().unwrap().len(), 128);
}

#[test]
fn atomicity_is_independent_unless_stated() {
    let mut value = document();
    value.as_object_mut().unwrap().remove("atomic");
    let submission = read(&value).unwrap();
    assert_eq!(submission.header().atomicity, Atomicity::Independent);
    value["atomic"] = json!(true);
    let submission = read(&value).unwrap();
    assert_eq!(submission.header().atomicity, Atomicity::AllOrNothing);
}

#[test]
fn what_is_not_a_document_is_refused_with_a_reason() {
    let cases: [(&str, Value, &str); 10] = [
        ("ledger", json!("00"), "hexadecimal"),
        ("ledger", json!("A".repeat(64)), "hexadecimal"),
        ("member", json!("Acme"), "member id"),
        ("key", json!("00".repeat(32)), "weak"),
        ("expires", json!("2026-01-01"), "date"),
        ("expires", json!(0), "string"),
        ("atomic", json!(1), "boolean"),
        ("records", json!([]), "no records"),
        ("signature", json!("00"), "hexadecimal"),
        ("extra", json!(1), "unknown field"),
    ];
    for (field, wrong, reason) in cases {
        let mut value = document();
        value[field] = wrong;
        let error = read(&value).unwrap_err();
        assert!(error.contains(reason), "{field}: {error}");
    }
    for field in ["ledger", "member", "key", "expires", "records", "signature"] {
        let mut value = document();
        value.as_object_mut().unwrap().remove(field);
        let error = read(&value).unwrap_err();
        assert!(error.contains("missing field"), "{field}: {error}");
    }
    for (field, wrong) in [
        ("kind", json!("event")),
        ("version", json!(65_536)),
        ("body", json!({})),
        ("extra", json!(1)),
    ] {
        let mut value = document();
        value["records"][0][field] = wrong;
        assert!(read(&value).is_err(), "{field}");
    }
}

/// A list of the values in the order of the fields has one meaning only for who knows the order.
#[test]
fn a_list_is_no_object() {
    let object = document();
    let fields = [
        "ledger",
        "member",
        "key",
        "expires",
        "atomic",
        "records",
        "signature",
    ];
    let list: Vec<Value> = fields.iter().map(|field| object[field].clone()).collect();
    let error = read(&json!(list)).unwrap_err();
    assert!(error.contains("JSON object"), "{error}");
    let record = &object["records"][0];
    let mut value = object.clone();
    value["records"][0] = json!([record["kind"], record["version"], record["body"]]);
    let error = read(&value).unwrap_err();
    assert!(error.contains("JSON object"), "{error}");
}

#[test]
fn a_field_given_twice_is_refused() {
    let text = document().to_string();
    let twice = text.replacen('{', "{\"atomic\":true,", 1);
    assert!(serde_json::from_str::<SubmissionDocument>(&text).is_ok());
    let error = serde_json::from_str::<SubmissionDocument>(&twice).unwrap_err();
    assert!(error.to_string().contains("duplicate field"), "{error}");
}
