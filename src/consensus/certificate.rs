//! What certificates have in common, and the polka.

use super::limits::MAX_ROUND;
use super::timeout::decode_round;
use crate::crypto::{Domain, PublicKey};
use crate::types::codec::{Decode, DecodeError, Encode, Reader, put_sequence};
use crate::types::limits::MAX_VALIDATORS;
use crate::types::{
    BlockDigest, CertificateError, CommitCertificate, Height, IndexedSignature, LedgerId, Round,
    Signed, ValidatorIndex, ValidatorSet, Vote, VoteType, verify_quorum,
};

/// Votes of many validators that prove something together.
pub trait Certificate {
    /// The height it is about.
    fn height(&self) -> Height;

    /// The round that its votes are of.
    fn round(&self) -> Round;

    /// Checks all signatures and the quorum.
    ///
    /// # Errors
    /// [`CertificateError`] with the first thing that is wrong.
    fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError>;

    /// The signed votes that it is made of. Signers that are not of the set are left out.
    fn votes(&self, set: &ValidatorSet) -> Vec<Signed<Vote>>;
}

impl Certificate for CommitCertificate {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError> {
        Self::verify(self, ledger, set)
    }

    fn votes(&self, set: &ValidatorSet) -> Vec<Signed<Vote>> {
        signed_votes(set, &self.signatures, |key| self.precommit(key))
    }
}

/// Proof that a quorum prevoted for a block in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolkaCertificate {
    /// The height.
    pub height: Height,
    /// The round of it.
    pub round: Round,
    /// The block.
    pub block: BlockDigest,
    /// The prevotes, in ascending order of their signers.
    pub signatures: Vec<IndexedSignature>,
}

impl PolkaCertificate {
    fn prevote(&self, validator: PublicKey) -> Vote {
        Vote {
            vote_type: VoteType::Prevote,
            height: self.height,
            round: self.round,
            block: Some(self.block),
            validator,
        }
    }
}

impl Certificate for PolkaCertificate {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError> {
        verify_quorum(
            Domain::ConsensusVote,
            ledger,
            set,
            &self.signatures,
            |validator| self.prevote(*validator).to_bytes(),
        )
    }

    fn votes(&self, set: &ValidatorSet) -> Vec<Signed<Vote>> {
        signed_votes(set, &self.signatures, |key| self.prevote(key))
    }
}

fn signed_votes(
    set: &ValidatorSet,
    signatures: &[IndexedSignature],
    vote: impl Fn(PublicKey) -> Vote,
) -> Vec<Signed<Vote>> {
    let signed = signatures.iter().filter_map(|indexed| {
        let validator = set.get(indexed.validator)?;
        Some(Signed {
            message: vote(validator.consensus_key),
            signature: indexed.signature,
        })
    });
    signed.collect()
}

/// Whether no signer could count twice.
pub(super) fn ascending(mut signers: impl Iterator<Item = ValidatorIndex>) -> bool {
    let Some(mut last) = signers.next() else {
        return true;
    };
    signers.all(|signer| std::mem::replace(&mut last, signer) < signer)
}

/// Refuses what verification would refuse anyhow, so that one certificate has one encoding.
pub(super) fn check_signers(
    what: &'static str,
    round: Round,
    signers: impl Iterator<Item = ValidatorIndex>,
) -> Result<(), DecodeError> {
    if !ascending(signers) {
        return Err(DecodeError::invalid(what, "its signers do not ascend"));
    }
    if round.0 > MAX_ROUND {
        return Err(DecodeError::invalid(what, "its round is too high"));
    }
    Ok(())
}

impl Encode for PolkaCertificate {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        self.block.encode(out);
        put_sequence(out, &self.signatures);
    }
}

impl Decode for PolkaCertificate {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let certificate = Self {
            height: Height::decode(reader)?,
            round: decode_round(reader)?,
            block: BlockDigest::decode(reader)?,
            signatures: reader.sequence("signatures of a certificate", MAX_VALIDATORS)?,
        };
        check_signers(
            "polka certificate",
            certificate.round,
            certificate.signatures.iter().map(|signed| signed.validator),
        )?;
        Ok(certificate)
    }
}

#[cfg(test)]
mod tests;
