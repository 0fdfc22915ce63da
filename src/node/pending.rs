//! The submissions that clients have given this node and that are not committed: they may be yet, or a block has passed
//! them over, which is told until they expire.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::limits::MAX_PENDING_SUBMISSIONS;
use crate::types::{Refusal, SubmissionId, Timestamp};

#[derive(Debug)]
struct Pending {
    expires: Timestamp,
    waiting: Vec<oneshot::Sender<()>>,
    /// Why a block has passed it over.
    refusal: Option<Refusal>,
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
            let entry = pending.entry(id).or_insert(Pending {
                expires,
                waiting: Vec::new(),
                refusal: None,
            });
            entry.refusal = None;
        }
    }

    /// Whether a submission may yet be committed, or why not; none if nothing is known of it here.
    pub(super) fn status(&self, id: &SubmissionId) -> Option<Result<(), Refusal>> {
        let pending = self.lock();
        let entry = pending.get(id)?;
        Some(entry.refusal.clone().map_or(Ok(()), Err))
    }

    /// Ends when the submission is committed, has expired, or is not pending.
    pub(super) fn settled(&self, id: &SubmissionId) -> Option<oneshot::Receiver<()>> {
        let (sender, receiver) = oneshot::channel();
        let mut pending = self.lock();
        let entry = pending.get_mut(id)?;
        if entry.refusal.is_some() {
            return None;
        }
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

    /// A block had submissions, and they are not on the ledger for what has changed since they were taken.
    pub(super) fn refuse(&self, dropped: Vec<(SubmissionId, Refusal)>) {
        let mut pending = self.lock();
        for (id, refusal) in dropped {
            if let Some(entry) = pending.get_mut(&id) {
                entry.waiting.clear();
                entry.refusal = Some(refusal);
            }
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
        let pending = self.lock();
        pending.values().filter(|it| it.refusal.is_none()).count()
    }
}
