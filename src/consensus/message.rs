//! What validators say to one another.

use thiserror::Error;

use super::certificate::{PolkaCertificate, check_signers};
use super::input::Input;
use super::limits::MAX_MESSAGE_BYTES;
use super::round_certificate::RoundCertificate;
use super::verified::{Verified, VerifiedCertificate};
use crate::crypto::KeyError;
use crate::types::codec::{Decode, DecodeError, Encode, Reader};
use crate::types::{
    CertificateError, CommitCertificate, Height, LedgerId, Proposal, Signed, ValidatorSet, Vote,
};

/// Version of the wire format.
const MESSAGE_VERSION: u16 = 1;

/// A message to all validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsensusMessage {
    /// A prevote or precommit.
    Vote(Signed<Vote>),
    /// A proposal; the block's bytes travel beside it.
    Proposal(Signed<Proposal>),
    /// A polka that the receivers may have missed.
    Polka(PolkaCertificate),
    /// Why the sender is in its round.
    Round(RoundCertificate),
    /// That the height is decided.
    Commit(CommitCertificate),
}

/// Why a message is not what it says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MessageError {
    /// Its signature is wrong.
    #[error("a consensus message is not signed by its author: {0}")]
    Signature(#[from] KeyError),
    /// Its certificate does not certify.
    #[error("a certificate in a consensus message is not valid: {0}")]
    Certificate(#[from] CertificateError),
}

impl ConsensusMessage {
    /// The height it is about.
    pub fn height(&self) -> Height {
        match self {
            Self::Vote(vote) => vote.message.height,
            Self::Proposal(proposal) => proposal.message.height,
            Self::Polka(certificate) => certificate.height,
            Self::Round(certificate) => certificate.height,
            Self::Commit(certificate) => certificate.height,
        }
    }

    /// Checks its signatures and makes an input of it. A pure function of its arguments, for
    /// workers. `set` has to be the set of the message's height; a certificate that was checked
    /// against another one is ignored by consensus.
    ///
    /// # Errors
    /// [`MessageError`]: the peer that sent it is faulty, or behind.
    pub fn verify(self, ledger: &LedgerId, set: &ValidatorSet) -> Result<Input, MessageError> {
        Ok(match self {
            Self::Vote(vote) => Input::Vote(Verified::check(vote, ledger)?),
            Self::Proposal(proposal) => Input::Proposal(Verified::check(proposal, ledger)?),
            Self::Polka(certificate) => {
                Input::Polka(VerifiedCertificate::check(certificate, ledger, set)?)
            }
            Self::Round(certificate) => {
                Input::Round(VerifiedCertificate::check(certificate, ledger, set)?)
            }
            Self::Commit(certificate) => {
                Input::Commit(VerifiedCertificate::check(certificate, ledger, set)?)
            }
        })
    }
}

impl Encode for ConsensusMessage {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MESSAGE_VERSION.to_be_bytes());
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.encode(out);
            }
            Self::Proposal(proposal) => {
                out.push(1);
                proposal.encode(out);
            }
            Self::Polka(certificate) => {
                out.push(2);
                certificate.encode(out);
            }
            Self::Round(certificate) => {
                out.push(3);
                certificate.encode(out);
            }
            Self::Commit(certificate) => {
                out.push(4);
                certificate.encode(out);
            }
        }
    }
}

impl Decode for ConsensusMessage {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16()?;
        if version != MESSAGE_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "consensus message",
                version,
            });
        }
        match reader.u8()? {
            0 => Ok(Self::Vote(Signed::decode(reader)?)),
            1 => Ok(Self::Proposal(Signed::decode(reader)?)),
            2 => Ok(Self::Polka(PolkaCertificate::decode(reader)?)),
            3 => Ok(Self::Round(RoundCertificate::decode(reader)?)),
            4 => {
                let certificate = CommitCertificate::decode(reader)?;
                let signers = certificate.signatures.iter().map(|signed| signed.validator);
                check_signers("commit certificate", certificate.round, signers)?;
                Ok(Self::Commit(certificate))
            }
            tag => Err(DecodeError::UnknownTag {
                what: "consensus message",
                tag,
            }),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(DecodeError::LimitExceeded {
                what: "consensus message",
                length: bytes.len(),
                limit: MAX_MESSAGE_BYTES,
            });
        }
        let mut reader = Reader::new(bytes);
        let message = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }
}

#[cfg(test)]
mod tests;
