//! Turns the library's effects into ours, and gives the answers that it waits for.

use std::collections::BTreeSet;

use arc_malachitebft_core_consensus::{
    self as malachite, LivenessMsg, Resumable, Resume, Role, SignedConsensusMsg,
};

use super::context::LedgerContext;
use super::convert::{
    CoreInput, begun, from_commit, from_polka, from_proposal, from_round_certificate, from_timeout,
    from_vote, index_of, to_proposal, to_record, to_vote,
};
use super::machine::StepAccess;
use super::validators::CoreValidators;
use crate::consensus::effect::{Effect, RoundRole};
use crate::consensus::error::ConsensusError;
use crate::consensus::log_record::LogRecord;
use crate::consensus::message::ConsensusMessage;
use crate::consensus::sign_guard::Slotted;
use crate::crypto::PublicKey;
use crate::types::codec::Encode;
use crate::types::{CommitCertificate, Height, Round, Signed};

type CoreEffect = malachite::Effect<LedgerContext>;

/// Where the height stands, as far as effects tell.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The round that began last.
    pub(super) round: Round,
    /// The round for which the library waits for a block of ours.
    pub(super) requested: Option<Round>,
    /// The decision.
    pub(super) decided: Option<CommitCertificate>,
}

/// Handles the effects of one input.
pub(super) struct EffectHandler<'a, 'b> {
    pub(super) access: &'a mut StepAccess<'b>,
    pub(super) height: Height,
    pub(super) validators: &'a CoreValidators,
    /// The encoded records that the log has already, while it is replayed.
    pub(super) replayed: Option<&'a BTreeSet<Vec<u8>>>,
    pub(super) progress: &'a mut Progress,
    /// Something was signed and its guard is not yet in the list of effects.
    pub(super) guard_pending: bool,
}

impl EffectHandler<'_, '_> {
    /// Handles one effect.
    ///
    /// # Errors
    /// [`ConsensusError`]; the coroutine must not be resumed then.
    pub(super) fn handle(
        &mut self,
        effect: CoreEffect,
    ) -> Result<Resume<LedgerContext>, ConsensusError> {
        let unexpected = |effect| Err(ConsensusError::UnexpectedEffect { effect });
        match effect {
            CoreEffect::CancelAllTimeouts(resume) => {
                self.push(Effect::CancelAllTimeouts);
                Ok(resume.resume_with(()))
            }
            CoreEffect::CancelTimeout(timeout, resume) => {
                self.push(Effect::CancelTimeout(from_timeout(self.height, timeout)?));
                Ok(resume.resume_with(()))
            }
            CoreEffect::ScheduleTimeout(timeout, resume) => {
                let timeout = from_timeout(self.height, timeout)?;
                let after_ms =
                    timeout.after_ms(self.access.parameters, self.access.propose_timeout_ms);
                self.push(Effect::ScheduleTimeout { timeout, after_ms });
                Ok(resume.resume_with(()))
            }
            CoreEffect::StartRound(_, round, proposer, role, resume) => {
                self.start_round(begun(round)?, &proposer, role)?;
                Ok(resume.resume_with(()))
            }
            CoreEffect::PublishConsensusMsg(message, resume) => {
                self.broadcast_statement(match message {
                    SignedConsensusMsg::Vote(vote) => ConsensusMessage::Vote(from_vote(vote)),
                    SignedConsensusMsg::Proposal(proposal) => {
                        ConsensusMessage::Proposal(from_proposal(proposal))
                    }
                });
                Ok(resume.resume_with(()))
            }
            CoreEffect::PublishLivenessMsg(message, resume) => {
                let message = match message {
                    LivenessMsg::Vote(vote) => ConsensusMessage::Vote(from_vote(vote)),
                    LivenessMsg::PolkaCertificate(certificate) => {
                        ConsensusMessage::Polka(from_polka(certificate, self.validators)?)
                    }
                    LivenessMsg::SkipRoundCertificate(certificate) => ConsensusMessage::Round(
                        from_round_certificate(certificate, self.validators)?,
                    ),
                };
                self.push(Effect::Broadcast(message));
                Ok(resume.resume_with(()))
            }
            CoreEffect::RepublishVote(vote, resume) => {
                self.broadcast_statement(ConsensusMessage::Vote(from_vote(vote)));
                Ok(resume.resume_with(()))
            }
            CoreEffect::RepublishRoundCertificate(certificate, resume) => {
                let certificate = from_round_certificate(certificate, self.validators)?;
                self.push(Effect::Broadcast(ConsensusMessage::Round(certificate)));
                Ok(resume.resume_with(()))
            }
            CoreEffect::GetValue(_, round, _, resume) => {
                self.request_block(begun(round)?);
                Ok(resume.resume_with(()))
            }
            CoreEffect::RestreamProposal(height, round, _, _, block, resume) => {
                let round = begun(round)?;
                self.push(Effect::RestreamProposal {
                    height,
                    round,
                    block,
                });
                Ok(resume.resume_with(()))
            }
            CoreEffect::Decide(certificate, _, resume) => {
                self.progress.decided = Some(from_commit(certificate, self.validators)?);
                Ok(resume.resume_with(()))
            }
            CoreEffect::SignVote(vote, resume) => {
                let signed = self.sign(vote.into_vote())?;
                Ok(resume.resume_with(to_vote(&signed)))
            }
            CoreEffect::SignProposal(proposal, resume) => {
                let signed = self.sign(proposal)?;
                Ok(resume.resume_with(to_proposal(&signed)))
            }
            CoreEffect::WalAppend(height, input, resume) => {
                self.log(height, input)?;
                Ok(resume.resume_with(()))
            }
            // Statements and certificates are fed as proofs in types only: they were verified.
            CoreEffect::VerifySignature(_, _, resume) => Ok(resume.resume_with(true)),
            CoreEffect::VerifyPolkaCertificate(_, _, _, resume) => Ok(resume.resume_with(Ok(()))),
            CoreEffect::VerifyRoundCertificate(_, _, _, resume) => Ok(resume.resume_with(Ok(()))),
            // The library panics on any answer but yes, so no other answer is given.
            CoreEffect::VerifyCommitCertificate(certificate, _, _, resume) => {
                self.check_quorum(&from_commit(certificate, self.validators)?)?;
                Ok(resume.resume_with(Ok(())))
            }
            // Follows the decision at once, as no target time is set. The evidence that it
            // carries is known: the statement history has seen everything that the library has.
            CoreEffect::Finalize(_, _, _, resume) => Ok(resume.resume_with(())),
            CoreEffect::CertVerifiedSyncValue(..) => unexpected("a fetched block"),
            CoreEffect::CertRejectedSyncValue(..) => unexpected("a refused fetched block"),
            CoreEffect::VerifyExtendedCommitCertificate(..) => {
                unexpected("the check of an extended certificate")
            }
            CoreEffect::ExtendVote(..) => unexpected("a vote extension"),
            CoreEffect::VerifyVoteExtension(..) => unexpected("the check of a vote extension"),
        }
    }

    /// Ends the input: what was signed is guarded, even if the library neither logs nor sends it.
    pub(super) fn finish(mut self) {
        self.push_guard();
    }

    fn push(&mut self, effect: Effect) {
        self.access.effects.push(effect);
    }

    fn push_guard(&mut self) {
        if std::mem::take(&mut self.guard_pending) {
            let guard = *self.access.guard;
            self.push(Effect::Guard(guard));
        }
    }

    /// A statement of this node never goes before its guard.
    fn broadcast_statement(&mut self, message: ConsensusMessage) {
        self.push_guard();
        self.push(Effect::Broadcast(message));
    }

    fn sign<T: Slotted>(&mut self, statement: T) -> Result<Signed<T>, ConsensusError> {
        let height = self.height;
        let signer = self
            .access
            .signer
            .ok_or(ConsensusError::NoSigner { height })?;
        let before = *self.access.guard;
        let signed = signer.sign(self.access.guard, statement)?;
        self.guard_pending |= before != *self.access.guard;
        Ok(signed)
    }

    /// The guard goes right behind the record of what was signed: so the guard is never ahead of
    /// the log, unless the log lost something.
    fn log(&mut self, height: Height, input: CoreInput) -> Result<(), ConsensusError> {
        let record = to_record(height, input, self.validators)?;
        let known = self
            .replayed
            .is_some_and(|replayed| replayed.contains(&record.to_bytes()));
        let slot = match &record {
            LogRecord::Vote(vote) => Some(vote.message.slot()),
            LogRecord::Proposal(proposal) => Some(proposal.message.slot()),
            LogRecord::Verdict(_) | LogRecord::Timeout(_) | LogRecord::Polka(_) => None,
        };
        let signed_slot = self.access.guard.last().map(|(slot, _)| slot);
        if !known {
            self.push(Effect::Log(record));
        }
        if slot.is_some() && slot == signed_slot {
            self.push_guard();
        }
        Ok(())
    }

    fn start_round(
        &mut self,
        round: Round,
        proposer: &PublicKey,
        role: Role,
    ) -> Result<(), ConsensusError> {
        let height = self.height;
        self.progress.round = round;
        self.progress.requested = None;
        let proposer = index_of(height, self.validators, proposer)?;
        self.push(Effect::StartedRound {
            height,
            round,
            proposer,
            role: match role {
                Role::Proposer => RoundRole::Proposer,
                Role::Validator => RoundRole::Validator,
                Role::None => RoundRole::Observer,
            },
        });
        Ok(())
    }

    /// While the log is replayed a request is only noted: the block may be in the log.
    fn request_block(&mut self, round: Round) {
        let height = self.height;
        self.progress.requested = Some(round);
        if self.replayed.is_none() {
            self.push(Effect::RequestBlock { height, round });
        }
    }

    fn check_quorum(&self, certificate: &CommitCertificate) -> Result<(), ConsensusError> {
        let (signers, quorum) = (certificate.signatures.len(), self.validators.set().quorum());
        if signers < quorum {
            return Err(ConsensusError::DecidedWithoutQuorum {
                height: self.height,
                signers,
                quorum,
            });
        }
        Ok(())
    }
}
