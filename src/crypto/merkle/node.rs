//! A node of a complete subtree.

use crate::crypto::Sha256Digest;

/// The root of a complete subtree of `2^level` leaves, the `index`-th of its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Height above the leaves: 0 for a leaf, at most 63.
    pub level: u8,
    /// Position within the level, from zero.
    pub index: u64,
    /// The Merkle tree hash of the leaves that the node covers.
    pub hash: Sha256Digest,
}
