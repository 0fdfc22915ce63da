//! The ledger and the model, certificate by certificate and reading by reading.

use std::collections::BTreeMap;

use super::{METERS, Model, Span, Status, metering_interval};
use crate::contracts::{CertificateStatus, read_hour_of_readings, read_issuance, read_piece};
use crate::ledger::questions::{ask_certificates_of, certificate_status};
use crate::testing::MemoryLedger;
use crate::types::{LogIndex, MeterId};

/// Holds the ledger against the model.
pub(super) fn compare(ledger: &MemoryLedger, model: &Model) {
    let mut claimed: BTreeMap<(MeterId, Span), u64> = BTreeMap::new();
    for issuance in &model.issuances {
        let index = LogIndex(issuance.entry);
        let stored = read_issuance(ledger, index).unwrap().unwrap();
        let starts: Vec<u64> = issuance.cuts.iter().copied().collect();
        assert_eq!(stored.starts, starts);
        let (mut expected_next, mut withdrawn) = (1, 0);
        for first in &stored.starts {
            // Pieces follow each other: none overlaps, none is lost.
            assert_eq!(*first, expected_next);
            let piece = read_piece(ledger, index, *first).unwrap().unwrap();
            for number in *first..=piece.last {
                let (owner, status) = issuance.status(number);
                assert_eq!(piece.owner, ledger.network().member(owner));
                assert_eq!(piece.status.as_str(), status.word());
                let beneficiary = match status {
                    Status::Cancelled(member) | Status::Claimed(member) => Some(member),
                    Status::Active | Status::Expired | Status::Withdrawn => None,
                };
                let beneficiary = beneficiary.map(|member| ledger.network().member(member));
                assert_eq!(piece.status.beneficiary(), beneficiary.as_ref());
            }
            if let Some(meter) = piece.status.meter() {
                let wh = (piece.last - first + 1) * stored.face_value_wh;
                *claimed.entry((meter.clone(), issuance.span)).or_default() += wh;
            }
            if piece.status == CertificateStatus::Withdrawn {
                withdrawn += piece.last - first + 1;
            }
            expected_next = piece.last + 1;
        }
        // Active, cancelled, claimed and expired together are what was issued and not withdrawn.
        assert_eq!(expected_next, stored.count + 1);
        let issued = (stored.count - withdrawn) * stored.face_value_wh;
        assert_eq!(
            issued,
            model.readings[&(issuance.device, issuance.span)].issued
        );
    }
    for ((meter, span), expected) in &model.readings {
        let meter = MeterId::new(METERS[*meter].0).unwrap();
        let interval = metering_interval(*span);
        let hour = read_hour_of_readings(ledger, &meter, interval.hour()).unwrap();
        let stored = hour.get(interval).unwrap();
        assert_eq!((stored.wh_in, stored.wh_out), expected.wh);
        assert_eq!(stored.entry.0, expected.entry);
        let issued = stored.issued.map_or(0, |(_, wh)| wh);
        assert_eq!(issued, expected.issued);
        // No more is issued than was produced, and what all pieces say to be claimed was consumed.
        assert!(issued <= stored.wh_out);
        let claimed = claimed.remove(&(meter, *span)).unwrap_or(0);
        assert_eq!(stored.claimed_wh, claimed);
        assert!(claimed <= stored.wh_in);
    }
    assert!(claimed.is_empty(), "claims for no reading: {claimed:?}");
    for member in 0..6 {
        let owner = ledger.network().member(member);
        for status in CertificateStatus::WORDS {
            let code = certificate_status(status).unwrap();
            let held = ask_certificates_of(ledger, (&owner, code), None, None, 1_000).unwrap();
            let count: u64 = held
                .pieces
                .iter()
                .map(|answer| answer.piece.last - answer.first.number + 1)
                .sum();
            assert_eq!(count, model.count(member, status), "{owner} {status}");
        }
    }
}
