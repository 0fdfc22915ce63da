//! A whole tree in memory.

use super::{Frontier, HashReader, TreeError, inclusion_proof};
use crate::crypto::Sha256Digest;

/// A tree that keeps every node, for trees of bounded size such as the records of one submission.
///
/// Holds two hashes for each leaf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryTree {
    frontier: Frontier,
    // Complete nodes, `levels[level][index]`.
    levels: Vec<Vec<Sha256Digest>>,
}

impl MemoryTree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree over these leaf hashes, in order. The caller bounds their count.
    ///
    /// # Errors
    /// [`TreeError::Full`] at `u64::MAX` leaves.
    pub fn from_leaves(leaves: impl IntoIterator<Item = Sha256Digest>) -> Result<Self, TreeError> {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.append(leaf)?;
        }
        Ok(tree)
    }

    /// Appends a leaf hash and returns its index.
    ///
    /// # Errors
    /// [`TreeError::Full`] at `u64::MAX` leaves.
    pub fn append(&mut self, leaf: Sha256Digest) -> Result<u64, TreeError> {
        let levels = &mut self.levels;
        self.frontier.append(leaf, |node| {
            // A node completes after all nodes to its left and below, so its place is the end of
            // its level.
            match levels.get_mut(usize::from(node.level)) {
                Some(level) => level.push(node.hash),
                None => levels.push(vec![node.hash]),
            }
        })
    }

    /// Leaves of the tree.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the tree.
    pub fn root(&self) -> Sha256Digest {
        self.frontier.root()
    }

    /// The inclusion proof of a leaf in the whole tree.
    ///
    /// # Errors
    /// [`TreeError::IndexOutOfRange`] if there is no such leaf.
    pub fn inclusion_proof(&self, index: u64) -> Result<Vec<Sha256Digest>, TreeError> {
        inclusion_proof(self, index, self.size())
    }
}

impl HashReader for MemoryTree {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        let index = usize::try_from(index).ok()?;
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}
