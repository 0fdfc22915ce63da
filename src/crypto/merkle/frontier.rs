//! The right edge of a growing tree.

use super::{Node, TreeError, empty_root, node_hash};
use crate::crypto::Sha256Digest;
use crate::crypto::digest::DIGEST_BYTES;

/// Version of the encoding of a [`Frontier`].
pub const FRONTIER_VERSION: u8 = 1;

/// Bytes before the hashes: version and size.
const HEADER_BYTES: usize = 1 + 8;

/// A size has 64 bits, so a frontier has at most 64 hashes.
pub const MAX_FRONTIER_BYTES: usize = HEADER_BYTES + 64 * DIGEST_BYTES;

/// What must be kept of a tree to extend it: the roots of its maximal complete subtrees, at most 64
/// of them.
///
/// Appending costs one node hash on average, the root at most 63; neither depends on the leaves
/// already there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    // One for each set bit of `size`, from the most significant: the largest subtree, the leftmost,
    // comes first.
    peaks: Vec<Sha256Digest>,
}

impl Frontier {
    /// The frontier of the tree without leaves.
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// Leaves of the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree; [`empty_root`] without leaves.
    pub fn root(&self) -> Sha256Digest {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or(empty_root())
    }

    /// Appends a leaf and returns its index. Every node that is thereby complete, the leaf first
    /// and then upwards, goes to `completed`: what a store writes, each node exactly once in the
    /// life of the tree.
    ///
    /// # Errors
    /// [`TreeError::Full`] at `u64::MAX` leaves; the frontier is then unchanged and `completed` was
    /// not called.
    pub fn append(
        &mut self,
        leaf: Sha256Digest,
        mut completed: impl FnMut(Node),
    ) -> Result<u64, TreeError> {
        let index = self.size;
        let size = index.checked_add(1).ok_or(TreeError::Full)?;
        let mut node = Node {
            level: 0,
            index,
            hash: leaf,
        };
        completed(node);
        // Each trailing one of the old size is a complete subtree as large as the new node: the two
        // merge, as a carry does.
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = Node {
                level: node.level.saturating_add(1),
                index: node.index >> 1,
                hash: node_hash(&left, &node.hash),
            };
            completed(node);
        }
        self.peaks.push(node.hash);
        self.size = size;
        Ok(index)
    }

    /// The canonical encoding: version (1 byte) ‖ size (big-endian u64) ‖ one hash for each set bit
    /// of the size, largest first.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_FRONTIER_BYTES);
        bytes.push(FRONTIER_VERSION);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for peak in &self.peaks {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    /// Decodes a frontier. Whether its hashes are those of the log is for the caller to compare
    /// with a trusted root.
    ///
    /// # Errors
    /// [`TreeError::FrontierVersion`], or [`TreeError::FrontierLength`] unless there is exactly one
    /// hash per set bit of the size.
    pub fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let too_short = TreeError::FrontierLength {
            expected: HEADER_BYTES,
            actual: bytes.len(),
        };
        let (&version, rest) = bytes.split_first().ok_or(too_short)?;
        if version != FRONTIER_VERSION {
            return Err(TreeError::FrontierVersion { version });
        }
        let (size, hashes) = rest.split_first_chunk::<8>().ok_or(too_short)?;
        let size = u64::from_be_bytes(*size);
        // At most 64, so the narrowing and the product are exact.
        let count = size.count_ones() as usize;
        let (chunks, trailing) = hashes.as_chunks::<DIGEST_BYTES>();
        if chunks.len() != count || !trailing.is_empty() {
            return Err(TreeError::FrontierLength {
                expected: HEADER_BYTES + count * DIGEST_BYTES,
                actual: bytes.len(),
            });
        }
        Ok(Self {
            size,
            peaks: chunks
                .iter()
                .copied()
                .map(Sha256Digest::from_bytes)
                .collect(),
        })
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}
