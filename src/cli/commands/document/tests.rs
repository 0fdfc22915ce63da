//! Digests of files, and what an entry anchors.

use std::path::Path;

use serde_json::{Value, json};

use super::anchor::media_type_of;
use super::digest::digest_file;
use super::verify::{anchors, describe};
use crate::cli::output::{Output, Reader};
use crate::cli::terminal_text::plain_copy;
use crate::crypto::{SecretKey, Sha256Digest};
use crate::records::document::is_media_type;
use crate::testing::record;
use crate::types::{
    Encode, Entry, EntryContent, Flag, Height, MemberId, Outcome, Rejection, SubmissionId,
    SubmittedEntry, Timestamp,
};

#[test]
fn a_file_is_digested_piece_by_piece() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.bin");
    let bytes = vec![7; 3 * 1024 * 1024 + 5];
    std::fs::write(&path, &bytes).unwrap();
    let output = Output::new(Reader::Script);
    let (digest, length) = digest_file(&path, &output).unwrap();
    assert_eq!(
        (digest, length),
        (Sha256Digest::of(&bytes), bytes.len() as u64)
    );
    assert!(digest_file(&folder.path().join("none"), &output).is_err());
}

#[test]
fn a_media_type_is_known_by_the_ending() {
    assert_eq!(media_type_of(Path::new("a/b.PDF")), "application/pdf");
    for path in ["a.csv", "a.tar.zip", "a", "a.unknown"] {
        assert!(is_media_type(media_type_of(Path::new(path))), "{path}");
    }
}

#[test]
fn an_entry_anchors_one_document_if_it_was_accepted() {
    let digest = Sha256Digest::of(b"document");
    let entry = |kind: &str, outcome: Outcome| {
        let body = format!(
            r#"{{"sha256":"{digest}","sizeBytes":8,"mediaType":"text/plain","title":"A note"}}"#
        );
        let submitted = SubmittedEntry {
            member: MemberId::new("acme").unwrap(),
            key: SecretKey::from_seed([9; 32]).public_key(),
            submission: SubmissionId(digest),
            record_index: 0,
            outcome,
            record: record(kind, 1, body),
        };
        Entry {
            height: Height(1),
            time: Timestamp::from_ms(5),
            content: EntryContent::Submitted(Box::new(submitted)),
        }
        .to_bytes()
    };
    let good = entry("document.anchor", Outcome::Accepted);
    let told = anchors(&good, (&digest, 8)).unwrap();
    assert!(
        told.contains("A note") && !told.contains("warning"),
        "{told}"
    );
    let other = anchors(&good, (&digest, 9)).unwrap();
    assert!(
        other.contains("states 8 bytes, which are not the file's 9"),
        "{other}"
    );
    let flags = vec![Flag::new("size-differs", "entry 3 says 9")];
    let flagged = entry("document.anchor", Outcome::Flagged { flags });
    let flagged = anchors(&flagged, (&digest, 8)).unwrap();
    assert!(
        flagged.contains("flagged size-differs: entry 3 says 9"),
        "{flagged}"
    );
    assert!(anchors(&good, (&Sha256Digest::of(b"other"), 8)).is_err());
    let rejected = Outcome::Rejected(Rejection::new("no-such-entry", "reason"));
    let file = (&digest, 8);
    assert!(anchors(&entry("document.anchor", rejected), file).is_err());
    assert!(anchors(&entry("epcis.event", Outcome::Accepted), file).is_err());
    assert!(anchors(b"", file).is_err());
}

/// The digest says that it is the document; who states another length is named.
#[test]
fn anchors_that_state_another_length_are_named() {
    let anchor = |index: u64, member: &str, size: u64| {
        json!({"sizeBytes": size, "mediaType": "text/plain", "title": "A note", "things": [], "entries": [],
            "signed": {"index": index, "height": 2, "time": "T", "member": member, "key": "k", "submission": "s",
                "proof": "p"}})
    };
    let report = |first: Value, anchors: Vec<Value>| {
        let all =
            json!({"height": 5, "sha256": "ab", "count": 3, "first": first, "anchors": anchors});
        serde_json::from_value(all).unwrap()
    };
    let (first, second) = (anchor(3, "acme", 9), anchor(7, "beta", 10));
    let mixed = report(
        first.clone(),
        vec![first.clone(), second, anchor(8, "carl", 8)],
    );
    let (text, document) = describe(&mixed, 8);
    assert!(
        text.contains("entry 3 by acme states 9 bytes, which are not the file's 8\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "entry 7 by beta states 10 bytes, which are not the file's 8, and is flagged"
        ),
        "{text}"
    );
    assert!(!text.contains("entry 8 by carl"), "{text}");
    assert_eq!(document["otherSizes"], json!([3, 7]));
    assert_eq!(
        (&document["anchored"], &document["sizeBytes"]),
        (&json!(true), &json!(8))
    );
    // The first one is named also if it is not on the page.
    let (_, document) = describe(&report(first.clone(), Vec::new()), 8);
    assert_eq!(document["otherSizes"], json!([3]));
    let (text, document) = describe(&report(first.clone(), vec![first]), 9);
    assert!(!text.contains("warning"), "{text}");
    assert_eq!(document["otherSizes"], json!([]));
}

/// A title fakes nothing of what is said of a document.
#[test]
fn a_title_is_a_cell_of_its_row() {
    let anchor = json!({"sizeBytes": 8, "mediaType": "text/plain", "things": [], "entries": [],
        "title": "A note\u{1b}[2J\u{1b}[H\nanchored: evil was first",
        "signed": {"index": 3, "height": 2, "time": "T", "member": "acme\nbeta", "key": "k", "submission": "s",
            "proof": "p"}});
    let report =
        json!({"height": 5, "sha256": "ab", "count": 1, "first": anchor, "anchors": [anchor]});
    let report = plain_copy(&serde_json::from_value(report).unwrap()).unwrap();
    let (text, _) = describe(&report, 8);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(
        text.contains("A note\\u{1b}[2J\\u{1b}[H\\nanchored: evil"),
        "{text}"
    );
    let said = text.lines().filter(|line| line.starts_with("anchored:"));
    assert_eq!(said.count(), 1, "{text}");
    assert!(
        text.starts_with("anchored: acme\\nbeta was first"),
        "{text}"
    );
}
