//! Which validators have fallen silent.

use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::PublicKey;
use crate::types::codec::{Reader, put_sequence};
use crate::types::limits::MAX_VALIDATORS;
use crate::types::{CommitCertificate, Decode, DecodeError, Encode, ValidatorIndex, ValidatorSet};

/// After missing from this many certificates in a row a validator counts as silent.
pub const SILENT_AFTER: u8 = 8;

/// After missing from this many certificates in a row a validator has not been heard lately: one vote may come too late for
/// a certificate, though blocks have every vote that came before the next was proposed. In simulations of four healthy validators
/// each is missing from up to 12 of 100 certificates, and from two in a row in 3 of 100 at most.
pub const NOT_HEARD_LATELY_AFTER: u8 = 2;

/// How many of the last certificates in a row a validator is missing from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missed {
    /// The bytes of its consensus key: decoding them to a point would cost more than all the rest.
    key: [u8; 32],
    count: u8,
}

/// For each validator, how many of the last certificates in a row it is missing from, up to
/// [`SILENT_AFTER`]. It is computed from the certificates in blocks alone, so all nodes agree on it,
/// whatever each of them has seen itself. A validator that is new counts as silent until it is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    /// In the order of the validator set.
    missed: Vec<Missed>,
}

impl Liveness {
    /// Nobody has missed anything yet.
    pub fn new(set: &ValidatorSet) -> Self {
        let missed = set.iter().map(|(_, validator)| Missed {
            key: *validator.consensus_key.as_bytes(),
            count: 0,
        });
        Self {
            missed: missed.collect(),
        }
    }

    /// Counts a certificate by the validators of this set, or by `signers` if they were others.
    pub fn observe(&mut self, certificate: &CommitCertificate, signers: Option<&ValidatorSet>) {
        let places: BTreeSet<usize> = certificate
            .signatures
            .iter()
            .map(|signature| usize::from(signature.validator.0))
            .collect();
        let voted: Option<BTreeMap<&[u8; 32], bool>> = signers.map(|set| {
            let validators = set.iter().enumerate();
            validators
                .map(|(place, (_, one))| (one.consensus_key.as_bytes(), places.contains(&place)))
                .collect()
        });
        for (place, missed) in self.missed.iter_mut().enumerate() {
            let has_voted = match &voted {
                None => places.contains(&place),
                Some(voted) => match voted.get(&missed.key) {
                    Some(has_voted) => *has_voted,
                    // It had no vote.
                    None => continue,
                },
            };
            missed.count = if has_voted {
                0
            } else {
                missed.count.saturating_add(1).min(SILENT_AFTER)
            };
        }
    }

    /// Goes on with another set: who stays keeps its count, who comes counts as silent.
    pub fn follow(&mut self, set: &ValidatorSet) {
        let before = std::mem::take(&mut self.missed);
        let count_of = |key: &[u8; 32]| {
            let known = before.iter().find(|missed| missed.key == *key);
            known.map_or(SILENT_AFTER, |missed| missed.count)
        };
        let missed = set.iter().map(|(_, validator)| {
            let key = *validator.consensus_key.as_bytes();
            Missed {
                key,
                count: count_of(&key),
            }
        });
        self.missed = missed.collect();
    }

    /// How many of the last certificates in a row a validator is missing from; none if it is of
    /// another set.
    pub fn missed_of(&self, consensus_key: &PublicKey) -> Option<u8> {
        let of_key = |missed: &&Missed| missed.key == *consensus_key.as_bytes();
        self.missed.iter().find(of_key).map(|missed| missed.count)
    }

    /// Whether a validator is of the set and not silent.
    pub fn is_heard(&self, consensus_key: &PublicKey) -> bool {
        self.missed_of(consensus_key)
            .is_some_and(|count| count < SILENT_AFTER)
    }

    /// Whether a validator is of the set and has voted for one of the last blocks.
    pub fn is_heard_lately(&self, consensus_key: &PublicKey) -> bool {
        self.missed_of(consensus_key)
            .is_some_and(|count| count < NOT_HEARD_LATELY_AFTER)
    }

    /// The silent validators. Never more than the set tolerates: if more are missing, the
    /// certificates say nothing reliable about who is.
    pub fn silent(&self, set: &ValidatorSet) -> BTreeSet<ValidatorIndex> {
        let silent: BTreeSet<ValidatorIndex> = (0u16..)
            .zip(&self.missed)
            .filter(|(_, missed)| missed.count >= SILENT_AFTER)
            .map(|(index, _)| ValidatorIndex(index))
            .collect();
        if silent.len() > set.fault_tolerance() {
            return BTreeSet::new();
        }
        silent
    }
}

impl Encode for Missed {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key);
        out.push(self.count);
    }
}

impl Decode for Missed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key: reader.array()?,
            count: reader.u8()?,
        })
    }
}

impl Encode for Liveness {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.missed);
    }
}

impl Decode for Liveness {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            missed: reader.sequence("liveness", MAX_VALIDATORS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Blake3Digest, SecretKey, Signature};
    use crate::types::{BlockDigest, Height, IndexedSignature, MemberId, Round, Validator};

    fn set(count: u8) -> ValidatorSet {
        let key = |index: u8, use_: u8| {
            let mut seed = [use_; 32];
            seed[0] = index;
            SecretKey::from_seed(seed).public_key()
        };
        let validators = (0..count)
            .map(|index| Validator {
                member: MemberId::new(&format!("m{index}")).unwrap(),
                consensus_key: key(index, 1),
                network_key: key(index, 2),
                log_key: key(index, 3),
                cosigner_key: key(index, 4),
            })
            .collect();
        ValidatorSet::new(validators).unwrap()
    }

    fn certificate(signers: &[u16]) -> CommitCertificate {
        CommitCertificate {
            height: Height(1),
            round: Round(0),
            block: BlockDigest(Blake3Digest::ZERO),
            signatures: signers
                .iter()
                .map(|index| IndexedSignature {
                    validator: ValidatorIndex(*index),
                    signature: Signature::from_bytes([0; 64]),
                })
                .collect(),
        }
    }

    #[test]
    fn a_validator_is_silent_after_eight_misses_and_heard_again_at_once() {
        let set = set(4);
        let mut liveness = Liveness::new(&set);
        for _ in 0..SILENT_AFTER {
            assert!(liveness.silent(&set).is_empty());
            liveness.observe(&certificate(&[0, 1, 3]), None);
        }
        assert_eq!(liveness.silent(&set), [ValidatorIndex(2)].into());
        assert_eq!(
            Liveness::from_bytes(&liveness.to_bytes()),
            Ok(liveness.clone())
        );
        liveness.observe(&certificate(&[0, 1, 2]), None);
        assert!(liveness.silent(&set).is_empty());
    }

    #[test]
    fn more_silent_ones_than_tolerated_count_for_none() {
        let set = set(4);
        let mut liveness = Liveness::new(&set);
        for _ in 0..SILENT_AFTER {
            liveness.observe(&certificate(&[0, 1]), None);
        }
        assert!(liveness.silent(&set).is_empty());
    }

    #[test]
    fn who_comes_is_silent_until_heard_and_who_stays_keeps_its_count() {
        let (small, large) = (set(4), set(5));
        let newcomer = large
            .iter()
            .find(|(_, one)| small.index_of(&one.consensus_key).is_none())
            .unwrap();
        let (index, newcomer) = (newcomer.0, newcomer.1.consensus_key);
        let mut liveness = Liveness::new(&small);
        liveness.observe(&certificate(&[0, 1, 2]), None);
        liveness.follow(&large);
        assert_eq!(liveness.silent(&large), [index].into());
        let (_, missing) = small.iter().nth(3).unwrap();
        for (_, one) in large.iter() {
            let expected = one.consensus_key != newcomer;
            assert_eq!(liveness.is_heard(&one.consensus_key), expected);
        }
        // The last certificate of the small set is counted by the places of the small set.
        liveness.observe(&certificate(&[1, 2, 3]), Some(&small));
        let first = small.get(ValidatorIndex(0)).unwrap().consensus_key;
        let missed = |key: &PublicKey| liveness.missed_of(key);
        assert_eq!(missed(&first), Some(1));
        assert_eq!(missed(&missing.consensus_key), Some(0));
        assert_eq!(missed(&newcomer), Some(SILENT_AFTER));
        liveness.observe(&certificate(&[0, 1, 2, 3, 4]), None);
        assert!(liveness.is_heard(&newcomer));
        liveness.follow(&small);
        assert_eq!(liveness.missed_of(&newcomer), None);
    }
}
