//! Proposals to the governing members.

use serde::Serialize;
use utoipa::ToSchema;

use super::proposed_change::ProposedChangeView;
use crate::contracts::{ProposalState, ProposalStatus, governing_quorum};
use crate::types::{LogIndex, MemberId, Timestamp};

/// The proposals that can be decided.
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
    /// How many have to be for it, by who governs now.
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

impl ProposalView {
    /// A proposal, at a time, by who governs then.
    pub fn new(
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
