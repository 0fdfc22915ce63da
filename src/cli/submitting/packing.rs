//! Packing records into submissions.

use thiserror::Error;

use super::SourceRecord;
use crate::types::Atomicity;
use crate::types::limits::{MAX_RECORDS_PER_SUBMISSION, MAX_SUBMISSION_BYTES};

/// More than a submission has beside its records: versions, ledger, the longest member id, key,
/// expiry, counts and signature.
const OVERHEAD_BYTES: usize = 256;

/// Why records cannot be packed as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PackError {
    /// All or none was asked for, and they do not fit into one submission.
    #[error(
        "{count} records with {bytes} bytes do not fit into one submission, which has at most \
         {most} records and {MAX_SUBMISSION_BYTES} bytes"
    )]
    NotAtomic {
        /// How many there are.
        count: usize,
        /// Their bytes.
        bytes: usize,
        /// How many fit.
        most: usize,
    },
    /// A single record is larger than a submission.
    #[error("the record at {file}{pointer} has {bytes} bytes, which no submission takes")]
    TooLarge {
        /// Its file.
        file: String,
        /// Its place there.
        pointer: String,
        /// Its length.
        bytes: usize,
    },
}

/// Packs records, in order, into groups that each fit into a submission, of at most `most` records.
///
/// # Errors
/// [`PackError`]; all or nothing takes one group.
pub fn pack(
    records: Vec<SourceRecord>,
    most: usize,
    atomicity: Atomicity,
) -> Result<Vec<Vec<SourceRecord>>, PackError> {
    let most = most.clamp(1, MAX_RECORDS_PER_SUBMISSION);
    let room = MAX_SUBMISSION_BYTES - OVERHEAD_BYTES;
    let count = records.len();
    let total: usize = records.iter().map(|r| r.record.encoded_length()).sum();
    let mut groups: Vec<Vec<SourceRecord>> = Vec::new();
    let mut bytes = 0;
    for record in records {
        let length = record.record.encoded_length();
        if length > room {
            return Err(PackError::TooLarge {
                file: record.file,
                pointer: record.pointer,
                bytes: length,
            });
        }
        match groups.last_mut() {
            Some(group) if group.len() < most && bytes + length <= room => {
                group.push(record);
                bytes += length;
            }
            _ => {
                groups.push(vec![record]);
                bytes = length;
            }
        }
    }
    if atomicity == Atomicity::AllOrNothing && groups.len() > 1 {
        return Err(PackError::NotAtomic {
            count,
            bytes: total,
            most,
        });
    }
    Ok(groups)
}

#[cfg(test)]
mod tests;
