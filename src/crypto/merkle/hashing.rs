//! The hashes of RFC 6962, Section 2.1.

use crate::crypto::Sha256Digest;

/// Prefix of a leaf's input.
const LEAF_PREFIX: u8 = 0x00;
/// Prefix of an inner node's input: without it, a node could be presented as a leaf.
const NODE_PREFIX: u8 = 0x01;

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Sha256Digest {
    Sha256Digest::of_parts(&[&[LEAF_PREFIX], entry])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Sha256Digest, right: &Sha256Digest) -> Sha256Digest {
    // One block of 65 bytes costs less as one update than as three.
    let mut input = [NODE_PREFIX; 65];
    let (_, hashes) = input.split_at_mut(1);
    let (left_half, right_half) = hashes.split_at_mut(32);
    left_half.copy_from_slice(left.as_bytes());
    right_half.copy_from_slice(right.as_bytes());
    Sha256Digest::of(&input)
}

/// The root of the tree without leaves: SHA-256 of the empty string.
pub const fn empty_root() -> Sha256Digest {
    Sha256Digest::from_bytes([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ])
}

/// The node above `hashes`, the complete nodes of one level; `None` unless their count is a power
/// of two.
pub fn complete_subtree_root(hashes: &[Sha256Digest]) -> Option<Sha256Digest> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                _ => None,
            })
            .collect();
    }
    level.first().copied()
}
