//! Members trade energy by the command line, each at its own node; the gate closes, and every node has the
//! same clearing.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Node, PATIENCE, PAUSE, get};
use crate::member::from_now;

/// The shipped contract with intervals of five seconds, whose gate closes a second before delivery.
fn write_contract(folder: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/energy-trade");
    let mut manifest = fs::read_to_string(shipped.join("contract.toml")).unwrap();
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("interval = \"PT15M\"", "interval = \"PT5S\""),
        ("opens = \"P7D\"", "opens = \"PT1H\""),
        ("gate-closure = \"PT5M\"", "gate-closure = \"PT1S\""),
        ("settlement = \"P1D\"", "settlement = \"PT1S\""),
    ] {
        assert!(manifest.contains(from), "{from}");
        manifest = manifest.replacen(from, to, 1);
    }
    fs::write(folder.join("contract.toml"), manifest).unwrap();
    fs::copy(shipped.join("README.md"), folder.join("README.md")).unwrap();
    fs::create_dir(folder.join("schemas")).unwrap();
    for entry in fs::read_dir(shipped.join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        fs::copy(&path, folder.join("schemas").join(name)).unwrap();
    }
}

/// Runs the program against a node, signing for its member if it is to, and gives what it prints.
fn waybill(node: &Node, arguments: &[&str], signs: bool) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command.args(arguments).args(["--json", "--url", &node.url]);
    if signs {
        let key = node.keys_folder().join("writer.key");
        command.args(["--member", node.member.as_str(), "--key"]);
        command.arg(key);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn wait_for_status(node: &Node, path: &str, wanted: &str) -> Value {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let interval = get(node, path).await.unwrap_or_default();
        if interval["status"] == wanted {
            return interval;
        }
        assert!(std::time::Instant::now() < deadline, "{interval}");
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_at_different_nodes_are_cleared_alike_everywhere() {
    let cluster = Cluster::start(4).await;
    let nodes = &cluster.nodes;
    let folder = tempfile::tempdir().unwrap();
    write_contract(folder.path());
    let path = folder.path().to_str().unwrap();
    let install = ["contract", "install", path, "--reason", "short intervals"];
    let proposal = waybill(&nodes[0], &install, true);
    let index = proposal["index"].as_u64().unwrap().to_string();
    for node in &nodes[1..3] {
        waybill(node, &["contract", "approve", &index], true);
    }
    cluster.wait_until_equal().await;
    let areas = waybill(&nodes[3], &["market", "areas"], false);
    assert_eq!(areas["areas"][0]["interval"], "PT5S", "{areas}");

    // Far enough ahead for a slow machine.
    let start = waybill::types::Timestamp::from_ms((from_now(30_000).as_ms() / 5_000 + 1) * 5_000);
    let start = start.to_string();
    for (node, side, wh, price) in [
        (0, "bid", "4000", "30000"),
        (1, "bid", "5000", "20000"),
        (2, "offer", "6000", "10000"),
        (3, "offer", "3000", "-500"),
        (3, "offer", "100", "1"),
    ] {
        let order = [
            "market", side, "local", &start, "--wh", wh, "--price", price, "--id",
        ];
        let id = format!("{side}-{wh}");
        let placed = waybill(&nodes[node], &[&order[..], &[&id]].concat(), true);
        assert_eq!(placed["outcome"]["result"], "accepted", "{placed}");
    }
    waybill(&nodes[3], &["market", "withdraw", "offer-100"], true);
    // The same order again is no new one, and says so: what was withdrawn stays so.
    let again = [
        "market",
        "offer",
        "local",
        &start,
        "--wh",
        "100",
        "--price",
        "1",
        "--id",
        "offer-100",
    ];
    let again = waybill(&nodes[3], &again, true);
    assert_eq!(again["outcome"]["result"], "duplicate", "{again}");
    let book = waybill(&nodes[1], &["market", "show", "local", &start], false);
    assert_eq!(
        (&book["bids"], &book["offers"]),
        (&json!(2), &json!(2)),
        "{book}"
    );

    // Nobody does anything: the ledger clears by itself, and settles.
    let place = format!("/v1/market/local/{start}");
    let mut answers = Vec::new();
    for node in nodes {
        let interval = wait_for_status(node, &place, "cleared").await;
        let clearing = interval["clearing"].clone();
        assert_eq!(
            (&clearing["price"], &clearing["trades"]),
            (&json!(15_000), &json!(3))
        );
        let height = interval["height"].as_u64().unwrap();
        let trades = get(node, &format!("{place}/trades")).await.unwrap();
        let index = clearing["index"].as_u64().unwrap();
        let entry = get(node, &format!("/v1/records/{index}")).await.unwrap();
        assert!(height > 0);
        answers.push((clearing, trades["trades"].clone(), entry));
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let path = format!("{place}/settlements");
        let page = get(&nodes[2], &path).await.unwrap();
        if page["settlements"].as_array().unwrap().len() == 4 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{page}");
        tokio::time::sleep(PAUSE).await;
    }
    cluster.wait_until_equal().await;

    // A trade is proved like any other entry.
    let trades = waybill(&nodes[0], &["market", "trades", "local", &start], false);
    let index = trades["trades"][0]["index"].as_u64().unwrap().to_string();
    let out = folder.path().join("trade.tlog-proof");
    let get_proof = ["proof", "get", &index, "--output", out.to_str().unwrap()];
    waybill(&nodes[1], &get_proof, false);
    let settled = waybill(&nodes[2], &["market", "settlement", "local", &start], false);
    assert_eq!(settled["settlements"][0]["boughtWh"], 4_000, "{settled}");
    let orders = ["market", "orders", "--of", nodes[3].member.as_str()];
    let orders = waybill(&nodes[0], &orders, false);
    assert_eq!(orders["orders"].as_array().unwrap().len(), 2, "{orders}");
}
