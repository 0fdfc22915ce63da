use proptest::prelude::*;

use super::*;
use crate::crypto::Sha256Digest;

/// Leaves and roots that implementations of certificate transparency share.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaf(index: u64) -> Sha256Digest {
    leaf_hash(&index.to_be_bytes())
}

fn tree(size: u64) -> MemoryTree {
    MemoryTree::from_leaves((0..size).map(leaf)).unwrap()
}

fn frontier(size: u64) -> Frontier {
    let mut frontier = Frontier::new();
    for index in 0..size {
        frontier.append(leaf(index), |_| {}).unwrap();
    }
    frontier
}

/// A reader without nodes.
struct NoNodes;

impl HashReader for NoNodes {
    fn node(&self, _: u8, _: u64) -> Option<Sha256Digest> {
        None
    }
}

#[test]
fn roots_match_published_vectors() {
    let mut frontier = Frontier::default();
    let mut memory = MemoryTree::new();
    assert_eq!(frontier.root(), Sha256Digest::of(b""));
    assert_eq!(root(&memory, 0), Ok(empty_root()));
    for ((leaf, expected), size) in LEAVES.iter().zip(ROOTS).zip(1..) {
        let leaf = leaf_hash(&hex::decode(leaf).unwrap());
        assert_eq!(frontier.append(leaf, |_| {}), Ok(size - 1));
        assert_eq!(memory.append(leaf), Ok(size - 1));
        assert_eq!(frontier.root().to_string(), expected);
        assert_eq!(memory.root().to_string(), expected);
        assert_eq!(root(&memory, size).unwrap().to_string(), expected);
    }
    assert_eq!(memory.size(), 8);
}

#[test]
fn appending_completes_each_node_once_in_order() {
    let mut frontier = Frontier::new();
    let mut completed = Vec::new();
    for index in 0..4 {
        frontier
            .append(leaf(index), |node| completed.push((node.level, node.index)))
            .unwrap();
    }
    assert_eq!(
        completed,
        [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0)]
    );
}

#[test]
fn appending_costs_a_constant_number_of_hashes_for_each_leaf() {
    let mut frontier = Frontier::new();
    let mut nodes = 0_u64;
    for index in 0..10_000 {
        frontier.append(leaf(index), |_| nodes += 1).unwrap();
    }
    // One node for each complete subtree: 10,000 leaves, 5,000 pairs and so on, never one twice.
    assert_eq!(nodes, (0..14).map(|level| 10_000_u64 >> level).sum::<u64>());
    assert_eq!(frontier.root(), tree(10_000).root());
}

#[test]
fn reported_nodes_are_those_that_a_reader_gives() {
    let memory = tree(300);
    let mut frontier = Frontier::new();
    for index in 0..300 {
        frontier
            .append(leaf(index), |node| {
                assert_eq!(memory.node(node.level, node.index), Some(node.hash));
            })
            .unwrap();
    }
}

#[test]
fn subtree_root_needs_a_power_of_two() {
    let leaves: Vec<_> = (0..8).map(leaf).collect();
    for count in [1, 2, 4, 8] {
        assert_eq!(
            complete_subtree_root(&leaves[..count]),
            Some(tree(count as u64).root())
        );
    }
    for count in [0, 3, 5, 6, 7] {
        assert_eq!(complete_subtree_root(&leaves[..count]), None);
    }
}

#[test]
fn tree_errors_are_reached() {
    let memory = tree(5);
    assert_eq!(
        memory.inclusion_proof(5),
        Err(TreeError::IndexOutOfRange { index: 5, size: 5 })
    );
    assert_eq!(
        inclusion_proof(&memory, 0, 0),
        Err(TreeError::IndexOutOfRange { index: 0, size: 0 })
    );
    for (from, to) in [(0, 0), (0, 5), (4, 3)] {
        assert_eq!(
            consistency_proof(&memory, from, to),
            Err(TreeError::NoConsistencyProof { from, to })
        );
    }
    assert_eq!(
        root(&memory, 6),
        Err(TreeError::MissingNode { level: 1, index: 2 })
    );
    assert_eq!(
        root(&&NoNodes, u64::MAX),
        Err(TreeError::MissingNode {
            level: 63,
            index: 0
        })
    );
    let mut full = Frontier::decode(
        &[
            [FRONTIER_VERSION].as_slice(),
            &u64::MAX.to_be_bytes(),
            &[7; 64 * 32],
        ]
        .concat(),
    )
    .unwrap();
    let before = full.clone();
    assert_eq!(
        full.append(leaf(0), |_| unreachable!()),
        Err(TreeError::Full)
    );
    assert_eq!(full, before);
    assert_eq!(full.encode().len(), MAX_FRONTIER_BYTES);
}

#[test]
fn frontier_encoding_is_pinned_and_canonical() {
    let encoded = frontier(5).encode();
    assert_eq!(
        encoded,
        [
            &[1, 0, 0, 0, 0, 0, 0, 0, 5],
            tree(4).root().as_bytes().as_slice(),
            leaf(4).as_bytes()
        ]
        .concat()
    );
    assert_eq!(
        Sha256Digest::of(&encoded).to_string(),
        "5d8c5cc1b447af0e760ced528f9038f3571415102c53b53e6eca4bb299843f42"
    );
    assert_eq!(Frontier::decode(&encoded), Ok(frontier(5)));
    assert_eq!(
        Frontier::decode(&Frontier::new().encode()),
        Ok(Frontier::new())
    );
    let expected = encoded.len();
    for cut in 9..expected {
        assert_eq!(
            Frontier::decode(&encoded[..cut]),
            Err(TreeError::FrontierLength {
                expected,
                actual: cut
            })
        );
    }
    for cut in 0..9 {
        assert_eq!(
            Frontier::decode(&encoded[..cut]),
            Err(TreeError::FrontierLength {
                expected: 9,
                actual: cut
            })
        );
    }
    let mut other = encoded.clone();
    other.push(0);
    assert_eq!(
        Frontier::decode(&other),
        Err(TreeError::FrontierLength {
            expected,
            actual: expected + 1
        })
    );
    other.extend([0; 31]);
    assert!(matches!(
        Frontier::decode(&other),
        Err(TreeError::FrontierLength { .. })
    ));
    let mut wrong_version = encoded.clone();
    wrong_version[0] = 2;
    assert_eq!(
        Frontier::decode(&wrong_version),
        Err(TreeError::FrontierVersion { version: 2 })
    );
    let mut wrong_size = encoded;
    wrong_size[8] = 7;
    assert_eq!(
        Frontier::decode(&wrong_size),
        Err(TreeError::FrontierLength {
            expected: 9 + 96,
            actual: expected
        })
    );
}

#[test]
fn inclusion_traps() {
    let memory = tree(5);
    let (root, proof) = (memory.root(), memory.inclusion_proof(2).unwrap());
    assert_eq!(verify_inclusion(2, 5, &leaf(2), &proof, &root), Ok(()));
    let out_of_range = |index, size| Err(ProofError::IndexOutOfRange { index, size });
    assert_eq!(
        verify_inclusion(5, 5, &leaf(2), &proof, &root),
        out_of_range(5, 5)
    );
    assert_eq!(
        verify_inclusion(0, 0, &leaf(0), &[], &root),
        out_of_range(0, 0)
    );
    assert_eq!(
        verify_inclusion(0, 0, &empty_root(), &[], &empty_root()),
        out_of_range(0, 0)
    );
    // A leaf hash equal to the empty root makes a tree of one leaf "have" that root.
    assert_eq!(
        verify_inclusion(0, 1, &empty_root(), &[], &empty_root()),
        Err(ProofError::EmptyRoot { size: 1 })
    );
    assert_eq!(
        verify_inclusion(2, 5, &leaf(2), &proof[..2], &root),
        Err(ProofError::TooShort { actual: 2 })
    );
    let longer = [proof.as_slice(), &[leaf(9)]].concat();
    assert_eq!(
        verify_inclusion(2, 5, &leaf(2), &longer, &root),
        Err(ProofError::TooLong { actual: 4 })
    );
    assert!(matches!(
        verify_inclusion(2, 5, &leaf(3), &proof, &root),
        Err(ProofError::RootMismatch { claimed, .. }) if claimed == root
    ));
    // The same hashes at another position of the same shape.
    assert!(matches!(
        verify_inclusion(3, 5, &leaf(2), &proof, &root),
        Err(ProofError::RootMismatch { .. })
    ));
}

#[test]
fn consistency_traps() {
    let memory = tree(8);
    let root_of = |size| root(&memory, size).unwrap();
    let proof = consistency_proof(&memory, 3, 7).unwrap();
    assert_eq!(
        verify_consistency(3, 7, &proof, &root_of(3), &root_of(7)),
        Ok(())
    );
    for to in [0, 1, 7] {
        for proof in [&[][..], &proof] {
            for from_root in [empty_root(), root_of(to)] {
                assert_eq!(
                    verify_consistency(0, to, proof, &from_root, &root_of(to)),
                    Err(ProofError::FromEmptyTree)
                );
            }
        }
    }
    assert_eq!(
        verify_consistency(7, 3, &proof, &root_of(7), &root_of(3)),
        Err(ProofError::SizesReversed { from: 7, to: 3 })
    );
    assert_eq!(
        verify_consistency(3, 3, &[], &empty_root(), &empty_root()),
        Err(ProofError::EmptyRoot { size: 3 })
    );
    assert_eq!(
        verify_consistency(3, 7, &proof, &root_of(3), &empty_root()),
        Err(ProofError::EmptyRoot { size: 7 })
    );
    assert_eq!(
        verify_consistency(7, 7, &[], &root_of(7), &root_of(7)),
        Ok(())
    );
    assert!(matches!(
        verify_consistency(7, 7, &[], &root_of(7), &root_of(6)),
        Err(ProofError::RootMismatch { .. })
    ));
    assert_eq!(
        verify_consistency(7, 7, &[leaf(0)], &root_of(7), &root_of(7)),
        Err(ProofError::TooLong { actual: 1 })
    );
    for (from, to) in [(3, 7), (4, 8), (1, 2), (6, 8)] {
        let proof = consistency_proof(&memory, from, to).unwrap();
        for length in 0..proof.len() {
            assert_eq!(
                verify_consistency(from, to, &proof[..length], &root_of(from), &root_of(to)),
                Err(ProofError::TooShort { actual: length })
            );
        }
        let longer = [proof.as_slice(), &[leaf(9)]].concat();
        assert_eq!(
            verify_consistency(from, to, &longer, &root_of(from), &root_of(to)),
            Err(ProofError::TooLong {
                actual: longer.len()
            })
        );
        assert!(matches!(
            verify_consistency(from, to, &proof, &root_of(to), &root_of(to)),
            Err(ProofError::RootMismatch { .. })
        ));
        assert!(matches!(
            verify_consistency(from, to, &proof, &root_of(from), &root_of(from)),
            Err(ProofError::RootMismatch { .. })
        ));
    }
}

proptest! {
    #[test]
    fn frontier_round_trips_and_goes_on(size in 0_u64..600, more in 0_u64..40) {
        let mut decoded = Frontier::decode(&frontier(size).encode()).unwrap();
        for index in size..size + more {
            decoded.append(leaf(index), |_| {}).unwrap();
        }
        prop_assert_eq!(decoded.root(), tree(size + more).root());
        prop_assert_eq!(decoded.size(), size + more);
    }

    #[test]
    fn frontier_decoding_is_canonical(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 0_u64..64, well_formed: bool) {
        if well_formed && bytes.len() >= 9 {
            bytes[0] = FRONTIER_VERSION;
            bytes[1..9].copy_from_slice(&size.to_be_bytes());
        }
        if let Ok(frontier) = Frontier::decode(&bytes) {
            prop_assert_eq!(frontier.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_proof_is_refused(size in 2_u64..200, index: prop::sample::Index, at: prop::sample::Index, bit in 0_usize..256) {
        let memory = tree(size);
        let index = index.index(size as usize) as u64;
        let mut proof = memory.inclusion_proof(index).unwrap();
        let at = at.index(proof.len());
        let mut hash = proof[at].to_bytes();
        hash[bit / 8] ^= 1 << (bit % 8);
        proof[at] = Sha256Digest::from_bytes(hash);
        let refused = matches!(
            verify_inclusion(index, size, &leaf(index), &proof, &memory.root()),
            Err(ProofError::RootMismatch { .. })
        );
        prop_assert!(refused);
    }

    #[test]
    fn verification_never_panics(
        first: u64,
        second: u64,
        proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let proof: Vec<_> = proof.into_iter().map(Sha256Digest::from_bytes).collect();
        let (from_root, to_root) = (leaf(1), leaf(2));
        prop_assert!(verify_inclusion(first, second, &leaf(0), &proof, &to_root).is_err());
        prop_assert!(verify_consistency(first, second, &proof, &from_root, &to_root).is_err());
    }
}
