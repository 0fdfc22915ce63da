//! Submissions that give no entry, and are counted against the batch's author.

use std::sync::Arc;

use crate::crypto::{Blake3Digest, SecretKey};
use crate::ledger::{CheckedBatch, Skipped, apply, check_clock};
use crate::testing::{MemoryLedger, TestNetwork, event_record, secret_key};
use crate::types::limits::{MAX_EXPIRY_AHEAD_MS, MAX_EXPIRY_AHEAD_OF_BLOCK_MS};
use crate::types::{Atomicity, LedgerId, MemberId, Refusal, Submission, Timestamp};

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)))
}

fn skipped(ledger: &mut MemoryLedger, submissions: Vec<Submission>) -> Skipped {
    let entries = ledger.log_size();
    let count = submissions.len();
    let applied = ledger.submit(submissions);
    let skipped = applied.skipped[0];
    let is_told = |(_, refusal): &&(_, Refusal)| refusal.code() != "expires-too-late";
    let told = applied.dropped.iter().filter(is_told).count();
    assert_eq!(told as u64, skipped.unauthorised);
    let total = skipped.unauthentic + skipped.unauthorised + skipped.expired + skipped.repeated;
    assert_eq!(
        usize::try_from(total).unwrap() + applied.records.len(),
        count
    );
    // Each of these submissions has one record.
    let written = u64::try_from(applied.records.len()).unwrap();
    assert_eq!(ledger.log_size(), entries + written + 1);
    skipped
}

fn signed_by(ledger: &MemoryLedger, key: &SecretKey, number: u32) -> Submission {
    let records = vec![event_record(number)];
    let kind = Atomicity::Independent;
    ledger
        .network()
        .submission_with(0, key, ledger.expiry(), kind, records)
}

#[test]
fn what_nobody_signed_is_unauthentic() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let good = network.submission(0, ledger.expiry(), vec![event_record(1)]);
    let false_signature = Submission::new(
        good.header().clone(),
        vec![event_record(2)],
        *good.signature(),
    )
    .unwrap();
    let other_ledger = Submission::sign(
        LedgerId(Blake3Digest::of(b"another")),
        network.member(0),
        &network.writer(0),
        ledger.expiry(),
        Atomicity::Independent,
        vec![event_record(3)],
    )
    .unwrap();
    let expected = Skipped {
        unauthentic: 2,
        ..Skipped::default()
    };
    let submissions = vec![false_signature, good, other_ledger];
    assert_eq!(skipped(&mut ledger, submissions), expected);
}

#[test]
fn checks_that_do_not_fit_the_submission_are_not_believed() {
    let ledger = ledger();
    let submission =
        ledger
            .network()
            .submission(0, ledger.expiry(), vec![event_record(1), event_record(2)]);
    let batch = Arc::new(ledger.batch(vec![submission]));
    let block = ledger.next_block(&[(*batch).clone()], Vec::new());
    let certificate = ledger
        .network()
        .commit_certificate(block.height(), block.digest());
    let checked = CheckedBatch::check(&ledger.submission_context(), batch.clone());
    assert!(checked.is_authentic());
    let mut checks: Vec<_> = checked.submissions().map(|(_, c)| c.clone()).collect();
    assert!(CheckedBatch::from_parts(batch.clone(), Vec::new()).is_none());
    checks[0].contents.pop();
    let doctored = CheckedBatch::from_parts(batch, checks).unwrap();
    let applied = apply(
        &ledger,
        ledger.rulebook(),
        ledger.tip(),
        &block,
        &certificate,
        &[Arc::new(doctored)],
    )
    .unwrap();
    assert_eq!(applied.skipped[0].unauthentic, 1);
    assert!(applied.records.is_empty());
}

#[test]
fn an_expiry_is_judged_by_block_time() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let now = ledger.next_time().as_ms();
    let at = |offset: i64, number| {
        let expires = Timestamp::from_ms(now.saturating_add(offset));
        network.submission(0, expires, vec![event_record(number)])
    };
    let submissions = vec![
        at(1, 1),
        at(MAX_EXPIRY_AHEAD_OF_BLOCK_MS, 2),
        at(0, 3),
        at(-1, 4),
        at(MAX_EXPIRY_AHEAD_OF_BLOCK_MS + 1, 5),
        at(i64::MAX, 6),
        at(i64::MIN, 7),
    ];
    // Whoever waits for one that expires too late is told; the others are past their expiry.
    let applied = ledger.clone().submit(submissions.clone());
    let too_late = |submission: &Submission| {
        let expires = submission.header().expires;
        let now = Timestamp::from_ms(now);
        (submission.id(), Refusal::ExpiresTooLate { expires, now })
    };
    let expected: Vec<_> = submissions[4..6].iter().map(too_late).collect();
    assert_eq!(applied.dropped, expected);
    let expected = Skipped {
        expired: 5,
        ..Skipped::default()
    };
    assert_eq!(skipped(&mut ledger, submissions), expected);
}

/// A node takes what expires within an hour by its own clock. Block time may be that of a proposer whose clock is as far
/// behind as it may be, or, if it lies, hardly later than the block before, a heartbeat ago.
#[test]
fn what_a_node_takes_is_not_passed_over_for_the_clock_of_another() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let consensus = network.genesis().consensus();
    let behind_ms = consensus.heartbeat_ms + consensus.clock_drift_ms;
    let node_ms = ledger.next_time().as_ms() + i64::try_from(behind_ms).unwrap();
    let expires = Timestamp::from_ms(node_ms + MAX_EXPIRY_AHEAD_MS);
    assert_eq!(check_clock(expires, Timestamp::from_ms(node_ms)), Ok(()));
    let submission = network.submission(0, expires, vec![event_record(1)]);
    assert_eq!(skipped(&mut ledger, vec![submission]), Skipped::default());
}

#[test]
fn a_repeated_submission_runs_once() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let submission = network.submission(0, ledger.expiry(), vec![event_record(1)]);
    let repeated = |count| Skipped {
        repeated: count,
        ..Skipped::default()
    };
    // In the same batch.
    let twice = vec![submission.clone(), submission.clone()];
    assert_eq!(skipped(&mut ledger, twice), repeated(1));
    // In a later block, and in two batches of a block.
    assert_eq!(skipped(&mut ledger, vec![submission.clone()]), repeated(1));
    let other = network.submission(0, ledger.expiry(), vec![event_record(2)]);
    let height = ledger.tip().height.plus(5);
    let batches = [
        network.batch(1, 0, height, vec![other.clone()]),
        network.batch(2, 0, height, vec![submission, other]),
    ];
    let applied = ledger.order(&batches, Vec::new());
    assert_eq!(applied.skipped, [repeated(0), repeated(2)]);
    assert_eq!(applied.records.len(), 1);
}

#[test]
fn only_a_member_with_its_writer_key_is_authorised() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let stranger = Submission::sign(
        network.ledger(),
        MemberId::new("stranger").unwrap(),
        &network.writer(0),
        ledger.expiry(),
        Atomicity::Independent,
        vec![event_record(1)],
    )
    .unwrap();
    let submissions = vec![
        stranger,
        signed_by(&ledger, &secret_key("nobody"), 2),
        signed_by(&ledger, &network.writer(1), 3),
        signed_by(
            &ledger,
            &crate::testing::secret_key("member-0/consensus"),
            4,
        ),
        signed_by(&ledger, &network.writer(0), 5),
    ];
    // Whoever waits for them is told why.
    let applied = ledger.clone().submit(submissions.clone());
    let codes: Vec<&str> = applied.dropped.iter().map(|(_, it)| it.code()).collect();
    assert_eq!(
        codes,
        [
            "unknown-member",
            "unknown-key",
            "unknown-key",
            "wrong-key-purpose"
        ]
    );
    let ids: Vec<_> = applied.dropped.iter().map(|(id, _)| *id).collect();
    let sent: Vec<_> = submissions.iter().map(Submission::id).collect();
    assert_eq!(ids, sent[..4]);
    let expected = Skipped {
        unauthorised: 4,
        ..Skipped::default()
    };
    assert_eq!(skipped(&mut ledger, submissions), expected);
}
