//! Where an entry's bytes are: a submitted record's body stays in its batch, written once.

use bytes::Bytes;

use crate::types::codec::{Reader, put_bytes};
use crate::types::limits::MAX_ENTRY_BYTES;
use crate::types::{
    BatchDigest, Decode, DecodeError, Encode, Entry, EntryContent, Height, Outcome, Record,
    SubmissionHeader, SubmissionId, SubmittedEntry, Timestamp,
};

/// Version of the submission format at the head of every submission in a batch: two bytes that
/// stand before the header.
const SUBMISSION_VERSION_BYTES: usize = 2;

/// How to find or build an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryLocation {
    /// The entry's own bytes: evidence, derived and block entries.
    Inline(Bytes),
    /// A record in a batch, with what the batch does not say.
    Submitted {
        /// The block.
        height: Height,
        /// Its time.
        time: Timestamp,
        /// The batch that has the record.
        batch: BatchDigest,
        /// The submission it came in.
        submission: SubmissionId,
        /// Where the submission begins in the batch's bytes.
        submission_offset: u32,
        /// Where the record begins in the batch's bytes.
        record_offset: u32,
        /// The record's place in the submission.
        record_index: u32,
        /// What became of it.
        outcome: Outcome,
    },
}

impl EntryLocation {
    /// The entry's canonical bytes. `batch` gives the bytes of a batch that is held.
    ///
    /// # Errors
    /// [`DecodeError`] if the batch does not hold what the location says: the store is damaged.
    pub fn resolve<E: From<DecodeError>>(
        self,
        batch: impl FnOnce(&BatchDigest) -> Result<Bytes, E>,
    ) -> Result<Bytes, E> {
        let (height, time, digest, submission, offsets, record_index, outcome) = match self {
            Self::Inline(bytes) => return Ok(bytes),
            Self::Submitted {
                height,
                time,
                batch,
                submission,
                submission_offset,
                record_offset,
                record_index,
                outcome,
            } => {
                let offsets = (submission_offset, record_offset);
                (
                    height,
                    time,
                    batch,
                    submission,
                    offsets,
                    record_index,
                    outcome,
                )
            }
        };
        let (submission_offset, record_offset) = offsets;
        let bytes = batch(&digest)?;
        let header = read_header(&bytes, submission_offset)?;
        let record = read_record(&bytes, record_offset)?;
        let entry = Entry {
            height,
            time,
            content: EntryContent::Submitted(Box::new(SubmittedEntry {
                member: header.member,
                key: header.key,
                submission,
                record_index,
                outcome,
                record,
            })),
        };
        Ok(Bytes::from(entry.to_bytes()))
    }
}

fn read_header(batch: &[u8], offset: u32) -> Result<SubmissionHeader, DecodeError> {
    let start = offset as usize + SUBMISSION_VERSION_BYTES;
    let bytes = batch.get(start..).unwrap_or_default();
    SubmissionHeader::decode(&mut Reader::new(bytes))
}

fn read_record(batch: &[u8], offset: u32) -> Result<Record, DecodeError> {
    let bytes = batch.get(offset as usize..).unwrap_or_default();
    Record::decode(&mut Reader::new(bytes))
}

impl Encode for EntryLocation {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Inline(bytes) => {
                out.push(0);
                put_bytes(out, bytes);
            }
            Self::Submitted {
                height,
                time,
                batch,
                submission,
                submission_offset,
                record_offset,
                record_index,
                outcome,
            } => {
                out.push(1);
                height.encode(out);
                time.encode(out);
                batch.encode(out);
                submission.encode(out);
                for number in [submission_offset, record_offset, record_index] {
                    out.extend_from_slice(&number.to_be_bytes());
                }
                outcome.encode(out);
            }
        }
    }
}

impl Decode for EntryLocation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Inline(Bytes::copy_from_slice(
                reader.bytes("log entry", MAX_ENTRY_BYTES)?,
            ))),
            1 => Ok(Self::Submitted {
                height: Height::decode(reader)?,
                time: Timestamp::decode(reader)?,
                batch: BatchDigest::decode(reader)?,
                submission: SubmissionId::decode(reader)?,
                submission_offset: reader.u32()?,
                record_offset: reader.u32()?,
                record_index: reader.u32()?,
                outcome: Outcome::decode(reader)?,
            }),
            tag => Err(DecodeError::UnknownTag {
                what: "entry location",
                tag,
            }),
        }
    }
}
