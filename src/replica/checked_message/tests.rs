use super::*;
use crate::testing::{MemoryLedger, TestNetwork, event_record};
use crate::types::{Encode, Round, VoteType};

struct Bench {
    ledger: MemoryLedger,
    context: MessageContext,
}

impl Bench {
    fn new() -> Self {
        let network = Arc::new(TestNetwork::new(4, 4));
        let validators = Arc::new(network.validators().clone());
        let ledger = MemoryLedger::new(network);
        let context = MessageContext {
            submissions: ledger.submission_context(),
            sets: ValidatorSets::new(
                Height::FIRST,
                Arc::clone(&validators),
                Arc::clone(&validators),
                validators,
            ),
        };
        Self { ledger, context }
    }

    fn batch(&self) -> Batch {
        let network = self.ledger.network();
        let submission = network.submission(0, self.ledger.expiry(), vec![event_record(1)]);
        self.ledger.batch(vec![submission])
    }

    fn check(&self, message: &PeerMessage) -> Result<CheckedMessage, PeerFault> {
        self.check_bytes(&message.to_bytes())
    }

    fn check_bytes(&self, bytes: &[u8]) -> Result<CheckedMessage, PeerFault> {
        check_message(&self.context, bytes, |_| false, CheckedBatch::check)
    }
}

#[test]
fn a_batch_on_disk_is_not_checked_again() {
    let bench = Bench::new();
    let batch = bench.batch();
    let message = PeerMessage::Batch(batch.bytes().clone()).to_bytes();
    let holds = |reference: &BatchReference| reference.digest == batch.digest();
    let checked = check_message(&bench.context, &message, holds, |_, _| {
        panic!("it was checked again")
    });
    assert!(
        matches!(checked, Ok(CheckedMessage::HeldBatch(digest)) if digest == batch.digest()),
        "{checked:?}"
    );
    assert!(matches!(
        bench.check_bytes(&message),
        Ok(CheckedMessage::Batch(_))
    ));
}

/// An honest peer with another program or another validator set must never be cut off.
#[test]
fn only_what_no_correct_node_sends_is_an_offence() {
    let bench = Bench::new();
    let network = bench.ledger.network();
    let status = PeerMessage::Status { height: Height(3) }.to_bytes();
    let mut newer_version = status.clone();
    newer_version[0] = 9;
    let mut newer_kind = status.clone();
    newer_kind[1] = 200;
    for bytes in [newer_version, newer_kind] {
        assert!(!bench.check_bytes(&bytes).unwrap_err().is_offence());
    }
    let torn = &status[..status.len() - 1];
    assert!(bench.check_bytes(torn).unwrap_err().is_offence());

    let mut vote = network.vote(1, VoteType::Prevote, Height(1), Round::ZERO, None);
    let other = network.vote(2, VoteType::Prevote, Height(1), Round::ZERO, None);
    vote.signature = other.signature;
    let forged = PeerMessage::Consensus(consensus::ConsensusMessage::Vote(vote));
    assert!(bench.check(&forged).unwrap_err().is_offence());

    // Another set than this node's: who is ahead may know better.
    let elsewhere = TestNetwork::new(7, 7);
    let stranger = (0..7)
        .find(|number| {
            let key = elsewhere.consensus_key(*number).public_key();
            network.validators().index_of(&key).is_none()
        })
        .unwrap();
    let submissions = bench.batch().submissions().to_vec();
    let theirs = elsewhere.batch(stranger, 0, Height(9), submissions.clone());
    let theirs = PeerMessage::Batch(theirs.bytes().clone());
    assert!(matches!(bench.check(&theirs), Ok(CheckedMessage::Outdated)));
    let intruder = Batch::seal(
        &network.ledger(),
        &elsewhere.consensus_key(stranger),
        crate::types::BatchSequence(0),
        network.validators().digest(),
        Height(9),
        submissions,
    )
    .unwrap();
    let intruder = PeerMessage::Batch(intruder.bytes().clone());
    assert!(!bench.check(&intruder).unwrap_err().is_offence());
    let reference = bench.batch().reference().clone();
    let mut certificate = network.availability_certificate(&reference);
    certificate.signatures.pop();
    let uncertified = PeerMessage::Certificate(certificate);
    assert!(!bench.check(&uncertified).unwrap_err().is_offence());
}

/// A message is judged by the validators of its height, as far as they are known: for the tip, the next
/// height and the one after it. Of another height nothing is believed, and nobody is blamed.
#[test]
fn a_message_is_judged_by_the_validators_of_its_height() {
    let mut bench = Bench::new();
    let network = Arc::clone(bench.ledger.network());
    let other = Arc::new(TestNetwork::new(7, 7).validators().clone());
    let old = Arc::new(network.validators().clone());
    let block = BlockDigest(crate::crypto::Blake3Digest::of(b"block"));
    let commit = |height| {
        let certificate = network.commit_certificate(height, block);
        PeerMessage::Consensus(consensus::ConsensusMessage::Commit(certificate))
    };
    // These decided height 4, others decide from height 6 on.
    let sets = |next: u64, sets: [&Arc<ValidatorSet>; 3]| {
        let [tip, current, upcoming] = sets.map(Arc::clone);
        ValidatorSets::new(Height(next), tip, current, upcoming)
    };
    bench.context.sets = sets(5, [&old, &old, &other]);
    for height in [4, 5] {
        let checked = bench.check(&commit(Height(height)));
        assert!(matches!(checked, Ok(CheckedMessage::Consensus { .. })));
    }
    let fault = bench.check(&commit(Height(6))).unwrap_err();
    assert!(!fault.is_offence(), "{fault}");
    let ahead = bench.check(&commit(Height(9))).unwrap();
    assert!(matches!(
        ahead,
        CheckedMessage::Status { height: Height(8) }
    ));
    let before = bench.check(&commit(Height(2))).unwrap();
    assert!(matches!(before, CheckedMessage::Outdated));
    // One height later the old ones are those of heights 4 and 5 still.
    bench.context.sets.advance(sets(6, [&old, &other, &other]));
    for height in [4, 5] {
        let checked = bench.check(&commit(Height(height)));
        assert!(matches!(checked, Ok(CheckedMessage::Consensus { .. })));
    }
    assert!(bench.check(&commit(Height(6))).is_err());
    assert!(matches!(
        bench.check(&commit(Height(3))),
        Ok(CheckedMessage::Outdated)
    ));
    // Batches are for a set: that which decides the next heights.
    let certificate = network.availability_certificate(bench.batch().reference());
    let certificate = PeerMessage::Certificate(certificate);
    let checked = bench.check(&certificate).unwrap();
    assert!(matches!(checked, CheckedMessage::Outdated));
    bench.context.sets = sets(6, [&old, &old, &other]);
    let checked = bench.check(&certificate).unwrap();
    assert!(matches!(checked, CheckedMessage::Certificate(_)));
}
