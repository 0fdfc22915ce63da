//! Proposals to the governing members.

use serde::Serialize;
use utoipa::ToSchema;

use super::proposed_change::ProposedChangeView;
use crate::contracts::{ProposalState, ProposalStatus, governing_quorum};
use crate::ledger::questions::{GovernanceProposal, ProposalsAnswer};
use crate::types::{LogIndex, MemberId, Timestamp};

/// A page of the proposals that could be decided at a height.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalList {
    /// The height that the answer is of.
    pub height: u64,
    /// The members that govern.
    pub governors: Vec<String>,
    /// How many of them have to approve.
    pub quorum: usize,
    /// In the order of the log.
    pub proposals: Vec<ProposalView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A proposal at a height.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposalAnswer)]
#[serde(rename_all = "camelCase")]
pub struct ProposalAnswerView {
    /// The height that the answer is of.
    pub height: u64,
    /// The proposal.
    #[serde(flatten)]
    pub proposal: ProposalView,
}

/// A proposal, and what has become of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
#[serde(rename_all = "camelCase")]
pub struct ProposalView {
    /// Its entry in the log, which names it. The entry's body has the whole text.
    pub index: u64,
    /// Who proposed.
    pub proposer: String,
    /// What is to be done.
    pub change: ProposedChangeView,
    /// From which height a contract comes into force or ends, if the proposal says so; else from the
    /// one after its adoption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_height: Option<u64>,
    /// The block time at which it can be decided no more.
    #[schema(format = DateTime)]
    pub expires: String,
    /// Why.
    pub reason: String,
    /// SHA-256 of its body, which ballots repeat.
    pub digest: String,
    /// Who is for it.
    pub approvals: Vec<String>,
    /// Who is against it.
    pub rejections: Vec<String>,
    /// How many have to be for it, by who governed at the height.
    pub quorum: usize,
    /// What has become of it.
    #[serde(flatten)]
    pub status: ProposalStatusView,
}

/// What has become of a proposal, by `status`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposalStatus)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum ProposalStatusView {
    /// It can be decided.
    Open,
    /// Its time is over, undecided.
    Expired,
    /// It takes effect.
    Adopted {
        /// The entry that decided.
        by: u64,
        /// The first height at which all of it holds: that of the decision for roles, which act with
        /// the entry `by`; for members, who come and go with that entry too, the height from which
        /// their keys count, or do no more.
        from: u64,
    },
    /// Too many are against it.
    Rejected {
        /// The entry that decided.
        by: u64,
    },
    /// Its proposer took it back.
    Withdrawn {
        /// The entry that says so.
        by: u64,
    },
}

impl From<&ProposalsAnswer> for ProposalList {
    fn from(answer: &ProposalsAnswer) -> Self {
        Self {
            height: answer.standing.height.0,
            governors: answer.governors.iter().map(ToString::to_string).collect(),
            quorum: governing_quorum(answer.governors.len()),
            proposals: ProposalView::all(answer).collect(),
            next: answer.next.map(|index| index.0),
        }
    }
}

impl ProposalAnswerView {
    /// The proposal of an answer that has one.
    pub fn new(answer: &ProposalsAnswer) -> Option<Self> {
        ProposalView::all(answer).next().map(|proposal| Self {
            height: answer.standing.height.0,
            proposal,
        })
    }
}

impl ProposalView {
    fn all(answer: &ProposalsAnswer) -> impl Iterator<Item = Self> + '_ {
        let (governors, now) = (&answer.governors, answer.standing.time);
        let view = move |one: &GovernanceProposal| Self::new(one.index, &one.state, governors, now);
        answer.proposals.iter().map(view)
    }

    /// A proposal, at a time, by who governed then.
    fn new(
        index: LogIndex,
        proposal: &ProposalState,
        governors: &[MemberId],
        now: Timestamp,
    ) -> Self {
        let names = |members: &[MemberId]| members.iter().map(ToString::to_string).collect();
        Self {
            index: index.0,
            proposer: proposal.proposer.to_string(),
            change: ProposedChangeView::from(&proposal.change),
            from_height: proposal.from_height.map(|height| height.0),
            expires: proposal.expires.to_string(),
            reason: proposal.reason.clone(),
            digest: proposal.digest.to_string(),
            approvals: names(&proposal.approvals),
            rejections: names(&proposal.rejections),
            quorum: governing_quorum(governors.len()),
            status: match proposal.status {
                ProposalStatus::Open if proposal.expires <= now => ProposalStatusView::Expired,
                ProposalStatus::Open => ProposalStatusView::Open,
                ProposalStatus::Adopted { by, from } => ProposalStatusView::Adopted {
                    by: by.0,
                    from: from.0,
                },
                ProposalStatus::Rejected { by } => ProposalStatusView::Rejected { by: by.0 },
                ProposalStatus::Withdrawn { by } => ProposalStatusView::Withdrawn { by: by.0 },
            },
        }
    }
}
