//! Submitting, in both formats, and asking what became of it.

use serde_json::{Value, json};

use super::support::{
    LEDGER_NAME, Server, SubmitBehaviour, World, assert_problem, harvest, record,
};
use crate::api::limits::{MAX_BINARY_BODY_BYTES, MAX_JSON_BODY_BYTES};
use crate::api::problem::tests::refusals;
use crate::types::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION};
use crate::types::{Encode, Submission, SubmissionDocument};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const PATH: &str = "/v1/submissions";

fn json_of(submission: &Submission) -> String {
    serde_json::to_string(&SubmissionDocument::from(submission)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_formats_give_the_node_the_same_submission() {
    let world = World::new();
    let server = Server::start(&world).await;
    // The second is long enough to be decoded elsewhere.
    for count in [1, 200] {
        let submission = world.sign((0..count).map(harvest).collect());
        let id = submission.id().to_string();
        for (media_type, body) in [
            (JSON, json_of(&submission).into_bytes()),
            (
                "Application/JSON; charset=utf-8",
                json_of(&submission).into_bytes(),
            ),
            (BYTES, submission.to_bytes()),
        ] {
            let response = server.post(PATH, media_type, body).await;
            assert_eq!(response.status(), 202);
            assert_eq!(
                response.headers()["location"],
                format!("/v1/submissions/{id}")
            );
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer, json!({"status": "pending", "id": id}));
            assert_eq!(world.submissions.take(), vec![submission.clone()]);
        }
        let state = server.json(&format!("{PATH}/{id}")).await;
        assert_eq!(state, json!({"status": "pending", "id": id}));
    }
}

/// A key may be revoked after a submission was taken, and before it is ordered.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_block_has_passed_over_is_refused_to_whoever_asks_or_waits() {
    let world = World::new();
    let server = Server::start(&world).await;
    let submission = world.sign(vec![harvest(0)]);
    let refusal = crate::types::Refusal::InactiveKey {
        member: submission.header().member.clone(),
        key: Box::new(submission.header().key),
    };
    let post = server.post(
        "/v1/submissions?wait=committed&timeoutMs=30000",
        JSON,
        json_of(&submission).into_bytes(),
    );
    let pass_over = async {
        world.submissions.until_waiting(1).await;
        world
            .submissions
            .pass_over(submission.id(), refusal.clone());
    };
    let (waited, ()) = tokio::join!(post, pass_over);
    let asked = server.get(&format!("{PATH}/{}", submission.id())).await;
    for response in [waited, asked] {
        assert_eq!(response.status(), 403);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], "urn:waybill:problem:inactive-key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_submission_is_told_with_its_outcomes() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    let state = server.json(&format!("{PATH}/{}", ids[1])).await;
    assert_eq!(state["status"], "committed");
    assert_eq!(state["id"], ids[1].to_string());
    assert_eq!(state["height"], 2);
    let entries = state["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(
        entries[0],
        json!({"index": 302, "outcome": {"result": "duplicate", "of": 7}})
    );
    assert_eq!(entries[1]["index"], 303);
    assert_eq!(entries[1]["outcome"]["result"], "rejected");
    let all = server.json(&format!("{PATH}/{}", ids[0])).await;
    assert_eq!(all["entries"].as_array().unwrap().len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_wait_for_the_commit() {
    let world = World::new();
    let server = Server::start(&world).await;
    let submission = world.sign(vec![harvest(1)]);
    let id = submission.id();
    let path = format!("{PATH}?wait=committed&timeoutMs=30000");
    let request = server.post(&path, BYTES, submission.to_bytes());
    let node = async {
        world.submissions.until_given(1).await;
        world.commit(world.submissions.take(), Vec::new());
        world.submissions.settle();
    };
    let (response, ()) = tokio::join!(request, node);
    assert_eq!(response.status(), 201);
    assert_eq!(
        response.headers()["location"],
        format!("/v1/submissions/{id}")
    );
    let answer: Value = response.json().await.unwrap();
    assert_eq!(
        answer,
        json!({
            "status": "committed",
            "id": id.to_string(),
            "height": 1,
            "entries": [{"index": 0, "outcome": {"result": "accepted"}}]
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_over_answers_as_if_there_was_none() {
    let world = World::new();
    let limits = crate::api::ApiLimits {
        max_waiting_requests: 1,
        ..Default::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let first = world.sign(vec![harvest(1)]);
    let response = server
        .post(
            &format!("{PATH}?wait=committed&timeoutMs=1"),
            BYTES,
            first.to_bytes(),
        )
        .await;
    assert_eq!(response.status(), 202);

    // While one waits there is no room for another to wait.
    let path = format!("{PATH}?wait=committed&timeoutMs=30000");
    let waiting = server.post(&path, BYTES, world.sign(vec![harvest(2)]).to_bytes());
    let other = async {
        world.submissions.until_waiting(2).await;
        let body = world.sign(vec![harvest(3)]).to_bytes();
        let response = server.post(&path, BYTES, body).await;
        assert_eq!(response.status(), 202);
        // It settles without being committed: it expired.
        world.submissions.settle();
    };
    let (waited, ()) = tokio::join!(waiting, other);
    assert_eq!(waited.status(), 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_waits_are_told() {
    let world = World::new();
    let server = Server::start(&world).await;
    for query in [
        "wait=yes",
        "wait=committed&timeoutMs=30001",
        "wait=committed&timeoutMs=-1",
        "timeoutMs=5",
        "timeout_ms=5",
        "wait=committed&wait=committed",
    ] {
        let path = format!("{PATH}?{query}");
        let body = world.sign(vec![harvest(1)]).to_bytes();
        assert_problem(server.post(&path, BYTES, body).await, 400, "bad-query").await;
    }
    assert_eq!(world.submissions.take(), Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_reaches_the_client() {
    let world = World::new();
    let server = Server::start(&world).await;
    let body = world.sign(vec![harvest(1)]).to_bytes();
    for (refusal, status, retry_after) in refusals() {
        world
            .submissions
            .behave(SubmitBehaviour::Refuse(refusal.clone()));
        for path in [PATH, "/v1/submissions?wait=committed"] {
            let response = server.post(path, BYTES, body.clone()).await;
            let found = response.headers().get("retry-after").cloned();
            assert_eq!(found.as_ref().map(|v| v.to_str().unwrap()), retry_after);
            let problem = assert_problem(response, status, refusal.code()).await;
            assert_eq!(problem["cause"], refusal.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_told_with_line_and_column() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good =
        serde_json::to_value(SubmissionDocument::from(&world.sign(vec![harvest(1)]))).unwrap();
    let with = |name: &str, value: Value| {
        let mut document = good.clone();
        document[name] = value;
        serde_json::to_string_pretty(&document).unwrap()
    };
    for (body, place) in [
        ("".to_owned(), "line 1, column 0"),
        ("{\n  \"ledger\": x".to_owned(), "line 2, column 13"),
        ("{}".to_owned(), "line 1, column 2"),
        ("[]\n".to_owned(), "line 1, column"),
        (with("extra", json!(1)), "\"extra\" is not known here"),
        (with("ledger", json!("x")), "line"),
        (with("member", json!("Not A Label")), "line"),
        (with("expires", json!("tomorrow")), "line"),
        (with("signature", json!("00")), "line"),
        (with("atomic", json!("yes")), "line"),
        (with("records", json!([])), "no records"),
        (
            with(
                "records",
                json!([{"kind": "epcis.event", "version": 70_000, "body": ""}]),
            ),
            "line",
        ),
        (format!("{good} x"), "line 1, column"),
        (
            "{\"ledger\": \"a\", \"ledger\": \"b\"}".to_owned(),
            "line 1, column",
        ),
        ("[".repeat(100_000), "line 1, column"),
    ] {
        let response = server.post(PATH, JSON, body).await;
        let problem = assert_problem(response, 400, "malformed-submission").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains(place), "{cause:?} lacks {place:?}");
    }
    let response = server
        .post(PATH, JSON, &b"{\"ledger\": \"\xff\"}"[..])
        .await;
    assert_problem(response, 400, "malformed-submission").await;
    assert_eq!(world.submissions.take(), Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_bytes_are_told() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = world.sign(vec![harvest(1)]).to_bytes();
    let mut longer = good.clone();
    longer.push(0);
    let mut version = good.clone();
    version[1] = 9;
    for body in [
        Vec::new(),
        longer,
        version,
        good[..good.len() - 1].to_vec(),
        vec![7; 40_000],
    ] {
        let response = server.post(PATH, BYTES, body).await;
        assert_problem(response, 400, "malformed-submission").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_told_apart() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = world.sign(vec![harvest(1), harvest(2)]);

    let mut document = SubmissionDocument::from(&good);
    document.records[1].body = "x".repeat(MAX_BODY_BYTES + 1);
    let body = serde_json::to_string(&document).unwrap();
    let problem = assert_problem(server.post(PATH, JSON, body).await, 413, "body-too-large").await;
    assert_eq!(problem["record"], 1);

    let mut document = SubmissionDocument::from(&good);
    document.records[1].body = "x".repeat(MAX_BODY_BYTES);
    let body = serde_json::to_string(&document).unwrap();
    assert_eq!(server.post(PATH, JSON, body).await.status(), 202);

    let mut document = SubmissionDocument::from(&good);
    let record = document.records[0].clone();
    document.records = vec![record.clone(); MAX_RECORDS_PER_SUBMISSION + 1];
    for record in &mut document.records {
        record.body = "{}".to_owned();
    }
    let body = serde_json::to_string(&document).unwrap();
    assert_problem(server.post(PATH, JSON, body).await, 413, "too-many-records").await;

    let mut document = SubmissionDocument::from(&good);
    document.records = vec![record; 80];
    for record in &mut document.records {
        record.body = "x".repeat(MAX_BODY_BYTES);
    }
    let body = serde_json::to_string(&document).unwrap();
    assert_problem(
        server.post(PATH, JSON, body).await,
        413,
        "submission-too-large",
    )
    .await;

    // In canonical bytes the lengths are what the encoding says: written into a good one.
    let bytes = good.to_bytes();
    let count_at = 2 + good.header().to_bytes().len();
    let mut many = bytes.clone();
    many[count_at..count_at + 4].copy_from_slice(&10_001_u32.to_be_bytes());
    assert_problem(
        server.post(PATH, BYTES, many).await,
        413,
        "too-many-records",
    )
    .await;
    let second_body_at =
        count_at + 4 + good.records()[0].encoded_length() + 4 + "epcis.event".len() + 2;
    let mut long = bytes;
    long[second_body_at..second_body_at + 4].copy_from_slice(&61_441_u32.to_be_bytes());
    let problem = assert_problem(server.post(PATH, BYTES, long).await, 413, "body-too-large").await;
    assert_eq!(problem["record"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_submission_fits_however_it_is_escaped() {
    let world = World::new();
    let server = Server::start(&world).await;
    // Each quote of a body takes two bytes in JSON.
    let body = "\"".repeat(MAX_BODY_BYTES);
    let submission = world.sign(vec![record("epcis.event", body); 68]);
    let json = json_of(&submission);
    assert!(json.len() > MAX_BINARY_BODY_BYTES && json.len() < MAX_JSON_BODY_BYTES);
    assert_eq!(server.post(PATH, JSON, json).await.status(), 202);
    assert_eq!(
        server
            .post(PATH, BYTES, submission.to_bytes())
            .await
            .status(),
        202
    );
    assert_eq!(
        world.submissions.take(),
        vec![submission.clone(), submission]
    );
    assert_eq!(LEDGER_NAME, world.genesis.name());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_media_types_are_told() {
    let world = World::new();
    let server = Server::start(&world).await;
    let latin = "application/json; charset=iso-8859-1";
    let response = server.post(PATH, latin, "{}").await;
    let problem = assert_problem(response, 415, "unsupported-media-type").await;
    assert!(problem["cause"].as_str().unwrap().contains("iso-8859-1"));
    assert!(problem["wayOut"].as_str().unwrap().contains("utf-8"));
    for media_type in ["text/plain", "application/xml", "application/json-seq", ""] {
        let response = server.post(PATH, media_type, "{}").await;
        assert_problem(response, 415, "unsupported-media-type").await;
    }
    let bare = server
        .client
        .post(server.url(PATH))
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_problem(bare, 415, "unsupported-media-type").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_told_with_the_limit_of_its_media_type() {
    let world = World::new();
    let server = Server::start(&world).await;
    for (media_type, limit) in [(JSON, MAX_JSON_BODY_BYTES), (BYTES, MAX_BINARY_BODY_BYTES)] {
        let response = server.post(PATH, media_type, vec![b' '; limit + 1]).await;
        let problem = assert_problem(response, 413, "submission-too-large").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains(&format!("the limit is {limit}")), "{cause}");
        assert!(
            cause.contains(&format!("has {} bytes", limit + 1)),
            "{cause}"
        );
        // One byte less is read, whatever it is.
        let response = server.post(PATH, media_type, vec![b' '; limit]).await;
        assert_problem(response, 400, "malformed-submission").await;
    }
}
