//! The promise that a committed record is never lost, with processes that are killed at any
//! instruction.
//!
//! Four nodes are loaded by their four members, who count a submission as acknowledged only when a
//! node has said that it is committed. One node after the other, sometimes the proposer of the
//! moment, gets SIGKILL and is started again. In the end every acknowledged submission must be at the
//! same place on all four nodes, and their logs must be equal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use waybill::types::SubmissionId;

use crate::cluster::{Cluster, get, wait_until_ready};
use crate::member::{Member, commit, event, location};

const KILLS: usize = 20;
const NODES: usize = 4;
const RECORDS_PER_SUBMISSION: u64 = 3;

/// What the loaders have been told is committed.
#[derive(Default)]
struct Acknowledged {
    submissions: Mutex<Vec<SubmissionId>>,
    records: AtomicU64,
}

/// Submits to one node after the other, the own one first, until told to stop.
fn load(
    member: Member,
    urls: Vec<String>,
    first: usize,
    acknowledged: Arc<Acknowledged>,
    stop: Arc<AtomicBool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let client = reqwest::Client::new();
        let mut number = (first as u64 + 1) * 1_000_000;
        while !stop.load(Ordering::Relaxed) {
            let records = (0..RECORDS_PER_SUBMISSION)
                .map(|n| event(number + n))
                .collect();
            number += RECORDS_PER_SUBMISSION;
            let submission = member.sign(records);
            for turn in 0..NODES {
                let url = &urls[(first + turn) % NODES];
                if commit(url, &client, &submission).await.is_some() {
                    acknowledged.submissions.lock().await.push(submission.id());
                    let records = &acknowledged.records;
                    records.fetch_add(RECORDS_PER_SUBMISSION, Ordering::Relaxed);
                    break;
                }
            }
        }
    })
}

/// The node whose turn it is to propose, as long as nobody is silent.
async fn proposer(cluster: &Cluster) -> Option<usize> {
    let running = cluster.nodes.iter().find(|node| node.is_running())?;
    let height = get(running, "/v1/status").await?["height"].as_u64()?;
    let validators = cluster.genesis.validators();
    let turn = usize::try_from(height % NODES as u64).ok()?;
    let (_, validator) = validators.iter().nth(turn)?;
    cluster
        .nodes
        .iter()
        .position(|node| node.member == validator.member)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_nodes_are_killed_under_load() {
    let mut cluster = Cluster::start(NODES).await;
    let urls: Vec<String> = cluster.nodes.iter().map(|node| node.url.clone()).collect();
    let acknowledged = Arc::new(Acknowledged::default());
    let stop = Arc::new(AtomicBool::new(false));
    let loaders: Vec<JoinHandle<()>> = (0..NODES)
        .map(|number| {
            let member = Member::of(&cluster, number);
            let (acknowledged, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
            load(member, urls.clone(), number, acknowledged, stop)
        })
        .collect();

    let seed = 9;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let pause = |random: &mut ChaCha8Rng, least: u64, most: u64| {
        Duration::from_millis(least + random.next_u64() % (most - least))
    };
    for kill in 1..=KILLS {
        tokio::time::sleep(pause(&mut random, 100, 700)).await;
        let (victim, role) = match proposer(&cluster).await {
            Some(proposer) if kill % 3 == 0 => (proposer, "the proposer"),
            _ => (random.next_u64() as usize % NODES, "any"),
        };
        let before = acknowledged.records.load(Ordering::Relaxed);
        cluster.nodes[victim].kill_nine();
        tokio::time::sleep(pause(&mut random, 50, 900)).await;
        let meanwhile = acknowledged.records.load(Ordering::Relaxed) - before;
        cluster.nodes[victim].start();
        wait_until_ready(&cluster.nodes[victim]).await;
        println!(
            "kill {kill:2}: {} ({role}); {before} records acknowledged before, {meanwhile} while it was down",
            cluster.nodes[victim].member
        );
    }
    stop.store(true, Ordering::Relaxed);
    for loader in loaders {
        loader.await.unwrap();
    }

    let size = cluster.wait_until_equal().await;
    let submissions = acknowledged.submissions.lock().await;
    println!(
        "{} submissions acknowledged, {size} entries on every node",
        submissions.len()
    );
    assert!(
        submissions.len() > KILLS,
        "too little was acknowledged to tell anything"
    );
    for id in submissions.iter() {
        let expected = location(&cluster.nodes[0], id).await;
        assert!(
            expected.is_some(),
            "{id} is lost on {}",
            cluster.nodes[0].member
        );
        for node in &cluster.nodes[1..] {
            assert_eq!(
                location(node, id).await,
                expected,
                "{id} on {}",
                node.member
            );
        }
    }
}
