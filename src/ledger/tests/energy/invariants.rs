//! Whatever is done in whatever order, the ledger's certificates are those of a plain model: one owner and one
//! status for each certificate, kept in a list.

mod comparison;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use self::comparison::compare;
use super::{accept, commit_at};
use crate::contracts::METER_OPERATOR_ROLE;
use crate::records::energy::{IntervalDuration, MeteringInterval};
use crate::testing::{
    MemoryLedger, cancel_certificates, claim_certificates, network_with_roles, quarter, record,
    register_meter, transfer_certificates, withdraw_certificates,
};
use crate::types::{Outcome, Record, Submission, Timestamp};

const OPERATOR: usize = 1;
const ISSUER: usize = 2;
const METERS: [(&str, usize, &str); 4] = [
    ("PV-1", 3, "production"),
    ("PV-2", 4, "both"),
    ("HOUSE-1", 4, "consumption"),
    ("HOUSE-2", 5, "both"),
];

/// Intervals as the number of their first quarter and how many quarters they last: some overlap.
type Span = (u32, u32);
const SPANS: [Span; 6] = [(0, 1), (1, 1), (2, 1), (0, 2), (2, 2), (0, 4)];

/// Less than most issuances have.
const MOST_WH_OF_A_LOW_READING: u64 = 24;

/// Numbers that choose a range of certificates, and who does something with it, among what there is.
#[derive(Clone, Copy, Debug)]
struct Pick {
    piece: usize,
    first: u64,
    count: u64,
    /// Now and then something is not as it should be: another's, of another status, or beyond the piece.
    oddity: u8,
}

/// Whether a reading is the first of its interval, or takes the place of one that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Correction {
    None,
    OfAny,
    /// Of a reading that certificates were issued or claimed for, with little energy: most are refused.
    OfReliedOn,
}

/// Something that is tried.
#[derive(Clone, Debug)]
enum Step {
    Read {
        meter: usize,
        span: usize,
        wh: u64,
        correction: Correction,
    },
    Issue {
        device: usize,
        span: usize,
        count: u64,
        face: u64,
    },
    Transfer(Pick, usize),
    Cancel(Pick, usize),
    Claim(Pick, usize),
    Withdraw(Pick),
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = (any::<usize>(), any::<u64>(), any::<u64>(), any::<u8>());
    let pick = numbers.prop_map(|(piece, first, count, oddity)| Pick {
        piece,
        first,
        count,
        oddity,
    });
    let span = || 0..SPANS.len();
    let member = || 3..6usize;
    let correction = prop_oneof![
        4 => Just(Correction::None),
        3 => Just(Correction::OfAny),
        2 => Just(Correction::OfReliedOn),
    ];
    prop_oneof![
        4 => (0..METERS.len(), span(), 0..80u64, correction)
            .prop_map(|(meter, span, wh, correction)| Step::Read { meter, span, wh, correction }),
        3 => (0..2usize, span(), 1..14u64, 1..4u64)
            .prop_map(|(device, span, count, face)| Step::Issue { device, span, count, face }),
        4 => (pick.clone(), member()).prop_map(|(pick, to)| Step::Transfer(pick, to)),
        4 => (pick.clone(), member()).prop_map(|(pick, for_whom)| Step::Cancel(pick, for_whom)),
        1 => pick.clone().prop_map(Step::Withdraw),
        5 => (pick, 0..METERS.len()).prop_map(|(pick, meter)| Step::Claim(pick, meter)),
    ]
}

/// What each case begins with: readings that certificates are issued for, and can be claimed for.
fn beginnings() -> Vec<Step> {
    let reading = |(meter, span)| Step::Read {
        meter,
        span,
        wh: 60,
        correction: Correction::None,
    };
    let readings = [(0, 0), (0, 1), (1, 3), (2, 0), (2, 1), (3, 3)];
    let issuances = [(0, 0, 12, 2), (1, 3, 13, 3)];
    let issuances = issuances.map(|(device, span, count, face)| Step::Issue {
        device,
        span,
        count,
        face,
    });
    readings.map(reading).into_iter().chain(issuances).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Active,
    Cancelled(usize),
    Claimed(usize),
    Expired,
    Withdrawn,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled(_) => "cancelled",
            Self::Claimed(_) => "claimed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[derive(Clone, Debug)]
struct Reading {
    entry: u64,
    wh: (u64, u64),
    has_issuance: bool,
    issued: u64,
    claimed: u64,
}

#[derive(Clone, Debug)]
struct Issuance {
    entry: u64,
    device: usize,
    span: Span,
    face: u64,
    certificates: Vec<(usize, Status)>,
    /// Where something was cut.
    cuts: BTreeSet<u64>,
}

/// What the ledger should hold.
#[derive(Clone, Debug, Default)]
struct Model {
    readings: BTreeMap<(usize, Span), Reading>,
    issuances: Vec<Issuance>,
}

/// A record that is tried: who submits it, and what it does if it is to take effect.
type Try = (usize, Record, Result<&'static str, &'static str>);

impl Model {
    /// The record of a step as entry `index`.
    fn take(&mut self, step: &Step, index: u64) -> Option<Try> {
        match *step {
            Step::Read {
                meter,
                span,
                wh,
                correction,
            } => {
                let is_wanted = |reading: &Reading| match correction {
                    Correction::None => false,
                    Correction::OfAny => true,
                    Correction::OfReliedOn => reading.issued + reading.claimed > 0,
                };
                let known = self.readings.iter().filter(|(_, r)| is_wanted(r));
                let known: Vec<_> = known.map(|(place, _)| *place).collect();
                let chosen = (meter * SPANS.len() + span) % known.len().max(1);
                let place = known.get(chosen).copied();
                let wh = match correction {
                    Correction::OfReliedOn => wh % MOST_WH_OF_A_LOW_READING,
                    Correction::None | Correction::OfAny => wh,
                };
                let replaces = place.is_some();
                Some(self.read(place.unwrap_or((meter, SPANS[span])), wh, replaces, index))
            }
            Step::Issue {
                device,
                span,
                count,
                face,
            } => Some(self.issue((device, SPANS[span]), (count, face), index)),
            Step::Transfer(pick, to) => {
                let (place, range, by) = self.pick(pick, |s| s == Status::Active)?;
                let issuance = &mut self.issuances[place];
                let record = transfer_certificates(issuance.entry, range, to);
                let takes = by != to && issuance.all(range, &(by, Status::Active));
                issuance.set(takes, range, |one| one.0 = to);
                Some((by, record, if takes { Ok("transfer") } else { Err("") }))
            }
            Step::Cancel(pick, beneficiary) => {
                let (place, range, by) = self.pick(pick, |s| s == Status::Active)?;
                let issuance = &mut self.issuances[place];
                let record = cancel_certificates(issuance.entry, range, beneficiary);
                let takes = issuance.all(range, &(by, Status::Active));
                issuance.set(takes, range, |one| one.1 = Status::Cancelled(beneficiary));
                Some((by, record, if takes { Ok("cancel") } else { Err("") }))
            }
            Step::Claim(pick, meter) => self.claim(pick, meter),
            Step::Withdraw(pick) => {
                let (place, range, _) = self.pick(pick, |s| s == Status::Active)?;
                let by = match pick.oddity % 16 {
                    2 => OPERATOR,
                    _ => ISSUER,
                };
                let issuance = &mut self.issuances[place];
                let takes = by == ISSUER
                    && issuance
                        .owner(range.0)
                        .is_some_and(|owner| issuance.all(range, &(owner, Status::Active)));
                if takes {
                    let wh = (range.1 - range.0 + 1) * issuance.face;
                    let reading = self.readings.get_mut(&(issuance.device, issuance.span));
                    reading.unwrap().issued -= wh;
                }
                issuance.set(takes, range, |one| one.1 = Status::Withdrawn);
                let record = withdraw_certificates(issuance.entry, range);
                Some((by, record, if takes { Ok("withdraw") } else { Err("") }))
            }
        }
    }

    fn read(&mut self, place: (usize, Span), wh: u64, replaces: bool, index: u64) -> Try {
        let (name, _, kind) = METERS[place.0];
        let wh = match kind {
            "production" => (0, wh),
            "consumption" => (wh, 0),
            _ => (wh, wh),
        };
        let mut body = interval_of(place.1);
        body["meter"] = json!(name);
        body["whIn"] = json!(wh.0);
        body["whOut"] = json!(wh.1);
        let known = self.readings.get(&place).cloned();
        if let Some(known) = known.as_ref().filter(|_| replaces) {
            body["replaces"] = json!(known.entry);
        }
        let record = record("energy.meter-reading", 1, body.to_string());
        let overlaps =
            |other: Span| other.0 < place.1.0 + place.1.1 && place.1.0 < other.0 + other.1;
        let mut others = self.readings.keys().filter(|(meter, _)| *meter == place.0);
        let effect = match &known {
            None if others.any(|(_, span)| overlaps(*span)) => Err("overlap"),
            None => Ok("read"),
            Some(_) if !replaces => Err(""),
            Some(known) if known.issued > wh.1 || known.claimed > wh.0 => Err("relied on"),
            Some(_) => Ok("correct"),
        };
        if effect.is_ok() {
            let reading = match known {
                Some(known) => Reading {
                    entry: index,
                    wh,
                    ..known
                },
                None => Reading {
                    entry: index,
                    wh,
                    has_issuance: false,
                    issued: 0,
                    claimed: 0,
                },
            };
            self.readings.insert(place, reading);
        }
        (OPERATOR, record, effect)
    }

    fn issue(&mut self, place: (usize, Span), (count, face): (u64, u64), index: u64) -> Try {
        let (name, owner, _) = METERS[place.0];
        let mut body = interval_of(place.1);
        body["device"] = json!(name);
        body["quantityWh"] = json!(count * face);
        body["faceValueWh"] = json!(face);
        let record = record("energy.certificate-issue", 1, body.to_string());
        let reading = self.readings.get_mut(&place);
        let found = reading.filter(|r| !r.has_issuance && count * face <= r.wh.1);
        let Some(reading) = found else {
            return (ISSUER, record, Err(""));
        };
        (reading.has_issuance, reading.issued) = (true, count * face);
        let all = usize::try_from(count).unwrap();
        self.issuances.push(Issuance {
            entry: index,
            device: place.0,
            span: place.1,
            face,
            certificates: vec![(owner, Status::Active); all],
            cuts: BTreeSet::from([1]),
        });
        (ISSUER, record, Ok("issue"))
    }

    fn claim(&mut self, pick: Pick, meter: usize) -> Option<Try> {
        let (place, range, by) = self.pick(pick, |s| matches!(s, Status::Cancelled(_)))?;
        let issuance = &mut self.issuances[place];
        // Mostly a meter of the claimer with a reading of the interval.
        let mut fitting = (0..METERS.len()).filter(|meter| {
            METERS[*meter].1 == by && self.readings.contains_key(&(*meter, issuance.span))
        });
        let meter = match pick.oddity % 16 {
            3 => meter,
            _ => fitting.next().unwrap_or(meter),
        };
        let (name, owner, _) = METERS[meter];
        let record = claim_certificates(issuance.entry, range, name);
        let wh = (range.1 - range.0 + 1) * issuance.face;
        let reading = self.readings.get_mut(&(meter, issuance.span));
        let reading = reading.filter(|_| owner == by);
        let is_cancelled = issuance
            .owner(range.0)
            .is_some_and(|owner| issuance.all(range, &(owner, Status::Cancelled(by))));
        let effect = match reading.filter(|_| is_cancelled) {
            None => Err(""),
            Some(reading) if reading.claimed + wh > reading.wh.0 => Err("above consumption"),
            Some(reading) => {
                reading.claimed += wh;
                Ok("claim")
            }
        };
        issuance.set(effect.is_ok(), range, |one| one.1 = Status::Claimed(by));
        Some((by, record, effect))
    }

    /// A range of a piece, mostly one whose status is such, and who mostly may do something with it. None if
    /// there are no certificates.
    fn pick(
        &self,
        pick: Pick,
        is_such: impl Fn(Status) -> bool,
    ) -> Option<(usize, (u64, u64), usize)> {
        let pieces = self
            .issuances
            .iter()
            .enumerate()
            .flat_map(|(place, issuance)| {
                let cuts = issuance.cuts.iter().map(move |first| (place, *first));
                cuts.map(|(place, first)| (place, first, issuance.status(first)))
            });
        let is_wanted =
            |status: &(usize, Status)| pick.oddity.is_multiple_of(16) || is_such(status.1);
        let pieces: Vec<_> = pieces.filter(|(_, _, status)| is_wanted(status)).collect();
        if pieces.is_empty() {
            return None;
        }
        let (place, start, (owner, status)) = pieces[pick.piece % pieces.len()];
        let issuance = &self.issuances[place];
        let next = issuance.cuts.range(start + 1..).next().copied();
        let last = next.map_or(issuance.certificates.len() as u64, |next| next - 1);
        let first = start + pick.first % (last - start + 1);
        let mut end = first + pick.count % (last - first + 1);
        if pick.oddity % 16 == 1 {
            end = last + 1;
        }
        let by = match (pick.oddity % 16, status) {
            (2, _) => 3 + (owner + 1) % 3,
            (_, Status::Cancelled(beneficiary) | Status::Claimed(beneficiary)) => beneficiary,
            (_, Status::Active | Status::Expired | Status::Withdrawn) => owner,
        };
        Some((place, (first, end), by))
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

    fn status(&self, number: u64) -> (usize, Status) {
        self.certificates[usize::try_from(number - 1).unwrap()]
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
            && (first..=last).all(|number| self.status(number) == *such)
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

/// The parts of a body that name an interval.
fn interval_of((first, quarters): Span) -> serde_json::Value {
    let duration = match quarters {
        1 => "PT15M",
        2 => "PT30M",
        _ => "PT1H",
    };
    json!({"start": quarter(first).to_string(), "duration": duration})
}

fn metering_interval(span: Span) -> MeteringInterval {
    let text = interval_of(span)["duration"].as_str().unwrap().to_owned();
    let duration = IntervalDuration::parse(&text).unwrap();
    MeteringInterval::new(quarter(span.0), duration).unwrap()
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

/// How often something took effect, or was refused for a reason that matters here.
type Counts = BTreeMap<&'static str, u32>;

fn check(blocks: &[Vec<Step>], counts: &RefCell<Counts>) -> Result<(), TestCaseError> {
    let mut ledger = fresh();
    let mut model = Model::default();
    let mut log: Vec<Vec<Submission>> = Vec::new();
    let beginnings = beginnings();
    for steps in std::iter::once(&beginnings).chain(blocks) {
        let first = ledger.log_size();
        let mut expected = Vec::new();
        let mut submissions = Vec::new();
        for step in steps {
            let place = expected.len() as u64;
            let Some((by, record, effect)) = model.take(step, first + place) else {
                continue;
            };
            let (Ok(what) | Err(what)) = effect;
            *counts.borrow_mut().entry(what).or_default() += 1;
            expected.push((step, effect.is_ok()));
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
    commit_at(&mut ledger, quarter(4).plus_months(18));
    for issuance in &mut model.issuances {
        for (_, status) in &mut issuance.certificates {
            if *status == Status::Active {
                *status = Status::Expired;
            }
        }
    }
    compare(&ledger, &model);
    Ok(())
}

#[test]
fn certificates_are_those_of_a_plain_model() {
    const CASES: u32 = 96;
    let counts = RefCell::new(Counts::new());
    let blocks = prop::collection::vec(prop::collection::vec(step(), 1..30), 1..4);
    let mut runner = TestRunner::new(Config {
        source_file: Some(file!()),
        ..Config::with_cases(CASES)
    });
    if let Err(failure) = runner.run(&blocks, |blocks| check(&blocks, &counts)) {
        panic!("{failure}");
    }
    // Everything was done, and often: a model that is never asked holds nothing. The rarest happens three times
    // as often as is asked for, so that no draw of cases falls short by chance.
    let counts = counts.into_inner();
    for what in [
        "read",
        "correct",
        "issue",
        "transfer",
        "cancel",
        "claim",
        "withdraw",
        "overlap",
        "relied on",
        "above consumption",
    ] {
        let count = counts.get(what).copied().unwrap_or(0);
        assert!(count >= CASES / 4, "{what}: {counts:?}");
    }
}
