//! Every codec: what is encoded comes back, every decoder takes any bytes without a panic, and
//! whatever it accepts is the canonical form of what it gives.

use std::fmt::Debug;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::generators::{self as generate, Damage};
use crate::crypto::{Blake3Digest, PublicKey, Sha256Digest, Signature};
use crate::types::codec::DecodeError;
use crate::types::*;

fn round_trip<T: Encode + Decode + PartialEq + Debug>(value: &T) -> Result<(), TestCaseError> {
    let bytes = value.to_bytes();
    let again = T::from_bytes(&bytes);
    prop_assert_eq!(again.as_ref(), Ok(value));
    let mut longer = bytes.clone();
    longer.push(0);
    prop_assert!(T::from_bytes(&longer).is_err(), "a trailing byte was taken");
    let shorter = bytes.split_last().map_or(&[][..], |(_, rest)| rest);
    prop_assert!(
        T::from_bytes(shorter).is_err(),
        "a missing byte was overlooked"
    );
    Ok(())
}

fn canonical<T: Encode + Decode>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = T::from_bytes(bytes) {
        prop_assert_eq!(value.to_bytes(), bytes);
    }
    Ok(())
}

fn damaged(mut bytes: Vec<u8>, damage: &[Damage]) -> Vec<u8> {
    for one in damage {
        one.apply(&mut bytes);
    }
    bytes
}

macro_rules! codecs {
    ($($name:ident: $type:ty = $strategy:expr;)*) => {$(
        mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(128))]

                #[test]
                fn comes_back(value in $strategy) {
                    round_trip::<$type>(&value)?;
                }

                #[test]
                fn is_canonical_when_damaged(value in $strategy, damage in generate::damage()) {
                    canonical::<$type>(&damaged(Encode::to_bytes(&value), &damage))?;
                }

                #[test]
                fn is_canonical_in_arbitrary_bytes(bytes in vec(any::<u8>(), 0..300)) {
                    canonical::<$type>(&bytes)?;
                }
            }
        }
    )*};
}

codecs! {
    sha256_digest: Sha256Digest = generate::sha256();
    blake3_digest: Blake3Digest = generate::blake3();
    public_key: PublicKey = generate::public_key();
    signature: Signature = generate::signature();
    timestamp: Timestamp = generate::timestamp();
    height: Height = generate::height();
    round: Round = generate::round();
    log_index: LogIndex = generate::log_index();
    batch_sequence: BatchSequence = generate::batch_sequence();
    validator_index: ValidatorIndex = generate::validator_index();
    ledger_id: LedgerId = generate::ledger_id();
    submission_id: SubmissionId = generate::submission_id();
    batch_digest: BatchDigest = generate::batch_digest();
    block_digest: BlockDigest = generate::block_digest();
    state_root: StateRoot = generate::state_root();
    validator_set_digest: ValidatorSetDigest = generate::validator_set_digest();
    contract_set_digest: ContractSetDigest = generate::contract_set_digest();
    member_id: MemberId = generate::member_id();
    record_kind: RecordKind = generate::record_kind();
    role: Role = generate::role();
    record: Record = generate::record();
    submission_header: SubmissionHeader = generate::submission_header();
    submission: Submission = generate::submission();
    outcome: Outcome = generate::outcome();
    entry: Entry = generate::entry();
    batch_reference: BatchReference = generate::batch_reference();
    acknowledgement: Acknowledgement = generate::acknowledgement();
    signed_acknowledgement: Signed<Acknowledgement> = generate::signed(generate::acknowledgement());
    indexed_signature: IndexedSignature = generate::indexed_signature();
    availability_certificate: AvailabilityCertificate = generate::availability_certificate();
    commit_certificate: CommitCertificate = generate::commit_certificate();
    vote: Vote = generate::vote();
    signed_vote: Signed<Vote> = generate::signed(generate::vote());
    proposal: Proposal = generate::proposal();
    signed_proposal: Signed<Proposal> = generate::signed(generate::proposal());
    evidence: Evidence = generate::evidence();
    validator: Validator = generate::validator();
    validator_set: ValidatorSet = generate::validator_set();
    key_purpose: KeyPurpose = generate::key_purpose();
    member_key: MemberKey = generate::member_key();
    member: Member = generate::member();
    block_header: BlockHeader = generate::block_header();
    block_body: BlockBody = generate::block_body();
    block: Block = generate::block();
    committed_block: CommittedBlock = generate::committed_block();
    submission_location: SubmissionLocation = generate::submission_location();
}

proptest! {
    #[test]
    fn a_batch_comes_back_with_its_bytes(batch in generate::batch()) {
        let again = Batch::from_shared_bytes(batch.bytes().clone());
        prop_assert_eq!(again.as_ref(), Ok(&batch));
        let reference = batch.reference();
        prop_assert_eq!(usize::try_from(reference.byte_count), Ok(batch.bytes().len()));
        prop_assert_eq!(usize::try_from(reference.submission_count), Ok(batch.submissions().len()));
        let records: usize = batch.submissions().iter().map(|s| s.records().len()).sum();
        prop_assert_eq!(usize::try_from(reference.record_count), Ok(records));
    }

    #[test]
    fn a_damaged_batch_is_refused_or_another_batch(
        batch in generate::batch(),
        damage in generate::damage(),
    ) {
        let bytes = Bytes::from(damaged(batch.bytes().to_vec(), &damage));
        if let Ok(other) = Batch::from_shared_bytes(bytes.clone()) {
            prop_assert_eq!(other.bytes(), &bytes);
            // Bytes before the signature are covered by the digest.
            let covered = bytes.len() - 64;
            let same = batch.bytes().get(..covered) == bytes.get(..covered)
                && batch.bytes().len() == bytes.len();
            prop_assert_eq!(other.digest() == batch.digest(), same);
        }
    }

    #[test]
    fn a_batch_decoder_takes_arbitrary_bytes(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(batch) = Batch::from_shared_bytes(Bytes::from(bytes.clone())) {
            prop_assert_eq!(batch.bytes(), &bytes);
        }
    }

    #[test]
    fn a_submission_states_its_length(submission in generate::submission()) {
        prop_assert_eq!(submission.encoded_length(), submission.to_bytes().len());
        for record in submission.records() {
            prop_assert_eq!(record.encoded_length(), record.to_bytes().len());
        }
    }

    #[test]
    fn a_block_under_another_body_is_refused(
        block in generate::block(),
        body in generate::block_body(),
    ) {
        let bytes = [block.header().to_bytes(), body.to_bytes()].concat();
        let decoded = Block::from_bytes(&bytes);
        if body == *block.body() {
            prop_assert_eq!(decoded, Ok(block));
        } else {
            let fault = DecodeError::invalid("block", "its header names another body");
            prop_assert_eq!(decoded, Err(fault));
        }
    }
}

#[test]
fn other_versions_are_refused_by_name() {
    let header = [0, 2];
    let version = |what, version| DecodeError::UnknownVersion { what, version };
    assert_eq!(
        BlockHeader::from_bytes(&header),
        Err(version("block protocol", 2))
    );
    assert_eq!(
        Submission::from_bytes(&header),
        Err(version("submission", 2))
    );
    assert_eq!(
        Batch::from_shared_bytes(Bytes::from_static(&[0, 2])),
        Err(version("batch", 2))
    );
    assert_eq!(Entry::from_bytes(&[2]), Err(version("log entry", 2)));
}

#[test]
fn unknown_tags_are_refused_by_name() {
    let tag = |what, tag| DecodeError::UnknownTag { what, tag };
    assert_eq!(Outcome::from_bytes(&[4]), Err(tag("outcome", 4)));
    assert_eq!(Evidence::from_bytes(&[2]), Err(tag("evidence", 2)));
    assert_eq!(KeyPurpose::from_bytes(&[7]), Err(tag("key purpose", 7)));
    assert_eq!(Vote::from_bytes(&[2]), Err(tag("vote type", 2)));
    let entry = [&[1][..], &[0; 16], &[4]].concat();
    assert_eq!(Entry::from_bytes(&entry), Err(tag("log entry", 4)));
}

#[test]
fn a_weak_or_false_key_is_no_public_key() {
    for bytes in [[0; 32], [0xff; 32]] {
        assert!(matches!(
            PublicKey::from_bytes(bytes).map(|_| ()).map_err(|_| ()),
            Err(())
        ));
        assert!(matches!(
            <PublicKey as Decode>::decode(&mut codec::Reader::new(&bytes)),
            Err(DecodeError::Invalid {
                what: "public key",
                ..
            })
        ));
    }
}

#[test]
fn a_set_out_of_order_is_not_canonical() {
    let network = crate::testing::TestNetwork::new(2, 2);
    let set = network.validators();
    let mut validators: Vec<Validator> = set.iter().map(|(_, v)| v.clone()).collect();
    validators.reverse();
    let mut bytes = Vec::new();
    codec::put_sequence(&mut bytes, &validators);
    assert_eq!(
        ValidatorSet::from_bytes(&bytes),
        Err(DecodeError::invalid(
            "validator set",
            "it is not in order of the consensus keys"
        ))
    );
    // The order in which they are given to the constructor does not matter.
    assert_eq!(ValidatorSet::new(validators).as_ref(), Ok(set));
}
