//! Submissions and batches whose costly checks are done: signatures, parsing, hashing. The checks
//! depend on the bytes and on the contracts in force alone, so they run once, in parallel, before
//! ordering, and their results are kept until the block is applied.

use std::sync::Arc;

use crate::contracts::{self, CheckedContent, EffectError, RecordError, Rulebook};
use crate::types::{
    Batch, ContractSetDigest, Height, LedgerId, StateReader, Submission, SubmissionId,
};

/// What submissions are checked against: it changes only when other contracts come into force.
#[derive(Clone, Debug)]
pub struct SubmissionContext {
    /// The ledger.
    pub ledger: LedgerId,
    /// The contracts in force at the next height.
    pub rulebook: Arc<Rulebook>,
}

impl SubmissionContext {
    /// The context of a height, by the state before it.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails.
    pub fn read(
        ledger: LedgerId,
        state: &(impl StateReader + ?Sized),
        height: Height,
    ) -> Result<Self, EffectError> {
        let rulebook = Rulebook::read(state, height, None)?;
        Ok(Self { ledger, rulebook })
    }
}

/// A submission with what its bytes and the contracts alone tell about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSubmission {
    /// Its id.
    pub id: SubmissionId,
    /// Whether it is for this ledger and its signature verifies.
    pub is_authentic: bool,
    /// The contracts that its records were checked by.
    pub contract_set: ContractSetDigest,
    /// What applying each record needs, or why it cannot be taken. Empty if the submission is not
    /// authentic, or refused for other reasons before its records are read: parsing it is not worth it.
    pub contents: Vec<Result<CheckedContent, RecordError>>,
}

/// Checks one submission. Pure, and costly: some 50 µs for the signature, and more for parsing.
pub fn check_submission(context: &SubmissionContext, submission: &Submission) -> CheckedSubmission {
    check_submission_if(context, submission, |_| true)
}

/// Checks one submission, and reads its records only if `is_worth_reading` says so of the rest.
pub fn check_submission_if(
    context: &SubmissionContext,
    submission: &Submission,
    is_worth_reading: impl FnOnce(&CheckedSubmission) -> bool,
) -> CheckedSubmission {
    let header = submission.header();
    let root = submission.record_tree().root();
    let mut checked = CheckedSubmission {
        id: header.submission_id(&root),
        is_authentic: header.ledger == context.ledger
            && header.verify(&root, submission.signature()).is_ok(),
        contract_set: context.rulebook.digest(),
        contents: Vec::new(),
    };
    if checked.is_authentic && is_worth_reading(&checked) {
        checked.contents = check_records(&context.rulebook, submission);
    }
    checked
}

/// Checks the records of an authentic submission by the contracts in force.
pub(super) fn check_records(
    rulebook: &Rulebook,
    submission: &Submission,
) -> Vec<Result<CheckedContent, RecordError>> {
    let records = submission.records().iter();
    records
        .map(|record| {
            let content = contracts::check(rulebook, record)?;
            contracts::check_possession(&submission.header().ledger, &record.kind, &content)?;
            Ok(content)
        })
        .collect()
}

/// A batch with its checked submissions, one for each and in the same order.
#[derive(Clone, Debug)]
pub struct CheckedBatch {
    batch: Arc<Batch>,
    submissions: Vec<CheckedSubmission>,
}

impl CheckedBatch {
    /// Checks all submissions of a batch, one after the other.
    pub fn check(context: &SubmissionContext, batch: Arc<Batch>) -> Self {
        let submissions = batch
            .submissions()
            .iter()
            .map(|submission| check_submission(context, submission))
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
