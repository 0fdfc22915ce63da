//! The effect of a ballot.

use super::proposals::{close, decide};
use super::state::{ProposalStatus, read_proposal, write_proposal};
use super::{GOVERNOR_ROLE, governs};
use crate::contracts::context::{EffectContext, EffectResult, StateWriter};
use crate::records::governance::{Ballot, Decision};
use crate::types::Rejection;

/// Counts a ballot, and carries out what it decides. A member may change its mind until then, and may say the
/// same again once that decides, because others govern now.
pub(in crate::contracts) fn cast_ballot(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    ballot: &Ballot,
) -> EffectResult {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let voter = &context.submitter.id;
    let index = ballot.proposal;
    let Some(mut proposal) = read_proposal(state, index)? else {
        return reject("no-such-proposal", format!("entry {index} is no proposal"));
    };
    if proposal.digest != ballot.digest {
        return reject(
            "other-proposal",
            format!(
                "the proposal of entry {index} has the digest {}, the ballot is about another text",
                proposal.digest
            ),
        );
    }
    let decided = match proposal.status {
        ProposalStatus::Open => None,
        ProposalStatus::Adopted { by, .. } => Some(("adopted", by)),
        ProposalStatus::Rejected { by } => Some(("rejected", by)),
        ProposalStatus::Withdrawn { by } => Some(("withdrawn", by)),
    };
    if let Some((how, by)) = decided {
        return reject(
            "proposal-decided",
            format!("the proposal of entry {index} was {how} by entry {by}"),
        );
    }
    if proposal.expires <= context.time {
        return reject(
            "proposal-expired",
            format!(
                "the proposal of entry {index} expired at {}",
                proposal.expires
            ),
        );
    }
    if ballot.decision == Decision::Withdraw {
        if proposal.proposer != *voter {
            return reject(
                "not-proposer",
                format!("{} takes its proposal back, nobody else", proposal.proposer),
            );
        }
        proposal.status = ProposalStatus::Withdrawn { by: context.index };
        close(state, index)?;
        write_proposal(state, context.index, index, &proposal);
        return Ok(Ok(()));
    }
    if !governs(context.submitter) {
        return reject(
            "not-governing",
            format!("{voter} has not the role {GOVERNOR_ROLE}, so it decides nothing"),
        );
    }
    let (own, other) = match ballot.decision {
        Decision::Approve => (&mut proposal.approvals, &mut proposal.rejections),
        _ => (&mut proposal.rejections, &mut proposal.approvals),
    };
    let is_repeated = own.contains(voter);
    if !is_repeated {
        own.push(voter.clone());
        other.retain(|member| member != voter);
    }
    if let Err(rejection) = decide(state, context, index, &mut proposal)? {
        return Ok(Err(rejection));
    }
    // Others may govern than when the approvals came. Nobody but those who gave them could be left to count
    // them anew.
    if is_repeated && proposal.status == ProposalStatus::Open {
        return reject(
            "ballot-repeated",
            format!("{voter} has said so to the proposal of entry {index} already"),
        );
    }
    write_proposal(state, context.index, index, &proposal);
    Ok(Ok(()))
}
