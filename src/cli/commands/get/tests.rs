use super::*;

#[test]
fn an_index_and_an_id_are_told_apart() {
    let id = "ab".repeat(32);
    assert_eq!("17".parse(), Ok(Wanted::Entry(17)));
    assert_eq!(id.parse(), Ok(Wanted::Submission(id.parse().unwrap())));
    assert!("17x".parse::<Wanted>().is_err());
    assert!(id.to_uppercase().parse::<Wanted>().is_err());
}

#[test]
fn a_body_is_shown_with_its_own_digits() {
    let raw = r#"{"index":7,"height":2,"time":"t","leafHash":"h","canonical":"","type":"submitted",
        "member":"acme","key":"k","submission":"s","recordIndex":1,"outcome":{"result":"accepted"},
        "record":{"kind":"epcis.event","version":1,"body":"{\"n\":1.500e2}"}}"#;
    let text = describe(&serde_json::from_str(raw).unwrap(), raw);
    assert!(text.contains("\"n\": 1.500e2"), "{text}");
    assert!(text.contains("accepted") && text.contains("record 1"));
}

#[test]
fn reasons_stand_below_the_entries_of_a_submission() {
    let entry = |index, outcome| EntryOutcome { index, outcome };
    let reason = "somebody else holds urn:epc:id:sscc:9521001.0000002001".to_owned();
    let code = "not-holder".to_owned();
    let entries = [
        entry(7, OutcomeReport::Accepted),
        entry(8, OutcomeReport::Rejected { code, reason }),
    ];
    let id: SubmissionId = "ab".repeat(32).parse().unwrap();
    let text = describe_submission(&id, 3, &entries, " --url http://a:1");
    let (_, below) = text.split_once("is committed in block 3\n").unwrap();
    assert_eq!(
        below,
        "index  outcome\n7      accepted\n8      rejected: not-holder\n\nrejected: not-holder: entry 8\n     \
         why:  somebody else holds urn:epc:id:sscc:9521001.0000002001\n  way out: waybill get 8 --url http://a:1\n"
    );
}
