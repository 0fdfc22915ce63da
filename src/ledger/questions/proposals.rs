//! What is proposed to the governing members, and what has become of it.

use super::QuestionError;
use super::page::check_item;
use super::standing::Standing;
use crate::contracts::{
    Governors, IndexKey, ProposalState, ProposalStatus, ProposalStep, read_governors,
    read_open_proposals, read_proposal,
};
use crate::types::{Decode, Height, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space};

/// How many proposals of any status one page of an earlier height goes through.
pub const MAX_EXAMINED_PROPOSALS: usize = 1_024;

/// A proposal at a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GovernanceProposal {
    /// Its entry.
    pub index: LogIndex,
    /// The proposal as it was.
    pub state: ProposalState,
}

/// A page of the proposals that could be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalsAnswer {
    /// The ledger as it stood.
    pub standing: Standing,
    /// Who governed, in order of their ids.
    pub governors: Vec<MemberId>,
    /// In the order of the log.
    pub proposals: Vec<GovernanceProposal>,
    /// The entry after which the next page begins; it need not be one of the proposals.
    pub next: Option<LogIndex>,
}

/// A proposal by its entry as it is, or was at a height, and who governed; none if the entry was no proposal.
///
/// # Errors
/// [`QuestionError`] if the store fails or the height lies ahead.
pub fn ask_proposal(
    view: &dyn LedgerView,
    index: LogIndex,
    as_of: Option<Height>,
) -> Result<Option<ProposalsAnswer>, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let Some(state) = proposal_at(view, index, &standing)? else {
        return Ok(None);
    };
    Ok(Some(ProposalsAnswer {
        standing,
        governors: governors_at(view, &standing)?,
        proposals: vec![GovernanceProposal { index, state }],
        next: None,
    }))
}

/// Up to `count` proposals that can be decided, or could at a height, after an entry. A page of an earlier height may
/// have fewer, and there are more all the same: it ends after [`MAX_EXAMINED_PROPOSALS`].
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or `after` is no proposal.
pub fn ask_proposals(
    view: &dyn LedgerView,
    as_of: Option<Height>,
    after: Option<LogIndex>,
    count: usize,
) -> Result<ProposalsAnswer, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    if let Some(after) = after {
        let is_proposal = read_proposal(view, after)?.is_some();
        check_item(is_proposal, || format!("entry {after}"))?;
    }
    let mut answer = ProposalsAnswer {
        standing,
        governors: governors_at(view, &standing)?,
        proposals: Vec::new(),
        next: None,
    };
    let mut open = match is_now(view, &standing) {
        true => Some(read_open_proposals(view)?.into_iter()),
        false => None,
    };
    let mut last = after;
    for _ in 0..MAX_EXAMINED_PROPOSALS {
        let index = match &mut open {
            Some(open) => open.find(|index| after.is_none_or(|after| *index > after)),
            None => next_proposal(view, last, &standing)?,
        };
        let Some(index) = index else {
            return Ok(answer);
        };
        let state = proposal_at(view, index, &standing)?;
        let can_be_decided = |state: &ProposalState| {
            state.status == ProposalStatus::Open && state.expires > standing.time
        };
        if let Some(state) = state.filter(can_be_decided) {
            if answer.proposals.len() == count {
                // One more than fits: the page ends before it.
                answer.next = last;
                return Ok(answer);
            }
            answer.proposals.push(GovernanceProposal { index, state });
        }
        last = Some(index);
    }
    answer.next = last;
    Ok(answer)
}

fn is_now(view: &dyn LedgerView, standing: &Standing) -> bool {
    standing.log_size == view.tip().log_size
}

/// The first proposal after an entry that there was then.
fn next_proposal(
    view: &dyn LedgerView,
    after: Option<LogIndex>,
    standing: &Standing,
) -> Result<Option<LogIndex>, QuestionError> {
    let row = |proposal| {
        let index = LogIndex(0);
        IndexKey::ProposalStep { proposal, index }.to_bytes()
    };
    let first = row(after.map_or(LogIndex(0), LogIndex::next));
    let end = row(LogIndex(standing.log_size));
    let rows = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, 1)?;
    let Some((key, _)) = rows.first() else {
        return Ok(None);
    };
    let damaged = || ReadError::new("the index of proposals is damaged");
    let proposal = key.split_last_chunk::<8>().map(|(proposal, _)| proposal);
    let index = proposal.and_then(IndexKey::index).ok_or_else(damaged)?;
    Ok(Some(index))
}

/// A proposal as the last entry left it that there was then.
fn proposal_at(
    view: &dyn LedgerView,
    proposal: LogIndex,
    standing: &Standing,
) -> Result<Option<ProposalState>, QuestionError> {
    if !standing.has(proposal) {
        return Ok(None);
    }
    let Some(state) = read_proposal(view, proposal)? else {
        return Ok(None);
    };
    if is_now(view, standing) {
        return Ok(Some(state));
    }
    let row = |index| IndexKey::ProposalStep { proposal, index }.to_bytes();
    let (first, end) = (row(LogIndex(0)), row(LogIndex(standing.log_size)));
    let rows = view.scan(Space::Index, &first, &end, ScanOrder::Descending, 1)?;
    let missing = || ReadError::new(format!("the steps of proposal {proposal} are missing"));
    let (_, step) = rows.first().ok_or_else(missing)?;
    Ok(Some(state.at(ProposalStep::from_bytes(step)?)))
}

/// Who governed.
fn governors_at(
    view: &dyn LedgerView,
    standing: &Standing,
) -> Result<Vec<MemberId>, QuestionError> {
    if is_now(view, standing) {
        return Ok(read_governors(view)?);
    }
    let row = |height| {
        let index = LogIndex(0);
        IndexKey::Governors { height, index }.to_bytes()
    };
    let (first, end) = (row(Height::GENESIS), row(standing.height.next()));
    let rows = view.scan(Space::Index, &first, &end, ScanOrder::Descending, 1)?;
    Ok(match rows.first() {
        Some((_, value)) => Governors::from_bytes(value)?.0,
        None => Vec::new(),
    })
}
