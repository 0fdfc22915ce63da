//! Own batches whose last height is past.

use super::*;
use crate::mempool::{BatchPool, PoolLimits};

/// Validator 0 of four has sealed a batch that may be ordered at height 1 alone.
fn with_short_lived_batch() -> (Bench, Submission) {
    let network = TestNetwork::new(4, 4);
    let ledger = MemoryLedger::new(Arc::new(network));
    let submission = submission_on(&ledger);
    let batch = ledger
        .network()
        .batch(0, 1, Height(1), vec![submission.clone()]);
    let (bench, _) = Bench::on(ledger, 0, &[batch], SigningState::Active);
    (bench, submission)
}

fn submission_on(ledger: &MemoryLedger) -> Submission {
    let expires = Timestamp::from_ms(ledger.next_time().as_ms() + 60_000);
    ledger
        .network()
        .submission(0, expires, vec![event_record(1)])
}

fn ids(effects: &[Effect]) -> Option<Vec<crate::types::SubmissionId>> {
    let batch = batch_of(effects)?;
    Some(batch.submissions().iter().map(Submission::id).collect())
}

#[test]
fn an_own_batch_is_sealed_anew_when_its_last_height_is_past() {
    let (mut bench, submission) = with_short_lived_batch();
    let decided = fetch_next_block(&mut bench);
    let committed = bench.commit(&decided, &[]);
    assert_eq!(ids(&committed), Some(vec![submission.id()]));
    assert!(batch_of(&committed).unwrap().reference().last_height > Height(2));
    assert_eq!(bench.replica.backlog().unordered_batches, 1);
    let counters = bench.replica.counters();
    let counted = (counters.batches_expired, counters.submissions_resealed);
    assert_eq!(counted, (1, 1));
}

#[test]
fn a_batch_that_was_out_of_time_on_the_disk_is_sealed_anew() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(4, 4)));
    let submission = submission_on(&ledger);
    let batch = |author| {
        let submissions = vec![submission.clone()];
        ledger.network().batch(author, 1, Height(1), submissions)
    };
    let batches = [batch(0), batch(1)];
    ledger.order(&[], Vec::new());
    let (mut bench, _) = Bench::on(ledger, 0, &batches, SigningState::Active);
    let resealed = bench.after(100, Input::TimerElapsed(Timer::Tick));
    assert_eq!(ids(&resealed), Some(vec![submission.id()]));
    assert_eq!(bench.replica.backlog().unordered_batches, 1);
}

/// Batches for heights that the others have decided would be stored, and sealed anew, again and again.
#[test]
fn nothing_is_sealed_anew_before_the_node_has_caught_up() {
    let (mut bench, submission) = with_short_lived_batch();
    let mut asked = Vec::new();
    for peer in 1..4 {
        bench.connect(peer);
        let height = Height(22);
        asked.extend(bench.message(peer, CheckedMessage::Status { height }));
    }
    let first = take_next_block(&mut bench, &asked);
    assert_eq!(bench.replica.heights_behind(), 21);
    assert_eq!(ids(&first), None);
    assert_eq!(bench.replica.resealing.len(), 1);
    let second = take_next_block(&mut bench, &first);
    assert_eq!(ids(&second), Some(vec![submission.id()]));
}

/// The peer that was asked answers with the next block. Returns what committing it gives.
fn take_next_block(bench: &mut Bench, asked: &[Effect]) -> Vec<Effect> {
    let id = request_of(asked).expect("a request").id;
    let block = bench.ledger.next_block(&[], Vec::new());
    let certificate = bench
        .network
        .commit_certificate(block.height(), block.digest());
    let decided = DecidedBlock { block, certificate };
    let mut effects = bench.step(Input::Answer {
        id,
        answer: Answer::Blocks(vec![decided]),
    });
    effects.extend(bench.commit(&effects, &[]));
    effects
}

#[test]
fn whoever_waits_is_told_when_there_is_no_room_to_seal_anew() {
    let (mut bench, _) = with_short_lived_batch();
    let others: Vec<Batch> = (1..4)
        .map(|author| {
            let submissions = vec![bench.submission(10)];
            bench.network.batch(author, 1, Height(1), submissions)
        })
        .collect();
    let most_bytes = others[0].reference().byte_count;
    bench.replica.resealing = bench.ledger.checked(&others).into();
    bench.replica.pool = {
        let limits = PoolLimits {
            bytes_per_author: u64::from(most_bytes),
            ..PoolLimits::default()
        };
        let mut pool = BatchPool::new(limits);
        let own = bench.replica.held.values().next().unwrap().batch();
        let ids = own.submissions().iter().map(Submission::id).collect();
        pool.insert(own.reference().clone(), ids, bench.now);
        pool
    };
    let decided = fetch_next_block(&mut bench);
    let committed = names(&bench.commit(&decided, &[]));
    let given_up = "give up 1 submissions".to_owned();
    assert!(committed.contains(&given_up), "{committed:?}");
    assert_eq!(bench.replica.counters().submissions_given_up, 1);
}
