//! Validators and the quorum arithmetic of their sets.

use super::codec::{Decode, DecodeError, Encode, Reader, put_length};
use super::ids::{MemberId, ValidatorSetDigest};
use super::limits::MAX_VALIDATORS;
use crate::crypto::{Blake3Digest, PublicKey};

/// A validator: a member's node that votes. It is addressed by its consensus key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Whose node it is.
    pub member: MemberId,
    /// Signs votes, proposals, batches and acknowledgements.
    pub consensus_key: PublicKey,
    /// The libp2p identity of the node.
    pub network_key: PublicKey,
    /// Signs checkpoints as the log (signed-note type 0x01).
    pub log_key: PublicKey,
    /// Cosigns checkpoints as a witness (signed-note type 0x04).
    pub cosigner_key: PublicKey,
}

impl Encode for Validator {
    fn encode(&self, out: &mut Vec<u8>) {
        self.member.encode(out);
        self.consensus_key.encode(out);
        self.network_key.encode(out);
        self.log_key.encode(out);
        self.cosigner_key.encode(out);
    }
}

impl Decode for Validator {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            member: MemberId::decode(reader)?,
            consensus_key: PublicKey::decode(reader)?,
            network_key: PublicKey::decode(reader)?,
            log_key: PublicKey::decode(reader)?,
            cosigner_key: PublicKey::decode(reader)?,
        })
    }
}

/// The place of a validator in its set, from 0: how signatures in certificates name their signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValidatorIndex(pub u16);

impl Encode for ValidatorIndex {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for ValidatorIndex {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.u16()?))
    }
}

/// The validators at a height, in order of their consensus keys. Every validator has one vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
    digest: ValidatorSetDigest,
}

impl ValidatorSet {
    /// Checks and orders a set.
    ///
    /// # Errors
    /// [`DecodeError`] if it is empty or too large, or if a key appears twice in it, in whatever
    /// purpose: one key must not speak for two.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, DecodeError> {
        if validators.is_empty() {
            return Err(DecodeError::invalid("validator set", "it is empty"));
        }
        if validators.len() > MAX_VALIDATORS {
            return Err(DecodeError::LimitExceeded {
                what: "validator set",
                length: validators.len(),
                limit: MAX_VALIDATORS,
            });
        }
        validators.sort_by(|a, b| a.consensus_key.as_bytes().cmp(b.consensus_key.as_bytes()));
        let mut keys: Vec<&[u8; 32]> = validators
            .iter()
            .flat_map(|validator| {
                [
                    validator.consensus_key.as_bytes(),
                    validator.network_key.as_bytes(),
                    validator.log_key.as_bytes(),
                    validator.cosigner_key.as_bytes(),
                ]
            })
            .collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(DecodeError::invalid(
                "validator set",
                "a key appears in it twice",
            ));
        }
        let mut bytes = Vec::new();
        encode_validators(&validators, &mut bytes);
        let digest = ValidatorSetDigest(Blake3Digest::of(&bytes));
        Ok(Self { validators, digest })
    }

    /// Names the set.
    pub fn digest(&self) -> ValidatorSetDigest {
        self.digest
    }

    /// How many validators there are; at least one.
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// Never true: a set has a validator.
    pub fn is_empty(&self) -> bool {
        self.validators.is_empty()
    }

    /// The most votes that may be missing or false: the greatest f with n >= 3f + 1.
    pub fn fault_tolerance(&self) -> usize {
        (self.validators.len() - 1) / 3
    }

    /// The least number of votes that is more than two thirds: two quorums share an honest
    /// validator as long as at most f are not. It is 2f + 1 where n = 3f + 1.
    pub fn quorum(&self) -> usize {
        self.validators.len() * 2 / 3 + 1
    }

    /// All validators in order.
    pub fn iter(&self) -> impl Iterator<Item = (ValidatorIndex, &Validator)> {
        (0u16..).map(ValidatorIndex).zip(&self.validators)
    }

    /// The validator at a place.
    pub fn get(&self, index: ValidatorIndex) -> Option<&Validator> {
        self.validators.get(usize::from(index.0))
    }

    /// The place of a consensus key.
    pub fn index_of(&self, consensus_key: &PublicKey) -> Option<ValidatorIndex> {
        self.validators
            .binary_search_by(|validator| {
                validator
                    .consensus_key
                    .as_bytes()
                    .cmp(consensus_key.as_bytes())
            })
            .ok()
            .and_then(|index| u16::try_from(index).ok())
            .map(ValidatorIndex)
    }
}

fn encode_validators(validators: &[Validator], out: &mut Vec<u8>) {
    put_length(out, validators.len());
    for validator in validators {
        validator.encode(out);
    }
}

impl Encode for ValidatorSet {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_validators(&self.validators, out);
    }
}

impl Decode for ValidatorSet {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let validators: Vec<Validator> = reader.sequence("validator set", MAX_VALIDATORS)?;
        let set = Self::new(validators.clone())?;
        if set.validators != validators {
            return Err(DecodeError::invalid(
                "validator set",
                "it is not in order of the consensus keys",
            ));
        }
        Ok(set)
    }
}
