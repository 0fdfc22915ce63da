//! The HTTP client of a node: the only place that opens connections to one.
//!
//! Plain HTTP: an operator reaches a node over loopback, a private network or a tunnel, and what
//! matters is signed. Answers are bounded in size and time; redirects are not followed.

mod error;
mod escape;
mod reports;

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

pub use error::{ClientError, ProblemReport, RejectedRecordReport};
pub use escape::{escape, escape_value};
pub use reports::{
    ConsistencyReport, EntryReport, OutcomeReport, StatusReport, SubmissionReport, TipReport,
};

use crate::types::{Encode, LogIndex, Submission, SubmissionId, plain_words};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a node may take to say how it is.
const STATUS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request may take, beyond what the node was asked to wait.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Largest answer that is read: a page of 1,000 members, or a submission of 10,000 records.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// Longest Retry-After that is taken at its word.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

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

    /// The bytes that a path of the node answers with.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.send(self.request(Method::GET, path)).await
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
        self.status_as().await
    }

    /// The same in another form.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn status_as<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        // A node that hangs is told apart from one that works on a long answer.
        match tokio::time::timeout(STATUS_TIMEOUT, self.json("/v1/status")).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::TimedOut {
                url: self.base.clone(),
            }),
        }
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
        serde_json::from_slice(bytes)
            .map_err(|error| self.unexpected(&plain_words::of_json(&error)))
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
        let reason = cause.to_string();
        match error.is_connect() {
            true => ClientError::Unreachable { url, reason },
            false => ClientError::BrokenOff { url, reason },
        }
    }

    pub(super) fn unexpected(&self, reason: &str) -> ClientError {
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
