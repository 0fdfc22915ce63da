//! Certificates of commits and of availability: what a quorum is, and every way to fall short.

use crate::crypto::{Blake3Digest, Signature};
use crate::testing::{TestNetwork, event_record};
use crate::types::*;

const HEIGHT: Height = Height(3);

fn block() -> BlockDigest {
    BlockDigest(Blake3Digest::of(b"block"))
}

fn availability(network: &TestNetwork) -> AvailabilityCertificate {
    let expires = Timestamp::from_ms(1);
    let submission = network.submission(0, expires, vec![event_record(1)]);
    network.availability_certificate(network.batch(0, 0, HEIGHT, vec![submission]).reference())
}

#[test]
fn any_quorum_certifies() {
    for validators in [1, 2, 3, 4, 7] {
        let network = TestNetwork::new(validators, validators);
        let set = network.validators();
        let ledger = network.ledger();
        let last: Vec<usize> = (validators - set.quorum()..validators).collect();
        let all: Vec<usize> = (0..validators).collect();
        for signers in [last, all] {
            let certificate = network.commit_certificate_by(&signers, HEIGHT, block());
            assert_eq!(certificate.verify(&ledger, set), Ok(()));
        }
        assert_eq!(availability(&network).verify(&ledger, set), Ok(()));
    }
}

/// Both kinds of certificate share the rules of their signatures.
fn verdicts(
    network: &TestNetwork,
    change: impl Fn(&mut Vec<IndexedSignature>),
) -> [Result<(), CertificateError>; 2] {
    let mut commit = network.commit_certificate(HEIGHT, block());
    change(&mut commit.signatures);
    let mut available = availability(network);
    change(&mut available.signatures);
    [
        commit.verify(&network.ledger(), network.validators()),
        available.verify(&network.ledger(), network.validators()),
    ]
}

#[test]
fn less_than_a_quorum_does_not_certify() {
    let network = TestNetwork::new(4, 4);
    for signers in 0..3 {
        let error = CertificateError::NoQuorum { signers, quorum: 3 };
        let verdicts = verdicts(&network, |signatures| signatures.truncate(signers));
        assert_eq!(verdicts, [Err(error.clone()), Err(error)]);
    }
}

#[test]
fn nobody_counts_twice() {
    let network = TestNetwork::new(4, 4);
    let error = CertificateError::SignersOutOfOrder;
    let changes: [fn(&mut Vec<IndexedSignature>); 3] = [
        |signatures| signatures[2] = signatures[1].clone(),
        |signatures| signatures.push(signatures[2].clone()),
        |signatures| signatures.reverse(),
    ];
    for change in changes {
        let verdicts = verdicts(&network, change);
        assert_eq!(verdicts, [Err(error.clone()), Err(error.clone())]);
    }
}

#[test]
fn a_signer_beyond_the_set_is_refused() {
    let network = TestNetwork::new(4, 4);
    for place in [4, u16::MAX] {
        let index = ValidatorIndex(place);
        let error = CertificateError::UnknownSigner { index };
        let verdicts = verdicts(&network, |signatures| signatures[2].validator = index);
        assert_eq!(verdicts, [Err(error.clone()), Err(error)]);
    }
}

#[test]
fn every_signature_has_to_verify() {
    let network = TestNetwork::new(4, 4);
    for place in 0..3 {
        let index = ValidatorIndex(u16::try_from(place).unwrap());
        let error = CertificateError::BadSignature { index };
        let verdicts = verdicts(&network, |signatures| {
            signatures[place].signature = Signature::from_bytes([1; 64]);
        });
        assert_eq!(verdicts, [Err(error.clone()), Err(error)]);
    }
    // More than a quorum with a false one among them is refused as well.
    let mut certificate = network.commit_certificate_by(&[0, 1, 2, 3], HEIGHT, block());
    certificate.signatures[3].signature = certificate.signatures[2].signature;
    let index = ValidatorIndex(3);
    assert_eq!(
        certificate.verify(&network.ledger(), network.validators()),
        Err(CertificateError::BadSignature { index })
    );
}

#[test]
fn a_certificate_is_for_what_it_says_and_nothing_else() {
    let network = TestNetwork::new(4, 4);
    let (ledger, set) = (network.ledger(), network.validators());
    let index = ValidatorIndex(0);
    let bad = Err(CertificateError::BadSignature { index });
    let commit = network.commit_certificate(HEIGHT, block());
    let changes: [fn(&mut CommitCertificate); 3] = [
        |certificate| certificate.height = certificate.height.next(),
        |certificate| certificate.round = certificate.round.next(),
        |certificate| certificate.block = BlockDigest(Blake3Digest::of(b"another")),
    ];
    for change in changes {
        let mut changed = commit.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&ledger, set), bad);
    }
    let available = availability(&network);
    let changes: [fn(&mut BatchReference); 7] = [
        |batch| batch.digest = BatchDigest(Blake3Digest::of(b"another")),
        |batch| batch.author = crate::testing::secret_key("another").public_key(),
        |batch| batch.sequence = batch.sequence.next(),
        |batch| batch.last_height = batch.last_height.next(),
        |batch| batch.byte_count += 1,
        |batch| batch.submission_count += 1,
        |batch| batch.record_count += 1,
    ];
    for change in changes {
        let mut changed = available.clone();
        change(&mut changed.batch);
        assert_eq!(changed.verify(&ledger, set), bad);
    }
    let other = LedgerId(Blake3Digest::of(b"another"));
    assert_eq!(commit.verify(&other, set), bad);
    assert_eq!(available.verify(&other, set), bad);
}

#[test]
fn another_set_does_not_take_the_certificate() {
    let network = TestNetwork::new(4, 4);
    let other = TestNetwork::new(5, 5);
    let available = availability(&network);
    assert_eq!(
        available.verify(&network.ledger(), other.validators()),
        Err(CertificateError::OtherValidatorSet)
    );
    let commit = network.commit_certificate_by(&[0, 1, 2, 3], HEIGHT, block());
    assert!(matches!(
        commit.verify(&network.ledger(), other.validators()),
        Err(CertificateError::BadSignature { .. })
    ));
}

#[test]
fn prevotes_do_not_make_a_commit() {
    let network = TestNetwork::new(4, 4);
    let mut certificate = network.commit_certificate(HEIGHT, block());
    for signed in &mut certificate.signatures {
        let validator = usize::from(signed.validator.0);
        let kind = VoteType::Prevote;
        let vote = network.vote(validator, kind, HEIGHT, Round::ZERO, Some(block()));
        signed.signature = vote.signature;
    }
    assert!(matches!(
        certificate.verify(&network.ledger(), network.validators()),
        Err(CertificateError::BadSignature { .. })
    ));
}

#[test]
fn a_batch_is_its_authors() {
    let network = TestNetwork::new(4, 4);
    let submission = network.submission(0, Timestamp::from_ms(1), vec![event_record(1)]);
    let batch = network.batch(2, 7, HEIGHT, vec![submission]);
    assert_eq!(batch.verify_author(&network.ledger()), Ok(()));
    assert_eq!(
        batch.reference().author,
        network.consensus_key(2).public_key()
    );
    let other = LedgerId(Blake3Digest::of(b"another"));
    assert!(batch.verify_author(&other).is_err());
    let mut bytes = batch.bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    let resigned = Batch::from_shared_bytes(bytes.into()).unwrap();
    assert_eq!(resigned.digest(), batch.digest());
    assert!(resigned.verify_author(&network.ledger()).is_err());
}
