//! Proofs, verified as an auditor does who trusts nothing but the policy.

use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{leaf_hash, verify_consistency};
use crate::crypto::policy::Policy;
use crate::crypto::tlog_proof::{TlogProof, TlogProofError};
use crate::ledger::{RecordReceipt, RecordReceiptError};
use crate::types::Decode;

use super::support::{Server, World, assert_problem, harvest};

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_proved_to_be_in_the_log_and_signed_by_its_author() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let policy = Policy::parse(server.text("/policy").await.as_bytes()).unwrap();
    assert_eq!(policy, world.policy());
    for index in [0, 7, 255, 256, 299, 302, 303, 304] {
        let path = format!("/v1/records/{index}/proof");
        let response = server.get(&path).await;
        assert_eq!(
            response.headers()["content-disposition"],
            format!("attachment; filename=\"{index}.tlog-proof\"")
        );
        let proof = TlogProof::parse(response.text().await.unwrap().as_bytes()).unwrap();
        let entry = world.ledger.entry_bytes(index);
        assert_eq!(proof.index(), index);
        let verified = proof.verify(&leaf_hash(&entry), &policy).unwrap();
        assert_eq!(verified.checkpoint().size(), 307);
        assert_eq!(verified.cosignatures().len(), 3);

        let receipt = RecordReceipt::from_bytes(proof.extra()).unwrap();
        let signed = receipt.verify(&world.id(), &entry).unwrap();
        assert_eq!(signed.member.as_str(), "trader");

        let other = world.ledger.entry_bytes(1);
        assert!(matches!(
            proof.verify(&leaf_hash(&other), &policy),
            Err(TlogProofError::Inclusion(_))
        ));
        assert!(matches!(
            receipt.verify(&world.id(), &other),
            Err(RecordReceiptError::Path(_) | RecordReceiptError::OtherSubmission { .. })
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_nobody_signed_are_proved_without_a_receipt() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    for index in [300, 301, 306] {
        let text = server.text(&format!("/v1/records/{index}/proof")).await;
        let proof = TlogProof::parse(text.as_bytes()).unwrap();
        assert_eq!(proof.extra(), b"");
        let leaf = leaf_hash(&world.ledger.entry_bytes(index));
        assert!(proof.verify(&leaf, &world.policy()).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_above_the_checkpoint_has_no_proof_yet() {
    let (world, _) = World::with_blocks();
    world.commit(vec![world.sign(vec![harvest(900)])], Vec::new());
    let server = Server::start(&world).await;
    assert_eq!(server.get("/v1/records/307").await.status(), 200);
    let response = server.get("/v1/records/307/proof").await;
    assert_eq!(response.headers()["retry-after"], "1");
    assert_problem(response, 503, "no-checkpoint-yet").await;
    world.cosign();
    assert_eq!(server.get("/v1/records/307/proof").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_proved_to_have_only_grown() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let digest =
        |value: &serde_json::Value| Sha256Digest::from_hex(value.as_str().unwrap()).unwrap();
    let tip = server.json("/v1/status").await["tip"]["logRoot"].clone();
    for (from, to) in [
        (1, 307),
        (1, 1),
        (128, 256),
        (299, 306),
        (306, 307),
        (307, 307),
    ] {
        let path = format!("/v1/proofs/consistency?from={from}&to={to}");
        let proof = server.json(&path).await;
        let hashes: Vec<_> = proof["hashes"]
            .as_array()
            .unwrap()
            .iter()
            .map(digest)
            .collect();
        let (from_root, to_root) = (digest(&proof["fromRoot"]), digest(&proof["toRoot"]));
        assert_eq!(
            verify_consistency(from, to, &hashes, &from_root, &to_root),
            Ok(()),
            "{from} to {to}"
        );
        if to == 307 {
            assert_eq!(proof["toRoot"], tip);
        }
    }
    let to_checkpoint = server.json("/v1/proofs/consistency?from=5").await;
    assert_eq!(to_checkpoint["to"], 307);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_checkpoint_that_is_none_is_a_failing_store() {
    let (world, _) = World::with_blocks();
    world.ledger.set_checkpoint(Some("no note".to_owned()));
    let server = Server::start(&world).await;
    let response = server.get("/v1/records/1/proof").await;
    assert_problem(response, 500, "store-failed").await;
}
