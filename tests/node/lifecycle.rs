//! Starting, stopping, catching up, and refusing to start on what is damaged.

use std::path::PathBuf;

use crate::cluster::{Cluster, get, tip, wait_until_ready};
use crate::member::{Member, commit, event, location};

/// Submits some events through a node and returns how many entries its log has then.
async fn order(cluster: &Cluster, number: usize, first: u64, submissions: u64) -> u64 {
    let member = Member::of(cluster, number);
    let client = reqwest::Client::new();
    for n in 0..submissions {
        let records = (0..5).map(|k| event(first + n * 5 + k)).collect();
        let submission = member.sign(records);
        let answer = commit(&cluster.nodes[number].url, &client, &submission).await;
        assert!(answer.is_some(), "{}", cluster.last_lines());
    }
    tip(&cluster.nodes[number]).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_validator_is_a_ledger_and_survives_a_restart() {
    let mut cluster = Cluster::start(1).await;
    let size = order(&cluster, 0, 1, 3).await;
    let before = tip(&cluster.nodes[0]).await;
    for signal in ["TERM", "INT"] {
        assert_eq!(cluster.nodes[0].stop(signal).code(), Some(0));
        cluster.nodes[0].start();
        wait_until_ready(&cluster.nodes[0]).await;
    }
    let after = tip(&cluster.nodes[0]).await;
    assert!(after.as_ref().unwrap().0 >= size);
    if after.as_ref().unwrap().0 == size {
        assert_eq!(after, before);
    }
    order(&cluster, 0, 1_000, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_of_four_go_on_and_the_fourth_catches_up_even_from_nothing() {
    let mut cluster = Cluster::start(4).await;
    order(&cluster, 0, 1, 3).await;
    cluster.nodes[3].kill_nine();
    let member = Member::of(&cluster, 1);
    let submission = member.sign(vec![event(77_777)]);
    let client = reqwest::Client::new();
    let url = cluster.nodes[1].url.clone();
    assert!(commit(&url, &client, &submission).await.is_some());
    order(&cluster, 2, 10_000, 5).await;
    // It comes back with its disk, and then once more with nothing but genesis and keys.
    cluster.nodes[3].start();
    cluster.wait_until_equal().await;
    assert_eq!(cluster.nodes[3].stop("TERM").code(), Some(0));
    let data: PathBuf = cluster.nodes[3].data_folder();
    std::fs::remove_dir_all(&data).unwrap();
    order(&cluster, 0, 20_000, 2).await;
    cluster.nodes[3].start();
    cluster.wait_until_equal().await;
    let id = submission.id();
    assert_eq!(
        location(&cluster.nodes[3], &id).await,
        location(&cluster.nodes[1], &id).await
    );
    // It has lost what it may have signed, so it follows until two heights have been decided. Then it
    // takes part again: with another node down the quorum needs it.
    wait_until_it_signs(&cluster, 3).await;
    cluster.nodes[1].kill_nine();
    order(&cluster, 0, 30_000, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_node_needs_genesis_keys_and_the_address_of_one_peer() {
    let mut cluster = Cluster::create(4);
    for node in &mut cluster.nodes[..3] {
        node.start();
    }
    for node in &cluster.nodes[..3] {
        wait_until_ready(node).await;
    }
    order(&cluster, 0, 1, 4).await;
    // Of its peers it gets one address; the others know its own, and are not to come to it.
    let config = std::fs::read_to_string(&cluster.nodes[3].config).unwrap();
    let peers: Vec<&str> = config
        .lines()
        .filter(|line| line.contains("{ key = "))
        .collect();
    assert_eq!(peers.len(), 3, "{config}");
    let listen = config
        .lines()
        .find(|line| line.starts_with("listen = ["))
        .unwrap();
    let alone = config
        .replace(peers[1], "")
        .replace(peers[2], "")
        .replace(listen, "listen = [\"127.0.0.1:0\"]");
    std::fs::write(&cluster.nodes[3].config, alone).unwrap();
    cluster.nodes[3].start();
    cluster.wait_until_equal().await;
    let status = get(&cluster.nodes[3], "/v1/status").await.unwrap();
    assert_eq!(status["peers"].as_array().unwrap().len(), 1, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_four_stop_and_go_on_when_a_third_comes() {
    let mut cluster = Cluster::start(4).await;
    let size = order(&cluster, 0, 1, 1).await;
    cluster.nodes[2].kill_nine();
    cluster.nodes[3].kill_nine();
    let member = Member::of(&cluster, 0);
    let submission = member.sign(vec![event(5_000)]);
    let url = format!(
        "{}/v1/submissions?wait=committed&timeoutMs=2000",
        cluster.nodes[0].url
    );
    let response = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/octet-stream")
        .body(waybill::types::Encode::to_bytes(&submission))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 202, "nothing can be committed");
    assert_eq!(tip(&cluster.nodes[0]).await.unwrap().0, size);
    let ready = reqwest::get(format!("{}/readyz", cluster.nodes[0].url))
        .await
        .unwrap();
    assert_eq!(ready.status().as_u16(), 503);
    assert!(
        ready
            .text()
            .await
            .unwrap()
            .contains("validators are connected")
    );
    cluster.nodes[2].start();
    let deadline = std::time::Instant::now() + crate::cluster::PATIENCE;
    while location(&cluster.nodes[0], &submission.id())
        .await
        .is_none()
    {
        assert!(
            std::time::Instant::now() < deadline,
            "{}",
            cluster.last_lines()
        );
        tokio::time::sleep(crate::cluster::PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_consensus_log_is_refused_with_a_way_out_that_works() {
    let mut cluster = Cluster::start(4).await;
    order(&cluster, 0, 1, 3).await;
    cluster.nodes[3].kill_nine();
    let folder = cluster.nodes[3].data_folder().join("consensus");
    let log = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .max()
        .unwrap();
    let mut bytes = std::fs::read(&log).unwrap();
    // In the first frames, far from the end: nothing but rot changes what was synced.
    for byte in &mut bytes[80..120] {
        *byte ^= 0x55;
    }
    std::fs::write(&log, &bytes).unwrap();
    cluster.nodes[3].start();
    let status = cluster.nodes[3].wait_for_end();
    let message = std::fs::read_to_string(cluster.nodes[3].log()).unwrap();
    assert!(!status.success());
    assert!(message.contains("--recover-consensus"), "{message}");
    cluster.nodes[3].start_with(&["--recover-consensus"]);
    // Until it signs again it says so to whoever asks whether it is ready.
    let ready = format!("{}/readyz", cluster.nodes[3].url);
    let deadline = std::time::Instant::now() + crate::cluster::PATIENCE;
    loop {
        if let Ok(response) = reqwest::get(&ready).await
            && response.status().as_u16() == 503
            && response.text().await.unwrap().contains("does not sign")
        {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "it says nothing");
        tokio::time::sleep(crate::cluster::PAUSE).await;
    }
    order(&cluster, 0, 50_000, 5).await;
    cluster.wait_until_equal().await;
    wait_until_it_signs(&cluster, 3).await;
    wait_until_ready(&cluster.nodes[3]).await;
}

/// Orders records until a node that was muted signs again.
async fn wait_until_it_signs(cluster: &Cluster, number: usize) {
    let deadline = std::time::Instant::now() + crate::cluster::PATIENCE;
    for first in (1_000_000..).step_by(1_000) {
        let metrics = reqwest::get(format!("{}/metrics", cluster.nodes[number].url));
        let text = metrics.await.unwrap().text().await.unwrap();
        // A line of its own: the help text of the metric has the same words.
        if text.lines().any(|line| line == "waybill_signs 1") {
            break;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{}",
            cluster.last_lines()
        );
        order(cluster, 1, first, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_another_ledger_is_refused() {
    let mut one = Cluster::start(1).await;
    assert!(one.nodes[0].stop("TERM").success());
    let mut other = Cluster::create(1);
    std::fs::rename(one.nodes[0].data_folder(), other.nodes[0].data_folder()).unwrap();
    other.nodes[0].start();
    let status = other.nodes[0].wait_for_end();
    assert!(!status.success());
    let message = std::fs::read_to_string(other.nodes[0].log()).unwrap();
    assert!(message.contains("ledger"), "{message}");
    assert!(get(&other.nodes[0], "/livez").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_disk_fails_stops_says_so_and_goes_on_when_there_is_room() {
    let mut cluster = Cluster::create(1);
    cluster.nodes[0].start_on_small_disk(2_048);
    wait_until_ready(&cluster.nodes[0]).await;
    let member = Member::of(&cluster, 0);
    let client = reqwest::Client::new();
    let mut committed = Vec::new();
    for number in 0..1_000 {
        let records = (0..100).map(|n| event(number * 100 + n)).collect();
        let submission = member.sign(records);
        if commit(&cluster.nodes[0].url, &client, &submission)
            .await
            .is_none()
        {
            break;
        }
        committed.push(submission.id());
    }
    let status = cluster.nodes[0].wait_for_end();
    assert_eq!(status.code(), Some(8), "{}", cluster.last_lines());
    let log = std::fs::read_to_string(cluster.nodes[0].log()).unwrap();
    assert!(log.contains("store failed"), "{log}");
    assert!(!committed.is_empty() && committed.len() < 1_000);

    cluster.nodes[0].start();
    wait_until_ready(&cluster.nodes[0]).await;
    for id in &committed {
        assert!(
            location(&cluster.nodes[0], id).await.is_some(),
            "{id} is lost"
        );
    }
    order(&cluster, 0, 9_000_000, 1).await;
}

/// More connections than the shell's limit of files: without its own, the store could not open a file, and the node
/// would stop.
#[tokio::test(flavor = "multi_thread")]
async fn connections_do_not_take_the_files_that_a_node_needs() {
    let mut cluster = Cluster::create(1);
    cluster.nodes[0].start_after("ulimit -n 2000");
    let status = cluster.nodes[0].wait_for_end();
    assert_eq!(status.code(), Some(3), "{}", cluster.last_lines());
    let log = std::fs::read_to_string(cluster.nodes[0].log()).unwrap();
    assert!(log.contains("no more than 2000"), "{log}");
    assert!(log.contains("ulimit -n "), "{log}");

    cluster.nodes[0].start_after("ulimit -Sn 200");
    wait_until_ready(&cluster.nodes[0]).await;
    let address = cluster.nodes[0].url.strip_prefix("http://").unwrap();
    let mut connections = Vec::new();
    for _ in 0..400 {
        connections.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    order(&cluster, 0, 0, 20).await;
    assert_eq!(connections.len(), 400);
}

/// Runs `waybill store verify` on a node's folder; gives its exit code and JSON.
fn verify_store(node: &crate::cluster::Node) -> (Option<i32>, serde_json::Value) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["store", "verify", "--json", "--config"])
        .arg(&node.config)
        .output()
        .unwrap();
    let text = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    let answer = serde_json::from_slice(&text)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&text)));
    (output.status.code(), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_nodes_store_is_verified_and_rot_in_it_is_found() {
    let mut cluster = Cluster::start(1).await;
    let never_ran = Cluster::create(1);
    let (code, answer) = verify_store(&never_ran.nodes[0]);
    assert_eq!(code, Some(3), "{answer}");
    assert!(!never_ran.nodes[0].data_folder().exists());

    order(&cluster, 0, 1, 40).await;
    let (code, answer) = verify_store(&cluster.nodes[0]);
    assert_eq!(code, Some(8), "{answer}");
    assert!(
        answer["error"]["wayOut"]
            .as_str()
            .unwrap()
            .contains("stop the node")
    );
    assert!(cluster.nodes[0].stop("TERM").success());
    let (code, report) = verify_store(&cluster.nodes[0]);
    assert_eq!(code, Some(0), "{report}");
    cluster.nodes[0].start();
    wait_until_ready(&cluster.nodes[0]).await;
    let (size, root) = tip(&cluster.nodes[0]).await.unwrap();
    // An empty block may have come since.
    if report["logSize"] == size {
        assert_eq!(report["logRoot"], root);
    }
    assert!(report["logSize"].as_u64().unwrap() >= 200);
    assert!(cluster.nodes[0].stop("TERM").success());

    // Some bits of the largest file, which holds the batches.
    let store = cluster.nodes[0].data_folder().join("store");
    let largest = std::fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            name.ends_with(".blob") || name.ends_with(".sst") || name.ends_with(".log")
        })
        .max_by_key(|entry| entry.metadata().unwrap().len())
        .unwrap()
        .path();
    let mut bytes = std::fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x10;
    }
    std::fs::write(&largest, bytes).unwrap();
    let (code, answer) = verify_store(&cluster.nodes[0]);
    assert!(matches!(code, Some(1 | 8)), "{code:?} {answer}");
    assert!(!answer["error"]["what"].as_str().unwrap().is_empty());
}

/// A command that waits for a ledger without a quorum says so, and on standard output there is nothing but the result.
#[tokio::test(flavor = "multi_thread")]
async fn a_submission_without_a_quorum_says_that_it_waits() {
    let mut cluster = Cluster::start(4).await;
    order(&cluster, 0, 1, 1).await;
    cluster.nodes[2].kill_nine();
    cluster.nodes[3].kill_nine();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    std::fs::write(&file, &event(99_999).body).unwrap();
    let node = &cluster.nodes[0];
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_waybill"))
        .args(["--json", "submit", "--timeout", "15s", "--url", &node.url])
        .args(["--member", node.member.as_str(), "--key"])
        .arg(node.keys_folder().join("writer.key"))
        .arg(&file)
        .output()
        .unwrap();
    let (told, printed) = (
        String::from_utf8(output.stderr).unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    );
    assert_eq!(output.status.code(), Some(7), "{told}\n{printed}");
    assert!(
        told.contains("still waiting: the ledger has had no new block since"),
        "{told}"
    );
    assert!(told.contains("waybill status --url"), "{told}");
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["summary"]["timedOut"], 1);
}
