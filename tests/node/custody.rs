//! A pallet changes hands between members who disagree, by the command line, while four nodes run: it is
//! rejected, not answered, and taken in the end; and every node tells the same story, with proofs.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::cluster::{Cluster, Node, get};

const PALLET: &str = "urn:epc:id:sscc:9521234.1000000042";

/// Runs the program against a node. Returns the exit code and what it printed as JSON.
fn waybill(node: &Node, arguments: &[&str], signs: bool) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.arg("--json").args(arguments);
    command.args(["--url", &node.url]);
    if signs {
        let key = node.keys_folder().join("writer.key");
        command.args(["--member", node.member.as_str(), "--key"]);
        command.arg(key);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let printed = if stdout.is_empty() { &stderr } else { &stdout };
    let document = serde_json::from_slice(printed).unwrap_or(Value::Null);
    (status.code().unwrap(), document)
}

fn propose(from: &Node, to: &Node, open_for: &str) -> String {
    let to = to.member.as_str();
    let arguments = [
        "custody",
        "propose",
        PALLET,
        "--to",
        to,
        "--open-for",
        open_for,
    ];
    let (exit, proposal) = waybill(from, &arguments, true);
    assert_eq!(exit, 0, "{proposal}");
    proposal["index"].as_u64().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pallet_changes_hands_after_a_dispute() {
    let cluster = Cluster::start(4).await;
    let [maker, carrier, thief] = [0, 1, 2].map(|number| &cluster.nodes[number]);
    let folder = tempfile::tempdir().unwrap();
    let waybill_file = folder.path().join("waybill.txt");
    std::fs::write(&waybill_file, "one pallet, two seals").unwrap();
    let file = waybill_file.to_str().unwrap();

    let (exit, claimed) = waybill(maker, &["custody", "claim", PALLET], true);
    assert_eq!(exit, 0, "{claimed}");
    // Nobody else claims it, or hands it over.
    let (exit, failure) = waybill(thief, &["custody", "claim", PALLET], true);
    assert_eq!(exit, 5, "{failure}");
    let to = carrier.member.as_str();
    let (exit, failure) = waybill(thief, &["custody", "propose", PALLET, "--to", to], true);
    assert_eq!(exit, 5, "{failure}");

    let first = propose(maker, carrier, "1h");
    let (exit, failure) = waybill(thief, &["custody", "accept", &first], true);
    assert_eq!(exit, 5, "{failure}");
    let reason = ["custody", "reject", &first, "--reason", "a seal is broken"];
    let (exit, rejected) = waybill(carrier, &reason, true);
    assert_eq!(
        (exit, rejected["status"].as_str()),
        (0, Some("rejected")),
        "{rejected}"
    );
    let ended = &rejected["ended"];
    assert_eq!(ended["reason"], "a seal is broken", "{rejected}");
    assert_eq!(ended["signed"]["index"], ended["index"], "{rejected}");

    // Nobody answers the second: the ledger ends it by itself.
    let second = propose(maker, carrier, "5s");
    let path = format!("/v1/custody/proposals/{second}");
    let mut expired = Value::Null;
    for _ in 0..600 {
        expired = get(maker, &path).await.unwrap();
        if expired["status"] == "expired" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(expired["status"], "expired", "{expired}");
    let derived = expired["ended"]["index"].as_u64().unwrap();

    let (exit, anchored) = waybill(maker, &["document", "anchor", file], true);
    assert_eq!(exit, 0, "{anchored}");
    let digest = anchored["sha256"].as_str().unwrap();
    let third = propose(maker, carrier, "1h");
    let accept = ["custody", "accept", &third, "--document", digest];
    let (exit, accepted) = waybill(carrier, &accept, true);
    assert_eq!(
        (exit, accepted["status"].as_str()),
        (0, Some("accepted")),
        "{accepted}"
    );

    // Every node tells the same.
    cluster.wait_until_equal().await;
    let mut chains = Vec::new();
    for node in &cluster.nodes {
        let (exit, chain) = waybill(node, &["custody", "chain", PALLET], false);
        assert_eq!(exit, 0, "{chain}");
        chains.push(chain["links"].clone());
        let (exit, shown) = waybill(node, &["custody", "show", PALLET], false);
        assert_eq!(
            (exit, shown["holder"]["member"].as_str()),
            (0, Some(to)),
            "{shown}"
        );
    }
    assert!(
        chains.windows(2).all(|pair| pair[0] == pair[1]),
        "{chains:?}"
    );
    let links = chains[0].as_array().unwrap();
    let statuses: Vec<_> = links
        .iter()
        .map(|link| link["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["claimed", "rejected", "expired", "accepted"]);
    assert_eq!(links[1]["ended"]["reason"], "a seal is broken");
    assert_eq!(links[3]["ended"]["evidence"]["document"], digest);

    // What the ledger made by itself is an entry like others, and proven like others.
    let entry = get(carrier, &format!("/v1/records/{derived}"))
        .await
        .unwrap();
    assert_eq!(entry["type"], "derived", "{entry}");
    assert_eq!(entry["record"]["kind"], "custody.expiry");
    let (exit, shown) = waybill(carrier, &["get", &derived.to_string()], false);
    assert_eq!(
        (exit, shown["type"].as_str()),
        (0, Some("derived")),
        "{shown}"
    );
    let genesis = maker.keys_folder().parent().unwrap().join("genesis.json");
    let anchor = anchored["index"].as_u64().unwrap();
    for (index, is_document) in [(derived, false), (anchor, true)] {
        let proof = folder.path().join(format!("{index}.tlog-proof"));
        let proof = proof.to_str().unwrap();
        let (exit, got) = waybill(
            carrier,
            &["proof", "get", &index.to_string(), "--output", proof],
            false,
        );
        assert_eq!(exit, 0, "{got}");
        let mut verify = Command::new(env!("CARGO_BIN_EXE_waybill"));
        let verified = match is_document {
            true => verify.args(["--json", "document", "verify", file, "--proof", proof]),
            false => verify.args(["--json", "proof", "verify", proof]),
        };
        let output = verified.arg("--genesis").arg(&genesis).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
        if !is_document {
            assert!(told.contains("custody.expiry"), "{told}");
        }
    }
    let (exit, known) = waybill(thief, &["document", "verify", file], false);
    assert_eq!(
        (exit, &known["anchored"]),
        (0, &Value::Bool(true)),
        "{known}"
    );
    std::fs::write(&waybill_file, "one pallet, no seals").unwrap();
    let (exit, unknown) = waybill(thief, &["document", "verify", file], false);
    assert_eq!(
        (exit, &unknown["anchored"]),
        (1, &Value::Bool(false)),
        "{unknown}"
    );
}
