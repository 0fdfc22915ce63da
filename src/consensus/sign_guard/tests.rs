use proptest::prelude::*;

use super::*;
use crate::consensus::tests::support::*;

#[test]
fn slots_are_signed_in_order_and_once() {
    let committee = Committee::new(4);
    let (a, b) = (Some(block("A")), Some(block("B")));
    let mut guard = SignGuard::unused();
    let proposal = |round, polka_round| {
        let signed = committee.proposal(0, (5, round), polka_round, block("A"));
        signed.message
    };
    let prevote = |at, block| committee.prevote(0, at, block).message;
    let precommit = |at, block| committee.precommit(0, at, block).message;
    assert!(guard.permit(proposal(1, None)).is_ok());
    assert!(guard.permit(proposal(1, None)).is_ok(), "the same again");
    let refused = guard.permit(proposal(1, Some(0))).unwrap_err();
    assert_eq!(refused.asked, refused.signed);
    assert_eq!(refused.asked_value.polka_round, Some(Round(0)));
    assert!(guard.permit(prevote((5, 1), a)).is_ok());
    assert!(guard.permit(proposal(1, None)).is_err(), "an earlier step");
    assert!(guard.permit(prevote((5, 1), b)).is_err());
    assert!(guard.permit(prevote((5, 1), None)).is_err());
    assert!(guard.permit(precommit((5, 1), None)).is_ok());
    assert!(guard.permit(prevote((5, 1), a)).is_err());
    assert!(
        guard.permit(prevote((5, 0), a)).is_err(),
        "an earlier round"
    );
    assert!(guard.permit(proposal(2, Some(1))).is_ok());
    let before = guard;
    assert!(
        guard.permit(precommit((4, 9), a)).is_err(),
        "an earlier height"
    );
    assert_eq!(guard, before, "a refusal changes nothing");
    assert!(guard.permit(prevote((6, 0), b)).is_ok());
}

#[test]
fn a_guard_of_no_statement_is_refused() {
    let committee = Committee::new(4);
    let mut guard = SignGuard::unused();
    guard
        .permit(committee.prevote(0, (5, 1), Some(block("A"))).message)
        .unwrap();
    let bytes = guard.to_bytes();
    assert_eq!(SignGuard::from_bytes(&bytes), Ok(guard));
    // Byte 15 is the step: a precommit may have this value, a proposal must not have a nil one.
    let mut proposal_of_nil = bytes[..16].to_vec();
    proposal_of_nil[15] = 0;
    proposal_of_nil.extend_from_slice(&[0, 0]);
    assert!(matches!(
        SignGuard::from_bytes(&proposal_of_nil),
        Err(DecodeError::Invalid { .. })
    ));
    let mut step = bytes.clone();
    step[15] = 3;
    assert!(matches!(
        SignGuard::from_bytes(&step),
        Err(DecodeError::UnknownTag {
            what: "step",
            tag: 3
        })
    ));
    let mut version = bytes;
    version[1] = 9;
    assert!(matches!(
        SignGuard::from_bytes(&version),
        Err(DecodeError::UnknownVersion { version: 9, .. })
    ));
}

proptest! {
    #[test]
    fn guards_survive_encoding(
        vote in arbitrary_vote(),
        proposal in arbitrary_proposal(),
        proposes: bool,
    ) {
        let mut guard = SignGuard::unused();
        prop_assert_eq!(SignGuard::from_bytes(&guard.to_bytes()), Ok(guard));
        if proposes {
            guard.permit(proposal.message).unwrap();
        } else {
            guard.permit(vote.message).unwrap();
        }
        prop_assert_eq!(SignGuard::from_bytes(&guard.to_bytes()), Ok(guard));
    }

    #[test]
    fn decoding_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(guard) = SignGuard::from_bytes(&bytes) {
            prop_assert_eq!(guard.to_bytes(), bytes);
        }
    }
}

#[test]
fn the_disk_format_does_not_change_by_accident() {
    let committee = Committee::new(4);
    let mut guard = SignGuard::unused();
    assert_eq!(guard.to_bytes(), [0, 1, 0]);
    let proposal = committee.proposal(0, (3, 1), Some(0), block("A"));
    guard.permit(proposal.message).unwrap();
    let digest = block("A");
    let expected = [
        &[0, 1, 1][..],
        &3_u64.to_be_bytes(),
        &1_u32.to_be_bytes(),
        &[0, 1],
        digest.as_bytes(),
        &[1],
        &0_u32.to_be_bytes(),
    ];
    assert_eq!(guard.to_bytes(), expected.concat());
}
