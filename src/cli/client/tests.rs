use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser as _;

use super::test_node::{Answer, TestNode};
use super::*;
use crate::cli::arguments::{Arguments, Command};
use crate::cli::commands::{custody, get, status, submit};
use crate::cli::output::{Output, Reader};
use crate::cli::submitting::{DeliveryPlan, DeliveryState, Wanted, deliver};
use crate::cli::{Exit, Failure};
use crate::crypto::{Blake3Digest, SecretKey};
use crate::node::keys::write_key;
use crate::types::{Atomicity, Decode as _, LedgerId, MemberId, Record, RecordKind, Timestamp};

const EVENT: &str = r#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","eventTime":"2024-10-02T06:30:00Z","eventTimeZoneOffset":"+00:00","epcList":["urn:epc:id:sscc:7620034.1000000042"],"action":"OBSERVE","https://x.example/n":1.50}"#;

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"ledger"))
}

fn submission() -> Submission {
    let record = Record {
        kind: RecordKind::new("epcis.event").unwrap(),
        version: 1,
        body: EVENT.as_bytes().to_vec().into(),
    };
    Submission::sign(
        ledger(),
        MemberId::new("acme").unwrap(),
        &SecretKey::from_seed([1; 32]),
        Timestamp::from_ms(0),
        Atomicity::Independent,
        vec![record],
    )
    .unwrap()
}

fn pending() -> Answer {
    Answer::ok(format!(
        r#"{{"status":"pending","id":"{}"}}"#,
        submission().id()
    ))
}

fn committed(outcome: &str) -> Answer {
    Answer::ok(format!(
        r#"{{"status":"committed","id":"{}","height":4,"entries":[{{"index":7,"outcome":{outcome}}}]}}"#,
        submission().id()
    ))
}

fn accepted() -> Answer {
    committed(r#"{"result":"accepted"}"#)
}

fn status_answer() -> Answer {
    Answer::ok(format!(
        r#"{{"ledger":"{}","ledgerName":"x","version":"0.1.0","uptimeMs":5,"member":"acme",
        "ready":true,"unreadyReasons":[],"height":5,"round":0,"tip":{{"height":4,"time":"t",
        "logSize":9,"logRoot":"r","stateRoot":"s"}},"sync":{{"state":"synced"}},"peers":[],
        "mempool":{{}},"kinds":[],"new":1}}"#,
        ledger()
    ))
}

fn plan(nodes: &[&TestNode], wanted: Wanted) -> DeliveryPlan {
    DeliveryPlan {
        nodes: nodes
            .iter()
            .map(|node| NodeClient::new(&node.url).unwrap())
            .collect(),
        wanted,
        timeout: Duration::from_secs(30),
    }
}

async fn delivered(nodes: &[&TestNode], wanted: Wanted) -> DeliveryState {
    deliver(&plan(nodes, wanted), &submission(), 0).await.state
}

fn is_accepted(state: &DeliveryState) -> bool {
    matches!(state, DeliveryState::Committed { height: 4, entries }
        if entries[0] == EntryReport { index: 7, outcome: OutcomeReport::Accepted })
}

#[test]
fn addresses_are_checked() {
    for good in [
        "http://a:1",
        "http://127.0.0.1:7480/",
        "http://[::1]:7/base",
    ] {
        assert!(NodeClient::new(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "a:1",
        "https://a",
        "http://",
        "http://u:p@a",
        "http://a b",
        "http://a?x=1",
    ] {
        let error = NodeClient::new(bad).unwrap_err();
        assert!(error.way_out().contains("--url"), "{bad}");
    }
}

#[tokio::test]
async fn a_submission_goes_as_canonical_bytes_and_comes_back_committed() {
    let node = TestNode::start().await;
    node.on("POST /v1/submissions", [accepted()]);
    assert!(is_accepted(&delivered(&[&node], Wanted::Committed).await));
    let request = &node.requests()[0];
    assert!(
        request.line.contains("wait=committed&timeoutMs="),
        "{}",
        request.line
    );
    assert_eq!(Submission::from_bytes(&request.body).unwrap(), submission());
}

#[tokio::test]
async fn a_pending_submission_is_asked_for_until_it_is_committed() {
    let node = TestNode::start().await;
    node.on("POST ", [pending()]);
    node.on("GET /v1/submissions/", [pending(), accepted()]);
    assert!(is_accepted(&delivered(&[&node], Wanted::Committed).await));
    assert_eq!(
        delivered(&[&node], Wanted::Taken).await,
        DeliveryState::Taken
    );
}

#[tokio::test]
async fn a_busy_node_is_asked_again_when_it_says() {
    let node = TestNode::start().await;
    let busy = Answer::problem(429, "busy").with_header("retry-after", "1");
    node.on("POST ", [busy, accepted()]);
    let begin = std::time::Instant::now();
    assert!(is_accepted(&delivered(&[&node], Wanted::Committed).await));
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(node.requests().len(), 2);
}

#[tokio::test]
async fn what_is_there_already_is_waited_for() {
    let node = TestNode::start().await;
    node.on("POST ", [Answer::problem(409, "duplicate-submission")]);
    node.on("GET /v1/submissions/", [accepted()]);
    assert!(is_accepted(&delivered(&[&node], Wanted::Committed).await));
}

#[tokio::test]
async fn another_node_takes_over() {
    let (lost, good) = (TestNode::start().await, TestNode::start().await);
    lost.on("POST ", [pending()]);
    lost.on("GET ", [Answer::problem(404, "no-such-submission")]);
    good.on("POST ", [accepted()]);
    assert!(is_accepted(
        &delivered(&[&lost, &good], Wanted::Committed).await
    ));
    let mut with_dead = plan(&[&good], Wanted::Committed);
    with_dead
        .nodes
        .insert(0, NodeClient::new("http://127.0.0.1:1").unwrap());
    assert!(is_accepted(
        &deliver(&with_dead, &submission(), 0).await.state
    ));
}

#[tokio::test]
async fn a_refusal_is_told_as_what_why_and_way_out() {
    let node = TestNode::start().await;
    node.on("POST ", [Answer::problem(422, "invalid-record")]);
    let DeliveryState::Refused(error) = delivered(&[&node], Wanted::Committed).await else {
        panic!("refused");
    };
    assert_eq!(node.requests().len(), 1);
    assert!(error.what().contains("Title of invalid-record"));
    assert_eq!(error.why(), "the cause (record 3, at /action)");
    assert_eq!(error.way_out(), "the way out");
    let failure = Failure::from(error);
    assert_eq!(failure.exit, Exit::Refused);
    assert!(failure.to_string().contains("way out: the way out"));
    assert_eq!(failure.to_json()["error"]["exitCode"], 5);
}

/// A follower is not waited for: the next node is asked at once, and without one it is refused.
#[tokio::test]
async fn a_node_that_is_no_validator_is_asked_once() {
    let (follower, other) = (TestNode::start().await, TestNode::start().await);
    let no = Answer::problem(503, "not-a-validator");
    follower.on("POST ", [no.clone()]);
    other.on("POST ", [Answer::problem(503, "not-ready"), accepted()]);
    let both = [&follower, &other];
    assert!(is_accepted(&delivered(&both, Wanted::Committed).await));
    assert_eq!((follower.requests().len(), other.requests().len()), (1, 2));
    let second = TestNode::start().await;
    second.on("POST ", [no]);
    let both = [&follower, &second];
    for nodes in [&both[..1], &both] {
        let begin = std::time::Instant::now();
        let DeliveryState::Refused(error) = delivered(nodes, Wanted::Committed).await else {
            panic!("refused");
        };
        assert!(begin.elapsed() < Duration::from_secs(10));
        let url = nodes[nodes.len() - 1].url.as_str();
        let way_out = error.way_out();
        assert!(
            way_out.contains(&format!("waybill validator list --url {url}`")),
            "{way_out}"
        );
        assert_eq!(Failure::from(error).exit, Exit::Refused);
    }
}

#[tokio::test]
async fn time_runs_out() {
    let node = TestNode::start().await;
    node.on("POST ", [Answer::problem(503, "not-ready")]);
    let mut plan = plan(&[&node], Wanted::Committed);
    plan.timeout = Duration::from_millis(600);
    let state = deliver(&plan, &submission(), 0).await.state;
    assert!(matches!(
        state,
        DeliveryState::Refused(ClientError::Problem { status: 503, .. })
    ));
    plan.nodes = vec![NodeClient::new("http://127.0.0.1:1").unwrap()];
    let state = deliver(&plan, &submission(), 0).await.state;
    assert!(matches!(state, DeliveryState::Unreachable(error) if error.is_unreachable()));
}

/// What a node took is on its way, also if the node is gone before it is committed.
#[tokio::test]
async fn what_a_node_took_is_not_forgotten_with_the_node() {
    let node = TestNode::start().await;
    node.on("POST ", [pending()]);
    node.gone_after("POST ");
    let mut short = plan(&[&node], Wanted::Committed);
    short.timeout = Duration::from_millis(900);
    let state = deliver(&short, &submission(), 0).await.state;
    assert_eq!(node.requests().len(), 1);
    let DeliveryState::TimedOut(Some(error)) = state else {
        panic!("{state:?}");
    };
    assert!(error.is_unreachable(), "{error:?}");
    // Another one that refuses it afterwards takes nothing back.
    let (lost, other) = (TestNode::start().await, TestNode::start().await);
    lost.on("POST ", [pending()]);
    lost.on("GET ", [Answer::problem(404, "no-such-submission")]);
    other.on("POST ", [Answer::problem(422, "expired")]);
    let state = delivered(&[&lost, &other], Wanted::Committed).await;
    assert!(
        matches!(
            &state,
            DeliveryState::TimedOut(Some(ClientError::Problem { status: 422, .. }))
        ),
        "{state:?}"
    );
}

/// A connection that breaks off in the middle says nothing of what the node did.
#[tokio::test]
async fn what_was_sent_into_a_broken_connection_may_be_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 64]).await;
        }
    });
    let plan = DeliveryPlan {
        nodes: vec![NodeClient::new(&url).unwrap()],
        wanted: Wanted::Taken,
        timeout: Duration::from_millis(300),
    };
    let state = deliver(&plan, &submission(), 0).await.state;
    assert!(
        matches!(
            &state,
            DeliveryState::TimedOut(Some(ClientError::BrokenOff { .. }))
        ),
        "{state:?}"
    );
}

#[test]
fn an_answer_that_says_no_is_told_from_one_that_says_nothing() {
    let url = || "http://a:1".to_owned();
    let problem = |status: u16, code: &str| ClientError::Problem {
        url: url(),
        status,
        problem: serde_json::from_str(&Answer::problem(status, code).body).unwrap(),
        retry_after: None,
    };
    let of_proxy = |status| ClientError::Problem {
        url: url(),
        status,
        problem: Box::default(),
        retry_after: None,
    };
    for no in [
        problem(503, "not-ready"),
        problem(429, "busy"),
        problem(503, "overloaded"),
        problem(408, "slow-body"),
        problem(422, "invalid-record"),
        of_proxy(404),
        of_proxy(429),
    ] {
        assert!(!no.may_have_been_taken(), "{no:?}");
    }
    for perhaps in [
        problem(503, "request-timeout"),
        problem(500, "store-failed"),
        problem(500, "internal-error"),
        of_proxy(502),
        of_proxy(504),
        ClientError::TimedOut { url: url() },
        ClientError::AnswerTooLarge { url: url() },
    ] {
        assert!(perhaps.may_have_been_taken(), "{perhaps:?}");
    }
}

#[tokio::test]
async fn answers_that_are_none_of_a_node_are_told_apart() {
    let node = TestNode::start().await;
    let client = NodeClient::new(&node.url).unwrap();
    node.on("GET /v1/status", [Answer::ok("<html>")]);
    assert!(matches!(
        client.status().await,
        Err(ClientError::Unexpected { .. })
    ));
    node.on(
        "GET /readyz",
        [Answer {
            status: 502,
            headers: Vec::new(),
            body: "<html>".to_owned(),
        }],
    );
    let error = client.ready().await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.why(), "it answered with status 502");
    node.on("GET /large", [Answer::ok(" ".repeat(MAX_ANSWER_BYTES + 1))]);
    assert!(matches!(
        client.text("/large").await,
        Err(ClientError::AnswerTooLarge { .. })
    ));
    node.on(
        "GET /moved",
        [Answer {
            status: 302,
            headers: vec![("location", "http://127.0.0.1:1/".to_owned())],
            body: String::new(),
        }],
    );
    assert!(matches!(
        client.text("/moved").await,
        Err(ClientError::Problem { status: 302, .. })
    ));
}

struct Scene {
    node: TestNode,
    folder: tempfile::TempDir,
}

async fn scene() -> Scene {
    let node = TestNode::start().await;
    let folder = tempfile::tempdir().unwrap();
    write_key(
        &folder.path().join("writer.key"),
        &SecretKey::from_seed([1; 32]),
    )
    .unwrap();
    node.on("GET /v1/status", [status_answer()]);
    Scene { node, folder }
}

impl Scene {
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn submit(&self, options: &[&str], input: &Path) -> Result<Exit, Failure> {
        let key = self.folder.path().join("writer.key").display().to_string();
        let input = input.display().to_string();
        let line = [
            "waybill",
            "submit",
            "--member",
            "acme",
            "--key",
            &key,
            "--url",
            &self.node.url,
        ]
        .into_iter()
        .chain(options.iter().copied())
        .chain([input.as_str()]);
        let Command::Submit(arguments) = Arguments::parse_from(line).command else {
            panic!("submit");
        };
        submit::run(&arguments, &Output::new(Reader::Script)).await
    }

    fn bodies(&self) -> Vec<String> {
        self.node
            .requests()
            .iter()
            .filter(|request| request.line.starts_with("POST"))
            .flat_map(|request| {
                let submission = Submission::from_bytes(&request.body).unwrap();
                assert_eq!(submission.header().ledger, ledger());
                assert!(submission.verify().is_ok());
                submission.records().to_vec()
            })
            .map(|record| String::from_utf8(record.body.to_vec()).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn submit_signs_what_the_file_has_and_ends_by_its_outcome() {
    let scene = scene().await;
    scene.node.on(
        "POST ",
        [
            accepted(),
            committed(r#"{"result":"duplicate","of":1}"#),
            committed(r#"{"result":"rejected","code":"c","reason":"r"}"#),
        ],
    );
    let file = scene.file("e.json", EVENT);
    assert_eq!(scene.submit(&[], &file).await.unwrap(), Exit::Success);
    assert_eq!(scene.submit(&[], &file).await.unwrap(), Exit::Success);
    assert_eq!(scene.submit(&[], &file).await.unwrap(), Exit::Rejected);
    assert_eq!(scene.bodies(), [EVENT, EVENT, EVENT]);
}

/// A script learns from the exit code whether the submission may still be committed.
#[tokio::test]
async fn submit_tells_what_may_be_there_from_what_is_not() {
    let scene = scene().await;
    let file = scene.file("e.json", EVENT);
    let options = ["--timeout", "900ms"];
    scene.node.on(
        "POST ",
        [
            Answer::problem(503, "not-ready").with_header("retry-after", "2"),
            pending(),
        ],
    );
    assert_eq!(scene.submit(&options, &file).await.unwrap(), Exit::Refused);
    scene.node.gone_after("POST ");
    assert_eq!(scene.submit(&options, &file).await.unwrap(), Exit::TimedOut);
    let ledger = ledger().to_string();
    let options = ["--timeout", "300ms", "--ledger", &ledger];
    let unsent = scene.submit(&options, &file).await.unwrap();
    assert_eq!(unsent, Exit::Unreachable);
}

#[tokio::test]
async fn submit_packs_many_records_in_order() {
    let scene = scene().await;
    scene.node.on("POST ", [accepted()]);
    let events: Vec<_> = (0..5)
        .map(|n| EVENT.replace("1.50", &format!("{n}.50")))
        .collect();
    let file = scene.file("many.json", &format!("[{}]", events.join(",")));
    let options = ["--per-submission", "2", "--concurrency", "1"];
    assert_eq!(scene.submit(&options, &file).await.unwrap(), Exit::Success);
    assert_eq!(scene.bodies(), events);
    let failure = scene
        .submit(&["--atomic", "--per-submission", "2"], &file)
        .await;
    assert!(failure.is_ok(), "all or nothing ignores the packing");
}

#[tokio::test]
async fn submit_checks_before_it_sends() {
    let scene = scene().await;
    scene
        .node
        .on("POST ", [Answer::problem(422, "invalid-record")]);
    let file = scene.file("bad.json", &EVENT.replace("OBSERVE", "LOOK"));
    let failure = scene.submit(&[], &file).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Files);
    assert!(failure.why.contains("bad.json: at /action"), "{failure}");
    assert!(scene.node.requests().is_empty());
    assert_eq!(
        scene.submit(&["--no-check"], &file).await.unwrap(),
        Exit::Refused
    );
    let late = scene
        .submit(&["--expires-in", "2h"], &scene.file("e.json", EVENT))
        .await;
    assert_eq!(late.unwrap_err().exit, Exit::Usage);
}

#[tokio::test]
async fn status_and_get_answer() {
    let scene = scene().await;
    let output = Output::new(Reader::Script);
    let run_status = async |url: &str| {
        let Command::Status(arguments) =
            Arguments::parse_from(["waybill", "status", "--url", url]).command
        else {
            panic!("status");
        };
        status::run(&arguments, &output).await
    };
    assert_eq!(run_status(&scene.node.url).await.unwrap(), Exit::Success);
    let both = format!("{},http://127.0.0.1:1", scene.node.url);
    assert_eq!(run_status(&both).await.unwrap(), Exit::Unreachable);
    assert_eq!(
        run_status("http://127.0.0.1:1").await.unwrap_err().exit,
        Exit::Unreachable
    );

    scene
        .node
        .on("GET /v1/records/7", [Answer::ok(r#"{"index":7,"n":1.50}"#)]);
    scene.node.on("GET /v1/submissions/", [accepted()]);
    let run_get = async |what: &str| {
        let line = ["waybill", "get", "--url", &scene.node.url, what];
        let Command::Get(arguments) = Arguments::parse_from(line).command else {
            panic!("get");
        };
        get::run(&arguments, &output).await
    };
    assert_eq!(run_get("7").await.unwrap(), Exit::Success);
    assert_eq!(
        run_get(&submission().id().to_string()).await.unwrap(),
        Exit::Success
    );
    assert_eq!(run_get("8").await.unwrap_err().exit, Exit::Refused);
}

/// A command that makes a record says what helps with its rejection.
#[tokio::test]
async fn a_rejected_record_is_told_with_its_way_out() {
    let scene = scene().await;
    let outcome = |code: &str| {
        committed(&format!(
            r#"{{"result":"rejected","code":"{code}","reason":"acme holds it"}}"#
        ))
    };
    scene
        .node
        .on("POST ", [outcome("already-held"), outcome("of-tomorrow")]);
    let key = scene.folder.path().join("writer.key").display().to_string();
    let url = &scene.node.url;
    let line = format!("waybill custody claim urn:x:sack --member acme --key {key} --url {url}");
    let claim = async || {
        let Command::Custody(arguments) = Arguments::parse_from(line.split(' ')).command else {
            panic!("custody");
        };
        custody::run(&arguments, &Output::new(Reader::Script)).await
    };
    let failure = claim().await.unwrap_err();
    assert_eq!(failure.exit, Exit::Rejected);
    assert!(
        failure.way_out.contains("waybill custody show"),
        "{failure}"
    );
    let unknown = claim().await.unwrap_err();
    assert_eq!(unknown.way_out, format!("waybill get 7 --url {url}"));
}
