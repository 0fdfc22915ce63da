use proptest::prelude::*;

use super::*;
use crate::consensus::tests::support::*;

proptest! {
    #[test]
    fn encoding_survives(value in arbitrary_message()) {
        check_round_trip(value)?;
    }

    #[test]
    fn decoding_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_canonical::<ConsensusMessage>(&bytes)?;
    }

    #[test]
    fn mutated_bytes_are_refused_or_mean_what_they_say(
        value in arbitrary_message(),
        at: prop::sample::Index,
        flip in 1_u8..,
        cut: prop::sample::Index,
    ) {
        check_mutations(&value, at, flip, cut)?;
    }
}

#[test]
fn the_longest_message_fits_its_limit() {
    use crate::consensus::round_certificate::{RoundCertificateKind, RoundVote};
    use crate::types::{Round, ValidatorIndex, VoteType, limits::MAX_VALIDATORS};

    let votes = (0..MAX_VALIDATORS).map(|index| RoundVote {
        validator: ValidatorIndex(u16::try_from(index).unwrap()),
        vote_type: VoteType::Precommit,
        block: Some(block("block")),
        signature: crate::crypto::Signature::from_bytes([7; 64]),
    });
    let mut certificate = RoundCertificate {
        height: Height(u64::MAX),
        round: Round(0),
        kind: RoundCertificateKind::Skip,
        votes: votes.collect(),
    };
    let message = ConsensusMessage::Round(certificate.clone());
    let bytes = message.to_bytes();
    assert!(bytes.len() <= MAX_MESSAGE_BYTES);
    assert_eq!(ConsensusMessage::from_bytes(&bytes), Ok(message));
    assert!(matches!(
        ConsensusMessage::from_bytes(&vec![0; MAX_MESSAGE_BYTES + 1]),
        Err(DecodeError::LimitExceeded { .. })
    ));
    certificate.votes.swap(3, 4);
    assert!(matches!(
        ConsensusMessage::from_bytes(&ConsensusMessage::Round(certificate).to_bytes()),
        Err(DecodeError::Invalid { .. })
    ));
}

#[test]
fn unknown_versions_and_tags_are_refused() {
    let committee = Committee::new(4);
    let vote = ConsensusMessage::Vote(committee.prevote(0, (1, 0), None));
    let mut bytes = vote.to_bytes();
    bytes[2] = 9;
    assert!(matches!(
        ConsensusMessage::from_bytes(&bytes),
        Err(DecodeError::UnknownTag { tag: 9, .. })
    ));
    bytes[1] = 9;
    assert!(matches!(
        ConsensusMessage::from_bytes(&bytes),
        Err(DecodeError::UnknownVersion { version: 9, .. })
    ));
}

#[test]
fn the_wire_format_does_not_change_by_accident() {
    let committee = Committee::new(4);
    let votes = [0, 2].map(|voter| committee.precommit(voter, (3, 1), Some(block("A"))));
    let messages = [
        ConsensusMessage::Vote(committee.prevote(0, (3, 1), None)),
        ConsensusMessage::Proposal(committee.proposal(1, (3, 1), Some(0), block("A"))),
        ConsensusMessage::Polka(committee.polka(&[0, 1, 2], (3, 1), block("A"))),
        ConsensusMessage::Round(committee.round_certificate(
            crate::consensus::round_certificate::RoundCertificateKind::Skip,
            &votes,
        )),
        ConsensusMessage::Commit(committee.commit(&[0, 1, 3], (3, 1), block("A"))),
    ];
    let bytes: Vec<u8> = messages.iter().flat_map(Encode::to_bytes).collect();
    assert_eq!(
        crate::crypto::Blake3Digest::of(&bytes).to_string(),
        "a3ee4815f7bc878684d15b48115317fae2f992837eeb1dfc4e42686af0be1a73"
    );
}
