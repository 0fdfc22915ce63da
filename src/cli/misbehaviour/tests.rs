use super::*;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{MemoryTree, consistency_proof, leaf_hash};
use crate::testing::{checkpoint_of, cosigner, log_signer};

fn policy() -> Policy {
    let witnesses = [2, 3, 4].map(|seed| cosigner(seed).verifier_key().clone());
    Policy::of_quorum([log_signer().verifier_key().clone()], witnesses, 2).unwrap()
}

fn tree(size: u64, flavour: u8) -> MemoryTree {
    MemoryTree::from_leaves((0..size).map(|i| leaf_hash(&[flavour, i as u8]))).unwrap()
}

fn signed(tree: &MemoryTree, cosigners: &[u8]) -> SignedCheckpoint {
    let checkpoint = checkpoint_of(tree);
    let signatures = cosigners
        .iter()
        .map(|seed| checkpoint.cosign(&cosigner(*seed), 1).unwrap())
        .collect();
    SignedCheckpoint::new(checkpoint, signatures).unwrap()
}

fn report(small: &MemoryTree, large: &MemoryTree, size: u64) -> ConsistencyReport {
    ConsistencyReport {
        from: size,
        from_root: small.root(),
        to: large.size(),
        to_root: large.root(),
        hashes: consistency_proof(large, size, large.size()).unwrap(),
    }
}

#[test]
fn two_roots_of_one_size_accuse_who_signed_both() {
    let (one, other) = (signed(&tree(5, 0), &[2, 3]), signed(&tree(5, 9), &[3, 4]));
    let proof = Misbehaviour::new(&one, &other, None);
    let accused = proof.accused(&policy()).unwrap();
    assert_eq!(accused.len(), 1);
    assert!(accused.iter().next().unwrap().starts_with("w3+"));
    let text = serde_json::to_vec(&proof).unwrap();
    assert_eq!(Misbehaviour::parse(&text), Ok(proof));
}

#[test]
fn a_larger_log_that_had_another_root_accuses_as_well() {
    let small = signed(&tree(5, 0), &[2, 3]);
    let large_tree = tree(8, 9);
    let large = signed(&large_tree, &[2]);
    let shown = report(&tree(5, 9), &large_tree, 5);
    let proof = Misbehaviour::new(&large, &small, Some(shown.clone()));
    assert_eq!(proof.accused(&policy()).unwrap().len(), 1);
    let mut forged = shown;
    forged.from_root = Sha256Digest::of(b"made up");
    assert!(matches!(
        Misbehaviour::new(&small, &large, Some(forged)).accused(&policy()),
        Err(MisbehaviourError::Consistency(_))
    ));
}

#[test]
fn what_proves_nothing_is_refused() {
    let (five, other) = (tree(5, 0), tree(5, 9));
    let eight = tree(8, 0);
    let accused = |one: &SignedCheckpoint, two: &SignedCheckpoint, shown| {
        Misbehaviour::new(one, two, shown)
            .accused(&policy())
            .unwrap_err()
    };
    assert_eq!(
        accused(&signed(&five, &[2]), &signed(&five, &[2]), None),
        MisbehaviourError::NoContradiction
    );
    assert_eq!(
        accused(&signed(&five, &[2]), &signed(&eight, &[2]), None),
        MisbehaviourError::NoContradiction
    );
    let honest = report(&five, &eight, 5);
    assert_eq!(
        accused(&signed(&five, &[2]), &signed(&eight, &[2]), Some(honest)),
        MisbehaviourError::NoContradiction
    );
    assert_eq!(
        accused(&signed(&five, &[2]), &signed(&other, &[3]), None),
        MisbehaviourError::NobodySignedBoth
    );
    let mut forged = Misbehaviour::new(&signed(&five, &[2]), &signed(&other, &[2]), None);
    forged.second = forged.second.replacen("\n5\n", "\n6\n", 1);
    assert!(forged.accused(&policy()).is_err());
    for text in [
        "{}",
        "[]",
        "{\"format\":\"x\",\"first\":\"\",\"second\":\"\",\"consistency\":null}",
    ] {
        assert!(Misbehaviour::parse(text.as_bytes()).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(bytes: Vec<u8>) {
        if let Ok(document) = Misbehaviour::parse(&bytes) {
            let _ = document.accused(&policy());
        }
    }
}
