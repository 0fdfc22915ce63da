//! Meters, readings and certificates: what is in the state and in its indices.

use waybill::contracts::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus,
    CertificateStep, CorrectedReading, HourOfEnergy, HourOfReadings, IndexKey, IntervalOfEnergy,
    Meter, MeterStep, StateKey, StoredReading, Task,
};
use waybill::records::energy::{Carrier, IntervalDuration, MeterKind, MeteringInterval};
use waybill::types::*;

use super::fixtures::*;

/// The hour in which [`TIME`] lies.
const HOUR: Timestamp = Timestamp::from_ms(1_767_225_600_000);

fn meter_id() -> MeterId {
    MeterId::new("CH-PV-1").unwrap()
}

fn area() -> MarketArea {
    MarketArea::new("CH-ZH").unwrap()
}

fn interval() -> MeteringInterval {
    MeteringInterval::new(HOUR, IntervalDuration::QUARTER_HOUR).unwrap()
}

fn meter() -> Meter {
    Meter {
        is_closed: false,
        operator: member_id(),
        owner: member_id(),
        area: area(),
        kind: MeterKind::Production,
        carrier: Some(Carrier::Solar),
        capacity_w: Some(500_000),
        registered: LogIndex(3),
        revision: 2,
    }
}

fn reading(issued: Option<(LogIndex, u64)>) -> HourOfReadings {
    HourOfReadings(vec![StoredReading {
        interval: interval(),
        wh_in: 7,
        wh_out: 420_000,
        entry: LogIndex(5),
        replaces: Some(LogIndex(4)),
        member: member_id(),
        area: area(),
        issued,
        claimed_wh: 6,
    }])
}

fn piece(status: CertificateStatus) -> CertificatePiece {
    CertificatePiece {
        last: 100,
        owner: member_id(),
        status,
        latest: LogIndex(9),
    }
}

fn issuance() -> CertificateIssuance {
    CertificateIssuance {
        issuer: member_id(),
        device: meter_id(),
        interval: interval(),
        carrier: Carrier::Wind,
        area: area(),
        face_value_wh: 1_000,
        count: 400,
        expires: Some(TIME),
        expires_before: Some(LogIndex(8)),
        starts: vec![1, 101],
    }
}

fn state_keys() -> Vec<u8> {
    let (meter, area, member) = (meter_id(), area(), member_id());
    [
        StateKey::Meter(&meter),
        StateKey::MeterReadings {
            meter: &meter,
            hour: interval().hour(),
        },
        StateKey::MeteredEnergy {
            area: &area,
            member: &member,
            hour: interval().hour(),
        },
        StateKey::CertificateIssuance(LogIndex(9)),
        StateKey::CertificatePiece {
            issuance: LogIndex(9),
            first: 101,
        },
        StateKey::CertificateExpiry(TIME),
    ]
    .map(StateKey::to_bytes)
    .concat()
}

fn index_keys() -> Vec<u8> {
    let (meter, member) = (meter_id(), member_id());
    [
        IndexKey::MeterStep {
            meter: &meter,
            revision: 2,
        },
        IndexKey::CertificateStep {
            issuance: LogIndex(9),
            first: 101,
            index: LogIndex(12),
        },
        IndexKey::CorrectedReading(LogIndex(4)),
        IndexKey::CertificateHolding {
            owner: &member,
            status: 1,
            issuance: LogIndex(9),
            first: 101,
        },
        IndexKey::CertificateHeld {
            owner: &member,
            status: 1,
            issuance: LogIndex(9),
            first: 101,
        },
    ]
    .map(IndexKey::to_bytes)
    .concat()
}

pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let (beneficiary, consumption) = (member_id(), meter_id());
    let step = |before| CertificateStep {
        height: Height(7),
        time: TIME,
        operation: CertificateOperation::Transfer,
        piece: piece(CertificateStatus::Active),
        before,
    };
    vec![
        ("meter", meter().to_bytes()),
        (
            "meter step",
            MeterStep {
                index: LogIndex(3),
                height: Height(2),
                time: TIME,
                meter: meter(),
            }
            .to_bytes(),
        ),
        ("meter readings", reading(None).to_bytes()),
        (
            "meter readings, issued",
            reading(Some((LogIndex(9), 400_000))).to_bytes(),
        ),
        (
            "meter reading, corrected",
            CorrectedReading {
                wh_in: 7,
                wh_out: 419_000,
                replaces: Some(LogIndex(3)),
            }
            .to_bytes(),
        ),
        (
            "metered energy",
            HourOfEnergy(vec![IntervalOfEnergy {
                interval: interval(),
                wh_in: 7,
                wh_out: 420_000,
                readings: 1,
            }])
            .to_bytes(),
        ),
        ("issuance of certificates", issuance().to_bytes()),
        (
            "certificates, active",
            piece(CertificateStatus::Active).to_bytes(),
        ),
        (
            "certificates, cancelled",
            piece(CertificateStatus::Cancelled {
                beneficiary: beneficiary.clone(),
            })
            .to_bytes(),
        ),
        (
            "certificates, claimed",
            piece(CertificateStatus::Claimed {
                beneficiary,
                meter: consumption,
            })
            .to_bytes(),
        ),
        (
            "certificates, expired",
            piece(CertificateStatus::Expired).to_bytes(),
        ),
        (
            "certificates, withdrawn",
            piece(CertificateStatus::Withdrawn).to_bytes(),
        ),
        ("certificate step", step(Some((1, LogIndex(9)))).to_bytes()),
        ("certificate step, first", step(None).to_bytes()),
        (
            "task, certificate expiry",
            Task::CertificateExpiry { due: TIME }.to_bytes(),
        ),
        ("state keys of meters and certificates", state_keys()),
        (
            "state key of cuts of an issuance",
            StateKey::CertificateCuts {
                issuance: LogIndex(9),
                member: &member_id(),
            }
            .to_bytes(),
        ),
        ("index keys of meters and certificates", index_keys()),
    ]
}
