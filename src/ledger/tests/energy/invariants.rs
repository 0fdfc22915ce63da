//! Whatever is done in whatever order, the ledger's certificates are those of a plain model: one owner and one
//! status for each certificate, kept in a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::{accept, commit_at};
use crate::contracts::{METER_OPERATOR_ROLE, read_hour_of_readings, read_issuance, read_piece};
use crate::ledger::questions::{ask_certificates_of, certificate_status};
use crate::records::energy::{IntervalDuration, MeteringInterval};
use crate::testing::{
    MemoryLedger, cancel_certificates, claim_certificates, correct_quarter, issue_certificates,
    network_with_roles, quarter, read_quarter, register_meter, transfer_certificates,
};
use crate::types::{LogIndex, MeterId, Outcome, Record, Submission, Timestamp};

const OPERATOR: usize = 1;
const ISSUER: usize = 2;
const METERS: [(&str, usize, &str); 4] = [
    ("PV-1", 3, "production"),
    ("PV-2", 4, "both"),
    ("HOUSE-1", 4, "consumption"),
    ("HOUSE-2", 5, "both"),
];
const QUARTERS: u32 = 3;

/// Something that is tried. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    Read {
        meter: usize,
        quarter: u32,
        wh: u64,
        replaces: bool,
    },
    Issue {
        device: usize,
        quarter: u32,
        count: u64,
        face: u64,
    },
    Transfer {
        by: usize,
        issuance: usize,
        range: (u64, u64),
        to: usize,
    },
    Cancel {
        by: usize,
        issuance: usize,
        range: (u64, u64),
        beneficiary: usize,
    },
    Claim {
        by: usize,
        issuance: usize,
        range: (u64, u64),
        meter: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let range = || (1..14u64, 0..9u64).prop_map(|(first, more)| (first, first + more));
    let meter = || 0..METERS.len();
    let member = || 3..6usize;
    prop_oneof![
        3 => (meter(), 0..QUARTERS, 0..40u64, any::<bool>())
            .prop_map(|(meter, quarter, wh, replaces)| Step::Read { meter, quarter, wh, replaces }),
        3 => (0..2usize, 0..QUARTERS, 1..14u64, 1..4u64)
            .prop_map(|(device, quarter, count, face)| Step::Issue { device, quarter, count, face }),
        4 => (member(), 0..4usize, range(), member())
            .prop_map(|(by, issuance, range, to)| Step::Transfer { by, issuance, range, to }),
        4 => (member(), 0..4usize, range(), member())
            .prop_map(|(by, issuance, range, beneficiary)| {
                Step::Cancel { by, issuance, range, beneficiary }
            }),
        4 => (member(), 0..4usize, range(), meter())
            .prop_map(|(by, issuance, range, meter)| Step::Claim { by, issuance, range, meter }),
    ]
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Status {
    Active,
    Cancelled(usize),
    Claimed(usize),
    Expired,
}

impl Status {
    fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled(_) => "cancelled",
            Self::Claimed(_) => "claimed",
            Self::Expired => "expired",
        }
    }
}

#[derive(Clone, Debug)]
struct Reading {
    entry: u64,
    wh: (u64, u64),
    issued: u64,
    claimed: u64,
}

#[derive(Clone, Debug)]
struct Issuance {
    entry: u64,
    device: usize,
    quarter: u32,
    face: u64,
    certificates: Vec<(usize, Status)>,
    /// Where something was cut.
    cuts: BTreeSet<u64>,
}

/// What the ledger should hold.
#[derive(Clone, Debug, Default)]
struct Model {
    readings: BTreeMap<(usize, u32), Reading>,
    issuances: Vec<Issuance>,
}

impl Model {
    /// The record of a step with who submits it, and whether it is to take effect as entry `index`.
    fn take(&mut self, step: &Step, index: u64) -> Option<(usize, Record, bool)> {
        match step {
            Step::Read {
                meter,
                quarter,
                wh,
                replaces,
            } => {
                let (name, _, kind) = METERS[*meter];
                let wh = match kind {
                    "production" => (0, *wh),
                    "consumption" => (*wh, 0),
                    _ => (*wh, *wh),
                };
                let known = self.readings.get(&(*meter, *quarter)).cloned();
                let record = match &known {
                    Some(known) if *replaces => correct_quarter(name, *quarter, wh, known.entry),
                    _ => read_quarter(name, *quarter, wh.0, wh.1),
                };
                let takes = known
                    .as_ref()
                    .is_none_or(|known| *replaces && known.issued <= wh.1 && known.claimed <= wh.0);
                if takes {
                    let (issued, claimed) = known.map_or((0, 0), |k| (k.issued, k.claimed));
                    let reading = Reading {
                        entry: index,
                        wh,
                        issued,
                        claimed,
                    };
                    self.readings.insert((*meter, *quarter), reading);
                }
                Some((OPERATOR, record, takes))
            }
            Step::Issue {
                device,
                quarter,
                count,
                face,
            } => {
                let (name, owner, _) = METERS[*device];
                let record = issue_certificates(name, *quarter, count * face, *face);
                let reading = self.readings.get_mut(&(*device, *quarter));
                let found = reading.filter(|r| r.issued == 0 && count * face <= r.wh.1);
                let takes = found.is_some();
                if let Some(reading) = found {
                    reading.issued = count * face;
                    let all = usize::try_from(*count).unwrap();
                    self.issuances.push(Issuance {
                        entry: index,
                        device: *device,
                        quarter: *quarter,
                        face: *face,
                        certificates: vec![(owner, Status::Active); all],
                        cuts: BTreeSet::from([1]),
                    });
                }
                Some((ISSUER, record, takes))
            }
            Step::Transfer {
                by,
                issuance,
                range,
                to,
            } => {
                let issuance = self.issuances.get_mut(*issuance)?;
                let record = transfer_certificates(issuance.entry, *range, *to);
                let takes = by != to && issuance.all(*range, &(*by, Status::Active));
                issuance.set(takes, *range, |one| one.0 = *to);
                Some((*by, record, takes))
            }
            Step::Cancel {
                by,
                issuance,
                range,
                beneficiary,
            } => {
                let issuance = self.issuances.get_mut(*issuance)?;
                let record = cancel_certificates(issuance.entry, *range, *beneficiary);
                let takes = issuance.all(*range, &(*by, Status::Active));
                issuance.set(takes, *range, |one| one.1 = Status::Cancelled(*beneficiary));
                Some((*by, record, takes))
            }
            Step::Claim {
                by,
                issuance,
                range,
                meter,
            } => {
                let issuance = self.issuances.get_mut(*issuance)?;
                let (name, owner, _) = METERS[*meter];
                let record = claim_certificates(issuance.entry, *range, name);
                let wh = (range.1 - range.0 + 1) * issuance.face;
                let reading = self.readings.get_mut(&(*meter, issuance.quarter));
                let reading = reading.filter(|r| owner == *by && r.claimed + wh <= r.wh.0);
                let is_cancelled = issuance
                    .owner(range.0)
                    .is_some_and(|owner| issuance.all(*range, &(owner, Status::Cancelled(*by))));
                let takes = is_cancelled && reading.is_some();
                if let Some(reading) = reading.filter(|_| takes) {
                    reading.claimed += wh;
                }
                issuance.set(takes, *range, |one| one.1 = Status::Claimed(*by));
                Some((*by, record, takes))
            }
        }
    }

    /// How many certificates of a status a member has.
    fn count(&self, owner: usize, status: &str) -> u64 {
        let all = self.issuances.iter().flat_map(|i| &i.certificates);
        all.filter(|(of, is)| *of == owner && is.word() == status)
            .count() as u64
    }
}

impl Issuance {
    fn owner(&self, number: u64) -> Option<usize> {
        let place = usize::try_from(number - 1).unwrap();
        self.certificates.get(place).map(|(owner, _)| *owner)
    }

    fn slice(&mut self, (first, last): (u64, u64)) -> &mut [(usize, Status)] {
        let place = |number: u64| usize::try_from(number).unwrap();
        &mut self.certificates[place(first) - 1..place(last)]
    }

    /// Whether all certificates of a range are there, are such, and are in one piece.
    fn all(&self, (first, last): (u64, u64), such: &(usize, Status)) -> bool {
        let in_range = last <= self.certificates.len() as u64;
        in_range
            && self.cuts.range(first + 1..last + 1).next().is_none()
            && self
                .clone()
                .slice((first, last))
                .iter()
                .all(|one| one == such)
    }

    fn set(&mut self, takes: bool, range: (u64, u64), change: impl Fn(&mut (usize, Status))) {
        if takes {
            self.slice(range).iter_mut().for_each(change);
            self.cuts.insert(range.0);
            if range.1 < self.certificates.len() as u64 {
                self.cuts.insert(range.1 + 1);
            }
        }
    }
}

fn fresh() -> MemoryLedger {
    let roles = [
        (OPERATOR, METER_OPERATOR_ROLE),
        (ISSUER, "certificate-issuer"),
    ];
    let mut ledger = MemoryLedger::new(Arc::new(network_with_roles(6, &roles)));
    for (name, owner, kind) in METERS {
        accept(&mut ledger, OPERATOR, register_meter(name, owner, kind));
    }
    ledger
}

/// Holds the ledger against the model.
fn compare(ledger: &MemoryLedger, model: &Model) {
    for issuance in &model.issuances {
        let index = LogIndex(issuance.entry);
        let stored = read_issuance(ledger, index).unwrap().unwrap();
        let starts: Vec<u64> = issuance.cuts.iter().copied().collect();
        assert_eq!(stored.starts, starts);
        let mut expected_next = 1;
        for first in &stored.starts {
            // Pieces follow each other: none overlaps, none is lost.
            assert_eq!(*first, expected_next);
            let piece = read_piece(ledger, index, *first).unwrap().unwrap();
            for number in *first..=piece.last {
                let place = usize::try_from(number - 1).unwrap();
                let (owner, status) = &issuance.certificates[place];
                assert_eq!(piece.owner, ledger.network().member(*owner));
                assert_eq!(piece.status.as_str(), status.word());
                let beneficiary = match status {
                    Status::Cancelled(member) | Status::Claimed(member) => Some(*member),
                    Status::Active | Status::Expired => None,
                };
                let beneficiary = beneficiary.map(|member| ledger.network().member(member));
                assert_eq!(piece.status.beneficiary(), beneficiary.as_ref());
            }
            expected_next = piece.last + 1;
        }
        assert_eq!(expected_next, stored.count + 1);
        // Active, cancelled, claimed and expired together are what was issued, and no more than was metered.
        let issued = stored.count * stored.face_value_wh;
        let reading = &model.readings[&(issuance.device, issuance.quarter)];
        assert_eq!(issued, reading.issued);
        assert!(issued <= reading.wh.1);
    }
    for ((meter, number), expected) in &model.readings {
        let meter = MeterId::new(METERS[*meter].0).unwrap();
        let interval =
            MeteringInterval::new(quarter(*number), IntervalDuration::QUARTER_HOUR).unwrap();
        let hour = read_hour_of_readings(ledger, &meter, interval.hour()).unwrap();
        let stored = hour.get(interval).unwrap();
        assert_eq!((stored.wh_in, stored.wh_out), expected.wh);
        assert_eq!(stored.entry.0, expected.entry);
        assert_eq!(stored.issued.map_or(0, |(_, wh)| wh), expected.issued);
        assert_eq!(stored.claimed_wh, expected.claimed);
        assert!(expected.claimed <= expected.wh.0);
    }
    for member in 0..6 {
        let owner = ledger.network().member(member);
        for status in ["active", "cancelled", "claimed", "expired"] {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn certificates_are_those_of_a_plain_model(
        blocks in prop::collection::vec(prop::collection::vec(step(), 1..20), 1..4),
    ) {
        let mut ledger = fresh();
        let mut model = Model::default();
        let mut log: Vec<Vec<Submission>> = Vec::new();
        for steps in &blocks {
            let first = ledger.log_size();
            let mut expected = Vec::new();
            let mut submissions = Vec::new();
            for step in steps {
                let place = expected.len() as u64;
                let Some((by, record, takes)) = model.take(step, first + place) else {
                    continue;
                };
                expected.push((step, takes));
                // The same record again is another submission.
                let expires = Timestamp::from_ms(ledger.expiry().as_ms() + place as i64);
                submissions.push(ledger.network().submission(by, expires, vec![record]));
            }
            if submissions.is_empty() {
                continue;
            }
            let applied = ledger.submit(submissions.clone());
            log.push(submissions);
            let outcomes = applied.records.iter().flat_map(|record| &record.outcomes);
            prop_assert_eq!(outcomes.clone().count(), expected.len());
            for (outcome, (step, takes)) in outcomes.zip(expected) {
                prop_assert_eq!(outcome.took_effect(), takes, "{:?}: {:?}", step, outcome);
                let is_flagged = matches!(outcome, Outcome::Flagged { .. });
                prop_assert!(!is_flagged, "{:?}", step);
            }
            compare(&ledger, &model);
        }
        // The same submissions make the same state.
        let mut again = fresh();
        for submissions in log {
            again.submit(submissions);
        }
        prop_assert_eq!(again.tip().state_root, ledger.tip().state_root);
        // In the end all that is active expires.
        commit_at(&mut ledger, quarter(QUARTERS).plus_months(18));
        for issuance in &mut model.issuances {
            for (_, status) in &mut issuance.certificates {
                if *status == Status::Active {
                    *status = Status::Expired;
                }
            }
        }
        compare(&ledger, &model);
    }
}
