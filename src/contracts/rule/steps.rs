//! Counting the steps that an expression takes at most.

/// Bytes that are compared, joined or searched in one step.
const BYTES_PER_STEP: u64 = 32;

/// Steps of one operation on so many bytes.
pub(super) fn of_bytes(bytes: u64) -> u64 {
    1 + bytes / BYTES_PER_STEP
}

/// Steps of a match of a regular expression of so many KiB against so many bytes: linear in the bytes, but
/// slower, and with a search to set up. At each byte all states of a large one may have to be looked at: that of
/// 64 KiB was measured to take five times as long.
pub(super) fn of_match(bytes: u64, pattern_kib: u64) -> u64 {
    20 + bytes.saturating_mul(16 + pattern_kib) / 64
}
