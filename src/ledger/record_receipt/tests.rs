//! Receipts of a signed submission, each part of them changed in turn.

use proptest::prelude::*;

use super::*;
use crate::crypto::Blake3Digest;
use crate::crypto::SecretKey;
use crate::crypto::merkle::MemoryTree;
use crate::types::{
    Atomicity, BlockDigest, BlockEntry, Height, MemberId, Outcome, Record, RecordKind, StateRoot,
    Submission, Timestamp, ValidatorSetDigest,
};

fn ledger(seed: u8) -> LedgerId {
    LedgerId(Blake3Digest::from_bytes([seed; 32]))
}

fn submission(count: u32, seed: u8) -> Submission {
    let records = (0..count)
        .map(|number| Record {
            kind: RecordKind::new("epcis.event").unwrap(),
            version: 1,
            body: format!("{{\"number\":{number}}}").into(),
        })
        .collect();
    Submission::sign(
        ledger(1),
        MemberId::new("acme").unwrap(),
        &SecretKey::from_seed([seed; 32]),
        Timestamp::from_ms(1_000),
        Atomicity::Independent,
        records,
    )
    .unwrap()
}

fn receipt(submission: &Submission, index: u32) -> RecordReceipt {
    let tree: MemoryTree = submission.record_tree();
    RecordReceipt::from_proof(RecordProof {
        header: submission.header().clone(),
        record_root: tree.root(),
        signature: *submission.signature(),
        record_index: index,
        path: tree.inclusion_proof(index.into()).unwrap(),
    })
    .unwrap()
}

fn entry(submission: &Submission, index: u32) -> Entry {
    Entry {
        height: Height(3),
        time: Timestamp::from_ms(500),
        content: EntryContent::Submitted(Box::new(SubmittedEntry {
            member: submission.header().member.clone(),
            key: submission.header().key,
            submission: submission.id(),
            record_index: index,
            outcome: Outcome::Accepted,
            record: submission.records()[index as usize].clone(),
        })),
    }
}

fn changed(entry: &Entry, change: impl FnOnce(&mut SubmittedEntry)) -> Vec<u8> {
    let mut entry = entry.clone();
    if let EntryContent::Submitted(submitted) = &mut entry.content {
        change(submitted);
    }
    entry.to_bytes()
}

#[test]
fn every_record_of_a_submission_is_shown_to_be_signed() {
    for count in [1, 2, 3, 7, 64, 65] {
        let submission = submission(count, 9);
        for index in 0..count {
            let verified = receipt(&submission, index)
                .verify(&ledger(1), &entry(&submission, index).to_bytes())
                .unwrap();
            assert_eq!(verified.record_index, index);
            assert_eq!(&verified.record, &submission.records()[index as usize]);
        }
    }
}

#[test]
fn whatever_is_not_as_it_was_signed_is_told() {
    let submission = submission(5, 9);
    let good = receipt(&submission, 2);
    let entry = entry(&submission, 2);
    let verify = |receipt: &RecordReceipt, bytes: &[u8]| receipt.verify(&ledger(1), bytes);

    assert!(matches!(
        verify(&good, b"no entry"),
        Err(RecordReceiptError::Entry(_))
    ));
    let block = Entry {
        height: Height(3),
        time: Timestamp::from_ms(500),
        content: EntryContent::Block(BlockEntry {
            block: BlockDigest(Blake3Digest::ZERO),
            state_root: StateRoot(Blake3Digest::ZERO),
            validator_set: ValidatorSetDigest(Blake3Digest::ZERO),
        }),
    };
    assert_eq!(
        verify(&good, &block.to_bytes()),
        Err(RecordReceiptError::NotSubmitted)
    );
    assert_eq!(
        good.verify(&ledger(2), &entry.to_bytes()),
        Err(RecordReceiptError::OtherLedger {
            found: ledger(1),
            expected: ledger(2)
        })
    );
    assert_eq!(
        verify(
            &good,
            &changed(&entry, |e| e.member = MemberId::new("eve").unwrap())
        ),
        Err(RecordReceiptError::OtherAuthor)
    );
    let other_key = SecretKey::from_seed([8; 32]).public_key();
    assert_eq!(
        verify(&good, &changed(&entry, |e| e.key = other_key)),
        Err(RecordReceiptError::OtherAuthor)
    );
    let mut longer = good.clone();
    longer.header.record_count += 1;
    assert!(matches!(
        verify(&longer, &entry.to_bytes()),
        Err(RecordReceiptError::OtherSubmission { .. })
    ));
    let mut forged = good.clone();
    forged.signature = *self::submission(4, 9).signature();
    assert!(matches!(
        verify(&forged, &entry.to_bytes()),
        Err(RecordReceiptError::Signature(_))
    ));
    for bytes in [
        changed(&entry, |e| e.record.body = "{}".into()),
        changed(&entry, |e| e.record.version = 2),
        changed(&entry, |e| e.record_index = 1),
        changed(&entry, |e| e.record_index = 5),
    ] {
        assert!(matches!(
            verify(&good, &bytes),
            Err(RecordReceiptError::Path(_))
        ));
    }
}

#[test]
fn the_path_is_bounded() {
    let submission = submission(1, 9);
    let header = submission.header().clone();
    let root = submission.record_tree().root();
    let path = |count| vec![root; count];
    let make =
        |count| RecordReceipt::new(header.clone(), root, *submission.signature(), path(count));
    assert!(make(MAX_RECORD_PATH_HASHES).is_ok());
    assert!(matches!(
        make(MAX_RECORD_PATH_HASHES + 1),
        Err(DecodeError::LimitExceeded { .. })
    ));
    let mut bytes = receipt(&submission, 0).to_bytes();
    bytes[1] = 2;
    assert!(matches!(
        RecordReceipt::from_bytes(&bytes),
        Err(DecodeError::UnknownVersion { version: 2, .. })
    ));
}

/// Pins the format: proofs that people keep must stay readable. A meant change gets a new version
/// beside the old one.
#[test]
fn the_format_is_pinned() {
    let bytes = receipt(&submission(5, 9), 2).to_bytes();
    assert_eq!(
        (bytes.len(), Sha256Digest::of(&bytes).to_string().as_str()),
        (
            283,
            "c5053a823c0450433f3774cede295cdb2fdf8f82e1661341ed8cbb6c17cd791e"
        )
    );
}

proptest! {
    #[test]
    fn a_receipt_survives_bytes(count in 1u32..40, pick: u32, seed: u8) {
        let receipt = receipt(&submission(count, seed), pick % count);
        prop_assert_eq!(RecordReceipt::from_bytes(&receipt.to_bytes()), Ok(receipt));
    }

    #[test]
    fn decoding_never_panics_and_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(receipt) = RecordReceipt::from_bytes(&bytes) {
            prop_assert_eq!(receipt.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_changed_receipt_is_not_accepted_for_another(at: prop::sample::Index, flip in 1u8..) {
        let submission = submission(6, 9);
        let entry = entry(&submission, 3).to_bytes();
        let mut bytes = receipt(&submission, 3).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(receipt) = RecordReceipt::from_bytes(&bytes) {
            prop_assert_eq!(receipt.to_bytes(), bytes);
            prop_assert!(receipt.verify(&ledger(1), &entry).is_err());
        }
    }
}
