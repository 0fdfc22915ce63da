//! Every refusal that admission gives.

use std::sync::Arc;

use crate::contracts::{EffectError, MemberCache, shipped_contracts};
use crate::crypto::{Blake3Digest, SecretKey};
use crate::ledger::{
    AdmissionContext, CheckedSubmission, admit, check_clock, check_submission, check_submission_if,
    is_worth_reading,
};
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, event_record, install_contract, record, revoke_key,
    secret_key,
};
use crate::types::limits::MAX_EXPIRY_AHEAD_MS;
use crate::types::{
    Atomicity, Height, KeyPurpose, LedgerId, LogIndex, MAX_OTHERS_REJECTED, MemberId, Outcome,
    ReadError, Record, RecordKind, Refusal, Space, StateReader, Submission, Timestamp,
};

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 2)))
}

pub(super) fn judge(ledger: &MemoryLedger, submission: &Submission) -> Result<(), Refusal> {
    judge_on(ledger, ledger, ledger.next_height(), submission).unwrap()
}

fn judge_on(
    ledger: &MemoryLedger,
    state: &impl StateReader,
    height: Height,
    submission: &Submission,
) -> Result<Result<(), Refusal>, EffectError> {
    let checked = check_submission(&ledger.submission_context(), submission);
    let context = AdmissionContext {
        state,
        rulebook: ledger.rulebook(),
        ledger: &ledger.network().ledger(),
        height,
        now: ledger.next_time(),
    };
    let verdict = admit(&context, &mut MemberCache::default(), submission, &checked)?;
    // What a node does not read of a client's submission makes no difference to what it says.
    let checked = read_if_worth(ledger, &context, submission)?;
    let of_client = admit(&context, &mut MemberCache::default(), submission, &checked)?;
    assert_eq!(of_client, verdict);
    Ok(verdict)
}

/// Checks a client's submission as a node does.
fn read_if_worth<R: StateReader>(
    ledger: &MemoryLedger,
    context: &AdmissionContext<'_, R>,
    submission: &Submission,
) -> Result<CheckedSubmission, EffectError> {
    let mut members = MemberCache::default();
    let mut failure = None;
    let checked = check_submission_if(&ledger.submission_context(), submission, |checked| {
        let worth = is_worth_reading(context, &mut members, submission, checked);
        worth.unwrap_or_else(|error| {
            failure = Some(error);
            false
        })
    });
    failure.map_or(Ok(checked), Err)
}

/// Whether the records of a client's submission are read.
fn is_read(ledger: &MemoryLedger, submission: &Submission) -> bool {
    let context = AdmissionContext {
        state: ledger,
        rulebook: ledger.rulebook(),
        ledger: &ledger.network().ledger(),
        height: ledger.next_height(),
        now: ledger.next_time(),
    };
    let checked = read_if_worth(ledger, &context, submission).unwrap();
    assert!(checked.is_authentic);
    !checked.contents.is_empty()
}

fn signed_by(ledger: &MemoryLedger, key: &SecretKey) -> Submission {
    let (expires, records) = (ledger.expiry(), vec![event_record(1)]);
    ledger
        .network()
        .submission_with(0, key, expires, Atomicity::Independent, records)
}

fn with_records(ledger: &MemoryLedger, records: Vec<Record>) -> Submission {
    ledger.network().submission(0, ledger.expiry(), records)
}

#[test]
fn a_good_submission_is_admitted() {
    let ledger = ledger();
    let records = vec![event_record(1), event_record(2)];
    assert_eq!(judge(&ledger, &with_records(&ledger, records)), Ok(()));
}

#[test]
fn a_submission_is_for_this_ledger() {
    let ledger = ledger();
    let network = ledger.network();
    let found = LedgerId(Blake3Digest::of(b"another"));
    let submission = Submission::sign(
        found,
        network.member(0),
        &network.writer(0),
        ledger.expiry(),
        Atomicity::Independent,
        vec![event_record(1)],
    )
    .unwrap();
    let expected = network.ledger();
    assert_eq!(
        judge(&ledger, &submission),
        Err(Refusal::OtherLedger { found, expected })
    );
}

#[test]
fn an_expiry_is_within_the_hour() {
    let ledger = ledger();
    let now = ledger.next_time();
    let at = |offset: i64| {
        let expires = Timestamp::from_ms(now.as_ms().saturating_add(offset));
        let submission = ledger
            .network()
            .submission(0, expires, vec![event_record(1)]);
        let verdict = judge(&ledger, &submission);
        assert_eq!(verdict, check_clock(expires, now));
        (verdict, expires)
    };
    assert_eq!(at(1).0, Ok(()));
    assert_eq!(at(MAX_EXPIRY_AHEAD_MS).0, Ok(()));
    for offset in [0, -1, i64::MIN] {
        let (verdict, expires) = at(offset);
        assert_eq!(verdict, Err(Refusal::Expired { expires, now }));
    }
    for offset in [MAX_EXPIRY_AHEAD_MS + 1, i64::MAX] {
        let (verdict, expires) = at(offset);
        assert_eq!(verdict, Err(Refusal::ExpiresTooLate { expires, now }));
    }
}

#[test]
fn the_key_is_a_writers_of_the_member() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let member = network.member(0);
    let stranger = MemberId::new("stranger").unwrap();
    let by_stranger = Submission::sign(
        network.ledger(),
        stranger.clone(),
        &network.writer(0),
        ledger.expiry(),
        Atomicity::Independent,
        vec![event_record(1)],
    )
    .unwrap();
    assert_eq!(
        judge(&ledger, &by_stranger),
        Err(Refusal::UnknownMember { member: stranger })
    );
    let unknown = |secret: &SecretKey| Refusal::UnknownKey {
        member: member.clone(),
        key: Box::new(secret.public_key()),
    };
    for secret in [secret_key("nobody"), network.writer(1)] {
        let verdict = judge(&ledger, &signed_by(&ledger, &secret));
        assert_eq!(verdict, Err(unknown(&secret)));
    }
    let consensus = network.consensus_key(0);
    assert_eq!(
        judge(&ledger, &signed_by(&ledger, &consensus)),
        Err(Refusal::WrongPurpose {
            key: Box::new(consensus.public_key()),
            purpose: KeyPurpose::Consensus
        })
    );
    // A key that is revoked, and one that does not count yet.
    let new = secret_key("new");
    let changes = vec![
        add_key(&network.ledger(), &member, &new, KeyPurpose::Writer),
        revoke_key(&member, &network.writer(0).public_key()),
    ];
    let submission = with_records(&ledger, changes);
    let inactive = |secret: &SecretKey| Refusal::InactiveKey {
        member: member.clone(),
        key: Box::new(secret.public_key()),
    };
    ledger.submit(vec![submission]);
    assert_eq!(judge(&ledger, &signed_by(&ledger, &new)), Ok(()));
    assert_eq!(
        judge(&ledger, &signed_by(&ledger, &network.writer(0))),
        Err(inactive(&network.writer(0)))
    );
    let submission = signed_by(&ledger, &new);
    let verdict = judge_on(&ledger, &ledger, ledger.tip().height, &submission).unwrap();
    assert_eq!(verdict, Err(inactive(&new)));
}

/// Records that each stand for themselves do not wait for one that would be rejected; of an atomic submission it is the reason.
#[test]
fn one_record_that_would_be_accepted_is_enough() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let unfit = {
        let body = serde_json::json!({"proposal": 1_000, "digest": "0".repeat(64)});
        record("custody.acceptance", 1, body.to_string())
    };
    let together = |records: Vec<Record>| network.submission(1, ledger.expiry(), records);
    for refused in [
        together(vec![unfit.clone()]),
        together(vec![unfit.clone(), unfit.clone()]),
        network.atomic_submission(1, ledger.expiry(), vec![event_record(1), unfit.clone()]),
    ] {
        let refusal = judge(&ledger, &refused).unwrap_err();
        assert_eq!(refusal.code(), "would-be-rejected");
        let is_independent = refused.header().atomicity == Atomicity::Independent;
        let told: Vec<usize> = refusal.rejections().map(|one| one.record).collect();
        let all: Vec<usize> = (0..refused.records().len()).collect();
        let expected = if is_independent { all } else { vec![1] };
        assert_eq!(told, expected, "{refusal}");
    }
    let many = judge(&ledger, &together(vec![unfit.clone(); 130])).unwrap_err();
    assert_eq!(many.rejections().count(), 1 + MAX_OTHERS_REJECTED);
    let taken = together(vec![unfit, event_record(1)]);
    assert_eq!(judge(&ledger, &taken), Ok(()));
    let applied = ledger.submit(vec![taken]);
    let outcomes = &applied.records[0].outcomes;
    assert!(
        matches!(&outcomes[..], [Outcome::Rejected(_), Outcome::Accepted]),
        "{outcomes:?}"
    );
}

/// A contract takes milliseconds to compile. Who cannot propose one is told so before.
#[test]
fn records_are_read_of_those_alone_whose_submission_may_count() {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 2)));
    let network = ledger.network().clone();
    let contract = &shipped_contracts()[0];
    let proposal = || install_contract(contract, None, ledger.expiry());
    let by = |member: usize, key: &SecretKey, record: Record| {
        let expires = ledger.expiry();
        let records = vec![event_record(1), record];
        network.submission_with(member, key, expires, Atomicity::Independent, records)
    };
    let stranger = secret_key("stranger");
    assert!(is_read(&ledger, &by(0, &network.writer(0), proposal())));
    assert!(is_read(
        &ledger,
        &by(1, &network.writer(1), event_record(2))
    ));
    for unfit in [
        by(0, &stranger, proposal()),
        by(0, &network.writer(1), proposal()),
        by(0, &network.consensus_key(0), proposal()),
        by(1, &network.writer(1), proposal()),
    ] {
        assert!(!is_read(&ledger, &unfit));
        assert!(judge(&ledger, &unfit).is_err());
    }
    match judge(&ledger, &by(1, &network.writer(1), proposal())) {
        Err(Refusal::Rejected { first, .. }) => {
            assert_eq!((first.record, first.rejection.code()), (1, "not-governing"))
        }
        other => panic!("{other:?}"),
    }
    let known = by(1, &network.writer(1), event_record(2));
    ledger.submit(vec![known.clone()]);
    assert!(!is_read(&ledger, &known));
}

/// A key may come into force between reading a submission and judging it.
#[test]
fn what_was_not_read_is_not_admitted() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let new = secret_key("new");
    let early = signed_by(&ledger, &new);
    let context = |ledger: &MemoryLedger| (ledger.rulebook().clone(), ledger.next_height());
    let admit_with = |ledger: &MemoryLedger, checked: Option<CheckedSubmission>| {
        let (rulebook, height) = context(ledger);
        let context = AdmissionContext {
            state: ledger,
            rulebook: &rulebook,
            ledger: &network.ledger(),
            height,
            now: ledger.next_time(),
        };
        let checked = checked.unwrap_or_else(|| read_if_worth(ledger, &context, &early).unwrap());
        let verdict = admit(&context, &mut MemberCache::default(), &early, &checked).unwrap();
        (checked, verdict)
    };
    let (checked, verdict) = admit_with(&ledger, None);
    assert!(
        matches!(verdict, Err(Refusal::UnknownKey { .. })),
        "{verdict:?}"
    );
    let change = add_key(
        &network.ledger(),
        &network.member(0),
        &new,
        KeyPurpose::Writer,
    );
    ledger.submit(vec![with_records(&ledger, vec![change])]);
    let (_, verdict) = admit_with(&ledger, Some(checked));
    assert!(matches!(verdict, Err(Refusal::Busy { .. })), "{verdict:?}");
    assert_eq!(admit_with(&ledger, None).1, Ok(()));
}

#[test]
fn the_signature_has_to_verify() {
    let ledger = ledger();
    let good = with_records(&ledger, vec![event_record(1)]);
    let changed = Submission::new(
        good.header().clone(),
        vec![event_record(2)],
        *good.signature(),
    )
    .unwrap();
    let key = Box::new(good.header().key);
    assert_eq!(judge(&ledger, &changed), Err(Refusal::BadSignature { key }));
}

#[test]
fn a_submission_is_taken_once() {
    let mut ledger = ledger();
    let submission = with_records(&ledger, vec![event_record(1)]);
    ledger.order(&[], Vec::new());
    ledger.submit(vec![submission.clone()]);
    assert_eq!(
        judge(&ledger, &submission),
        Err(Refusal::Duplicate {
            id: submission.id(),
            first_index: Some(LogIndex(1))
        })
    );
    // The same record in a new submission is for the block to judge.
    let again = with_records(&ledger, vec![event_record(1)]);
    assert_eq!(judge(&ledger, &again), Ok(()));
}

#[test]
fn the_first_bad_record_is_named() {
    let ledger = ledger();
    let kind = |text: &str| RecordKind::new(text).unwrap();
    let judge = |bad: Record| {
        let records = vec![event_record(1), bad, record("unknown.other", 1, "{}")];
        judge(&ledger, &with_records(&ledger, records))
    };
    assert_eq!(
        judge(record("unknown.kind", 1, "{}")),
        Err(Refusal::UnknownKind {
            record: 1,
            kind: kind("unknown.kind"),
            last_taken: None
        })
    );
    assert_eq!(
        judge(record("epcis.event", 2, "{}")),
        Err(Refusal::UnsupportedVersion {
            record: 1,
            kind: kind("epcis.event"),
            version: 2,
            supported: 1
        })
    );
    let body = r#"{"operation":"rename"}"#;
    match judge(record("membership.change", 1, body)) {
        Err(Refusal::InvalidRecord {
            record: 1,
            kind: found,
            pointer,
            reason,
        }) => {
            assert_eq!(found, kind("membership.change"));
            assert_eq!(pointer, "/operation");
            assert!(reason.contains("rename"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_that_fails_gives_no_verdict() {
    /// Fails in one space, or answers nonsense there.
    struct Broken<'a>(&'a MemoryLedger, Space, Option<&'static [u8]>);

    impl StateReader for Broken<'_> {
        fn get(&self, space: Space, key: &[u8]) -> Result<Option<bytes::Bytes>, ReadError> {
            match self.2 {
                _ if space != self.1 => self.0.get(space, key),
                Some(bytes) => Ok(Some(bytes::Bytes::from_static(bytes))),
                None => Err(ReadError::new("disk on fire")),
            }
        }
    }

    let ledger = ledger();
    let submission = with_records(&ledger, vec![event_record(1)]);
    for space in [Space::State, Space::Submissions] {
        for answer in [None, Some(&b"damaged bytes"[..])] {
            let broken = Broken(&ledger, space, answer);
            let verdict = judge_on(&ledger, &broken, ledger.next_height(), &submission);
            assert!(
                matches!(
                    verdict,
                    Err(EffectError::Read(_) | EffectError::Corrupt { .. })
                ),
                "{verdict:?}"
            );
        }
    }
}
