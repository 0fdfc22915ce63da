//! Custody as a node tells it.

use serde::{Deserialize, Serialize};

/// Who holds a thing.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustodyReport {
    pub(super) height: u64,
    pub(super) thing: String,
    pub(super) holder: Option<HolderReport>,
    pub(super) own: Option<HolderReport>,
    pub(super) own_disputed: bool,
    pub(super) class: bool,
    pub(super) containers: Vec<CarrierReport>,
    pub(super) more_containers: bool,
    pub(super) goes_along_with: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<EndReport>,
}

/// That it is used up or gone.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndReport {
    pub(super) time: String,
    pub(super) entries: Vec<u64>,
    pub(super) more_entries: bool,
}

/// Who holds it, and since when.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct HolderReport {
    pub(super) member: String,
    pub(super) since: u64,
    pub(super) time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) via: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proposed: Option<ProposedReport>,
}

/// That it may change hands.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ProposedReport {
    pub(super) index: u64,
    pub(super) to: String,
}

/// A container, and who holds it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CarrierReport {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uom: Option<String>,
    pub(super) kind: String,
    pub(super) since: String,
    pub(super) index: u64,
    pub(super) entries: Vec<u64>,
    pub(super) more_entries: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<HolderReport>,
    pub(super) disputed: bool,
}

/// A page of a chain of custody, or all of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct ChainReport {
    pub(super) height: u64,
    pub(super) thing: String,
    pub(super) links: Vec<LinkReport>,
    #[serde(skip_serializing)]
    pub(super) next: Option<String>,
}

/// A claim, or a proposal to hand a thing over.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkReport {
    pub(super) number: u64,
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    pub(super) to: String,
    pub(super) holder: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<EvidenceReport>,
    pub(super) signed: SignedReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<EndedReport>,
}

/// A document or an entry.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct EvidenceReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<u64>,
}

/// Who signed a record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct SignedReport {
    pub(super) index: u64,
    pub(super) height: u64,
    pub(super) time: String,
    pub(super) member: String,
    pub(super) key: String,
    pub(super) submission: String,
    pub(super) proof: String,
}

/// How a proposal ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct EndedReport {
    pub(super) index: u64,
    pub(super) height: u64,
    pub(super) time: String,
    pub(super) proof: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signed: Option<SignedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<EvidenceReport>,
}

/// A page of open proposals.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct OpenReport {
    pub(super) height: u64,
    pub(super) member: String,
    pub(super) proposals: Vec<OpenProposalReport>,
    #[serde(skip_serializing)]
    pub(super) next: Option<u64>,
}

/// An open proposal.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenProposalReport {
    pub(super) index: u64,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) thing_count: usize,
    pub(super) things: Vec<String>,
    pub(super) expires: String,
    pub(super) digest: String,
}

/// A proposal, and what became of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProposalReport {
    pub(super) height: u64,
    pub(super) index: u64,
    pub(super) status: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) things: Vec<String>,
    pub(super) expires: String,
    pub(super) digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<EndedReport>,
}
