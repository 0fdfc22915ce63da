//! Log entries.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::base64;
use super::evidence::OffenceView;
use crate::api::problem::Problem;
use crate::crypto::merkle::leaf_hash;
use crate::types::{Decode, Entry, EntryContent, LogIndex, Outcome, ReadError, Record};

/// An entry of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// Its position in the log, from 0.
    pub index: u64,
    /// The block that made it.
    pub height: u64,
    /// The time of that block.
    #[schema(format = DateTime)]
    pub time: String,
    /// SHA-256(0x00 ‖ canonical bytes): the leaf of the log's tree.
    pub leaf_hash: String,
    /// The canonical bytes, base64: what the leaf hash covers.
    pub canonical: String,
    /// What the entry holds.
    #[serde(flatten)]
    pub content: EntryContentView,
}

/// What an entry holds, by `type`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntryContent)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum EntryContentView {
    /// A record that a member submitted.
    Submitted(SubmittedView),
    /// A record that the ledger made by itself.
    Derived(DerivedView),
    /// Two conflicting statements by one validator.
    Evidence(OffenceView),
    /// The end of a block.
    Block(BlockEntryView),
}

/// A record that a member submitted, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubmittedEntry)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedView {
    /// Who submitted it.
    pub member: String,
    /// The key that signed the submission.
    pub key: String,
    /// The submission it came in.
    pub submission: String,
    /// Its place among the records of the submission, from 0.
    pub record_index: u32,
    /// What became of it.
    pub outcome: OutcomeView,
    /// The record.
    pub record: RecordView,
}

/// A record that the ledger made by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DerivedEntry)]
#[serde(rename_all = "camelCase")]
pub struct DerivedView {
    /// Digest of the height and the cause.
    pub source: String,
    /// The record.
    pub record: RecordView,
}

/// What a block leaves behind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockEntry)]
#[serde(rename_all = "camelCase")]
pub struct BlockEntryView {
    /// The digest of the block.
    pub block: String,
    /// The state after it.
    pub state_root: String,
    /// The validators who decided it.
    pub validator_set: String,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// Such as `epcis.event`.
    pub kind: String,
    /// The version of the kind's format.
    pub version: u16,
    /// The exact text of the body, as its author signed it; absent if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body as base64, only if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// The body as JSON, for convenience; absent if it is not JSON. Signatures and hashes are over
    /// `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub content: Option<Box<RawValue>>,
}

/// What became of a record, by `result`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Outcome)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum OutcomeView {
    /// It took effect.
    Accepted,
    /// It broke a rule, and had no effect.
    Rejected {
        /// Stable, for programs.
        code: String,
        /// For people.
        reason: String,
    },
    /// The same record by the same member is in the log already.
    Duplicate {
        /// The index of the first one.
        of: u64,
    },
}

impl EntryView {
    /// The view of an entry's canonical bytes.
    ///
    /// # Errors
    /// [`ProblemKind::StoreFailed`](crate::api::ProblemKind::StoreFailed) if the store gave bytes
    /// that are no entry.
    pub fn new(index: LogIndex, bytes: &[u8]) -> Result<Self, Problem> {
        let entry = decode_entry(bytes)?;
        Ok(Self {
            index: index.0,
            height: entry.height.0,
            time: entry.time.to_string(),
            leaf_hash: leaf_hash(bytes).to_string(),
            canonical: base64(bytes),
            content: EntryContentView::from(entry.content),
        })
    }
}

/// Reads an entry that the store gave.
///
/// # Errors
/// [`ProblemKind::StoreFailed`](crate::api::ProblemKind::StoreFailed).
fn decode_entry(bytes: &[u8]) -> Result<Entry, Problem> {
    Entry::from_bytes(bytes).map_err(|error| {
        Problem::from(ReadError::new(format!(
            "an entry of the log cannot be read: {error}"
        )))
    })
}

impl From<EntryContent> for EntryContentView {
    fn from(content: EntryContent) -> Self {
        match content {
            EntryContent::Submitted(submitted) => Self::Submitted(SubmittedView {
                member: submitted.member.to_string(),
                key: submitted.key.to_string(),
                submission: submitted.submission.to_string(),
                record_index: submitted.record_index,
                outcome: OutcomeView::from(&submitted.outcome),
                record: RecordView::from(&submitted.record),
            }),
            EntryContent::Derived { source, record } => Self::Derived(DerivedView {
                source: source.to_string(),
                record: RecordView::from(&record),
            }),
            EntryContent::Evidence(evidence) => Self::Evidence(OffenceView::from(&*evidence)),
            EntryContent::Block(block) => Self::Block(BlockEntryView {
                block: block.block.to_string(),
                state_root: block.state_root.to_string(),
                validator_set: block.validator_set.to_string(),
            }),
        }
    }
}

impl From<&Record> for RecordView {
    fn from(record: &Record) -> Self {
        let body = std::str::from_utf8(&record.body).ok().map(str::to_owned);
        let content = body
            .as_ref()
            .and_then(|text| RawValue::from_string(text.trim().to_owned()).ok());
        Self {
            kind: record.kind.to_string(),
            version: record.version,
            body_base64: body.is_none().then(|| base64(&record.body)),
            body,
            content,
        }
    }
}

impl From<&Outcome> for OutcomeView {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::Rejected(rejection) => Self::Rejected {
                code: rejection.code().to_owned(),
                reason: rejection.reason().to_owned(),
            },
            Outcome::Duplicate { of } => Self::Duplicate { of: of.0 },
        }
    }
}
