//! The validator set in the state, and which validators have fallen silent.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::context::{EffectError, StateWriter};
use super::state_keys::StateKey;
use crate::types::codec::{Reader, put_length};
use crate::types::limits::MAX_VALIDATORS;
use crate::types::{
    CommitCertificate, Decode, DecodeError, Encode, Space, StateReader, ValidatorIndex,
    ValidatorSet,
};

/// After missing from this many certificates in a row a validator counts as silent.
pub const SILENT_AFTER: u8 = 8;

/// For each validator, how many of the last certificates in a row it is missing from, up to
/// [`SILENT_AFTER`]. It is computed from the certificates in headers alone, so all nodes agree on
/// it, whatever each of them has seen itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    missed: Vec<u8>,
}

impl Liveness {
    /// Nobody has missed anything yet.
    pub fn new(set: &ValidatorSet) -> Self {
        Self {
            missed: vec![0; set.len()],
        }
    }

    /// Counts a certificate.
    pub fn observe(&mut self, certificate: &CommitCertificate) {
        let signers: BTreeSet<usize> = certificate
            .signatures
            .iter()
            .map(|signature| usize::from(signature.validator.0))
            .collect();
        for (index, missed) in self.missed.iter_mut().enumerate() {
            *missed = if signers.contains(&index) {
                0
            } else {
                missed.saturating_add(1).min(SILENT_AFTER)
            };
        }
    }

    /// The silent validators. Never more than the set tolerates: if more are missing, the
    /// certificates say nothing reliable about who is.
    pub fn silent(&self, set: &ValidatorSet) -> BTreeSet<ValidatorIndex> {
        let silent: BTreeSet<ValidatorIndex> = (0u16..)
            .zip(&self.missed)
            .filter(|(_, missed)| **missed >= SILENT_AFTER)
            .map(|(index, _)| ValidatorIndex(index))
            .collect();
        if silent.len() > set.fault_tolerance() {
            return BTreeSet::new();
        }
        silent
    }
}

impl Encode for Liveness {
    fn encode(&self, out: &mut Vec<u8>) {
        put_length(out, self.missed.len());
        out.extend_from_slice(&self.missed);
    }
}

impl Decode for Liveness {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            missed: reader.bytes("liveness", MAX_VALIDATORS)?.to_vec(),
        })
    }
}

/// Reads the validators of the next height.
///
/// # Errors
/// [`EffectError`] if the store fails or has none.
pub fn read_validators(state: &(impl StateReader + ?Sized)) -> Result<ValidatorSet, EffectError> {
    read(state, StateKey::Validators, "validator set")
}

/// Reads which validators have been missing.
///
/// # Errors
/// [`EffectError`] if the store fails or has none.
pub fn read_liveness(state: &(impl StateReader + ?Sized)) -> Result<Liveness, EffectError> {
    read(state, StateKey::Liveness, "liveness")
}

/// Writes the validators of the next height, none of them silent.
pub fn install_validators(state: &mut impl StateWriter, set: &ValidatorSet) {
    let key = StateKey::Validators.to_bytes();
    state.put(Space::State, &key, Bytes::from(set.to_bytes()));
    write_liveness(state, &Liveness::new(set));
}

/// Writes which validators have been missing.
pub fn write_liveness(state: &mut impl StateWriter, liveness: &Liveness) {
    let key = StateKey::Liveness.to_bytes();
    state.put(Space::State, &key, Bytes::from(liveness.to_bytes()));
}

fn read<T: Decode>(
    state: &(impl StateReader + ?Sized),
    key: StateKey<'_>,
    what: &'static str,
) -> Result<T, EffectError> {
    let bytes = state
        .get(Space::State, &key.to_bytes())?
        .unwrap_or_default();
    T::from_bytes(&bytes).map_err(|error| EffectError::Corrupt { what, error })
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
            liveness.observe(&certificate(&[0, 1, 3]));
        }
        assert_eq!(liveness.silent(&set), [ValidatorIndex(2)].into());
        assert_eq!(
            Liveness::from_bytes(&liveness.to_bytes()),
            Ok(liveness.clone())
        );
        liveness.observe(&certificate(&[0, 1, 2]));
        assert!(liveness.silent(&set).is_empty());
    }

    #[test]
    fn more_silent_ones_than_tolerated_count_for_none() {
        let set = set(4);
        let mut liveness = Liveness::new(&set);
        for _ in 0..SILENT_AFTER {
            liveness.observe(&certificate(&[0, 1]));
        }
        assert!(liveness.silent(&set).is_empty());
    }
}
