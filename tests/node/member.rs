//! A member that signs records and submits them over HTTP.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Response;
use serde_json::Value;
use waybill::crypto::SecretKey;
use waybill::types::{
    Atomicity, Encode, LedgerId, MemberId, Record, RecordKind, Submission, SubmissionId, Timestamp,
};

use crate::cluster::{Cluster, Node};

/// A member with its writer key.
pub struct Member {
    pub ledger: LedgerId,
    pub id: MemberId,
    pub key: SecretKey,
}

impl Member {
    /// The member of a node.
    pub fn of(cluster: &Cluster, number: usize) -> Self {
        let node = &cluster.nodes[number];
        Self {
            ledger: cluster.genesis.ledger(),
            id: node.member.clone(),
            key: node.writer(),
        }
    }

    /// Signs records that expire in ten minutes.
    pub fn sign(&self, records: Vec<Record>) -> Submission {
        self.sign_until(records, from_now(600_000))
    }

    /// Signs records with an expiry.
    pub fn sign_until(&self, records: Vec<Record>, expires: Timestamp) -> Submission {
        let (ledger, member) = (self.ledger, self.id.clone());
        let atomicity = Atomicity::Independent;
        Submission::sign(ledger, member, &self.key, expires, atomicity, records).unwrap()
    }
}

/// The time so many milliseconds from now.
pub fn from_now(ms: i64) -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap() + ms)
}

/// A record with a body as it is.
pub fn record(kind: &str, body: impl Into<String>) -> Record {
    Record {
        kind: RecordKind::new(kind).unwrap(),
        version: 1,
        body: body.into().into_bytes().into(),
    }
}

/// The commissioning of one sack of cocoa, another for each number.
pub fn event(number: u64) -> Record {
    let body = format!(
        r#"{{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","eventTime":"2026-03-01T08:00:00.000Z","eventTimeZoneOffset":"+00:00","epcList":["urn:epc:id:sgtin:9521234.012345.{number}"],"action":"ADD","bizStep":"commissioning","disposition":"active","readPoint":{{"id":"urn:epc:id:sgln:9521234.00001.0"}}}}"#
    );
    record("epcis.event", body)
}

/// Posts bytes to a path of a node.
pub async fn post(
    node: &Node,
    path: &str,
    media_type: &str,
    body: Vec<u8>,
) -> reqwest::Result<Response> {
    reqwest::Client::new()
        .post(format!("{}{path}", node.url))
        .header("content-type", media_type)
        .body(body)
        .send()
        .await
}

/// Submits, and waits until it is committed. Returns the answer if it is.
pub async fn commit(url: &str, client: &reqwest::Client, submission: &Submission) -> Option<Value> {
    let response = client
        .post(format!(
            "{url}/v1/submissions?wait=committed&timeoutMs=20000"
        ))
        .header("content-type", "application/octet-stream")
        .body(submission.to_bytes())
        .send()
        .await
        .ok()?;
    let is_committed = response.status().as_u16() == 201;
    let answer: Value = response.json().await.ok()?;
    is_committed.then_some(answer)
}

/// What a node says of a submission: the height and the indices of its entries, if it is committed.
pub async fn location(node: &Node, id: &SubmissionId) -> Option<Value> {
    let answer = crate::cluster::get(node, &format!("/v1/submissions/{id}")).await?;
    (answer["status"] == "committed").then_some(answer)
}
