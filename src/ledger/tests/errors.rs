//! What is fatal: a store that fails or lies, and blocks that are not the next.

use std::sync::Arc;

use bytes::Bytes;

use crate::contracts::{EffectError, StateKey};
use crate::crypto::Blake3Digest;
use crate::ledger::{LedgerError, StateTreeError, apply};
use crate::testing::{MemoryLedger, TestNetwork, event_record};
use crate::types::{
    Batch, Block, BlockDigest, Height, ReadError, Space, StateReader, StateRoot, Timestamp,
};

/// A store that answers some keys with something else.
struct Faulty<'a> {
    ledger: &'a MemoryLedger,
    space: Space,
    answer: Result<Bytes, ReadError>,
}

impl StateReader for Faulty<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        // What a block begins with: the errors of the rest are asked for.
        let spared = [StateKey::Liveness, StateKey::Validators].map(StateKey::to_bytes);
        if space == self.space && !spared.iter().any(|spared| spared == key) {
            return self.answer.clone().map(Some);
        }
        self.ledger.get(space, key)
    }
}

fn ready() -> (MemoryLedger, Block, Batch) {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
    ledger.order(&[], Vec::new());
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), vec![event_record(1)]);
    let batch = ledger.batch(vec![submission]);
    let evidence = ledger.network().double_vote(0, Height(1), 0);
    let block = ledger.next_block(std::slice::from_ref(&batch), vec![evidence]);
    (ledger, block, batch)
}

fn apply_on(space: Space, answer: Result<Bytes, ReadError>) -> LedgerError {
    let (ledger, block, batch) = ready();
    let faulty = Faulty {
        ledger: &ledger,
        space,
        answer,
    };
    let certificate = ledger
        .network()
        .commit_certificate(block.height(), block.digest());
    let batches = ledger.checked(&[batch]);
    let rulebook = ledger.rulebook();
    apply(
        &faulty,
        rulebook,
        ledger.tip(),
        &block,
        &certificate,
        &batches,
    )
    .unwrap_err()
}

#[test]
fn a_store_that_fails_stops_the_ledger() {
    let error = ReadError::new("disk on fire");
    for space in [Space::Submissions, Space::Offences] {
        let found = apply_on(space, Err(error.clone()));
        assert_eq!(found, LedgerError::Read(error.clone()));
    }
    for space in [Space::State, Space::Records] {
        let found = apply_on(space, Err(error.clone()));
        assert_eq!(found, LedgerError::Effect(EffectError::Read(error.clone())));
    }
}

#[test]
fn a_store_that_lies_stops_the_ledger() {
    for space in [Space::State, Space::Records] {
        let found = apply_on(space, Ok(Bytes::from_static(b"damaged bytes")));
        assert!(
            matches!(found, LedgerError::Effect(EffectError::Corrupt { .. })),
            "{found}"
        );
    }
}

#[test]
fn a_state_tree_that_does_not_fit_the_root_stops_the_ledger() {
    let network = Arc::new(TestNetwork::new(1, 1));
    let ledger = MemoryLedger::new(network.clone());
    let key = crate::testing::secret_key("new");
    let purpose = crate::types::KeyPurpose::Writer;
    let add = crate::testing::add_key(&network.ledger(), &network.member(0), &key, purpose);
    let batch = ledger.batch(vec![network.submission(0, ledger.expiry(), vec![add])]);
    let mut tip = ledger.tip().clone();
    tip.state_root = StateRoot(Blake3Digest::of(b"another"));
    let mut header = ledger.next_header();
    header.state_root = tip.state_root;
    let body = ledger.next_body(std::slice::from_ref(&batch), Vec::new());
    let block = Block::new(header, body);
    let certificate = network.commit_certificate(block.height(), block.digest());
    let batches = ledger.checked(&[batch]);
    let rulebook = ledger.rulebook();
    let found = apply(&ledger, rulebook, &tip, &block, &certificate, &batches).unwrap_err();
    let expected = StateTreeError::Inconsistent { depth: 0 };
    assert_eq!(found, LedgerError::StateTree(expected));
}

#[test]
fn a_block_that_does_not_follow_is_not_applied() {
    let (ledger, block, batch) = ready();
    let batches = std::slice::from_ref(&batch);
    let with_header = |change: fn(&mut crate::types::BlockHeader)| {
        let mut header = block.header().clone();
        change(&mut header);
        let block = Block::new(header, block.body().clone());
        (
            ledger.apply(&block, batches).unwrap_err(),
            block.digest(),
            block.height(),
        )
    };
    for change in [
        (|header| header.height = Height(1)) as fn(&mut crate::types::BlockHeader),
        |header| header.height = Height(3),
        |header| header.parent = BlockDigest(Blake3Digest::of(b"another")),
    ] {
        let (found, digest, height) = with_header(change);
        let tip = Height(1);
        assert_eq!(
            found,
            LedgerError::NotNext {
                block: digest,
                height,
                tip
            }
        );
    }
    for change in [
        (|header| header.log_size += 1) as fn(&mut crate::types::BlockHeader),
        |header| header.log_root = crate::crypto::Sha256Digest::ZERO,
        |header| header.state_root = StateRoot(Blake3Digest::ZERO),
    ] {
        let (found, digest, height) = with_header(change);
        assert_eq!(
            found,
            LedgerError::Diverged {
                block: digest,
                height
            }
        );
    }
    // Time is for the vote: what is decided is applied.
    let mut header = block.header().clone();
    header.time = Timestamp::from_ms(0);
    let early = Block::new(header, block.body().clone());
    assert!(ledger.apply(&early, batches).is_ok());
}

#[test]
fn batches_come_in_the_blocks_order() {
    let (ledger, _, first) = ready();
    let network = ledger.network();
    let other = network.submission(0, ledger.expiry(), vec![event_record(2)]);
    let second = network.batch(0, 99, ledger.tip().height.plus(1), vec![other]);
    let block = ledger.next_block(&[first.clone(), second.clone()], Vec::new());
    let mismatch = |batch: &Batch| LedgerError::BatchMismatch {
        batch: batch.digest(),
    };
    let cases = [
        (vec![second.clone(), first.clone()], mismatch(&first)),
        (vec![first.clone()], mismatch(&second)),
        (vec![first.clone(), first.clone()], mismatch(&second)),
        (Vec::new(), mismatch(&first)),
    ];
    for (batches, error) in cases {
        assert_eq!(ledger.apply(&block, &batches).unwrap_err(), error);
    }
    assert!(ledger.apply(&block, &[first, second]).is_ok());
}
