//! A contract of an enterprise's own, written in a folder and put in force by votes while four nodes
//! run, all by the command line; and what the nodes then say.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Node, get};
use crate::member::{Member, commit, record};

const MANIFEST: &str = r#"
name = "pallet-pool"
version = 1
title = "Pallets that go round"

[[record]]
kind = "pallet-pool.deposit"
version = 1
title = "pallets are handed over"
schema = "schemas/pallets.json"
asset = { key = "/account", operation = "put" }

[[record.rule]]
name = "grows-slowly"
check = "self.count <= (oldSelf == null ? 0 : oldSelf.count) + 10"
message = "ten pallets at most are handed over at once"
"#;

const SCHEMA: &str = r#"{
  "type": "object", "required": ["account", "count"], "additionalProperties": false,
  "properties": {"account": {"type": "string"}, "count": {"type": "integer", "minimum": 0}}
}"#;

fn write_contract(folder: &Path) {
    fs::create_dir_all(folder.join("schemas")).unwrap();
    fs::create_dir_all(folder.join("examples/valid")).unwrap();
    fs::write(folder.join("contract.toml"), MANIFEST).unwrap();
    fs::write(
        folder.join("README.md"),
        "Who owes whom how many pallets.\n",
    )
    .unwrap();
    fs::write(folder.join("schemas/pallets.json"), SCHEMA).unwrap();
    let example = json!({
        "description": "a first deposit", "kind": "pallet-pool.deposit",
        "submitter": {"member": "acme"}, "record": {"account": "acme", "count": 10}
    });
    fs::write(
        folder.join("examples/valid/first.json"),
        example.to_string(),
    )
    .unwrap();
}

/// Runs the program against a node. Returns the exit code and what it printed as JSON.
fn waybill(node: &Node, arguments: &[&str], signs: bool) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.arg("--json").arg("contract").args(arguments);
    command.args(["--url", &node.url]);
    if signs {
        let key = node.keys_folder().join("writer.key");
        command.args([
            "--member",
            node.member.as_str(),
            "--key",
            key.to_str().unwrap(),
        ]);
    }
    let output = command.output().unwrap();
    let printed = if output.stdout.is_empty() {
        &output.stderr
    } else {
        &output.stdout
    };
    let document = serde_json::from_slice(printed).unwrap_or(Value::Null);
    (output.status.code().unwrap(), document)
}

fn deposit(count: u32) -> waybill::types::Record {
    let body = json!({"account": "acme", "count": count});
    record("pallet-pool.deposit", body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_put_a_contract_of_their_own_in_force_while_the_network_runs() {
    let cluster = Cluster::start(4).await;
    let nodes = &cluster.nodes;
    let folder = tempfile::tempdir().unwrap();
    write_contract(folder.path());
    let path = folder.path().to_str().unwrap();
    let client = reqwest::Client::new();
    let member = Member::of(&cluster, 3);
    let early = member.sign(vec![deposit(10)]);
    assert!(commit(&nodes[3].url, &client, &early).await.is_none());

    let install = ["install", path, "--reason", "we share pallets"];
    let (exit, proposal) = waybill(&nodes[0], &install, true);
    assert_eq!(exit, 0, "{proposal}");
    assert_eq!(proposal["status"], "open", "{proposal}");
    let index = proposal["index"].as_u64().unwrap().to_string();
    // Once is enough, and nobody else takes it back.
    let (exit, failure) = waybill(&nodes[0], &["approve", &index], true);
    assert_eq!(exit, 5, "{failure}");
    let (exit, failure) = waybill(&nodes[1], &["withdraw", &index], true);
    assert_eq!(exit, 5, "{failure}");
    let (exit, second) = waybill(&nodes[1], &["approve", &index], true);
    assert_eq!((exit, &second["status"]), (0, &json!("open")), "{second}");
    let (exit, third) = waybill(&nodes[2], &["approve", &index], true);
    assert_eq!((exit, &third["status"]), (0, &json!("adopted")), "{third}");

    cluster.wait_until_equal().await;
    for node in nodes {
        let (exit, list) = waybill(node, &["list"], false);
        assert_eq!(exit, 0);
        let contracts = list["contracts"].as_array().unwrap();
        let found = contracts
            .iter()
            .find(|c| c["name"] == "pallet-pool")
            .unwrap();
        assert_eq!(found["inForce"], true, "{list}");
        let status = get(node, "/v1/status").await.unwrap();
        let kinds = status["kinds"].as_array().unwrap();
        assert!(
            kinds
                .iter()
                .any(|kind| kind["kind"] == "pallet-pool.deposit")
        );
    }

    // The new rules hold at every node, and what they keep is the same everywhere.
    for (number, count) in [(0, 10), (1, 15), (2, 25)] {
        let submission = member.sign(vec![deposit(count)]);
        let answer = commit(&nodes[number].url, &client, &submission)
            .await
            .unwrap();
        assert_eq!(
            answer["entries"][0]["outcome"]["result"], "accepted",
            "{answer}"
        );
        cluster.wait_until_equal().await;
    }
    let greedy = member.sign(vec![deposit(36)]);
    assert!(commit(&nodes[3].url, &client, &greedy).await.is_none());
    let mut answers = Vec::new();
    for node in nodes {
        answers.push(get(node, "/v1/assets/pallet-pool/acme").await.unwrap());
    }
    assert_eq!(answers[0]["body"]["count"], 25);
    assert_eq!(answers[0]["history"].as_array().unwrap().len(), 3);
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );

    // Whoever asks gets the files back, byte for byte.
    let out = folder.path().join("copy");
    let show = ["show", "pallet-pool", "--out", out.to_str().unwrap()];
    let (exit, _) = waybill(&nodes[2], &show, false);
    assert_eq!(exit, 0);
    for file in ["contract.toml", "README.md", "schemas/pallets.json"] {
        let (ours, theirs) = (folder.path().join(file), out.join(file));
        assert_eq!(fs::read(ours).unwrap(), fs::read(theirs).unwrap());
    }
    let (exit, failure) = waybill(&nodes[2], &show, false);
    assert_eq!(exit, 3, "{failure}");
}

/// A node that was stopped while a contract came into force, and one that is killed after, judge as
/// the others do.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_come_back_judge_by_the_contracts_in_force() {
    let mut cluster = Cluster::start(4).await;
    let folder = tempfile::tempdir().unwrap();
    write_contract(folder.path());
    let path = folder.path().to_str().unwrap();
    let client = reqwest::Client::new();
    // A validator that never signed is silent for some heights when it comes late: let this one sign.
    let member = Member::of(&cluster, 0);
    let before = member.sign(vec![crate::member::event(1)]);
    let url = &cluster.nodes[3].url;
    assert!(commit(url, &client, &before).await.is_some());
    cluster.nodes[3].kill_nine();
    let install = ["install", path, "--reason", "we share pallets"];
    let (exit, proposal) = waybill(&cluster.nodes[0], &install, true);
    assert_eq!(exit, 0, "{proposal}");
    let index = proposal["index"].as_u64().unwrap().to_string();
    for number in [1, 2] {
        let (exit, answer) = waybill(&cluster.nodes[number], &["approve", &index], true);
        assert_eq!(exit, 0, "{answer}");
    }
    let first = member.sign(vec![deposit(7)]);
    assert!(
        commit(&cluster.nodes[0].url, &client, &first)
            .await
            .is_some()
    );
    cluster.nodes[3].start();
    // Ready is near the tip, not at it; the contract is in the last few blocks.
    crate::cluster::wait_until_ready(&cluster.nodes[3]).await;
    cluster.wait_until_equal().await;
    cluster.nodes[0].kill_nine();
    let second = member.sign(vec![deposit(17)]);
    assert!(
        commit(&cluster.nodes[3].url, &client, &second)
            .await
            .is_some(),
        "{}",
        cluster.last_lines()
    );
    cluster.nodes[0].start();
    crate::cluster::wait_until_ready(&cluster.nodes[0]).await;
    cluster.wait_until_equal().await;
    let mut roots = Vec::new();
    for node in &cluster.nodes {
        let asset = get(node, "/v1/assets/pallet-pool/acme").await.unwrap();
        assert_eq!(asset["revision"], 2, "{asset}");
        let list = get(node, "/v1/contracts").await.unwrap();
        roots.push((asset["body"].clone(), list["contractSet"].clone()));
    }
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]), "{roots:?}");
}
