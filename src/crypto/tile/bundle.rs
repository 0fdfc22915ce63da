//! Bundles of log entries.

use super::hashes::width_of;
use super::{TileError, TileWidth};

/// Bytes of the longest entry: its length is a big-endian u16.
pub const MAX_ENTRY_BYTES: usize = u16::MAX as usize;

/// The bytes of a bundle: each entry after its length in two bytes.
///
/// # Errors
/// [`TileError::Width`] unless there are 1 to 256 entries, [`TileError::EntryTooLong`].
pub fn encode_bundle(entries: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, TileError> {
    width_of(entries.len())?;
    let bytes = entries.iter().map(|entry| 2 + entry.as_ref().len()).sum();
    let mut bundle = Vec::with_capacity(bytes);
    for (position, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong {
            position,
            actual: entry.len(),
        })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// Reads the entries of a bundle of a known width. They borrow from the bundle.
///
/// # Errors
/// [`TileError::BundleTruncated`] or [`TileError::BundleTrailing`] unless the bundle is exactly its
/// entries.
pub fn decode_bundle(bundle: &[u8], width: TileWidth) -> Result<Vec<&[u8]>, TileError> {
    let mut rest = bundle;
    let mut entries = Vec::with_capacity(usize::from(width.get()));
    for position in 0..usize::from(width.get()) {
        let truncated = TileError::BundleTruncated { position };
        let (length, after) = rest.split_first_chunk::<2>().ok_or(truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(truncated)?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(TileError::BundleTrailing { actual: rest.len() });
    }
    Ok(entries)
}
