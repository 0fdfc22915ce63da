//! Which documents were anchored, by whom and when.

use super::QuestionError;
use super::events::Events;
use super::page::{check_begin, check_item};
use super::signed::{Signed, submitted};
use crate::contracts::{IndexKey, read_document};
use crate::crypto::Sha256Digest;
use crate::records::document::{self, DocumentAnchor};
use crate::records::epcis::ThingId;
use crate::types::{Decode, Height, LogIndex, ReadError, ScanOrder, Space};

/// An anchor of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Who signed it.
    pub signed: Signed,
    /// What it says.
    pub anchor: DocumentAnchor,
}

/// A document with a page of its anchors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// How many anchors it had.
    pub count: u64,
    /// The first anchor.
    pub first: Anchored,
    /// The anchors of the page, the first first.
    pub anchors: Vec<Anchored>,
    /// How many anchors stand before the next page; none on the last one.
    pub next: Option<u64>,
}

impl Events<'_> {
    /// A document by the digest of its bytes, with up to `count` of its anchors after the first `skip`.
    /// None if it was not anchored by the height.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins behind the last anchor.
    pub fn document(
        &self,
        digest: &Sha256Digest,
        skip: u64,
        count: usize,
    ) -> Result<Option<DocumentAnswer>, QuestionError> {
        let Some(document) = read_document(self.view, digest)? else {
            return Ok(None);
        };
        let counts = |number| Ok::<_, QuestionError>(self.has(self.place(digest, number)?));
        let mut total = document.anchors;
        if !counts(total)? {
            // Anchors up to `low` count, those from `high` on do not.
            let (mut low, mut high) = (0, total);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if counts(middle)? {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            total = low;
        }
        if total == 0 {
            return Ok(None);
        }
        check_begin(skip, total)?;
        let end = total.min(skip.saturating_add(count as u64));
        let mut anchors = Vec::new();
        for number in skip.saturating_add(1)..=end {
            anchors.push(self.anchored(self.place(digest, number)?)?);
        }
        Ok(Some(DocumentAnswer {
            height: self.height(),
            count: total,
            first: self.anchored(document.first)?,
            anchors,
            next: (end < total).then_some(end),
        }))
    }

    /// Up to `count` anchors of documents about a thing, after an entry, in the order of the log.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the entry is none of these anchors.
    pub fn documents_about(
        &self,
        thing: &str,
        after: Option<LogIndex>,
        count: usize,
    ) -> Result<Vec<Anchored>, QuestionError> {
        let thing = &ThingId::of(thing);
        let place = |index| IndexKey::DocumentOf { thing, index }.to_bytes();
        if let Some(after) = after {
            let is_there = self.view.get(Space::Index, &place(after))?.is_some();
            check_item(is_there && self.has(after), || format!("entry {after}"))?;
        }
        let first = place(after.map_or(LogIndex(0), |after| after.plus(1)));
        let end = place(LogIndex(self.log_size));
        let found = self
            .view
            .scan(Space::Index, &first, &end, ScanOrder::Ascending, count)?;
        let entries = found.iter().map(|(key, _)| {
            let damaged = || ReadError::new("the index of documents is damaged");
            self.anchored(IndexKey::index(key).ok_or_else(damaged)?)
        });
        entries.collect()
    }

    /// Whether an entry was there at the height.
    pub(super) fn has(&self, index: LogIndex) -> bool {
        index.0 < self.log_size
    }

    /// The entry of an anchor by its number.
    fn place(&self, digest: &Sha256Digest, number: u64) -> Result<LogIndex, QuestionError> {
        let place = IndexKey::DocumentAnchor { digest, number }.to_bytes();
        let missing = || ReadError::new(format!("anchor {number} of {digest} is missing"));
        let bytes = self.view.get(Space::Index, &place)?.ok_or_else(missing)?;
        Ok(LogIndex::from_bytes(&bytes)?)
    }

    fn anchored(&self, index: LogIndex) -> Result<Anchored, QuestionError> {
        let (signed, record) = submitted(self.view, index)?;
        let anchor = document::check(&record.body)
            .map_err(|error| ReadError::new(format!("entry {index} cannot be read: {error}")))?;
        Ok(Anchored { signed, anchor })
    }
}
