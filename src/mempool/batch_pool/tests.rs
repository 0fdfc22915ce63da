use super::*;
use crate::crypto::{Blake3Digest, SecretKey};
use crate::types::{BatchSequence, MemberId, ValidatorSet};

fn secret(n: u8, purpose: u8) -> SecretKey {
    let mut seed = [purpose; 32];
    seed[0] = n;
    SecretKey::from_seed(seed)
}

fn set(count: u8) -> ValidatorSet {
    let key = |n, purpose| secret(n, purpose).public_key();
    let validators = (0..count)
        .map(|n| Validator {
            member: MemberId::new(&format!("m{n}")).unwrap(),
            consensus_key: key(n, 1),
            network_key: key(n, 2),
            log_key: key(n, 3),
            cosigner_key: key(n, 4),
        })
        .collect();
    ValidatorSet::new(validators).unwrap()
}

fn sets(next: Height, current: &ValidatorSet) -> ValidatorSets {
    let set = Arc::new(current.clone());
    ValidatorSets::new(next, Arc::clone(&set), Arc::clone(&set), set)
}

fn reference(set: &ValidatorSet, author: u8, number: u8, bytes: u32) -> BatchReference {
    BatchReference {
        digest: BatchDigest(Blake3Digest::of(&[author, number])),
        author: secret(author, 1).public_key(),
        sequence: BatchSequence(number.into()),
        validator_set: set.digest(),
        last_height: Height(100),
        byte_count: bytes,
        submission_count: 1,
        record_count: 1,
    }
}

fn pool() -> BatchPool {
    BatchPool::new(PoolLimits {
        bytes_per_author: 1_000,
        batches_per_author: 3,
        retransmit_ms: 500,
    })
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// Counts an acknowledgement by a validator; its signature is not looked at here.
fn acknowledge(
    pool: &mut BatchPool,
    set: &ValidatorSet,
    reference: &BatchReference,
    validator: u8,
) -> Option<AvailabilityCertificate> {
    let key = secret(validator, 1).public_key();
    let acknowledgement = Acknowledgement::of(reference, key);
    pool.acknowledge(
        &acknowledgement,
        Signature::from_bytes([validator; 64]),
        &sets(Height(5), set),
    )
}

#[test]
fn a_quorum_of_acknowledgements_makes_a_certificate_once() {
    let (set, mut pool) = (set(4), pool());
    let batch = reference(&set, 0, 1, 100);
    assert!(pool.insert(batch.clone(), vec![], at(0)));
    assert!(acknowledge(&mut pool, &set, &batch, 0).is_none());
    assert!(
        acknowledge(&mut pool, &set, &batch, 0).is_none(),
        "the same once more"
    );
    assert!(
        acknowledge(&mut pool, &set, &batch, 9).is_none(),
        "a stranger"
    );
    assert!(acknowledge(&mut pool, &set, &batch, 1).is_none());
    let certificate = acknowledge(&mut pool, &set, &batch, 2).unwrap();
    assert_eq!(certificate.signatures.len(), 3);
    assert!(
        certificate
            .signatures
            .windows(2)
            .all(|pair| pair[0].validator < pair[1].validator)
    );
    assert!(acknowledge(&mut pool, &set, &batch, 3).is_none());
    assert_eq!(pool.select(Height(5), &set.digest()), [certificate]);
}

#[test]
fn an_acknowledgement_of_other_bounds_does_not_count() {
    let (set, mut pool) = (set(1), pool());
    let batch = reference(&set, 0, 1, 100);
    pool.insert(batch.clone(), vec![], at(0));
    let longer = BatchReference {
        last_height: Height(1_000),
        ..batch.clone()
    };
    assert!(acknowledge(&mut pool, &set, &longer, 0).is_none());
    assert!(acknowledge(&mut pool, &set, &batch, 0).is_some());
}

#[test]
fn each_author_has_a_quota() {
    let (set, mut pool) = (set(4), pool());
    let next = Height(5);
    pool.insert(reference(&set, 0, 1, 600), vec![], at(0));
    let too_much = reference(&set, 0, 2, 500);
    assert!(matches!(
        pool.check(&too_much, &sets(next, &set)),
        Err(PoolError::AuthorQuota {
            bytes: 600,
            batches: 1
        })
    ));
    // What is known already takes no more room, and others are not affected.
    assert_eq!(
        pool.check(&reference(&set, 0, 1, 600), &sets(next, &set)),
        Ok(())
    );
    assert_eq!(
        pool.check(&reference(&set, 1, 1, 900), &sets(next, &set)),
        Ok(())
    );
    pool.insert(reference(&set, 0, 3, 1), vec![], at(0));
    pool.insert(reference(&set, 0, 4, 1), vec![], at(0));
    assert!(
        pool.check(&reference(&set, 0, 5, 1), &sets(next, &set))
            .is_err()
    );
    pool.on_ordered(&[reference(&set, 0, 1, 600).digest]);
    assert_eq!(pool.usage(&secret(0, 1).public_key()), (2, 2));
    assert_eq!(pool.check(&too_much, &sets(next, &set)), Ok(()));
}

#[test]
fn strangers_other_sets_and_wrong_heights_are_refused() {
    let (set, pool) = (set(4), pool());
    let good = reference(&set, 0, 1, 10);
    let next = Height(5);
    assert_eq!(pool.check(&good, &sets(next, &set)), Ok(()));
    let stranger = reference(&set, 9, 1, 10);
    assert_eq!(
        pool.check(&stranger, &sets(next, &set)),
        Err(PoolError::UnknownAuthor)
    );
    let other = self::set(5);
    assert_eq!(
        pool.check(&good, &sets(next, &other)),
        Err(PoolError::OtherValidatorSet)
    );
    for last_height in [4, 5 + MAX_BATCH_LIFETIME_HEIGHTS + 1] {
        let batch = BatchReference {
            last_height: Height(last_height),
            ..good.clone()
        };
        assert!(matches!(
            pool.check(&batch, &sets(next, &set)),
            Err(PoolError::OutOfTime { .. })
        ));
    }
}

#[test]
fn a_block_orders_the_oldest_certificates_that_fit() {
    let (set, mut pool) = (set(1), pool());
    let certificate = |number: u8, bytes: u32| AvailabilityCertificate {
        batch: reference(&set, 0, number, bytes),
        signatures: vec![],
    };
    // Nine bytes less than half a block's: two fit, the third does not.
    let half = u32::try_from(MAX_BATCH_BYTES_PER_BLOCK / 2).unwrap() - 9;
    let mut expired = certificate(7, 1);
    expired.batch.last_height = Height(4);
    assert!(pool.certify(expired));
    for number in [3, 1, 2] {
        assert!(pool.certify(certificate(number, half)));
        assert!(!pool.certify(certificate(number, half)));
    }
    let selected: Vec<BatchSequence> = pool
        .select(Height(5), &set.digest())
        .iter()
        .map(|certificate| certificate.batch.sequence)
        .collect();
    assert_eq!(selected, [BatchSequence(3), BatchSequence(1)]);
}

#[test]
fn what_is_ordered_or_out_of_time_is_forgotten_with_its_submissions() {
    let (set, mut pool) = (set(1), pool());
    let id = |n: u8| SubmissionId(crate::crypto::Sha256Digest::of(&[n]));
    let (first, second) = (reference(&set, 0, 1, 10), reference(&set, 0, 2, 10));
    pool.insert(first.clone(), vec![id(1)], at(0));
    pool.insert(second.clone(), vec![id(2)], at(0));
    assert!(pool.contains_submission(&id(1), Some(&first.author)));
    assert!(
        !pool.contains_submission(&id(1), None),
        "another author may never see to its batch"
    );
    acknowledge(&mut pool, &set, &first, 0);
    pool.on_ordered(&[first.digest]);
    assert!(
        !pool.contains_submission(&id(1), Some(&first.author))
            && pool.contains_submission(&id(2), Some(&first.author))
    );
    assert!(!pool.has_certified());
    assert!(pool.discard_expired(Height(100)).is_empty());
    assert_eq!(pool.discard_expired(Height(101)), [second.digest].into());
    assert!(pool.is_empty() && !pool.contains_submission(&id(2), Some(&first.author)));
    assert_eq!(pool.usage(&first.author), (0, 0));
}

#[test]
fn only_what_is_stored_is_acknowledged_and_sent_again() {
    let (set, mut pool) = (set(4), pool());
    let batch = reference(&set, 0, 1, 10);
    pool.insert(batch.clone(), vec![], at(0));
    assert_eq!(pool.stored(&batch.digest), None);
    assert!(
        pool.unacknowledged(&batch.author, at(9_999), &sets(Height(5), &set))
            .is_empty()
    );
    assert_eq!(pool.mark_stored(&batch.digest), Some(&batch));
    assert!(
        pool.unacknowledged(&batch.author, at(499), &sets(Height(5), &set))
            .is_empty()
    );
    acknowledge(&mut pool, &set, &batch, 0);
    let again = pool.unacknowledged(&batch.author, at(500), &sets(Height(5), &set));
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].1.len(), 3, "those who have not answered");
    assert!(
        pool.unacknowledged(&batch.author, at(999), &sets(Height(5), &set))
            .is_empty()
    );
    acknowledge(&mut pool, &set, &batch, 1);
    acknowledge(&mut pool, &set, &batch, 2);
    assert!(
        pool.unacknowledged(&batch.author, at(2_000), &sets(Height(5), &set))
            .is_empty()
    );
    assert_eq!(pool.unordered(&batch.author, at(2_000)).len(), 1);
    assert!(pool.unordered(&batch.author, at(2_001)).is_empty());
}

#[test]
fn repeats_come_later_each_time() {
    let (set, mut pool) = (set(4), pool());
    let batch = reference(&set, 0, 1, 10);
    pool.insert(batch.clone(), vec![], at(0));
    pool.mark_stored(&batch.digest);
    let mut times = Vec::new();
    for ms in (0..60_000).step_by(100) {
        if !pool
            .unacknowledged(&batch.author, at(ms), &sets(Height(5), &set))
            .is_empty()
        {
            times.push(ms);
        }
    }
    assert_eq!(times[..6], [500, 1_500, 3_500, 7_500, 15_500, 23_500]);
}

#[test]
fn batches_of_validators_who_decide_no_more_are_given_up() {
    let (old, new, mut pool) = (set(4), set(5), pool());
    let arcs = (Arc::new(old.clone()), Arc::new(new.clone()));
    let (ours, theirs) = (reference(&old, 0, 1, 10), reference(&new, 0, 2, 10));
    // The old set decides the next height and the new one the height after it: both are taken, and
    // each is ordered by its own.
    let changing = ValidatorSets::new(
        Height(5),
        Arc::clone(&arcs.0),
        Arc::clone(&arcs.0),
        Arc::clone(&arcs.1),
    );
    for (batch, set) in [(&ours, &old), (&theirs, &new)] {
        assert_eq!(pool.check(batch, &changing), Ok(()));
        pool.insert(batch.clone(), Vec::new(), at(0));
        pool.mark_stored(&batch.digest);
        for validator in 0..4 {
            let key = secret(validator, 1).public_key();
            let signature = Signature::from_bytes([validator; 64]);
            pool.acknowledge(&Acknowledgement::of(batch, key), signature, &changing);
        }
        let selected = pool.select(Height(5), &set.digest());
        assert_eq!(selected.len(), 1);
        assert_eq!(selected[0].batch, *batch);
    }
    assert!(pool.discard_outdated(&changing).is_empty());
    let changed = ValidatorSets::new(Height(6), arcs.0, Arc::clone(&arcs.1), arcs.1);
    assert_eq!(pool.discard_outdated(&changed), std::slice::from_ref(&ours));
    assert_eq!(
        pool.check(&ours, &changed),
        Err(PoolError::OtherValidatorSet)
    );
    assert!(pool.contains(&theirs.digest) && !pool.contains(&ours.digest));
    assert!(pool.select(Height(6), &old.digest()).is_empty());
    assert_eq!(pool.usage(&ours.author), (10, 1));
}
