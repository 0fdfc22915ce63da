//! The library's state machine for one height, driven step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_malachitebft_core_consensus::r#gen::{CoResult, Gen};
use arc_malachitebft_core_consensus::{
    self as malachite, LocallyProposedValue, Params, RecordKind, Resume, State, handle,
};
use arc_malachitebft_core_types::{ThresholdParams, ValuePayload, VoteExtensionPolicy};

use super::context::LedgerContext;
use super::convert::{
    CoreInput, begun, to_input, to_polka, to_proposal, to_round, to_round_certificate, to_timeout,
    to_vote,
};
use super::handler::{EffectHandler, Progress};
use super::validators::CoreValidators;
use crate::consensus::certificate::PolkaCertificate;
use crate::consensus::effect::Effect;
use crate::consensus::error::ConsensusError;
use crate::consensus::input::{BlockVerdict, Verdict};
use crate::consensus::limits::MAX_VERDICTS_PER_HEIGHT;
use crate::consensus::log_record::LogRecord;
use crate::consensus::proposer_order::ProposerOrder;
use crate::consensus::round_certificate::RoundCertificate;
use crate::consensus::sign_guard::SignGuard;
use crate::consensus::signer::Signer;
use crate::consensus::timeout::Timeout;
use crate::crypto::{PublicKey, SecretKey};
use crate::types::codec::Encode;
use crate::types::{
    BlockDigest, CommitCertificate, ConsensusParameters, Height, Proposal, Round, Signed, Step,
    ValidatorSet, Vote,
};

/// What a step may use besides the machine.
pub(in crate::consensus) struct StepAccess<'a> {
    /// Where effects go.
    pub(in crate::consensus) effects: &'a mut Vec<Effect>,
    /// The key, if this node signs at the height.
    pub(in crate::consensus) signer: Option<&'a Signer>,
    /// What it signed last.
    pub(in crate::consensus) guard: &'a mut SignGuard,
    /// How long timeouts are.
    pub(in crate::consensus) parameters: &'a ConsensusParameters,
    /// How long that for proposals is at this height, in milliseconds.
    pub(in crate::consensus) propose_timeout_ms: u64,
}

/// The state machine of one height. It is made anew for each: nothing of one height can leak into
/// the next.
pub(in crate::consensus) struct Machine {
    height: Height,
    validators: CoreValidators,
    state: State<LedgerContext>,
    progress: Progress,
    verdicts: BTreeMap<BlockDigest, BlockVerdict>,
}

impl Machine {
    /// A machine that has not started. `key` is the node's own if it signs at this height.
    ///
    /// # Errors
    /// [`ConsensusError::ProposersMismatch`].
    pub(in crate::consensus) fn new(
        height: Height,
        set: Arc<ValidatorSet>,
        proposers: &ProposerOrder,
        key: Option<&PublicKey>,
    ) -> Result<Self, ConsensusError> {
        let validators = CoreValidators::new(set, proposers)?;
        let params = Params {
            address: key.map_or_else(|| observer_key(validators.set()), |key| *key),
            threshold_params: ThresholdParams::default(),
            // With any other payload the library takes every proposal for valid.
            value_payload: ValuePayload::ProposalAndParts,
            enabled: key.is_some(),
        };
        // The library's own queue for later heights stays empty: see `EarlyMessages`.
        let state = State::new(LedgerContext, height, validators.clone(), params, 1, 1);
        Ok(Self {
            height,
            validators,
            state,
            progress: Progress::default(),
            verdicts: BTreeMap::new(),
        })
    }

    /// Begins round 0 and replays the log.
    ///
    /// # Errors
    /// [`ConsensusError`], among others [`ConsensusError::ReplayDivergence`].
    pub(in crate::consensus) fn start(
        &mut self,
        access: &mut StepAccess<'_>,
        records: &[LogRecord],
    ) -> Result<(), ConsensusError> {
        let inputs: Vec<CoreInput> = records
            .iter()
            .map(|record| to_input(record, &self.validators))
            .collect();
        for record in records {
            if let LogRecord::Verdict(verdict) = record {
                self.remember(verdict);
            }
        }
        let logged: BTreeSet<Vec<u8>> = records.iter().map(Encode::to_bytes).collect();
        // No target time: with one the library would look at a clock when it decides.
        let start = CoreInput::StartHeight(
            self.height,
            self.validators.clone(),
            !records.is_empty(),
            None,
            VoteExtensionPolicy::Disabled,
        );
        if inputs.is_empty() {
            return self.drive(access, None, start);
        }
        self.state.index_wal_entries(&inputs);
        self.drive(access, Some(&logged), start)?;
        for input in inputs {
            if self.progress.decided.is_some() {
                break;
            }
            self.drive(access, Some(&logged), input)?;
        }
        self.state.reset_entries_index();
        if let Some(round) = self.awaited_block() {
            access.effects.push(Effect::RequestBlock {
                height: self.height,
                round,
            });
        }
        Ok(())
    }

    /// The round that the machine is in.
    pub(in crate::consensus) fn round(&self) -> Round {
        self.progress.round
    }

    /// The decision, once there is one.
    pub(in crate::consensus) fn decided(&self) -> Option<&CommitCertificate> {
        self.progress.decided.as_ref()
    }

    /// Takes a vote of this height.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn vote(
        &mut self,
        access: &mut StepAccess<'_>,
        vote: &Signed<Vote>,
    ) -> Result<(), ConsensusError> {
        self.drive(access, None, CoreInput::Vote(to_vote(vote)))
    }

    /// Takes a proposal of this height.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn proposal(
        &mut self,
        access: &mut StepAccess<'_>,
        proposal: &Signed<Proposal>,
    ) -> Result<(), ConsensusError> {
        self.drive(access, None, CoreInput::Proposal(to_proposal(proposal)))?;
        self.restore_verdict(access, proposal.message.block, proposal.message.round)
    }

    /// Takes a polka of this height.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn polka(
        &mut self,
        access: &mut StepAccess<'_>,
        certificate: &PolkaCertificate,
    ) -> Result<(), ConsensusError> {
        let input = CoreInput::PolkaCertificate(to_polka(certificate, &self.validators));
        self.drive(access, None, input)?;
        self.restore_verdict(access, certificate.block, certificate.round)
    }

    /// Takes the reason to enter a round.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn round_certificate(
        &mut self,
        access: &mut StepAccess<'_>,
        certificate: &RoundCertificate,
    ) -> Result<(), ConsensusError> {
        let input =
            CoreInput::RoundCertificate(to_round_certificate(certificate, &self.validators));
        self.drive(access, None, input)
    }

    /// Takes a verdict on a block of this height. A repeated one changes nothing.
    ///
    /// # Errors
    /// [`ConsensusError`], among others [`ConsensusError::ContradictoryVerdict`].
    pub(in crate::consensus) fn verdict(
        &mut self,
        access: &mut StepAccess<'_>,
        verdict: &BlockVerdict,
    ) -> Result<(), ConsensusError> {
        match self.verdicts.get(&verdict.block).map(|known| known.verdict) {
            Some(known) if known == verdict.verdict => {
                return self.restore_verdict(access, verdict.block, verdict.round);
            }
            Some(Verdict::Valid) => {
                return Err(ConsensusError::ContradictoryVerdict {
                    height: self.height,
                    block: verdict.block,
                });
            }
            Some(Verdict::Invalid) | None => {}
        }
        self.remember(verdict);
        let input = to_input(&LogRecord::Verdict(*verdict), &self.validators);
        self.drive(access, None, input)
    }

    /// Takes this node's block for a round, if it is still awaited.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn propose(
        &mut self,
        access: &mut StepAccess<'_>,
        round: Round,
        block: BlockDigest,
    ) -> Result<(), ConsensusError> {
        if self.awaited_block() != Some(round) {
            return Ok(());
        }
        self.remember(&BlockVerdict {
            height: self.height,
            round,
            block,
            verdict: Verdict::Valid,
        });
        let value = LocallyProposedValue::new(self.height, to_round(round), block);
        self.drive(access, None, CoreInput::Propose(value))
    }

    /// Takes a timeout of this height.
    ///
    /// # Errors
    /// [`ConsensusError`].
    pub(in crate::consensus) fn timeout(
        &mut self,
        access: &mut StepAccess<'_>,
        timeout: Timeout,
    ) -> Result<(), ConsensusError> {
        self.drive(access, None, CoreInput::TimeoutElapsed(to_timeout(timeout)))
    }

    /// The round in which a block of ours is still waited for. With its own proposal a proposer
    /// leaves the propose step at once.
    fn awaited_block(&self) -> Option<Round> {
        let round = self.progress.requested?;
        let waits = self.progress.decided.is_none()
            && self.progress.round == round
            && self.state.driver.step_is_propose();
        waits.then_some(round)
    }

    fn remember(&mut self, verdict: &BlockVerdict) {
        let known = self.verdicts.contains_key(&verdict.block);
        if known || self.verdicts.len() < MAX_VERDICTS_PER_HEIGHT {
            self.verdicts.insert(verdict.block, *verdict);
        }
    }

    /// The library keeps few blocks per round and drops what is beyond. When a proposal or a polka
    /// makes room for a block that it dropped, it is told the verdict again.
    fn restore_verdict(
        &mut self,
        access: &mut StepAccess<'_>,
        block: BlockDigest,
        round: Round,
    ) -> Result<(), ConsensusError> {
        let kept = self
            .state
            .full_proposal_keeper
            .get_value_by_id(&self.height, &block)
            .is_some();
        let Some(known) = self.verdicts.get(&block) else {
            return Ok(());
        };
        if kept || self.progress.decided.is_some() {
            return Ok(());
        }
        let verdict = LogRecord::Verdict(BlockVerdict { round, ..*known });
        let input = to_input(&verdict, &self.validators);
        self.drive(access, None, input)
    }

    /// Runs the library's coroutine for one input. An error ends it where it is: it is dropped,
    /// never resumed, and the machine must not be used again.
    fn drive(
        &mut self,
        access: &mut StepAccess<'_>,
        replayed: Option<&BTreeSet<Vec<u8>>>,
        input: CoreInput,
    ) -> Result<(), ConsensusError> {
        let mut handler = EffectHandler {
            access,
            height: self.height,
            validators: &self.validators,
            replayed,
            progress: &mut self.progress,
            guard_pending: false,
        };
        let state = &mut self.state;
        let mut coroutine = Gen::new(|co| handle(co, state, &(), input));
        let mut progress = coroutine.resume_with(Resume::Start);
        loop {
            match progress {
                CoResult::Yielded(effect) => {
                    progress = coroutine.resume_with(handler.handle(effect)?);
                }
                CoResult::Complete(result) => {
                    result.map_err(from_library)?;
                    break;
                }
            }
        }
        handler.finish();
        Ok(())
    }
}

fn from_library(error: malachite::Error<LedgerContext>) -> ConsensusError {
    match error {
        malachite::Error::ReplayDivergence(kind, height, round) => match begun(round) {
            Ok(round) => ConsensusError::ReplayDivergence {
                height,
                round,
                step: match kind {
                    RecordKind::Proposal => Step::Propose,
                    RecordKind::Prevote => Step::Prevote,
                    RecordKind::Precommit => Step::Precommit,
                },
            },
            Err(error) => error,
        },
        error => ConsensusError::Library {
            reason: error.to_string(),
        },
    }
}

/// A key that is not of the set, for a node that only follows: the library takes an address, and
/// votes and proposes for one of the set. Nothing is ever signed with it.
fn observer_key(set: &ValidatorSet) -> PublicKey {
    let mut seed = 0;
    loop {
        let key = SecretKey::from_seed([seed; 32]).public_key();
        if set.index_of(&key).is_none() || seed == u8::MAX {
            return key;
        }
        seed += 1;
    }
}
