//! Clients that hold no key: they show a token, and the node signs what they capture.

use std::process::Command;
use std::time::Instant;

use reqwest::{Method, Response};
use serde_json::Value;
use waybill::crypto::PublicKey;
use waybill::records::epcis;
use waybill::types::{AccessToken, TokenClaims};

use crate::cluster::{Cluster, Node, PATIENCE, PAUSE, get, wait_until_ready};
use crate::member::{event, from_now};

pub(crate) const EVENTS: &str = "/epcis/events";
pub(crate) const CAPTURE: &str = "/epcis/capture";

/// A token of a node's own member, for the node with a network key.
fn token_for(cluster: &Cluster, number: usize, network_key: PublicKey) -> String {
    let node = &cluster.nodes[number];
    let claims = TokenClaims {
        member: node.member.clone(),
        ledger: cluster.genesis.ledger(),
        node: network_key,
        issued: from_now(0),
        lifetime_s: 300,
        scopes: "epcis:capture epcis:read".parse().unwrap(),
    };
    AccessToken::sign(&claims, &node.writer())
}

/// What `waybill token` prints for the node.
fn token_of_command(node: &Node) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["token", "--scope", "epcis:capture,epcis:read"])
        .args(["--url", &node.url, "--member", node.member.as_str()])
        .arg("--key")
        .arg(node.keys_folder().join("gateway.key"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let token = String::from_utf8(made.stdout).unwrap();
    token.strip_suffix('\n').unwrap().to_owned()
}

async fn network_key(node: &Node) -> PublicKey {
    let status = get(node, "/v1/status").await.unwrap();
    PublicKey::from_hex(status["networkKey"].as_str().unwrap()).unwrap()
}

pub(crate) async fn send(
    cluster: &Cluster,
    number: usize,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Response {
    let node = &cluster.nodes[number];
    let token = token_for(cluster, number, network_key(node).await);
    let mut request = reqwest::Client::new()
        .request(method, format!("{}{path}", node.url))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn capture(cluster: &Cluster, number: usize, events: &[String]) -> Response {
    let body = document(events);
    send(cluster, number, Method::POST, CAPTURE, &[], body).await
}

pub(crate) fn text(number: u64) -> String {
    String::from_utf8(event(number).body.to_vec()).unwrap()
}

pub(crate) fn document(events: &[String]) -> String {
    format!(
        r#"{{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-01T09:00:00Z",
        "epcisBody":{{"eventList":[{}]}}}}"#,
        events.join(",")
    )
}

/// A job once it is done.
async fn finished(cluster: &Cluster, number: usize, location: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let response = send(cluster, number, Method::GET, location, &[], String::new()).await;
        assert_eq!(response.status().as_u16(), 200, "{location}");
        let job: Value = response.json().await.unwrap();
        if job["running"] == false {
            return job;
        }
        assert!(Instant::now() < deadline, "{job}\n{}", cluster.last_lines());
        tokio::time::sleep(PAUSE).await;
    }
}

fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_captured_comes_back_with_the_same_hash_on_every_node() {
    let cluster = Cluster::start(4).await;
    let body = text(1);
    let response = send(&cluster, 0, Method::POST, EVENTS, &[], body.clone()).await;
    assert_eq!(response.status().as_u16(), 201, "{}", cluster.last_lines());
    let hash = epcis::parse(body.as_bytes()).unwrap().event_hash();
    let name = location(&response);
    assert!(name.contains(&hash.to_string()[14..78]), "{name}");
    let again = send(&cluster, 0, Method::POST, EVENTS, &[], body.clone()).await;
    assert_eq!(again.status().as_u16(), 409);
    assert_eq!(location(&again), name);

    let with_one_bad = [text(2), text(3).replace("\"ADD\"", "\"MULTIPLY\""), text(4)];
    let rollback = document(&with_one_bad);
    let refused = send(&cluster, 1, Method::POST, CAPTURE, &[], rollback.clone()).await;
    assert_eq!(refused.status().as_u16(), 400);
    let proceed = [("gs1-capture-error-behaviour", "proceed")];
    let taken = send(&cluster, 1, Method::POST, CAPTURE, &proceed, rollback).await;
    assert_eq!(taken.status().as_u16(), 202);
    let job = finished(&cluster, 1, &location(&taken)).await;
    assert_eq!(
        (&job["success"], &job["capturedCount"], &job["failedCount"]),
        (&false.into(), &2.into(), &1.into()),
        "{job}"
    );

    let good: Vec<String> = (10..60).map(text).collect();
    let taken = capture(&cluster, 2, &good).await;
    assert_eq!(taken.status().as_u16(), 202);
    let job = finished(&cluster, 2, &location(&taken)).await;
    assert_eq!(
        (&job["success"], &job["capturedCount"]),
        (&true.into(), &50.into()),
        "{job}"
    );
    cluster.wait_until_equal().await;
    // The bytes that are on the ledger, from another node, have the hashes of what was sent.
    let submission = job["submissions"][0].as_str().unwrap();
    let path = format!("/v1/submissions/{submission}");
    let committed = get(&cluster.nodes[3], &path).await.unwrap();
    let entries = committed["entries"].as_array().unwrap();
    assert_eq!(entries.len(), good.len());
    for (entry, sent) in entries.iter().zip(&good) {
        let path = format!("/v1/records/{}", entry["index"]);
        let entry = get(&cluster.nodes[3], &path).await.unwrap();
        let kept = entry["record"]["body"].as_str().unwrap();
        let hash = |text: &str| epcis::parse(text.as_bytes()).unwrap().event_hash();
        assert_eq!(hash(kept), hash(sent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_command_line_is_for_the_node_that_was_asked_and_no_other() {
    let cluster = Cluster::start(4).await;
    let token = token_of_command(&cluster.nodes[0]);
    let ask = async |number: usize| {
        let url = format!("{}{CAPTURE}", cluster.nodes[number].url);
        let request = reqwest::Client::new().get(url).bearer_auth(&token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(0).await, 200);
    // Its operator cannot use it at another's.
    assert_eq!(ask(1).await, 401);
    // A token of another member's key does not capture here, however well it is signed.
    let foreign = token_for(&cluster, 1, network_key(&cluster.nodes[0]).await);
    let url = format!("{}{EVENTS}", cluster.nodes[0].url);
    let request = reqwest::Client::new().post(url).bearer_auth(foreign);
    let request = request
        .header("content-type", "application/json")
        .body(text(500));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_node_that_is_killed_after_its_promise_is_kept() {
    let mut cluster = Cluster::start(4).await;
    // Without a quorum nothing is ordered: the promise is all there is.
    cluster.nodes[2].kill_nine();
    cluster.nodes[3].kill_nine();
    let events: Vec<String> = (100..120).map(text).collect();
    let taken = capture(&cluster, 0, &events).await;
    assert_eq!(taken.status().as_u16(), 202);
    let name = location(&taken);
    let response = send(&cluster, 0, Method::GET, &name, &[], String::new()).await;
    let before: Value = response.json().await.unwrap();
    assert_eq!(before["running"], true, "{before}");
    cluster.nodes[0].kill_nine();
    for number in [2, 3, 0] {
        cluster.nodes[number].start();
    }
    wait_until_ready(&cluster.nodes[0]).await;
    let job = finished(&cluster, 0, &name).await;
    assert_eq!(job["success"], true, "{job}");
    assert_eq!(job["capturedCount"], 20, "{job}");
    assert_eq!(job["submissions"], before["submissions"]);
    // A document that is sent again, for want of an answer, is there once.
    let again = capture(&cluster, 0, &events).await;
    let job = finished(&cluster, 0, &location(&again)).await;
    assert_eq!(
        (&job["success"], &job["duplicateCount"]),
        (&true.into(), &20.into()),
        "{job}"
    );
}

/// The folder with the jobs goes away under a node that runs, as when a disk vanishes.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_keep_capture_jobs_stops_and_says_so() {
    let mut cluster = Cluster::start(1).await;
    let taken = capture(&cluster, 0, &[text(1)]).await;
    assert_eq!(taken.status().as_u16(), 202);
    let first = location(&taken);
    finished(&cluster, 0, &first).await;
    let folder = cluster.nodes[0].data_folder().join("captures");
    let aside = cluster.nodes[0].data_folder().join("captures-aside");
    std::fs::rename(&folder, &aside).unwrap();
    let refused = capture(&cluster, 0, &[text(2)]).await;
    assert_eq!(refused.status().as_u16(), 500);
    let status = cluster.nodes[0].wait_for_end();
    assert_eq!(status.code(), Some(8), "{}", cluster.last_lines());
    let log = std::fs::read_to_string(cluster.nodes[0].log()).unwrap();
    assert!(log.contains("capture jobs cannot go on"), "{log}");

    std::fs::rename(&aside, &folder).unwrap();
    cluster.nodes[0].start();
    wait_until_ready(&cluster.nodes[0]).await;
    let job = finished(&cluster, 0, &first).await;
    assert_eq!(job["capturedCount"], 1, "{job}");
    let again = capture(&cluster, 0, &[text(2)]).await;
    let job = finished(&cluster, 0, &location(&again)).await;
    assert_eq!(job["capturedCount"], 1, "{job}");
}

/// Who starts a test network can ask its EPCIS interface at once, by the token that is printed.
#[tokio::test(flavor = "multi_thread")]
async fn a_testnet_prints_a_token() {
    let cluster = Cluster::create(1);
    let node = &cluster.nodes[0];
    let testnet = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_waybill"))
            .arg("testnet")
            .args(arguments)
            .arg("--folder")
            .arg(node.config.parent().unwrap().parent().unwrap())
            .output()
            .unwrap()
    };
    let up = testnet(&["up", "--json"]);
    let document: Value = serde_json::from_slice(&up.stdout).unwrap_or_default();
    let url = format!("{}/epcis/eventTypes", node.url);
    let ask = reqwest::Client::new().get(&url);
    let token = document["token"].as_str().unwrap_or_default().to_owned();
    let answer = ask.bearer_auth(&token).send().await;
    // Those that run are not started again.
    let again = testnet(&["up"]);
    let down = testnet(&["down", "--delete"]);
    assert!(up.status.success(), "{up:?}");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("Authorization: Bearer "), "{again:?}");
    assert_eq!(answer.unwrap().status(), 200);
    assert!(down.status.success(), "{down:?}");
}
