//! A validator that lies: a program of our own with the keys of a member's node, which speaks the
//! protocol and breaks its promises, among real and honest nodes.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use tokio::task::JoinHandle;
use waybill::consensus::ConsensusMessage;
use waybill::crypto::{Blake3Digest, PublicKey, SecretKey, Signature};
use waybill::network::{
    Channel, Network, NetworkEvent, NetworkHandle, NetworkLimits, NetworkSetup, PeerAddress,
};
use waybill::node::keys::NodeKeys;
use waybill::replica::PeerMessage;
use waybill::types::{
    BlockDigest, Decode, Encode, Evidence, Height, LedgerId, Round, Signable, Signed, Vote,
    VoteType,
};

use crate::cluster::{Cluster, PATIENCE, PAUSE, get, tip, wait_until_ready};
use crate::member::{Member, commit, event};

/// The liar's end of the network. It answers every request with rubbish and reads nothing else.
struct Liar {
    ledger: LedgerId,
    consensus: SecretKey,
    network: NetworkHandle,
    tasks: Vec<JoinHandle<()>>,
}

impl Liar {
    /// Takes the place of a node that does not run, and waits until the others are connected.
    async fn instead_of(cluster: &Cluster, number: usize) -> Self {
        let keys = NodeKeys::load(&cluster.nodes[number].keys_folder()).unwrap();
        let others = || (0..cluster.nodes.len()).filter(|other| *other != number);
        let network_key = |other: usize| -> PublicKey {
            let keys = NodeKeys::load(&cluster.nodes[other].keys_folder()).unwrap();
            keys.network.public_key()
        };
        let (driver, network, mut events) = Network::new(NetworkSetup {
            identity: keys.network,
            ledger: cluster.genesis.ledger(),
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            peers: others()
                .map(|other| PeerAddress {
                    network_key: network_key(other),
                    address: cluster.nodes[other].network_address.to_string(),
                })
                .collect(),
            allowed: others().map(network_key).collect(),
            limits: NetworkLimits::default(),
        })
        .unwrap();
        let mut tasks = vec![tokio::spawn(async move {
            // It ends with the test.
            let _ = driver.run().await;
        })];
        let mut missing: BTreeSet<PublicKey> = others().map(network_key).collect();
        while !missing.is_empty() {
            let event = tokio::time::timeout(PATIENCE, events.recv()).await;
            if let NetworkEvent::Connected { peer } = event.unwrap().unwrap() {
                missing.remove(&peer);
            }
        }
        tasks.push(tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let NetworkEvent::Request { responder, .. } = event {
                    let _ = responder.respond(Bytes::from_static(&[0, 0, 0, 0, 9, 1, 2, 3]));
                }
            }
        }));
        Self {
            ledger: cluster.genesis.ledger(),
            consensus: keys.consensus,
            network,
            tasks,
        }
    }

    fn say(&self, channel: Channel, message: &PeerMessage) {
        self.say_bytes(channel, message.to_bytes());
    }

    fn say_bytes(&self, channel: Channel, bytes: Vec<u8>) {
        // A peer that has cut the liar off gets nothing: that is what some tests wait for.
        let _ = self.network.broadcast(channel, Bytes::from(bytes));
    }

    fn prevote(&self, height: Height, block: &[u8]) -> Signed<Vote> {
        let message = Vote {
            vote_type: VoteType::Prevote,
            height,
            round: Round::ZERO,
            block: Some(BlockDigest(Blake3Digest::of(block))),
            validator: self.consensus.public_key(),
        };
        let payload = message.to_bytes();
        let signature = self
            .consensus
            .sign(Vote::DOMAIN, self.ledger.as_bytes(), &payload);
        Signed { message, signature }
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Four nodes of which the last does not run.
async fn three_of_four() -> Cluster {
    let mut cluster = Cluster::create(4);
    for node in &mut cluster.nodes[..3] {
        node.start();
    }
    for node in &cluster.nodes[..3] {
        wait_until_ready(node).await;
    }
    cluster
}

async fn order(cluster: &Cluster, number: usize, name: u64) {
    let member = Member::of(cluster, number);
    let client = reqwest::Client::new();
    let submission = member.sign(vec![event(name)]);
    let answer = commit(&cluster.nodes[number].url, &client, &submission).await;
    assert!(answer.is_some(), "{}", cluster.last_lines());
}

async fn metric(cluster: &Cluster, number: usize, name: &str) -> u64 {
    let url = format!("{}/metrics", cluster.nodes[number].url);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .unwrap_or_else(|| panic!("no metric {name} in:\n{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_votes_for_one_place_become_evidence_that_every_node_shows() {
    let cluster = three_of_four().await;
    let liar = Liar::instead_of(&cluster, 3).await;
    order(&cluster, 0, 1).await;
    let status = get(&cluster.nodes[0], "/v1/status").await.unwrap();
    let height = Height(status["tip"]["height"].as_u64().unwrap());
    // Also a height that is over counts: the nodes remember what was said there.
    let (one, other) = (liar.prevote(height, b"one"), liar.prevote(height, b"other"));
    for vote in [&one, &other] {
        let message = PeerMessage::Consensus(ConsensusMessage::Vote(vote.clone()));
        liar.say(Channel::Consensus, &message);
    }
    let deadline = Instant::now() + PATIENCE;
    let mut found = Vec::new();
    for node in &cluster.nodes[..3] {
        loop {
            let page = get(node, "/v1/evidence").await.unwrap();
            if let Some(evidence) = page["evidence"].as_array().unwrap().first() {
                found.push(evidence.clone());
                break;
            }
            assert!(Instant::now() < deadline, "{}", cluster.last_lines());
            tokio::time::sleep(PAUSE).await;
        }
    }
    assert!(found.iter().all(|evidence| *evidence == found[0]));
    let evidence = &found[0];
    assert_eq!(evidence["offence"], "doubleVote");
    let offender = liar.consensus.public_key().to_string();
    assert_eq!(evidence["offender"], offender);
    assert_eq!(evidence["offenceHeight"], height.0);
    // Whoever reads it needs to trust no node: both signatures are in it.
    let statements = STANDARD
        .decode(evidence["statements"].as_str().unwrap())
        .unwrap();
    let statements = Evidence::from_bytes(&statements).unwrap();
    assert_eq!(statements.verify(&cluster.genesis.ledger()), Ok(()));
    let index = evidence["index"].as_u64().unwrap();
    let entry = get(&cluster.nodes[1], &format!("/v1/records/{index}")).await;
    assert_eq!(entry.unwrap()["type"], "evidence");
    // It is an entry once, however often it is said again.
    for vote in [&other, &one] {
        let message = PeerMessage::Consensus(ConsensusMessage::Vote(vote.clone()));
        liar.say(Channel::Consensus, &message);
    }
    order(&cluster, 1, 2).await;
    order(&cluster, 2, 3).await;
    let page = get(&cluster.nodes[2], "/v1/evidence").await.unwrap();
    assert_eq!(page["evidence"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_claims_a_height_and_delivers_rubbish_keeps_nobody_from_catching_up() {
    let mut cluster = Cluster::start(4).await;
    for name in 0..5 {
        order(&cluster, 0, name).await;
    }
    let size = tip(&cluster.nodes[0]).await.unwrap().0;
    cluster.nodes[3].kill_nine();
    cluster.nodes[2].kill_nine();
    std::fs::remove_dir_all(cluster.nodes[2].data_folder()).unwrap();
    cluster.nodes[2].start();
    let liar = Liar::instead_of(&cluster, 3).await;
    let deadline = Instant::now() + PATIENCE;
    let mut claims = 0;
    loop {
        // Again and again, with a height above all that there will be.
        liar.say(
            Channel::Status,
            &PeerMessage::Status {
                height: Height(u64::MAX),
            },
        );
        claims += 1;
        let caught_up = tip(&cluster.nodes[2])
            .await
            .is_some_and(|tip| tip.0 >= size);
        if caught_up && claims > 20 {
            break;
        }
        assert!(Instant::now() < deadline, "{}", cluster.last_lines());
        tokio::time::sleep(PAUSE).await;
    }
    for node in &cluster.nodes[..3] {
        let status = get(node, "/v1/status").await.unwrap();
        assert_eq!(status["sync"]["state"], "synced", "{status}");
    }
    // The second has lost what it signed, so it stays silent for two heights: the fourth, which has
    // not, takes the place of the liar again.
    drop(liar);
    cluster.nodes[3].start();
    order(&cluster, 0, 100).await;
    order(&cluster, 1, 101).await;
    cluster.wait_until_equal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_what_no_correct_node_sends_is_cut_off_and_the_others_go_on() {
    let cluster = three_of_four().await;
    let liar = Liar::instead_of(&cluster, 3).await;
    let mut forged = liar.prevote(Height(1), b"forged");
    forged.signature = Signature::from_bytes([7; 64]);
    let forged = PeerMessage::Consensus(ConsensusMessage::Vote(forged));
    let lies = [
        (Channel::Consensus, forged.to_bytes()),
        (Channel::Consensus, vec![1, 1, 0, 1, 0]),
        (Channel::Batches, vec![1, 2, 0, 0, 0, 1, 0]),
        (Channel::Acknowledgements, vec![1, 3, 0]),
        (Channel::Cosignatures, vec![1, 6, 0, 0, 0, 1, b'x']),
        (Channel::Status, vec![1, 7]),
    ];
    let deadline = Instant::now() + PATIENCE;
    for (number, (channel, bytes)) in lies.iter().cycle().enumerate() {
        liar.say_bytes(*channel, bytes.clone());
        let mut cut_offs = 0;
        for node in 0..3 {
            cut_offs += metric(&cluster, node, "waybill_network_cut_offs_total")
                .await
                .min(1);
        }
        if cut_offs == 3 && number >= lies.len() {
            break;
        }
        assert!(Instant::now() < deadline, "{}", cluster.last_lines());
        tokio::time::sleep(PAUSE).await;
    }
    for node in 0..3 {
        order(&cluster, node, 10 + node as u64).await;
        let log = std::fs::read_to_string(cluster.nodes[node].log()).unwrap();
        assert!(log.contains("faulty-peer"), "{log}");
        assert!(log.contains("peer-cut-off"), "{log}");
    }
    cluster.wait_until_equal().await;
}
