use clap::Parser as _;

use super::*;
use crate::cli::arguments::{Arguments, Command};
use crate::cli::client::test_node::{Answer, TestNode};
use crate::crypto::checkpoint::SignedCheckpoint;
use crate::crypto::merkle::MemoryTree;
use crate::crypto::{Blake3Digest, SecretKey};
use crate::testing::{checkpoint_of, cosigner, log_signer};
use crate::types::{
    Atomicity, Encode as _, Height, MemberId, Record, RecordKind, Submission, SubmittedEntry,
    Timestamp,
};

const BODY: &str = "{\"@context\":\"c\",\"type\":\"ObjectEvent\",\"n\":1.50}";

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"ledger"))
}

fn policy(quorum: usize) -> Policy {
    let witnesses = [2, 3].map(|seed| cosigner(seed).verifier_key().clone());
    Policy::of_quorum([log_signer().verifier_key().clone()], witnesses, quorum).unwrap()
}

/// An entry of a log of three with its proof, cosigned by one of two witnesses.
fn evidence() -> (Vec<u8>, Vec<u8>) {
    let record = Record {
        kind: RecordKind::new("epcis.event").unwrap(),
        version: 1,
        body: BODY.as_bytes().to_vec().into(),
    };
    let submission = Submission::sign(
        ledger(),
        MemberId::new("acme").unwrap(),
        &SecretKey::from_seed([9; 32]),
        Timestamp::from_ms(0),
        Atomicity::Independent,
        vec![record.clone()],
    )
    .unwrap();
    let entry = Entry {
        height: Height(1),
        time: Timestamp::from_ms(5),
        content: EntryContent::Submitted(Box::new(SubmittedEntry {
            member: submission.header().member.clone(),
            key: submission.header().key,
            submission: submission.id(),
            record_index: 0,
            outcome: Outcome::Accepted,
            record,
        })),
    }
    .to_bytes();
    let receipt = RecordReceipt::new(
        submission.header().clone(),
        submission.record_tree().root(),
        *submission.signature(),
        Vec::new(),
    )
    .unwrap();
    let leaves = [leaf_hash(b"a"), leaf_hash(&entry), leaf_hash(b"b")];
    let tree = MemoryTree::from_leaves(leaves).unwrap();
    let checkpoint = checkpoint_of(&tree);
    let signatures = vec![
        checkpoint.sign_as_log(&log_signer()).unwrap(),
        checkpoint.cosign(&cosigner(2), 1).unwrap(),
    ];
    let signed = SignedCheckpoint::new(checkpoint, signatures).unwrap();
    let path = tree.inclusion_proof(1).unwrap();
    let proof = TlogProof::new(receipt.to_bytes(), 1, path, signed).unwrap();
    (proof.to_string().into_bytes(), entry)
}

/// The names of the checks that fail.
fn failing(
    proof: &[u8],
    entry: &[u8],
    quorum: usize,
    ledger: Option<LedgerId>,
) -> Vec<&'static str> {
    check(proof, entry, &policy(quorum), ledger)
        .into_iter()
        .filter(|check| check.result.is_err())
        .map(|check| check.name)
        .collect()
}

#[test]
fn each_thing_that_is_wrong_fails_its_own_check() {
    let (proof, entry) = evidence();
    assert!(failing(&proof, &entry, 1, Some(ledger())).is_empty());
    assert!(failing(&proof, &entry, 1, None).is_empty());
    assert_eq!(failing(&proof, &entry, 2, None), ["checkpoint"]);
    let other = LedgerId(Blake3Digest::of(b"other"));
    assert_eq!(failing(&proof, &entry, 1, Some(other)), ["author"]);
    let mut changed = entry.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(failing(&proof, &changed, 1, None), ["entry", "author"]);
    assert_eq!(failing(b"no proof", &entry, 1, None), ["proof"]);
    assert_eq!(failing(&proof, b"", 1, None), ["entry", "author"]);
    let parsed = TlogProof::parse(&proof).unwrap();
    let bare = TlogProof::new(
        Vec::new(),
        1,
        parsed.path().to_vec(),
        parsed.checkpoint().clone(),
    );
    let bare = bare.unwrap().to_string();
    assert_eq!(failing(bare.as_bytes(), &entry, 1, None), ["author"]);
}

#[test]
fn a_file_is_the_record_or_a_document_that_has_it() {
    let (_, entry) = evidence();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let document =
        r#"{"type":"EPCISDocument","@context":"c","epcisBody":{"eventList":[{"a":1},EVENT]}}"#;
    let in_document = document.replace("EVENT", &BODY.replace("\"@context\":\"c\",", ""));
    for (text, holds) in [
        (BODY.to_owned(), true),
        (in_document.clone(), true),
        (in_document.replace("1.50", "1.5"), false),
        (format!("{BODY} "), true),
        ("nothing".to_owned(), false),
    ] {
        std::fs::write(&path, &text).unwrap();
        let check = check_record(&path, &entry).unwrap();
        assert_eq!(check.result.is_ok(), holds, "{text}: {:?}", check.result);
    }
}

#[test]
fn verify_reads_the_files_and_ends_with_its_code() {
    let (proof, entry) = evidence();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.tlog-proof");
    std::fs::write(&path, proof).unwrap();
    std::fs::write(path.with_extension("entry"), entry).unwrap();
    let arguments = |quorum: usize| {
        let policy_path = folder.path().join(format!("policy-{quorum}"));
        std::fs::write(&policy_path, policy(quorum).to_bytes()).unwrap();
        VerifyArguments {
            proof: path.clone(),
            entry: None,
            record: None,
            ledger: None,
            trust: TrustArguments {
                policy: Some(policy_path),
                genesis: None,
            },
        }
    };
    let output = Output::new(crate::cli::output::Reader::Script);
    assert_eq!(verify(&arguments(1), &output).unwrap(), Exit::Success);
    assert_eq!(verify(&arguments(2), &output).unwrap(), Exit::CheckFailed);
    let mut nobody = arguments(1);
    nobody.trust.policy = None;
    assert_eq!(verify(&nobody, &output).unwrap_err().exit, Exit::Usage);
}

/// The genesis document names the first validators: a proof that others signed is verified by their policy.
#[tokio::test]
async fn the_next_step_is_one_that_works_after_a_change_of_validators() {
    let node = TestNode::start().await;
    node.on("GET /v1/records/2", [Answer::ok(r#"{"height": 17}"#)]);
    node.on("GET /policy?height=17", [Answer::ok("second")]);
    node.on("GET /policy?height=1", [Answer::ok("first")]);
    let client = NodeClient::new(&node.url).unwrap();
    let proof = Path::new("evidence/1.tlog-proof");
    let next = next_step(&client, proof, 3).await;
    let (fetch, verify) = next.split_once(" && ").unwrap();
    assert_eq!(
        fetch,
        format!(
            "curl -s '{}/policy?height=17' > evidence/1.policy",
            node.url
        )
    );
    let (verify, _) = verify.split_once("     ").unwrap();
    assert_eq!(
        verify,
        "waybill proof verify evidence/1.tlog-proof --policy evidence/1.policy --genesis FILE"
    );
    assert!(Arguments::try_parse_from(verify.split(' ')).is_ok());

    let same = TestNode::start().await;
    same.on("GET /v1/records/2", [Answer::ok(r#"{"height": 17}"#)]);
    same.on("GET /policy", [Answer::ok("first")]);
    let silent = NodeClient::new("http://127.0.0.1:1").unwrap();
    for client in [NodeClient::new(&same.url).unwrap(), silent] {
        assert_eq!(
            next_step(&client, proof, 3).await,
            "waybill proof verify evidence/1.tlog-proof --genesis FILE"
        );
    }
}

/// What was checked with a policy is checked with it again.
#[test]
fn the_next_check_trusts_the_same() {
    for given in [
        "1.tlog-proof --genesis genesis.json",
        "1.tlog-proof --entry other.entry --policy policy.txt --genesis genesis.json",
    ] {
        let line = format!("waybill proof verify {given}");
        let command = Arguments::parse_from(line.split(' ')).command;
        let Command::Proof(ProofArguments {
            command: ProofCommand::Verify(arguments),
        }) = command
        else {
            panic!("{line}");
        };
        let next = arguments.with_record();
        let (next, _) = next.split_once("     ").unwrap();
        assert_eq!(next, format!("{line} --record FILE"));
        assert!(Arguments::try_parse_from(next.split(' ')).is_ok(), "{next}");
    }
}
