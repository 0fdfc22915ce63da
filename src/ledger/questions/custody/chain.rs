//! How a thing changed hands: each proposal, and what became of it.

use super::steps::Steps;
use crate::contracts::{CustodyDecision, CustodyEnd, IndexKey, OpenCustody, read_open_custody};
use crate::ledger::questions::page::{check_begin, check_item};
use crate::ledger::questions::signed::{Signed, submitted};
use crate::ledger::questions::{Events, QuestionError};
use crate::records::BodyError;
use crate::records::custody::{self, CustodyEvidence, CustodyProposal};
use crate::types::{
    Height, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space, Timestamp,
};

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How, and by which entry.
    pub decision: CustodyDecision,
    /// Who signed that; none for an expiry, which the ledger makes by itself.
    pub signed: Option<Signed>,
    /// Why, if that says so.
    pub reason: Option<Box<str>>,
    /// Where, if that says so.
    pub place: Option<Box<str>>,
    /// What goes with it.
    pub evidence: Option<CustodyEvidence>,
}

/// A link in the chain of custody of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLink {
    /// Its number, from 1.
    pub number: u64,
    /// Who claimed or proposed.
    pub signed: Signed,
    /// Who would hand it over; none for a claim.
    pub from: Option<MemberId>,
    /// Who claimed it, or was to hold it.
    pub to: MemberId,
    /// Who held it afterwards.
    pub holder: MemberId,
    /// Until when the proposal could be accepted; none for a claim.
    pub expires: Option<Timestamp>,
    /// Where.
    pub place: Option<Box<str>>,
    /// What it points to.
    pub evidence: Option<CustodyEvidence>,
    /// What became of the proposal; none if it was open, and for a claim.
    pub ended: Option<Ended>,
}

/// A page of the chain of custody of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The height that it is of.
    pub height: Height,
    /// The links of the page, the first first.
    pub links: Vec<ChainLink>,
    /// How many links stand before the next page; none on the last one.
    pub next: Option<u64>,
}

/// A proposal to hand things over, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalAnswer {
    /// Who proposed.
    pub signed: Signed,
    /// What it says.
    pub proposal: CustodyProposal,
    /// What became of it; none if it is open.
    pub ended: Option<Ended>,
}

impl Events<'_> {
    /// A page of the chain of custody of a thing; none if nobody has claimed it.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins behind the end of the chain.
    pub fn chain_of_custody(
        &self,
        thing: &str,
        skip: u64,
        count: usize,
    ) -> Result<Option<Chain>, QuestionError> {
        let Some(steps) = Steps::of(self, thing, None)? else {
            return Ok(None);
        };
        check_begin(skip, steps.last)?;
        let end = steps.last.min(skip.saturating_add(count as u64));
        let mut links = Vec::new();
        for number in skip.saturating_add(1)..=end {
            links.push(self.link(&steps, number)?);
        }
        Ok(Some(Chain {
            height: self.height(),
            links,
            next: (end < steps.last).then_some(end),
        }))
    }

    fn link(&self, steps: &Steps<'_, '_>, number: u64) -> Result<ChainLink, QuestionError> {
        let step = steps.get(number)?;
        let (signed, record) = submitted(self.view, step.index)?;
        let Some(from) = step.from else {
            let claim = custody::check_claim(&record.body).map_err(|e| damaged(step.index, &e))?;
            return Ok(ChainLink {
                number,
                signed,
                from: None,
                holder: step.to.clone(),
                to: step.to,
                expires: None,
                place: claim.place,
                evidence: claim.evidence,
                ended: None,
            });
        };
        let proposal =
            custody::check_proposal(&record.body).map_err(|error| damaged(step.index, &error))?;
        let decision = steps.decision(step.index)?;
        let ended = decision.map(|decision| self.ended(decision)).transpose()?;
        let is_accepted = decision.is_some_and(|decision| decision.end == CustodyEnd::Accepted);
        Ok(ChainLink {
            number,
            signed,
            holder: if is_accepted {
                step.to.clone()
            } else {
                from.clone()
            },
            from: Some(from),
            to: step.to,
            expires: Some(proposal.expires),
            place: proposal.place,
            evidence: proposal.evidence,
            ended,
        })
    }

    fn ended(&self, decision: CustodyDecision) -> Result<Ended, QuestionError> {
        let mut ended = Ended {
            decision,
            signed: None,
            reason: None,
            place: None,
            evidence: None,
        };
        if decision.end == CustodyEnd::Expired {
            return Ok(ended);
        }
        let (signed, record) = submitted(self.view, decision.index)?;
        let bad = |error: BodyError| damaged(decision.index, &error);
        let answer = match decision.end {
            CustodyEnd::Accepted => custody::check_acceptance(&record.body),
            CustodyEnd::Rejected => custody::check_rejection(&record.body),
            _ => custody::check_withdrawal(&record.body),
        }
        .map_err(bad)?;
        ended.signed = Some(signed);
        ended.reason = answer.reason;
        ended.place = answer.place;
        ended.evidence = answer.evidence;
        Ok(ended)
    }

    /// A proposal by its entry, and what had become of it at the height; none if there is no such
    /// proposal.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn custody_proposal(
        &self,
        index: LogIndex,
    ) -> Result<Option<ProposalAnswer>, QuestionError> {
        let decision = self.custody_decision(index, None)?;
        let is_open = read_open_custody(self.view, index)?.is_some();
        let was_ended = self
            .view
            .get(Space::Index, &IndexKey::CustodyDecision(index).to_bytes())?;
        if index.0 >= self.log_size || (!is_open && was_ended.is_none()) {
            return Ok(None);
        }
        let (signed, record) = submitted(self.view, index)?;
        let proposal =
            custody::check_proposal(&record.body).map_err(|error| damaged(index, &error))?;
        Ok(Some(ProposalAnswer {
            signed,
            proposal,
            ended: decision.map(|decision| self.ended(decision)).transpose()?,
        }))
    }
}

/// Up to `count` open proposals that a member made or is to answer, after an entry, in the order of the
/// log. The proposal of that entry may have come to its end meanwhile.
///
/// # Errors
/// [`QuestionError`] if the store fails, or the entry is no proposal that the member made or was to answer.
pub fn open_custody_of(
    view: &dyn LedgerView,
    member: &MemberId,
    after: Option<LogIndex>,
    count: usize,
) -> Result<Vec<(LogIndex, OpenCustody)>, QuestionError> {
    let place = |proposal| IndexKey::OpenCustody { member, proposal }.to_bytes();
    if let Some(after) = after {
        let concerns = view.get(Space::Index, &place(after))?.is_some()
            || has_ended_with(view, member, after)?;
        check_item(concerns, || format!("entry {after}"))?;
    }
    let first = place(after.map_or(LogIndex(0), |after| after.plus(1)));
    let end = place(LogIndex(u64::MAX));
    let found = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, count)?;
    let mut open = Vec::with_capacity(found.len());
    for (key, _) in &found {
        let missing = || ReadError::new("the index of open proposals is damaged");
        let index = IndexKey::index(key).ok_or_else(missing)?;
        let proposal = read_open_custody(view, index)?.ok_or_else(missing)?;
        open.push((index, proposal));
    }
    Ok(open)
}

/// Whether an entry is a proposal that has come to its end, and that a member made or was to answer.
fn has_ended_with(
    view: &dyn LedgerView,
    member: &MemberId,
    index: LogIndex,
) -> Result<bool, QuestionError> {
    let decision = IndexKey::CustodyDecision(index).to_bytes();
    if view.get(Space::Index, &decision)?.is_none() {
        return Ok(false);
    }
    let (signed, record) = submitted(view, index)?;
    let proposal = custody::check_proposal(&record.body).map_err(|error| damaged(index, &error))?;
    Ok(signed.member == *member || proposal.to == *member)
}

/// A body that was accepted and cannot be read again.
fn damaged(index: LogIndex, error: &BodyError) -> QuestionError {
    QuestionError::Read(ReadError::new(format!(
        "entry {index} cannot be read: {error}"
    )))
}
