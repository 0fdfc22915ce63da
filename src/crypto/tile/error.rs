//! What is wrong with a tile path or with the bytes of a tile.

use thiserror::Error;

use super::{FULL_WIDTH, MAX_ENTRY_BYTES, MAX_TILE_LEVEL, MAX_TILE_PATH_BYTES};

/// The error of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TileError {
    /// The path is longer than any well-formed one.
    #[error("a tile path has at most {MAX_TILE_PATH_BYTES} bytes, found {actual}")]
    PathTooLong {
        /// Bytes of the path.
        actual: usize,
    },
    /// The path is not `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`.
    #[error("a tile path is tile/<level>/<index>[.p/<width>] or tile/entries/<index>[.p/<width>]")]
    PathForm,
    /// The level is not a canonical decimal from 0 to 63.
    #[error("a tile level is a decimal from 0 to {MAX_TILE_LEVEL} without leading zeroes")]
    Level,
    /// The index is not in groups of three digits, all but the last opened by an x, or is above
    /// `u64::MAX`.
    #[error("a tile index is in groups of three digits, as in x001/x234/067")]
    Index,
    /// The width is not a canonical decimal of a partial tile, or not a width of a tile.
    #[error("a tile width is 1 to {FULL_WIDTH}, and below that in a path")]
    Width,
    /// A tile of hashes has another length than its width says.
    #[error("a tile of this width has {expected} bytes, found {actual}")]
    TileLength {
        /// Bytes that follow from the width.
        expected: usize,
        /// Bytes found.
        actual: usize,
    },
    /// An entry is longer than its two length bytes can say.
    #[error("entry {position} has {actual} bytes, more than {MAX_ENTRY_BYTES}")]
    EntryTooLong {
        /// Its position in the bundle.
        position: usize,
        /// Its bytes.
        actual: usize,
    },
    /// A bundle ends within an entry.
    #[error("the bundle ends within entry {position}")]
    BundleTruncated {
        /// The entry's position.
        position: usize,
    },
    /// A bundle has bytes after its last entry.
    #[error("the bundle has {actual} bytes after its last entry")]
    BundleTrailing {
        /// Their number.
        actual: usize,
    },
}
