//! What members say of places, products and parties.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::QuestionError;
use super::events::Events;
use super::signed::{Signed, submitted};
use crate::contracts::{IndexKey, MasterDataState, StateKey};
use crate::records::epcis::{MasterData, ThingId, check_master_data};
#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;
use crate::types::{Decode, Height, LogIndex, MemberId, ReadError, ScanOrder, Space};

/// Most statements about one element that an answer of another kind rests on, and most rows that a page looks at.
pub const MAX_STATEMENTS: usize = 1_000;

/// Most places that are looked for within others.
pub const MAX_PLACES_WITHIN: usize = 1_000;

/// Most statements of an element, or elements of a vocabulary, that are read from the store at a time.
const PAGE: usize = 64;

/// Bytes of a [`ThingId`].
const ID_BYTES: usize = 16;

/// What a member says of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Who signed it.
    pub signed: Signed,
    /// How often the member had said something of the element, this time included.
    pub revision: u64,
    /// What it says.
    pub data: MasterData,
    /// The record's body, as its author wrote it.
    pub body: Bytes,
}

/// A page of what members say of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statements {
    /// The height that the answer is of.
    pub height: Height,
    /// The statements, in an order of its own that does not change.
    pub statements: Vec<Statement>,
    /// What the next page comes after; none on the last one.
    pub next: Option<Vec<u8>>,
}

/// A page of the elements of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VocabularyElements {
    /// The height that the answer is of.
    pub height: Height,
    /// Each element with the first statement about it, in an order of its own that does not change.
    pub elements: Vec<(Box<str>, Signed)>,
    /// What the next page comes after; none on the last one.
    pub next: Option<Vec<u8>>,
}

impl Events<'_> {
    /// What members say of an element: up to `count` statements, the last of each member in each vocabulary.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn master_data(
        &self,
        element: &str,
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<Statements, QuestionError> {
        let element = &ThingId::of(element);
        let prefix = StateKey::master_data(element);
        let mut pages = Pages::new(Space::State, &prefix, after);
        let mut statements = Vec::new();
        let mut last = None;
        let mut looked_at = 0;
        while let Some((key, value)) = pages.next(self)? {
            if statements.len() == count || looked_at == MAX_STATEMENTS {
                return Ok(Statements {
                    height: self.height(),
                    statements,
                    next: last,
                });
            }
            looked_at += 1;
            let tail = key.get(prefix.len()..).unwrap_or_default().to_vec();
            let state = MasterDataState::from_bytes(&value)?;
            statements.extend(self.statement_at_height(element, &tail, &state)?);
            last = Some(tail);
        }
        Ok(Statements {
            height: self.height(),
            statements,
            next: None,
        })
    }

    /// The elements of a vocabulary that anybody has said something of: up to `count`.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn vocabulary(
        &self,
        vocabulary: &str,
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<VocabularyElements, QuestionError> {
        let prefix = IndexKey::vocabulary_elements(&ThingId::of_vocabulary(vocabulary));
        let mut pages = Pages::new(Space::Index, &prefix, after);
        let mut elements = Vec::new();
        let mut last = None;
        let mut looked_at = 0;
        while let Some((key, value)) = pages.next(self)? {
            if elements.len() == count || looked_at == MAX_STATEMENTS {
                return Ok(VocabularyElements {
                    height: self.height(),
                    elements,
                    next: last,
                });
            }
            looked_at += 1;
            let first = LogIndex::from_bytes(&value)?;
            if self.has(first) {
                let (signed, data, _) = self.stated(first)?;
                elements.push((data.id, signed));
            }
            last = key.get(prefix.len()..).map(<[u8]>::to_vec);
        }
        Ok(VocabularyElements {
            height: self.height(),
            elements,
            next: None,
        })
    }

    /// All that members say of an element, for answers that rest on it.
    ///
    /// # Errors
    /// [`QuestionError::TooMuch`] with more than [`MAX_STATEMENTS`] statements.
    pub(super) fn all_master_data(&self, element: &str) -> Result<Vec<MasterData>, QuestionError> {
        let page = self.master_data(element, None, MAX_STATEMENTS)?;
        if page.next.is_some() {
            return Err(QuestionError::TooMuch {
                what: "statements of master data about one element",
                most: MAX_STATEMENTS,
            });
        }
        let statements = page.statements.into_iter();
        Ok(statements.map(|statement| statement.data).collect())
    }

    /// The places themselves, and all that lie in them by the word of any member, at any depth.
    ///
    /// # Errors
    /// [`QuestionError::TooMuch`] with more than [`MAX_PLACES_WITHIN`] of them.
    pub(super) fn places_within(
        &self,
        places: &[Box<str>],
    ) -> Result<BTreeSet<Box<str>>, QuestionError> {
        let mut found: BTreeSet<Box<str>> = places.iter().cloned().collect();
        let mut open: Vec<Box<str>> = found.iter().cloned().collect();
        while let Some(place) = open.pop() {
            for data in self.all_master_data(&place)? {
                for child in data.children {
                    if found.insert(child.clone()) {
                        open.push(child);
                    }
                }
            }
            if found.len() > MAX_PLACES_WITHIN {
                return Err(QuestionError::TooMuch {
                    what: "places within one another",
                    most: MAX_PLACES_WITHIN,
                });
            }
        }
        Ok(found)
    }

    /// The last statement of a member that counts; none if its first came later.
    fn statement_at_height(
        &self,
        element: &ThingId,
        tail: &[u8],
        state: &MasterDataState,
    ) -> Result<Option<Statement>, QuestionError> {
        let (mut revision, mut index) = (state.revision, state.index);
        if !self.has(index) {
            let key = TailKey::read(tail)?;
            let entry_of = |revision| self.revision(element, &key, revision);
            // Statements up to `low` count, those from `high` on do not.
            let (mut low, mut high) = (0, state.revision);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                match self.has(entry_of(middle)?) {
                    true => low = middle,
                    false => high = middle,
                }
            }
            if low == 0 {
                return Ok(None);
            }
            (revision, index) = (low, entry_of(low)?);
        }
        let (signed, data, body) = self.stated(index)?;
        Ok(Some(Statement {
            signed,
            revision,
            data,
            body,
        }))
    }

    fn revision(
        &self,
        element: &ThingId,
        key: &TailKey,
        revision: u64,
    ) -> Result<LogIndex, QuestionError> {
        let place = IndexKey::MasterDataRevision {
            element,
            vocabulary: &key.vocabulary,
            member: &key.member,
            revision,
        };
        let bytes = self.view.get(Space::Index, &place.to_bytes())?;
        let bytes = bytes.ok_or_else(|| ReadError::new("a revision of master data is missing"))?;
        Ok(LogIndex::from_bytes(&bytes)?)
    }

    fn stated(&self, index: LogIndex) -> Result<(Signed, MasterData, Bytes), QuestionError> {
        let (signed, record) = submitted(self.view, index)?;
        let data = check_master_data(&record.body)
            .map_err(|error| ReadError::new(format!("entry {index} cannot be read: {error}")))?;
        Ok((signed, data, record.body))
    }
}

/// What follows an element in the key of a statement.
struct TailKey {
    vocabulary: ThingId,
    member: MemberId,
}

/// The reader of what follows an element in a key, for tests.
#[cfg(any(test, feature = "testing"))]
pub(super) const TAIL_KEY: NamedDecoder = NamedDecoder {
    name: "TailKey",
    again: |tail| {
        let key = TailKey::read(tail).ok()?;
        let member = key.member.as_str().as_bytes();
        Some([key.vocabulary.as_bytes(), member].concat())
    },
};

impl TailKey {
    fn read(tail: &[u8]) -> Result<Self, ReadError> {
        let damaged = || ReadError::new("the index of master data is damaged");
        let (vocabulary, member) = tail.split_first_chunk::<ID_BYTES>().ok_or_else(damaged)?;
        let member = std::str::from_utf8(member).map_err(|_| damaged())?;
        Ok(Self {
            vocabulary: ThingId::from_bytes(*vocabulary),
            member: MemberId::new(member).map_err(|_| damaged())?,
        })
    }
}

/// The rows whose keys begin alike, read page by page.
struct Pages {
    space: Space,
    first: Vec<u8>,
    end: Vec<u8>,
    rows: std::vec::IntoIter<(Bytes, Bytes)>,
    is_last: bool,
}

impl Pages {
    fn new(space: Space, prefix: &[u8], after: Option<&[u8]>) -> Self {
        let first = match after {
            None => prefix.to_vec(),
            Some(after) => [prefix, after, &[0]].concat(),
        };
        // A member's id has no byte above 0x7f, and a hash of 16 bytes is below 17 times 0xff.
        let end = [prefix, &[0xff; ID_BYTES + 1]].concat();
        Self {
            space,
            first,
            end,
            rows: Vec::new().into_iter(),
            is_last: false,
        }
    }

    fn next(&mut self, events: &Events<'_>) -> Result<Option<(Bytes, Bytes)>, QuestionError> {
        if let Some(row) = self.rows.next() {
            return Ok(Some(row));
        }
        if self.is_last {
            return Ok(None);
        }
        let ascending = ScanOrder::Ascending;
        let rows = events
            .view
            .scan(self.space, &self.first, &self.end, ascending, PAGE)?;
        self.is_last = rows.len() < PAGE;
        if let Some((key, _)) = rows.last() {
            self.first = [key, &[0][..]].concat();
        }
        self.rows = rows.into_iter();
        Ok(self.rows.next())
    }
}
