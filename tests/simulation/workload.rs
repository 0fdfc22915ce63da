//! What clients submit: our own events and key changes, signed for real.

use std::sync::Arc;

use waybill::crypto::SecretKey;
use waybill::testing::add_key;
use waybill::types::{
    Atomicity, Genesis, KeyPurpose, LedgerId, MemberId, Record, RecordKind, Submission, Timestamp,
};

use crate::random::Random;

/// How long most submissions are good for.
const LIFETIME_MS: i64 = 60_000;

/// How long those are good for whose client is in a hurry.
const SHORT_LIFETIME_MS: i64 = 700;

/// Clients with their keys.
pub struct Workload {
    ledger: LedgerId,
    writers: Vec<(MemberId, SecretKey)>,
    added_keys: Vec<(usize, String)>,
    serial: u64,
    sent: Vec<Arc<Submission>>,
}

impl Workload {
    /// The members of a genesis document, whose writer keys are made by `secret`.
    pub fn new(genesis: &Genesis, secret: impl Fn(usize) -> SecretKey) -> Self {
        let writers = genesis
            .members()
            .iter()
            .enumerate()
            .map(|(index, member)| {
                let secret = secret(index);
                let registered = member.key(&secret.public_key());
                assert!(registered.is_some_and(|key| key.purpose == KeyPurpose::Writer));
                (member.id.clone(), secret)
            })
            .collect();
        Self {
            ledger: genesis.ledger(),
            writers,
            added_keys: Vec::new(),
            serial: 0,
            sent: Vec::new(),
        }
    }

    /// The next submission: mostly new, now and then one that was sent before.
    pub fn next(&mut self, now: Timestamp, random: &mut Random) -> Arc<Submission> {
        if !self.sent.is_empty() && random.happens(120) {
            return Arc::clone(random.pick(&self.sent));
        }
        let writer = random.below(self.writers.len());
        let count = if random.happens(700) {
            1
        } else {
            2 + random.below(12)
        };
        let records = (0..count)
            .map(|_| {
                if random.happens(100) {
                    self.key_change(writer, random)
                } else if random.happens(30) {
                    unknown_record()
                } else {
                    self.event(random)
                }
            })
            .collect();
        let lifetime_ms = if random.happens(100) {
            SHORT_LIFETIME_MS
        } else {
            LIFETIME_MS
        };
        let atomicity = if random.happens(300) {
            Atomicity::AllOrNothing
        } else {
            Atomicity::Independent
        };
        self.sign(writer, now, lifetime_ms, atomicity, records)
    }

    /// A plain submission that nothing is wrong with.
    pub fn plain(&mut self, now: Timestamp, random: &mut Random) -> Arc<Submission> {
        let writer = random.below(self.writers.len());
        self.serial += 1;
        let records = vec![event_of(self.serial)];
        self.sign(writer, now, LIFETIME_MS, Atomicity::Independent, records)
    }

    /// A thing is claimed and proposed to another member, who never answers: what becomes of it the ledger
    /// has to decide by itself when so many milliseconds are over.
    pub fn unanswered(&mut self, now: Timestamp, open_for_ms: i64) -> Arc<Submission> {
        self.serial += 1;
        let thing = format!("urn:epc:id:sscc:7630001.{:010}", self.serial);
        let claim = format!(r#"{{"things":["{thing}"]}}"#);
        let expires = Timestamp::from_ms(now.as_ms() + open_for_ms);
        let to = &self.writers[1].0;
        let proposal = format!(r#"{{"things":["{thing}"],"to":"{to}","expires":"{expires}"}}"#);
        let records = vec![
            record("custody.claim", claim),
            record("custody.proposal", proposal),
        ];
        self.sign(0, now, LIFETIME_MS, Atomicity::AllOrNothing, records)
    }

    /// A record that a member submits.
    pub fn by(&mut self, writer: usize, now: Timestamp, record: Record) -> Arc<Submission> {
        let records = vec![record];
        self.sign(writer, now, LIFETIME_MS, Atomicity::Independent, records)
    }

    fn sign(
        &mut self,
        writer: usize,
        now: Timestamp,
        lifetime_ms: i64,
        atomicity: Atomicity,
        records: Vec<Record>,
    ) -> Arc<Submission> {
        let (member, secret) = &self.writers[writer];
        let expires = Timestamp::from_ms(now.as_ms() + lifetime_ms);
        let signed = Submission::sign(
            self.ledger,
            member.clone(),
            secret,
            expires,
            atomicity,
            records,
        );
        let submission = Arc::new(signed.unwrap());
        self.sent.push(Arc::clone(&submission));
        submission
    }

    /// An event that is new, or one that was captured before.
    fn event(&mut self, random: &mut Random) -> Record {
        if self.serial > 0 && random.happens(100) {
            let repeated = 1 + random.number() % self.serial;
            return event_of(repeated);
        }
        self.serial += 1;
        event_of(self.serial)
    }

    fn key_change(&mut self, writer: usize, random: &mut Random) -> Record {
        let member = &self.writers[writer].0;
        let added = self
            .added_keys
            .iter()
            .position(|(owner, _)| *owner == writer);
        let body = match added.filter(|_| random.happens(500)) {
            Some(position) => {
                let (_, key) = self.added_keys.remove(position);
                format!(r#"{{"operation":"revokeKey","member":"{member}","key":"{key}"}}"#)
            }
            None => {
                let secret = SecretKey::from_seed(random.bytes(32).try_into().unwrap());
                let added = add_key(&self.ledger, member, &secret, KeyPurpose::Auditor);
                let key = secret.public_key().to_string();
                self.added_keys.push((writer, key));
                return added;
            }
        };
        record("membership.change", body)
    }
}

fn event_of(serial: u64) -> Record {
    let (hour, minute) = (serial / 60 % 24, serial % 60);
    let body = format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type":"ObjectEvent","eventTime":"2025-12-01T{hour:02}:{minute:02}:00Z",
            "eventTimeZoneOffset":"+00:00","action":"OBSERVE","bizStep":"shipping",
            "epcList":["urn:epc:id:sgtin:7630001.012345.{serial}"],
            "readPoint":{{"id":"urn:epc:id:sgln:7630001.00001.0"}}}}"#
    );
    record("epcis.event", body)
}

/// No family has it: admission refuses it.
fn unknown_record() -> Record {
    record("weather.report", "{}".to_owned())
}

fn record(kind: &str, body: String) -> Record {
    Record {
        kind: RecordKind::new(kind).unwrap(),
        version: 1,
        body: body.into_bytes().into(),
    }
}
