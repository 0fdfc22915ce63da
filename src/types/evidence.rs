//! Evidence: two statements by one validator that an honest one never signs both.

use thiserror::Error;

use super::codec::{Decode, DecodeError, Encode, Reader};
use super::height::{Height, Round};
use super::ids::LedgerId;
use super::vote::{Proposal, Signed, Vote};
use crate::crypto::{Blake3Digest, PublicKey};

/// Two conflicting signed statements. The lesser one comes first, so that one offence has one
/// encoding whoever reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Two votes of one type in one round, for different blocks.
    DoubleVote(Signed<Vote>, Signed<Vote>),
    /// Two proposals in one round.
    DoubleProposal(Signed<Proposal>, Signed<Proposal>),
}

/// Why two statements are no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// They are by two validators, or for two slots.
    #[error("the two statements are not by one validator for one height, round and step")]
    DifferentSlots,
    /// They agree, or are not in order.
    #[error("the two statements do not conflict, or are not in order")]
    NotConflicting,
    /// One of them is not signed by the accused.
    #[error("a statement is not signed by the accused")]
    BadSignature,
}

/// The slot in which a validator may sign one statement only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Its proposal.
    Propose,
    /// Its prevote.
    Prevote,
    /// Its precommit.
    Precommit,
}

impl Evidence {
    /// Two votes as evidence, in order.
    pub fn double_vote(a: Signed<Vote>, b: Signed<Vote>) -> Self {
        if a.message <= b.message {
            Self::DoubleVote(a, b)
        } else {
            Self::DoubleVote(b, a)
        }
    }

    /// Two proposals as evidence, in order.
    pub fn double_proposal(a: Signed<Proposal>, b: Signed<Proposal>) -> Self {
        if a.message <= b.message {
            Self::DoubleProposal(a, b)
        } else {
            Self::DoubleProposal(b, a)
        }
    }

    /// The consensus key of the accused.
    pub fn offender(&self) -> &PublicKey {
        match self {
            Self::DoubleVote(vote, _) => &vote.message.validator,
            Self::DoubleProposal(proposal, _) => &proposal.message.validator,
        }
    }

    /// Where it happened.
    pub fn slot(&self) -> (Height, Round, Step) {
        match self {
            Self::DoubleVote(vote, _) => {
                let step = match vote.message.vote_type {
                    super::vote::VoteType::Prevote => Step::Prevote,
                    super::vote::VoteType::Precommit => Step::Precommit,
                };
                (vote.message.height, vote.message.round, step)
            }
            Self::DoubleProposal(proposal, _) => (
                proposal.message.height,
                proposal.message.round,
                Step::Propose,
            ),
        }
    }

    /// Names the offence, not the report: the ledger takes one report per offender and slot.
    pub fn offence(&self) -> Blake3Digest {
        let (height, round, step) = self.slot();
        let mut bytes = Vec::with_capacity(45);
        self.offender().encode(&mut bytes);
        height.encode(&mut bytes);
        round.encode(&mut bytes);
        bytes.push(match step {
            Step::Propose => 0,
            Step::Prevote => 1,
            Step::Precommit => 2,
        });
        Blake3Digest::of(&bytes)
    }

    /// Checks that the statements conflict and that the accused signed both.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn verify(&self, ledger: &LedgerId) -> Result<(), EvidenceError> {
        let signatures = match self {
            Self::DoubleVote(first, second) => {
                let (a, b) = (&first.message, &second.message);
                if (&a.validator, a.height, a.round, a.vote_type)
                    != (&b.validator, b.height, b.round, b.vote_type)
                {
                    return Err(EvidenceError::DifferentSlots);
                }
                if a >= b {
                    return Err(EvidenceError::NotConflicting);
                }
                first.verify(ledger).and_then(|()| second.verify(ledger))
            }
            Self::DoubleProposal(first, second) => {
                let (a, b) = (&first.message, &second.message);
                if (&a.validator, a.height, a.round) != (&b.validator, b.height, b.round) {
                    return Err(EvidenceError::DifferentSlots);
                }
                if a >= b {
                    return Err(EvidenceError::NotConflicting);
                }
                first.verify(ledger).and_then(|()| second.verify(ledger))
            }
        };
        signatures.map_err(|_| EvidenceError::BadSignature)
    }
}

impl Encode for Evidence {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::DoubleVote(first, second) => {
                out.push(0);
                first.encode(out);
                second.encode(out);
            }
            Self::DoubleProposal(first, second) => {
                out.push(1);
                first.encode(out);
                second.encode(out);
            }
        }
    }
}

impl Decode for Evidence {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::DoubleVote(
                Signed::decode(reader)?,
                Signed::decode(reader)?,
            )),
            1 => Ok(Self::DoubleProposal(
                Signed::decode(reader)?,
                Signed::decode(reader)?,
            )),
            tag => Err(DecodeError::UnknownTag {
                what: "evidence",
                tag,
            }),
        }
    }
}
