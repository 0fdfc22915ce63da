//! Who describes a product or a place in master data.
//!
//! The word of the member that captured the event counts first, then that of any other. What a member says of
//! one thing in several vocabularies counts together, and so does what it says of a place and of the location
//! that the place is a part of; what different members say does not: nobody would have signed the sum.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::description::{DescriptionPart, Said, Subject};
use super::tracking_event::KeyDataElement;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::events::Events;
use crate::ledger::questions::statement_reader::StatementReader;
use crate::records::epcis::without_qualifiers;
use crate::types::{LogIndex, MemberId};

/// Most words that one answer judges: a thing of an event that nobody describes counts as one, and each member's
/// word of it as one more.
pub const MAX_ANSWER_DESCRIPTIONS: usize = 200_000;

/// Who describes something, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedBy {
    /// The member.
    pub member: MemberId,
    /// The entries that say so, in order.
    pub entries: Arc<[LogIndex]>,
}

/// The description that a key data element asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The element.
    pub element: KeyDataElement,
    /// What is to be described, canonical.
    pub of: Box<str>,
    /// Whose word counts; none if nobody says anything.
    pub by: Option<DescribedBy>,
    /// What it lacks.
    pub lacks: Vec<DescriptionPart>,
    /// Whether there are more than [`MAX_STATEMENTS`](crate::ledger::questions::MAX_STATEMENTS) statements about it, or about the location that it is a part
    /// of, made at any height: what these say is not known, and nobody's word counts.
    pub has_too_many_statements: bool,
}

/// What a member says of something.
#[derive(Clone, Debug)]
struct Word {
    member: MemberId,
    entries: Arc<[LogIndex]>,
    said: Said,
}

/// What is said of something.
#[derive(Debug, Default)]
struct Words {
    /// One word for each member, in order of the members.
    by_member: Vec<Word>,
    /// Whether there were too many statements to look at.
    are_too_many: bool,
}

/// What has been looked up for one answer.
#[derive(Debug, Default)]
pub(super) struct Descriptions {
    known: BTreeMap<Box<str>, Rc<Words>>,
    /// Of parts of locations, with what is said of the location.
    with_site: BTreeMap<Box<str>, Rc<Words>>,
    reader: StatementReader,
    judged: usize,
}

impl Descriptions {
    /// What describes a product: its own master data, or else that of its lot.
    pub(super) fn of_product(
        &mut self,
        events: &Events<'_>,
        element: KeyDataElement,
        thing: &str,
        first: &MemberId,
    ) -> Result<Description, QuestionError> {
        let product = without_qualifiers(thing);
        let words = self.words(events, product)?;
        let found = self.judge(element, Subject::Product, product, &words, first)?;
        if found.lacks.is_empty() || product == thing {
            return Ok(found);
        }
        let words = self.words(events, thing)?;
        let of_lot = self.judge(element, Subject::Product, thing, &words, first)?;
        Ok(match of_lot.lacks.is_empty() {
            true => of_lot,
            false => found,
        })
    }

    /// What describes a place or a party.
    pub(super) fn of_location(
        &mut self,
        events: &Events<'_>,
        element: KeyDataElement,
        place: &str,
        first: &MemberId,
    ) -> Result<Description, QuestionError> {
        let words = self.words_of_location(events, place)?;
        self.judge(element, Subject::Location, place, &words, first)
    }

    /// What each member says of a place, and of the location that it is a part of.
    fn words_of_location(
        &mut self,
        events: &Events<'_>,
        place: &str,
    ) -> Result<Rc<Words>, QuestionError> {
        let site = without_qualifiers(place);
        if site == place {
            return self.words(events, place);
        }
        if let Some(known) = self.with_site.get(place) {
            return Ok(Rc::clone(known));
        }
        let words = self.words(events, place)?;
        let of_site = self.words(events, site)?;
        let both = words.by_member.iter().chain(&of_site.by_member);
        let words = Rc::new(Words {
            by_member: together(both.cloned()),
            are_too_many: words.are_too_many || of_site.are_too_many,
        });
        self.with_site.insert(place.into(), Rc::clone(&words));
        Ok(words)
    }

    /// The word that counts.
    fn judge(
        &mut self,
        element: KeyDataElement,
        subject: Subject,
        of: &str,
        words: &Words,
        first: &MemberId,
    ) -> Result<Description, QuestionError> {
        self.judged = self.judged.saturating_add(1 + words.by_member.len());
        if self.judged > MAX_ANSWER_DESCRIPTIONS {
            return Err(QuestionError::TooMuch {
                what: "descriptions of what its events name",
                most: MAX_ANSWER_DESCRIPTIONS,
            });
        }
        Ok(best(element, subject, of, words, first))
    }

    /// What each member says of an element of a vocabulary, in order of the members.
    fn words(&mut self, events: &Events<'_>, element: &str) -> Result<Rc<Words>, QuestionError> {
        if let Some(known) = self.known.get(element) {
            return Ok(Rc::clone(known));
        }
        let mut stated = Vec::new();
        let is_read = self.reader.each(events, element, &mut |statement| {
            stated.push(Word {
                member: statement.signed.member,
                entries: [statement.signed.index].into(),
                said: Said::of(&statement.data.attributes),
            });
        })?;
        let words = Rc::new(Words {
            by_member: together(stated.into_iter()),
            are_too_many: !is_read,
        });
        self.known.insert(element.into(), Rc::clone(&words));
        Ok(words)
    }
}

/// One word for each member that says anything.
fn together(words: impl Iterator<Item = Word>) -> Vec<Word> {
    let mut by_member: BTreeMap<MemberId, (BTreeSet<LogIndex>, Said)> = BTreeMap::new();
    for word in words.filter(|word| !word.said.is_empty()) {
        let (entries, said) = by_member.entry(word.member).or_default();
        entries.extend(word.entries.iter());
        *said = std::mem::take(said).and(&word.said);
    }
    let word = |(member, (entries, said)): (MemberId, (BTreeSet<LogIndex>, Said))| Word {
        member,
        entries: entries.into_iter().collect(),
        said,
    };
    by_member.into_iter().map(word).collect()
}

/// The word that counts: one that lacks nothing, and of such or else of all that of `first`; then one that lacks
/// the least.
fn best(
    element: KeyDataElement,
    subject: Subject,
    of: &str,
    words: &Words,
    first: &MemberId,
) -> Description {
    let judged = words
        .by_member
        .iter()
        .map(|word| (word, word.said.lacks(subject, of)));
    let relevant = judged.filter(|(_, lacks)| *lacks != Said::default().lacks(subject, of));
    let found = relevant.min_by_key(|(word, lacks)| {
        let is_other = word.member != *first;
        (!lacks.is_empty(), is_other, lacks.len())
    });
    let (by, lacks) = match found {
        None => (None, Said::default().lacks(subject, of)),
        Some((word, lacks)) => {
            let by = DescribedBy {
                member: word.member.clone(),
                entries: Arc::clone(&word.entries),
            };
            (Some(by), lacks)
        }
    };
    Description {
        element,
        of: of.into(),
        by,
        lacks,
        has_too_many_statements: words.are_too_many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::questions::EventScope;
    use crate::testing::{MemoryLedger, TestNetwork};

    /// What is looked up once is judged each time.
    #[test]
    fn an_answer_judges_so_many_descriptions_and_no_more() {
        let ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
        let events = Events::open(&ledger, EventScope::default()).unwrap();
        let member = ledger.network().member(0);
        let mut descriptions = Descriptions {
            judged: MAX_ANSWER_DESCRIPTIONS - 3,
            ..Descriptions::default()
        };
        // A lot that nobody describes is two: its product, and itself.
        let element = KeyDataElement::ProductDescription;
        let lot = "https://id.gs1.org/01/09521001123457/10/L1";
        let mut judge = || descriptions.of_product(&events, element, lot, &member);
        assert!(judge().is_ok());
        let error = judge().unwrap_err();
        assert!(error.is_limit(), "{error}");
        assert_eq!(descriptions.reader.read, 2);
    }
}
