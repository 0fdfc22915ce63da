//! Digests of files, and what an entry anchors.

use std::path::Path;

use super::anchor::media_type_of;
use super::digest::digest_file;
use super::verify::anchors;
use crate::cli::output::{Output, Reader};
use crate::crypto::{SecretKey, Sha256Digest};
use crate::records::document::is_media_type;
use crate::testing::record;
use crate::types::{
    Encode, Entry, EntryContent, Height, MemberId, Outcome, Rejection, SubmissionId,
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
    assert!(anchors(&good, &digest).unwrap().contains("A note"));
    assert!(anchors(&good, &Sha256Digest::of(b"other")).is_err());
    let rejected = Outcome::Rejected(Rejection::new("no-such-entry", "reason"));
    assert!(anchors(&entry("document.anchor", rejected), &digest).is_err());
    assert!(anchors(&entry("epcis.event", Outcome::Accepted), &digest).is_err());
    assert!(anchors(b"", &digest).is_err());
}
