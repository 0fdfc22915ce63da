//! C2SP tiled logs (c2sp.org/tlog-tiles): paths, coordinates, hash tiles and entry bundles.
//!
//! A tile of level L is 256 consecutive nodes of tree level 8·L; all other nodes follow from them.
//! [`TilePath`] names a resource, [`level_hashes`], [`partial_width`], [`is_served`] and
//! [`new_tiles`] say which exist, [`tile_slot`] says where a completed node is stored,
//! [`TileHashReader`] computes any node from tiles.
//!
//! Invariants:
//! - A path has one spelling. A width is 1 to 256; a full tile has no `.p` suffix, an empty tile no
//!   path.
//! - A bundle has exactly as many entries as its width says, and nothing after them.
//!
//! Deliberately absent: fetching and serving, and pruning.

mod bundle;
mod coordinates;
mod error;
mod hashes;
mod path;

pub use bundle::{MAX_ENTRY_BYTES, decode_bundle, encode_bundle};
pub use coordinates::{TileSlot, is_served, level_hashes, new_tiles, partial_width, tile_slot};
pub use error::TileError;
pub use hashes::{TileHashReader, decode_hash_tile, encode_hash_tile};
pub use path::{MAX_TILE_LEVEL, MAX_TILE_PATH_BYTES, TileContent, TilePath, TileWidth};

/// Nodes of a full tile, and entries of a full bundle.
pub const FULL_WIDTH: u16 = 256;

/// Tree levels that one tile level spans.
pub const TILE_HEIGHT: u8 = 8;

#[cfg(test)]
mod tests;
