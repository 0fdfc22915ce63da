//! Why a request got no answer, or not the one asked for.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::MAX_ANSWER_BYTES;
use crate::cli::files::shell_word;

/// A problem as a node tells it (RFC 9457). Every field may be missing: a proxy may have answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProblemReport {
    /// `urn:waybill:problem:<code>`.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// What all problems of the type have in common.
    pub title: String,
    /// Cause and way out in one text.
    pub detail: String,
    /// What the node found.
    pub cause: String,
    /// What to do about it.
    pub way_out: String,
    /// The record of the submission that is meant, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// The place in that record's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The submission that is there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<String>,
    /// Records that the ledger would reject.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejections: Vec<RejectedRecordReport>,
}

/// Why the ledger would reject a record of a submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RejectedRecordReport {
    /// Which, from 0.
    pub record: u64,
    /// The code that it would have in the log.
    pub code: String,
    /// Why.
    pub reason: String,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_out: Option<String>,
}

impl ProblemReport {
    /// The stable code, such as `busy`.
    pub fn code(&self) -> &str {
        self.type_uri.rsplit(':').next().unwrap_or_default()
    }
}

/// Why a request got no answer, or not the one asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// The address cannot be used.
    #[error("{url:?} is no address of a node: {reason}")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody answered.
    #[error("{url} does not answer: {reason}")]
    Unreachable {
        /// Whom.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The connection ended in the middle: what was asked may have been done.
    #[error("the connection to {url} broke off: {reason}")]
    BrokenOff {
        /// To whom.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The answer took too long.
    #[error("{url} took too long to answer")]
    TimedOut {
        /// Who.
        url: String,
    },
    /// The node says no.
    #[error("{url} refused: {} {}", .status, .problem.title)]
    Problem {
        /// Who.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        problem: Box<ProblemReport>,
        /// When to come back, if it says so.
        retry_after: Option<Duration>,
    },
    /// The answer is larger than any that makes sense.
    #[error("the answer of {url} has more than {MAX_ANSWER_BYTES} bytes")]
    AnswerTooLarge {
        /// Who.
        url: String,
    },
    /// The answer is not one of a Waybill node.
    #[error("the answer of {url} is not that of a Waybill node: {reason}")]
    Unexpected {
        /// Who.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

impl ClientError {
    /// What happened.
    pub fn what(&self) -> String {
        match self {
            Self::Problem { url, problem, .. } if !problem.title.is_empty() => {
                format!("{url} refused: {}", problem.title)
            }
            Self::Unreachable { url, .. } => format!("{url} does not answer"),
            Self::BrokenOff { url, .. } => format!("the connection to {url} broke off"),
            Self::BadUrl { url, .. } => format!("{url:?} is no address of a node"),
            Self::Unexpected { url, .. } => {
                format!("the answer of {url} is not that of a Waybill node")
            }
            other => other.to_string(),
        }
    }

    /// Why.
    pub fn why(&self) -> String {
        match self {
            Self::BadUrl { reason, .. } => (*reason).to_owned(),
            Self::Unreachable { reason, .. }
            | Self::BrokenOff { reason, .. }
            | Self::Unexpected { reason, .. } => reason.clone(),
            Self::TimedOut { .. } => "the node is overloaded, or the line is slow".to_owned(),
            Self::AnswerTooLarge { .. } => "it is not an answer that was asked for".to_owned(),
            Self::Problem {
                status, problem, ..
            } => {
                let mut why = match (problem.cause.as_str(), problem.detail.as_str()) {
                    ("", "") => format!("it answered with status {status}"),
                    ("", detail) => detail.to_owned(),
                    (cause, _) => cause.to_owned(),
                };
                // Most causes name the record themselves.
                if let Some(record) = problem.record
                    && !why.contains(&format!("record {record} "))
                {
                    why.push_str(&format!(" (record {record}"));
                    if let Some(pointer) = problem.pointer.as_ref().filter(|p| !p.is_empty()) {
                        why.push_str(&format!(", at {pointer}"));
                    }
                    why.push(')');
                }
                why
            }
        }
    }

    /// What to do about it.
    pub fn way_out(&self) -> String {
        match self {
            Self::BadUrl { .. } => {
                "give --url http://host:port, such as http://127.0.0.1:7480".to_owned()
            }
            Self::Unreachable { .. } | Self::BrokenOff { .. } => {
                "is the node running, and is this its address? --url or WAYBILL_URL names \
                 another; `waybill testnet status` lists those of a test network"
                    .to_owned()
            }
            Self::TimedOut { .. } => "try again, or ask another node with --url".to_owned(),
            Self::AnswerTooLarge { .. } | Self::Unexpected { .. } => {
                "check the address given with --url".to_owned()
            }
            Self::Problem { url, .. } if self.is_no_validator() => format!(
                "give the node of a validator with --url: `waybill validator list --url {}` says whose nodes they are, \
                 and `waybill testnet status` lists those of a test network",
                shell_word(Path::new(url))
            ),
            Self::Problem { problem, .. } if !problem.way_out.is_empty() => problem.way_out.clone(),
            Self::Problem { .. } => "check the address given with --url".to_owned(),
        }
    }

    /// Whether another try may succeed, here or at another node, without any change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::TimedOut { .. } => true,
            Self::Problem { status, .. } => matches!(status, 408 | 429 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether the node takes no submissions since it is no validator: another one may, and this one not after a while
    /// either.
    pub fn is_no_validator(&self) -> bool {
        matches!(self, Self::Problem { problem, .. } if problem.code() == "not-a-validator")
    }

    /// Whether nobody answered at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether what was sent may have been taken all the same: the connection stood, and nobody said no.
    pub fn may_have_been_taken(&self) -> bool {
        match self {
            Self::BadUrl { .. } | Self::Unreachable { .. } => false,
            Self::BrokenOff { .. }
            | Self::TimedOut { .. }
            | Self::AnswerTooLarge { .. }
            | Self::Unexpected { .. } => true,
            // Without a code something between here and the node has answered, whatever the node did.
            Self::Problem {
                status, problem, ..
            } => match problem.code() {
                "" => matches!(status, 408 | 500..),
                code => matches!(code, "request-timeout" | "store-failed" | "internal-error"),
            },
        }
    }

    /// When the node wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
