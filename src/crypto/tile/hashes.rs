//! Tiles of hashes.

use super::{FULL_WIDTH, TILE_HEIGHT, TileError, TileWidth};
use crate::crypto::Sha256Digest;
use crate::crypto::digest::DIGEST_BYTES;
use crate::crypto::merkle::{HashReader, complete_subtree_root};

/// The bytes of a tile: its hashes, one after the other.
///
/// # Errors
/// [`TileError::Width`] unless there are 1 to 256.
pub fn encode_hash_tile(hashes: &[Sha256Digest]) -> Result<Vec<u8>, TileError> {
    width_of(hashes.len())?;
    Ok(hashes.iter().flat_map(|hash| hash.to_bytes()).collect())
}

/// Reads a tile of a known width.
///
/// # Errors
/// [`TileError::TileLength`] unless it has exactly its hashes.
pub fn decode_hash_tile(bytes: &[u8], width: TileWidth) -> Result<Vec<Sha256Digest>, TileError> {
    let expected = usize::from(width.get()) * DIGEST_BYTES;
    if bytes.len() != expected {
        return Err(TileError::TileLength {
            expected,
            actual: bytes.len(),
        });
    }
    let (hashes, _) = bytes.as_chunks::<DIGEST_BYTES>();
    Ok(hashes
        .iter()
        .copied()
        .map(Sha256Digest::from_bytes)
        .collect())
}

/// Reads the nodes of a tree from its tiles: `tile(level, index)` gives the hashes of a tile, as
/// many as the store has.
///
/// A node within a tile costs the hashing of those below it, at most 127.
#[derive(Debug, Clone, Copy)]
pub struct TileHashReader<F> {
    tile: F,
}

impl<F: Fn(u8, u64) -> Option<Vec<Sha256Digest>>> TileHashReader<F> {
    /// Reads through `tile`.
    pub const fn new(tile: F) -> Self {
        Self { tile }
    }
}

impl<F: Fn(u8, u64) -> Option<Vec<Sha256Digest>>> HashReader for TileHashReader<F> {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        let height = level % TILE_HEIGHT;
        // The node covers `count` hashes of its tile's level, which all are in one tile: 256 is a
        // multiple of their number.
        let count = 1_usize << height;
        let begin = index.checked_mul(1 << height)?;
        let hashes = (self.tile)(level / TILE_HEIGHT, begin / u64::from(FULL_WIDTH))?;
        let offset = usize::try_from(begin % u64::from(FULL_WIDTH)).ok()?;
        complete_subtree_root(hashes.get(offset..offset + count)?)
    }
}

/// The width of a tile or bundle with `count` members.
pub(super) fn width_of(count: usize) -> Result<TileWidth, TileError> {
    TileWidth::new(u16::try_from(count).map_err(|_| TileError::Width)?)
}
