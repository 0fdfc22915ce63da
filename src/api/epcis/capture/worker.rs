//! The worker: it puts the submissions of jobs on the ledger, and writes down what became of them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::gateway::of_refusal;
use super::job::{CaptureFault, CaptureJob, CapturePart};
use super::job_id::CaptureId;
use super::jobs::{CaptureQueue, JobOrigin};
use super::store::{CaptureStore, CaptureStoreError};
use crate::api::committed::CommittedSubmission;
use crate::api::context::ApiSetup;
use crate::api::epcis::exception::EpcisException;
use crate::api::limits::{MAX_SETTLING_CAPTURES, MAX_UNFINISHED_CAPTURES};
use crate::api::ports::{BodyPermit, SubmissionStatus};
use crate::types::{LedgerReader, Outcome, ReadError, Refusal, Rejection, SubmissionId, Timestamp};

/// How long to wait for a commit before the ledger is asked again, and the longest pause before a node that did not
/// take a submission is asked again.
const SETTLE_WAIT: Duration = Duration::from_secs(5);

/// The first pause after a look at the ledger, or after a node that did not take a submission; each one after it is
/// twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a submission that was refused for what is in it, and that others may have, is not submitted again. A node allows
/// each member only so many records that it tries in vain.
const REFUSED_WAIT: Duration = Duration::from_secs(60);

/// The code of records that were rejected because another of their submission was.
const COMPANION_CODE: &str = "atomic";

/// Works on the jobs of a queue, all at once, for as long as it is polled: none waits for another, which may not come on
/// the ledger before it expires. It may be dropped at any time: what is unfinished then goes on with the next worker.
///
/// # Errors
/// [`CaptureStoreError::Failed`] as soon as the disk with the jobs or the ledger has failed, for the worker or for
/// a client: the node has to stop.
pub async fn run_captures(setup: ApiSetup, queue: CaptureQueue) -> Result<(), CaptureStoreError> {
    let CaptureQueue {
        mut started,
        mut failure,
    } = queue;
    let worker = Worker {
        setup,
        submitting: Semaphore::new(MAX_SETTLING_CAPTURES),
        looking: Semaphore::new(MAX_SETTLING_CAPTURES),
    };
    let work = stream::poll_fn(move |context| started.poll_recv(context))
        .for_each_concurrent(MAX_UNFINISHED_CAPTURES, |(id, origin)| {
            worker.run(id, origin)
        });
    let failed = async {
        // Without anybody who could tell of one there is none.
        let error = failure.wait_for(Option::is_some).await.ok()?;
        error.clone()
    };
    tokio::select! {
        biased;
        Some(error) = failed => Err(error),
        () = work => Ok(()),
    }
}

struct Worker {
    setup: ApiSetup,
    /// A permit for each submission that is in memory, and given to the node.
    submitting: Semaphore,
    /// A permit for each thread that looks at the ledger.
    looking: Semaphore,
}

/// A submission that a job has promised.
struct Promised<'a> {
    job: &'a CaptureId,
    /// Which part of the job it is.
    place: usize,
    id: SubmissionId,
    expires: Timestamp,
}

/// What became of a submission.
enum Fate {
    /// It is on the ledger.
    Committed(CommittedSubmission),
    /// The node would not take it, and no other has seen it; or a block has passed it over, as all others would.
    Refused(Refusal),
    /// It was not ordered before it expired, and cannot be any more.
    Lapsed(Timestamp),
    /// The node has no vote any more, and can do nothing for it. Whoever had got it before has not put it on the ledger,
    /// and may yet do so until it expires.
    GivenUp {
        /// Why the node has none.
        reason: &'static str,
        expires: Timestamp,
    },
}

impl Worker {
    /// A job whose file is damaged does not end the others; a disk that fails ends the worker.
    async fn run(&self, id: CaptureId, origin: JobOrigin) {
        let settled = AssertUnwindSafe(self.settle_job(&id, origin)).catch_unwind();
        let reason = match settled.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the program met a state that it should never be in".to_owned(),
        };
        tracing::error!(
            target: "waybill::operator", event = "capture-job-stopped", capture = %id, reason,
            "a capture job stands still until the node is started again"
        );
    }

    /// Settles the parts of a job, all at once: one that nobody orders does not keep the others waiting until they have
    /// expired as well.
    async fn settle_job(&self, id: &CaptureId, origin: JobOrigin) -> Result<(), CaptureStoreError> {
        let name = id.clone();
        let mut job = self
            .keep(move |store| store.job(&name))
            .await?
            .ok_or_else(|| unusable("the job is not kept any more"))?;
        let unsettled = job.parts.iter().enumerate();
        let unsettled = unsettled.filter(|(_, part)| !part.is_settled);
        let mut settling: FuturesUnordered<_> = unsettled
            .map(|(place, part)| {
                let promised = Promised {
                    job: id,
                    place,
                    id: part.submission,
                    expires: part.expires,
                };
                let settled = self.settle(promised, origin);
                settled.map(move |fate| (place, fate))
            })
            .collect();
        while let Some((place, fate)) = settling.next().await {
            let fate = fate?;
            let Some(part) = job.parts.get_mut(place) else {
                break;
            };
            part.is_settled = true;
            let part = CapturePart {
                events: std::mem::take(&mut part.events),
                ..part.clone()
            };
            take_note(&mut job, &part, fate);
            if job.parts.iter().all(|part| part.is_settled) {
                job.finished = Some(self.setup.node.now());
            }
            let changed = job.clone();
            self.keep(move |store| store.save(&changed)).await?;
        }
        Ok(())
    }

    /// Submits until it is known what became of a submission. If it is not kept any more, or the node has no vote, whoever
    /// had got it before may have put it on the ledger, or may yet do so.
    async fn settle(
        &self,
        promised: Promised<'_>,
        origin: JobOrigin,
    ) -> Result<Fate, CaptureStoreError> {
        let (id, expires) = (promised.id, promised.expires);
        let submissions = &self.setup.submissions;
        let mut may_be_elsewhere = origin == JobOrigin::Kept;
        let mut is_kept = true;
        let mut has_no_vote_since: Option<Instant> = None;
        let mut pause = Duration::ZERO;
        let mut not_before = Instant::now();
        loop {
            // The ledger's end first: what comes on it in between is found.
            let (is_over, committed) = self
                .read(move |reader| {
                    let is_over = reader.tip()?.time >= expires;
                    Ok((is_over, CommittedSubmission::find(reader, &id)?))
                })
                .await?;
            if let Some(committed) = committed {
                return Ok(Fate::Committed(committed));
            }
            if is_over {
                return Ok(Fate::Lapsed(expires));
            }
            // What nobody can have got is refused at once.
            let no_vote = self.setup.node.no_vote_reason();
            let no_vote = no_vote.filter(|_| may_be_elsewhere);
            match no_vote.filter(|_| self.setup.node.unready_reasons().is_empty()) {
                Some(reason) => {
                    let since = *has_no_vote_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= self.setup.limits.capture_give_up_after {
                        return Ok(Fate::GivenUp { reason, expires });
                    }
                }
                // What a node does not see yet says nothing.
                None => has_no_vote_since = None,
            }
            match submissions.status(&id) {
                SubmissionStatus::Pending => {
                    let _ = timeout(SETTLE_WAIT, submissions.settled(&id)).await;
                    continue;
                }
                SubmissionStatus::Dropped(refusal) => return Ok(Fate::Refused(*refusal)),
                SubmissionStatus::NotPending => {}
            }
            // Not before the first try, and then so that a node that says no is not asked at once.
            sleep(pause).await;
            pause = pause.saturating_mul(2).clamp(PAUSE, SETTLE_WAIT);
            if !is_kept || no_vote.is_some() || Instant::now() < not_before {
                continue;
            }
            match self.submit(&promised).await? {
                None => is_kept = false,
                Some(Ok(_) | Err(Refusal::Duplicate { .. })) => {
                    may_be_elsewhere = true;
                    pause = PAUSE;
                }
                Some(Err(Refusal::Busy { retry_after_ms, .. })) => {
                    sleep(Duration::from_millis(retry_after_ms).min(SETTLE_WAIT)).await;
                }
                // Whether it is on the ledger, the ledger knows when it is past the expiry.
                Some(Err(Refusal::NotReady { .. } | Refusal::Expired { .. })) => {}
                Some(Err(_)) if may_be_elsewhere => not_before = Instant::now() + REFUSED_WAIT,
                Some(Err(refusal)) => return Ok(Fate::Refused(refusal)),
            }
        }
    }

    /// Gives a submission to the node; none if it is not kept any more.
    async fn submit(
        &self,
        promised: &Promised<'_>,
    ) -> Result<Option<Result<SubmissionId, Refusal>>, CaptureStoreError> {
        let _permit = self.submitting.acquire().await.map_err(unusable)?;
        let (name, place, id) = (promised.job.clone(), promised.place, promised.id);
        let kept = self
            .keep(move |store| {
                let submission = store.submission(&name, place)?;
                // The id covers all but the signature, and the signature the id.
                if submission.verify().ok() != Some(id) {
                    return Err(unusable("it is not the submission that was promised"));
                }
                Ok(submission)
            })
            .await;
        match kept {
            Ok(submission) => {
                let given = self
                    .setup
                    .submissions
                    .submit(submission, BodyPermit::default());
                Ok(Some(given.await))
            }
            Err(CaptureStoreError::Damaged { reason }) => {
                tracing::error!(
                    target: "waybill::operator", event = "capture-submission-damaged", capture = %promised.job, reason,
                    "a submission cannot be read: what became of it is seen on the ledger"
                );
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Does something with the store, as soon as there are file handles for it.
    async fn keep<T: Send + 'static>(
        &self,
        work: impl Fn(&dyn CaptureStore) -> Result<T, CaptureStoreError> + Send + Sync + 'static,
    ) -> Result<T, CaptureStoreError> {
        let work = Arc::new(work);
        loop {
            let captures = self.setup.epcis.captures.clone();
            let work = Arc::clone(&work);
            match blocking(move || captures.keep(work.as_ref())).await {
                Err(CaptureStoreError::NoHandle { .. }) => sleep(PAUSE).await,
                done => return done,
            }
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn LedgerReader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, CaptureStoreError> {
        let _permit = self.looking.acquire().await.map_err(unusable)?;
        let reader = Arc::clone(&self.setup.reader);
        let captures = self.setup.epcis.captures.clone();
        blocking(move || {
            let failed = |error: ReadError| CaptureStoreError::Failed {
                reason: error.to_string(),
            };
            let found = read(reader.as_ref()).map_err(failed);
            found.inspect_err(|error| captures.note(error))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CaptureStoreError> + Send + 'static,
) -> Result<T, CaptureStoreError> {
    // A panic of the work, which has told of itself.
    tokio::task::spawn_blocking(work).await.map_err(unusable)?
}

fn unusable(reason: impl ToString) -> CaptureStoreError {
    CaptureStoreError::Damaged {
        reason: reason.to_string(),
    }
}

/// Writes down what became of the events of a part.
fn take_note(job: &mut CaptureJob, part: &CapturePart, fate: Fate) {
    let all = part.events.len();
    match fate {
        Fate::Committed(committed) => take_note_of_outcomes(job, part, &committed.outcomes),
        Fate::Refused(refusal @ Refusal::Rejected { .. }) => {
            let faults: Vec<_> = refusal
                .rejections()
                .map(|one| rejected(&one.rejection, pointer(job, part, one.record)))
                .collect();
            job.fail(all, faults);
        }
        Fate::Refused(refusal) => {
            let record = refusal.record();
            let pointer = record.and_then(|record| pointer(job, part, record));
            let fault = CaptureFault::new(&of_refusal(refusal), pointer);
            job.fail(all, [fault]);
        }
        Fate::Lapsed(expires) => {
            let problem = EpcisException::Implementation.problem(format!(
                "submission {} was not ordered before it expired at {expires}; none of its {all} \
                 events is on the ledger by it",
                part.submission
            ));
            job.fail(all, [CaptureFault::new(&problem, None)]);
        }
        Fate::GivenUp { reason, expires } => {
            let id = part.submission;
            let problem = EpcisException::NotImplemented.problem(format!(
                "this node captures nothing any more: {reason}; submission {id} with {all} events is not on the ledger, and \
                 only a validator that had got it from this node before could put it there, until {expires}: \
                 GET /v1/submissions/{id} of any node tells"
            ));
            job.fail(all, [CaptureFault::new(&problem, None)]);
        }
    }
}

/// Where the event of a record of a part is in the document.
fn pointer(job: &CaptureJob, part: &CapturePart, record: usize) -> Option<String> {
    job.pointer(*part.events.get(record)?)
}

fn take_note_of_outcomes(job: &mut CaptureJob, part: &CapturePart, outcomes: &[Outcome]) {
    let mut faults = Vec::new();
    let mut companions = 0_usize;
    for (event, outcome) in part.events.iter().zip(outcomes) {
        match outcome {
            Outcome::Accepted | Outcome::Flagged { .. } => {
                job.captured_count = job.captured_count.saturating_add(1);
            }
            Outcome::Duplicate { .. } => {
                job.duplicate_count = job.duplicate_count.saturating_add(1);
            }
            // The one that was the reason is listed; the others fell with it.
            Outcome::Rejected(rejection) if rejection.code() == COMPANION_CODE => companions += 1,
            Outcome::Rejected(rejection) => {
                faults.push(rejected(rejection, job.pointer(*event)));
            }
        }
    }
    let failed = faults.len().saturating_add(companions);
    job.fail(failed, faults);
}

/// An event that the ledger rejects, whether it was tried at the gateway or is in the log.
fn rejected(rejection: &Rejection, pointer: Option<String>) -> CaptureFault {
    let reason = format!("{} ({})", rejection.reason(), rejection.code());
    CaptureFault::new(&EpcisException::Validation.problem(reason), pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::epcis::capture::{CaptureErrorBehaviour, PieceList};
    use crate::crypto::Sha256Digest;
    use crate::types::{LogIndex, MemberId, RecordKind, RejectedRecord, SubmissionId};

    fn part(events: &[u32]) -> CapturePart {
        CapturePart {
            submission: SubmissionId(Sha256Digest::of(b"a submission")),
            expires: Timestamp::from_ms(9),
            events: events.to_vec(),
            is_settled: true,
        }
    }

    fn job() -> CaptureJob {
        CaptureJob {
            id: CaptureId::new(Timestamp::from_ms(1), &part(&[]).submission.0),
            owner: MemberId::new("acme").unwrap(),
            behaviour: CaptureErrorBehaviour::Proceed,
            created: Timestamp::from_ms(1),
            finished: None,
            lists: vec![PieceList {
                pointer: "/epcisBody/eventList".to_owned(),
                count: Some(4),
            }],
            event_count: 4,
            master_data_count: 0,
            captured_count: 0,
            duplicate_count: 0,
            failed_count: 0,
            faults: Vec::new(),
            notes: Vec::new(),
            parts: Vec::new(),
        }
    }

    fn outcome(code: &'static str) -> Outcome {
        Outcome::Rejected(Rejection::new(code, "the reason"))
    }

    #[test]
    fn outcomes_are_counted_and_told_of_the_right_events() {
        let mut job = job();
        let outcomes = [
            Outcome::Accepted,
            outcome("rule-broken"),
            Outcome::Duplicate { of: LogIndex(3) },
        ];
        take_note_of_outcomes(&mut job, &part(&[0, 2, 3]), &outcomes);
        assert_eq!(
            (job.captured_count, job.duplicate_count, job.failed_count),
            (1, 1, 1)
        );
        assert!(!job.is_success());
        let [fault] = job.faults.as_slice() else {
            panic!("{:?}", job.faults);
        };
        assert_eq!(fault.pointer.as_deref(), Some("/epcisBody/eventList/2"));
        assert!(fault.detail.contains("the reason (rule-broken)"));
    }

    /// Of a submission that is refused as a whole each event is told of that the ledger would reject.
    #[test]
    fn each_event_that_would_be_rejected_is_told() {
        let mut job = job();
        let would_be = |record, code, reason: &str| RejectedRecord {
            record,
            kind: RecordKind::new("epcis.event").unwrap(),
            rejection: Rejection::new(code, reason),
        };
        let refusal = Refusal::Rejected {
            first: Box::new(would_be(0, "not-holder", "it is held by another")),
            others: vec![would_be(2, "rule-broken", "the reason")],
            tried: 3,
        };
        take_note(&mut job, &part(&[0, 2, 3]), Fate::Refused(refusal));
        assert_eq!(job.failed_count, 3);
        let told = |fault: &CaptureFault| (fault.pointer.clone().unwrap(), fault.detail.clone());
        let expected = [
            (0, "it is held by another (not-holder)"),
            (3, "the reason (rule-broken)"),
        ];
        let expected = expected.map(|(event, detail)| {
            let pointer = format!("/epcisBody/eventList/{event}");
            (pointer, detail.to_owned())
        });
        assert_eq!(job.faults.iter().map(told).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn those_that_fell_with_another_are_counted_and_not_listed() {
        let mut job = job();
        let outcomes = [outcome(COMPANION_CODE), outcome("rule-broken")];
        take_note_of_outcomes(&mut job, &part(&[0, 1]), &outcomes);
        assert_eq!(job.failed_count, 2);
        assert_eq!(job.faults.len(), 1);
    }

    #[test]
    fn a_lapsed_part_says_that_nothing_of_it_is_there() {
        let mut job = job();
        take_note(
            &mut job,
            &part(&[0, 1, 2]),
            Fate::Lapsed(Timestamp::from_ms(9)),
        );
        assert_eq!(job.failed_count, 3);
        assert!(job.faults[0].detail.contains("was not ordered"));
        assert_eq!(
            job.faults[0].type_uri,
            "epcisException:ImplementationException"
        );
    }

    #[test]
    fn faults_are_bounded_and_counts_are_not() {
        let mut job = job();
        let events: Vec<u32> = (0..500).collect();
        let outcomes = vec![outcome("rule-broken"); 500];
        take_note_of_outcomes(&mut job, &part(&events), &outcomes);
        assert_eq!(job.failed_count, 500);
        assert_eq!(job.faults.len(), crate::api::problem::MAX_LISTED_FAULTS);
    }
}
