use super::*;
use crate::consensus::round_certificate::RoundCertificateKind;
use crate::consensus::tests::support::*;

fn verify(committee: &Committee, certificate: &impl Certificate) -> Result<(), CertificateError> {
    certificate.verify(&ledger(), &committee.set)
}

#[test]
fn a_polka_needs_a_quorum_of_prevotes() {
    let committee = Committee::new(4);
    let polka = committee.polka(&[0, 1, 3], (1, 0), block("A"));
    assert_eq!(verify(&committee, &polka), Ok(()));
    assert_eq!(polka.votes(&committee.set).len(), 3);
    let few = committee.polka(&[0, 3], (1, 0), block("A"));
    assert_eq!(
        verify(&committee, &few),
        Err(CertificateError::NoQuorum {
            signers: 2,
            quorum: 3
        })
    );
    let commit = committee.commit(&[0, 1, 3], (1, 0), block("A"));
    assert_eq!(verify(&committee, &commit), Ok(()));
    let precommits = PolkaCertificate {
        signatures: commit.signatures,
        ..polka
    };
    assert_eq!(
        verify(&committee, &precommits),
        Err(CertificateError::BadSignature {
            index: ValidatorIndex(0)
        })
    );
}

#[test]
fn a_round_certificate_needs_its_number_of_votes() {
    let committee = Committee::new(7);
    let prevotes: Vec<_> = (0..7)
        .map(|voter| committee.prevote(voter, (1, 4), None))
        .collect();
    let precommits: Vec<_> = (0..7)
        .map(|voter| committee.precommit(voter, (1, 4), Some(block("A"))))
        .collect();
    let skip = RoundCertificateKind::Skip;
    let precommit = RoundCertificateKind::Precommit;
    let make = |kind, votes: &[Signed<Vote>]| committee.round_certificate(kind, votes);
    assert_eq!(verify(&committee, &make(skip, &prevotes[..3])), Ok(()));
    assert_eq!(
        verify(&committee, &make(precommit, &precommits[..5])),
        Ok(())
    );
    let none = |signers, quorum| Err(CertificateError::NoQuorum { signers, quorum });
    assert_eq!(verify(&committee, &make(skip, &prevotes[..2])), none(2, 3));
    assert_eq!(
        verify(&committee, &make(precommit, &precommits[..4])),
        none(4, 5)
    );
    assert_eq!(
        verify(&committee, &make(precommit, &prevotes[..6])),
        none(0, 5)
    );
    let mut mixed = precommits[..6].to_vec();
    mixed[0] = prevotes[0].clone();
    assert_eq!(verify(&committee, &make(precommit, &mixed)), none(5, 5));
    let mut disordered = make(skip, &prevotes[..3]);
    disordered.votes.swap(0, 1);
    assert_eq!(
        verify(&committee, &disordered),
        Err(CertificateError::SignersOutOfOrder)
    );
    let mut twice = make(skip, &prevotes[..3]);
    twice.votes[1] = twice.votes[0].clone();
    assert_eq!(
        verify(&committee, &twice),
        Err(CertificateError::SignersOutOfOrder)
    );
    let mut stranger = make(skip, &prevotes[..3]);
    stranger.votes[2].validator = ValidatorIndex(7);
    let index = ValidatorIndex(7);
    assert_eq!(
        verify(&committee, &stranger),
        Err(CertificateError::UnknownSigner { index })
    );
    assert_eq!(stranger.votes(&committee.set).len(), 2);
    let mut forged = make(skip, &prevotes[..3]);
    forged.votes[1].block = Some(block("A"));
    let index = ValidatorIndex(1);
    assert_eq!(
        verify(&committee, &forged),
        Err(CertificateError::BadSignature { index })
    );
}
