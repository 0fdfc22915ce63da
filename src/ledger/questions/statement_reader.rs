//! Reading what members state of products and places, for one answer: no more than an answer may.

use super::QuestionError;
use super::events::Events;
use super::master_data::{MAX_STATEMENTS, Statement};
use crate::contracts::StateKey;
use crate::records::epcis::ThingId;
use crate::types::{ScanOrder, Space};

/// Most statements of master data that one answer reads, those included that came after its height; looking for
/// some counts as one more.
pub const MAX_ANSWER_STATEMENTS: usize = 20_000;

/// Most statements that are read from the store at a time.
const PAGE: usize = 64;

/// How many statements an answer has read.
#[derive(Debug, Default)]
pub(super) struct StatementReader {
    pub(super) read: usize,
}

impl StatementReader {
    /// Shows all statements about an element of a vocabulary as they stood at the height. None is shown if there
    /// are more than [`MAX_STATEMENTS`], made at any height; then the answer is no.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the answer has read too many.
    pub(super) fn each(
        &mut self,
        events: &Events<'_>,
        element: &str,
        visit: &mut dyn FnMut(Statement),
    ) -> Result<bool, QuestionError> {
        self.count(1)?;
        // Which of too many come first is chance.
        let Some(rows) = statement_rows(events, element)? else {
            return Ok(false);
        };
        // A statement that does not count at the height is looked for as well.
        self.count(rows)?;
        let mut after = None;
        loop {
            let page = events.master_data(element, after.as_deref(), PAGE)?;
            page.statements.into_iter().for_each(&mut *visit);
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
        }
    }

    pub(super) fn count(&mut self, more: usize) -> Result<(), QuestionError> {
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

/// How many rows the statements about an element are, whatever the height; none if there are more than
/// [`MAX_STATEMENTS`].
fn statement_rows(events: &Events<'_>, element: &str) -> Result<Option<usize>, QuestionError> {
    let first = StateKey::master_data(&ThingId::of(element));
    // What follows is a hash of 16 bytes and a member's id, which has no byte above 0x7f.
    let end = [&*first, &[0xff; 17]].concat();
    let (space, order) = (Space::State, ScanOrder::Ascending);
    let rows = events
        .view
        .scan(space, &first, &end, order, MAX_STATEMENTS + 1)?;
    Ok((rows.len() <= MAX_STATEMENTS).then_some(rows.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_so_many_statements_and_no_more() {
        let mut reader = StatementReader::default();
        assert_eq!(reader.count(MAX_ANSWER_STATEMENTS), Ok(()));
        let error = reader.count(1).unwrap_err();
        assert!(error.is_limit(), "{error}");
    }
}
