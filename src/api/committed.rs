//! What became of a submission.

use crate::types::{
    Decode, Entry, EntryContent, Height, LedgerReader, LogIndex, Outcome, ReadError, SubmissionId,
};

/// A submission on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommittedSubmission {
    /// The block that has it.
    pub(super) height: Height,
    /// The entry of its first record; the others follow.
    pub(super) first_index: LogIndex,
    /// What became of each record.
    pub(super) outcomes: Vec<Outcome>,
}

impl CommittedSubmission {
    /// Looks for a submission on the ledger.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails, or contradicts itself.
    pub(super) fn find(
        reader: &dyn LedgerReader,
        id: &SubmissionId,
    ) -> Result<Option<Self>, ReadError> {
        let Some(location) = reader.submission(id)? else {
            return Ok(None);
        };
        let count = location.record_count as usize;
        let entries = reader.entries(location.first_index, count)?;
        if entries.len() != count {
            return Err(ReadError::new(format!(
                "the log lacks entries of submission {id}"
            )));
        }
        let outcomes = (location.first_index.0..)
            .zip(&entries)
            .map(|(index, bytes)| outcome(LogIndex(index), bytes))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            height: location.height,
            first_index: location.first_index,
            outcomes,
        }))
    }
}

fn outcome(index: LogIndex, bytes: &[u8]) -> Result<Outcome, ReadError> {
    let entry = Entry::from_bytes(bytes)
        .map_err(|error| ReadError::new(format!("entry {index} cannot be read: {error}")))?;
    match entry.content {
        EntryContent::Submitted(submitted) => Ok(submitted.outcome),
        _ => Err(ReadError::new(format!(
            "entry {index} is not the submitted record that it should be"
        ))),
    }
}
