//! An auditor's path: checkpoint, policy and proof from one node, everything verified offline with
//! what another node says, and one changed byte noticed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use waybill::crypto::checkpoint::SignedCheckpoint;
use waybill::crypto::merkle::{leaf_hash, verify_consistency};
use waybill::crypto::policy::Policy;
use waybill::crypto::tile::{TilePath, TileWidth, decode_bundle};
use waybill::crypto::tlog_proof::TlogProof;
use waybill::crypto::{Sha256Digest, merkle};
use waybill::ledger::RecordReceipt;
use waybill::types::Decode;

use crate::cluster::{Cluster, Node, PATIENCE, PAUSE, get};
use crate::member::{Member, commit, event};

async fn text(node: &Node, path: &str) -> String {
    let response = reqwest::get(format!("{}{path}", node.url)).await.unwrap();
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.status()
    );
    response.text().await.unwrap()
}

async fn bytes(node: &Node, path: &str) -> Vec<u8> {
    let response = reqwest::get(format!("{}/{path}", node.url)).await.unwrap();
    assert!(
        response.status().is_success(),
        "{path}: {}",
        response.status()
    );
    response.bytes().await.unwrap().to_vec()
}

/// Waits until a node serves a checkpoint of at least `size`.
pub async fn checkpoint(node: &Node, size: u64) -> SignedCheckpoint {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        if let Ok(response) = reqwest::get(format!("{}/checkpoint", node.url)).await
            && response.status().is_success()
        {
            let signed = SignedCheckpoint::parse(&response.bytes().await.unwrap()).unwrap();
            if signed.checkpoint().size() >= size {
                return signed;
            }
        }
        assert!(
            std::time::Instant::now() < deadline,
            "no checkpoint of size {size}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_proved_offline_and_a_changed_byte_is_noticed() {
    let cluster = Cluster::start(4).await;
    let client = reqwest::Client::new();
    let member = Member::of(&cluster, 0);
    let mut index = 0;
    for number in 0..5 {
        let records = (0..40).map(|n| event(number * 40 + n)).collect();
        let answer = commit(&cluster.nodes[0].url, &client, &member.sign(records)).await;
        index = answer.unwrap()["entries"][7]["index"].as_u64().unwrap();
    }
    let (node, other) = (&cluster.nodes[1], &cluster.nodes[2]);
    let signed = checkpoint(node, index + 1).await;
    // The policy comes from another node: whoever proves does not choose who is trusted.
    let policy = Policy::parse(text(other, "/policy").await.as_bytes()).unwrap();
    let verified = signed.verify(&policy).unwrap();
    assert!(verified.cosignatures().len() >= cluster.genesis.validators().quorum());

    let proof = TlogProof::parse(
        text(node, &format!("/v1/records/{index}/proof"))
            .await
            .as_bytes(),
    );
    let proof = proof.unwrap();
    let record = get(other, &format!("/v1/records/{index}")).await.unwrap();
    let entry = STANDARD
        .decode(record["canonical"].as_str().unwrap())
        .unwrap();
    proof.verify(&leaf_hash(&entry), &policy).unwrap();
    let receipt = RecordReceipt::from_bytes(proof.extra()).unwrap();
    let submitted = receipt.verify(&cluster.genesis.ledger(), &entry).unwrap();
    assert_eq!(submitted.member, member.id);
    assert_eq!(submitted.record, event(4 * 40 + 7));

    for position in [10, entry.len() / 2, entry.len() - 1] {
        let mut tampered = entry.clone();
        tampered[position] ^= 1;
        assert!(
            proof.verify(&leaf_hash(&tampered), &policy).is_err(),
            "byte {position}"
        );
    }
    // The author's signature covers the record, whatever the validators say about it.
    let mut tampered = entry;
    let last = tampered.len() - 1;
    tampered[last] ^= 1;
    let ledger = cluster.genesis.ledger();
    assert!(receipt.verify(&ledger, &tampered).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_rebuilt_from_its_tiles_and_grows_consistently() {
    let cluster = Cluster::start(4).await;
    let client = reqwest::Client::new();
    let member = Member::of(&cluster, 2);
    let mut checkpoints = Vec::new();
    for round in 0..2 {
        for number in 0..3 {
            let first = (round * 3 + number) * 60;
            let records = (0..60).map(|n| event(first + n)).collect();
            assert!(
                commit(&cluster.nodes[2].url, &client, &member.sign(records))
                    .await
                    .is_some()
            );
        }
        let size = crate::cluster::tip(&cluster.nodes[2]).await.unwrap().0;
        checkpoints.push(checkpoint(&cluster.nodes[3], size).await);
    }
    let node = &cluster.nodes[0];
    let [old, new] = [0, 1].map(|n| checkpoints[n].checkpoint());

    let path = format!(
        "/v1/proofs/consistency?from={}&to={}",
        old.size(),
        new.size()
    );
    let answer = get(node, &path).await.unwrap();
    let hashes: Vec<Sha256Digest> = serde_json::from_value(answer["hashes"].clone()).unwrap();
    verify_consistency(old.size(), new.size(), &hashes, old.root(), new.root()).unwrap();

    // Every entry, by bundles of 256, hashed without our own tree.
    let mut leaves = Vec::new();
    while (leaves.len() as u64) < new.size() {
        let tile = leaves.len() as u64 / 256;
        let width = (new.size() - tile * 256).min(256) as u16;
        let width = TileWidth::new(width).unwrap();
        let path = TilePath::entries(tile, width).to_string();
        let bundle = bytes(node, &path).await;
        for entry in decode_bundle(&bundle, width).unwrap() {
            leaves.push(leaf_hash(entry));
        }
    }
    assert_eq!(naive_root(&leaves), *new.root());
}

/// RFC 6962, section 2.1, word for word.
fn naive_root(leaves: &[Sha256Digest]) -> Sha256Digest {
    match leaves {
        [] => merkle::empty_root(),
        [leaf] => *leaf,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            merkle::node_hash(&naive_root(&leaves[..half]), &naive_root(&leaves[half..]))
        }
    }
}
