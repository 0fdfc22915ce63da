//! Admitted submissions that wait for a batch.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::types::limits::{MAX_RECORDS_PER_BATCH, MAX_SUBMISSIONS_PER_BATCH};
use crate::types::{MemberId, Refusal, Submission, SubmissionId, Timestamp};

/// Bounds of the queue, and when it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most bytes that wait.
    pub queue_bytes: usize,
    /// Most bytes of one member that wait: nobody fills the queue for all others.
    pub queue_bytes_per_member: usize,
    /// A batch is sealed when this many bytes wait.
    pub batch_bytes: usize,
    /// A batch is sealed when the oldest submission has waited this long.
    pub batch_age_ms: i64,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            queue_bytes: 32 * 1024 * 1024,
            queue_bytes_per_member: 16 * 1024 * 1024,
            batch_bytes: 512 * 1024,
            batch_age_ms: 20,
        }
    }
}

/// How long a client should wait when the queue is full, in milliseconds: a few blocks.
const RETRY_AFTER_MS: u64 = 1_000;

/// A submission that waits, with what its checks gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedSubmission<T> {
    /// Its id.
    pub id: SubmissionId,
    /// The submission.
    pub submission: Submission,
    /// What checking it gave; opaque here.
    pub check: T,
    admitted: Timestamp,
    bytes: usize,
}

/// First in, first out.
#[derive(Debug)]
pub struct AdmissionQueue<T> {
    limits: QueueLimits,
    waiting: VecDeque<QueuedSubmission<T>>,
    ids: BTreeSet<SubmissionId>,
    bytes: usize,
    bytes_by_member: BTreeMap<MemberId, usize>,
}

impl<T> AdmissionQueue<T> {
    /// An empty queue.
    pub fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
            ids: BTreeSet::new(),
            bytes: 0,
            bytes_by_member: BTreeMap::new(),
        }
    }

    /// Whether there is room for a submission: asked before it costs anything to judge it.
    ///
    /// # Errors
    /// [`Refusal::Busy`] at a bound.
    pub fn check_room(&self, submission: &Submission) -> Result<(), Refusal> {
        let bytes = submission.encoded_length();
        let busy = |reason| {
            Err(Refusal::Busy {
                reason,
                retry_after_ms: RETRY_AFTER_MS,
            })
        };
        if self.bytes.saturating_add(bytes) > self.limits.queue_bytes {
            return busy("its queue is full");
        }
        let of_member = self.bytes_of(&submission.header().member);
        if of_member.saturating_add(bytes) > self.limits.queue_bytes_per_member {
            return busy("the member's share of its queue is full");
        }
        Ok(())
    }

    fn bytes_of(&self, member: &MemberId) -> usize {
        self.bytes_by_member.get(member).copied().unwrap_or(0)
    }

    /// Takes a submission, or refuses it.
    ///
    /// # Errors
    /// [`Refusal::Duplicate`] if it waits already, [`Refusal::Busy`] at a bound.
    pub fn offer(
        &mut self,
        id: SubmissionId,
        submission: Submission,
        check: T,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.ids.contains(&id) {
            return Err(Refusal::Duplicate {
                id,
                first_index: None,
            });
        }
        self.check_room(&submission)?;
        let bytes = submission.encoded_length();
        let member = &submission.header().member;
        let of_member = self.bytes_of(member);
        self.bytes += bytes;
        self.bytes_by_member
            .insert(member.clone(), of_member + bytes);
        self.ids.insert(id);
        self.waiting.push_back(QueuedSubmission {
            id,
            submission,
            check,
            admitted: now,
            bytes,
        });
        Ok(())
    }

    /// Whether a submission waits here.
    pub fn contains(&self, id: &SubmissionId) -> bool {
        self.ids.contains(id)
    }

    /// How many submissions wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many bytes wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The most bytes of submissions that the next batch can have.
    pub fn next_batch_bytes(&self) -> usize {
        let first = self.waiting.front().map_or(0, |oldest| oldest.bytes);
        first.max(self.limits.batch_bytes.min(self.bytes))
    }

    /// Whether a full batch waits.
    pub fn is_full_batch(&self) -> bool {
        self.bytes >= self.limits.batch_bytes || self.waiting.len() >= MAX_SUBMISSIONS_PER_BATCH
    }

    /// When the oldest submission has waited long enough; none if nothing waits.
    pub fn due(&self) -> Option<Timestamp> {
        self.waiting.front().map(|oldest| {
            Timestamp::from_ms(
                oldest
                    .admitted
                    .as_ms()
                    .saturating_add(self.limits.batch_age_ms),
            )
        })
    }

    /// Takes the next batch out of the queue, in order: up to the size of a batch, and at least
    /// one submission if one waits that has not expired. Expired ones are dropped and returned
    /// apart.
    pub fn take_batch(&mut self, now: Timestamp) -> (Vec<QueuedSubmission<T>>, Vec<SubmissionId>) {
        let mut taken: Vec<QueuedSubmission<T>> = Vec::new();
        let mut expired = Vec::new();
        let (mut bytes, mut records) = (0, 0);
        while let Some(next) = self.waiting.front() {
            let next_records = next.submission.records().len();
            let fits = taken.is_empty()
                || (bytes + next.bytes <= self.limits.batch_bytes
                    && records + next_records <= MAX_RECORDS_PER_BATCH
                    && taken.len() < MAX_SUBMISSIONS_PER_BATCH);
            if !fits {
                break;
            }
            let Some(next) = self.waiting.pop_front() else {
                break;
            };
            self.forget(&next);
            if next.submission.header().expires <= now {
                expired.push(next.id);
                continue;
            }
            bytes += next.bytes;
            records += next_records;
            taken.push(next);
        }
        (taken, expired)
    }

    fn forget(&mut self, gone: &QueuedSubmission<T>) {
        self.ids.remove(&gone.id);
        self.bytes = self.bytes.saturating_sub(gone.bytes);
        let member = &gone.submission.header().member;
        if let Some(bytes) = self.bytes_by_member.get_mut(member) {
            *bytes = bytes.saturating_sub(gone.bytes);
            if *bytes == 0 {
                self.bytes_by_member.remove(member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Blake3Digest, SecretKey};
    use crate::types::{Atomicity, LedgerId, Record, RecordKind};

    fn submission(member: &str, body_bytes: usize, expires_ms: i64) -> Submission {
        Submission::sign(
            LedgerId(Blake3Digest::of(b"ledger")),
            MemberId::new(member).unwrap(),
            &SecretKey::from_seed([1; 32]),
            Timestamp::from_ms(expires_ms),
            Atomicity::Independent,
            vec![Record {
                kind: RecordKind::new("epcis.event").unwrap(),
                version: 1,
                body: vec![b'x'; body_bytes].into(),
            }],
        )
        .unwrap()
    }

    fn limits() -> QueueLimits {
        QueueLimits {
            queue_bytes: 10_000,
            queue_bytes_per_member: 6_000,
            batch_bytes: 2_500,
            batch_age_ms: 20,
        }
    }

    fn offer(
        queue: &mut AdmissionQueue<()>,
        submission: &Submission,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let now = Timestamp::from_ms(now_ms);
        queue.offer(submission.id(), submission.clone(), (), now)
    }

    #[test]
    fn bounds_refuse_the_newcomer_and_keep_the_rest() {
        let mut queue = AdmissionQueue::new(limits());
        for n in 0..4 {
            offer(&mut queue, &submission("a", 1_000 + n, 1_000), 0).unwrap();
        }
        let refusal = offer(&mut queue, &submission("a", 2_000, 1_000), 0).unwrap_err();
        assert!(matches!(refusal, Refusal::Busy { reason, .. } if reason.contains("member")));
        for n in 0..3 {
            offer(&mut queue, &submission("b", 1_000 + n, 1_000), 0).unwrap();
        }
        let refusal = offer(&mut queue, &submission("c", 3_000, 1_000), 0).unwrap_err();
        assert!(matches!(refusal, Refusal::Busy { reason, .. } if !reason.contains("member")));
        assert_eq!(queue.len(), 7);
    }

    #[test]
    fn a_submission_waits_once() {
        let mut queue = AdmissionQueue::new(limits());
        let one = submission("a", 10, 1_000);
        offer(&mut queue, &one, 0).unwrap();
        assert!(matches!(
            offer(&mut queue, &one, 0),
            Err(Refusal::Duplicate {
                first_index: None,
                ..
            })
        ));
        queue.take_batch(Timestamp::from_ms(0));
        assert!(queue.is_empty());
        assert_eq!(queue.bytes(), 0);
        offer(&mut queue, &one, 0).unwrap();
    }

    #[test]
    fn batches_keep_the_order_and_the_size() {
        let mut queue = AdmissionQueue::new(limits());
        let all: Vec<Submission> = (0..5).map(|n| submission("a", 1_000 + n, 1_000)).collect();
        for one in &all {
            offer(&mut queue, one, 7).unwrap();
        }
        assert_eq!(queue.due(), Some(Timestamp::from_ms(27)));
        assert!(queue.is_full_batch());
        let mut taken = Vec::new();
        while !queue.is_empty() {
            let (batch, expired) = queue.take_batch(Timestamp::from_ms(7));
            assert!(expired.is_empty());
            let bytes: usize = batch.iter().map(|q| q.submission.encoded_length()).sum();
            assert!(batch.len() == 1 || bytes <= 2_500);
            taken.extend(batch.into_iter().map(|queued| queued.submission));
        }
        assert_eq!(taken, all);
    }

    #[test]
    fn what_expires_in_the_queue_is_not_sealed() {
        let mut queue = AdmissionQueue::new(limits());
        let (late, good) = (submission("a", 10, 50), submission("a", 10, 1_000));
        offer(&mut queue, &late, 0).unwrap();
        offer(&mut queue, &good, 0).unwrap();
        let (batch, expired) = queue.take_batch(Timestamp::from_ms(50));
        assert_eq!(expired, [late.id()]);
        assert_eq!(batch.len(), 1);
    }
}
