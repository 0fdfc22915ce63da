//! Anchored documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::SignedView;
use crate::crypto::Sha256Digest;
use crate::ledger::questions::{Anchored, DocumentAnswer};

/// A document with a page of its anchors.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// The height that the answer is of.
    pub height: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many anchors it has.
    pub count: u64,
    /// The first anchor: who said so before anybody else.
    pub first: AnchorView,
    /// The anchors of this page, the first first.
    pub anchors: Vec<AnchorView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// That a document existed, and who said so.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentAnchor)]
#[serde(rename_all = "camelCase")]
pub struct AnchorView {
    /// SHA-256 of the document's bytes.
    pub sha256: String,
    /// How many bytes it has, as this anchor says.
    pub size_bytes: u64,
    /// What it is, as a media type.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// What it is, for people.
    pub title: String,
    /// The things that it is about, canonical.
    pub things: Vec<String>,
    /// The entries that it is about.
    pub entries: Vec<u64>,
    /// Who anchored it, with the signature's place.
    pub signed: SignedView,
}

/// A page of the anchors of documents about a thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentPage)]
#[serde(rename_all = "camelCase")]
pub struct DocumentPage {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// The anchors, in the order of the log.
    pub anchors: Vec<AnchorView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

impl DocumentView {
    /// A document by its digest.
    pub fn new(digest: &Sha256Digest, answer: &DocumentAnswer, next: Option<String>) -> Self {
        Self {
            height: answer.height.0,
            sha256: digest.to_string(),
            count: answer.count,
            first: AnchorView::from(&answer.first),
            anchors: answer.anchors.iter().map(AnchorView::from).collect(),
            next,
        }
    }
}

impl From<&Anchored> for AnchorView {
    fn from(anchored: &Anchored) -> Self {
        let anchor = &anchored.anchor;
        Self {
            sha256: anchor.sha256.to_string(),
            size_bytes: anchor.size_bytes,
            media_type: anchor.media_type.to_string(),
            title: anchor.title.to_string(),
            things: anchor.things.iter().map(ToString::to_string).collect(),
            entries: anchor.entries.iter().map(|entry| entry.0).collect(),
            signed: SignedView::from(&anchored.signed),
        }
    }
}
