//! What the replica counts, for metrics.

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Submissions admitted.
    pub submissions_admitted: u64,
    /// Submissions refused.
    pub submissions_refused: u64,
    /// Submissions that expired in the queue.
    pub submissions_expired: u64,
    /// Submissions sealed anew, since their batches could not be ordered any more.
    pub submissions_resealed: u64,
    /// Submissions taken that this node could not have ordered any more.
    pub submissions_given_up: u64,
    /// Batches sealed by this node.
    pub batches_sealed: u64,
    /// Batches of others that were taken.
    pub batches_taken: u64,
    /// Batches of others that were refused: quota, validator set, last height.
    pub batches_refused: u64,
    /// Own batches that could no longer be ordered.
    pub batches_expired: u64,
    /// Blocks committed.
    pub blocks_committed: u64,
    /// Blocks committed that this node got by catching up.
    pub blocks_synced: u64,
    /// Records committed.
    pub records_committed: u64,
    /// Rounds above the first.
    pub rounds_failed: u64,
    /// Proposals that were dropped: not of the proposer, or more than one round may have.
    pub proposals_dropped: u64,
    /// Answers that were faulty or did not come.
    pub requests_failed: u64,
    /// Pieces of evidence.
    pub evidence: u64,
    /// Checkpoints published.
    pub checkpoints: u64,
}
