//! What can go wrong with a tree of one's own, and with a proof of another's.

use thiserror::Error;

use crate::crypto::Sha256Digest;

/// Why a tree could not be extended, read or decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TreeError {
    /// The tree has `u64::MAX` leaves.
    #[error("the tree is full: it has {} leaves", u64::MAX)]
    Full,
    /// The leaf is not in a tree of this size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutOfRange {
        /// The leaf asked for.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// No consistency proof leads from the empty tree, or from a larger tree to a smaller one.
    #[error("there is no consistency proof from size {from} to size {to}")]
    NoConsistencyProof {
        /// Size of the older tree.
        from: u64,
        /// Size of the newer tree.
        to: u64,
    },
    /// The reader lacks a node that a tree of the stated size has.
    #[error("node {index} of level {level} is missing")]
    MissingNode {
        /// Height of the node above the leaves.
        level: u8,
        /// Position within the level.
        index: u64,
    },
    /// An encoded frontier has an unknown version.
    #[error("frontier version {version} is not known")]
    FrontierVersion {
        /// The version found.
        version: u8,
    },
    /// An encoded frontier has not one hash for each set bit of its size, or ends early.
    #[error("an encoded frontier has {actual} bytes, expected {expected}")]
    FrontierLength {
        /// Bytes that follow from the size it states, or the least an encoding has.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The leaf is not in a tree of this size; the empty tree has none.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutOfRange {
        /// The leaf's position.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// Every tree extends the empty tree, so a proof from it says nothing.
    #[error("a consistency proof from the empty tree proves nothing")]
    FromEmptyTree,
    /// The older tree is the larger one.
    #[error("the older tree has {from} leaves, more than the newer with {to}")]
    SizesReversed {
        /// Size of the older tree.
        from: u64,
        /// Size of the newer tree.
        to: u64,
    },
    /// The root of the empty tree is claimed for a tree with leaves.
    #[error("the root of the empty tree is claimed for {size} leaves")]
    EmptyRoot {
        /// Leaves claimed.
        size: u64,
    },
    /// The proof has hashes beyond those that the sizes ask for.
    #[error("the proof has {actual} hashes, more than the sizes ask for")]
    TooLong {
        /// Hashes of the proof.
        actual: usize,
    },
    /// The proof ends before it reaches the root.
    #[error("the proof has {actual} hashes, fewer than the sizes ask for")]
    TooShort {
        /// Hashes of the proof.
        actual: usize,
    },
    /// The proof leads to another root than the one claimed.
    #[error("the proof leads to root {computed}, claimed is {claimed}")]
    RootMismatch {
        /// The root that the verifier was given.
        claimed: Sha256Digest,
        /// The root that the proof leads to.
        computed: Sha256Digest,
    },
}
