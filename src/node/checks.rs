//! The threads that verify signatures and parse bodies.

use std::sync::Arc;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::NodeError;
use crate::ledger::{CheckedBatch, CheckedSubmission, SubmissionContext, check_submission};
use crate::types::Batch;

/// Two pools: what consensus waits for never stands behind what is merely large.
#[derive(Debug)]
pub(super) struct CheckPools {
    pub(super) urgent: ThreadPool,
    pub(super) bulk: ThreadPool,
}

impl CheckPools {
    pub(super) fn new() -> Result<Self, NodeError> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let pool = |name: &'static str| {
            ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(move |index| format!("{name}-{index}"))
                .build()
                .map_err(|error| NodeError::Thread {
                    what: "check pool",
                    reason: error.to_string(),
                })
        };
        Ok(Self {
            urgent: pool("check-urgent")?,
            bulk: pool("check-bulk")?,
        })
    }
}

/// Checks the submissions of a batch on the threads of the pool that it runs in.
pub(super) fn check_batch(context: &SubmissionContext, batch: Arc<Batch>) -> CheckedBatch {
    let checks: Vec<CheckedSubmission> = batch
        .submissions()
        .par_iter()
        .map(|submission| check_submission(context, submission))
        .collect();
    match CheckedBatch::from_parts(Arc::clone(&batch), checks) {
        Some(checked) => checked,
        // One check for each submission: this does not happen, and would only cost time.
        None => CheckedBatch::check(context, batch),
    }
}
