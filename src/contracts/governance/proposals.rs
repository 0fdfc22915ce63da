//! The effect of a proposal, and carrying one out.

use super::change::ProposedChange;
use super::plan::plan;
use super::state::{
    ProposalState, ProposalStatus, read_governors, read_open_proposals, read_proposal,
    write_open_proposals, write_proposal,
};
use super::{
    GOVERNOR_ROLE, MAX_OPEN_PROPOSALS_PER_MEMBER, MAX_PROPOSAL_LIFETIME_MS, MAX_SHARED_PROPOSALS,
    count_governing, governing_quorum, governs,
};
use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::schedule::ContractSummary;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::governance::{Action, Proposal};
use crate::types::{
    ContractBundle, Decode, DecodeError, Encode, LogIndex, Member, MemberId, Rejection, Space,
};

/// Whether a member may propose anything at all.
///
/// # Errors
/// The [`Rejection`] of its proposals, if it may not.
pub fn check_proposer(member: &Member) -> Result<(), Rejection> {
    if governs(member) {
        return Ok(());
    }
    Err(Rejection::new(
        "not-governing",
        format!(
            "{} has not the role {GOVERNOR_ROLE}, so it proposes nothing",
            member.id
        ),
    ))
}

/// Opens a proposal, which its proposer approves.
pub(in crate::contracts) fn propose(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    proposal: &Proposal,
    contract: Option<&ContractSummary>,
) -> EffectResult {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let proposer = &context.submitter.id;
    if let Err(rejection) = check_proposer(context.submitter) {
        return Ok(Err(rejection));
    }
    let ahead_ms = proposal
        .expires
        .as_ms()
        .saturating_sub(context.time.as_ms());
    if !(1..=MAX_PROPOSAL_LIFETIME_MS).contains(&ahead_ms) {
        return reject(
            "proposal-expiry",
            format!(
                "the proposal expires at {}; that has to be within ninety days after {}",
                proposal.expires, context.time
            ),
        );
    }
    let (mut open, mut expired, mut own) = (Vec::new(), Vec::new(), 0);
    for index in read_open_proposals(state)? {
        match read_proposal(state, index)? {
            Some(other) if other.expires > context.time => {
                own += usize::from(other.proposer == *proposer);
                open.push(index);
            }
            _ => expired.push(index),
        }
    }
    let is_shared_full = open.len() >= MAX_SHARED_PROPOSALS && own > 0;
    if is_shared_full || own >= MAX_OPEN_PROPOSALS_PER_MEMBER {
        return reject(
            "too-many-proposals",
            format!(
                "{} proposals are open, {own} of them by {proposer}; a member has \
                 {MAX_OPEN_PROPOSALS_PER_MEMBER} at most, and one when {MAX_SHARED_PROPOSALS} are open",
                open.len()
            ),
        );
    }
    // What could not be carried out now is refused now.
    let Some(change) = ProposedChange::of(&proposal.action, contract) else {
        // The contract of a checked proposal is known.
        return reject("invalid-record", "the contract is missing".to_owned());
    };
    if let Err(rejection) = plan(state, context, &change, contract, proposal.from_height)? {
        return Ok(Err(rejection));
    }
    for index in expired {
        forget_contract(state, index);
    }
    open.push(context.index);
    write_open_proposals(state, open);
    if let (Action::InstallContract(bundle), Some(summary)) = (&proposal.action, contract) {
        let kept = ProposedContract {
            summary: summary.clone(),
            bundle: bundle.clone(),
        };
        values::write(state, StateKey::ProposedContract(context.index), &kept);
    }
    let mut opened = ProposalState {
        proposer: proposer.clone(),
        change,
        from_height: proposal.from_height,
        expires: proposal.expires,
        reason: proposal.reason.clone(),
        digest: proposal.digest,
        approvals: vec![proposer.clone()],
        rejections: Vec::new(),
        status: ProposalStatus::Open,
    };
    // One governing member decides alone.
    let decided = decide(state, context, context.index, &mut opened)?;
    write_proposal(state, context.index, context.index, &opened);
    Ok(decided)
}

/// Carries a proposal out if enough are for it, or ends it if too many are against it.
pub(super) fn decide(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    index: LogIndex,
    proposal: &mut ProposalState,
) -> EffectResult {
    let governors = read_governors(state)?;
    let quorum = governing_quorum(governors.len());
    let count = |who: &[MemberId]| count_governing(who, &governors);
    if count(&proposal.approvals) >= quorum {
        let proposed = read_proposed(state, index)?;
        let summary = proposed.as_ref().map(|proposed| &proposed.summary);
        let asked = proposal.from_height;
        let plan = match plan(state, context, &proposal.change, summary, asked)? {
            Ok(plan) => plan,
            Err(rejection) => return Ok(Err(rejection)),
        };
        if let Some(ProposedContract { summary, bundle }) = &proposed {
            let key = StateKey::Contract {
                name: &summary.name,
                version: summary.version,
            };
            values::write(state, key, bundle);
        }
        proposal.status = ProposalStatus::Adopted {
            by: context.index,
            from: plan.from,
        };
        plan.carry_out(state, context)?;
    } else if count(&proposal.rejections) > governors.len().saturating_sub(quorum) {
        proposal.status = ProposalStatus::Rejected { by: context.index };
    } else {
        return Ok(Ok(()));
    }
    close(state, index)?;
    Ok(Ok(()))
}

/// Takes a decided proposal off the list.
pub(super) fn close(state: &mut impl StateWriter, index: LogIndex) -> Result<(), EffectError> {
    let open: Vec<LogIndex> = read_open_proposals(state)?
        .into_iter()
        .filter(|other| *other != index)
        .collect();
    write_open_proposals(state, open);
    forget_contract(state, index);
    Ok(())
}

fn read_proposed(
    state: &impl StateWriter,
    index: LogIndex,
) -> Result<Option<ProposedContract>, EffectError> {
    values::read(
        state,
        StateKey::ProposedContract(index),
        "proposed contract",
    )
}

fn forget_contract(state: &mut impl StateWriter, index: LogIndex) {
    let key = StateKey::ProposedContract(index).to_bytes();
    state.remove(Space::State, &key);
}

/// A contract that waits for approval.
pub(super) struct ProposedContract {
    summary: ContractSummary,
    bundle: ContractBundle,
}

impl Encode for ProposedContract {
    fn encode(&self, out: &mut Vec<u8>) {
        self.summary.encode(out);
        self.bundle.encode(out);
    }
}

impl Decode for ProposedContract {
    fn decode(reader: &mut crate::types::codec::Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            summary: ContractSummary::decode(reader)?,
            bundle: ContractBundle::decode(reader)?,
        })
    }
}
