//! The consensus log: what consensus has to remember of undecided heights, written before it acts.
//!
//! # Format
//! The log is a sequence of segments, files named `consensus-<20 digits>.log` with consecutive
//! numbers. All integers are big-endian.
//!
//! | part | bytes |
//! |---|---|
//! | header | magic (8) ‖ version (u16) ‖ ledger id (32) ‖ segment number (u64) ‖ checksum (16) |
//! | frame | length (u32) ‖ kind (u8) ‖ height (u64) ‖ durable (u64) ‖ header checksum (8) ‖ payload ‖ checksum (16) |
//!
//! Checksums are cut blake3 digests, and cover the segment's number and the frame's offset: a frame
//! that stands where it was not written is not valid. The layout of the segment header never
//! changes; its version says what the frames are.
//!
//! `durable` is how much of the segment had been synced when the frame was written. That tells a
//! torn tail from rot: whatever stands before a *later* frame's `durable` was on the disk once.
//!
//! # Invariants
//! - Frames appended since the last [`ConsensusLog::sync`] may be lost in a crash, also some of
//!   them and in part; frames before it are not.
//! - A record that [`ConsensusLog::recover`] returns is durable, even if it was not when the node
//!   was killed: recovery syncs.
//! - Damage of what was synced is refused with the file and the offset, never skipped. Only at the
//!   very end, where a lost write and rot look alike, the caller judges with the sign guard.
//! - After an error of a write or a sync, every later call refuses with the first error.
//! - Recovery reads one bounded segment at a time and is linear in its bytes.
//!
//! # Crash points, one by one
//! | crash during | found at recovery | what is done |
//! |---|---|---|
//! | creation of a segment, before its name is durable | no file | a new one is made |
//! | creation, header lost or torn | last segment without a valid header | torn tail at offset 0: removed if the guard agrees |
//! | append, before sync | tail missing, torn, or with holes | cut if the guard agrees; nothing was sent on the strength of it |
//! | sync | as append | as append |
//! | sync returned, message sent | all frames valid | replayed |
//! | roll to the next segment | the old one is complete, as it was synced before the new one got its name | continued |
//! | forgetting | the oldest segments are gone, the rest is consecutive: each removal is synced before the next | continued; the caller skips decided heights |
//! | cutting a torn tail | torn tail again, or none | as before |
//!
//! # Deliberately absent
//! What a record means (the payload is the consensus floor's), and compression: a height is some
//! kilobytes.

mod error;
mod frame;
mod log;
mod segment;

pub use error::LogError;
pub use frame::MAX_RECORD_BYTES;
pub use log::{ConsensusLog, LoggedRecords, MAX_SEGMENTS, RecoveredLog};
pub use segment::{SEGMENT_BYTES, TornTail, TornTailVerdict};

#[cfg(test)]
mod tests;
