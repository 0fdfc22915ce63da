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
mod tests {
    use super::*;
    use crate::crypto::{Blake3Digest, SecretKey};
    use crate::types::{LedgerId, MemberId, Record, RecordKind, Submission, Timestamp};

    fn record(bytes: usize) -> SourceRecord {
        SourceRecord {
            file: "f".to_owned(),
            pointer: String::new(),
            record: Record {
                kind: RecordKind::new("epcis.event").unwrap(),
                version: 1,
                body: vec![b'x'; bytes].into(),
            },
        }
    }

    fn sizes(groups: &[Vec<SourceRecord>]) -> Vec<usize> {
        groups.iter().map(Vec::len).collect()
    }

    #[test]
    fn groups_keep_order_and_bounds() {
        let records = (0..7).map(record).collect();
        let groups = pack(records, 3, Atomicity::Independent).unwrap();
        assert_eq!(sizes(&groups), [3, 3, 1]);
        let flat: Vec<_> = groups
            .concat()
            .iter()
            .map(|r| r.record.body.len())
            .collect();
        assert_eq!(flat, [0, 1, 2, 3, 4, 5, 6]);
        assert!(
            pack(Vec::new(), 3, Atomicity::Independent)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn full_groups_are_submissions_that_the_ledger_takes() {
        let records: Vec<_> = (0..150).map(|_| record(60 * 1024)).collect();
        let groups = pack(records, 10_000, Atomicity::Independent).unwrap();
        assert!(groups.len() > 1);
        for group in groups {
            let records = group.into_iter().map(|r| r.record).collect();
            let signed = Submission::sign(
                LedgerId(Blake3Digest::of(b"x")),
                MemberId::new(&"m".repeat(63)).unwrap(),
                &SecretKey::from_seed([1; 32]),
                Timestamp::from_ms(0),
                Atomicity::Independent,
                records,
            );
            assert!(signed.is_ok());
        }
    }

    #[test]
    fn all_or_nothing_is_one_submission_or_none() {
        let records: Vec<_> = (0..4).map(|_| record(10)).collect();
        assert!(pack(records.clone(), 4, Atomicity::AllOrNothing).is_ok());
        assert!(matches!(
            pack(records, 3, Atomicity::AllOrNothing),
            Err(PackError::NotAtomic {
                count: 4,
                most: 3,
                ..
            })
        ));
        assert!(matches!(
            pack(vec![record(5 * 1024 * 1024)], 1, Atomicity::Independent),
            Err(PackError::TooLarge { .. })
        ));
    }
}
