use super::*;
use crate::api::{CaptureErrorBehaviour, CapturePart, PieceList};
use crate::crypto::{Blake3Digest, SecretKey};
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
        id: CaptureId::new(created, &submission.id()),
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

fn open(folder: &Path) -> CaptureFiles {
    CaptureFiles::open(folder.to_owned()).unwrap()
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
            .job(&CaptureId::new(Timestamp::from_ms(7), &other.id()))
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
    fs::write(files.submission_path(&lost.id, 0), other.to_bytes()).unwrap();
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
    let whole = fs::read(files.job_path(&damaged.id)).unwrap();
    fs::write(files.job_path(&damaged.id), &whole[..40]).unwrap();
    let files = open(folder.path());
    assert_eq!(files.unfinished().unwrap(), [good.id]);
    assert_eq!(files.job(&damaged.id).unwrap(), None);
    // Brought back, it goes on.
    fs::write(files.job_path(&damaged.id), &whole).unwrap();
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
    assert_eq!(files.insert(&one_more, &[submission]), Ok(()));
    assert_eq!(files.job(&first.id).unwrap(), Some(finish(&first)));
}
