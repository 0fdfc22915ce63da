//! Who holds things, and how they changed hands.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ContainmentView, EndView};
use crate::contracts::OpenCustody;
use crate::ledger::questions::{
    Chain, ChainLink, CustodyAnswer, Ended, HeldContainer, Holding, OpenCustodyAnswer,
    ProposalAnswer, Signed,
};
use crate::records::custody::CustodyEvidence;
use crate::types::{LogIndex, MemberId};

/// Things of an open proposal that a list shows; the proposal itself has all.
const MAX_LISTED_THINGS: usize = 10;

/// Who holds a thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Custody)]
#[serde(rename_all = "camelCase")]
pub struct CustodyView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// Who holds it. A lot is held as a whole, by its own name. A single object goes along with the containers that its
    /// holder put it in, and stays with who got it so: of it and of those, the one that changed hands last says so. Absent if nobody has claimed any
    /// of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// Who holds it by its own name; absent if nobody has claimed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<HolderView>,
    /// Whether that member claimed it, or was handed it over by its own name, when another had got it with a container: that
    /// moves nothing.
    pub own_disputed: bool,
    /// Whether it is a class, such as a lot, of which some is in containers.
    pub class: bool,
    /// The containers that it is in by the events: of a single object the innermost first, each in the next; of a class
    /// every one that there is some of it in, in order of the identifiers, a thousand at most.
    pub containers: Vec<CarrierView>,
    /// Whether a class is in more containers than these.
    pub more_containers: bool,
    /// What a single object goes along with, the innermost first: what its holder put it in, and where holders put that.
    pub goes_along_with: Vec<String>,
    /// How a single object came to its end by the events, if it is used up or gone: who holds it is told all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndView>,
}

/// Who holds a thing, and since when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Holder)]
#[serde(rename_all = "camelCase")]
pub struct HolderView {
    /// The member.
    pub member: String,
    /// The entry of the claim or acceptance that says so.
    pub since: u64,
    /// The time of its block.
    #[schema(format = DateTime)]
    pub time: String,
    /// The container that was handed over, if it is held with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The open proposal to hand it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ProposedView>,
}

/// That a thing may change hands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProposedCustody)]
pub struct ProposedView {
    /// The proposal's entry.
    pub index: u64,
    /// The member that is to answer.
    pub to: String,
}

/// A container, and who holds it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Carrier)]
pub struct CarrierView {
    /// The container.
    #[serde(flatten)]
    pub containment: ContainmentView,
    /// Who holds the container, and with it what of a class is in there: by its own name, or, of the containers of a
    /// class, with what it is in itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderView>,
    /// Whether that says nothing of who holds the thing, for somebody else than its holder put it in there, or claimed
    /// the container with it.
    pub disputed: bool,
}

/// A page of the chain of custody of a thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyChain)]
#[serde(rename_all = "camelCase")]
pub struct CustodyChainView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked for, in its canonical form.
    pub thing: String,
    /// The claim and each proposal since, disputed ones included, in order.
    pub links: Vec<CustodyLinkView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A claim, or a proposal to hand a thing over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyLink)]
#[serde(rename_all = "camelCase")]
pub struct CustodyLinkView {
    /// Its number, from 1.
    pub number: u64,
    /// claimed, open, accepted, rejected, withdrawn or expired.
    #[schema(example = "accepted")]
    pub status: &'static str,
    /// Who held it and would hand it over; absent for a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Who claimed it, or was to hold it.
    pub to: String,
    /// Who held it afterwards.
    pub holder: String,
    /// Until when it could be accepted; absent for a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CustodyEvidenceView>,
    /// Who claimed or proposed, with the signature's place.
    pub signed: SignedView,
    /// What became of the proposal; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedView>,
}

/// What a record points to: a document, or an entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyEvidence)]
pub struct CustodyEvidenceView {
    /// SHA-256 of the document's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

/// Who signed a record, and where the signature and the proof are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signed)]
#[serde(rename_all = "camelCase")]
pub struct SignedView {
    /// The record's entry.
    pub index: u64,
    /// The block that has it.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
    /// Who submitted it.
    pub member: String,
    /// The key that signed.
    pub key: String,
    /// The submission that the signature covers.
    pub submission: String,
    /// Where the proof is, with the signature.
    #[schema(example = "/v1/records/7/proof")]
    pub proof: String,
}

/// How a proposal ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyEnd)]
#[serde(rename_all = "camelCase")]
pub struct EndedView {
    /// The entry that ended it.
    pub index: u64,
    /// The block that has it.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
    /// Where the proof is.
    #[schema(example = "/v1/records/7/proof")]
    pub proof: String,
    /// Who answered; absent if nobody did and the ledger ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignedView>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CustodyEvidenceView>,
}

/// A page of the open proposals that a member made or is to answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenCustodyPage)]
#[serde(rename_all = "camelCase")]
pub struct OpenCustodyPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The member.
    pub member: String,
    /// The proposals, in the order of the log.
    pub proposals: Vec<OpenCustodyView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// An open proposal to hand things over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenCustody)]
#[serde(rename_all = "camelCase")]
pub struct OpenCustodyView {
    /// Its entry.
    pub index: u64,
    /// Who holds the things.
    pub from: String,
    /// Who is to answer.
    pub to: String,
    /// How many things it names.
    pub thing_count: usize,
    /// The first of them.
    pub things: Vec<String>,
    /// The block time from which it can be accepted no more.
    #[schema(format = DateTime)]
    pub expires: String,
    /// SHA-256 of its body, which an answer repeats.
    pub digest: String,
}

/// A proposal to hand things over, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustodyProposal)]
#[serde(rename_all = "camelCase")]
pub struct CustodyProposalView {
    /// The height that the answer is of.
    pub height: u64,
    /// Its entry.
    pub index: u64,
    /// open, accepted, rejected, withdrawn or expired.
    #[schema(example = "open")]
    pub status: &'static str,
    /// Who proposed.
    pub from: String,
    /// Who is to hold the things.
    pub to: String,
    /// The things, canonical.
    pub things: Vec<String>,
    /// The block time from which it can be accepted no more.
    #[schema(format = DateTime)]
    pub expires: String,
    /// SHA-256 of its body, which an answer repeats.
    pub digest: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CustodyEvidenceView>,
    /// Who proposed, with the signature's place.
    pub signed: SignedView,
    /// What became of it; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedView>,
}

impl CustodyView {
    /// An answer about a thing.
    pub fn new(thing: &str, answer: &CustodyAnswer) -> Self {
        let view = |held: &Holding| HolderView::new(thing, held);
        Self {
            height: answer.height.0,
            thing: thing.to_owned(),
            holder: answer.present.as_ref().map(view),
            own: answer.own.as_ref().map(view),
            own_disputed: answer.is_own_disputed,
            containers: answer.containers.iter().map(CarrierView::from).collect(),
            class: answer.is_class,
            more_containers: answer.has_more_containers,
            goes_along_with: answer
                .goes_along_with
                .iter()
                .map(ToString::to_string)
                .collect(),
            ended: answer.ended.clone().map(EndView::from),
        }
    }
}

impl From<&HeldContainer> for CarrierView {
    fn from(container: &HeldContainer) -> Self {
        let name = &container.containment.parent;
        Self {
            containment: ContainmentView::from(&container.containment),
            holder: container
                .held
                .as_ref()
                .map(|held| HolderView::new(name, held)),
            disputed: container.is_disputed,
        }
    }
}

impl HolderView {
    /// How a thing is held, by itself or with a container.
    pub fn new(thing: &str, held: &Holding) -> Self {
        Self {
            member: held.holder.to_string(),
            since: held.since.0,
            time: held.time.to_string(),
            via: (*held.thing != *thing).then(|| held.thing.to_string()),
            proposed: held.proposed.as_ref().map(|(index, to)| ProposedView {
                index: index.0,
                to: to.to_string(),
            }),
        }
    }
}

impl CustodyChainView {
    /// A page of the chain of a thing.
    pub fn new(thing: &str, chain: &Chain, next: Option<String>) -> Self {
        Self {
            height: chain.height.0,
            thing: thing.to_owned(),
            links: chain.links.iter().map(CustodyLinkView::from).collect(),
            next,
        }
    }
}

/// The word for how a proposal ended, or that it is open.
fn status(ended: Option<&Ended>) -> &'static str {
    ended.map_or("open", |ended| ended.decision.end.as_str())
}

/// Where the proof of an entry is.
pub(super) fn proof(index: LogIndex) -> String {
    format!("/v1/records/{index}/proof")
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

impl From<&ChainLink> for CustodyLinkView {
    fn from(link: &ChainLink) -> Self {
        Self {
            number: link.number,
            status: match link.from {
                None => "claimed",
                Some(_) => status(link.ended.as_ref()),
            },
            from: link.from.as_ref().map(ToString::to_string),
            to: link.to.to_string(),
            holder: link.holder.to_string(),
            expires: link.expires.map(|expires| expires.to_string()),
            place: text(link.place.as_deref()),
            evidence: link.evidence.map(CustodyEvidenceView::from),
            signed: SignedView::from(&link.signed),
            ended: link.ended.as_ref().map(EndedView::from),
        }
    }
}

impl From<CustodyEvidence> for CustodyEvidenceView {
    fn from(evidence: CustodyEvidence) -> Self {
        let (document, entry) = match evidence {
            CustodyEvidence::Document(digest) => (Some(digest.to_string()), None),
            CustodyEvidence::Entry(index) => (None, Some(index.0)),
        };
        Self { document, entry }
    }
}

impl From<&Signed> for SignedView {
    fn from(signed: &Signed) -> Self {
        Self {
            index: signed.index.0,
            height: signed.height.0,
            time: signed.time.to_string(),
            member: signed.member.to_string(),
            key: signed.key.to_string(),
            submission: signed.submission.to_string(),
            proof: proof(signed.index),
        }
    }
}

impl From<&Ended> for EndedView {
    fn from(ended: &Ended) -> Self {
        Self {
            index: ended.decision.index.0,
            height: ended.decision.height.0,
            time: ended.decision.time.to_string(),
            proof: proof(ended.decision.index),
            signed: ended.signed.as_ref().map(SignedView::from),
            reason: text(ended.reason.as_deref()),
            place: text(ended.place.as_deref()),
            evidence: ended.evidence.map(CustodyEvidenceView::from),
        }
    }
}

impl OpenCustodyPage {
    /// An answer, for its member.
    pub fn new(member: &MemberId, answer: &OpenCustodyAnswer) -> Self {
        let proposals = answer.proposals.iter();
        Self {
            height: answer.height.0,
            member: member.to_string(),
            proposals: proposals
                .map(|(index, open)| OpenCustodyView::new(*index, open))
                .collect(),
            next: answer.next.map(|index| index.0),
        }
    }
}

impl OpenCustodyView {
    /// An open proposal, by its entry.
    fn new(index: LogIndex, open: &OpenCustody) -> Self {
        let listed = open.things.iter().take(MAX_LISTED_THINGS);
        Self {
            index: index.0,
            from: open.from.to_string(),
            to: open.to.to_string(),
            thing_count: open.things.len(),
            things: listed.map(ToString::to_string).collect(),
            expires: open.expires.to_string(),
            digest: open.digest.to_string(),
        }
    }
}

impl CustodyProposalView {
    /// A proposal, as of a height.
    pub fn new(height: u64, answer: &ProposalAnswer) -> Self {
        let proposal = &answer.proposal;
        Self {
            height,
            index: answer.signed.index.0,
            status: status(answer.ended.as_ref()),
            from: answer.signed.member.to_string(),
            to: proposal.to.to_string(),
            things: proposal.things.iter().map(ToString::to_string).collect(),
            expires: proposal.expires.to_string(),
            digest: proposal.digest.to_string(),
            place: text(proposal.place.as_deref()),
            evidence: proposal.evidence.map(CustodyEvidenceView::from),
            signed: SignedView::from(&answer.signed),
            ended: answer.ended.as_ref().map(EndedView::from),
        }
    }
}
