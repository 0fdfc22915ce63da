//! The way of a job from the request to the worker.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;

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

/// The jobs of a node: where they are kept, and who is told of a new one.
#[derive(Clone)]
pub struct CaptureJobs {
    pub(super) store: Arc<dyn CaptureStore>,
    started: mpsc::UnboundedSender<(CaptureId, JobOrigin)>,
}

/// What the worker is told.
#[derive(Debug)]
pub struct CaptureQueue {
    pub(super) started: mpsc::UnboundedReceiver<(CaptureId, JobOrigin)>,
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
        let jobs = Self {
            store,
            started: sender,
        };
        Ok((jobs, CaptureQueue { started: receiver }))
    }

    /// Tells the worker of a job that the store has taken. If the node stops just now, the job goes on
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
