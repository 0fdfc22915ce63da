//! Submissions and batches whose costly checks are done: signatures, parsing, hashing. The checks
//! depend on the bytes alone, so they run once, in parallel, before ordering, and their results
//! are kept until the block is applied.

use std::sync::Arc;

use crate::records::{self, CheckedBody, RecordError};
use crate::types::{Batch, LedgerId, Submission, SubmissionId};

/// A submission with what its bytes alone tell about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSubmission {
    /// Its id.
    pub id: SubmissionId,
    /// Whether it is for this ledger and its signature verifies.
    pub is_authentic: bool,
    /// Each record's reduced body, or why there is none. Empty if it is not authentic: what nobody
    /// signed is not worth parsing.
    pub bodies: Vec<Result<CheckedBody, RecordError>>,
}

/// Checks one submission. Pure, and costly: some 50 µs for the signature, and more for parsing.
pub fn check_submission(ledger: &LedgerId, submission: &Submission) -> CheckedSubmission {
    let header = submission.header();
    let root = submission.record_tree().root();
    let is_authentic =
        header.ledger == *ledger && header.verify(&root, submission.signature()).is_ok();
    let bodies = if is_authentic {
        submission.records().iter().map(records::check).collect()
    } else {
        Vec::new()
    };
    CheckedSubmission {
        id: header.submission_id(&root),
        is_authentic,
        bodies,
    }
}

/// A batch with its checked submissions, one for each and in the same order.
#[derive(Clone, Debug)]
pub struct CheckedBatch {
    batch: Arc<Batch>,
    submissions: Vec<CheckedSubmission>,
}

impl CheckedBatch {
    /// Checks all submissions of a batch, one after the other.
    pub fn check(ledger: &LedgerId, batch: Arc<Batch>) -> Self {
        let submissions = batch
            .submissions()
            .iter()
            .map(|submission| check_submission(ledger, submission))
            .collect();
        Self { batch, submissions }
    }

    /// Puts a batch together with checks that were made elsewhere, such as on several threads.
    /// Returns none unless there is one for each submission.
    pub fn from_parts(batch: Arc<Batch>, submissions: Vec<CheckedSubmission>) -> Option<Self> {
        (submissions.len() == batch.submissions().len()).then_some(Self { batch, submissions })
    }

    /// The batch.
    pub fn batch(&self) -> &Arc<Batch> {
        &self.batch
    }

    /// The submissions with their checks.
    pub fn submissions(&self) -> impl Iterator<Item = (&Submission, &CheckedSubmission)> {
        self.batch.submissions().iter().zip(&self.submissions)
    }

    /// Whether every client's signature verifies: what an acknowledgement attests.
    pub fn is_authentic(&self) -> bool {
        self.submissions.iter().all(|checked| checked.is_authentic)
    }
}
