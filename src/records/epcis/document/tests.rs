use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::types::json::Json;

const CONTEXT: &str = r#"["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"x":"https://x.example/"}]"#;

fn document(events: &[&str]) -> String {
    format!(
        r#"{{"@context":{CONTEXT},"type":"EPCISDocument","schemaVersion":"2.0",
        "creationDate":"2024-01-01T00:00:00Z","epcisBody":{{"eventList":[{}]}}}}"#,
        events.join(",")
    )
}

fn bodies(text: &str) -> Vec<String> {
    split(text)
        .unwrap()
        .into_iter()
        .map(|event| event.body)
        .collect()
}

#[test]
fn a_document_gives_its_events_with_its_context_and_untouched_text() {
    let event = r#"{ "type" : "ObjectEvent", "n": 1.500e+02, "t":"\u0041" }"#;
    let events = split(&document(&[event, r#"{"type":"AssociationEvent"}"#])).unwrap();
    assert_eq!(events[0].pointer, "/epcisBody/eventList/0");
    assert_eq!(
        events[0].body,
        format!("{{\"@context\":{CONTEXT},{}", &event[1..])
    );
    assert_eq!(events[1].pointer, "/epcisBody/eventList/1");
}

#[test]
fn a_query_document_and_a_single_event_are_split() {
    let query = r#"{"type":"EPCISQueryDocument","@context":"c","epcisBody":{"queryResults":
        {"queryName":"q","resultsBody":{"eventList":[{"type":"ObjectEvent"}]}}}}"#;
    let events = split(query).unwrap();
    assert_eq!(
        events[0].pointer,
        "/epcisBody/queryResults/resultsBody/eventList/0"
    );
    assert_eq!(events[0].body, r#"{"@context":"c","type":"ObjectEvent"}"#);
    let single = r#"{"type":"EPCISDocument","@context":"c","epcisBody":{"event":{}}}"#;
    assert_eq!(bodies(single), [r#"{"@context":"c"}"#]);
}

#[test]
fn bare_events_and_arrays_stay_as_they_are() {
    let event = r#"{"@context": "c" ,"type":"TransactionEvent"}"#;
    assert_eq!(bodies(&format!("  {event}\n")), [event]);
    let document = r#"{"type":"EPCISDocument","@context":"d","epcisBody":{"eventList":[{"a":1}]}}"#;
    let events = split(&format!("[{event}, {document}]")).unwrap();
    assert_eq!(events[0].pointer, "/0");
    assert_eq!(events[1].pointer, "/1/epcisBody/eventList/0");
    assert_eq!(events[1].body, r#"{"@context":"d","a":1}"#);
}

#[test]
fn an_events_own_context_comes_after_the_documents_and_nothing_twice() {
    let event =
        r#"{"type":"ObjectEvent","@context":[{"x" : "https://x.example/"},{"y":"z"}],"v":1.0}"#;
    assert_eq!(
        bodies(&document(&[event])),
        [format!(
            "{{\"@context\":[{},{{\"y\":\"z\"}}],\"type\":\"ObjectEvent\",\"v\":1.0}}",
            &CONTEXT[1..CONTEXT.len() - 1]
        )]
    );
    let same = format!(r#"{{"type":"ObjectEvent","@context":{CONTEXT}}}"#);
    assert_eq!(bodies(&document(&[&same])), [same]);
}

#[test]
fn faults_are_told_with_their_place() {
    let cases = [
        ("{", "line 1, column 1"),
        ("{\"type\":\n tru}", "line 2"),
        ("7", "at \"\""),
        ("{}", "\"/type\""),
        (r#"{"type":7}"#, "\"/type\""),
        (r#"{"type":"Pallet"}"#, "Pallet"),
        (r#"[{"type":"Pallet"}]"#, "\"/0/type\""),
        (r#"{"type":"EPCISDocument"}"#, "\"/epcisBody\""),
        (r#"{"type":"EPCISDocument","epcisBody":{}}"#, "eventList"),
        (
            r#"{"type":"EPCISDocument","epcisBody":{"event":{},"eventList":[]}}"#,
            "both",
        ),
        (
            r#"{"type":"EPCISDocument","epcisBody":{"eventList":[7]}}"#,
            "/epcisBody/eventList/0",
        ),
        (
            r#"{"type":"EPCISDocument","type":"x"}"#,
            "\"type\" is given twice",
        ),
        (
            r#"{"type":"EPCISQueryDocument","epcisBody":{}}"#,
            "/epcisBody/queryResults",
        ),
        ("[]", "no event"),
        (
            r#"{"type":"EPCISDocument","epcisBody":{"eventList":[]}}"#,
            "no event",
        ),
        ("[[]]", "\"/0\""),
    ];
    for (text, expected) in cases {
        let message = split(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

fn entry_name(path: &std::path::Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Official examples that name a member of an event twice, which leaves open what they say.
const AMBIGUOUS: [&str; 1] = ["AssociationEvent-h.jsonld"];

/// Every official example splits into events that the ledger takes.
#[test]
fn official_documents_split_into_valid_events_of_all_types() {
    let root = std::env::var_os("WAYBILL_CONFORMANCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    );
    let mut folders = vec![root.join("epcis/examples"), root.join("epcis/openepcis")];
    let (mut files, mut events) = (0, 0);
    let mut refused = std::collections::BTreeSet::new();
    let mut types = std::collections::BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            let Ok(split) = split(text.trim_start_matches('\u{feff}')) else {
                continue;
            };
            files += 1;
            for event in split {
                if crate::records::epcis::check(event.body.as_bytes()).is_err() {
                    refused.insert(entry_name(&path));
                }
                let value: serde_json::Value = serde_json::from_str(&event.body).unwrap();
                types.insert(value["type"].as_str().unwrap().to_owned());
                events += 1;
            }
        }
    }
    if files == 0 {
        println!(
            "skipped: 0 vectors (no EPCIS examples at {})",
            root.display()
        );
        return;
    }
    assert_eq!(refused, AMBIGUOUS.map(str::to_owned).into());
    assert_eq!(
        types.len(),
        EVENT_TYPES.len(),
        "{files} files, {events} events: {types:?}"
    );
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?"
}

proptest! {
    #[test]
    fn number_texts_and_everything_else_survive(
        numbers in prop::collection::vec(number(), 1..5),
        text in "\\PC{0,20}",
        kind in 0..EVENT_TYPES.len(),
        own_context: bool,
    ) {
        let quoted = serde_json::to_string(&text).unwrap();
        let context = if own_context { "\"@context\":{\"q\":\"r:\"}," } else { "" };
        let event = format!(
            "{{{context}\"type\": \"{}\", \"list\":[{}], {quoted} :{{\"deep\":{quoted}}}}}",
            EVENT_TYPES[kind],
            numbers.join(" , "),
        );
        let Ok(Json::Object(before)) = json::read(event.as_bytes()) else {
            // The text happened to be a member's name that is there already.
            return Ok(());
        };
        let body = &bodies(&document(&[&event]))[0];
        // Numbers are compared by their text here.
        let Ok(Json::Object(after)) = json::read(body.as_bytes()) else {
            panic!("{body}");
        };
        for (name, value) in before.iter().filter(|(name, _)| *name != "@context") {
            prop_assert_eq!(after.get(name), Some(value));
        }
        prop_assert_eq!(after.len(), before.len() + usize::from(!own_context));
        prop_assert!(after.get("@context").is_some());
    }

    #[test]
    fn splitting_never_panics(text in "\\PC*", at: prop::sample::Index, byte: u8) {
        let _ = split(&text);
        let mut bytes = document(&[r#"{"type":"ObjectEvent"}"#]).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = split(&String::from_utf8_lossy(&bytes));
    }
}

const WIDE: SplitLimits = SplitLimits {
    max_events: 10,
    max_bytes: 10_000,
};

#[test]
fn a_document_by_itself_is_what_its_schema_asks_for() {
    let good = document(&[r#"{"type":"ObjectEvent"}"#]);
    let read = read_document(&good, WIDE).unwrap();
    assert_eq!(read, split(&good).unwrap());
    for version in ["2.0.0", "2.0.1", "2"] {
        let text = good.replace("\"2.0\"", &format!("{version:?}"));
        assert!(read_document(&text, WIDE).is_ok(), "{version}");
    }
    for (from, to, pointer) in [
        ("\"2.0\"", "\"2.1\"", "/schemaVersion"),
        ("\"2.0\"", "\"2.0.\"", "/schemaVersion"),
        ("\"2.0\"", "2.0", "/schemaVersion"),
        ("2024-01-01T00:00:00Z", "2024-01-01", "/creationDate"),
        ("@context", "context", "/@context"),
        ("EPCISDocument", "ObjectEvent", "/type"),
    ] {
        let found = read_document(&good.replacen(from, to, 1), WIDE);
        assert!(
            matches!(&found, Err(SplitError::Shape { pointer: place, .. }) if place == pointer),
            "{to}: {found:?}"
        );
    }
}

#[test]
fn what_comes_of_a_document_is_bounded_before_it_is_made() {
    let events = vec!["{}"; 11];
    assert_eq!(
        read_document(&document(&events), WIDE),
        Err(SplitError::TooManyEvents { limit: 10 })
    );
    assert_eq!(
        read_document(&document(&events[..10]), WIDE).unwrap().len(),
        10
    );
    let narrow = SplitLimits {
        max_bytes: 10 * (CONTEXT.len() + 2),
        ..WIDE
    };
    assert!(read_document(&document(&events[..10]), narrow).is_ok());
    let narrower = SplitLimits {
        max_bytes: narrow.max_bytes - 1,
        ..WIDE
    };
    assert_eq!(
        read_document(&document(&events[..10]), narrower),
        Err(SplitError::TooLong {
            limit: narrower.max_bytes
        })
    );
}

#[test]
fn contexts_that_no_event_could_have_are_refused() {
    let long = format!("\"https://x.example/{}\"", "y".repeat(61 * 1024));
    let text = document(&["{}"]).replace(CONTEXT, &long);
    assert!(matches!(split(&text), Err(SplitError::Shape { .. })));
    let many = format!("[{}]", vec!["\"c\""; 33].join(","));
    let text = document(&[r#"{"@context":"d"}"#]).replace(CONTEXT, &many);
    let found = split(&text);
    assert!(
        matches!(&found, Err(SplitError::Shape { reason, .. }) if reason.contains("32")),
        "{found:?}"
    );
}

/// A document with master data in its header, in two vocabularies of which one is empty.
fn with_header(events: &[&str], elements: &str) -> String {
    document(events).replace(
        "\"epcisBody\"",
        &format!(
            r#""epcisHeader":{{"epcisMasterData":{{"vocabularyList":[{{"type":"urn:a:empty","vocabularyElementList":[]}},
            {{"type":"urn:a:place","vocabularyElementList":[{elements}]}}]}}}},"epcisBody""#
        ),
    )
}

#[test]
fn master_data_comes_after_the_events_with_its_vocabulary_and_context() {
    let text = with_header(
        &[r#"{"type":"ObjectEvent"}"#],
        r#"{"id":"urn:a:hall", "attributes": [ ]},{}"#,
    );
    let pieces = split(&text).unwrap();
    assert_eq!(read_document(&text, WIDE), Ok(pieces.clone()));
    let [event, hall, nothing] = pieces.as_slice() else {
        panic!("{pieces:?}");
    };
    assert_eq!(event.kind, PieceKind::Event);
    assert_eq!(hall.kind, PieceKind::MasterData);
    assert_eq!(
        hall.pointer,
        "/epcisHeader/epcisMasterData/vocabularyList/1/vocabularyElementList/0"
    );
    let expected = format!(
        r#"{{"@context":{CONTEXT},"type":"urn:a:place","id":"urn:a:hall", "attributes": [ ]}}"#
    );
    assert_eq!(hall.body, expected);
    let expected = format!(r#"{{"@context":{CONTEXT},"type":"urn:a:place"}}"#);
    assert_eq!(nothing.body, expected);
}

#[test]
fn a_document_of_master_data_alone_is_one() {
    let text = with_header(&[], r#"{"id":"urn:a:hall"}"#);
    assert_eq!(split(&text).unwrap().len(), 1);
    assert_eq!(split(&with_header(&[], "")), Err(SplitError::Nothing));
}

#[test]
fn master_data_is_bounded_and_has_its_vocabularys_type() {
    let many = [r#"{"id":"urn:a:hall"}"#; 10].join(",");
    assert!(read_document(&with_header(&[], &many), WIDE).is_ok());
    let found = read_document(&with_header(&["{}"], &many), WIDE);
    assert_eq!(found, Err(SplitError::TooManyEvents { limit: 10 }));
    for element in [r#"{"type":"urn:b"}"#, r#"{"@context":{}}"#, "[]", "1"] {
        let found = split(&with_header(&[], element));
        assert!(matches!(found, Err(SplitError::Shape { .. })), "{element}");
    }
    for (piece, other, place) in [
        (r#""type":"urn:a:place","#, "", "/1/type"),
        ("urn:a:place", "place", "/1/type"),
        (
            "\"vocabularyElementList\":[{",
            "\"vocabElementList\":[{",
            "/1/vocabElementList",
        ),
        (
            "{\"vocabularyList\"",
            "{\"vocabList\"",
            "/epcisHeader/epcisMasterData/vocabList",
        ),
        (
            "epcisMasterData",
            "epcisMasterdata",
            "/epcisHeader/epcisMasterdata",
        ),
    ] {
        let found = split(&with_header(&["{}"], "{}").replace(piece, other));
        assert!(
            matches!(&found, Err(SplitError::Shape { pointer, .. }) if pointer.ends_with(place)),
            "{place}: {found:?}"
        );
    }
}

#[test]
fn an_event_with_two_contexts_is_refused_for_one_would_be_lost() {
    let twice = r#"{"@context":"a","@context":"b","type":"ObjectEvent"}"#;
    let found = split(&document(&[twice]));
    assert!(
        matches!(&found, Err(SplitError::Shape { pointer, .. }) if pointer.ends_with("/0/@context")),
        "{found:?}"
    );
}
