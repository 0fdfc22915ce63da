//! The HTTP client of a node: the only place that opens connections to one.
//!
//! Plain HTTP: an operator reaches a node over loopback, a private network or a tunnel, and what
//! matters is signed. Answers are bounded in size and time; redirects are not followed.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::types::{Encode, LedgerId, LogIndex, Submission, SubmissionId};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request may take, beyond what the node was asked to wait.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Largest answer that is read: a page of 1,000 members, or a submission of 10,000 records.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Longest Retry-After that is taken at its word.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

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
            other => other.to_string(),
        }
    }

    /// Why.
    pub fn why(&self) -> String {
        match self {
            Self::BadUrl { reason, .. } => (*reason).to_owned(),
            Self::Unreachable { reason, .. } | Self::Unexpected { reason, .. } => reason.clone(),
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
                if let Some(record) = problem.record {
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
            Self::Unreachable { .. } => {
                "is the node running, and is this its address? --url or WAYBILL_URL names \
                 another; `waybill testnet status` lists those of a test network"
                    .to_owned()
            }
            Self::TimedOut { .. } => "try again, or ask another node with --url".to_owned(),
            Self::AnswerTooLarge { .. } | Self::Unexpected { .. } => {
                "check the address given with --url".to_owned()
            }
            Self::Problem { problem, .. } if !problem.way_out.is_empty() => problem.way_out.clone(),
            Self::Problem { .. } => "check the address given with --url".to_owned(),
        }
    }

    /// Whether another try may succeed, here or at another node, without any change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Problem { status, .. } => matches!(status, 408 | 429 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether nobody answered at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// When the node wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum OutcomeReport {
    /// It took effect.
    Accepted,
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
    pub from_root: crate::crypto::Sha256Digest,
    /// The larger size.
    pub to: u64,
    /// The root at it.
    pub to_root: crate::crypto::Sha256Digest,
    /// The proof.
    pub hashes: Vec<crate::crypto::Sha256Digest>,
}

/// A client of one node.
#[derive(Clone, Debug)]
pub struct NodeClient {
    http: reqwest::Client,
    base: String,
}

impl NodeClient {
    /// A client of the node at `url`, such as `http://127.0.0.1:7480`.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let bad = |reason| ClientError::BadUrl {
            url: url.to_owned(),
            reason,
        };
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(bad(if url.starts_with("https://") {
                "nodes speak plain HTTP; for TLS put a proxy or tunnel in between, and name its \
                 plain side"
            } else {
                "it does not begin with http://"
            }));
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['?', '#', '@', ' ']) {
            return Err(bad("it has to be http://host:port, perhaps with a path"));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| bad("the HTTP client cannot be made"))?;
        Ok(Self {
            http,
            base: format!("http://{authority}"),
        })
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// The text that a path of the node answers with.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn text(&self, path: &str) -> Result<String, ClientError> {
        let bytes = self.send(self.request(Method::GET, path)).await?;
        String::from_utf8(bytes).map_err(|_| self.unexpected("it is not UTF-8"))
    }

    /// The JSON document that a path of the node answers with.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let bytes = self.send(self.request(Method::GET, path)).await?;
        self.read(&bytes)
    }

    /// The node at this moment.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status(&self) -> Result<StatusReport, ClientError> {
        self.json("/v1/status").await
    }

    /// Whether the node can serve.
    ///
    /// # Errors
    /// [`ClientError`]; a problem with the reasons if it cannot.
    pub async fn ready(&self) -> Result<(), ClientError> {
        self.text("/readyz").await.map(|_| ())
    }

    /// Sends a submission. With `wait`, the answer comes once it is committed, or when the time is
    /// over.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn submit(
        &self,
        submission: &Submission,
        wait: Option<Duration>,
    ) -> Result<SubmissionReport, ClientError> {
        let path = match wait {
            Some(wait) => format!(
                "/v1/submissions?wait=committed&timeoutMs={}",
                wait.as_millis()
            ),
            None => "/v1/submissions".to_owned(),
        };
        let request = self
            .request(Method::POST, &path)
            .timeout(REQUEST_TIMEOUT + wait.unwrap_or_default())
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(submission.to_bytes());
        let bytes = self.send(request).await?;
        self.read(&bytes)
    }

    /// Where a submission is.
    ///
    /// # Errors
    /// [`ClientError`]; problem `no-such-submission` if the node does not know it.
    pub async fn submission(&self, id: &SubmissionId) -> Result<SubmissionReport, ClientError> {
        self.json(&format!("/v1/submissions/{id}")).await
    }

    /// The `.tlog-proof` of an entry.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn proof(&self, index: LogIndex) -> Result<String, ClientError> {
        self.text(&format!("/v1/records/{}/proof", index.0)).await
    }

    /// The proof that the log of `to` entries begins with that of `from`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn consistency(&self, from: u64, to: u64) -> Result<ConsistencyReport, ClientError> {
        self.json(&format!("/v1/proofs/consistency?from={from}&to={to}"))
            .await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .timeout(REQUEST_TIMEOUT)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, ClientError> {
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let bytes = self.body(response).await?;
        if status.is_success() {
            return Ok(bytes);
        }
        Err(self.problem(status, retry_after, &bytes))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if bytes.len() + piece.len() > MAX_ANSWER_BYTES {
                return Err(ClientError::AnswerTooLarge {
                    url: self.base.clone(),
                });
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, ClientError> {
        serde_json::from_slice(bytes).map_err(|error| self.unexpected(&error.to_string()))
    }

    fn problem(
        &self,
        status: StatusCode,
        retry_after: Option<Duration>,
        bytes: &[u8],
    ) -> ClientError {
        ClientError::Problem {
            url: self.base.clone(),
            status: status.as_u16(),
            problem: serde_json::from_slice(bytes).unwrap_or_default(),
            retry_after,
        }
    }

    fn failed(&self, error: &reqwest::Error) -> ClientError {
        let url = self.base.clone();
        if error.is_timeout() && !error.is_connect() {
            return ClientError::TimedOut { url };
        }
        // The innermost cause is what the system says; what is around it repeats the address.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        ClientError::Unreachable {
            url,
            reason: cause.to_string(),
        }
    }

    fn unexpected(&self, reason: &str) -> ClientError {
        ClientError::Unexpected {
            url: self.base.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// The header's seconds. Its other form, a date, needs clocks that agree, and no node sends it.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[cfg(test)]
pub(in crate::cli) mod test_node;
#[cfg(test)]
mod tests;
