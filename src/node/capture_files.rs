//! Capture jobs as files: `<id>.json` is a job, `<id>.<part>.submission` the canonical bytes of a
//! submission that is not settled.
//!
//! The submissions are on disk before their job is, so a job that can be read has them. A job is
//! replaced by a whole file under another name, then renamed. What a killed node left half done (files
//! without a job, temporary files) is removed at the next start. A job that cannot be read is left
//! alone, and told of in the node's log: nothing on the ledger depends on it.
//!
//! That no file handle is left says nothing of the disk: the call fails, and the next one may succeed. After a failed
//! write or sync nothing is written or read any more: the node stops, and finds at its next start
//! what is on the disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::api::limits::{MAX_KEPT_CAPTURES, MAX_UNFINISHED_CAPTURES};
use crate::api::{CaptureId, CaptureJob, CaptureStore, CaptureStoreError};
use crate::storage::{Disk, DiskFile};
use crate::types::limits::MAX_SUBMISSION_BYTES;
use crate::types::{Decode, Encode, MemberId, Submission, plain_words};

/// Largest file of a job, in bytes: 10,000 events by their places, and 100 faults of 1 KiB and more.
const MAX_JOB_BYTES: u64 = 1024 * 1024;

/// The format of a job's file.
const FORMAT: &str = "waybill-capture-job/1";

/// What opening a file gives when the system or the process has as many open as it may: POSIX leaves the numbers
/// open, and Linux, the BSDs and macOS agree on them.
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

/// A job's file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobDocument<'a> {
    format: Cow<'a, str>,
    job: Cow<'a, CaptureJob>,
}

/// What is known of a job without reading it.
#[derive(Clone, Debug)]
struct Known {
    owner: MemberId,
    is_finished: bool,
}

/// The jobs in a folder.
#[derive(Debug)]
pub(super) struct CaptureFiles<D> {
    disk: D,
    known: Mutex<BTreeMap<CaptureId, Known>>,
    /// The first failure: what is on the disk since nobody knows.
    failure: OnceLock<CaptureStoreError>,
}

type Result<T> = std::result::Result<T, CaptureStoreError>;

impl<D: Disk> CaptureFiles<D> {
    /// Opens a folder.
    ///
    /// # Errors
    /// [`CaptureStoreError::Failed`] if it cannot be read or written.
    pub(super) fn open(disk: D) -> Result<Self> {
        let mut known = BTreeMap::new();
        let mut others = Vec::new();
        for name in disk.list().map_err(|error| failed("the folder", &error))? {
            match job_of(&name) {
                Some(id) => match read_job(&disk, &name) {
                    Ok(job) => {
                        known.insert(id, Known::of(&job));
                    }
                    Err(CaptureStoreError::Damaged { reason }) => {
                        warn!(reason, "a capture job cannot be read, and is left alone");
                    }
                    Err(error) => return Err(error),
                },
                None => others.push(name),
            }
        }
        let files = Self {
            disk,
            known: Mutex::new(known),
            failure: OnceLock::new(),
        };
        files.remove_leftovers(others)?;
        Ok(files)
    }

    /// Removes files that belong to no job that runs.
    fn remove_leftovers(&self, names: Vec<String>) -> Result<()> {
        let known = self.lock();
        let all = self
            .disk
            .list()
            .map_err(|error| failed("the folder", &error))?;
        for name in names {
            let owner = name
                .split_once('.')
                .and_then(|(id, rest)| Some((id.parse::<CaptureId>().ok()?, rest)));
            let Some((id, rest)) = owner else {
                continue;
            };
            let runs = known.get(&id).is_some_and(|job| !job.is_finished);
            // A job that cannot be read may need them once it is repaired.
            let is_lost = !known.contains_key(&id) && all.contains(&job_name(&id));
            if rest.ends_with("new") || !(runs || is_lost) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CaptureId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the disk, unless it has failed before: after a failed write or sync nothing says what
    /// is on it, and what is written then may be lost or not.
    fn attempt<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        work().inspect_err(|error| {
            if let CaptureStoreError::Failed { .. } = error {
                // Another thread's may have been the first.
                let _ = self.failure.set(error.clone());
            }
        })
    }

    /// Replaces a job's file: whole, or not at all.
    fn write_job(&self, job: &CaptureJob) -> Result<()> {
        let name = job_name(&job.id);
        let new = format!("{}.new", job.id);
        let document = JobDocument {
            format: Cow::Borrowed(FORMAT),
            job: Cow::Borrowed(job),
        };
        let bytes = serde_json::to_vec(&document).map_err(|error| damaged(&name, error))?;
        self.write_synced(&new, &bytes)?;
        let renamed = self.disk.rename(&new, &name);
        renamed.map_err(|error| failed(&name, &error))?;
        self.sync_folder()
    }

    /// Writes a job that is not there, with its submissions.
    fn write_new(&self, job: &CaptureJob, submissions: &[Submission]) -> Result<()> {
        for (part, submission) in submissions.iter().enumerate() {
            self.write_synced(&submission_name(&job.id, part), &submission.to_bytes())?;
        }
        // Their names are durable before that of the job is.
        self.sync_folder()?;
        self.write_job(job)
    }

    fn write_synced(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut file = self.disk.create(name).map_err(|error| match error.kind() {
            // Nothing was written, and the disk is well.
            ErrorKind::AlreadyExists => damaged(name, &error),
            _ => failed(name, &error),
        })?;
        let written = file.append(bytes).and_then(|()| file.sync());
        written.map_err(|error| failed(name, &error))
    }

    fn sync_folder(&self) -> Result<()> {
        let synced = self.disk.sync_folder();
        synced.map_err(|error| failed("the folder", &error))
    }

    fn remove(&self, name: &str) -> Result<()> {
        match self.disk.remove(name) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(name, &error)),
            _ => Ok(()),
        }
    }

    /// Makes room for a job, if it may run.
    fn make_room(&self, known: &mut BTreeMap<CaptureId, Known>) -> Result<()> {
        let unfinished = known.values().filter(|job| !job.is_finished).count();
        if unfinished >= MAX_UNFINISHED_CAPTURES {
            return Err(CaptureStoreError::Full {
                limit: MAX_UNFINISHED_CAPTURES,
            });
        }
        while known.len() >= MAX_KEPT_CAPTURES {
            let oldest = known.iter().find(|(_, job)| job.is_finished);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.remove(&job_name(&oldest))?;
            known.remove(&oldest);
        }
        Ok(())
    }
}

impl<D: Disk + Send + Sync> CaptureStore for CaptureFiles<D> {
    fn insert(&self, job: &CaptureJob, submissions: &[Submission]) -> Result<bool> {
        // One at a time: what is counted here stays so until the job is there.
        let mut known = self.lock();
        self.attempt(|| {
            if known.contains_key(&job.id) {
                return Ok(false);
            }
            self.make_room(&mut known)?;
            let written = self.write_new(job, submissions);
            if let Err(CaptureStoreError::NoHandle { .. }) = &written {
                self.remove(&job_name(&job.id))?;
                for part in 0..submissions.len() {
                    self.remove(&submission_name(&job.id, part))?;
                }
            }
            written?;
            known.insert(job.id.clone(), Known::of(job));
            Ok(true)
        })
    }

    fn save(&self, job: &CaptureJob) -> Result<()> {
        self.attempt(|| {
            self.write_job(job)?;
            for (part, _) in job.parts.iter().enumerate().filter(|(_, p)| p.is_settled) {
                self.remove(&submission_name(&job.id, part))?;
            }
            self.lock().insert(job.id.clone(), Known::of(job));
            Ok(())
        })
    }

    fn job(&self, id: &CaptureId) -> Result<Option<CaptureJob>> {
        if !self.lock().contains_key(id) {
            return Ok(None);
        }
        self.attempt(|| match read_job(&self.disk, &job_name(id)) {
            // It has made room for another in the meantime.
            Err(CaptureStoreError::Damaged { .. }) if !self.lock().contains_key(id) => Ok(None),
            read => read.map(Some),
        })
    }

    fn submission(&self, id: &CaptureId, part: usize) -> Result<Submission> {
        self.attempt(|| {
            let name = submission_name(id, part);
            let bytes = read_bounded(&self.disk, &name, MAX_SUBMISSION_BYTES as u64)?;
            Submission::from_bytes(&bytes).map_err(|error| damaged(&name, error))
        })
    }

    fn jobs(
        &self,
        owner: Option<&MemberId>,
        before: Option<&CaptureId>,
        count: usize,
    ) -> Result<Vec<CaptureJob>> {
        let ids: Vec<CaptureId> = self
            .lock()
            .iter()
            .rev()
            .filter(|(id, _)| before.is_none_or(|before| *id < before))
            .filter(|(_, job)| owner.is_none_or(|owner| *owner == job.owner))
            .map(|(id, _)| id.clone())
            .collect();
        let jobs = ids
            .iter()
            .filter_map(|id| match read_job(&self.disk, &job_name(id)) {
                Err(CaptureStoreError::Damaged { reason }) => {
                    // One that has made room for another in the meantime is not damaged.
                    if self.lock().contains_key(id) {
                        warn!(reason, "a capture job cannot be read, and is not listed");
                    }
                    None
                }
                read => Some(read),
            });
        self.attempt(|| jobs.take(count).collect())
    }

    fn unfinished(&self) -> Result<Vec<CaptureId>> {
        let known = self.lock();
        let unfinished = known.iter().filter(|(_, job)| !job.is_finished);
        Ok(unfinished.map(|(id, _)| id.clone()).collect())
    }
}

impl Known {
    fn of(job: &CaptureJob) -> Self {
        Self {
            owner: job.owner.clone(),
            is_finished: job.finished.is_some(),
        }
    }
}

fn job_name(id: &CaptureId) -> String {
    format!("{id}.json")
}

fn submission_name(id: &CaptureId, part: usize) -> String {
    format!("{id}.{part}.submission")
}

/// The job that a file is of, if its name is that of a job.
fn job_of(name: &str) -> Option<CaptureId> {
    name.strip_suffix(".json")?.parse().ok()
}

fn read_job(disk: &impl Disk, name: &str) -> Result<CaptureJob> {
    let bytes = read_bounded(disk, name, MAX_JOB_BYTES)?;
    let document: JobDocument<'_> = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(name, plain_words::of_json(&error)))?;
    if document.format != FORMAT {
        return Err(damaged(name, format!("it is not of the format {FORMAT}")));
    }
    let job = document.job.into_owned();
    if job_of(name).as_ref() != Some(&job.id) {
        return Err(damaged(name, "it is of another job"));
    }
    Ok(job)
}

fn read_bounded(disk: &impl Disk, name: &str, limit: u64) -> Result<Vec<u8>> {
    let read = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof => damaged(name, error),
        _ => failed(name, &error),
    };
    let file = disk.open(name).map_err(read)?;
    let length = file.length().map_err(read)?;
    if length > limit {
        return Err(damaged(name, format!("it has {length} bytes")));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_at(0, &mut bytes).map_err(read)?;
    Ok(bytes)
}

/// The disk failed, or was not asked at all.
fn failed(name: &str, error: &io::Error) -> CaptureStoreError {
    let reason = format!("{name}: {error}");
    match error.raw_os_error() {
        Some(EMFILE | ENFILE) => CaptureStoreError::NoHandle { reason },
        _ => CaptureStoreError::Failed { reason },
    }
}

/// A file is not what it should be.
fn damaged(name: &str, reason: impl std::fmt::Display) -> CaptureStoreError {
    CaptureStoreError::Damaged {
        reason: format!("{name}: {reason}"),
    }
}

#[cfg(test)]
mod tests;
