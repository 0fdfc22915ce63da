use proptest::prelude::*;

use super::*;
use crate::crypto::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::crypto::merkle::{MAX_PROOF_HASHES, MemoryTree, ProofError, leaf_hash};
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteError};
use crate::crypto::policy::Policy;
use crate::crypto::{SecretKey, Sha256Digest};

const INDEX: u64 = 5;

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn log() -> LogSigner {
    LogSigner::new(name("example.com/log"), SecretKey::from_seed([1; 32]))
}

fn cosigner(seed: u8) -> Cosigner {
    Cosigner::new(name(&format!("w{seed}")), SecretKey::from_seed([seed; 32]))
}

fn leaf(index: u64) -> Sha256Digest {
    leaf_hash(&index.to_be_bytes())
}

fn policy(threshold: usize) -> Policy {
    let witnesses = [2, 3].map(|seed| cosigner(seed).verifier_key().clone());
    Policy::of_quorum([log().verifier_key().clone()], witnesses, threshold).unwrap()
}

fn tree() -> MemoryTree {
    MemoryTree::from_leaves((0..11).map(leaf)).unwrap()
}

fn signed() -> SignedCheckpoint {
    let tree = tree();
    let checkpoint = Checkpoint::new(name("example.com/log"), tree.size(), tree.root()).unwrap();
    let signatures = vec![
        checkpoint.sign_as_log(&log()).unwrap(),
        checkpoint.cosign(&cosigner(2), 1_700_000_000).unwrap(),
    ];
    SignedCheckpoint::new(checkpoint, signatures).unwrap()
}

fn proof(extra: &[u8]) -> TlogProof {
    let path = tree().inclusion_proof(INDEX).unwrap();
    TlogProof::new(extra.to_vec(), INDEX, path, signed()).unwrap()
}

#[test]
fn a_proof_is_verified_offline() {
    for extra in [b"".as_slice(), b"header and path"] {
        let text = proof(extra).to_string();
        let parsed = TlogProof::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed, proof(extra));
        assert_eq!(
            (parsed.extra(), parsed.index(), parsed.path().len()),
            (extra, INDEX, 4)
        );
        let verified = parsed.verify(&leaf(INDEX), &policy(1)).unwrap();
        assert_eq!(verified.checkpoint(), signed().checkpoint());
        assert_eq!(parsed.checkpoint(), &signed());
    }
}

#[test]
fn the_file_is_pinned() {
    let text = proof(b"extra data").to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ZXh0cmEgZGF0YQ==\nindex 5\n"));
    assert_eq!(
        Sha256Digest::of(text.as_bytes()).to_string(),
        "a3b25cc832a1493cced57c5d3ed1406085a206f28faf2892d313f686023fdbc0"
    );
    assert!(
        proof(b"")
            .to_string()
            .starts_with("c2sp.org/tlog-proof@v1\nindex 5\n")
    );
}

#[test]
fn a_proof_of_one_leaf_has_no_hashes() {
    let checkpoint = Checkpoint::new(name("example.com/log"), 1, leaf(0)).unwrap();
    let signature = checkpoint.sign_as_log(&log()).unwrap();
    let signed = SignedCheckpoint::new(checkpoint, vec![signature]).unwrap();
    let proof = TlogProof::new(Vec::new(), 0, Vec::new(), signed).unwrap();
    let parsed = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
    let text = format!("log {}\nquorum none\n", log().verifier_key());
    let logs_only = Policy::parse(text.as_bytes()).unwrap();
    assert!(parsed.verify(&leaf(0), &logs_only).is_ok());
    assert!(matches!(
        parsed.verify(&leaf(0), &policy(1)),
        Err(TlogProofError::Checkpoint(CheckpointError::NoQuorum {
            cosigners: 0
        }))
    ));
}

#[test]
fn what_is_not_proved_is_refused() {
    assert!(matches!(
        proof(b"").verify(&leaf(INDEX), &policy(2)),
        Err(TlogProofError::Checkpoint(CheckpointError::NoQuorum {
            cosigners: 1
        }))
    ));
    assert!(matches!(
        proof(b"").verify(&leaf(INDEX + 1), &policy(1)),
        Err(TlogProofError::Inclusion(ProofError::RootMismatch { .. }))
    ));
    let text = proof(b"").to_string().replacen("index 5", "index 11", 1);
    assert_eq!(
        TlogProof::parse(text.as_bytes())
            .unwrap()
            .verify(&leaf(11), &policy(1)),
        Err(TlogProofError::Inclusion(ProofError::IndexOutOfRange {
            index: 11,
            size: 11
        }))
    );
    let text = proof(b"").to_string().replacen("\n11\n", "\n12\n", 1);
    assert!(matches!(
        TlogProof::parse(text.as_bytes())
            .unwrap()
            .verify(&leaf(INDEX), &policy(1)),
        Err(TlogProofError::Checkpoint(CheckpointError::Note(
            NoteError::BadSignature { .. }
        )))
    ));
}

#[test]
fn malformed_files_are_refused() {
    let text = proof(b"x").to_string();
    let change = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    let first_hash = crate::crypto::text::print_base64(proof(b"").path()[0].as_bytes());
    let cases: Vec<(Vec<u8>, TlogProofError)> = vec![
        (Vec::new(), TlogProofError::Header),
        (change("@v1", "@v2"), TlogProofError::Header),
        (b"c2sp.org/tlog-proof@v1".to_vec(), TlogProofError::Header),
        (change("extra eA==", "extra "), TlogProofError::Extra),
        (change("extra eA==", "extra eA"), TlogProofError::Extra),
        (
            change("extra eA==\n", "extra eA==\nextra eA==\n"),
            TlogProofError::Index,
        ),
        (
            b"c2sp.org/tlog-proof@v1\nextra eA==".to_vec(),
            TlogProofError::Extra,
        ),
        (change("index 5", "index 05"), TlogProofError::Index),
        (change("index 5\n", ""), TlogProofError::Index),
        (
            change(&first_hash, "AAAA"),
            TlogProofError::Hash { position: 0 },
        ),
        (
            change(&first_hash, &format!("{first_hash} ")),
            TlogProofError::Hash { position: 0 },
        ),
        (
            b"c2sp.org/tlog-proof@v1\nindex 0\n".to_vec(),
            TlogProofError::NoCheckpoint,
        ),
        (
            change(
                &first_hash,
                &[first_hash.as_str(); MAX_PROOF_HASHES].join("\n"),
            ),
            TlogProofError::TooManyHashes,
        ),
        (
            format!(
                "c2sp.org/tlog-proof@v1\nextra {}\nindex 0\n\n{}",
                "A".repeat(4 * 30_000),
                signed()
            )
            .into_bytes(),
            TlogProofError::ExtraTooLarge { actual: 90_000 },
        ),
        (
            b"c2sp.org/tlog-proof@v1\nindex 0\n\nnote".to_vec(),
            TlogProofError::Checkpoint(CheckpointError::Note(NoteError::NoSeparator)),
        ),
        (
            b"c2sp\xff".to_vec(),
            TlogProofError::NotUtf8 { valid_up_to: 4 },
        ),
        (
            vec![b'a'; MAX_TLOG_PROOF_BYTES + 1],
            TlogProofError::TooLarge {
                actual: MAX_TLOG_PROOF_BYTES + 1,
            },
        ),
    ];
    for (bytes, error) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).into_owned();
        assert_eq!(TlogProof::parse(&bytes), Err(error), "{shown:?}");
    }
    assert_eq!(
        TlogProof::new(vec![0; MAX_EXTRA_BYTES + 1], 0, Vec::new(), signed()),
        Err(TlogProofError::ExtraTooLarge {
            actual: MAX_EXTRA_BYTES + 1
        })
    );
    assert_eq!(
        TlogProof::new(Vec::new(), 0, vec![leaf(0); MAX_PROOF_HASHES + 1], signed()),
        Err(TlogProofError::TooManyHashes)
    );
}

proptest! {
    #[test]
    fn proofs_round_trip(extra in proptest::collection::vec(any::<u8>(), 0..100), index: u64, path in proptest::collection::vec(any::<[u8; 32]>(), 0..=MAX_PROOF_HASHES)) {
        let path = path.into_iter().map(Sha256Digest::from_bytes).collect();
        let proof = TlogProof::new(extra, index, path, signed()).unwrap();
        prop_assert_eq!(TlogProof::parse(proof.to_string().as_bytes()), Ok(proof));
    }

    #[test]
    fn accepted_bytes_are_what_is_printed(at: prop::sample::Index, byte: u8, arbitrary: Vec<u8>) {
        let mut bytes = proof(b"extra").to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [bytes, arbitrary] {
            if let Ok(proof) = TlogProof::parse(&bytes) {
                prop_assert_eq!(proof.to_string().into_bytes(), bytes);
            }
        }
    }
}
