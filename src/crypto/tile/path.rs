//! Names of tiles and bundles.

use std::fmt;
use std::str::FromStr;

use super::{FULL_WIDTH, TileError};
use crate::crypto::text::parse_decimal;

/// The highest level that a path can name. No tree of 64-bit size has tiles above level 7.
pub const MAX_TILE_LEVEL: u8 = 63;

/// Bytes of the longest path: `tile/entries/`, seven groups of an index, `.p/255`.
pub const MAX_TILE_PATH_BYTES: usize = 13 + 6 * 5 + 3 + 6;

/// What a group of an index counts to: 1000 names for each directory.
const GROUP_BASE: u64 = 1000;

/// Nodes of a tile or entries of a bundle: 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileWidth(u16);

impl TileWidth {
    /// The width of a full tile.
    pub const FULL: Self = Self(FULL_WIDTH);

    /// Checks and takes a width.
    ///
    /// # Errors
    /// [`TileError::Width`] unless it is 1 to 256.
    pub const fn new(width: u16) -> Result<Self, TileError> {
        match width {
            1..=FULL_WIDTH => Ok(Self(width)),
            _ => Err(TileError::Width),
        }
    }

    /// The width.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether the tile is full, and so final.
    pub const fn is_full(self) -> bool {
        self.0 == FULL_WIDTH
    }
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileContent {
    /// Hashes of this tile level.
    Hashes {
        /// 0 for leaf hashes; at most 63.
        level: u8,
    },
    /// Log entries.
    Entries,
}

/// The path of a tile or bundle below a log's prefix, without a leading slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    content: TileContent,
    index: u64,
    width: TileWidth,
}

impl TilePath {
    /// Names a tile of hashes, the `index`-th of its level.
    ///
    /// # Errors
    /// [`TileError::Level`] above level 63.
    pub const fn hashes(level: u8, index: u64, width: TileWidth) -> Result<Self, TileError> {
        if level > MAX_TILE_LEVEL {
            return Err(TileError::Level);
        }
        Ok(Self {
            content: TileContent::Hashes { level },
            index,
            width,
        })
    }

    /// Names the `index`-th bundle of entries.
    pub const fn entries(index: u64, width: TileWidth) -> Self {
        Self {
            content: TileContent::Entries,
            index,
            width,
        }
    }

    /// Reads a path.
    ///
    /// # Errors
    /// A [`TileError`] that names the part that is not as [`TilePath`] prints it.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        if path.len() > MAX_TILE_PATH_BYTES {
            return Err(TileError::PathTooLong { actual: path.len() });
        }
        let rest = path.strip_prefix("tile/").ok_or(TileError::PathForm)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::PathForm)?;
        let content = if level == "entries" {
            TileContent::Entries
        } else {
            let level = parse_decimal(level)
                .and_then(|level| u8::try_from(level).ok())
                .filter(|level| *level <= MAX_TILE_LEVEL)
                .ok_or(TileError::Level)?;
            TileContent::Hashes { level }
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, parse_partial_width(width)?),
            None => (rest, TileWidth::FULL),
        };
        Ok(Self {
            content,
            index: parse_index(index)?,
            width,
        })
    }

    /// What the tile holds.
    pub const fn content(&self) -> TileContent {
        self.content
    }

    /// The tile level; bundles stand at level 0, beside the leaf hashes.
    pub const fn level(&self) -> u8 {
        match self.content {
            TileContent::Hashes { level } => level,
            TileContent::Entries => 0,
        }
    }

    /// Position within the level, from zero.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Nodes or entries.
    pub const fn width(&self) -> TileWidth {
        self.width
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            TileContent::Hashes { level } => write!(formatter, "tile/{level}/")?,
            TileContent::Entries => formatter.write_str("tile/entries/")?,
        }
        write_leading_groups(formatter, self.index / GROUP_BASE)?;
        write!(formatter, "{:03}", self.index % GROUP_BASE)?;
        if !self.width.is_full() {
            write!(formatter, ".p/{}", self.width.get())?;
        }
        Ok(())
    }
}

impl FromStr for TilePath {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Self::parse(path)
    }
}

fn write_leading_groups(formatter: &mut fmt::Formatter<'_>, groups: u64) -> fmt::Result {
    if groups == 0 {
        return Ok(());
    }
    write_leading_groups(formatter, groups / GROUP_BASE)?;
    write!(formatter, "x{:03}/", groups % GROUP_BASE)
}

fn parse_partial_width(text: &str) -> Result<TileWidth, TileError> {
    let width = parse_decimal(text)
        .and_then(|width| u16::try_from(width).ok())
        .ok_or(TileError::Width)?;
    match TileWidth::new(width)? {
        width if width.is_full() => Err(TileError::Width),
        width => Ok(width),
    }
}

fn parse_index(text: &str) -> Result<u64, TileError> {
    let mut groups = text.split('/').peekable();
    let mut index: u64 = 0;
    let mut first = true;
    while let Some(group) = groups.next() {
        let last = groups.peek().is_none();
        let digits = if last {
            group
        } else {
            group.strip_prefix('x').ok_or(TileError::Index)?
        };
        let canonical = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A leading group of zeroes would be a second spelling.
        if !canonical || (first && !last && digits == "000") {
            return Err(TileError::Index);
        }
        first = false;
        let value: u64 = digits.parse().map_err(|_| TileError::Index)?;
        index = index
            .checked_mul(GROUP_BASE)
            .and_then(|index| index.checked_add(value))
            .ok_or(TileError::Index)?;
    }
    Ok(index)
}
