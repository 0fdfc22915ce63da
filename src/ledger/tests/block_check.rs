//! Every fault for which a block must not be voted for, and blocks that stand at the very edge.

use std::sync::Arc;

use crate::crypto::{Blake3Digest, Sha256Digest, Signature};
use crate::ledger::{BlockFault, BlockVerdict};
use crate::testing::{MemoryLedger, TestNetwork, event_record, secret_key};
use crate::types::limits::*;
use crate::types::{
    AvailabilityCertificate, Batch, BatchDigest, BatchReference, Block, BlockBody, BlockDigest,
    BlockHeader, CertificateError, ContractSetDigest, Evidence, EvidenceError, Height,
    IndexedSignature, LedgerId, Round, Signed, StateRoot, Timestamp, ValidatorIndex,
    ValidatorSetDigest, Vote, VoteType,
};

fn network() -> Arc<TestNetwork> {
    Arc::new(TestNetwork::new(4, 5))
}

/// A ledger with one block.
fn ledger() -> MemoryLedger {
    let mut ledger = MemoryLedger::new(network());
    ledger.order(&[], Vec::new());
    ledger
}

fn batch(ledger: &MemoryLedger, number: u32) -> Batch {
    let records = vec![event_record(number)];
    let submission = ledger.network().submission(0, ledger.expiry(), records);
    let last_height = ledger.next_height();
    let sequence = u64::from(number);
    ledger
        .network()
        .batch(0, sequence, last_height, vec![submission])
}

fn verdict(ledger: &MemoryLedger, block: &Block) -> BlockVerdict {
    ledger.check(block).unwrap()
}

fn with_header(ledger: &MemoryLedger, change: impl FnOnce(&mut BlockHeader)) -> BlockVerdict {
    let mut header = ledger.next_header();
    change(&mut header);
    let body = ledger.next_body(&[], Vec::new());
    verdict(ledger, &Block::new(header, body))
}

fn with_body(ledger: &MemoryLedger, change: impl FnOnce(&mut BlockBody)) -> BlockVerdict {
    let mut body = ledger.next_body(&[], Vec::new());
    change(&mut body);
    verdict(ledger, &Block::new(ledger.next_header(), body))
}

#[test]
fn the_next_block_is_valid() {
    let first = MemoryLedger::new(network());
    assert_eq!(
        verdict(&first, &first.next_block(&[], Vec::new())),
        BlockVerdict::Valid
    );
    let ledger = ledger();
    let batches = [batch(&ledger, 1), batch(&ledger, 2)];
    let evidence = vec![
        ledger.network().double_vote(1, Height(1), 0),
        ledger.network().double_vote(2, Height(1), 0),
    ];
    let block = ledger.next_block(&batches, evidence);
    assert_eq!(verdict(&ledger, &block), BlockVerdict::Valid);
}

#[test]
fn every_field_of_the_header_has_to_be_the_next_blocks() {
    type Change = fn(&mut BlockHeader);
    let cases: [(&str, Change); 11] = [
        ("ledger", |h| h.ledger = LedgerId(Blake3Digest::ZERO)),
        ("height", |h| h.height = h.height.next()),
        ("height", |h| h.height = Height(1)),
        ("parent", |h| h.parent = BlockDigest(Blake3Digest::ZERO)),
        ("time", |h| {
            h.time = Timestamp::from_ms(h.time.as_ms() - 1_000);
        }),
        ("log size", |h| h.log_size += 1),
        ("log root", |h| h.log_root = Sha256Digest::ZERO),
        ("state root", |h| {
            h.state_root = StateRoot(Blake3Digest::ZERO);
        }),
        ("validator set", |h| {
            h.validator_set = ValidatorSetDigest(Blake3Digest::ZERO);
        }),
        ("contract set", |h| {
            h.contract_set = ContractSetDigest(Blake3Digest::ZERO);
        }),
        ("time", |h| h.time = Timestamp::from_ms(i64::MIN)),
    ];
    let ledger = ledger();
    for (field, change) in cases {
        let fault = BlockFault::Header { field };
        assert_eq!(with_header(&ledger, change), BlockVerdict::Invalid(fault));
    }
    // A millisecond after the parent is time enough, and the future is for each node's clock.
    let parent = ledger.tip().time.as_ms();
    for time in [parent + 1, i64::MAX] {
        let verdict = with_header(&ledger, |h| h.time = Timestamp::from_ms(time));
        assert_eq!(verdict, BlockVerdict::Valid);
    }
}

#[test]
fn a_block_carries_the_certificate_of_its_parent() {
    let missing = BlockVerdict::Invalid(BlockFault::ParentCertificate);
    let ledger = ledger();
    assert_eq!(
        with_body(&ledger, |body| body.parent_certificate = None),
        missing
    );
    let change_certificate = |change: fn(&mut crate::types::CommitCertificate)| {
        with_body(&ledger, |body| {
            change(body.parent_certificate.as_mut().unwrap());
        })
    };
    assert_eq!(change_certificate(|c| c.height = Height(2)), missing);
    assert_eq!(
        change_certificate(|c| c.block = BlockDigest(Blake3Digest::ZERO)),
        missing
    );
    let bad = |error| BlockVerdict::Invalid(BlockFault::BadParentCertificate(error));
    assert_eq!(
        change_certificate(|c| c.signatures.truncate(2)),
        bad(CertificateError::NoQuorum {
            signers: 2,
            quorum: 3
        })
    );
    assert_eq!(
        change_certificate(|c| c.round = Round(9)),
        bad(CertificateError::BadSignature {
            index: ValidatorIndex(0)
        })
    );
    // Before the first block there is nothing to certify, not even the genesis document.
    let first = MemoryLedger::new(network());
    let genesis = first.tip().block;
    let certificate = first.network().commit_certificate(Height(0), genesis);
    let verdict = with_body(&first, |body| body.parent_certificate = Some(certificate));
    assert_eq!(verdict, missing);
}

/// Certificates of batches that nobody has seen: only their references count here.
fn certificates(
    ledger: &MemoryLedger,
    count: usize,
    change: impl Fn(&mut BatchReference),
) -> Vec<AvailabilityCertificate> {
    let template = batch(ledger, 1).reference().clone();
    (0..count)
        .map(|number| {
            let mut reference = template.clone();
            reference.digest = BatchDigest(Blake3Digest::of(&number.to_be_bytes()));
            change(&mut reference);
            ledger.network().availability_certificate(&reference)
        })
        .collect()
}

#[test]
fn a_block_has_a_longest_form() {
    let ledger = MemoryLedger::new(network());
    let signature = |_| IndexedSignature {
        validator: ValidatorIndex(0),
        signature: Signature::from_bytes([0; 64]),
    };
    let block_of = |signatures: usize| {
        let mut certificates = certificates(&ledger, 1, |_| {});
        certificates[0].signatures = (0..signatures).map(signature).collect();
        let mut body = ledger.next_body(&[], Vec::new());
        body.batches = certificates;
        Block::new(ledger.next_header(), body)
    };
    let empty = crate::types::Encode::to_bytes(&block_of(0)).len();
    let most = (MAX_BLOCK_BYTES - empty) / 66;
    assert!(!matches!(
        verdict(&ledger, &block_of(most)),
        BlockVerdict::Invalid(BlockFault::TooLarge { .. })
    ));
    let length = empty + (most + 1) * 66;
    assert_eq!(
        verdict(&ledger, &block_of(most + 1)),
        BlockVerdict::Invalid(BlockFault::TooLarge { length })
    );
}

#[test]
fn a_block_orders_a_most_of_batches() {
    let ledger = ledger();
    let full = certificates(&ledger, MAX_BATCHES_PER_BLOCK, |_| {});
    let verdict = with_body(&ledger, |body| body.batches = full);
    assert_eq!(verdict, BlockVerdict::Valid);
    let more = certificates(&ledger, MAX_BATCHES_PER_BLOCK + 1, |_| {});
    let fault = BlockFault::TooMany { what: "batches" };
    assert_eq!(
        with_body(&ledger, |body| body.batches = more),
        BlockVerdict::Invalid(fault)
    );
}

#[test]
fn a_block_orders_a_most_of_bytes() {
    let ledger = ledger();
    let quarter = u32::try_from(MAX_BATCH_BYTES_PER_BLOCK / 4).unwrap();
    let full = certificates(&ledger, 4, |batch| batch.byte_count = quarter);
    let verdict = with_body(&ledger, |body| body.batches = full.clone());
    assert_eq!(verdict, BlockVerdict::Valid);
    let fault = BlockFault::TooMany {
        what: "bytes of batches",
    };
    let mut more = full;
    more.extend(certificates(&ledger, 1, |batch| batch.byte_count = 1));
    assert_eq!(
        with_body(&ledger, |body| body.batches = more),
        BlockVerdict::Invalid(fault.clone())
    );
    let huge = certificates(&ledger, 64, |batch| batch.byte_count = u32::MAX);
    assert_eq!(
        with_body(&ledger, |body| body.batches = huge),
        BlockVerdict::Invalid(fault)
    );
}

#[test]
fn a_batch_is_ordered_in_its_time() {
    let ledger = ledger();
    let next = ledger.next_height();
    let at = |last_height: Height| {
        let batches = certificates(&ledger, 1, |batch| batch.last_height = last_height);
        let batch = batches[0].batch.digest;
        let verdict = with_body(&ledger, |body| body.batches = batches);
        (verdict, BlockFault::BatchOutOfTime { batch, last_height })
    };
    for good in [next, next.plus(MAX_BATCH_LIFETIME_HEIGHTS)] {
        assert_eq!(at(good).0, BlockVerdict::Valid);
    }
    for bad in [
        Height(0),
        Height(1),
        next.plus(MAX_BATCH_LIFETIME_HEIGHTS + 1),
        Height(u64::MAX),
    ] {
        let (verdict, fault) = at(bad);
        assert_eq!(verdict, BlockVerdict::Invalid(fault));
    }
}

#[test]
fn a_batch_is_ordered_once() {
    let mut ledger = ledger();
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), vec![event_record(1)]);
    let batch = ledger.batch(vec![submission]);
    let fault = BlockVerdict::Invalid(BlockFault::BatchTwice {
        batch: batch.digest(),
    });
    let twice = ledger.next_block(&[batch.clone(), batch.clone()], Vec::new());
    assert_eq!(verdict(&ledger, &twice), fault);
    ledger.order(std::slice::from_ref(&batch), Vec::new());
    let again = ledger.next_block(&[batch], Vec::new());
    assert_eq!(verdict(&ledger, &again), fault);
}

#[test]
fn a_batch_has_the_certificate_of_this_heights_validators() {
    type Change = fn(&mut AvailabilityCertificate);
    let ledger = ledger();
    let judge = |change: Change| {
        let mut batches = certificates(&ledger, 2, |_| {});
        change(&mut batches[1]);
        let batch = batches[1].batch.digest;
        let verdict = with_body(&ledger, |body| body.batches = batches);
        (verdict, batch)
    };
    let cases: [(Change, CertificateError); 4] = [
        (
            |c| c.batch.validator_set = ValidatorSetDigest(Blake3Digest::ZERO),
            CertificateError::OtherValidatorSet,
        ),
        (
            |c| c.signatures.truncate(2),
            CertificateError::NoQuorum {
                signers: 2,
                quorum: 3,
            },
        ),
        (
            |c| c.signatures.reverse(),
            CertificateError::SignersOutOfOrder,
        ),
        (
            |c| c.batch.record_count += 1,
            CertificateError::BadSignature {
                index: ValidatorIndex(0),
            },
        ),
    ];
    for (change, error) in cases {
        let (verdict, batch) = judge(change);
        let fault = BlockFault::BadBatchCertificate { batch, error };
        assert_eq!(verdict, BlockVerdict::Invalid(fault));
    }
}

#[test]
fn a_block_has_a_most_of_evidence() {
    let ledger = ledger();
    let against =
        |validator: usize, height| ledger.network().double_vote(validator, Height(height), 0);
    let each: Vec<Evidence> = (0..4).map(|validator| against(validator, 1)).collect();
    let block = ledger.next_block(&[], each);
    assert_eq!(verdict(&ledger, &block), BlockVerdict::Valid);
    let many = (0..=MAX_EVIDENCE_PER_BLOCK)
        .map(|_| against(0, 1))
        .collect();
    let fault = BlockFault::TooMany {
        what: "pieces of evidence",
    };
    let block = ledger.next_block(&[], many);
    assert_eq!(verdict(&ledger, &block), BlockVerdict::Invalid(fault));
    // A traitor can accuse itself without end: one piece a block, and of heights that can be.
    let block = ledger.next_block(&[], vec![against(0, 1), against(0, 2)]);
    let fault = BlockFault::EvidenceTwice;
    assert_eq!(verdict(&ledger, &block), BlockVerdict::Invalid(fault));
    let height = ledger.next_height().plus(2);
    let block = ledger.next_block(&[], vec![against(0, height.0)]);
    let fault = BlockFault::EvidenceOutOfTime { height };
    assert_eq!(verdict(&ledger, &block), BlockVerdict::Invalid(fault));
}

fn double_vote_by(ledger: &MemoryLedger, secret: &crate::crypto::SecretKey) -> Evidence {
    let vote = |text: &[u8]| -> Signed<Vote> {
        let vote = Vote {
            vote_type: VoteType::Precommit,
            height: Height(1),
            round: Round::ZERO,
            block: Some(BlockDigest(Blake3Digest::of(text))),
            validator: secret.public_key(),
        };
        ledger.network().signed(secret, vote)
    };
    Evidence::double_vote(vote(b"a"), vote(b"b"))
}

#[test]
fn evidence_has_to_hold_and_to_be_new() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let good = network.double_vote(1, Height(1), 0);
    let reworded = network.double_vote(1, Height(1), 1);
    let Evidence::DoubleVote(first, mut second) = good.clone() else {
        panic!("two votes");
    };
    second.signature = first.signature;
    let false_evidence = Evidence::DoubleVote(first.clone(), second);
    let same = Evidence::DoubleVote(first.clone(), first);
    let judge = |ledger: &MemoryLedger, evidence: Vec<Evidence>| {
        verdict(ledger, &ledger.next_block(&[], evidence))
    };
    let bad = |error| BlockVerdict::Invalid(BlockFault::BadEvidence(error));
    assert_eq!(
        judge(&ledger, vec![false_evidence]),
        bad(EvidenceError::BadSignature)
    );
    assert_eq!(
        judge(&ledger, vec![same]),
        bad(EvidenceError::NotConflicting)
    );
    // Neither an unknown key nor a member's writer key votes.
    let stranger = BlockVerdict::Invalid(BlockFault::EvidenceAgainstStranger);
    for secret in [secret_key("stranger"), network.writer(1)] {
        let evidence = double_vote_by(&ledger, &secret);
        assert_eq!(judge(&ledger, vec![evidence]), stranger);
    }
    let twice = BlockVerdict::Invalid(BlockFault::EvidenceTwice);
    let both = vec![good.clone(), reworded.clone()];
    assert_eq!(judge(&ledger, both), twice);
    ledger.order(&[], vec![good.clone()]);
    assert_eq!(judge(&ledger, vec![good]), twice);
    assert_eq!(judge(&ledger, vec![reworded]), twice);
}

#[test]
fn a_store_that_fails_gives_no_verdict() {
    use crate::ledger::{BlockContext, LedgerError, check_block};
    use crate::types::{ReadError, Space, StateReader};

    struct Broken;

    impl StateReader for Broken {
        fn get(&self, _: Space, _: &[u8]) -> Result<Option<bytes::Bytes>, ReadError> {
            Err(ReadError::new("disk on fire"))
        }
    }

    let ledger = ledger();
    let set = ledger.network().validators();
    let context = BlockContext {
        contract_set: ledger.rulebook().digest(),
        ledger: &ledger.network().ledger(),
        tip: ledger.tip(),
        validators: set,
    };
    let block = ledger.next_block(&[batch(&ledger, 1)], Vec::new());
    let error = LedgerError::Read(ReadError::new("disk on fire"));
    assert_eq!(check_block(&Broken, context, &block), Err(error));
}
