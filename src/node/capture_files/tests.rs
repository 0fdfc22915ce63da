use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use proptest::prelude::*;

use super::*;
use crate::api::{CaptureErrorBehaviour, CapturePart, PieceList};
use crate::crypto::{Blake3Digest, SecretKey};
use crate::storage::RealDisk;
use crate::storage::simulated_disk::{
    FailingOperation, FaultPlan, KeepEverything, ListedChoices, SimulatedDisk,
};
use crate::types::{Atomicity, LedgerId, Record, RecordKind, Timestamp};

fn member(name: &str) -> MemberId {
    MemberId::new(name).unwrap()
}

fn submission(number: i64) -> Submission {
    let record = Record {
        kind: RecordKind::new("epcis.event").unwrap(),
        version: 1,
        body: "{}".into(),
    };
    Submission::sign(
        LedgerId(Blake3Digest::of(b"a ledger")),
        member("acme"),
        &SecretKey::from_seed([1; 32]),
        Timestamp::from_ms(number),
        Atomicity::AllOrNothing,
        vec![record],
    )
    .unwrap()
}

fn job(number: i64, owner: &str) -> (CaptureJob, Submission) {
    let submission = submission(number);
    let created = Timestamp::from_ms(number);
    let job = CaptureJob {
        id: CaptureId::new(created, &submission.id().0),
        owner: member(owner),
        behaviour: CaptureErrorBehaviour::Rollback,
        created,
        finished: None,
        lists: vec![PieceList {
            pointer: "/epcisBody/eventList".to_owned(),
            count: Some(1),
        }],
        event_count: 1,
        master_data_count: 0,
        captured_count: 0,
        duplicate_count: 0,
        failed_count: 0,
        faults: Vec::new(),
        notes: Vec::new(),
        parts: vec![CapturePart {
            submission: submission.id(),
            expires: submission.header().expires,
            events: vec![0],
            is_settled: false,
        }],
    };
    (job, submission)
}

fn finish(job: &CaptureJob) -> CaptureJob {
    let mut job = job.clone();
    job.finished = Some(Timestamp::from_ms(99));
    job.parts[0].is_settled = true;
    job.parts[0].events = Vec::new();
    job
}

fn open(folder: &Path) -> CaptureFiles<RealDisk> {
    CaptureFiles::open(RealDisk::open(folder).unwrap()).unwrap()
}

fn job_path(folder: &Path, id: &CaptureId) -> std::path::PathBuf {
    folder.join(job_name(id))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn jobs_survive_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let (running, submission) = job(1, "acme");
    let (done, other) = job(2, "bolt");
    let files = open(folder.path());
    files
        .insert(&running, std::slice::from_ref(&submission))
        .unwrap();
    files.insert(&done, std::slice::from_ref(&other)).unwrap();
    files.save(&finish(&done)).unwrap();
    drop(files);
    let files = open(folder.path());
    assert_eq!(
        files.unfinished().unwrap(),
        std::slice::from_ref(&running.id)
    );
    assert_eq!(files.job(&running.id).unwrap(), Some(running.clone()));
    assert_eq!(files.submission(&running.id, 0).unwrap(), submission);
    assert_eq!(files.job(&done.id).unwrap(), Some(finish(&done)));
    assert!(files.submission(&done.id, 0).is_err(), "nobody needs it");
    assert_eq!(
        files
            .job(&CaptureId::new(Timestamp::from_ms(7), &other.id().0))
            .unwrap(),
        None
    );
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn lists_are_of_one_owner_or_all_the_latest_first() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let mut ids = Vec::new();
    for number in 0..6 {
        let owner = if number % 2 == 0 { "acme" } else { "bolt" };
        let (job, submission) = job(number, owner);
        files.insert(&job, &[submission]).unwrap();
        ids.push(job.id);
    }
    let listed = |owner: Option<&str>, before: Option<usize>, count| -> Vec<CaptureId> {
        let owner = owner.map(member);
        let before = before.map(|place| ids[place].clone());
        let jobs = files.jobs(owner.as_ref(), before.as_ref(), count).unwrap();
        jobs.into_iter().map(|job| job.id).collect()
    };
    assert_eq!(listed(None, None, 2), [ids[5].clone(), ids[4].clone()]);
    assert_eq!(listed(None, Some(1), 9), [ids[0].clone()]);
    assert_eq!(
        listed(Some("bolt"), Some(5), 9),
        [ids[3].clone(), ids[1].clone()]
    );
}

#[test]
fn what_a_killed_node_left_half_done_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let (kept, submission) = job(1, "acme");
    files
        .insert(&kept, std::slice::from_ref(&submission))
        .unwrap();
    let (lost, other) = job(2, "acme");
    // The submission was written, the job was not.
    fs::write(
        folder.path().join(submission_name(&lost.id, 0)),
        other.to_bytes(),
    )
    .unwrap();
    fs::write(folder.path().join(format!("{}.new", lost.id)), b"{").unwrap();
    fs::write(folder.path().join("README"), b"not ours").unwrap();
    let before = names(folder.path()).len();
    let files = open(folder.path());
    assert_eq!(names(folder.path()).len(), before - 2);
    assert_eq!(files.unfinished().unwrap(), std::slice::from_ref(&kept.id));
    assert_eq!(files.submission(&kept.id, 0).unwrap(), submission);
}

#[test]
fn a_job_that_cannot_be_read_is_left_alone_with_its_submissions() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let (damaged, submission) = job(1, "acme");
    let (good, other) = job(2, "acme");
    files.insert(&damaged, &[submission]).unwrap();
    files.insert(&good, &[other]).unwrap();
    let whole = fs::read(job_path(folder.path(), &damaged.id)).unwrap();
    fs::write(job_path(folder.path(), &damaged.id), &whole[..40]).unwrap();
    let files = open(folder.path());
    assert_eq!(files.unfinished().unwrap(), [good.id]);
    assert_eq!(files.job(&damaged.id).unwrap(), None);
    // Brought back, it goes on.
    fs::write(job_path(folder.path(), &damaged.id), &whole).unwrap();
    let files = open(folder.path());
    assert_eq!(files.unfinished().unwrap().len(), 2);
    assert!(files.submission(&damaged.id, 0).is_ok());
}

#[test]
fn running_jobs_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let limit = i64::try_from(MAX_UNFINISHED_CAPTURES).unwrap();
    for number in 0..limit {
        let (job, submission) = job(number, "acme");
        files.insert(&job, &[submission]).unwrap();
    }
    let (one_more, submission) = job(limit, "acme");
    let full = CaptureStoreError::Full {
        limit: MAX_UNFINISHED_CAPTURES,
    };
    assert_eq!(
        files.insert(&one_more, std::slice::from_ref(&submission)),
        Err(full)
    );
    let (first, _) = job(0, "acme");
    files.save(&finish(&first)).unwrap();
    assert_eq!(files.insert(&one_more, &[submission]), Ok(true));
    assert_eq!(files.job(&first.id).unwrap(), Some(finish(&first)));
}

/// What a node does with two jobs, for as long as nothing fails: takes both, and finishes the first. Each step
/// that was done, and why the next one was not.
fn work(files: &CaptureFiles<SimulatedDisk>) -> (usize, Option<CaptureStoreError>) {
    let [(first, one), (second, other)] = [job(1, "acme"), job(2, "bolt")];
    let steps: [&dyn Fn() -> Result<()>; 3] = [
        &|| files.insert(&first, std::slice::from_ref(&one)).map(drop),
        &|| {
            files
                .insert(&second, std::slice::from_ref(&other))
                .map(drop)
        },
        &|| files.save(&finish(&first)),
    ];
    for (done, step) in steps.iter().enumerate() {
        if let Err(error) = step() {
            return (done, Some(error));
        }
    }
    (steps.len(), None)
}

/// What was done is there, and what was not is not there or is there whole.
fn check_after_restart(disk: &SimulatedDisk, done: usize) {
    let files = CaptureFiles::open(disk.clone()).unwrap();
    let [(first, one), (second, other)] = [job(1, "acme"), job(2, "bolt")];
    for (place, kept, submission) in [(0, &first, &one), (1, &second, &other)] {
        match files.job(&kept.id).unwrap() {
            None => assert!(done <= place, "a promised job is gone"),
            Some(job) if job.finished.is_some() => {
                assert!(place == 0 && done >= 2, "nothing was finished");
            }
            Some(job) => {
                assert!(place == 1 || done < 3, "a finished job is unfinished again");
                assert_eq!(job, *kept);
                assert_eq!(files.submission(&kept.id, 0).as_ref(), Ok(submission));
            }
        }
    }
    let kept: Vec<String> = disk.list().unwrap();
    assert!(!kept.iter().any(|name| name.ends_with("new")), "{kept:?}");
}

/// A write, sync or rename that fails is the last thing that is done: nothing is kept or read any more, so that
/// the node stops, and at its next start all is as it was promised.
#[test]
fn after_a_failure_nothing_is_done_until_the_next_start() {
    let disk = SimulatedDisk::new();
    let files = CaptureFiles::open(disk.clone()).unwrap();
    disk.plan(FaultPlan::default());
    assert_eq!(work(&files), (3, None));
    let all = disk.operations();
    assert!(all > 12, "{all}");
    for at in 0..all {
        for error in [ErrorKind::StorageFull, ErrorKind::Other] {
            let disk = SimulatedDisk::new();
            let files = CaptureFiles::open(disk.clone()).unwrap();
            disk.plan(FaultPlan {
                failing: vec![FailingOperation { at, error }],
                ..FaultPlan::default()
            });
            let (done, failure) = work(&files);
            let failure = failure.unwrap();
            assert!(matches!(failure, CaptureStoreError::Failed { .. }));
            assert_eq!(disk.operations(), at + 1, "it stops at once");
            let (third, submission) = job(3, "acme");
            assert_eq!(files.insert(&third, &[submission]), Err(failure.clone()));
            assert_eq!(files.save(&finish(&third)), Err(failure.clone()));
            assert_eq!(files.jobs(None, None, 9), Err(failure.clone()));
            assert_eq!(files.submission(&third.id, 0).err(), Some(failure));
            assert_eq!(disk.operations(), at + 1, "and nothing is tried again");
            disk.restart(&mut KeepEverything);
            check_after_restart(&disk, done);
        }
    }
}

proptest! {
    #[test]
    fn a_power_cut_loses_no_job_that_was_promised(
        at in 0u64..20,
        choices in proptest::collection::vec(0usize..600, 0..40),
    ) {
        let disk = SimulatedDisk::new();
        let files = CaptureFiles::open(disk.clone()).unwrap();
        disk.plan(FaultPlan { power_cut_at: Some(at), ..FaultPlan::default() });
        let (done, _) = work(&files);
        disk.restart(&mut ListedChoices::new(choices));
        check_after_restart(&disk, done);
    }
}

/// A submission that is gone is the matter of one job, a disk that cannot be read is that of all.
#[test]
fn what_is_gone_is_no_failure_of_the_disk() {
    let disk = SimulatedDisk::new();
    let files = CaptureFiles::open(disk.clone()).unwrap();
    assert_eq!(work(&files), (3, None));
    let (second, _) = job(2, "bolt");
    disk.lose(&submission_name(&second.id, 0));
    let gone = files.submission(&second.id, 0);
    assert!(matches!(gone, Err(CaptureStoreError::Damaged { .. })));
    disk.replace(&job_name(&second.id), b"{").unwrap();
    let damaged = files.job(&second.id);
    assert!(matches!(damaged, Err(CaptureStoreError::Damaged { .. })));
    let (third, submission) = job(3, "acme");
    assert_eq!(files.insert(&third, &[submission]), Ok(true));
}

/// The same job again is not new, and is left as it is.
#[test]
fn a_job_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let (first, submission) = job(1, "acme");
    let insert = || files.insert(&first, std::slice::from_ref(&submission));
    assert_eq!(insert(), Ok(true));
    assert_eq!(insert(), Ok(false));
    files.save(&finish(&first)).unwrap();
    assert_eq!(insert(), Ok(false));
    assert_eq!(files.job(&first.id), Ok(Some(finish(&first))));
    assert_eq!(names(folder.path()), [job_name(&first.id)]);
}

/// A name that is taken is the matter of one job: nothing was written, and the disk is well.
#[test]
fn a_name_that_is_taken_is_no_failure_of_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let files = open(folder.path());
    let (first, submission) = job(1, "acme");
    files.insert(&first, &[submission]).unwrap();
    fs::write(folder.path().join(format!("{}.new", first.id)), b"{").unwrap();
    let taken = files.save(&finish(&first));
    assert!(matches!(taken, Err(CaptureStoreError::Damaged { .. })));
    assert_eq!(files.job(&first.id), Ok(Some(first)));
}

/// A disk on which something happens just before a file is opened, and whose process may have no file handles left.
struct EventfulDisk {
    disk: SimulatedDisk,
    before_open: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// How many handles may still be taken.
    handles: AtomicUsize,
}

impl EventfulDisk {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            disk: SimulatedDisk::new(),
            before_open: Mutex::new(None),
            handles: AtomicUsize::new(usize::MAX),
        })
    }

    fn take_handle(&self) -> io::Result<()> {
        let taken = self
            .handles
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        taken
            .map(drop)
            .map_err(|_| io::Error::from_raw_os_error(24))
    }
}

impl std::fmt::Debug for EventfulDisk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.disk.fmt(formatter)
    }
}

impl Disk for Arc<EventfulDisk> {
    type File = <SimulatedDisk as Disk>::File;

    fn list(&self) -> io::Result<Vec<String>> {
        self.take_handle()?;
        self.disk.list()
    }

    fn create(&self, name: &str) -> io::Result<Self::File> {
        self.take_handle()?;
        self.disk.create(name)
    }

    fn open(&self, name: &str) -> io::Result<Self::File> {
        if let Some(event) = self.before_open.lock().unwrap().take() {
            event();
        }
        self.take_handle()?;
        self.disk.open(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.take_handle()?;
        self.disk.sync_folder()
    }
}

/// A page is as full as it would be without them, so that a list does not seem to end there.
#[test]
fn a_list_leaves_out_jobs_that_are_damaged() {
    let disk = SimulatedDisk::new();
    let files = CaptureFiles::open(disk.clone()).unwrap();
    let [one, two, three] = [1, 2, 3].map(|number| {
        let (job, submission) = job(number, "acme");
        files.insert(&job, &[submission]).unwrap();
        job
    });
    disk.replace(&job_name(&two.id), b"{").unwrap();
    let listed = files.jobs(None, None, 2);
    assert_eq!(listed, Ok(vec![three.clone(), one]));
    disk.lose(&job_name(&two.id));
    assert_eq!(files.jobs(None, None, 1), Ok(vec![three]));
}

#[test]
fn a_job_that_makes_room_while_it_is_read_is_unknown() {
    let disk = EventfulDisk::new();
    let files = Arc::new(CaptureFiles::open(Arc::clone(&disk)).unwrap());
    let (first, submission) = job(1, "acme");
    files.insert(&first, &[submission]).unwrap();
    let (store, id) = (Arc::clone(&files), first.id.clone());
    *disk.before_open.lock().unwrap() = Some(Box::new(move || {
        store.remove(&job_name(&id)).unwrap();
        store.lock().remove(&id);
    }));
    assert_eq!(files.job(&first.id), Ok(None));
}

/// Clients can use up the handles of a process: no call that finds none left is a failure of the disk.
#[test]
fn a_want_of_file_handles_is_no_failure_of_the_disk() {
    let disk = EventfulDisk::new();
    let files = CaptureFiles::open(Arc::clone(&disk)).unwrap();
    let (first, submission) = job(1, "acme");
    let done = finish(&first);
    let insert = || {
        files
            .insert(&first, std::slice::from_ref(&submission))
            .map(drop)
    };
    let steps: [&dyn Fn() -> Result<()>; 5] = [
        &insert,
        &|| files.job(&first.id).map(drop),
        &|| files.submission(&first.id, 0).map(drop),
        &|| files.jobs(None, None, 9).map(drop),
        &|| files.save(&done),
    ];
    let mut refused = 0;
    for (place, step) in steps.iter().enumerate() {
        for handles in 0.. {
            disk.handles.store(handles, Relaxed);
            match step() {
                Ok(()) => break,
                Err(CaptureStoreError::NoHandle { .. }) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
            if place == 0 {
                assert_eq!(disk.disk.list().unwrap(), [""; 0], "nothing is left behind");
            }
        }
    }
    assert_eq!(
        refused, 9,
        "four of insert, two of save, one of each that reads"
    );
    disk.handles.store(usize::MAX, Relaxed);
    assert_eq!(files.job(&first.id), Ok(Some(done)));
}
