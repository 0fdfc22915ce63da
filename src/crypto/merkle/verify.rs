//! Verification of proofs: RFC 9162, Sections 2.1.3.2 and 2.1.4.2.

use super::{ProofError, empty_root, node_hash};
use crate::crypto::Sha256Digest;

/// Hashes of the longest proof between 64-bit sizes: one for each level below the root, and the
/// older tree's last subtree.
pub const MAX_PROOF_HASHES: usize = 65;

/// Verifies that the leaf with hash `leaf` is at `index` in the tree of `size` leaves with root
/// `root`.
///
/// `root` must be trusted already, by a checkpoint for instance. `proof` goes from the leaf's
/// sibling up to the root's child.
///
/// # Errors
/// A [`ProofError`] that names what does not hold.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Sha256Digest,
    proof: &[Sha256Digest],
    root: &Sha256Digest,
) -> Result<(), ProofError> {
    let last = match size.checked_sub(1) {
        Some(last) if index <= last => last,
        _ => return Err(ProofError::IndexOutOfRange { index, size }),
    };
    refuse_empty_root(root, size)?;
    let mut position = Position { node: index, last };
    let mut computed = *leaf;
    for sibling in proof {
        if position.at_root() {
            return Err(ProofError::TooLong {
                actual: proof.len(),
            });
        }
        computed = match position.climb() {
            Side::Left => node_hash(sibling, &computed),
            Side::Right => node_hash(&computed, sibling),
        };
    }
    if !position.at_root() {
        return Err(ProofError::TooShort {
            actual: proof.len(),
        });
    }
    require_root(root, computed)
}

/// Verifies that the tree of `from` leaves with root `from_root` is a prefix of the tree of `to`
/// leaves with root `to_root`.
///
/// Equal sizes need equal roots and an empty proof. From the empty tree nothing is accepted, also
/// not an empty proof.
///
/// # Errors
/// A [`ProofError`] that names what does not hold.
pub fn verify_consistency(
    from: u64,
    to: u64,
    proof: &[Sha256Digest],
    from_root: &Sha256Digest,
    to_root: &Sha256Digest,
) -> Result<(), ProofError> {
    let Some(from_last) = from.checked_sub(1) else {
        return Err(ProofError::FromEmptyTree);
    };
    if from > to {
        return Err(ProofError::SizesReversed { from, to });
    }
    refuse_empty_root(from_root, from)?;
    refuse_empty_root(to_root, to)?;
    if from == to {
        if !proof.is_empty() {
            return Err(ProofError::TooLong {
                actual: proof.len(),
            });
        }
        return require_root(to_root, *from_root);
    }
    // Climb to the largest subtree that ends where the older tree ends. If it is the whole older
    // tree, its hash is the older root, which the proof leaves out.
    let mut position = Position {
        node: from_last,
        last: to - 1,
    };
    while position.node & 1 == 1 {
        position.up();
    }
    let (start, rest) = if from.is_power_of_two() {
        (from_root, proof)
    } else {
        proof
            .split_first()
            .ok_or(ProofError::TooShort { actual: 0 })?
    };
    let (mut from_computed, mut to_computed) = (*start, *start);
    for sibling in rest {
        if position.at_root() {
            return Err(ProofError::TooLong {
                actual: proof.len(),
            });
        }
        match position.climb() {
            Side::Left => {
                from_computed = node_hash(sibling, &from_computed);
                to_computed = node_hash(sibling, &to_computed);
            }
            // Right of the older tree: only the newer one has it.
            Side::Right => to_computed = node_hash(&to_computed, sibling),
        }
    }
    if !position.at_root() {
        return Err(ProofError::TooShort {
            actual: proof.len(),
        });
    }
    require_root(from_root, from_computed)?;
    require_root(to_root, to_computed)
}

/// On which side of the path a sibling stands.
enum Side {
    Left,
    Right,
}

/// A node on the path to the root, and the last node of its level: fn and sn of the RFC.
struct Position {
    node: u64,
    last: u64,
}

impl Position {
    /// Whether the level has one node only.
    const fn at_root(&self) -> bool {
        self.last == 0
    }

    /// Moves one level up.
    const fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Moves above the next sibling, and says where it stands.
    fn climb(&mut self) -> Side {
        if self.node & 1 == 0 && self.node != self.last {
            self.up();
            return Side::Right;
        }
        // The last node of a level may have no sibling there: it is passed up until it is a right
        // child.
        while self.node & 1 == 0 && self.node != 0 {
            self.up();
        }
        self.up();
        Side::Left
    }
}

fn refuse_empty_root(root: &Sha256Digest, size: u64) -> Result<(), ProofError> {
    if *root == empty_root() {
        return Err(ProofError::EmptyRoot { size });
    }
    Ok(())
}

fn require_root(claimed: &Sha256Digest, computed: Sha256Digest) -> Result<(), ProofError> {
    if *claimed == computed {
        return Ok(());
    }
    Err(ProofError::RootMismatch {
        claimed: *claimed,
        computed,
    })
}
