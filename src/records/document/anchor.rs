//! The body of an anchor.

use std::collections::BTreeSet;

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields, whole_number};
use crate::records::things::read_things;
use crate::types::LogIndex;

/// Longest title of a document, in characters.
pub const MAX_DOCUMENT_TITLE_CHARS: usize = 256;

/// Longest media type, in bytes.
pub const MAX_MEDIA_TYPE_BYTES: usize = 127;

/// Most things, and most entries, that a document is about.
pub const MAX_SUBJECTS: usize = 64;

/// That a document existed, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAnchor {
    /// SHA-256 of the document's bytes.
    pub sha256: Sha256Digest,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// What it is, as a media type (RFC 6838).
    pub media_type: Box<str>,
    /// What it is, for people.
    pub title: Box<str>,
    /// The things that it is about, canonical, each once.
    pub things: Vec<Box<str>>,
    /// The entries that it is about, each once.
    pub entries: Vec<LogIndex>,
    /// SHA-256 of the body: the same record twice by the same member is one.
    pub body: Sha256Digest,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check(body: &[u8]) -> Result<DocumentAnchor, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an anchor")?;
    fields.allow_only(&[
        "sha256",
        "sizeBytes",
        "mediaType",
        "title",
        "things",
        "entries",
    ])?;
    let media_type = fields.parse("mediaType", |text| {
        if is_media_type(text) {
            return Ok(Box::from(text));
        }
        Err("a media type such as application/pdf is expected, without parameters")
    })?;
    let title = fields.optional_words("title", MAX_DOCUMENT_TITLE_CHARS)?;
    let title = title.ok_or_else(|| BodyError::new("/title", "this field is required"))?;
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for (item, place) in fields.items("entries", MAX_SUBJECTS)? {
        let Some(entry) = whole_number(item) else {
            return Err(BodyError::new(
                place,
                "a whole number, 0 or more, is expected",
            ));
        };
        if !seen.insert(entry) {
            return Err(BodyError::new(place, "it is in the list already"));
        }
        entries.push(LogIndex(entry));
    }
    Ok(DocumentAnchor {
        sha256: fields.parse("sha256", Sha256Digest::from_hex)?,
        size_bytes: fields.whole_number("sizeBytes")?,
        media_type,
        title,
        things: read_things(&fields, "things", MAX_SUBJECTS, |_| Ok(()))?,
        entries,
        body: Sha256Digest::of(body),
    })
}

/// Whether a text is a media type without parameters: two names of RFC 6838 section 4.2 in lower case.
pub fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        bytes.next().is_some_and(is_letter)
            && bytes.all(|byte| is_letter(byte) || b"!#$&^_.+-".contains(&byte))
    };
    text.len() <= MAX_MEDIA_TYPE_BYTES
        && text
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","sizeBytes":0,
        "mediaType":"application/pdf","title":"Nothing","things":["urn:epc:id:sscc:9521001.0000000001"],"entries":[3,1]}"#;

    #[test]
    fn an_anchor_is_read() {
        let anchor = check(BODY.as_bytes()).unwrap();
        assert_eq!(anchor.sha256, Sha256Digest::of(b""));
        assert_eq!(anchor.entries, [LogIndex(3), LogIndex(1)]);
        assert!(anchor.things[0].starts_with("https://id.gs1.org/00/"));
    }

    #[test]
    fn each_fault_is_at_its_place() {
        for (piece, other, place) in [
            ("e3b0", "E3B0", "/sha256"),
            (":0,", ":-1,", "/sizeBytes"),
            ("application/pdf", "PDF", "/mediaType"),
            ("application/pdf", "text/plain; charset=utf-8", "/mediaType"),
            ("Nothing", " ", "/title"),
            ("\"title\"", "\"titel\"", "/titel"),
            ("[3,1]", "[]", "/entries"),
            ("[3,1]", "[3,3]", "/entries/1"),
            ("[3,1]", "[3.5]", "/entries/0"),
            ("urn:epc:id", "epc:id", ""),
            ("urn:epc:id:sscc:9521001.0", "a b", "/things/0"),
        ] {
            let body = BODY.replace(piece, other);
            match check(body.as_bytes()) {
                Err(error) => assert_eq!(error.pointer, place, "{body}: {error}"),
                // Any URI names a thing.
                Ok(anchor) => assert_eq!((place, &anchor.things[0][..4]), ("", "epc:")),
            }
        }
    }
}
