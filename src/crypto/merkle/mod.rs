//! The SHA-256 Merkle tree of RFC 6962, Section 2.1 and RFC 9162, Section 2.1.
//!
//! A tree of `size` leaves is made of *complete subtrees*: node `(level, index)` covers the leaves
//! `index * 2^level .. (index + 1) * 2^level`, and is final as soon as they exist. So a store
//! writes each node once, and a proof for any past size is computed from O(log size) stored nodes.
//!
//! - [`Frontier`] appends leaves and keeps the root, without the log: it holds one node per set bit
//!   of its size.
//! - [`HashReader`] is what a store offers; [`root`], [`inclusion_proof`] and [`consistency_proof`]
//!   read through it.
//! - [`MemoryTree`] is a whole tree in memory, such as the records of one submission.
//! - [`verify_inclusion`] and [`verify_consistency`] are functions of their arguments alone.
//!
//! Invariants:
//! - Leaves and inner nodes are hashed with different prefixes, so that neither passes for the
//!   other.
//! - A proof has exactly one accepted length for its sizes.
//! - Nothing is proved about or from the empty tree: its root says nothing that could be
//!   inconsistent.
//!
//! Deliberately absent: leaf data. Only leaf hashes go in; who holds the entry computes
//! [`leaf_hash`].

mod error;
mod frontier;
mod hashing;
mod memory_tree;
mod node;
mod prove;
mod verify;

pub use error::{ProofError, TreeError};
pub use frontier::{FRONTIER_VERSION, Frontier, MAX_FRONTIER_BYTES};
pub use hashing::{complete_subtree_root, empty_root, leaf_hash, node_hash};
pub use memory_tree::MemoryTree;
pub use node::Node;
pub use prove::{HashReader, consistency_proof, inclusion_proof, root};
pub use verify::{MAX_PROOF_HASHES, verify_consistency, verify_inclusion};

#[cfg(test)]
mod tests;
