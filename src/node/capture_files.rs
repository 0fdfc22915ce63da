//! Capture jobs as files: `<id>.json` is a job, `<id>.<part>.submission` the canonical bytes of a
//! submission that is not settled.
//!
//! The submissions are on disk before their job is, so a job that can be read has them. A job is
//! replaced by a whole file under another name, then renamed. What a killed node left half done (files
//! without a job, temporary files) is removed at the next start. A job that cannot be read is left
//! alone, and told of in the node's log: nothing on the ledger depends on it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::api::limits::{MAX_KEPT_CAPTURES, MAX_UNFINISHED_CAPTURES};
use crate::api::{CaptureId, CaptureJob, CaptureStore, CaptureStoreError};
use crate::types::limits::MAX_SUBMISSION_BYTES;
use crate::types::{Decode, Encode, MemberId, Submission, plain_words};

/// Largest file of a job, in bytes: 10,000 events by their places, and 100 faults of 1 KiB and more.
const MAX_JOB_BYTES: u64 = 1024 * 1024;

/// The format of a job's file.
const FORMAT: &str = "waybill-capture-job/1";

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
pub(super) struct CaptureFiles {
    folder: PathBuf,
    known: Mutex<BTreeMap<CaptureId, Known>>,
}

impl CaptureFiles {
    /// Opens the folder, which is made if need be.
    ///
    /// # Errors
    /// [`CaptureStoreError::Failed`] if it cannot be read or written.
    pub(super) fn open(folder: PathBuf) -> Result<Self, CaptureStoreError> {
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let mut known = BTreeMap::new();
        let mut others = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
            let path = entry.map_err(|error| failed(&folder, error))?.path();
            match job_of(&path) {
                Some(id) => match read_job(&path) {
                    Ok(job) => {
                        known.insert(id, Known::of(&job));
                    }
                    Err(error) => warn!(%error, "a capture job cannot be read, and is left alone"),
                },
                None => others.push(path),
            }
        }
        let files = Self {
            folder,
            known: Mutex::new(known),
        };
        files.remove_leftovers(others)?;
        Ok(files)
    }

    /// Removes files that belong to no job that runs.
    fn remove_leftovers(&self, paths: Vec<PathBuf>) -> Result<(), CaptureStoreError> {
        let known = self.lock();
        for path in paths {
            let owner = path
                .file_name()
                .and_then(OsStr::to_str)
                .and_then(|name| name.split_once('.'))
                .and_then(|(id, rest)| Some((id.parse::<CaptureId>().ok()?, rest)));
            let Some((id, rest)) = owner else {
                continue;
            };
            let runs = known.get(&id).is_some_and(|job| !job.is_finished);
            // A job that cannot be read may need them once it is repaired.
            let is_lost = !known.contains_key(&id) && self.job_path(&id).exists();
            if rest.ends_with("new") || !(runs || is_lost) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CaptureId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job_path(&self, id: &CaptureId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn submission_path(&self, id: &CaptureId, part: usize) -> PathBuf {
        self.folder.join(format!("{id}.{part}.submission"))
    }

    /// Replaces a job's file: whole, or not at all.
    fn write_job(&self, job: &CaptureJob) -> Result<(), CaptureStoreError> {
        let path = self.job_path(&job.id);
        let new = self.folder.join(format!("{}.new", job.id));
        let document = JobDocument {
            format: Cow::Borrowed(FORMAT),
            job: Cow::Borrowed(job),
        };
        let bytes = serde_json::to_vec(&document).map_err(|error| failed(&path, error))?;
        write_synced(&new, &bytes)?;
        fs::rename(&new, &path).map_err(|error| failed(&path, error))?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<(), CaptureStoreError> {
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| failed(&self.folder, error))
    }

    fn remove_job(&self, id: &CaptureId) -> Result<(), CaptureStoreError> {
        remove(&self.job_path(id))
    }
}

impl CaptureStore for CaptureFiles {
    fn insert(
        &self,
        job: &CaptureJob,
        submissions: &[Submission],
    ) -> Result<(), CaptureStoreError> {
        // One at a time: what is counted here stays so until the job is there.
        let mut known = self.lock();
        let unfinished = known.values().filter(|job| !job.is_finished).count();
        if unfinished >= MAX_UNFINISHED_CAPTURES {
            return Err(CaptureStoreError::Full {
                limit: MAX_UNFINISHED_CAPTURES,
            });
        }
        if known.contains_key(&job.id) {
            // The same submission, signed at the same time: it is the same job.
            return Ok(());
        }
        while known.len() >= MAX_KEPT_CAPTURES {
            let oldest = known.iter().find(|(_, job)| job.is_finished);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.remove_job(&oldest)?;
            known.remove(&oldest);
        }
        for (part, submission) in submissions.iter().enumerate() {
            write_synced(&self.submission_path(&job.id, part), &submission.to_bytes())?;
        }
        self.write_job(job)?;
        known.insert(job.id.clone(), Known::of(job));
        Ok(())
    }

    fn save(&self, job: &CaptureJob) -> Result<(), CaptureStoreError> {
        self.write_job(job)?;
        for (part, _) in job.parts.iter().enumerate().filter(|(_, p)| p.is_settled) {
            remove(&self.submission_path(&job.id, part))?;
        }
        self.lock().insert(job.id.clone(), Known::of(job));
        Ok(())
    }

    fn job(&self, id: &CaptureId) -> Result<Option<CaptureJob>, CaptureStoreError> {
        if !self.lock().contains_key(id) {
            return Ok(None);
        }
        read_job(&self.job_path(id)).map(Some)
    }

    fn submission(&self, id: &CaptureId, part: usize) -> Result<Submission, CaptureStoreError> {
        let path = self.submission_path(id, part);
        let bytes = read_bounded(&path, MAX_SUBMISSION_BYTES as u64)?;
        Submission::from_bytes(&bytes).map_err(|error| failed(&path, error))
    }

    fn jobs(
        &self,
        owner: Option<&MemberId>,
        before: Option<&CaptureId>,
        count: usize,
    ) -> Result<Vec<CaptureJob>, CaptureStoreError> {
        let ids: Vec<CaptureId> = self
            .lock()
            .iter()
            .rev()
            .filter(|(id, _)| before.is_none_or(|before| *id < before))
            .filter(|(_, job)| owner.is_none_or(|owner| *owner == job.owner))
            .take(count)
            .map(|(id, _)| id.clone())
            .collect();
        ids.iter().map(|id| read_job(&self.job_path(id))).collect()
    }

    fn unfinished(&self) -> Result<Vec<CaptureId>, CaptureStoreError> {
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

/// The job that a file is of, if its name is that of a job.
fn job_of(path: &Path) -> Option<CaptureId> {
    path.file_name()?
        .to_str()?
        .strip_suffix(".json")?
        .parse()
        .ok()
}

fn read_job(path: &Path) -> Result<CaptureJob, CaptureStoreError> {
    let bytes = read_bounded(path, MAX_JOB_BYTES)?;
    let document: JobDocument<'_> = serde_json::from_slice(&bytes)
        .map_err(|error| failed(path, plain_words::of_json(&error)))?;
    if document.format != FORMAT {
        return Err(failed(path, format!("it is not of the format {FORMAT}")));
    }
    let job = document.job.into_owned();
    if job_of(path).as_ref() != Some(&job.id) {
        return Err(failed(path, "it is of another job"));
    }
    Ok(job)
}

fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, CaptureStoreError> {
    let length = fs::metadata(path)
        .map_err(|error| failed(path, error))?
        .len();
    if length > limit {
        return Err(failed(path, format!("it has {length} bytes")));
    }
    fs::read(path).map_err(|error| failed(path, error))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), CaptureStoreError> {
    let mut file = File::create(path).map_err(|error| failed(path, error))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| failed(path, error))
}

fn remove(path: &Path) -> Result<(), CaptureStoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path, reason: impl std::fmt::Display) -> CaptureStoreError {
    CaptureStoreError::Failed {
        reason: format!("{}: {reason}", path.display()),
    }
}

#[cfg(test)]
mod tests;
