//! What applying a block gives: everything that one synced write has to hold.

use super::location::EntryLocation;
use super::tip::LedgerTip;
use crate::crypto::merkle::Node;
use crate::types::{
    CommittedBlock, Evidence, LogIndex, MemberId, Outcome, Refusal, SubmissionId,
    SubmissionLocation, Write,
};

/// A block's effect on the store, to be committed atomically.
#[derive(Clone, Debug)]
pub struct BlockCommit {
    /// The block, its certificate, and the roots after it.
    pub block: CommittedBlock,
    /// The tip after it.
    pub tip: LedgerTip,
    /// The new entries, from the log's old size on.
    pub entries: Vec<EntryLocation>,
    /// The complete nodes that the new entries made in the log's tree.
    pub nodes: Vec<Node>,
    /// The changes of state and indices.
    pub writes: Vec<Write>,
    /// Evidence among the entries.
    pub evidence: Vec<(LogIndex, Evidence)>,
}

/// A record's entry, for those who wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRecord {
    /// The submission.
    pub submission: SubmissionId,
    /// Who submitted it.
    pub member: MemberId,
    /// Where its entries are.
    pub location: SubmissionLocation,
    /// What became of each of its records.
    pub outcomes: Vec<Outcome>,
}

/// Submissions of a batch that gave no entry, by reason. They count against the batch's author:
/// an honest one does not let them through, but for what happened since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Wrongly signed, or for another ledger.
    pub unauthentic: u64,
    /// By a member or key that is not in force.
    pub unauthorised: u64,
    /// Past their expiry, or with one too far ahead.
    pub expired: u64,
    /// On the ledger already.
    pub repeated: u64,
}

/// A block's effect on the store, and what to tell those who wait.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What to commit.
    pub commit: BlockCommit,
    /// The submissions that gave entries, in order.
    pub records: Vec<EntryRecord>,
    /// The submissions that gave none, for each batch in the block's order.
    pub skipped: Vec<Skipped>,
    /// Those whose member or key was in force no more, or whose expiry was too far ahead, and why they are refused.
    /// What has expired is told by the block's time.
    pub dropped: Vec<(SubmissionId, Refusal)>,
}
