//! Every limit of this floor: what reaches it is taken, what exceeds it is refused by name.

use bytes::Bytes;

use crate::crypto::{Blake3Digest, SecretKey, Signature};
use crate::testing::{TestNetwork, record, secret_key};
use crate::types::codec::{put_bytes, put_length, put_sequence};
use crate::types::limits::*;
use crate::types::*;

fn exceeded(what: &'static str, limit: usize) -> DecodeError {
    let length = limit + 1;
    DecodeError::LimitExceeded {
        what,
        length,
        limit,
    }
}

fn sign(records: Vec<Record>) -> Result<Submission, DecodeError> {
    Submission::sign(
        LedgerId(Blake3Digest::ZERO),
        MemberId::new("acme").unwrap(),
        &secret_key("writer"),
        Timestamp::from_ms(0),
        Atomicity::Independent,
        records,
    )
}

fn body_of(length: usize) -> Record {
    record("a.b", 1, vec![b' '; length])
}

/// What is decoded, put together by hand: the types refuse to be built beyond their limits.
fn with_length(before: &[u8], length: usize, item: &[u8]) -> Vec<u8> {
    let mut bytes = before.to_vec();
    put_length(&mut bytes, length);
    for _ in 0..length {
        bytes.extend_from_slice(item);
    }
    bytes
}

#[test]
fn names_have_a_longest_form() {
    let text = |length| {
        let mut bytes = Vec::new();
        put_bytes(&mut bytes, &vec![b'a'; length]);
        bytes
    };
    assert!(MemberId::from_bytes(&text(MAX_MEMBER_ID_BYTES)).is_ok());
    assert_eq!(
        MemberId::from_bytes(&text(MAX_MEMBER_ID_BYTES + 1)),
        Err(exceeded("member id", MAX_MEMBER_ID_BYTES))
    );
    assert!(Role::from_bytes(&text(MAX_ROLE_BYTES)).is_ok());
    assert_eq!(
        Role::from_bytes(&text(MAX_ROLE_BYTES + 1)),
        Err(exceeded("role", MAX_ROLE_BYTES))
    );
    let kind = |length: usize| format!("a.{}", "b".repeat(length - 2));
    assert!(RecordKind::new(&kind(MAX_KIND_BYTES)).is_ok());
    assert!(RecordKind::new(&kind(MAX_KIND_BYTES + 1)).is_err());
    assert_eq!(
        RecordKind::from_bytes(&text(MAX_KIND_BYTES + 1)),
        Err(exceeded("record kind", MAX_KIND_BYTES))
    );
    assert!(MemberId::from_bytes(&text(0)).is_err());
}

#[test]
fn a_body_has_a_longest_form() {
    let full = body_of(MAX_BODY_BYTES);
    assert_eq!(Record::from_bytes(&full.to_bytes()), Ok(full.clone()));
    let longer = body_of(MAX_BODY_BYTES + 1);
    let error = exceeded("record body", MAX_BODY_BYTES);
    assert_eq!(Record::from_bytes(&longer.to_bytes()), Err(error.clone()));
    assert!(sign(vec![full]).is_ok());
    assert_eq!(sign(vec![longer]), Err(error));
}

#[test]
fn a_submission_has_a_most_of_records() {
    let full = sign(vec![body_of(0); MAX_RECORDS_PER_SUBMISSION]).unwrap();
    let bytes = full.to_bytes();
    assert_eq!(Submission::from_bytes(&bytes).as_ref(), Ok(&full));
    let error = exceeded("records of a submission", MAX_RECORDS_PER_SUBMISSION);
    let more = sign(vec![body_of(0); MAX_RECORDS_PER_SUBMISSION + 1]);
    assert_eq!(more, Err(error.clone()));
    let before = [&1u16.to_be_bytes()[..], &full.header().to_bytes()].concat();
    let item = body_of(0).to_bytes();
    let bytes = with_length(&before, MAX_RECORDS_PER_SUBMISSION + 1, &item);
    assert_eq!(Submission::from_bytes(&bytes), Err(error));
}

/// Records that make a submission of exactly `length` bytes.
fn records_of(length: usize) -> Vec<Record> {
    let empty = sign(vec![body_of(0)]).unwrap().encoded_length() - body_of(0).encoded_length();
    let mut records = Vec::new();
    let mut left = length - empty;
    let full = body_of(MAX_BODY_BYTES);
    while left > 2 * full.encoded_length() {
        records.push(full.clone());
        left -= full.encoded_length();
    }
    let half = left / 2;
    records.push(body_of(half - body_of(0).encoded_length()));
    records.push(body_of(left - half - body_of(0).encoded_length()));
    records
}

#[test]
fn a_submission_has_a_longest_form() {
    let full = sign(records_of(MAX_SUBMISSION_BYTES)).unwrap();
    assert_eq!(full.encoded_length(), MAX_SUBMISSION_BYTES);
    assert_eq!(Submission::from_bytes(&full.to_bytes()), Ok(full));
    assert_eq!(
        sign(records_of(MAX_SUBMISSION_BYTES + 1)),
        Err(exceeded("submission", MAX_SUBMISSION_BYTES))
    );
}

fn seal(secret: &SecretKey, submissions: Vec<Submission>) -> Result<Batch, DecodeError> {
    Batch::seal(
        &LedgerId(Blake3Digest::ZERO),
        secret,
        BatchSequence(0),
        ValidatorSetDigest(Blake3Digest::ZERO),
        Height(1),
        submissions,
    )
}

#[test]
fn a_batch_has_a_most_of_submissions_and_records() {
    let secret = secret_key("author");
    let one = sign(vec![body_of(0)]).unwrap();
    let many = seal(&secret, vec![one.clone(); MAX_SUBMISSIONS_PER_BATCH]).unwrap();
    assert!(Batch::from_shared_bytes(many.bytes().clone()).is_ok());
    let error = exceeded("submissions of a batch", MAX_SUBMISSIONS_PER_BATCH);
    let more = seal(&secret, vec![one.clone(); MAX_SUBMISSIONS_PER_BATCH + 1]);
    assert_eq!(more, Err(error.clone()));
    let mut before = many.bytes()[..2 + 32 + 8 + 32 + 8].to_vec();
    before = with_length(&before, MAX_SUBMISSIONS_PER_BATCH + 1, &one.to_bytes());
    assert_eq!(Batch::from_shared_bytes(before.into()), Err(error));

    let half = sign(vec![body_of(0); MAX_RECORDS_PER_BATCH / 2]).unwrap();
    let full = seal(&secret, vec![half.clone(), half.clone()]).unwrap();
    assert_eq!(
        usize::try_from(full.reference().record_count),
        Ok(MAX_RECORDS_PER_BATCH)
    );
    assert!(Batch::from_shared_bytes(full.bytes().clone()).is_ok());
    let error = exceeded("records of a batch", MAX_RECORDS_PER_BATCH);
    assert_eq!(seal(&secret, vec![half.clone(), half, one]), Err(error));
    assert_eq!(
        seal(&secret, Vec::new()),
        Err(DecodeError::invalid("batch", "it has no submissions"))
    );
}

#[test]
fn a_batch_has_a_longest_form() {
    let secret = secret_key("author");
    let largest = sign(records_of(MAX_SUBMISSION_BYTES)).unwrap();
    // The largest submission fits, and fills the batch together with a second one.
    let alone = seal(&secret, vec![largest.clone()]).unwrap();
    let left = MAX_BATCH_BYTES - alone.bytes().len();
    let filler = |length: usize| {
        let empty = sign(vec![body_of(0)]).unwrap().encoded_length();
        sign(vec![body_of((length - empty) / 2), body_of(0)]).and_then(|two| {
            sign(vec![
                body_of(length - two.encoded_length()),
                two.records()[0].clone(),
            ])
        })
    };
    let full = seal(&secret, vec![largest.clone(), filler(left).unwrap()]).unwrap();
    assert_eq!(full.bytes().len(), MAX_BATCH_BYTES);
    assert!(Batch::from_shared_bytes(full.bytes().clone()).is_ok());
    let error = exceeded("batch", MAX_BATCH_BYTES);
    let more = seal(&secret, vec![largest, filler(left + 1).unwrap()]);
    assert_eq!(more, Err(error.clone()));
    let bytes = Bytes::from(vec![0; MAX_BATCH_BYTES + 1]);
    assert_eq!(Batch::from_shared_bytes(bytes), Err(error));
}

#[test]
fn a_certificate_has_a_most_of_signatures() {
    let signature = |validator| IndexedSignature {
        validator: ValidatorIndex(validator),
        signature: Signature::from_bytes([0; 64]),
    };
    let mut certificate = CommitCertificate {
        height: Height(1),
        round: Round(0),
        block: BlockDigest(Blake3Digest::ZERO),
        signatures: (0..64).map(signature).collect(),
    };
    let error = exceeded("signatures of a certificate", MAX_VALIDATORS);
    assert_eq!(certificate.signatures.len(), MAX_VALIDATORS);
    assert!(CommitCertificate::from_bytes(&certificate.to_bytes()).is_ok());
    certificate.signatures.push(signature(64));
    assert_eq!(
        CommitCertificate::from_bytes(&certificate.to_bytes()),
        Err(error.clone())
    );
    let network = TestNetwork::new(1, 1);
    let submission = network.submission(0, Timestamp::from_ms(1), vec![body_of(0)]);
    let batch = network.batch(0, 0, Height(1), vec![submission]);
    let mut available = network.availability_certificate(batch.reference());
    available.signatures = certificate.signatures[..64].to_vec();
    assert!(AvailabilityCertificate::from_bytes(&available.to_bytes()).is_ok());
    available.signatures.push(signature(64));
    assert_eq!(
        AvailabilityCertificate::from_bytes(&available.to_bytes()),
        Err(error)
    );
}

#[test]
fn a_set_has_a_most_of_validators() {
    let full = TestNetwork::new(MAX_VALIDATORS, MAX_VALIDATORS);
    let set = full.validators();
    assert_eq!(ValidatorSet::from_bytes(&set.to_bytes()).as_ref(), Ok(set));
    let mut validators: Vec<Validator> = set.iter().map(|(_, v)| v.clone()).collect();
    validators.push(validators[0].clone());
    let error = exceeded("validator set", MAX_VALIDATORS);
    let mut bytes = Vec::new();
    put_sequence(&mut bytes, &validators);
    assert_eq!(ValidatorSet::from_bytes(&bytes), Err(error.clone()));
    assert_eq!(ValidatorSet::new(validators), Err(error));
    assert_eq!(
        ValidatorSet::new(Vec::new()),
        Err(DecodeError::invalid("validator set", "it is empty"))
    );
}

#[test]
fn a_block_has_a_most_of_batches_and_evidence() {
    let network = TestNetwork::new(1, 1);
    let submission = network.submission(0, Timestamp::from_ms(1), vec![body_of(0)]);
    let batch = network.batch(0, 0, Height(1), vec![submission]);
    let certificate = network.availability_certificate(batch.reference());
    let evidence = network.double_vote(0, Height(1), 0);
    let mut body = BlockBody {
        parent_certificate: None,
        batches: vec![certificate.clone(); MAX_BATCHES_PER_BLOCK],
        evidence: vec![evidence.clone(); MAX_EVIDENCE_PER_BLOCK],
    };
    assert_eq!(BlockBody::from_bytes(&body.to_bytes()).as_ref(), Ok(&body));
    body.evidence.push(evidence);
    assert_eq!(
        BlockBody::from_bytes(&body.to_bytes()),
        Err(exceeded("evidence of a block", MAX_EVIDENCE_PER_BLOCK))
    );
    body.batches.push(certificate);
    assert_eq!(
        BlockBody::from_bytes(&body.to_bytes()),
        Err(exceeded("batches of a block", MAX_BATCHES_PER_BLOCK))
    );
}

/// The largest block that decodes is within the limit that a proposal is judged by.
#[test]
fn the_largest_block_fits_its_limit() {
    let network = TestNetwork::new(MAX_VALIDATORS, MAX_VALIDATORS);
    let submission = network.submission(0, Timestamp::from_ms(1), vec![body_of(0)]);
    let batch = network.batch(0, 0, Height(1), vec![submission]);
    let mut certificate = network.availability_certificate(batch.reference());
    let everybody: Vec<usize> = (0..MAX_VALIDATORS).collect();
    let block = BlockDigest(Blake3Digest::ZERO);
    let parent = network.commit_certificate_by(&everybody, Height(1), block);
    certificate.signatures = parent.signatures.clone();
    let propose = |polka_round| network.proposal(0, Height(1), Round(2), polka_round, block);
    let proposals = Evidence::double_proposal(propose(Some(Round(0))), propose(Some(Round(1))));
    let body = BlockBody {
        parent_certificate: Some(parent),
        batches: vec![certificate; MAX_BATCHES_PER_BLOCK],
        evidence: vec![proposals; MAX_EVIDENCE_PER_BLOCK],
    };
    let length = body.to_bytes().len() + 300;
    assert!(length <= MAX_BLOCK_BYTES, "{length}");
}

#[test]
fn a_member_has_a_most_of_everything() {
    let key = |number: usize| MemberKey {
        key: secret_key(&format!("key {number}")).public_key(),
        purpose: KeyPurpose::Writer,
        valid_from: Height(0),
        valid_until: Some(Height(u64::MAX)),
    };
    let role = |number: usize| Role::new(&format!("role-{number}")).unwrap();
    let full = Member {
        id: MemberId::new("acme").unwrap(),
        name: "n".repeat(MAX_MEMBER_NAME_BYTES),
        roles: (0..MAX_ROLES_PER_MEMBER).map(role).collect(),
        keys: (0..MAX_KEYS_PER_MEMBER).map(key).collect(),
        removed_from: Some(Height(u64::MAX)),
    };
    assert_eq!(Member::from_bytes(&full.to_bytes()).as_ref(), Ok(&full));
    let mut longer = full.clone();
    longer.name.push('n');
    assert_eq!(
        Member::from_bytes(&longer.to_bytes()),
        Err(exceeded("member name", MAX_MEMBER_NAME_BYTES))
    );
    let mut longer = full.clone();
    longer.roles.push(role(MAX_ROLES_PER_MEMBER));
    assert_eq!(
        Member::from_bytes(&longer.to_bytes()),
        Err(exceeded("roles of a member", MAX_ROLES_PER_MEMBER))
    );
    let mut longer = full;
    longer.keys.push(key(MAX_KEYS_PER_MEMBER));
    assert_eq!(
        Member::from_bytes(&longer.to_bytes()),
        Err(exceeded("keys of a member", MAX_KEYS_PER_MEMBER))
    );
}

#[test]
fn an_outcome_has_a_longest_code_and_reason() {
    let rejected = |code: usize, reason: usize| {
        let mut bytes = vec![1];
        put_bytes(&mut bytes, &vec![b'c'; code]);
        put_bytes(&mut bytes, &vec![b'r'; reason]);
        bytes
    };
    assert!(Outcome::from_bytes(&rejected(MAX_CODE_BYTES, MAX_REASON_BYTES)).is_ok());
    assert_eq!(
        Outcome::from_bytes(&rejected(MAX_CODE_BYTES + 1, 0)),
        Err(exceeded("rejection code", MAX_CODE_BYTES))
    );
    assert_eq!(
        Outcome::from_bytes(&rejected(0, MAX_REASON_BYTES + 1)),
        Err(exceeded("rejection reason", MAX_REASON_BYTES))
    );
    assert_eq!(
        DecodeError::invalid("rejection code", "x"),
        match Outcome::from_bytes(&[1, 0, 0, 0, 1, 0xff, 0, 0, 0, 0]) {
            Err(DecodeError::Invalid { what, .. }) => DecodeError::invalid(what, "x"),
            other => panic!("{other:?}"),
        }
    );
}

/// With everything at its longest, an entry still has a length of 16 bits.
#[test]
fn the_longest_entry_fits_a_tile() {
    let mut outcome = vec![1];
    put_bytes(&mut outcome, &[b'c'; MAX_CODE_BYTES]);
    put_bytes(&mut outcome, &[b'r'; MAX_REASON_BYTES]);
    let record = Record {
        kind: RecordKind::new(&format!("a.{}", "b".repeat(MAX_KIND_BYTES - 2))).unwrap(),
        version: u16::MAX,
        body: Bytes::from(vec![b' '; MAX_BODY_BYTES]),
    };
    let submitted = EntryContent::Submitted(Box::new(SubmittedEntry {
        member: MemberId::new(&"m".repeat(MAX_MEMBER_ID_BYTES)).unwrap(),
        key: secret_key("writer").public_key(),
        submission: SubmissionId(crate::crypto::Sha256Digest::ZERO),
        record_index: u32::MAX,
        outcome: Outcome::from_bytes(&outcome).unwrap(),
        record: record.clone(),
    }));
    let derived = EntryContent::Derived {
        source: crate::crypto::Sha256Digest::ZERO,
        record,
    };
    for content in [submitted, derived] {
        let entry = Entry {
            height: Height(u64::MAX),
            time: Timestamp::from_ms(i64::MAX),
            content,
        };
        let bytes = entry.to_bytes();
        assert!(bytes.len() <= MAX_ENTRY_BYTES, "{}", bytes.len());
        assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
    }
}

#[test]
fn a_document_has_the_limits_of_a_submission() {
    let mut document = SubmissionDocument::from(&sign(vec![body_of(0)]).unwrap());
    document.records[0].body = " ".repeat(MAX_BODY_BYTES);
    assert!(Submission::try_from(document.clone()).is_ok());
    document.records[0].body.push(' ');
    assert_eq!(
        Submission::try_from(document.clone()),
        Err(exceeded("record body", MAX_BODY_BYTES))
    );
    document.records[0].body.clear();
    document.records = vec![document.records[0].clone(); MAX_RECORDS_PER_SUBMISSION + 1];
    assert_eq!(
        Submission::try_from(document.clone()),
        Err(exceeded(
            "records of a submission",
            MAX_RECORDS_PER_SUBMISSION
        ))
    );
    document.records.pop();
    assert!(Submission::try_from(document.clone()).is_ok());
    document.records.clear();
    assert!(matches!(
        Submission::try_from(document),
        Err(DecodeError::Invalid { .. })
    ));
}
