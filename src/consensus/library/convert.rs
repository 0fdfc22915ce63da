//! Between the library's words and ours.

use arc_malachitebft_core_consensus::{self as malachite, ProposedValue};
use arc_malachitebft_core_types as library;
use library::{NilOrVal, RoundCertificateType, SignedMessage, Validity, ValueOrigin};

use super::context::LedgerContext;
use super::validators::CoreValidators;
use super::vote::CoreVote;
use crate::consensus::certificate::PolkaCertificate;
use crate::consensus::error::ConsensusError;
use crate::consensus::input::{BlockVerdict, Verdict};
use crate::consensus::log_record::LogRecord;
use crate::consensus::round_certificate::{RoundCertificate, RoundCertificateKind, RoundVote};
use crate::consensus::timeout::{Timeout, TimeoutKind};
use crate::crypto::{PublicKey, Signature};
use crate::types::{
    CommitCertificate, Height, IndexedSignature, Proposal, Round, Signed, ValidatorIndex, Vote,
    VoteType,
};

/// An input of the library.
pub(super) type CoreInput = malachite::Input<LedgerContext>;

/// Our round as the library's.
pub(super) const fn to_round(round: Round) -> library::Round {
    library::Round::Some(round.0)
}

/// The library's round as ours; none before round 0.
pub(super) fn from_round(round: library::Round) -> Option<Round> {
    round.as_u32().map(Round)
}

/// A round of something that happened: there is one.
pub(super) fn begun(round: library::Round) -> Result<Round, ConsensusError> {
    from_round(round).ok_or_else(|| ConsensusError::Library {
        reason: "it speaks of a round before the first".to_owned(),
    })
}

/// A signed vote for the library.
pub(super) fn to_vote(vote: &Signed<Vote>) -> SignedMessage<LedgerContext, CoreVote> {
    SignedMessage::new(CoreVote::new(vote.message.clone()), vote.signature)
}

/// A signed vote from the library.
pub(super) fn from_vote(vote: SignedMessage<LedgerContext, CoreVote>) -> Signed<Vote> {
    Signed {
        message: vote.message.into_vote(),
        signature: vote.signature,
    }
}

/// A signed proposal for the library.
pub(super) fn to_proposal(proposal: &Signed<Proposal>) -> SignedMessage<LedgerContext, Proposal> {
    SignedMessage::new(proposal.message.clone(), proposal.signature)
}

/// A signed proposal from the library.
pub(super) fn from_proposal(proposal: SignedMessage<LedgerContext, Proposal>) -> Signed<Proposal> {
    Signed {
        message: proposal.message,
        signature: proposal.signature,
    }
}

/// A timeout from the library.
pub(super) fn from_timeout(
    height: Height,
    timeout: library::Timeout,
) -> Result<Timeout, ConsensusError> {
    Ok(Timeout {
        height,
        round: begun(timeout.round)?,
        kind: match timeout.kind {
            library::TimeoutKind::Propose => TimeoutKind::Propose,
            library::TimeoutKind::Prevote => TimeoutKind::Prevote,
            library::TimeoutKind::Precommit => TimeoutKind::Precommit,
            library::TimeoutKind::Rebroadcast => TimeoutKind::Rebroadcast,
            library::TimeoutKind::FinalizeHeight(_) => {
                return Err(ConsensusError::UnexpectedEffect {
                    effect: "a timeout to finalize the height",
                });
            }
        },
    })
}

/// A timeout for the library.
pub(super) fn to_timeout(timeout: Timeout) -> library::Timeout {
    let kind = match timeout.kind {
        TimeoutKind::Propose => library::TimeoutKind::Propose,
        TimeoutKind::Prevote => library::TimeoutKind::Prevote,
        TimeoutKind::Precommit => library::TimeoutKind::Precommit,
        TimeoutKind::Rebroadcast => library::TimeoutKind::Rebroadcast,
    };
    library::Timeout::new(to_round(timeout.round), kind)
}

/// A verdict for the library, which wants to know the proposer too.
pub(super) fn to_value(
    verdict: &BlockVerdict,
    validators: &CoreValidators,
) -> ProposedValue<LedgerContext> {
    let round = to_round(verdict.round);
    ProposedValue {
        height: verdict.height,
        round,
        valid_round: library::Round::Nil,
        proposer: validators.proposer(round).consensus_key,
        value: verdict.block,
        validity: match verdict.verdict {
            Verdict::Valid => Validity::Valid,
            Verdict::Invalid => Validity::Invalid,
        },
    }
}

/// A polka for the library.
pub(super) fn to_polka(
    certificate: &PolkaCertificate,
    validators: &CoreValidators,
) -> library::PolkaCertificate<LedgerContext> {
    let signatures = certificate.signatures.iter().filter_map(|signed| {
        let validator = validators.set().get(signed.validator)?;
        Some(library::PolkaSignature::new(
            validator.consensus_key,
            signed.signature,
        ))
    });
    library::PolkaCertificate {
        height: certificate.height,
        round: to_round(certificate.round),
        value_id: certificate.block,
        polka_signatures: signatures.collect(),
    }
}

/// A polka from the library.
pub(super) fn from_polka(
    certificate: library::PolkaCertificate<LedgerContext>,
    validators: &CoreValidators,
) -> Result<PolkaCertificate, ConsensusError> {
    let signatures = certificate
        .polka_signatures
        .into_iter()
        .map(|signed| (signed.address, signed.signature));
    Ok(PolkaCertificate {
        height: certificate.height,
        round: begun(certificate.round)?,
        block: certificate.value_id,
        signatures: indexed(certificate.height, validators, signatures)?,
    })
}

/// A commit certificate from the library.
pub(super) fn from_commit(
    certificate: library::CommitCertificate<LedgerContext>,
    validators: &CoreValidators,
) -> Result<CommitCertificate, ConsensusError> {
    let signatures = certificate
        .commit_signatures
        .into_iter()
        .map(|signed| (signed.address, signed.signature));
    Ok(CommitCertificate {
        height: certificate.height,
        round: begun(certificate.round)?,
        block: certificate.value_id,
        signatures: indexed(certificate.height, validators, signatures)?,
    })
}

/// Signatures by place, ascending, each signer once: the library keeps them as they came.
fn indexed(
    height: Height,
    validators: &CoreValidators,
    signatures: impl Iterator<Item = (PublicKey, Signature)>,
) -> Result<Vec<IndexedSignature>, ConsensusError> {
    let mut indexed = signatures
        .map(|(key, signature)| {
            Ok(IndexedSignature {
                validator: index_of(height, validators, &key)?,
                signature,
            })
        })
        .collect::<Result<Vec<_>, ConsensusError>>()?;
    indexed.sort_by_key(|signed| signed.validator);
    indexed.dedup_by_key(|signed| signed.validator);
    Ok(indexed)
}

/// The place of a validator that the library names.
pub(super) fn index_of(
    height: Height,
    validators: &CoreValidators,
    key: &PublicKey,
) -> Result<ValidatorIndex, ConsensusError> {
    validators
        .set()
        .index_of(key)
        .ok_or(ConsensusError::UnknownValidator { height })
}

/// A round certificate for the library.
pub(super) fn to_round_certificate(
    certificate: &RoundCertificate,
    validators: &CoreValidators,
) -> library::RoundCertificate<LedgerContext> {
    let signatures = certificate.votes.iter().filter_map(|vote| {
        let validator = validators.set().get(vote.validator)?;
        Some(library::RoundSignature::new(
            match vote.vote_type {
                VoteType::Prevote => library::VoteType::Prevote,
                VoteType::Precommit => library::VoteType::Precommit,
            },
            vote.block.map_or(NilOrVal::Nil, NilOrVal::Val),
            validator.consensus_key,
            vote.signature,
        ))
    });
    library::RoundCertificate {
        height: certificate.height,
        round: to_round(certificate.round),
        cert_type: match certificate.kind {
            RoundCertificateKind::Skip => RoundCertificateType::Skip,
            RoundCertificateKind::Precommit => RoundCertificateType::Precommit,
        },
        round_signatures: signatures.collect(),
    }
}

/// A round certificate from the library.
pub(super) fn from_round_certificate(
    certificate: library::RoundCertificate<LedgerContext>,
    validators: &CoreValidators,
) -> Result<RoundCertificate, ConsensusError> {
    let height = certificate.height;
    let mut votes = certificate
        .round_signatures
        .into_iter()
        .map(|signed| {
            Ok(RoundVote {
                validator: index_of(height, validators, &signed.address)?,
                vote_type: match signed.vote_type {
                    library::VoteType::Prevote => VoteType::Prevote,
                    library::VoteType::Precommit => VoteType::Precommit,
                },
                block: match signed.value_id {
                    NilOrVal::Nil => None,
                    NilOrVal::Val(block) => Some(block),
                },
                signature: signed.signature,
            })
        })
        .collect::<Result<Vec<_>, ConsensusError>>()?;
    votes.sort_by_key(|vote| vote.validator);
    votes.dedup_by_key(|vote| vote.validator);
    Ok(RoundCertificate {
        height,
        round: begun(certificate.round)?,
        kind: match certificate.cert_type {
            RoundCertificateType::Skip => RoundCertificateKind::Skip,
            RoundCertificateType::Precommit => RoundCertificateKind::Precommit,
        },
        votes,
    })
}

/// A record of the log as the library's input.
pub(super) fn to_input(record: &LogRecord, validators: &CoreValidators) -> CoreInput {
    match record {
        LogRecord::Vote(vote) => CoreInput::Vote(to_vote(vote)),
        LogRecord::Proposal(proposal) => CoreInput::Proposal(to_proposal(proposal)),
        LogRecord::Verdict(verdict) => {
            CoreInput::ProposedValue(to_value(verdict, validators), ValueOrigin::Consensus)
        }
        LogRecord::Timeout(timeout) => CoreInput::TimeoutElapsed(to_timeout(*timeout)),
        LogRecord::Polka(certificate) => {
            CoreInput::PolkaCertificate(to_polka(certificate, validators))
        }
    }
}

/// What the library wants to be logged as a record of ours.
pub(super) fn to_record(
    height: Height,
    input: CoreInput,
    validators: &CoreValidators,
) -> Result<LogRecord, ConsensusError> {
    let unexpected = |effect| Err(ConsensusError::UnexpectedEffect { effect });
    match input {
        CoreInput::Vote(vote) => Ok(LogRecord::Vote(from_vote(vote))),
        CoreInput::Proposal(proposal) => Ok(LogRecord::Proposal(from_proposal(proposal))),
        CoreInput::ProposedValue(value, _) => Ok(LogRecord::Verdict(BlockVerdict {
            height: value.height,
            round: begun(value.round)?,
            block: value.value,
            verdict: match value.validity {
                Validity::Valid => Verdict::Valid,
                Validity::Invalid => Verdict::Invalid,
            },
        })),
        CoreInput::TimeoutElapsed(timeout) => {
            Ok(LogRecord::Timeout(from_timeout(height, timeout)?))
        }
        CoreInput::PolkaCertificate(certificate) => {
            Ok(LogRecord::Polka(from_polka(certificate, validators)?))
        }
        CoreInput::StartHeight(..) => unexpected("a log record of a height's start"),
        CoreInput::RoundCertificate(_) => unexpected("a log record of a round certificate"),
        CoreInput::Propose(_) => unexpected("a log record of an own block"),
        CoreInput::SyncValueResponse(_) => unexpected("a log record of a fetched block"),
    }
}
