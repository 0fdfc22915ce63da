//! Bounds of the queues between the node's threads.

/// Inputs that wait for the replica. Beyond it checks wait, and with them the peers and clients.
pub const MAX_WAITING_INPUTS: usize = 4_096;

/// Inputs that are stepped together and share one sync of the consensus log.
pub const MAX_INPUTS_PER_GROUP: usize = 512;

/// Writes that wait for the storage thread.
pub const MAX_STORAGE_JOBS: usize = 1_024;

/// Submissions that clients may have under way to the queue.
pub const MAX_PENDING_SUBMISSIONS: usize = 200_000;

/// How long a graceful stop may take, in milliseconds.
pub const MAX_STOP_MS: u64 = 10_000;

/// The disk is reported as slow when a group's sync takes longer, in milliseconds.
pub const SLOW_SYNC_MS: u128 = 500;
