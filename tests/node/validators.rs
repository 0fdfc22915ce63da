//! Members and validators that come, go and get new keys, decided from the command line while records
//! flow and processes are killed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use reqwest::Method;
use serde_json::Value;
use tokio::sync::Mutex;
use waybill::crypto::checkpoint::SignedCheckpoint;
use waybill::crypto::policy::Policy;
use waybill::types::SubmissionId;

use crate::cluster::{Cluster, Node, PATIENCE, PAUSE, get, wait_until_ready};
use crate::epcis::{CAPTURE, EVENTS, document, send, text};
use crate::member::{Member, commit, event, location};

/// Runs the program as a node's member, against that node. Returns what it printed as JSON.
fn waybill(node: &Node, arguments: &[&str]) -> Result<Value, Value> {
    let key = node.keys_folder().join("writer.key");
    let output = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .arg("--json")
        .args(arguments)
        .args(["--url", &node.url])
        .args(["--member", node.member.as_str()])
        .args(["--key", key.to_str().unwrap()])
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    Err(serde_json::from_slice(&output.stderr)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&output.stderr).as_ref())))
}

/// Writes the proofs of a folder's keys for the newcomer's ledger.
fn prove(keys: &Path, member: &str, genesis: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["keys", "prove", "--member", member, "--folder"])
        .arg(keys)
        .arg("--genesis")
        .arg(genesis)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let path = keys.join("proofs.json");
    fs::write(&path, output.stdout).unwrap();
    path.to_str().unwrap().to_owned()
}

/// As [`waybill`], again and again while validators that were killed or have come have not been heard:
/// as long as that is so the ledger refuses to do without another one.
fn waybill_when_heard(node: &Node, arguments: &[&str]) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match waybill(node, arguments) {
            Ok(answer) => return answer,
            Err(failure) => assert!(
                failure.to_string().contains("quorum-lost") && Instant::now() < deadline,
                "{arguments:?}: {failure}"
            ),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Proposes by the first of some nodes, and lets the others approve until it is adopted.
fn decide(nodes: &[&Node], arguments: &[&str]) {
    let all = [arguments, &["--reason", "agreed"]].concat();
    let opened = waybill_when_heard(nodes[0], &all);
    let index = opened["index"].as_u64().unwrap().to_string();
    let mut status = opened["status"].clone();
    for node in &nodes[1..] {
        if status == "open" {
            let answer = waybill_when_heard(node, &["contract", "approve", &index]);
            status = answer["status"].clone();
        }
    }
    assert_eq!(status, "adopted", "{all:?}");
}

/// Waits until a node says something of itself.
async fn wait_for(node: &Node, what: &str, holds: impl AsyncFn(&Node) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds(node).await {
        assert!(
            Instant::now() < deadline,
            "{}: {what} does not come:\n{}",
            node.member,
            fs::read_to_string(node.log()).unwrap_or_default()
        );
        tokio::time::sleep(PAUSE).await;
    }
}

async fn readyz(node: &Node) -> String {
    match reqwest::get(format!("{}/readyz", node.url)).await {
        Ok(response) => response.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

async fn votes(node: &Node) -> bool {
    let status = get(node, "/v1/status").await;
    status.is_some_and(|status| status.get("consensusKey").is_some())
        && readyz(node).await.starts_with("ready")
}

async fn validator_of(node: &Node, member: &str) -> Option<String> {
    let set = get(node, "/v1/validators").await?;
    let validators = set["validators"].as_array()?.clone();
    let found = validators.iter().find(|one| one["member"] == member)?;
    Some(found["consensusKey"].as_str()?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_come_go_and_get_new_keys_while_records_flow() {
    let mut cluster = Cluster::start(4).await;
    let genesis = cluster.nodes[0].config.with_file_name("genesis.json");
    let mut fifth = cluster.prepare_newcomer("newcomer");
    let stop = Arc::new(AtomicBool::new(false));
    let committed: Arc<Mutex<Vec<SubmissionId>>> = Arc::default();
    let loader = tokio::spawn({
        let (stop, committed) = (Arc::clone(&stop), Arc::clone(&committed));
        let member = Member::of(&cluster, 0);
        let urls = [0, 2].map(|node: usize| cluster.nodes[node].url.clone());
        async move {
            let client = reqwest::Client::new();
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                let submission = member.sign(vec![event(number)]);
                for url in &urls {
                    if commit(url, &client, &submission).await.is_some() {
                        committed.lock().await.push(submission.id());
                        break;
                    }
                }
            }
        }
    });

    // An enterprise becomes a member; its node starts as a follower that nobody has heard of.
    let proofs = prove(&fifth.keys_folder(), "newcomer", &genesis);
    {
        let [a, b, c, _] = &cluster.nodes[..] else {
            panic!("four nodes")
        };
        decide(
            &[a, b, c],
            &["member", "propose-add", &proofs, "--role", "producer"],
        );
        let add_validator = ["validator", "propose-add", &proofs];
        fifth.start();
        wait_for(&fifth, "a follower that could vote", async |node| {
            readyz(node).await.contains("could vote at once")
        })
        .await;
        fifth.kill_nine();
        // It is voted in while it is dead, and votes when it is back.
        decide(&[b, c, a], &add_validator);
        fifth.start();
        wait_for(&fifth, "a vote", votes).await;
    }
    let set = get(&fifth, "/v1/validators").await.unwrap();
    assert_eq!(set["validators"].as_array().unwrap().len(), 5, "{set}");
    assert_eq!(set["quorum"], 4);

    // One of the first is voted out, and another one killed in between.
    let gone = validator_of(&cluster.nodes[0], cluster.nodes[1].member.as_str())
        .await
        .unwrap();
    {
        let [a, b, c, _] = &cluster.nodes[..] else {
            panic!("four nodes")
        };
        decide(&[a, c, b], &["validator", "propose-remove", &gone]);
    }
    cluster.nodes[2].kill_nine();
    cluster.nodes[2].start();
    wait_for(&cluster.nodes[1], "a follower", async |node| {
        readyz(node).await.contains("it is no validator")
    })
    .await;
    let log = fs::read_to_string(cluster.nodes[1].log()).unwrap();
    assert!(log.contains("no validator any more"), "{log}");
    // It takes no submissions, and nobody waits for it.
    let member = cluster.nodes[3].member.to_string();
    let asked = [
        "member",
        "propose-roles",
        &member,
        "--role",
        "producer",
        "--reason",
        "agreed",
    ];
    let told = waybill(&cluster.nodes[1], &asked).unwrap_err().to_string();
    assert!(told.contains("it is a follower"), "{told}");
    assert!(told.contains("waybill validator list --url"), "{told}");
    // Nor does it capture for EPCIS clients, though it has a gateway key.
    let number = 77_777;
    for (path, body) in [(EVENTS, text(number)), (CAPTURE, document(&[text(number)]))] {
        let refused = send(&cluster, 1, Method::POST, path, &[], body).await;
        assert_eq!(refused.status().as_u16(), 501, "{path}");
        assert_eq!(refused.headers().get("retry-after"), None);
        let refused: Value = refused.json().await.unwrap();
        let cause = refused["cause"].as_str().unwrap();
        assert!(cause.contains("it is a follower"), "{refused}");
    }
    wait_until_ready(&cluster.nodes[2]).await;

    // The fourth gets new keys, keeps its identity, and is started with them.
    let old = validator_of(&cluster.nodes[0], cluster.nodes[3].member.as_str())
        .await
        .unwrap();
    let new_keys = cluster.nodes[3].keys_folder().with_file_name("new-keys");
    let member = cluster.nodes[3].member.to_string();
    let made = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["keys", "generate", "--only", "signing", "--member", &member])
        .arg("--folder")
        .arg(&new_keys)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    fs::copy(
        cluster.nodes[3].keys_folder().join("network.key"),
        new_keys.join("network.key"),
    )
    .unwrap();
    let proofs = prove(&new_keys, &member, &genesis);
    {
        let [a, _, c, d] = &cluster.nodes[..] else {
            panic!("four nodes")
        };
        decide(&[a, c, d], &["validator", "propose-replace", &old, &proofs]);
    }
    wait_for(
        &cluster.nodes[3],
        "its new key among the validators",
        async |node| {
            validator_of(node, &member)
                .await
                .is_some_and(|key| key != old)
        },
    )
    .await;
    cluster.nodes[3].kill_nine();
    let config = fs::read_to_string(&cluster.nodes[3].config).unwrap();
    let config = config.replace("keys_folder = \"keys\"", "keys_folder = \"new-keys\"");
    fs::write(&cluster.nodes[3].config, config).unwrap();
    cluster.nodes[3].start();
    wait_for(&cluster.nodes[3], "a vote with the new key", votes).await;
    let new = validator_of(&cluster.nodes[0], &member).await.unwrap();
    assert_ne!(new, old);

    // A writer key is rotated as well, and the old one is refused at once.
    let laptop = cluster.nodes[2].keys_folder().with_file_name("laptop");
    let made = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["keys", "generate", "--only", "writer", "--member"])
        .arg(cluster.nodes[2].member.as_str())
        .arg("--folder")
        .arg(&laptop)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let laptop_key = laptop.join("writer.key");
    let laptop_key = laptop_key.to_str().unwrap();
    waybill(&cluster.nodes[2], &["member", "add-key", laptop_key]).unwrap();
    let own = cluster.nodes[2].writer().public_key().to_string();
    waybill(&cluster.nodes[2], &["member", "revoke-key", &own]).unwrap();
    let refused = waybill(&cluster.nodes[2], &["member", "add-key", laptop_key]).unwrap_err();
    assert!(refused.to_string().contains("in force"), "{refused}");

    tokio::time::sleep(PAUSE * 20).await;
    stop.store(true, Ordering::Relaxed);
    loader.await.unwrap();
    cluster.nodes.push(fifth);
    cluster.wait_until_equal().await;
    let committed = committed.lock().await;
    assert!(committed.len() > 10, "{} committed", committed.len());
    for node in &cluster.nodes {
        for id in committed.iter() {
            assert!(
                location(node, id).await.is_some(),
                "{} lacks {id}",
                node.member
            );
        }
    }
    // What is cosigned verifies under the policy of its validators, and theirs is not that of the
    // beginning, which stays served.
    let text = async |path: &str| {
        let url = format!("{}{path}", cluster.nodes[4].url);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };
    let (checkpoint, policy) = (text("/checkpoint").await, text("/policy").await);
    let first = text("/policy?height=1").await;
    let signed = SignedCheckpoint::parse(checkpoint.as_bytes()).unwrap();
    let verify = |policy: &str| {
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        signed.verify(&policy).is_ok()
    };
    assert!(verify(&policy), "{checkpoint}\n{policy}");
    assert!(!verify(&first));
}
