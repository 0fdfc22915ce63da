//! Roots and proofs of any past size, from the stored nodes.

use super::{TreeError, empty_root, node_hash};
use crate::crypto::Sha256Digest;

/// Access to the nodes of complete subtrees.
pub trait HashReader {
    /// The hash of node `index` of `level`, or `None` if the store does not hold it.
    ///
    /// Must answer for every node whose `2^level` leaves are in the tree that is asked about. The
    /// answer is trusted: a reader over untrusted bytes gives a proof that does not verify.
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest>;
}

impl<R: HashReader + ?Sized> HashReader for &R {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        (**self).node(level, index)
    }
}

/// The root of the tree of the first `size` leaves: MTH of RFC 9162, Section 2.1.1.
///
/// # Errors
/// [`TreeError::MissingNode`] if the reader lacks a node.
pub fn root(reader: &impl HashReader, size: u64) -> Result<Sha256Digest, TreeError> {
    if size == 0 {
        return Ok(empty_root());
    }
    range_root(reader, 0, size)
}

/// The inclusion proof of leaf `index` in the tree of the first `size` leaves, from the leaf's
/// sibling up to the root's child: PATH of RFC 9162, Section 2.1.3.1.
///
/// # Errors
/// [`TreeError::IndexOutOfRange`], or [`TreeError::MissingNode`] if the reader lacks a node.
pub fn inclusion_proof(
    reader: &impl HashReader,
    index: u64,
    size: u64,
) -> Result<Vec<Sha256Digest>, TreeError> {
    if index >= size {
        return Err(TreeError::IndexOutOfRange { index, size });
    }
    // Descends from the root to the leaf, so the siblings come in reverse order.
    let mut path = Vec::new();
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = split(begin, end);
        if index < middle {
            path.push(range_root(reader, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(reader, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `from` leaves is a prefix of the tree of the first `to`
/// leaves: PROOF of RFC 9162, Section 2.1.4.1. Empty for equal sizes.
///
/// # Errors
/// [`TreeError::NoConsistencyProof`] if `from` is zero or above `to`, or [`TreeError::MissingNode`]
/// if the reader lacks a node.
pub fn consistency_proof(
    reader: &impl HashReader,
    from: u64,
    to: u64,
) -> Result<Vec<Sha256Digest>, TreeError> {
    if from == 0 || from > to {
        return Err(TreeError::NoConsistencyProof { from, to });
    }
    let mut proof = Vec::new();
    let (mut begin, mut end) = (0, to);
    while from != end {
        let middle = split(begin, end);
        if from <= middle {
            proof.push(range_root(reader, middle, end)?);
            end = middle;
        } else {
            proof.push(range_root(reader, begin, middle)?);
            begin = middle;
        }
    }
    // Here the older tree ends: what remains of it is known to the verifier only if it is the whole
    // older tree (b in SUBPROOF).
    if begin != 0 {
        proof.push(range_root(reader, begin, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Where a range of at least two leaves is divided: after the largest power of two below its
/// length.
fn split(begin: u64, end: u64) -> u64 {
    begin + (1 << (end - begin - 1).ilog2())
}

/// The root over the leaves `begin..end`, a subtree of an RFC 6962 tree: not empty, and aligned to
/// its largest power of two.
fn range_root(reader: &impl HashReader, begin: u64, end: u64) -> Result<Sha256Digest, TreeError> {
    let (level, mut last) = first_node(reader, begin, end)?;
    let mut lefts = Vec::new();
    let mut next = begin + (1 << level);
    while next < end {
        let (level, node) = first_node(reader, next, end)?;
        lefts.push(std::mem::replace(&mut last, node));
        next += 1 << level;
    }
    Ok(lefts
        .iter()
        .rfold(last, |right, left| node_hash(left, &right)))
}

/// The largest complete subtree that begins the range, with its level.
fn first_node(
    reader: &impl HashReader,
    begin: u64,
    end: u64,
) -> Result<(u32, Sha256Digest), TreeError> {
    let level = (end - begin).ilog2();
    let index = begin >> level;
    // A level is below 64.
    let short_level = level as u8;
    let hash = reader
        .node(short_level, index)
        .ok_or(TreeError::MissingNode {
            level: short_level,
            index,
        })?;
    Ok((level, hash))
}
