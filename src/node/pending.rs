//! The submissions that clients have given this node and that are not committed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::limits::MAX_PENDING_SUBMISSIONS;
use crate::types::{SubmissionId, Timestamp};

#[derive(Debug)]
struct Pending {
    expires: Timestamp,
    waiting: Vec<oneshot::Sender<()>>,
}

/// Who waits for which submission.
#[derive(Debug, Default)]
pub(super) struct PendingSubmissions(Mutex<BTreeMap<SubmissionId, Pending>>);

impl PendingSubmissions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<SubmissionId, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node has taken a submission.
    pub(super) fn insert(&self, id: SubmissionId, expires: Timestamp) {
        let mut pending = self.lock();
        if pending.len() < MAX_PENDING_SUBMISSIONS {
            pending.entry(id).or_insert(Pending {
                expires,
                waiting: Vec::new(),
            });
        }
    }

    pub(super) fn contains(&self, id: &SubmissionId) -> bool {
        self.lock().contains_key(id)
    }

    /// Ends when the submission is committed, has expired, or is not pending.
    pub(super) fn settled(&self, id: &SubmissionId) -> Option<oneshot::Receiver<()>> {
        let (sender, receiver) = oneshot::channel();
        let mut pending = self.lock();
        let entry = pending.get_mut(id)?;
        entry.waiting.retain(|waiting| !waiting.is_closed());
        entry.waiting.push(sender);
        Some(receiver)
    }

    /// Submissions are committed.
    pub(super) fn settle<'a>(&self, ids: impl IntoIterator<Item = &'a SubmissionId>) {
        let mut pending = self.lock();
        for id in ids {
            // Dropping the senders wakes those who wait.
            pending.remove(id);
        }
    }

    /// Block time has passed: what has expired cannot be committed any more.
    pub(super) fn expire(&self, block_time: Timestamp) {
        self.lock()
            .retain(|_, pending| pending.expires > block_time);
    }

    /// The node stops: nobody can be told more.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}
