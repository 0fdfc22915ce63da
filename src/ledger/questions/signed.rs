//! Records that an answer rests on, and who signed them.

use super::QuestionError;
use crate::crypto::PublicKey;
use crate::types::{
    Decode, Entry, EntryContent, Height, LedgerView, LogIndex, MemberId, ReadError, Record,
    SubmissionId, Timestamp,
};

/// Who signed a record, and where the signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The record's entry.
    pub index: LogIndex,
    /// The block that has it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// Who submitted it.
    pub member: MemberId,
    /// The key that signed.
    pub key: PublicKey,
    /// The submission that the signature covers.
    pub submission: SubmissionId,
}

/// The record of an entry that is known to be a submitted one, and who signed it.
pub(super) fn submitted(
    view: &dyn LedgerView,
    index: LogIndex,
) -> Result<(Signed, Record), QuestionError> {
    let missing = || ReadError::new(format!("entry {index} is no submitted record"));
    let bytes = view.entry(index)?.ok_or_else(missing)?;
    let entry = Entry::from_bytes(&bytes)?;
    let EntryContent::Submitted(submitted) = entry.content else {
        return Err(missing().into());
    };
    let signed = Signed {
        index,
        height: entry.height,
        time: entry.time,
        member: submitted.member,
        key: submitted.key,
        submission: submitted.submission,
    };
    Ok((signed, submitted.record))
}
