//! Counting the steps that an expression takes at most.

/// Bytes that are compared, joined or searched in one step.
const BYTES_PER_STEP: u64 = 32;

/// Steps of one operation on so many bytes.
pub(super) fn of_bytes(bytes: u64) -> u64 {
    1 + bytes / BYTES_PER_STEP
}

/// Steps of a match of a regular expression against so many bytes: linear, but slower, and with a
/// search to set up.
pub(super) fn of_match(bytes: u64) -> u64 {
    20 + bytes / 4
}
