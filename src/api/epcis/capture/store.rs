//! Where jobs are kept.

use thiserror::Error;

use super::job::CaptureJob;
use super::job_id::CaptureId;
use crate::types::{MemberId, Submission};

/// Why the store of jobs does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CaptureStoreError {
    /// As many jobs run as may.
    #[error("{limit} capture jobs run already, which is the limit")]
    Full {
        /// How many may run.
        limit: usize,
    },
    /// The disk failed: what is on it nobody knows, and the node has to stop.
    #[error("{reason}")]
    Failed {
        /// What is known.
        reason: String,
    },
    /// The process has no file handle left for it just now: nothing was read, and what was begun may be tried again.
    #[error("{reason}")]
    NoHandle {
        /// What is known.
        reason: String,
    },
    /// A file of one job is gone, or holds something else; the others are well.
    #[error("{reason}")]
    Damaged {
        /// What is known.
        reason: String,
    },
}

/// Keeps jobs, and the submissions of those that run. What a call has written is on disk when it
/// returns. Calls wait for the disk: they are made on threads for blocking work.
///
/// # Errors
/// Every method gives [`CaptureStoreError::Failed`] if the disk fails, and from then on every call gives the first
/// of these errors without touching the disk. What reads one job or a submission gives
/// [`CaptureStoreError::Damaged`] if it is none. Every method gives [`CaptureStoreError::NoHandle`]; a job that is not
/// taken for that is not kept, and one that is not replaced may be replaced again.
pub trait CaptureStore: Send + Sync {
    /// Takes a new job with the submissions of its parts. Old jobs that are finished make room. Whether it is new: a
    /// job of a name that is kept is the same job, which is left as it is.
    ///
    /// # Errors
    /// [`CaptureStoreError::Full`].
    fn insert(
        &self,
        job: &CaptureJob,
        submissions: &[Submission],
    ) -> Result<bool, CaptureStoreError>;

    /// Replaces a job. The submissions of settled parts are not kept any more.
    fn save(&self, job: &CaptureJob) -> Result<(), CaptureStoreError>;

    /// A job, if it is kept.
    fn job(&self, id: &CaptureId) -> Result<Option<CaptureJob>, CaptureStoreError>;

    /// The submission of a part that is not settled.
    fn submission(&self, id: &CaptureId, part: usize) -> Result<Submission, CaptureStoreError>;

    /// Up to `count` jobs before `before` in time, the latest first; of one owner only, if one is given. Those that
    /// are damaged are left out.
    fn jobs(
        &self,
        owner: Option<&MemberId>,
        before: Option<&CaptureId>,
        count: usize,
    ) -> Result<Vec<CaptureJob>, CaptureStoreError>;

    /// The jobs that are not finished, the oldest first.
    fn unfinished(&self) -> Result<Vec<CaptureId>, CaptureStoreError>;
}
