use proptest::prelude::*;

use super::*;
use crate::crypto::merkle::{empty_root, leaf_hash};
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteError, VerifierKey};
use crate::crypto::policy::Policy;
use crate::crypto::{SecretKey, Sha256Digest};

const TIME: u64 = 1_700_000_000;

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new(name("example.com/log"), 42, leaf_hash(b"root")).unwrap()
}

fn log(origin: &str, seed: u8) -> LogSigner {
    LogSigner::new(name(origin), SecretKey::from_seed([seed; 32]))
}

fn cosigners() -> Vec<Cosigner> {
    (10..14)
        .map(|seed| {
            Cosigner::new(
                name(&format!("witness.example/{seed}")),
                SecretKey::from_seed([seed; 32]),
            )
        })
        .collect()
}

fn policy() -> Policy {
    let logs = [1, 2].map(|seed| log("example.com/log", seed).verifier_key().clone());
    let witnesses: Vec<VerifierKey> = cosigners()
        .iter()
        .map(|cosigner| cosigner.verifier_key().clone())
        .collect();
    Policy::of_quorum(logs, witnesses, 3).unwrap()
}

/// Signed by log key 2 and the first `count` witnesses.
fn signed(count: usize) -> SignedCheckpoint {
    let checkpoint = checkpoint();
    let mut signatures = vec![checkpoint.sign_as_log(&log("example.com/log", 2)).unwrap()];
    for (cosigner, second) in cosigners().iter().take(count).zip(0..) {
        signatures.push(checkpoint.cosign(cosigner, TIME + second).unwrap());
    }
    SignedCheckpoint::new(checkpoint, signatures).unwrap()
}

#[test]
fn the_text_is_three_lines() {
    let text = checkpoint().to_string();
    assert_eq!(
        text,
        "example.com/log\n42\nPAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=\n"
    );
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
    let empty = Checkpoint::new(name("o"), 0, empty_root()).unwrap();
    assert_eq!(Checkpoint::parse(&empty.to_string()), Ok(empty));
}

#[test]
fn malformed_texts_are_refused() {
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let other = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFA=";
    let cases = [
        (String::new(), CheckpointError::Lines),
        (format!("o\n1\n{other}"), CheckpointError::Lines),
        ("o\n1\n".to_owned(), CheckpointError::Lines),
        (format!("o\n1\n{other}\n\n"), CheckpointError::Extension),
        (
            format!("o\n1\n{other}\nextension\n"),
            CheckpointError::Extension,
        ),
        (
            format!("\n1\n{other}\n"),
            CheckpointError::Origin {
                source: NoteError::EmptyName,
            },
        ),
        (format!("o\n01\n{other}\n"), CheckpointError::Size),
        (format!("o\n+1\n{other}\n"), CheckpointError::Size),
        (
            format!("o\n18446744073709551616\n{other}\n"),
            CheckpointError::Size,
        ),
        (format!("o\n1\n{}\n", &other[..43]), CheckpointError::Root),
        (
            format!("o\n1\n{}\n", other.replace("A=", "B=")),
            CheckpointError::Root,
        ),
        ("o\n1\nAAAA\n".to_owned(), CheckpointError::Root),
        (
            format!("o\n1\n{root}\n"),
            CheckpointError::EmptyTree { size: 1 },
        ),
        (
            format!("o\n0\n{other}\n"),
            CheckpointError::EmptyTree { size: 0 },
        ),
    ];
    for (text, error) in cases {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
    }
}

#[test]
fn a_quorum_and_a_log_signature_are_needed() {
    let verified = signed(3).verify(&policy()).unwrap();
    assert_eq!(*verified.checkpoint(), checkpoint());
    let times: Vec<u64> = verified
        .cosignatures()
        .iter()
        .map(|cosignature| cosignature.timestamp_seconds)
        .collect();
    assert_eq!(times, [TIME, TIME + 1, TIME + 2]);
    assert_eq!(verified.cosignatures()[0].name, name("witness.example/10"));
    for count in 0..3 {
        assert_eq!(
            signed(count).verify(&policy()),
            Err(CheckpointError::NoQuorum { cosigners: count })
        );
    }
    // The quorum without the log.
    let cosignatures = signed(4).note().signatures()[1..].to_vec();
    let without_log = SignedCheckpoint::new(checkpoint(), cosignatures).unwrap();
    assert_eq!(
        without_log.verify(&policy()),
        Err(CheckpointError::NoLogSignature {
            origin: name("example.com/log")
        })
    );
}

#[test]
fn another_origin_is_not_trusted() {
    let other = Checkpoint::new(name("example.com/other"), 42, leaf_hash(b"root")).unwrap();
    let signature = other.sign_as_log(&log("example.com/other", 2)).unwrap();
    let signed = SignedCheckpoint::new(other, vec![signature]).unwrap();
    assert_eq!(
        signed.verify(&policy()),
        Err(CheckpointError::UnknownOrigin {
            origin: name("example.com/other")
        })
    );
    assert_eq!(
        checkpoint().sign_as_log(&log("example.com/other", 2)),
        Err(CheckpointError::WrongLog {
            name: name("example.com/other"),
            origin: name("example.com/log")
        })
    );
}

#[test]
fn signatures_of_one_checkpoint_do_not_hold_for_another() {
    let text = signed(4).to_string();
    let forged = SignedCheckpoint::parse(text.replacen("\n42\n", "\n43\n", 1).as_bytes()).unwrap();
    assert!(matches!(
        forged.verify(&policy()),
        Err(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
    assert_eq!(
        SignedCheckpoint::parse(b"not a note"),
        Err(CheckpointError::Note(NoteError::NoSeparator))
    );
    assert!(matches!(
        SignedCheckpoint::new(checkpoint(), Vec::new()),
        Err(CheckpointError::Note(NoteError::NoSignature))
    ));
    let extended = text.replacen("\n\n", "\nextension\n\n", 1);
    assert_eq!(
        SignedCheckpoint::parse(extended.as_bytes()),
        Err(CheckpointError::Extension)
    );
}

#[test]
fn one_witness_cannot_make_a_quorum_by_signing_often() {
    let checkpoint = checkpoint();
    let mut signatures = vec![checkpoint.sign_as_log(&log("example.com/log", 1)).unwrap()];
    for second in 0..5 {
        signatures.push(checkpoint.cosign(&cosigners()[0], TIME + second).unwrap());
    }
    let signed = SignedCheckpoint::new(checkpoint, signatures).unwrap();
    assert_eq!(
        signed.verify(&policy()),
        Err(CheckpointError::NoQuorum { cosigners: 1 })
    );
}

proptest! {
    #[test]
    fn checkpoints_round_trip(origin in "[a-z./]{1,40}", size in 1_u64.., root: [u8; 32]) {
        let checkpoint = Checkpoint::new(name(&origin), size, Sha256Digest::from_bytes(root)).unwrap();
        prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()), Ok(checkpoint));
    }

    #[test]
    fn accepted_bytes_are_what_is_printed(at: prop::sample::Index, byte: u8, arbitrary: Vec<u8>) {
        let mut bytes = signed(2).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [bytes, arbitrary] {
            if let Ok(signed) = SignedCheckpoint::parse(&bytes) {
                prop_assert_eq!(signed.to_string().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn any_changed_byte_of_the_body_is_refused(at: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = signed(3).to_string().into_bytes();
        let at = at.index(checkpoint().to_string().len());
        bytes[at] ^= 1 << bit;
        let verdict = SignedCheckpoint::parse(&bytes).and_then(|signed| signed.verify(&policy()));
        prop_assert!(verdict.is_err());
    }
}
