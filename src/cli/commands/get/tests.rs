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
