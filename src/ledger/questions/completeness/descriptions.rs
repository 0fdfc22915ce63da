//! Who describes a product or a place in master data.
//!
//! The word of the member that captured the event counts first, then that of any other. What a member says of
//! one thing in several vocabularies counts together, and so does what it says of a place and of the location
//! that the place is a part of; what different members say does not: nobody would have signed the sum.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::description::{DescriptionPart, Said, Subject};
use super::tracking_event::KeyDataElement;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::events::Events;
use crate::ledger::questions::master_data::MAX_STATEMENTS;
use crate::records::epcis::without_qualifiers;
use crate::types::{LogIndex, MemberId};

/// Most statements of master data that one answer reads; looking for some where there are none counts as one.
pub const MAX_ANSWER_STATEMENTS: usize = 20_000;

/// Most statements that are read from the store at a time.
const PAGE: usize = 64;

/// Who describes something, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedBy {
    /// The member.
    pub member: MemberId,
    /// The entries that say so, in order.
    pub entries: Vec<LogIndex>,
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
}

/// What a member says of something.
#[derive(Clone, Debug)]
struct Word {
    member: MemberId,
    entries: Vec<LogIndex>,
    said: Said,
}

/// What has been looked up for one answer.
#[derive(Debug, Default)]
pub(super) struct Descriptions {
    known: BTreeMap<Box<str>, Rc<Vec<Word>>>,
    read: usize,
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
        let found = best(element, Subject::Product, product, &words, first);
        if found.lacks.is_empty() || product == thing {
            return Ok(found);
        }
        let words = self.words(events, thing)?;
        let of_lot = best(element, Subject::Product, thing, &words, first);
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
        let mut words = self.words(events, place)?;
        let site = without_qualifiers(place);
        if site != place {
            let of_site = self.words(events, site)?;
            words = Rc::new(together(words.iter().chain(of_site.iter()).cloned()));
        }
        Ok(best(element, Subject::Location, place, &words, first))
    }

    /// What each member says of an element of a vocabulary, in order of the members.
    fn words(
        &mut self,
        events: &Events<'_>,
        element: &str,
    ) -> Result<Rc<Vec<Word>>, QuestionError> {
        if let Some(known) = self.known.get(element) {
            return Ok(Rc::clone(known));
        }
        let (mut words, mut after, mut of_element) = (Vec::new(), None, 0);
        self.count(1)?;
        loop {
            let page = events.master_data(element, after.as_deref(), PAGE)?;
            self.count(page.statements.len())?;
            of_element += page.statements.len();
            if of_element > MAX_STATEMENTS {
                return Err(QuestionError::TooMuch {
                    what: "statements of master data about one element",
                    most: MAX_STATEMENTS,
                });
            }
            words.extend(page.statements.into_iter().map(|statement| Word {
                member: statement.signed.member,
                entries: vec![statement.signed.index],
                said: Said::of(&statement.data.attributes),
            }));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let words = Rc::new(together(words.into_iter()));
        self.known.insert(element.into(), Rc::clone(&words));
        Ok(words)
    }

    fn count(&mut self, more: usize) -> Result<(), QuestionError> {
        self.read = self.read.saturating_add(more);
        if self.read > MAX_ANSWER_STATEMENTS {
            return Err(QuestionError::TooMuch {
                what: "statements of master data",
                most: MAX_ANSWER_STATEMENTS,
            });
        }
        Ok(())
    }
}

/// One word for each member that says anything.
fn together(words: impl Iterator<Item = Word>) -> Vec<Word> {
    let mut by_member: BTreeMap<MemberId, Word> = BTreeMap::new();
    for word in words.filter(|word| !word.said.is_empty()) {
        match by_member.remove(&word.member) {
            None => _ = by_member.insert(word.member.clone(), word),
            Some(mut before) => {
                before.said = before.said.and(&word.said);
                before.entries.extend(word.entries);
                before.entries.sort();
                before.entries.dedup();
                by_member.insert(word.member, before);
            }
        }
    }
    by_member.into_values().collect()
}

/// The word that counts: one that lacks nothing, and of such or else of all that of `first`; then one that lacks
/// the least.
fn best(
    element: KeyDataElement,
    subject: Subject,
    of: &str,
    words: &[Word],
    first: &MemberId,
) -> Description {
    let judged = words
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
                entries: word.entries.clone(),
            };
            (Some(by), lacks)
        }
    };
    Description {
        element,
        of: of.into(),
        by,
        lacks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_so_many_statements_and_no_more() {
        let mut descriptions = Descriptions::default();
        assert_eq!(descriptions.count(MAX_ANSWER_STATEMENTS), Ok(()));
        let error = descriptions.count(1).unwrap_err();
        assert!(error.is_limit(), "{error}");
    }
}
