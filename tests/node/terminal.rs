//! What people and scripts are shown of texts that others wrote: by the program, of a node that answers with them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};
use waybill::crypto::Sha256Digest;

/// What a terminal would obey: it would be cleared, a line would be forged, and what follows would run backwards.
const FORGED: &str = "x\u{1b}[2J\r\nforged \u{9b}1A\u{202e}";

/// The same as people are shown it.
const SHOWN: &str = "x\\u{1b}[2J\\r\\nforged \\u{9b}1A\\u{202e}";

/// The address of a node that answers paths that begin so with a document each.
fn node(answers: &[(&'static str, Value)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = answers.to_vec();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines
                .map(Result::unwrap)
                .take_while(|line| !line.is_empty())
                .collect();
            let path = head[0].split(' ').nth(1).unwrap();
            let found = answers.iter().find(|(begin, _)| path.starts_with(begin));
            let body = found
                .map_or(json!({}), |(_, body)| body.clone())
                .to_string();
            let status = found.map_or("404 Not Found", |_| "200 OK");
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    url
}

fn waybill(url: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(arguments)
        .args(["--url", url])
        .output()
        .unwrap()
}

/// What a person is shown on both outputs, in which no text of the node has left its line.
fn shown(url: &str, arguments: &[&str]) -> String {
    let output = waybill(url, arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let text = text.concat();
    let obeyed = |char: char| char != '\n' && char.is_control() || char == '\u{202e}';
    assert!(!text.contains(obeyed), "{arguments:?}: {text:?}");
    assert!(
        !text.lines().any(|line| line.starts_with("forged")),
        "{arguments:?}: {text}"
    );
    text
}

fn signed(index: u64) -> Value {
    json!({"index": index, "height": 3, "time": "2026-03-01T08:00:00.000Z", "member": FORGED, "key": "00",
        "submission": "11", "proof": "p"})
}

#[test]
fn texts_of_others_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("note.txt");
    std::fs::write(&file, "note").unwrap();
    let body =
        json!({"action": "removeMember", "member": "acme", "expires": "2026-12-24T12:00:00Z",
        "reason": FORGED})
        .to_string();
    let anchor = json!({"sizeBytes": 4, "mediaType": "text/plain", "title": FORGED, "things": [], "entries": [],
        "signed": signed(3)});
    let url = node(&[
        (
            "/v1/documents/",
            json!({"height": 5, "sha256": "ab", "count": 1, "first": anchor, "anchors": [anchor]}),
        ),
        (
            "/v1/members/acme",
            json!({"id": "acme", "name": FORGED, "status": FORGED, "roles": [FORGED], "keys": []}),
        ),
        (
            "/v1/proposals/7",
            json!({"index": 7, "proposer": FORGED, "change": {"action": "removeMember", "member": "acme"},
                "expires": "2026-12-24T12:00:00Z", "reason": "x", "approvals": [FORGED], "rejections": [],
                "quorum": 3, "status": FORGED, "digest": Sha256Digest::of(body.as_bytes()).to_string()}),
        ),
        (
            "/v1/records/7",
            json!({"record": {"kind": "governance.proposal", "version": 1, "body": body}}),
        ),
        (
            "/v1/records/8",
            json!({"index": 8, "height": 2, "time": FORGED, "leafHash": "ab", "type": "submitted", "member": FORGED,
                "submission": "cd", "recordIndex": 0,
                "outcome": {"result": "rejected", "code": FORGED, "reason": FORGED},
                "record": {"kind": "acme.lot", "version": 1, "body": "{}"}}),
        ),
        (
            "/v1/custody/chain/",
            json!({"height": 9, "thing": FORGED, "links": [{"number": 1, "status": "rejected", "from": "acme",
                "to": FORGED, "holder": "acme", "signed": signed(5), "ended": {"index": 6, "height": 4, "time": "T",
                    "proof": "p", "signed": signed(6), "reason": FORGED}}]}),
        ),
    ]);
    let document = file.to_str().unwrap();
    for arguments in [
        &["document", "verify", document][..],
        &["member", "show", "acme"],
        &["contract", "proposals", "7"],
        &["get", "8"],
        &["custody", "chain", "urn:x:a"],
    ] {
        let text = shown(&url, arguments);
        assert!(text.contains(SHOWN), "{arguments:?}: {text}");
        // A script gets every character.
        let output = waybill(&url, &[&["--json"], arguments].concat());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(holds(&answer, FORGED), "{arguments:?}: {answer}");
    }
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(fields) => fields.values().any(|field| holds(field, text)),
        _ => false,
    }
}

/// A shell takes an id of the ledger as one word, and runs nothing of it.
#[test]
fn a_printed_command_quotes_what_the_ledger_holds() {
    let id = "urn:x:$(reboot);a&b";
    let url = node(&[
        (
            "/v1/custody/",
            json!({"height": 9, "thing": id, "holder": null, "own": null, "ownDisputed": false, "class": false,
                "containers": [], "moreContainers": false, "goesAlongWith": []}),
        ),
        (
            "/v1/recall/",
            json!({"height": 9, "thing": id, "affected": [], "complete": true}),
        ),
        (
            "/v1/master-data?",
            json!({"height": 9, "elements": [{"id": id, "signed": signed(4)}]}),
        ),
    ]);
    let quoted = format!("'{id}'");
    for (arguments, command) in [
        (
            &["custody", "show", id][..],
            format!("waybill custody claim {quoted} "),
        ),
        (&["recall", id], format!("waybill trace forward {quoted} ")),
        (
            &["master-data", "list", "ReadPoint"],
            format!("waybill master-data show {quoted} "),
        ),
    ] {
        let text = shown(&url, arguments);
        assert!(text.contains(&format!("next: {command}")), "{text}");
    }
}

/// With --json there is one JSON document on standard output, whatever is drawn.
#[test]
fn a_graph_for_a_script_is_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("trace.svg");
    let url = node(&[(
        "/v1/trace/back/",
        json!({"height": 9, "thing": "urn:x:a", "direction": "back", "links": [], "complete": true,
            "things": [{"id": "urn:x:a", "depth": 0, "class": false, "relation": "material", "events": [1],
                "moreEvents": false}]}),
    )]);
    let ask = |more: &[&str]| waybill(&url, &[&["trace", "back", "urn:x:a"], more].concat());
    let answer: Value = serde_json::from_slice(&ask(&["--dot", "--json"]).stdout).unwrap();
    let plain = String::from_utf8(ask(&["--dot"]).stdout).unwrap();
    assert!(plain.starts_with("digraph trace {"), "{plain}");
    assert_eq!(answer, json!({"dot": plain}));
    let path = picture.to_str().unwrap();
    let answer: Value = serde_json::from_slice(&ask(&["--svg", path, "--json"]).stdout).unwrap();
    assert_eq!(answer, json!({"file": path, "things": 1}));
}
