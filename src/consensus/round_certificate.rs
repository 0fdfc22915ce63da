//! The reason to enter a round.

use super::certificate::{Certificate, ascending, check_signers};
use super::timeout::decode_round;
use crate::crypto::{PublicKey, Signature};
use crate::types::codec::{Decode, DecodeError, Encode, Reader, put_option, put_sequence};
use crate::types::limits::MAX_VALIDATORS;
use crate::types::{
    BlockDigest, CertificateError, Height, LedgerId, Round, Signed, ValidatorIndex, ValidatorSet,
    Vote, VoteType,
};

/// What a round certificate is made of, and so which round it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundCertificateKind {
    /// More than a third of the validators voted in the round, so an honest one is there: enter it
    /// (line 55 of the paper's algorithm).
    Skip,
    /// A quorum precommitted in the round, whatever they precommitted: the next one may be entered
    /// when the timeout ends (lines 47 and 65).
    Precommit,
}

/// A vote in a round certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundVote {
    /// Who voted.
    pub validator: ValidatorIndex,
    /// Prevote or precommit.
    pub vote_type: VoteType,
    /// For which block, or none for nil.
    pub block: Option<BlockDigest>,
    /// The signature.
    pub signature: Signature,
}

/// Proof that a round was reached, or that it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundCertificate {
    /// The height.
    pub height: Height,
    /// The round of the votes.
    pub round: Round,
    /// What it proves.
    pub kind: RoundCertificateKind,
    /// One vote of each signer, in ascending order of the signers.
    pub votes: Vec<RoundVote>,
}

impl RoundCertificate {
    fn signed_vote(&self, vote: &RoundVote, validator: PublicKey) -> Signed<Vote> {
        Signed {
            message: Vote {
                vote_type: vote.vote_type,
                height: self.height,
                round: self.round,
                block: vote.block,
                validator,
            },
            signature: vote.signature,
        }
    }

    fn needed(&self, set: &ValidatorSet) -> usize {
        match self.kind {
            // More than a third, not f + 1: the two differ where n > 3f + 1.
            RoundCertificateKind::Skip => set.len() / 3 + 1,
            RoundCertificateKind::Precommit => set.quorum(),
        }
    }
}

impl Certificate for RoundCertificate {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError> {
        if !ascending(self.votes.iter().map(|vote| vote.validator)) {
            return Err(CertificateError::SignersOutOfOrder);
        }
        let counts = |vote: &&RoundVote| {
            self.kind == RoundCertificateKind::Skip || vote.vote_type == VoteType::Precommit
        };
        let (signers, quorum) = (self.votes.iter().filter(counts).count(), self.needed(set));
        if signers < quorum || signers < self.votes.len() {
            return Err(CertificateError::NoQuorum { signers, quorum });
        }
        for vote in &self.votes {
            let index = vote.validator;
            let validator = set
                .get(index)
                .ok_or(CertificateError::UnknownSigner { index })?;
            self.signed_vote(vote, validator.consensus_key)
                .verify(ledger)
                .map_err(|_| CertificateError::BadSignature { index })?;
        }
        Ok(())
    }

    fn votes(&self, set: &ValidatorSet) -> Vec<Signed<Vote>> {
        let signed = self.votes.iter().filter_map(|vote| {
            let validator = set.get(vote.validator)?;
            Some(self.signed_vote(vote, validator.consensus_key))
        });
        signed.collect()
    }
}

impl Encode for RoundVote {
    fn encode(&self, out: &mut Vec<u8>) {
        self.validator.encode(out);
        out.push(match self.vote_type {
            VoteType::Prevote => 0,
            VoteType::Precommit => 1,
        });
        put_option(out, self.block.as_ref());
        self.signature.encode(out);
    }
}

impl Decode for RoundVote {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            validator: ValidatorIndex::decode(reader)?,
            vote_type: if reader.flag("vote type")? {
                VoteType::Precommit
            } else {
                VoteType::Prevote
            },
            block: reader.option("block of a vote")?,
            signature: Signature::decode(reader)?,
        })
    }
}

impl Encode for RoundCertificate {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        out.push(match self.kind {
            RoundCertificateKind::Skip => 0,
            RoundCertificateKind::Precommit => 1,
        });
        put_sequence(out, &self.votes);
    }
}

impl Decode for RoundCertificate {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let certificate = Self {
            height: Height::decode(reader)?,
            round: decode_round(reader)?,
            kind: if reader.flag("kind of a round certificate")? {
                RoundCertificateKind::Precommit
            } else {
                RoundCertificateKind::Skip
            },
            votes: reader.sequence("votes of a certificate", MAX_VALIDATORS)?,
        };
        check_signers(
            "round certificate",
            certificate.round,
            certificate.votes.iter().map(|vote| vote.validator),
        )?;
        Ok(certificate)
    }
}
