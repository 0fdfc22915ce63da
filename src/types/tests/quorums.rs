//! The arithmetic that everything else's safety rests on.

use crate::testing::secret_key;
use crate::types::limits::MAX_VALIDATORS;
use crate::types::*;

fn validator(number: usize) -> Validator {
    let key = |purpose: KeyPurpose| secret_key(&format!("{number}/{purpose}")).public_key();
    Validator {
        member: MemberId::new(&format!("m{number}")).unwrap(),
        consensus_key: key(KeyPurpose::Consensus),
        network_key: key(KeyPurpose::Network),
        log_key: key(KeyPurpose::Log),
        cosigner_key: key(KeyPurpose::Cosigner),
    }
}

#[test]
fn quorums_of_every_size() {
    let validators: Vec<Validator> = (0..MAX_VALIDATORS).map(validator).collect();
    for n in 1..=MAX_VALIDATORS {
        let set = ValidatorSet::new(validators[..n].to_vec()).unwrap();
        let (f, quorum) = (set.fault_tolerance(), set.quorum());
        assert_eq!(set.len(), n);
        assert!(3 * f < n && n <= 3 * f + 3, "n = {n}: f is the greatest");
        // Two quorums of n share at least 2q - n: one of them is honest.
        assert!(
            2 * quorum > n + f,
            "n = {n}: two quorums share an honest one"
        );
        // The honest ones alone are a quorum, or the ledger could not go on.
        assert!(quorum <= n - f, "n = {n}: f may be missing");
        assert!(3 * quorum > 2 * n && 3 * (quorum - 1) <= 2 * n, "n = {n}");
        if n == 3 * f + 1 {
            assert_eq!(quorum, 2 * f + 1);
        }
    }
}

#[test]
fn a_set_finds_its_validators_by_key_and_place() {
    let set = ValidatorSet::new((0..7).map(validator).collect()).unwrap();
    let mut previous = None;
    for (index, validator) in set.iter() {
        assert_eq!(set.get(index), Some(validator));
        assert_eq!(set.index_of(&validator.consensus_key), Some(index));
        assert_eq!(set.index_of(&validator.network_key), None);
        assert!(previous < Some(validator.consensus_key));
        previous = Some(validator.consensus_key);
    }
    assert_eq!(set.get(ValidatorIndex(7)), None);
    assert!(!set.is_empty());
}

#[test]
fn a_key_speaks_for_one_validator_in_one_purpose() {
    let (a, b) = (validator(0), validator(1));
    let takes: [fn(&mut Validator, &Validator); 5] = [
        |b, a| b.consensus_key = a.consensus_key,
        |b, a| b.network_key = a.consensus_key,
        |b, a| b.log_key = a.cosigner_key,
        |b, a| b.cosigner_key = a.cosigner_key,
        |b, _| b.log_key = b.cosigner_key,
    ];
    for take in takes {
        let mut other = b.clone();
        take(&mut other, &a);
        assert_eq!(
            ValidatorSet::new(vec![a.clone(), other]),
            Err(DecodeError::invalid(
                "validator set",
                "a key appears in it twice"
            ))
        );
    }
    // Two nodes of one member are two validators.
    let mut second = b;
    second.member = a.member.clone();
    assert!(ValidatorSet::new(vec![a, second]).is_ok());
}

#[test]
fn another_set_has_another_digest() {
    let set = |count| ValidatorSet::new((0..count).map(validator).collect()).unwrap();
    assert_ne!(set(3).digest(), set(4).digest());
    let mut validators: Vec<Validator> = (0..4).map(validator).collect();
    validators[0].member = MemberId::new("another").unwrap();
    let other = ValidatorSet::new(validators).unwrap();
    assert_ne!(other.digest(), set(4).digest());
}
