//! The way of a job from the request to the worker.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::job_id::CaptureId;
use super::store::{CaptureStore, CaptureStoreError};

/// Whether the submissions of a job may be known to nodes already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobOrigin {
    /// The job has just been taken: nobody has seen them.
    New,
    /// A node that was stopped left it unfinished: whoever got them then may have them.
    Kept,
}

/// The jobs of a node: where they are kept, and who is told of a new one, and of a disk that fails.
#[derive(Clone)]
pub struct CaptureJobs {
    store: Arc<dyn CaptureStore>,
    started: mpsc::UnboundedSender<(CaptureId, JobOrigin)>,
    failure: Arc<watch::Sender<Option<CaptureStoreError>>>,
}

/// What the worker is told.
#[derive(Debug)]
pub struct CaptureQueue {
    pub(super) started: mpsc::UnboundedReceiver<(CaptureId, JobOrigin)>,
    pub(super) failure: watch::Receiver<Option<CaptureStoreError>>,
}

impl CaptureJobs {
    /// Jobs that are kept in `store`. Those that a stopped node has left unfinished are first in the
    /// queue. The store bounds how many run, and with that the queue.
    ///
    /// # Errors
    /// [`CaptureStoreError`] if they cannot be read.
    pub fn open(store: Arc<dyn CaptureStore>) -> Result<(Self, CaptureQueue), CaptureStoreError> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for id in store.unfinished()? {
            // The receiver is here.
            let _ = sender.send((id, JobOrigin::Kept));
        }
        let (failure_sender, failure) = watch::channel(None);
        let jobs = Self {
            store,
            started: sender,
            failure: Arc::new(failure_sender),
        };
        let queue = CaptureQueue {
            started: receiver,
            failure,
        };
        Ok((jobs, queue))
    }

    /// Does something with the store, which waits for the disk. If that fails, the worker ends, and with it the
    /// node, whoever asked.
    ///
    /// # Errors
    /// Those of the call.
    pub(super) fn keep<T>(
        &self,
        work: impl FnOnce(&dyn CaptureStore) -> Result<T, CaptureStoreError>,
    ) -> Result<T, CaptureStoreError> {
        work(self.store.as_ref()).inspect_err(|error| self.note(error))
    }

    /// Tells the worker of an error that ends it, if it is one.
    pub(super) fn note(&self, error: &CaptureStoreError) {
        if let CaptureStoreError::Failed { .. } = error {
            self.failure.send_if_modified(|first| {
                let is_first = first.is_none();
                first.get_or_insert_with(|| error.clone());
                is_first
            });
        }
    }

    /// Tells the worker of a new job that the store has taken, once: two that work on one job would write its files
    /// at the same time. If the node stops just now, the job goes on
    /// when it starts again.
    pub(super) fn start(&self, id: CaptureId) {
        let _ = self.started.send((id, JobOrigin::New));
    }
}

impl fmt::Debug for CaptureJobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CaptureJobs")
            .finish_non_exhaustive()
    }
}
