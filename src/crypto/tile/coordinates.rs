//! Which tiles a tree has, and where its nodes are in them.

use super::{FULL_WIDTH, TILE_HEIGHT, TilePath, TileWidth};
use crate::crypto::merkle::Node;

/// Nodes of a full tile, as a count.
const WIDTH: u64 = FULL_WIDTH as u64;

/// Tile levels that a tree of 64-bit size can have: eight, as 256^8 = 2^64.
const LEVELS: u8 = 8;

/// A place in a tile of hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileSlot {
    /// The tile's level.
    pub level: u8,
    /// The tile's position within the level.
    pub tile: u64,
    /// The hash's position within the tile, from zero.
    pub offset: u8,
}

/// Where a completed node is stored; `None` if its level is within a tile, where it follows from
/// the hashes below.
pub fn tile_slot(node: &Node) -> Option<TileSlot> {
    if !node.level.is_multiple_of(TILE_HEIGHT) {
        return None;
    }
    Some(TileSlot {
        level: node.level / TILE_HEIGHT,
        tile: node.index / WIDTH,
        // The remainder is below 256.
        offset: (node.index % WIDTH) as u8,
    })
}

/// Hashes that a tile level has in a tree of `size` leaves: floor(size / 256^level).
pub fn level_hashes(level: u8, size: u64) -> u64 {
    u32::from(level)
        .checked_mul(u32::from(TILE_HEIGHT))
        .and_then(|shift| size.checked_shr(shift))
        .unwrap_or(0)
}

/// The width of the partial tile that ends a level of a tree of `size` leaves; `None` if there is
/// none.
pub fn partial_width(level: u8, size: u64) -> Option<TileWidth> {
    // The remainder is below 256.
    TileWidth::new((level_hashes(level, size) % WIDTH) as u16).ok()
}

/// Whether a log of `size` leaves has this tile or bundle: a full one if it is complete, a partial
/// one if its hashes exist.
///
/// A partial tile whose full tile exists is still one that a past size had; a log may drop it.
pub fn is_served(path: &TilePath, size: u64) -> bool {
    let hashes = level_hashes(path.level(), size);
    path.index()
        .checked_mul(WIDTH)
        .and_then(|begin| begin.checked_add(u64::from(path.width().get())))
        .is_some_and(|end| end <= hashes)
}

/// The tiles of hashes to publish when a tree grows from `from` to `to` leaves, level by level from
/// the leaves: those that became full, and the partial one of each level that changed. With `from`
/// zero, all tiles of the tree. Bundles have the coordinates of level 0.
pub fn new_tiles(from: u64, to: u64) -> impl Iterator<Item = TilePath> {
    (0..LEVELS).flat_map(move |level| {
        let (before, after) = (level_hashes(level, from), level_hashes(level, to));
        let full = (before / WIDTH..after / WIDTH).map(|index| (index, TileWidth::FULL));
        let partial = partial_width(level, to)
            .filter(|_| before < after)
            .map(|width| (after / WIDTH, width));
        full.chain(partial)
            .filter_map(move |(index, width)| TilePath::hashes(level, index, width).ok())
    })
}
