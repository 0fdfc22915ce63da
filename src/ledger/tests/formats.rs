//! The codecs of this floor.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::crypto::merkle::Frontier;
use crate::crypto::{Blake3Digest, Sha256Digest};
use crate::ledger::{EntryLocation, LedgerTip};
use crate::types::limits::MAX_ENTRY_BYTES;
use crate::types::{
    BatchDigest, BlockDigest, Decode, DecodeError, Encode, Flag, Height, LogIndex, Outcome,
    Rejection, StateRoot, SubmissionId, Timestamp,
};

fn tip() -> impl Strategy<Value = LedgerTip> {
    let digests = any::<([u8; 32], [u8; 32])>();
    (any::<u64>(), digests, any::<i64>(), 0..40u8).prop_map(|(height, (a, b), time, size)| {
        let mut frontier = Frontier::new();
        for leaf in 0..size {
            let hash = Sha256Digest::of(&[leaf]);
            frontier.append(hash, |_| {}).unwrap();
        }
        LedgerTip {
            height: Height(height),
            block: BlockDigest(Blake3Digest::from_bytes(a)),
            time: Timestamp::from_ms(time),
            frontier,
            state_root: StateRoot(Blake3Digest::from_bytes(b)),
        }
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Accepted),
        "\\PC{0,40}".prop_map(|reason| Outcome::Rejected(Rejection::new("invalid-record", reason))),
        any::<u64>().prop_map(|index| Outcome::Duplicate {
            of: LogIndex(index)
        }),
        "\\PC{0,40}".prop_map(|reason| Outcome::taken(vec![Flag::new("not-holder", reason)])),
    ]
}

fn location() -> impl Strategy<Value = EntryLocation> {
    let numbers = any::<(u64, i64, [u32; 3])>();
    let submitted = (numbers, any::<([u8; 32], [u8; 32])>(), outcome()).prop_map(
        |((height, time, numbers), (batch, submission), outcome)| EntryLocation::Submitted {
            height: Height(height),
            time: Timestamp::from_ms(time),
            batch: BatchDigest(Blake3Digest::from_bytes(batch)),
            submission: SubmissionId(Sha256Digest::from_bytes(submission)),
            submission_offset: numbers[0],
            record_offset: numbers[1],
            record_index: numbers[2],
            outcome,
        },
    );
    prop_oneof![
        vec(any::<u8>(), 0..80).prop_map(|bytes| EntryLocation::Inline(Bytes::from(bytes))),
        submitted,
    ]
}

proptest! {
    #[test]
    fn a_tip_comes_back(tip in tip(), at in any::<proptest::sample::Index>(), byte: u8) {
        let mut bytes = tip.to_bytes();
        prop_assert_eq!(LedgerTip::from_bytes(&bytes), Ok(tip));
        *at.get_mut(&mut bytes) = byte;
        if let Ok(other) = LedgerTip::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_location_comes_back(
        location in location(),
        at in any::<proptest::sample::Index>(),
        byte: u8,
    ) {
        let mut bytes = location.to_bytes();
        prop_assert_eq!(EntryLocation::from_bytes(&bytes), Ok(location));
        *at.get_mut(&mut bytes) = byte;
        if let Ok(other) = EntryLocation::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn resolving_takes_any_location_and_any_batch(
        location in location(),
        batch in vec(any::<u8>(), 0..300),
    ) {
        let inline = matches!(location, EntryLocation::Inline(_));
        let resolved = location.resolve::<DecodeError>(|_| Ok(Bytes::from(batch)));
        prop_assert!(!inline || resolved.is_ok());
    }
}

#[test]
fn an_inline_entry_has_a_longest_form() {
    let inline = |length| EntryLocation::Inline(Bytes::from(vec![0; length])).to_bytes();
    assert!(EntryLocation::from_bytes(&inline(MAX_ENTRY_BYTES)).is_ok());
    assert_eq!(
        EntryLocation::from_bytes(&inline(MAX_ENTRY_BYTES + 1)),
        Err(DecodeError::LimitExceeded {
            what: "log entry",
            length: MAX_ENTRY_BYTES + 1,
            limit: MAX_ENTRY_BYTES
        })
    );
    assert_eq!(
        EntryLocation::from_bytes(&[2]),
        Err(DecodeError::UnknownTag {
            what: "entry location",
            tag: 2
        })
    );
}
