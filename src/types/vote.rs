//! What validators sign while they order: proposals, votes, and the certificates made of votes.

use thiserror::Error;

use super::codec::{Decode, DecodeError, Encode, Reader, put_option, put_sequence};
use super::height::{Height, Round};
use super::ids::{BlockDigest, LedgerId};
use super::limits::MAX_VALIDATORS;
use super::validator::{ValidatorIndex, ValidatorSet};
use crate::crypto::{Domain, KeyError, PublicKey, Signature};

/// The two votes of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoteType {
    /// The first vote: this proposal may be decided.
    Prevote,
    /// The second vote: a quorum prevoted for it.
    Precommit,
}

/// A vote for a block, or for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vote {
    /// Prevote or precommit.
    pub vote_type: VoteType,
    /// The height voted on.
    pub height: Height,
    /// The round of it.
    pub round: Round,
    /// The block, or none for nil.
    pub block: Option<BlockDigest>,
    /// The consensus key of the voter.
    pub validator: PublicKey,
}

impl Encode for Vote {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self.vote_type {
            VoteType::Prevote => 0,
            VoteType::Precommit => 1,
        });
        self.height.encode(out);
        self.round.encode(out);
        put_option(out, self.block.as_ref());
        self.validator.encode(out);
    }
}

impl Decode for Vote {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            vote_type: if reader.flag("vote type")? {
                VoteType::Precommit
            } else {
                VoteType::Prevote
            },
            height: Height::decode(reader)?,
            round: Round::decode(reader)?,
            block: reader.option("block of a vote")?,
            validator: PublicKey::decode(reader)?,
        })
    }
}

/// A proposal: this block for this round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proposal {
    /// The height proposed for.
    pub height: Height,
    /// The round of it.
    pub round: Round,
    /// The round in which a quorum prevoted for the block already, if one did.
    pub polka_round: Option<Round>,
    /// The block.
    pub block: BlockDigest,
    /// The consensus key of the proposer.
    pub validator: PublicKey,
}

impl Encode for Proposal {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        put_option(out, self.polka_round.as_ref());
        self.block.encode(out);
        self.validator.encode(out);
    }
}

impl Decode for Proposal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            round: Round::decode(reader)?,
            polka_round: reader.option("polka round of a proposal")?,
            block: BlockDigest::decode(reader)?,
            validator: PublicKey::decode(reader)?,
        })
    }
}

/// Something that a validator signs in its own name.
pub trait Signable: Encode {
    /// Keeps signatures over one kind of statement from being taken for another.
    const DOMAIN: Domain;

    /// The consensus key that has to sign it.
    fn signer(&self) -> &PublicKey;
}

impl Signable for Vote {
    const DOMAIN: Domain = Domain::ConsensusVote;

    fn signer(&self) -> &PublicKey {
        &self.validator
    }
}

impl Signable for Proposal {
    const DOMAIN: Domain = Domain::ConsensusProposal;

    fn signer(&self) -> &PublicKey {
        &self.validator
    }
}

/// A statement with a signature, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signed<T> {
    /// What is signed.
    pub message: T,
    /// The signature by [`Signable::signer`].
    pub signature: Signature,
}

impl<T: Signable> Signed<T> {
    /// Checks the signature.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn verify(&self, ledger: &LedgerId) -> Result<(), KeyError> {
        self.message.signer().verify(
            T::DOMAIN,
            ledger.as_bytes(),
            &self.message.to_bytes(),
            &self.signature,
        )
    }
}

impl<T: Encode> Encode for Signed<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.message.encode(out);
        self.signature.encode(out);
    }
}

impl<T: Decode> Decode for Signed<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            message: T::decode(reader)?,
            signature: Signature::decode(reader)?,
        })
    }
}

/// A signature by a validator of a known set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedSignature {
    /// Who signed.
    pub validator: ValidatorIndex,
    /// The signature.
    pub signature: Signature,
}

impl Encode for IndexedSignature {
    fn encode(&self, out: &mut Vec<u8>) {
        self.validator.encode(out);
        self.signature.encode(out);
    }
}

impl Decode for IndexedSignature {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            validator: ValidatorIndex::decode(reader)?,
            signature: Signature::decode(reader)?,
        })
    }
}

/// Why a certificate does not certify.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// It is for another validator set.
    #[error("the certificate is by another validator set")]
    OtherValidatorSet,
    /// The signers are not in strictly ascending order: a signer could count twice.
    #[error("the signers of the certificate are not in ascending order")]
    SignersOutOfOrder,
    /// A signer is not of the set.
    #[error("validator {} is not of the set", index.0)]
    UnknownSigner {
        /// The signer's place.
        index: ValidatorIndex,
    },
    /// Too few signers.
    #[error("{signers} validators signed the certificate, {quorum} are needed")]
    NoQuorum {
        /// How many signed.
        signers: usize,
        /// How many must.
        quorum: usize,
    },
    /// A signature does not verify.
    #[error("the signature of validator {} does not verify", index.0)]
    BadSignature {
        /// The signer's place.
        index: ValidatorIndex,
    },
}

/// Checks that the signers ascend, are of the set and make a quorum, and that each signature
/// verifies over what `payload` gives for its signer.
///
/// # Errors
/// [`CertificateError`] with the first thing that is wrong.
pub fn verify_quorum(
    domain: Domain,
    ledger: &LedgerId,
    set: &ValidatorSet,
    signatures: &[IndexedSignature],
    payload: impl Fn(&PublicKey) -> Vec<u8>,
) -> Result<(), CertificateError> {
    if signatures
        .windows(2)
        .any(|pair| pair[0].validator >= pair[1].validator)
    {
        return Err(CertificateError::SignersOutOfOrder);
    }
    if signatures.len() < set.quorum() {
        return Err(CertificateError::NoQuorum {
            signers: signatures.len(),
            quorum: set.quorum(),
        });
    }
    for signed in signatures {
        let index = signed.validator;
        let validator = set
            .get(index)
            .ok_or(CertificateError::UnknownSigner { index })?;
        let key = &validator.consensus_key;
        key.verify(domain, ledger.as_bytes(), &payload(key), &signed.signature)
            .map_err(|_| CertificateError::BadSignature { index })?;
    }
    Ok(())
}

/// Proof that a quorum precommitted a block: it is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitCertificate {
    /// The height decided.
    pub height: Height,
    /// The round that decided it.
    pub round: Round,
    /// The block decided.
    pub block: BlockDigest,
    /// The precommits, in ascending order of their signers.
    pub signatures: Vec<IndexedSignature>,
}

impl CommitCertificate {
    /// Checks the certificate against the validators of its height.
    ///
    /// # Errors
    /// [`CertificateError`] with the first thing that is wrong.
    pub fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError> {
        verify_quorum(
            Domain::ConsensusVote,
            ledger,
            set,
            &self.signatures,
            |validator| self.precommit(*validator).to_bytes(),
        )
    }

    /// The precommit that a signer of the certificate signed.
    pub fn precommit(&self, validator: PublicKey) -> Vote {
        Vote {
            vote_type: VoteType::Precommit,
            height: self.height,
            round: self.round,
            block: Some(self.block),
            validator,
        }
    }
}

impl Encode for CommitCertificate {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        self.block.encode(out);
        put_sequence(out, &self.signatures);
    }
}

impl Decode for CommitCertificate {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            round: Round::decode(reader)?,
            block: BlockDigest::decode(reader)?,
            signatures: reader.sequence("signatures of a certificate", MAX_VALIDATORS)?,
        })
    }
}
