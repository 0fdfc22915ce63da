//! `document.anchor`: that a document existed, and who said so.
//!
//! The document itself stays with its author: what is anchored is the SHA-256 of its bytes, with what it is
//! and what it is about. Any member may anchor any document, also one that another has anchored before.
//!
//! ```json
//! {"sha256": "<64 hex digits>", "sizeBytes": 48213, "mediaType": "application/pdf", "title": "Organic certificate 2026",
//!  "things": ["urn:epc:class:lgtin:4012345.012345.A1"], "entries": [1234]}
//! ```

mod anchor;

pub use anchor::{
    DocumentAnchor, MAX_DOCUMENT_TITLE_CHARS, MAX_MEDIA_TYPE_BYTES, MAX_SUBJECTS, check,
    is_media_type,
};

/// The family of anchors.
pub const ANCHOR: &str = "document.anchor";
