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
