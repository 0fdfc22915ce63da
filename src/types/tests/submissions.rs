//! What a submission's signature covers, and what its id names.

use bytes::Bytes;
use proptest::prelude::*;

use super::generators as generate;
use crate::crypto::{Blake3Digest, Domain, KeyError, Sha256Digest, Signature};
use crate::testing::secret_key;
use crate::types::*;

fn refused(submission: &Submission) -> bool {
    matches!(submission.verify(), Err(KeyError::BadSignature { .. }))
}

/// The same submission with another header, under the old signature.
fn with_header(submission: &Submission, change: impl FnOnce(&mut SubmissionHeader)) -> Submission {
    let mut header = submission.header().clone();
    change(&mut header);
    let records = submission.records().to_vec();
    Submission::new(header, records, *submission.signature()).unwrap()
}

/// The same submission with other records, under the old signature.
fn with_records(submission: &Submission, change: impl FnOnce(&mut Vec<Record>)) -> Submission {
    let mut records = submission.records().to_vec();
    change(&mut records);
    let mut header = submission.header().clone();
    header.record_count = u32::try_from(records.len()).unwrap();
    Submission::new(header, records, *submission.signature()).unwrap()
}

proptest! {
    #[test]
    fn a_signed_submission_verifies_under_its_id(submission in generate::signed_submission()) {
        prop_assert_eq!(submission.verify(), Ok(submission.id()));
        let root = submission.record_tree().root();
        let signed = submission.header().signed_bytes(&root);
        prop_assert_eq!(submission.id(), SubmissionId(Sha256Digest::of(&signed)));
    }

    #[test]
    fn every_part_of_the_header_is_signed(
        submission in generate::signed_submission(),
        member in generate::member_id(),
        key in generate::public_key(),
        ledger in generate::ledger_id(),
    ) {
        let expires = submission.header().expires.as_ms() ^ 1;
        let other = match submission.header().atomicity {
            Atomicity::Independent => Atomicity::AllOrNothing,
            Atomicity::AllOrNothing => Atomicity::Independent,
        };
        prop_assume!(member != submission.header().member);
        let changed = [
            with_header(&submission, |header| header.ledger = ledger),
            with_header(&submission, |header| header.member = member),
            with_header(&submission, |header| header.key = key),
            with_header(&submission, |header| header.expires = Timestamp::from_ms(expires)),
            with_header(&submission, |header| header.atomicity = other),
        ];
        for changed in changed {
            prop_assert!(refused(&changed));
            prop_assert_ne!(changed.id(), submission.id());
        }
    }

    #[test]
    fn every_record_is_signed_in_its_place(
        submission in generate::signed_submission(),
        at in any::<proptest::sample::Index>(),
    ) {
        let at = at.index(submission.records().len());
        let changed = [
            with_records(&submission, |records| records[at].version ^= 1),
            with_records(&submission, |records| {
                records[at].kind = RecordKind::new("other.kind").unwrap();
            }),
            with_records(&submission, |records| {
                let other = if records[at].body == "a" { "b" } else { "a" };
                records[at].body = Bytes::from_static(other.as_bytes());
            }),
            with_records(&submission, |records| records.push(records[at].clone())),
        ];
        for changed in changed {
            prop_assert!(refused(&changed));
            prop_assert_ne!(changed.id(), submission.id());
        }
        if submission.records().first() != submission.records().last() {
            prop_assert!(refused(&with_records(&submission, |records| records.reverse())));
        }
    }

    #[test]
    fn the_id_does_not_depend_on_the_signature(
        submission in generate::signed_submission(),
        signature in generate::signature(),
    ) {
        let header = submission.header().clone();
        let other = Submission::new(header, submission.records().to_vec(), signature).unwrap();
        prop_assert_eq!(other.id(), submission.id());
        prop_assert!(refused(&other));
    }

    #[test]
    fn every_record_is_proved_alone(submission in generate::signed_submission()) {
        let tree = submission.record_tree();
        for (index, record) in (0u64..).zip(submission.records()) {
            let path = tree.inclusion_proof(index).unwrap();
            let leaf = record.leaf();
            let root = tree.root();
            let verdict =
                crate::crypto::merkle::verify_inclusion(index, tree.size(), &leaf, &path, &root);
            prop_assert_eq!(verdict, Ok(()));
            prop_assert!(submission.header().verify(&root, submission.signature()).is_ok());
        }
    }
}

#[test]
fn another_client_signs_with_the_documented_bytes_alone() {
    let secret = secret_key("writer");
    let records = vec![crate::testing::event_record(1)];
    let ledger = LedgerId(Blake3Digest::of(b"ledger"));
    let member = MemberId::new("acme").unwrap();
    let expires = Timestamp::from_ms(1_000);
    let signed = Submission::sign(
        ledger,
        member.clone(),
        &secret,
        expires,
        Atomicity::AllOrNothing,
        records.clone(),
    )
    .unwrap();
    // Written down as the format is documented, without the codec.
    let leaf = [
        &11u32.to_be_bytes()[..],
        b"epcis.event",
        &1u16.to_be_bytes(),
        &u32::try_from(records[0].body.len()).unwrap().to_be_bytes(),
        &records[0].body,
    ]
    .concat();
    let root = Sha256Digest::of_parts(&[&[0], &leaf]);
    let payload = [
        &4u32.to_be_bytes()[..],
        b"acme",
        secret.public_key().as_bytes(),
        &1_000i64.to_be_bytes(),
        &[1],
        &1u32.to_be_bytes(),
        root.as_bytes(),
    ]
    .concat();
    let message = [
        b"waybill/submission/v1\0".as_slice(),
        ledger.as_bytes(),
        &payload,
    ]
    .concat();
    assert_eq!(signed.id(), SubmissionId(Sha256Digest::of(&message)));
    let signature = secret.sign(Domain::Submission, ledger.as_bytes(), &payload);
    assert_eq!(*signed.signature(), signature);
}

#[test]
fn a_submission_has_the_records_that_its_header_counts() {
    let secret = secret_key("writer");
    let sign = |records| {
        Submission::sign(
            LedgerId(Blake3Digest::ZERO),
            MemberId::new("acme").unwrap(),
            &secret,
            Timestamp::from_ms(0),
            Atomicity::Independent,
            records,
        )
    };
    assert_eq!(
        sign(Vec::new()),
        Err(DecodeError::invalid("submission", "it has no records"))
    );
    let one = sign(vec![crate::testing::event_record(1)]).unwrap();
    let mut header = one.header().clone();
    header.record_count = 2;
    let signature = Signature::from_bytes([0; 64]);
    assert_eq!(
        Submission::new(header, one.records().to_vec(), signature),
        Err(DecodeError::invalid(
            "submission",
            "its header says 2 records, it has 1"
        ))
    );
}
