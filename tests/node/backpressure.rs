//! More than the ledger can take: clients are told to come back, what was taken is kept, and memory
//! stays bounded.

use std::time::Instant;

use waybill::types::{Encode, SubmissionId};

use crate::cluster::{Cluster, PATIENCE, PAUSE, get};
use crate::member::{Member, commit, event, location, post};

/// Peak memory of a process, in KiB.
fn peak_memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_come_back_and_loses_nothing_that_it_took() {
    let mut cluster = Cluster::start(4).await;
    // Two of four order nothing: all that comes in stays.
    cluster.nodes[2].kill_nine();
    cluster.nodes[3].kill_nine();
    let member = Member::of(&cluster, 0);
    let memory_before_kib = peak_memory_kib(cluster.nodes[0].process_id());
    let mut taken: Vec<SubmissionId> = Vec::new();
    let mut first = 0;
    let refused = loop {
        // Some 2 MB in each, so that the queue is full after some dozens.
        let records = (first..first + 6_000).map(event).collect();
        first += 6_000;
        let submission = member.sign(records);
        let body = submission.to_bytes();
        let response = post(
            &cluster.nodes[0],
            "/v1/submissions",
            "application/octet-stream",
            body,
        )
        .await
        .unwrap();
        if response.status().as_u16() != 202 {
            break response;
        }
        taken.push(submission.id());
        assert!(taken.len() < 200, "no end of what the queue takes");
    };
    assert_eq!(refused.status().as_u16(), 429);
    let seconds: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds));
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["type"], "urn:waybill:problem:busy", "{problem}");
    let status = get(&cluster.nodes[0], "/v1/status").await.unwrap();
    let queued = status["mempool"]["byteCount"].as_u64().unwrap();
    assert!(queued <= status["mempool"]["byteLimit"].as_u64().unwrap());
    let grown_kib = peak_memory_kib(cluster.nodes[0].process_id()) - memory_before_kib;
    println!(
        "{} submissions of 6,000 records taken, then 429; {queued} bytes in the queue; the node's \
         peak memory grew by {grown_kib} KiB",
        taken.len()
    );
    assert!(grown_kib < 300 * 1024, "{grown_kib} KiB");

    // With a quorum the queue empties, and there is room again.
    cluster.nodes[2].start();
    let deadline = Instant::now() + PATIENCE;
    for id in &taken {
        while location(&cluster.nodes[0], id).await.is_none() {
            assert!(Instant::now() < deadline, "{}", cluster.last_lines());
            tokio::time::sleep(PAUSE).await;
        }
    }
    let client = reqwest::Client::new();
    let again = member.sign(vec![event(first)]);
    assert!(
        commit(&cluster.nodes[0].url, &client, &again)
            .await
            .is_some()
    );
    cluster.wait_until_equal().await;
}
