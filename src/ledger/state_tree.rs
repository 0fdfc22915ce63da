//! The tree whose root is the state root: a compact sparse Merkle tree over [`Space::State`].
//!
//! The root is a function of the key-value map alone, whatever the order of changes was:
//! - a key's path is the 256 bits of blake3(key), first bit first;
//! - an empty subtree is 32 zero bytes;
//! - a subtree with one key is its leaf, `blake3("waybill/state-leaf/v1\0" ‖ path ‖ blake3(value))`,
//!   at whatever depth, so that a proof is as short as the keys' paths are apart;
//! - any other subtree is `blake3("waybill/state-node/v1\0" ‖ left ‖ right)`.
//!
//! A leaf names its whole path, so what stands at the end of a key's path shows as well that a key
//! is *not* there: the subtree is empty, or its only leaf has another path (the form of the Jellyfish
//! Merkle tree, Gao et al. 2021). Nodes are stored by their place, so an update touches only the
//! paths of what changed.

use bytes::Bytes;
use thiserror::Error;

use super::overlay::Overlay;
use crate::contracts::StateWriter;
use crate::crypto::Blake3Digest;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, ReadError, Space, StateReader, StateRoot};

const LEAF_TAG: &[u8] = b"waybill/state-leaf/v1\0";
const NODE_TAG: &[u8] = b"waybill/state-node/v1\0";

/// Bits of a path.
const PATH_BITS: usize = 256;

/// Why the tree cannot be updated: the store is damaged, and the node stops.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StateTreeError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A node of the tree cannot be decoded.
    #[error("a node of the state tree is damaged: {0}")]
    Node(#[from] DecodeError),
    /// Two keys have one path, or a subtree is not what its parent says.
    #[error("the state tree is inconsistent at depth {depth}")]
    Inconsistent {
        /// How far from the root.
        depth: usize,
    },
}

type Path = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    path: Path,
    value: Blake3Digest,
}

impl Leaf {
    fn hash(&self) -> Blake3Digest {
        Blake3Digest::of_parts(&[LEAF_TAG, &self.path, self.value.as_bytes()])
    }
}

/// What stands at a place of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subtree {
    Empty,
    Leaf(Leaf),
    Branch(Blake3Digest),
}

impl Subtree {
    fn hash(&self) -> Blake3Digest {
        match self {
            Self::Empty => Blake3Digest::ZERO,
            Self::Leaf(leaf) => leaf.hash(),
            Self::Branch(hash) => *hash,
        }
    }
}

impl Encode for Subtree {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Empty => out.push(0),
            Self::Leaf(leaf) => {
                out.push(1);
                out.extend_from_slice(&leaf.path);
                leaf.value.encode(out);
            }
            Self::Branch(hash) => {
                out.push(2);
                hash.encode(out);
            }
        }
    }
}

impl Decode for Subtree {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Empty),
            1 => Ok(Self::Leaf(Leaf {
                path: reader.array()?,
                value: Blake3Digest::decode(reader)?,
            })),
            2 => Ok(Self::Branch(Blake3Digest::decode(reader)?)),
            tag => Err(DecodeError::UnknownTag {
                what: "state tree node",
                tag,
            }),
        }
    }
}

/// A change of one key's value, by path.
#[derive(Clone, Copy, Debug)]
struct Change {
    path: Path,
    value: Option<Blake3Digest>,
}

/// Brings the tree up to date with the changes that the overlay holds in [`Space::State`], writes
/// the changed nodes into the overlay, and returns the new root.
///
/// # Errors
/// [`StateTreeError`] if the stored tree cannot be read or contradicts itself.
pub fn update_state_tree<R: StateReader + ?Sized>(
    state: &mut Overlay<'_, R>,
    root: StateRoot,
) -> Result<StateRoot, StateTreeError> {
    let mut changes: Vec<Change> = state
        .changes_of(Space::State)
        .map(|(key, value)| Change {
            path: Blake3Digest::of(key).to_bytes(),
            value: value.map(|value| Blake3Digest::of(value)),
        })
        .collect();
    if changes.is_empty() {
        return Ok(root);
    }
    changes.sort_by_key(|change| change.path);
    let place = Place {
        path: [0; 32],
        depth: 0,
    };
    let top = read(state, place)?;
    if top.hash() != root.0 {
        return Err(StateTreeError::Inconsistent { depth: 0 });
    }
    let updated = update(state, place, top, &changes)?;
    Ok(StateRoot(updated.hash()))
}

/// A place in the tree: the first `depth` bits of a path, the rest zero.
#[derive(Clone, Copy)]
struct Place {
    path: Path,
    depth: usize,
}

impl Place {
    fn key(self) -> Vec<u8> {
        let mut key = Vec::with_capacity(34);
        // At most 256, so two bytes hold it.
        key.extend_from_slice(&u16::try_from(self.depth).unwrap_or(u16::MAX).to_be_bytes());
        key.extend_from_slice(self.path.get(..self.depth.div_ceil(8)).unwrap_or_default());
        key
    }

    fn children(self) -> (Self, Self) {
        let depth = self.depth + 1;
        let left = Self {
            path: self.path,
            depth,
        };
        let mut path = self.path;
        if let Some(byte) = path.get_mut(self.depth / 8) {
            *byte |= 0x80 >> (self.depth % 8);
        }
        (left, Self { path, depth })
    }
}

fn goes_right(path: &Path, depth: usize) -> bool {
    path.get(depth / 8)
        .is_some_and(|byte| byte & (0x80 >> (depth % 8)) != 0)
}

fn read(state: &impl StateReader, place: Place) -> Result<Subtree, StateTreeError> {
    match state.get(Space::StateTree, &place.key())? {
        None => Ok(Subtree::Empty),
        Some(bytes) => Ok(Subtree::from_bytes(&bytes)?),
    }
}

fn write(state: &mut impl StateWriter, place: Place, before: Subtree, after: Subtree) {
    if before == after {
        return;
    }
    if after == Subtree::Empty {
        state.remove(Space::StateTree, &place.key());
    } else {
        state.put(
            Space::StateTree,
            &place.key(),
            Bytes::from(after.to_bytes()),
        );
    }
}

/// Applies changes, sorted by path and all below `place`, to the subtree that stands there.
fn update<R: StateReader + ?Sized>(
    state: &mut Overlay<'_, R>,
    place: Place,
    before: Subtree,
    changes: &[Change],
) -> Result<Subtree, StateTreeError> {
    if changes.is_empty() {
        return Ok(before);
    }
    let after = match before {
        Subtree::Branch(_) => {
            let (left, right) = place.children();
            let middle = changes.partition_point(|c| !goes_right(&c.path, place.depth));
            let (left_changes, right_changes) = changes.split_at(middle);
            let left_before = read(state, left)?;
            let right_before = read(state, right)?;
            let left_after = update(state, left, left_before, left_changes)?;
            let right_after = update(state, right, right_before, right_changes)?;
            join(state, (left, left_after), (right, right_after))
        }
        Subtree::Empty | Subtree::Leaf(_) => {
            let mut leaves: Vec<Leaf> = changes
                .iter()
                .filter_map(|change| {
                    change.value.map(|value| Leaf {
                        path: change.path,
                        value,
                    })
                })
                .collect();
            if let Subtree::Leaf(leaf) = before
                && let Err(position) = changes.binary_search_by_key(&leaf.path, |c| c.path)
            {
                // Deletions are not among the leaves: count those that stand before.
                let before_it = changes
                    .iter()
                    .take(position)
                    .filter(|change| change.value.is_some())
                    .count();
                leaves.insert(before_it, leaf);
            }
            build(state, place, &leaves)?
        }
    };
    write(state, place, before, after);
    Ok(after)
}

/// Builds the subtree of leaves, sorted by path, where no branch stood before. The caller writes
/// its top.
fn build<R: StateReader + ?Sized>(
    state: &mut Overlay<'_, R>,
    place: Place,
    leaves: &[Leaf],
) -> Result<Subtree, StateTreeError> {
    match leaves {
        [] => Ok(Subtree::Empty),
        [leaf] => Ok(Subtree::Leaf(*leaf)),
        _ if place.depth >= PATH_BITS => Err(StateTreeError::Inconsistent { depth: place.depth }),
        _ => {
            let (left, right) = place.children();
            let middle = leaves.partition_point(|leaf| !goes_right(&leaf.path, place.depth));
            let (left_leaves, right_leaves) = leaves.split_at(middle);
            let left_after = build(state, left, left_leaves)?;
            let right_after = build(state, right, right_leaves)?;
            write(state, left, Subtree::Empty, left_after);
            write(state, right, Subtree::Empty, right_after);
            Ok(branch(&left_after, &right_after))
        }
    }
}

fn branch(left: &Subtree, right: &Subtree) -> Subtree {
    Subtree::Branch(Blake3Digest::of_parts(&[
        NODE_TAG,
        left.hash().as_bytes(),
        right.hash().as_bytes(),
    ]))
}

/// Joins two subtrees that are written already. If they hold one leaf together, it moves up.
fn join(
    state: &mut impl StateWriter,
    (left, left_after): (Place, Subtree),
    (right, right_after): (Place, Subtree),
) -> Subtree {
    match (left_after, right_after) {
        (Subtree::Empty, Subtree::Empty) => Subtree::Empty,
        (Subtree::Leaf(leaf), Subtree::Empty) => {
            write(state, left, left_after, Subtree::Empty);
            Subtree::Leaf(leaf)
        }
        (Subtree::Empty, Subtree::Leaf(leaf)) => {
            write(state, right, right_after, Subtree::Empty);
            Subtree::Leaf(leaf)
        }
        _ => branch(&left_after, &right_after),
    }
}

#[cfg(test)]
mod tests;
