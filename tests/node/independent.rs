//! What nodes serve, verified without a line of our own cryptography: notes by `signed_note`, trees
//! by `tlog_tiles`, hashes by `sha2`. Only where a cosignature is a type that `signed_note` does not
//! know is there a verifier here, from the specification's text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::tlog;

use crate::cluster::{Cluster, Node, get};
use crate::member::{Member, commit, event};

/// A cosignature/v1 key (C2SP tlog-cosignature).
struct Witness {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl Witness {
    fn new(vkey: &str) -> Self {
        let [name, _, material] = vkey.splitn(3, '+').collect::<Vec<_>>().try_into().unwrap();
        let material = STANDARD.decode(material).unwrap();
        assert_eq!(material[0], 0x04);
        Self {
            name: name.to_owned(),
            id: signed_note::key_id(name, &material),
            key: VerifyingKey::from_bytes(material[1..].try_into().unwrap()).unwrap(),
        }
    }
}

impl Verifier for Witness {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_first_chunk::<8>().unwrap();
        let time = u64::from_be_bytes(*time);
        let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
        message.extend_from_slice(text);
        let signature = Signature::from_slice(signature).unwrap();
        self.key.verify_strict(&message, &signature).is_ok()
    }
}

async fn text(node: &Node, path: &str) -> String {
    let response = reqwest::get(format!("{}{path}", node.url)).await.unwrap();
    assert!(response.status().is_success(), "{path}");
    response.text().await.unwrap()
}

/// Checks that a note is signed by a log key of the policy and by so many of its witnesses.
fn verify_note(note: &[u8], policy: &str) -> Note {
    let note = Note::from_bytes(note).unwrap();
    let mut known: Vec<Box<dyn Verifier>> = Vec::new();
    let mut threshold = 0;
    for line in policy.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "log" => known.push(Box::new(StandardVerifier::new(words[1]).unwrap())),
            "witness" => known.push(Box::new(Witness::new(words[2]))),
            "group" => threshold = words[2].parse().unwrap(),
            _ => {}
        }
    }
    let (verified, _) = note.verify(&VerifierList::new(known)).unwrap();
    // One signature of a log, the others of witnesses.
    assert!(verified.len() > threshold, "{} signatures", verified.len());
    assert!(threshold >= 3);
    note
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_proof_holds_for_independent_implementations_and_a_changed_byte_does_not() {
    let cluster = Cluster::start(4).await;
    let client = reqwest::Client::new();
    let member = Member::of(&cluster, 0);
    for number in 0..3 {
        let records = (0..30).map(|n| event(number * 30 + n)).collect();
        let submission = member.sign(records);
        assert!(
            commit(&cluster.nodes[0].url, &client, &submission)
                .await
                .is_some()
        );
    }
    crate::auditor::checkpoint(&cluster.nodes[1], 18).await;
    let policy = text(&cluster.nodes[2], "/policy").await;
    verify_note(
        text(&cluster.nodes[3], "/checkpoint").await.as_bytes(),
        &policy,
    );

    // A tlog-proof: header, extra, index, hashes, an empty line, the checkpoint.
    let proof = text(&cluster.nodes[1], "/v1/records/17/proof").await;
    let (head, note) = proof.split_once("\n\n").unwrap();
    let note = verify_note(note.as_bytes(), &policy);
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    let lines: Vec<&str> = head.lines().collect();
    let at = lines.iter().position(|line| *line == "index 17").unwrap();
    let hashes: Vec<tlog::Hash> = lines[at + 1..]
        .iter()
        .map(|line| tlog::Hash::parse_hash(line).unwrap())
        .collect();
    let record = get(&cluster.nodes[0], "/v1/records/17").await.unwrap();
    let mut entry = STANDARD
        .decode(record["canonical"].as_str().unwrap())
        .unwrap();
    let leaf = |entry: &[u8]| {
        let hash = Sha256::new()
            .chain_update([0])
            .chain_update(entry)
            .finalize();
        tlog::Hash(hash.into())
    };
    let check = |entry: &[u8]| {
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        tlog::check_record(&hashes, size, root, 17, leaf(entry))
    };
    check(&entry).unwrap();
    entry[20] ^= 1;
    assert!(check(&entry).is_err());
}
