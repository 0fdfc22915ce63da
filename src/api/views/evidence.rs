//! Evidence against validators.

use serde::Serialize;
use utoipa::ToSchema;

use super::base64;
use crate::types::{Encode, Evidence, EvidenceRecord, Step};

/// A page of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidencePage {
    /// The height that the answer is of.
    pub height: u64,
    /// In the order of the log.
    pub evidence: Vec<EvidenceView>,
    /// The `from` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Evidence on the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// Its entry.
    pub index: u64,
    /// The block that has it.
    pub height: u64,
    /// The offence.
    #[serde(flatten)]
    pub offence: OffenceView,
}

/// Two statements by one validator that an honest one never signs both.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offence)]
#[serde(rename_all = "camelCase")]
pub struct OffenceView {
    /// `doubleVote` or `doubleProposal`.
    #[schema(example = "doubleVote")]
    pub offence: &'static str,
    /// The consensus key of the accused.
    pub offender: String,
    /// The height that the statements are about.
    pub offence_height: u64,
    /// The round of it.
    pub offence_round: u32,
    /// `propose`, `prevote` or `precommit`.
    #[schema(example = "prevote")]
    pub step: &'static str,
    /// Both signed statements in canonical bytes, base64.
    pub statements: String,
}

impl From<&Evidence> for OffenceView {
    fn from(evidence: &Evidence) -> Self {
        let (height, round, step) = evidence.slot();
        Self {
            offence: match evidence {
                Evidence::DoubleVote(..) => "doubleVote",
                Evidence::DoubleProposal(..) => "doubleProposal",
            },
            offender: evidence.offender().to_string(),
            offence_height: height.0,
            offence_round: round.0,
            step: match step {
                Step::Propose => "propose",
                Step::Prevote => "prevote",
                Step::Precommit => "precommit",
            },
            statements: base64(&evidence.to_bytes()),
        }
    }
}

impl From<&EvidenceRecord> for EvidenceView {
    fn from(record: &EvidenceRecord) -> Self {
        Self {
            index: record.index.0,
            height: record.height.0,
            offence: OffenceView::from(&record.evidence),
        }
    }
}
