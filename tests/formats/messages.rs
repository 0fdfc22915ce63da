//! What nodes send each other.

use bytes::Bytes;
use waybill::consensus::{
    ConsensusMessage, PolkaCertificate, RoundCertificate, RoundCertificateKind, RoundVote,
};
use waybill::replica::PeerMessage;
use waybill::sync::{DecidedBlock, SyncRequest, SyncResponse};
use waybill::types::*;

use super::fixtures::*;

pub fn polka() -> PolkaCertificate {
    PolkaCertificate {
        height: Height(8),
        round: Round(2),
        block: BlockDigest(digest(1)),
        signatures: signatures(),
    }
}

fn round_certificate() -> RoundCertificate {
    let votes = signatures().into_iter().map(|signed| RoundVote {
        validator: signed.validator,
        vote_type: VoteType::Precommit,
        block: (signed.validator.0 > 0).then(|| BlockDigest(digest(1))),
        signature: signed.signature,
    });
    RoundCertificate {
        height: Height(8),
        round: Round(2),
        kind: RoundCertificateKind::Precommit,
        votes: votes.collect(),
    }
}

fn block() -> Block {
    Block::new(header(), body())
}

pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let consensus = |message| PeerMessage::Consensus(message).to_bytes();
    let decided = DecidedBlock {
        block: block(),
        certificate: commit_certificate(),
    };
    let batch_bytes = batch().bytes().clone();
    vec![
        (
            "message, vote",
            consensus(ConsensusMessage::Vote(vote(None))),
        ),
        (
            "message, proposal of consensus",
            consensus(ConsensusMessage::Proposal(proposal(Some(Round(1))))),
        ),
        (
            "message, polka",
            consensus(ConsensusMessage::Polka(polka())),
        ),
        (
            "message, round certificate",
            consensus(ConsensusMessage::Round(round_certificate())),
        ),
        (
            "message, commit certificate",
            consensus(ConsensusMessage::Commit(commit_certificate())),
        ),
        (
            "message, proposal with block",
            PeerMessage::Proposal(proposal(None), Box::new(block())).to_bytes(),
        ),
        (
            "message, batch",
            PeerMessage::Batch(batch_bytes.clone()).to_bytes(),
        ),
        (
            "message, acknowledgement",
            PeerMessage::Acknowledgement(acknowledgement()).to_bytes(),
        ),
        (
            "message, availability certificate",
            PeerMessage::Certificate(availability_certificate()).to_bytes(),
        ),
        (
            "message, evidence",
            PeerMessage::Evidence(Box::new(double_vote())).to_bytes(),
        ),
        (
            "message, checkpoint",
            PeerMessage::Checkpoint("fixture.example\n1\nAA==\n".to_owned()).to_bytes(),
        ),
        (
            "message, status",
            PeerMessage::Status { height: Height(8) }.to_bytes(),
        ),
        (
            "request, blocks",
            SyncRequest::Blocks { from: Height(8) }.to_bytes(),
        ),
        (
            "request, batch",
            SyncRequest::Batch {
                digest: batch().digest(),
            }
            .to_bytes(),
        ),
        (
            "response, blocks",
            SyncResponse::Blocks(vec![decided]).to_bytes(),
        ),
        (
            "response, batch",
            SyncResponse::Batch(Some(batch_bytes)).to_bytes(),
        ),
        (
            "response, no batch",
            SyncResponse::Batch(None::<Bytes>).to_bytes(),
        ),
    ]
}
