//! Capture jobs in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::api::limits::MAX_UNFINISHED_CAPTURES;
use crate::api::{CaptureId, CaptureJob, CaptureStore, CaptureStoreError};
use crate::types::{MemberId, Submission};

#[derive(Default)]
pub(in crate::api::tests) struct MemoryCaptures {
    jobs: Mutex<BTreeMap<CaptureId, (CaptureJob, Vec<Submission>)>>,
    pub(in crate::api::tests) fails: AtomicBool,
    pub(in crate::api::tests) saves: AtomicUsize,
    /// What is read instead of each submission.
    pub(in crate::api::tests) substitute: Mutex<Option<Submission>>,
    pub(in crate::api::tests) loses_submissions: AtomicBool,
}

impl MemoryCaptures {
    fn check(&self) -> Result<(), CaptureStoreError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(CaptureStoreError::Failed {
                reason: "the disk of the test is gone".to_owned(),
            });
        }
        Ok(())
    }
}

impl CaptureStore for MemoryCaptures {
    fn insert(
        &self,
        job: &CaptureJob,
        submissions: &[Submission],
    ) -> Result<bool, CaptureStoreError> {
        self.check()?;
        if self.jobs.lock().unwrap().contains_key(&job.id) {
            return Ok(false);
        }
        if self.unfinished()?.len() >= MAX_UNFINISHED_CAPTURES {
            return Err(CaptureStoreError::Full {
                limit: MAX_UNFINISHED_CAPTURES,
            });
        }
        let value = (job.clone(), submissions.to_vec());
        self.jobs.lock().unwrap().insert(job.id.clone(), value);
        Ok(true)
    }

    fn save(&self, job: &CaptureJob) -> Result<(), CaptureStoreError> {
        self.check()?;
        self.saves.fetch_add(1, Ordering::Relaxed);
        self.jobs.lock().unwrap().get_mut(&job.id).unwrap().0 = job.clone();
        Ok(())
    }

    fn job(&self, id: &CaptureId) -> Result<Option<CaptureJob>, CaptureStoreError> {
        self.check()?;
        Ok(self
            .jobs
            .lock()
            .unwrap()
            .get(id)
            .map(|(job, _)| job.clone()))
    }

    fn submission(&self, id: &CaptureId, part: usize) -> Result<Submission, CaptureStoreError> {
        self.check()?;
        if self.loses_submissions.load(Ordering::Relaxed) {
            return Err(CaptureStoreError::Damaged {
                reason: "the submission is gone".to_owned(),
            });
        }
        let substitute = self.substitute.lock().unwrap().clone();
        Ok(substitute.unwrap_or_else(|| self.jobs.lock().unwrap()[id].1[part].clone()))
    }

    fn jobs(
        &self,
        owner: Option<&MemberId>,
        before: Option<&CaptureId>,
        count: usize,
    ) -> Result<Vec<CaptureJob>, CaptureStoreError> {
        self.check()?;
        let jobs = self.jobs.lock().unwrap();
        let chosen = jobs
            .values()
            .rev()
            .map(|(job, _)| job)
            .filter(|job| before.is_none_or(|before| job.id < *before))
            .filter(|job| owner.is_none_or(|owner| *owner == job.owner));
        Ok(chosen.take(count).cloned().collect())
    }

    fn unfinished(&self) -> Result<Vec<CaptureId>, CaptureStoreError> {
        let jobs = self.jobs.lock().unwrap();
        let unfinished = jobs.values().filter(|(job, _)| job.finished.is_none());
        Ok(unfinished.map(|(job, _)| job.id.clone()).collect())
    }
}
