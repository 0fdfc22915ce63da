use proptest::prelude::*;

use super::*;
use crate::consensus::tests::support::*;

proptest! {
    #[test]
    fn encoding_survives(value in arbitrary_record()) {
        check_round_trip(value)?;
    }

    #[test]
    fn decoding_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_canonical::<LogRecord>(&bytes)?;
    }

    #[test]
    fn mutated_bytes_are_refused_or_mean_what_they_say(
        value in arbitrary_record(),
        at: prop::sample::Index,
        flip in 1_u8..,
        cut: prop::sample::Index,
    ) {
        check_mutations(&value, at, flip, cut)?;
    }
}

#[test]
fn records_that_are_never_written_are_refused() {
    use crate::types::VoteType;

    let committee = Committee::new(4);
    let rebroadcast = LogRecord::Timeout(timeout(TimeoutKind::Rebroadcast, (1, 0)));
    let high = LogRecord::Vote(committee.vote(0, VoteType::Prevote, (1, MAX_ROUND + 1), None));
    let proposal = committee.proposal(0, (1, MAX_ROUND + 1), None, block("A"));
    for record in [rebroadcast, high, LogRecord::Proposal(proposal)] {
        assert!(matches!(
            LogRecord::from_bytes(&record.to_bytes()),
            Err(DecodeError::Invalid { .. })
        ));
    }
    let mut bytes = LogRecord::Vote(committee.prevote(0, (1, 0), None)).to_bytes();
    bytes[2] = 9;
    assert!(matches!(
        LogRecord::from_bytes(&bytes),
        Err(DecodeError::UnknownTag { tag: 9, .. })
    ));
    bytes[0] = 9;
    assert!(matches!(
        LogRecord::from_bytes(&bytes),
        Err(DecodeError::UnknownVersion { .. })
    ));
}

#[test]
fn the_disk_format_does_not_change_by_accident() {
    let committee = Committee::new(4);
    let records = [
        LogRecord::Vote(committee.precommit(0, (3, 1), Some(block("A")))),
        LogRecord::Proposal(committee.proposal(1, (3, 1), None, block("A"))),
        LogRecord::Verdict(verdict((3, 1), block("A"), Verdict::Invalid)),
        LogRecord::Timeout(timeout(TimeoutKind::Precommit, (3, 1))),
        LogRecord::Polka(committee.polka(&[0, 1, 2], (3, 1), block("A"))),
    ];
    let bytes: Vec<u8> = records.iter().flat_map(Encode::to_bytes).collect();
    assert_eq!(
        crate::crypto::Blake3Digest::of(&bytes).to_string(),
        "20f7a866950b64e43c646b62a2fe751707b1c8240a3b4fb8d5af5a0a5cf151fa"
    );
}
