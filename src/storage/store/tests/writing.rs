//! What may be written, and what becomes of batches, checkpoints and sizes.

use super::*;
use crate::types::{BatchSequence, LedgerReader};

#[test]
fn a_commit_that_does_not_fit_is_refused_and_harms_nothing() {
    let mut pair = Pair::new();
    let batch = pair.batch(vec![pair.submission(0, vec![event_record(1)])]);
    let mut ahead = pair.model.clone();
    let first = ahead.order(std::slice::from_ref(&batch), Vec::new());
    let second = ahead.order(&[], Vec::new());
    assert!(matches!(
        pair.store.commit(&second.commit).unwrap_err(),
        StoreError::NotNext { .. }
    ));
    assert_eq!(
        pair.store.commit(&first.commit).unwrap_err(),
        StoreError::MissingBatch {
            batch: batch.digest(),
            height: Height(1)
        }
    );
    let changes: [fn(&mut Applied); 6] = [
        |applied| applied.commit.entries.truncate(1),
        |applied| applied.commit.entries.clear(),
        |applied| applied.commit.block.log_size += 1,
        |applied| applied.commit.tip.height = Height(7),
        |applied| applied.commit.block.certificate.height = Height(7),
        |applied| applied.commit.block.state_root.0 = crate::crypto::Blake3Digest::ZERO,
    ];
    pair.store
        .put_batches(&shared(std::slice::from_ref(&batch)))
        .unwrap();
    for change in changes {
        let mut wrong = first.clone();
        change(&mut wrong);
        assert!(matches!(
            pair.store.commit(&wrong.commit).unwrap_err(),
            StoreError::InconsistentCommit { .. }
        ));
    }
    pair.order(&[batch], Vec::new());
    assert!(matches!(
        pair.store.commit(&first.commit).unwrap_err(),
        StoreError::NotNext { .. }
    ));
    assert_eq!(pair.store.tip().unwrap(), pair.model.tip().unwrap());
}

#[test]
fn batches_are_pending_until_they_are_ordered() {
    let mut pair = Pair::new();
    let one = pair.batch(vec![pair.submission(0, vec![event_record(1)])]);
    let two = pair.network.batch(
        1,
        5,
        Height(3),
        vec![pair.submission(1, vec![event_record(2)])],
    );
    let both = [one.clone(), two.clone()];
    pair.store.put_batches(&shared(&both)).unwrap();
    let writes = pair.store.metrics().unwrap().synced_writes;
    pair.store.put_batches(&shared(&both)).unwrap();
    pair.store.put_batches(&[]).unwrap();
    assert_eq!(pair.store.metrics().unwrap().synced_writes, writes);
    let pending = pair.store.pending_batches().unwrap();
    assert_eq!(pending, [two.reference().clone(), one.reference().clone()]);
    let held = pair.store.held_batch(&one.digest()).unwrap();
    assert_eq!(held.as_ref(), Some(one.bytes()));
    assert_eq!(pair.store.batch(&one.digest()).unwrap(), held, "for peers");

    pair.order(std::slice::from_ref(&one), Vec::new());
    assert_eq!(
        pair.store.pending_batches().unwrap(),
        [two.reference().clone()]
    );
    assert_eq!(pair.store.batch(&one.digest()).unwrap(), held);
    // An ordered batch that comes again is not pending again.
    pair.store.put_batches(&shared(&[one])).unwrap();
    let pair = pair.reopen();
    assert_eq!(
        pair.store.pending_batches().unwrap(),
        [two.reference().clone()]
    );
}

#[test]
fn expired_batches_are_discarded_in_steps_and_ordered_ones_stay() {
    let mut pair = Pair::new();
    let submission = pair.submission(0, vec![event_record(1)]);
    let sealed = |sequence: u64, last_height: u64| {
        Batch::seal(
            &pair.network.ledger(),
            &pair.network.consensus_key(0),
            BatchSequence(sequence),
            pair.network.validators().digest(),
            Height(last_height),
            vec![submission.clone()],
        )
        .unwrap()
    };
    let count = MAX_DISCARDED_PER_STEP as u64 + 10;
    let expiring: Vec<Batch> = (0..count).map(|sequence| sealed(sequence, 2)).collect();
    let living = sealed(count, 3);
    pair.store.put_batches(&shared(&expiring)).unwrap();
    pair.store
        .put_batches(&shared(std::slice::from_ref(&living)))
        .unwrap();
    let ordered = expiring[0].clone();
    pair.order(std::slice::from_ref(&ordered), Vec::new());
    let nothing = DiscardProgress {
        discarded: 0,
        has_more: false,
    };
    assert_eq!(pair.store.discard_expired(Height(2)).unwrap(), nothing);
    assert_eq!(
        pair.store.discard_expired(Height(3)).unwrap(),
        DiscardProgress {
            discarded: MAX_DISCARDED_PER_STEP,
            has_more: true
        }
    );
    assert_eq!(
        pair.store.discard_expired(Height(3)).unwrap(),
        DiscardProgress {
            discarded: 9,
            has_more: false
        }
    );
    assert_eq!(pair.store.discard_expired(Height(3)).unwrap(), nothing);
    assert_eq!(
        pair.store.pending_batches().unwrap(),
        [living.reference().clone()]
    );
    assert!(pair.store.held_batch(&ordered.digest()).unwrap().is_some());
    let pair = pair.reopen();
    for batch in &expiring[1..] {
        assert_eq!(pair.store.held_batch(&batch.digest()).unwrap(), None);
    }
    assert!(pair.store.held_batch(&living.digest()).unwrap().is_some());
    pair.store.verify(|_| ()).unwrap();
}

#[test]
fn the_largest_checkpoint_is_kept() {
    let mut pair = Pair::new();
    pair.fill();
    let size = pair.model.ledger().log_size();
    pair.store.put_checkpoint("first", 5).unwrap();
    pair.store.put_checkpoint("last", size).unwrap();
    pair.store.put_checkpoint("older", 7).unwrap();
    pair.store.put_checkpoint("same size", size).unwrap();
    assert!(matches!(
        pair.store.put_checkpoint("beyond", size + 1).unwrap_err(),
        StoreError::BadCheckpoint { .. }
    ));
    let long = "x".repeat(MAX_CHECKPOINT_BYTES + 1);
    assert!(matches!(
        pair.store.put_checkpoint(&long, 1).unwrap_err(),
        StoreError::BadCheckpoint { .. }
    ));
    let pair = pair.reopen();
    assert_eq!(
        pair.store.checkpoint().unwrap().as_deref(),
        Some("same size")
    );
}

#[test]
fn the_cosigned_size_never_shrinks() {
    let pair = Pair::new();
    pair.store.put_cosigned_size(8).unwrap();
    pair.store.put_cosigned_size(8).unwrap();
    let pair = pair.reopen();
    assert_eq!(pair.store.cosigned_size().unwrap(), 8);
    assert_eq!(
        pair.store.put_cosigned_size(7).unwrap_err(),
        StoreError::CosignedSizeShrinks {
            stored: 8,
            given: 7
        }
    );
    pair.store.put_cosigned_size(9).unwrap();
    assert_eq!(pair.store.cosigned_size().unwrap(), 9);
}

#[test]
fn metrics_say_what_is_used() {
    let mut pair = Pair::new();
    let before = pair.store.metrics().unwrap();
    pair.fill();
    pair.store.entries(LogIndex(0), usize::MAX).unwrap();
    let after = pair.store.metrics().unwrap();
    assert!(after.disk_bytes > before.disk_bytes);
    assert!(after.write_buffer_bytes > 0);
    assert!(after.block_cache_bytes > 0);
    assert!(after.batch_cache_bytes > 0);
    assert_eq!(after.synced_writes - before.synced_writes, 6 + 9);
    assert!(after.synced_write_us > before.synced_write_us);
    assert_eq!(after.background_errors, 0);
}
