use proptest::prelude::*;

use super::*;
use crate::types::decimal::Decimal;

fn fault(text: &[u8]) -> JsonFault {
    read(text).expect_err("must be refused").fault
}

fn refusal(text: &str) -> JsonError {
    read(text.as_bytes()).expect_err("must be refused")
}

#[test]
fn reads_every_kind_and_keeps_numbers_as_text() {
    let text = br#" {"lot": "CI-0042", "kg": 62.500, "empty": [], "flags": [true, false, null], "nested": {"a": {}}} "#;
    let json = read(text).expect("valid");
    let object = json.as_object().expect("object");
    assert_eq!(object.len(), 5);
    assert!(!object.is_empty());
    assert_eq!(object.get("kg"), Some(&Json::Number("62.500")));
    assert_eq!(object.get("lot").and_then(Json::as_str), Some("CI-0042"));
    assert_eq!(
        object
            .get("flags")
            .and_then(Json::as_array)
            .map(<[Json]>::len),
        Some(3)
    );
    assert_eq!(object.get("Lot"), None);
    let names: Vec<&str> = object.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["lot", "kg", "empty", "flags", "nested"]);
}

#[test]
fn unescapes_strings() {
    for (text, expected) in [
        (r#""""#, ""),
        (r#""caf\u00e9""#, "café"),
        (r#""\ud83c\udf6b bar""#, "🍫 bar"),
        (r#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{c}\n\r\t"),
        ("\"\u{7f}é🍫\"", "\u{7f}é🍫"),
    ] {
        assert_eq!(
            read(text.as_bytes()),
            Ok(Json::String(expected.into())),
            "{text}"
        );
    }
}

#[test]
fn refuses_what_the_grammar_does_not_know() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "\"",
        "\"a",
        "nul",
        "tru",
        "fals",
        "True",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "[1 2]",
        "{\"a\" 1}",
        "/*c*/1",
        "\u{a0}1",
        "\u{b}1",
    ] {
        let fault = refusal(text).fault;
        assert!(
            matches!(
                fault,
                JsonFault::Unexpected { .. } | JsonFault::UnexpectedEnd { .. }
            ),
            "{text:?}: {fault}"
        );
    }
    for text in ["1 1", "{} {}", "null,", "[]]", "1\0"] {
        assert_eq!(fault(text.as_bytes()), JsonFault::TrailingData, "{text:?}");
    }
}

#[test]
fn each_fault_is_reached() {
    assert_eq!(fault(b"\"\xff\""), JsonFault::NotUtf8);
    assert_eq!(fault(b"\xef\xbb\xbf1"), JsonFault::ByteOrderMark);
    assert_eq!(fault(b"\"a\x1fb\""), JsonFault::ControlCharacter);
    assert_eq!(fault(b"\"a\\n\x00\""), JsonFault::ControlCharacter);
    for text in [
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\"#,
        r#""\ud800\u12""#,
    ] {
        assert_eq!(fault(text.as_bytes()), JsonFault::BadEscape, "{text}");
    }
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\n""#,
        r#""\ud800\u0041""#,
        r#""\ud800\ud800""#,
        r#""\ud800x""#,
    ] {
        assert_eq!(fault(text.as_bytes()), JsonFault::LoneSurrogate, "{text}");
    }
    let long = vec![b' '; Limits::RECORD_BODY.max_text_bytes + 1];
    assert!(matches!(fault(&long), JsonFault::TooLong { .. }));
    let many = format!("[{}0]", "0,".repeat(Limits::RECORD_BODY.max_values));
    assert!(matches!(
        fault(many.as_bytes()),
        JsonFault::TooManyValues { .. }
    ));
}

#[test]
fn depth_is_bounded_exactly() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
    let error = refusal(&nested(MAX_DEPTH + 1));
    assert_eq!(
        error.fault,
        JsonFault::TooDeep {
            kind: JsonKind::Array,
            limit: MAX_DEPTH
        }
    );
    assert_eq!(error.offset, MAX_DEPTH);
    assert!(matches!(
        fault("{\"a\":".repeat(500).as_bytes()),
        JsonFault::TooDeep {
            kind: JsonKind::Object,
            ..
        }
    ));
}

#[test]
fn limits_can_be_widened_by_the_caller() {
    let text = format!("[{}0]", "0,".repeat(20_000));
    let limits = Limits {
        max_text_bytes: 100_000,
        max_values: 20_002,
    };
    assert!(read_within(text.as_bytes(), limits).is_ok());
    let limits = Limits {
        max_values: 20_001,
        ..limits
    };
    assert!(read_within(text.as_bytes(), limits).is_err());
}

#[test]
fn duplicates_are_found_in_small_and_large_objects() {
    let error = refusal(r#"{"a": [{"b": 1, "c": 2, "\u0062": 3}]}"#);
    assert_eq!(error.fault, JsonFault::DuplicateName { name: "b".into() });
    assert_eq!(error.pointer, "/a/0/b");
    assert_eq!(error.offset, 24);
    let members: Vec<String> = (0..200)
        .map(|number| format!("\"n{number}\":{number}"))
        .collect();
    let text = format!("{{{}}}", members.join(","));
    let json = read(text.as_bytes()).expect("valid");
    let object = json.as_object().expect("object");
    for number in 0..200 {
        let value = number.to_string();
        assert_eq!(
            object.get(&format!("n{number}")),
            Some(&Json::Number(value.as_str()))
        );
    }
    assert_eq!(object.get("n200"), None);
    let text = format!("{{{},\"n117\":0,\"n3\":0}}", members.join(","));
    assert_eq!(
        refusal(&text).fault,
        JsonFault::DuplicateName {
            name: "n117".into()
        }
    );
    assert_eq!(refusal(&text).offset, text.find(",\"n117\":0").unwrap() + 1);
}

#[test]
fn errors_tell_place_line_and_pointer() {
    let text = "{\n \"a/b\": {\"~\": [1,\n  x]}}";
    let error = refusal(text);
    assert_eq!(error.pointer, "/a~1b/~0/1");
    assert_eq!(error.line_and_column(text.as_bytes()), (3, 3));
    assert_eq!(
        error.to_string(),
        "found 'x' where a value was expected (byte 22, in /a~1b/~0/1)"
    );
    assert_eq!(
        refusal("").to_string(),
        "the text ends where a value was expected (byte 0)"
    );
}

#[test]
fn equivalence_is_by_value() {
    let same = |a: &str, b: &str| {
        let (a, b) = (
            read(a.as_bytes()).expect("valid"),
            read(b.as_bytes()).expect("valid"),
        );
        a.is_equivalent(&b)
    };
    assert!(same(r#"{"a":1,"b":[2.0]}"#, r#"{"b":[2],"a":1e0}"#));
    assert!(same("[null,true,\"x\"]", "[null,true,\"\\u0078\"]"));
    for (a, b) in [
        ("1", "2"),
        ("1", "\"1\""),
        ("[1]", "[1,1]"),
        ("{\"a\":1}", "{\"b\":1}"),
        ("{\"a\":1}", "{\"a\":1,\"b\":1}"),
        ("true", "false"),
        ("1e999", "2e999"),
    ] {
        assert!(!same(a, b), "{a} {b}");
    }
}

/// The same value as `serde_json` read, numbers compared exactly.
fn agrees(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Json::Null, serde_json::Value::Null) => true,
        (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Json::Number(a), serde_json::Value::Number(b)) => {
            Decimal::from_json_number(a) == Decimal::from_json_number(&b.to_string())
        }
        (Json::String(a), serde_json::Value::String(b)) => a == b,
        (Json::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b))
        }
        (Json::Object(a), serde_json::Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| agrees(a, b)))
        }
        _ => false,
    }
}

/// Texts we refuse and `serde_json` accepts: our stricter rules.
fn is_stricter_rule(fault: &JsonFault) -> bool {
    matches!(
        fault,
        JsonFault::DuplicateName { .. }
            | JsonFault::TooDeep { .. }
            | JsonFault::TooManyValues { .. }
            | JsonFault::TooLong { .. }
    )
}

fn differs_from_serde_json(text: &[u8]) -> Option<String> {
    match (
        read(text),
        serde_json::from_slice::<serde_json::Value>(text),
    ) {
        (Ok(ours), Ok(theirs)) if agrees(&ours, &theirs) => None,
        (Err(_), Err(_)) => None,
        (Err(error), Ok(_)) if is_stricter_rule(&error.fault) => None,
        // An exponent beyond what a double holds is a fault of theirs alone.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => None,
        (ours, theirs) => Some(format!(
            "{:?}: {ours:?} / {theirs:?}",
            String::from_utf8_lossy(text)
        )),
    }
}

fn arbitrary_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_string()),
        Just("true".to_string()),
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,4})?",
        "[ -~éß🍫]{0,12}".prop_map(|text| serde_json::Value::String(text).to_string()),
        Just("\"\\ud83c\\udf6b\\u0041\\/\"".to_string()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(" , "))),
            prop::collection::vec(("[a-e]{1,2}", inner), 0..5).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\" :\n{value}"))
                    .collect();
                format!("{{{}}}", members.join("\t,"))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics_and_agrees_with_serde_json_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(differs_from_serde_json(&bytes), None);
    }

    #[test]
    fn agrees_with_serde_json_on_json_like_text(text in "[\\[\\]{}:,\"\\\\u0-9a-fA-Fdtrluens.+ -]{0,24}") {
        prop_assert_eq!(differs_from_serde_json(text.as_bytes()), None);
    }

    #[test]
    fn agrees_with_serde_json_on_valid_text(text in arbitrary_json()) {
        prop_assert_eq!(differs_from_serde_json(text.as_bytes()), None);
    }

    #[test]
    fn agrees_with_serde_json_on_mutated_text(text in arbitrary_json(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        prop_assert_eq!(differs_from_serde_json(&bytes), None);
    }
}
