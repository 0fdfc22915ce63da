//! What bad input gets: a problem that says what is wrong and what helps, and nothing in the log.

use serde_json::{Value, json};
use waybill::crypto::{Blake3Digest, SecretKey};
use waybill::testing::add_key;
use waybill::types::{
    Encode, KeyPurpose, LedgerId, MemberId, Record, Submission, SubmissionDocument,
};

use crate::cluster::{Cluster, Node, get, tip};
use crate::member::{Member, commit, event, from_now, post, record};

const BINARY: &str = "application/octet-stream";

/// Posts what must be refused and returns the problem.
async fn refused(node: &Node, media_type: &str, body: Vec<u8>, status: u16, code: &str) -> Value {
    let response = post(node, "/v1/submissions", media_type, body)
        .await
        .unwrap();
    let found = response.status().as_u16();
    let media_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(found, status, "{code}: {problem}");
    assert_eq!(media_type, "application/problem+json", "{code}");
    assert_eq!(
        problem["type"],
        format!("urn:waybill:problem:{code}"),
        "{problem}"
    );
    for field in ["title", "detail", "wayOut"] {
        let text = problem[field].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{code} has no {field}: {problem}");
    }
    problem
}

async fn refused_submission(
    node: &Node,
    submission: &Submission,
    status: u16,
    code: &str,
) -> Value {
    refused(node, BINARY, submission.to_bytes(), status, code).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_submission_is_a_problem_and_leaves_no_entry() {
    let cluster = Cluster::start(1).await;
    let node = &cluster.nodes[0];
    let member = Member::of(&cluster, 0);
    let client = reqwest::Client::new();
    let good = member.sign(vec![event(1)]);
    assert!(commit(&node.url, &client, &good).await.is_some());
    let before = tip(node).await.unwrap();

    let json = "application/json";
    let problem = refused(
        node,
        json,
        b"{\"ledger\": ".to_vec(),
        400,
        "malformed-submission",
    )
    .await;
    assert!(
        problem["detail"].as_str().unwrap().contains("line 1"),
        "{problem}"
    );
    refused(node, BINARY, vec![0, 1, 2], 400, "malformed-submission").await;

    // A record changed after signing, in either form.
    let mut document = SubmissionDocument::from(&member.sign(vec![event(2)]));
    document.records[0].body = document.records[0]
        .body
        .replace("commissioning", "receiving");
    let changed = serde_json::to_vec(&document).unwrap();
    refused(node, json, changed, 403, "bad-signature").await;

    let stranger = Member {
        ledger: member.ledger,
        id: member.id.clone(),
        key: SecretKey::from_seed([42; 32]),
    };
    refused_submission(node, &stranger.sign(vec![event(3)]), 403, "unknown-key").await;
    let nobody = Member {
        id: MemberId::new("nobody").unwrap(),
        ..stranger
    };
    refused_submission(node, &nobody.sign(vec![event(3)]), 403, "unknown-member").await;
    let elsewhere = Member {
        ledger: LedgerId(Blake3Digest::of(b"another ledger")),
        id: member.id.clone(),
        key: node.writer(),
    };
    refused_submission(node, &elsewhere.sign(vec![event(3)]), 422, "other-ledger").await;

    let expired = member.sign_until(vec![event(4)], from_now(-1));
    refused_submission(node, &expired, 422, "expired").await;
    let eternal = member.sign_until(vec![event(4)], from_now(2 * 3_600_000));
    refused_submission(node, &eternal, 422, "expires-too-late").await;

    let problem = refused_submission(node, &good, 409, "duplicate-submission").await;
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains(&good.id().to_string())
    );

    let unknown = member.sign(vec![record("weather.report", "{}")]);
    refused_submission(node, &unknown, 422, "unknown-kind").await;
    let newer = Record {
        version: 9,
        ..event(5)
    };
    refused_submission(node, &member.sign(vec![newer]), 422, "unsupported-version").await;

    let body = String::from_utf8(event(6).body.to_vec()).unwrap();
    let wrong = body.replace("2026-03-01T08", "2026-13-01T08");
    let bad_event = member.sign(vec![event(7), record("epcis.event", wrong)]);
    let problem = refused_submission(node, &bad_event, 422, "invalid-record").await;
    assert_eq!(problem["record"], 1, "{problem}");
    assert_eq!(problem["pointer"], "/eventTime", "{problem}");

    assert_eq!(tip(node).await.unwrap(), before, "nothing is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let cluster = Cluster::start(1).await;
    let node = &cluster.nodes[0];
    let member = Member::of(&cluster, 0);
    let before = tip(node).await.unwrap();

    let mut document = json!(SubmissionDocument::from(&member.sign(vec![event(1)])));
    let one = document["records"][0].clone();
    document["records"] = json!(vec![one.clone(); 10_001]);
    let many = serde_json::to_vec(&document).unwrap();
    refused(node, "application/json", many, 413, "too-many-records").await;

    document["records"] = json!([one]);
    document["records"][0]["body"] = json!("x".repeat(60 * 1024 + 1));
    let long = serde_json::to_vec(&document).unwrap();
    refused(node, "application/json", long, 413, "body-too-large").await;

    let huge = vec![0; 4 * 1024 * 1024 + 1];
    refused(node, BINARY, huge, 413, "submission-too-large").await;
    assert_eq!(tip(node).await.unwrap(), before);
}

/// How often two submissions are sent at once until both are taken before one is committed.
const MAX_RACES: u8 = 50;

/// Revokes the key that a member signs with.
fn revocation(member: &Member) -> Record {
    let body = format!(
        r#"{{"operation":"revokeKey","member":"{}","key":"{}"}}"#,
        member.id,
        member.key.public_key()
    );
    record("membership.change", body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_and_what_fails_at_execution_is_in_the_log_with_its_reason() {
    let cluster = Cluster::start(1).await;
    let node = &cluster.nodes[0];
    let member = Member::of(&cluster, 0);
    let client = reqwest::Client::new();
    let second = SecretKey::from_seed([7; 32]);
    let add = add_key(&member.ledger, &member.id, &second, KeyPurpose::Writer);
    let change = member.sign(vec![add]);
    assert!(commit(&node.url, &client, &change).await.is_some());
    let other = Member {
        key: second,
        ledger: member.ledger,
        id: member.id.clone(),
    };
    // Both keys sign now; the second revokes the first.
    let change = other.sign(vec![revocation(&member)]);
    let answer = commit(&node.url, &client, &change).await.unwrap();
    assert_eq!(
        answer["entries"][0]["outcome"]["result"], "accepted",
        "{answer}"
    );
    refused_submission(node, &member.sign(vec![event(1)]), 403, "inactive-key").await;

    // The last writer key cannot be revoked: the node tries what the block would do.
    let change = other.sign(vec![revocation(&other)]);
    let problem = refused_submission(node, &change, 422, "would-be-rejected").await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("last-writer-key"), "{problem}");

    // Two members' records that exclude each other pass both as long as neither is committed: the
    // second is in the log with the reason.
    let mut rejected = None;
    for attempt in 0..MAX_RACES {
        let key = SecretKey::from_seed([100 + attempt; 32]);
        let add = |purpose| {
            let change = add_key(&other.ledger, &other.id, &key, purpose);
            other.sign(vec![change])
        };
        let (one, another) = (add(KeyPurpose::Writer), add(KeyPurpose::Auditor));
        let answers = tokio::join!(
            commit(&node.url, &client, &one),
            commit(&node.url, &client, &another)
        );
        let entries = [answers.0, answers.1].into_iter().flatten();
        rejected = entries
            .map(|answer| answer["entries"][0].clone())
            .find(|entry| entry["outcome"]["result"] == "rejected");
        if rejected.is_some() {
            break;
        }
    }
    let rejected = rejected.expect("two that raced");
    assert_eq!(rejected["outcome"]["code"], "key-taken", "{rejected}");
    let index = rejected["index"].as_u64().unwrap();
    let entry = get(node, &format!("/v1/records/{index}")).await.unwrap();
    assert!(entry.to_string().contains("key-taken"), "{entry}");

    // The same event twice is one event: the second entry says where the first is.
    let first = commit(&node.url, &client, &other.sign(vec![event(9)]))
        .await
        .unwrap();
    let later = other.sign_until(vec![event(9)], from_now(500_000));
    let again = commit(&node.url, &client, &later).await.unwrap();
    let outcome = &again["entries"][0]["outcome"];
    assert_eq!(outcome["result"], "duplicate", "{again}");
    assert_eq!(outcome["of"], first["entries"][0]["index"], "{again}");
}
