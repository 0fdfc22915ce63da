//! What carrying a proposal out would write: computed when it is made, to refuse what cannot be, and
//! again when it is decided.

use super::change::ProposedChange;
use super::members::{plan_new_member, plan_removal, plan_roles};
use super::validators::plan_validators;
use crate::contracts::context::{EffectContext, EffectError, StateWriter};
use crate::contracts::install::{read_ended_version, read_schedule, write_schedule};
use crate::contracts::membership::install_member;
use crate::contracts::schedule::{ContractDecision, ContractSchedule, ContractSummary};
use crate::contracts::validators::schedule_validators;
use crate::types::{Height, Member, Rejection, ValidatorSet};

/// What a plan comes to, when nothing is wrong with the store.
pub(super) type PlanResult<T> = Result<Result<T, Rejection>, EffectError>;

/// What is to be written.
#[derive(Debug)]
pub(super) struct Plan {
    /// The first height at which all of it holds; within that height, roles from the deciding entry on.
    pub(super) from: Height,
    pub(super) contracts: Option<ContractSchedule>,
    pub(super) members: Vec<Member>,
    pub(super) validators: Option<ValidatorSet>,
}

impl Plan {
    /// Writes it, as decided by the record at hand.
    pub(super) fn carry_out(
        self,
        state: &mut impl StateWriter,
        context: &EffectContext<'_>,
    ) -> Result<(), EffectError> {
        if let Some(schedule) = self.contracts {
            write_schedule(state, schedule, context.height.next())?;
        }
        for member in &self.members {
            install_member(state, member, context.height, Some(context.index))?;
        }
        if let Some(set) = &self.validators {
            schedule_validators(state, set);
        }
        Ok(())
    }
}

/// What a change would write if it were decided now, or why it cannot be.
pub(super) fn plan(
    state: &impl StateWriter,
    context: &EffectContext<'_>,
    change: &ProposedChange,
    contract: Option<&ContractSummary>,
    asked: Option<Height>,
) -> PlanResult<Plan> {
    let next = context.height.next();
    let of_member = |from: Height, member: Member| Plan {
        from,
        contracts: None,
        members: vec![member],
        validators: None,
    };
    Ok(match change {
        ProposedChange::InstallContract { .. } | ProposedChange::RetireContract { .. } => {
            let from = asked.map_or(next, |height| height.max(next));
            let decision = ContractDecision {
                next,
                from,
                by: Some(context.index),
            };
            change_schedule(state, change, contract, decision)?.map(|schedule| Plan {
                from,
                contracts: Some(schedule),
                members: Vec::new(),
                validators: None,
            })
        }
        ProposedChange::AddMember {
            member,
            name,
            roles,
            keys,
        } => plan_new_member(state, next, member, name, roles, keys)?
            .map(|member| of_member(next, member)),
        // Roles act with the deciding entry itself: those behind it in its block are judged by them.
        ProposedChange::ChangeRoles { member, roles } => {
            plan_roles(state, member, roles)?.map(|member| of_member(context.height, member))
        }
        ProposedChange::RemoveMember { member } => {
            plan_removal(state, next, member)?.map(|member| of_member(next, member))
        }
        ProposedChange::AddValidator(new) => {
            plan_validators(state, context.height, None, Some(new))?
        }
        ProposedChange::RemoveValidator { consensus_key } => {
            plan_validators(state, context.height, Some(consensus_key), None)?
        }
        ProposedChange::ReplaceValidator { consensus_key, new } => {
            plan_validators(state, context.height, Some(consensus_key), Some(new))?
        }
    })
}

fn change_schedule(
    state: &impl StateWriter,
    change: &ProposedChange,
    contract: Option<&ContractSummary>,
    decision: ContractDecision,
) -> PlanResult<ContractSchedule> {
    let mut schedule = read_schedule(state)?;
    let changed = match (change, contract) {
        (ProposedChange::RetireContract { name }, _) => {
            let ended = read_ended_version(state, name)?;
            schedule.retire(name, ended, decision)
        }
        (ProposedChange::InstallContract { name, .. }, Some(contract)) => {
            let ended = read_ended_version(state, name)?;
            schedule.install(contract.clone(), ended, decision)
        }
        // It is kept as long as its proposal is open.
        _ => Err(Rejection::new(
            "contract-missing",
            "the files of the contract are not kept any more",
        )),
    };
    Ok(changed.map(|()| schedule))
}

/// A rejection as a plan.
pub(super) fn reject<T>(code: &'static str, reason: String) -> PlanResult<T> {
    Ok(Err(Rejection::new(code, reason)))
}
