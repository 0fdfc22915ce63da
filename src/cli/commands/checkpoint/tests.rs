use super::*;
use crate::cli::client::test_node::{Answer, TestNode};
use crate::crypto::SecretKey;
use crate::crypto::merkle::{MemoryTree, leaf_hash};
use crate::crypto::note::{KeyName, LogSigner};
use crate::testing::{checkpoint_of, cosigner, log_signer};

fn policy_of(witness: u8) -> Policy {
    let witness = cosigner(witness).verifier_key().clone();
    Policy::of_quorum([log_signer().verifier_key().clone()], [witness], 1).unwrap()
}

/// A checkpoint that one witness cosigned.
fn checkpoint(witness: u8) -> Answer {
    let checkpoint = checkpoint_of(&MemoryTree::from_leaves([leaf_hash(b"a")]).unwrap());
    let signatures = vec![
        checkpoint.sign_as_log(&log_signer()).unwrap(),
        checkpoint.cosign(&cosigner(witness), 1).unwrap(),
    ];
    Answer::ok(
        SignedCheckpoint::new(checkpoint, signatures)
            .unwrap()
            .to_string(),
    )
}

fn policy_text(witness: u8) -> String {
    String::from_utf8(policy_of(witness).to_bytes()).unwrap()
}

/// A node whose validators were replaced is told from one that shows a forgery.
#[tokio::test]
async fn changed_validators_are_told_from_a_forgery() {
    let node = TestNode::start().await;
    node.on("GET /checkpoint", [checkpoint(3)]);
    node.on("GET /policy", [Answer::ok(policy_text(3))]);
    let client = NodeClient::new(&node.url).unwrap();
    let note = client.text("/checkpoint").await.unwrap();
    assert!(judge(&note, &policy_of(2)).is_err());
    assert!(is_signed_by_others(&client, &note, &policy_of(2)).await);
    // The node of another ledger has not changed its validators: it is another one.
    let name = KeyName::new("elsewhere.example").unwrap();
    let elsewhere = LogSigner::new(name, SecretKey::from_seed([1; 32]));
    let witness = cosigner(2).verifier_key().clone();
    let trusted = Policy::of_quorum([elsewhere.verifier_key().clone()], [witness], 1).unwrap();
    assert!(!is_signed_by_others(&client, &note, &trusted).await);

    let forger = TestNode::start().await;
    forger.on("GET /policy", [Answer::ok(policy_text(2))]);
    let client = NodeClient::new(&forger.url).unwrap();
    assert!(!is_signed_by_others(&client, &note, &policy_of(2)).await);
    let silent = NodeClient::new("http://127.0.0.1:1").unwrap();
    assert!(!is_signed_by_others(&silent, &note, &policy_of(2)).await);
}

#[tokio::test]
async fn a_comparison_under_an_old_policy_says_what_helps() {
    let node = TestNode::start().await;
    node.on("GET /checkpoint", [checkpoint(3)]);
    node.on("GET /policy", [Answer::ok(policy_text(3))]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy");
    std::fs::write(&file, policy_text(2)).unwrap();
    let trust = TrustArguments {
        policy: Some(file.clone()),
        genesis: None,
    };
    let arguments = CompareArguments {
        urls: vec![node.url.clone(), node.url.clone()],
        output: folder.path().join("misbehaviour.json"),
        trust: trust.clone(),
    };
    let output = Output::new(crate::cli::output::Reader::Script);
    assert_eq!(compare(&arguments, &output).await, Ok(Exit::CheckFailed));
    let asked = node.requests();
    assert!(asked.iter().any(|request| request.line == "GET /policy"));
    let told = way_out_of_change(&node.url, &trust);
    assert!(told.contains(&format!("since the policy {}", file.display())));
    let genesis = TrustArguments {
        policy: None,
        genesis: Some("genesis.json".into()),
    };
    let told = way_out_of_change(&node.url, &genesis);
    assert!(
        told.contains("since the genesis document genesis.json"),
        "{told}"
    );
    assert!(told.contains("/policy") && told.contains("waybill validator list --url"));
}
