//! Strategies for whatever clients and Byzantine authors may put into a block.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::crypto::Blake3Digest;
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, correction, event_record, record, revoke_key, secret_key,
    shipping,
};
use crate::types::{Atomicity, KeyPurpose, LedgerId, MemberId, Record, Submission, Timestamp};

/// A record as good or bad as a client can write it.
#[derive(Clone, Debug)]
pub(super) enum AnyRecord {
    Event(u32),
    Correction(u32),
    AddKey(usize, u8, KeyPurpose),
    RevokeKey(usize, u8),
    Garbage(&'static str, u16, Vec<u8>),
    DamagedEvent(u32, usize, u8),
}

impl AnyRecord {
    fn build(&self, network: &TestNetwork) -> Record {
        let secret = |number: &u8| secret_key(&format!("new key {number}"));
        let key = |number: &u8| secret(number).public_key();
        match self {
            Self::Event(number) => event_record(*number),
            Self::Correction(number) => record("epcis.event", 1, correction(*number)),
            Self::AddKey(member, number, purpose) => {
                let member = network.member(*member);
                add_key(&network.ledger(), &member, &secret(number), *purpose)
            }
            // Number 0 is the key that the member has from the start.
            Self::RevokeKey(member, 0) => {
                let writer = network.writer(*member).public_key();
                revoke_key(&network.member(*member), &writer)
            }
            Self::RevokeKey(member, number) => revoke_key(&network.member(*member), &key(number)),
            Self::Garbage(kind, version, body) => record(kind, *version, body.clone()),
            Self::DamagedEvent(number, at, byte) => {
                let mut body = shipping(*number).into_bytes();
                let at = at % body.len();
                body[at] = *byte;
                record("epcis.event", 1, body)
            }
        }
    }
}

fn any_record() -> impl Strategy<Value = AnyRecord> {
    let kinds = select(vec![
        "epcis.event",
        "membership.change",
        "unknown.kind",
        "a.b",
    ]);
    let body = prop_oneof![
        vec(any::<u8>(), 0..60),
        "[\\[\\]\\{\\}\",:a-z0-9]{0,60}".prop_map(String::into_bytes),
    ];
    prop_oneof![
        4 => (0..6u32).prop_map(AnyRecord::Event),
        1 => (0..6u32).prop_map(AnyRecord::Correction),
        1 => (0..3usize, 1..4u8, select(&KeyPurpose::ALL))
            .prop_map(|(member, key, purpose)| AnyRecord::AddKey(member, key, purpose)),
        1 => (0..3usize, 0..4u8).prop_map(|(member, key)| AnyRecord::RevokeKey(member, key)),
        2 => (kinds, 0..3u16, body)
            .prop_map(|(kind, version, body)| AnyRecord::Garbage(kind, version, body)),
        1 => (0..6u32, any::<usize>(), any::<u8>())
            .prop_map(|(number, at, byte)| AnyRecord::DamagedEvent(number, at, byte)),
    ]
}

/// Who signs a submission, truly or not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signer {
    Writer,
    NewKey(u8),
    Stranger,
    OtherLedger,
    UnknownMember,
    Tampered,
}

/// A submission to be built for the next block of a ledger.
#[derive(Clone, Debug)]
pub(super) struct AnySubmission {
    member: usize,
    signer: Signer,
    expires_ahead_ms: i64,
    atomicity: Atomicity,
    records: Vec<AnyRecord>,
}

impl AnySubmission {
    pub(super) fn build(&self, ledger: &MemoryLedger) -> Submission {
        let network = ledger.network();
        let records: Vec<Record> = self.records.iter().map(|r| r.build(network)).collect();
        let now = ledger.next_time().as_ms();
        let expires = Timestamp::from_ms(now.saturating_add(self.expires_ahead_ms));
        let key = match self.signer {
            Signer::NewKey(number) => secret_key(&format!("new key {number}")),
            Signer::Stranger => secret_key("stranger"),
            _ => network.writer(self.member),
        };
        let ledger_id = match self.signer {
            Signer::OtherLedger => LedgerId(Blake3Digest::of(b"another")),
            _ => network.ledger(),
        };
        let member = match self.signer {
            Signer::UnknownMember => MemberId::new("nobody").unwrap(),
            _ => network.member(self.member),
        };
        let submission =
            Submission::sign(ledger_id, member, &key, expires, self.atomicity, records).unwrap();
        if !matches!(self.signer, Signer::Tampered) {
            return submission;
        }
        let mut records = submission.records().to_vec();
        records[0].version = records[0].version.wrapping_add(1);
        let header = submission.header().clone();
        Submission::new(header, records, *submission.signature()).unwrap()
    }
}

pub(super) fn any_submission() -> impl Strategy<Value = AnySubmission> {
    let signer = prop_oneof![
        8 => Just(Signer::Writer),
        2 => (1..4u8).prop_map(Signer::NewKey),
        1 => Just(Signer::Stranger),
        1 => Just(Signer::OtherLedger),
        1 => Just(Signer::UnknownMember),
        1 => Just(Signer::Tampered),
    ];
    let ahead = prop_oneof![
        12 => 1..3_600_001i64,
        1 => select(vec![0, -1, 3_600_001, i64::MAX, i64::MIN]),
    ];
    let atomicity = select(vec![Atomicity::Independent, Atomicity::AllOrNothing]);
    (0..3usize, signer, ahead, atomicity, vec(any_record(), 1..5)).prop_map(
        |(member, signer, expires_ahead_ms, atomicity, records)| AnySubmission {
            member,
            signer,
            expires_ahead_ms,
            atomicity,
            records,
        },
    )
}

/// For each block its submissions.
pub(super) fn blocks() -> impl Strategy<Value = Vec<Vec<AnySubmission>>> {
    vec(vec(any_submission(), 0..6), 1..4)
}
