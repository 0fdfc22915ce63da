//! What nodes answer with, as far as commands read it. Fields that are not here are ignored: a newer
//! node may say more.

use serde::{Deserialize, Serialize};

use crate::cli::terminal_text::plain;
use crate::contracts::way_out;
use crate::crypto::Sha256Digest;
use crate::types::{LedgerId, RecordKind, SubmissionId};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum OutcomeReport {
    /// It took effect.
    Accepted,
    /// It took effect, and something about it wants looking at.
    Flagged {
        /// What.
        flags: Vec<FlagReport>,
    },
    /// It broke a rule.
    Rejected {
        /// Stable, for programs.
        code: String,
        /// For people.
        reason: String,
    },
    /// It is in the log already.
    Duplicate {
        /// The index of the first one.
        of: u64,
    },
}

impl OutcomeReport {
    /// Whether the record is in the log already, and did nothing a second time.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }

    /// The outcome for people, in one line.
    pub fn text(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Flagged { flags } => {
                let flags: Vec<String> = flags
                    .iter()
                    .map(|flag| format!("{}: {}", plain(&flag.code), plain(&flag.reason)))
                    .collect();
                format!("accepted, flagged: {}", flags.join("; "))
            }
            Self::Rejected { code, reason } => {
                format!("rejected: {}: {}", plain(code), plain(reason))
            }
            Self::Duplicate { of } => format!("duplicate of entry {of}"),
        }
    }

    /// The outcome for a cell of a table: with its codes, and without the reasons.
    pub fn short_text(&self) -> String {
        match self {
            Self::Flagged { flags } => {
                let codes: Vec<_> = flags.iter().map(|flag| flag.code.as_str()).collect();
                format!("accepted, flagged: {}", codes.join(", "))
            }
            Self::Rejected { code, .. } => format!("rejected: {code}"),
            Self::Accepted | Self::Duplicate { .. } => self.text(),
        }
    }

    /// What helps with a record of a kind that was rejected.
    pub fn way_out(&self, kind: &RecordKind) -> Option<&'static str> {
        match self {
            Self::Rejected { code, .. } => way_out(code, kind),
            _ => None,
        }
    }
}

/// What wants looking at about an accepted record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagReport {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub reason: String,
}

/// The entry of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryReport {
    /// Its position in the log.
    pub index: u64,
    /// What became of the record.
    pub outcome: OutcomeReport,
}

/// Where a submission is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum SubmissionReport {
    /// The node has it.
    Pending {
        /// The submission id.
        id: SubmissionId,
    },
    /// It is on the ledger.
    Committed {
        /// The submission id.
        id: SubmissionId,
        /// The block that has it.
        height: u64,
        /// The entry of each record.
        entries: Vec<EntryReport>,
    },
}

/// The end of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TipReport {
    /// The last committed height.
    pub height: u64,
    /// The time of that block.
    pub time: String,
    /// How many entries the log has.
    pub log_size: u64,
    /// The root over them.
    pub log_root: String,
}

/// A node, as far as commands need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// The ledger.
    pub ledger: LedgerId,
    /// The ledger's name.
    pub ledger_name: String,
    /// The version of the program.
    pub version: String,
    /// Milliseconds since the node started.
    pub uptime_ms: u64,
    /// Whose node it is.
    pub member: String,
    /// Whether it can serve.
    pub ready: bool,
    /// Why it cannot.
    pub unready_reasons: Vec<String>,
    /// The height that is being decided.
    pub height: u64,
    /// The round of it.
    pub round: u32,
    /// The end of the committed ledger.
    pub tip: TipReport,
    /// The peers it is connected to.
    pub peers: Vec<serde_json::Value>,
}

/// A consistency proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsistencyReport {
    /// The smaller size.
    pub from: u64,
    /// The root at it.
    pub from_root: Sha256Digest,
    /// The larger size.
    pub to: u64,
    /// The root at it.
    pub to_root: Sha256Digest,
    /// The proof.
    pub hashes: Vec<Sha256Digest>,
}
