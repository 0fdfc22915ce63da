use super::*;
use crate::testing::{TestNetwork, event_record};
use crate::types::Timestamp;

const EVENT: &str = r#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","eventTime":"2024-10-02T06:30:00Z","eventTimeZoneOffset":"+00:00","epcList":["urn:epc:id:sscc:7620034.1000000042"],"action":"OBSERVE"}"#;

#[test]
fn folders_are_read_in_sorted_order_with_what_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    for name in ["c.json", "a.jsonld", "b/z.json", "b/note.txt"] {
        fs::write(folder.path().join(name), EVENT).unwrap();
    }
    std::os::unix::fs::symlink(folder.path(), folder.path().join("b/circle")).unwrap();
    let paths = [folder.path().to_owned()];
    let records = read_records(&paths, &RecordForm::EpcisDocuments).unwrap();
    let names: Vec<_> = records
        .iter()
        .map(|record| record.file.rsplit_once('/').unwrap().1)
        .collect();
    assert_eq!(names, ["a.jsonld", "z.json", "c.json"]);
    assert!(
        check_records(&records).is_empty(),
        "{:?}",
        check_records(&records)
    );
}

#[test]
fn other_kinds_are_taken_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    fs::write(&path, " {} \n").unwrap();
    let form = RecordForm::Bodies {
        kind: RecordKind::new("membership.change").unwrap(),
        version: 1,
    };
    let records = read_records(&[path], &form).unwrap();
    assert_eq!(&records[0].record.body[..], b" {} \n");
    assert_eq!(check_records(&records)[0].pointer, "/operation");
}

#[test]
fn complaints_name_file_place_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.json");
    let bad = EVENT.replace("OBSERVE", "LOOK");
    let document =
        format!(r#"{{"type":"EPCISDocument","epcisBody":{{"eventList":[{EVENT},{bad}]}}}}"#);
    fs::write(&path, document).unwrap();
    let records = read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).unwrap();
    let complaints = check_records(&records);
    assert_eq!(complaints.len(), 1);
    assert_eq!(complaints[0].file, path.display().to_string());
    assert_eq!(complaints[0].pointer, "/epcisBody/eventList/1/action");
    assert!(!complaints[0].reason.is_empty());
}

#[test]
fn what_cannot_be_read_or_split_fails_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [folder.path().join("missing.json"), folder.path().to_owned()];
    for path in cases {
        let failure =
            read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).unwrap_err();
        assert!(failure.what.contains(&path.display().to_string()));
    }
    let path = folder.path().join("broken.json");
    for content in [&b"{"[..], b"\xff"] {
        fs::write(&path, content).unwrap();
        assert!(read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).is_err());
    }
    fs::write(&path, format!("\u{feff}{EVENT}")).unwrap();
    assert!(read_records(&[path], &RecordForm::EpcisDocuments).is_ok());
}

/// What was signed is not taken for something to be signed.
#[test]
fn what_is_signed_already_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.json");
    let network = TestNetwork::new(1, 1);
    let expires = Timestamp::from_ms(1_760_000_000_000);
    let signed = network.submission(0, expires, vec![event_record(1)]);
    let document = SubmissionDocument::from(&signed);
    let one = serde_json::to_string(&document).unwrap();
    for text in [one.clone(), format!("[{one},{one}]")] {
        fs::write(&path, text).unwrap();
        let refused = read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments);
        let failure = refused.unwrap_err();
        assert!(failure.why.contains("signed already"), "{failure}");
    }
}

#[test]
fn a_record_that_is_too_long_is_complained_about_and_an_unknown_one_is_not() {
    let long = |kind: &str, bytes: usize| SourceRecord {
        file: "f".to_owned(),
        pointer: "/0".to_owned(),
        record: Record {
            kind: RecordKind::new(kind).unwrap(),
            version: 1,
            body: vec![b' '; bytes].into(),
        },
    };
    // The ledger may have contracts for kinds that this program does not know.
    let complaints = check_records(&[long("epcis.event", MAX_BODY_BYTES + 1), long("a.b", 1)]);
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].reason.contains("61440"), "{complaints:?}");
}
