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
    let batch = elsewhere.batch(stranger, 0, Height(9), submissions);
    let stranger = PeerMessage::Batch(batch.bytes().clone());
    assert!(!bench.check(&stranger).unwrap_err().is_offence());
    let reference = bench.batch().reference().clone();
    let mut certificate = network.availability_certificate(&reference);
    certificate.signatures.pop();
    let uncertified = PeerMessage::Certificate(certificate);
    assert!(!bench.check(&uncertified).unwrap_err().is_offence());
}
