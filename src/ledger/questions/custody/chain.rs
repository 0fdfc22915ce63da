//! How a thing changed hands: each proposal, and what became of it.

use super::steps::{Steps, Until};
use crate::contracts::{
    CustodyDecision, CustodyEnd, IndexKey, Listing, OpenCustody, read_open_custody,
};
use crate::ledger::questions::listing::{listed, was_listed};
use crate::ledger::questions::page::{check_begin, check_item};
use crate::ledger::questions::signed::{Signed, submitted};
use crate::ledger::questions::{Events, QuestionError, Standing};
use crate::records::BodyError;
use crate::records::custody::{self, CustodyEvidence, CustodyProposal};
use crate::types::{
    Decode, Encode, Height, LedgerView, LogIndex, MemberId, ReadError, Space, Timestamp,
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

/// A page of the open proposals of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCustodyAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The proposals, by their entries.
    pub proposals: Vec<(LogIndex, OpenCustody)>,
    /// The entry after which the next page begins; it need not be one of the proposals.
    pub next: Option<LogIndex>,
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
        let Some(steps) = Steps::of(self, thing, Until::default())? else {
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

    /// The block time from which a proposal can be accepted no more.
    pub(super) fn expiry(&self, proposal: LogIndex) -> Result<Timestamp, QuestionError> {
        let (_, record) = submitted(self.view, proposal)?;
        let proposal =
            custody::check_proposal(&record.body).map_err(|error| damaged(proposal, &error))?;
        Ok(proposal.expires)
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
        let decision = self.custody_decision(index, Until::default())?;
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

/// Most proposals on a page of an earlier height.
const MAX_ENDED_PROPOSALS: usize = 100;

/// Up to `count` proposals that a member made or is to answer and that are open, or were at a height, after an entry, in
/// the order of the log. A page of an earlier height may have fewer, and there are more all the same: it ends after
/// [`MAX_EXAMINED_LISTINGS`](crate::ledger::questions::MAX_EXAMINED_LISTINGS) that were open at some time.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or the entry is no proposal that the member made or was to
/// answer.
pub fn ask_open_custody(
    view: &dyn LedgerView,
    member: &MemberId,
    as_of: Option<Height>,
    after: Option<LogIndex>,
    count: usize,
) -> Result<OpenCustodyAnswer, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let listing = Listing::Custody(member);
    if let Some(after) = after {
        let was_listed = was_listed(view, listing, &after.to_bytes())?;
        check_item(was_listed, || format!("entry {after}"))?;
    }
    let after = after.map(|after| after.to_bytes());
    // What has ended meanwhile is read from its entry, which may lie in a batch of its own.
    let count = match standing.log_size == view.tip().log_size {
        true => count,
        false => count.min(MAX_ENDED_PROPOSALS),
    };
    let page = listed(view, listing, &standing, after.as_deref(), count)?;
    let mut proposals = Vec::with_capacity(page.items.len());
    for item in &page.items {
        let index = LogIndex::from_bytes(item)?;
        let proposal = match read_open_custody(view, index)? {
            Some(open) => open,
            None => ended_proposal(view, index)?,
        };
        proposals.push((index, proposal));
    }
    let next = page.next.as_deref().map(LogIndex::from_bytes);
    Ok(OpenCustodyAnswer {
        height: standing.height,
        proposals,
        next: next.transpose()?,
    })
}

/// A proposal that is open no more, as it was.
fn ended_proposal(view: &dyn LedgerView, index: LogIndex) -> Result<OpenCustody, QuestionError> {
    let (signed, record) = submitted(view, index)?;
    let proposal = custody::check_proposal(&record.body).map_err(|error| damaged(index, &error))?;
    Ok(OpenCustody {
        from: signed.member,
        to: proposal.to,
        things: proposal.things,
        expires: proposal.expires,
        digest: proposal.digest,
    })
}

/// A body that was accepted and cannot be read again.
fn damaged(index: LogIndex, error: &BodyError) -> QuestionError {
    QuestionError::Read(ReadError::new(format!(
        "entry {index} cannot be read: {error}"
    )))
}
