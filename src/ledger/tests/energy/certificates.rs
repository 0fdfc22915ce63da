//! Certificates: their history at every height, their end, and how many pieces an issuance can have.

use std::sync::Arc;

use super::{accept, code, commit, commit_at, remove};
use crate::contracts::{
    MAX_PIECES_PER_ISSUANCE, METER_OPERATOR_ROLE, PIECES_KEPT_FOR_FIRST_CUTS,
    PIECES_KEPT_FOR_WITHDRAWALS, read_issuance,
};
use crate::ledger::questions::{
    CertificateList, CertificatesAnswer, ask_certificate, ask_certificates_for,
    ask_certificates_of, certificate_status,
};
use crate::records::energy::{
    CERTIFICATE_EXPIRY, CertificateId, IntervalDuration, MeteringInterval,
};
use crate::testing::{
    MemoryLedger, cancel_certificates, claim_certificates, correct_quarter, issue_certificates,
    network_with_roles, quarter, read_quarter, register_meter, transfer_certificates,
    withdraw_certificates,
};
use crate::types::{Decode, Entry, EntryContent, Height, LogIndex, MeterId, Record, Timestamp};

const ISSUER_ROLE: &str = "certificate-issuer";

/// Member 1 operates meters, member 2 issues; member 3 owns a plant and member 4 a house, each with a reading of
/// 1,000 Wh in quarter 0.
fn ledger() -> MemoryLedger {
    let network = network_with_roles(6, &[(1, METER_OPERATOR_ROLE), (2, ISSUER_ROLE)]);
    let mut ledger = MemoryLedger::new(Arc::new(network));
    accept(&mut ledger, 1, register_meter("PV", 3, "production"));
    accept(&mut ledger, 1, register_meter("HOUSE", 4, "consumption"));
    accept(&mut ledger, 1, read_quarter("PV", 0, 0, 1_000));
    accept(&mut ledger, 1, read_quarter("HOUSE", 0, 1_000, 0));
    ledger
}

fn id(issuance: LogIndex, number: u64) -> CertificateId {
    CertificateId { issuance, number }
}

/// Whose a certificate was at a height, in which piece, and its status.
fn at(ledger: &MemoryLedger, id: CertificateId, height: u64) -> Option<(String, u64, u64, String)> {
    let answer = ask_certificate(ledger, id, Some(Height(height)), None, 100).unwrap()?;
    let CertificatesAnswer { first, piece, .. } = answer.certificates;
    let status = piece.status.as_str().to_owned();
    Some((piece.owner.to_string(), first.number, piece.last, status))
}

fn ranges(list: &CertificateList) -> Vec<(u64, u64)> {
    let pieces = list.pieces.iter();
    pieces
        .map(|answer| (answer.first.number, answer.piece.last))
        .collect()
}

/// The pieces of a member of a status, at a height or now.
fn held(
    ledger: &MemoryLedger,
    (owner, status): (usize, &str),
    height: Option<u64>,
    after: Option<CertificateId>,
) -> Vec<(u64, u64)> {
    let owner = ledger.network().member(owner);
    let status = certificate_status(status).unwrap();
    let height = height.map(Height);
    ranges(&ask_certificates_of(ledger, (&owner, status), height, after, 10).unwrap())
}

#[test]
fn a_certificate_is_followed_through_every_height() {
    let mut ledger = ledger();
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 0, 1_000, 10));
    let start = ledger.tip().height.0;
    let sold = accept(
        &mut ledger,
        3,
        transfer_certificates(issuance.0, (41, 60), 4),
    );
    let used = accept(&mut ledger, 4, cancel_certificates(issuance.0, (51, 60), 4));
    let claimed = accept(
        &mut ledger,
        4,
        claim_certificates(issuance.0, (55, 60), "HOUSE"),
    );
    let seen = |number, offset| at(&ledger, id(issuance, number), start + offset);
    let state = |owner: &str, first, last, status: &str| {
        Some((owner.to_owned(), first, last, status.to_owned()))
    };
    assert_eq!(seen(60, 0), state("member-3", 1, 100, "active"));
    assert_eq!(seen(60, 1), state("member-4", 41, 60, "active"));
    assert_eq!(seen(60, 2), state("member-4", 51, 60, "cancelled"));
    assert_eq!(seen(60, 3), state("member-4", 55, 60, "claimed"));
    assert_eq!(seen(54, 3), state("member-4", 51, 54, "cancelled"));
    assert_eq!(seen(50, 3), state("member-4", 41, 50, "active"));
    assert_eq!(seen(61, 3), state("member-3", 61, 100, "active"));
    assert_eq!(at(&ledger, id(issuance, 60), start - 1), None);
    assert_eq!(seen(101, 3), None);

    let history = |before, count| {
        let answer = ask_certificate(&ledger, id(issuance, 60), None, before, count);
        let answer = answer.unwrap().unwrap();
        let steps: Vec<_> = answer
            .history
            .iter()
            .map(|one| (one.index, one.step.operation.as_str()))
            .collect();
        (steps, answer.next)
    };
    let all = [
        (claimed, "claim"),
        (used, "cancel"),
        (sold, "transfer"),
        (issuance, "issue"),
    ];
    assert_eq!(history(None, 10), (all.to_vec(), None));
    assert_eq!(history(None, 3), (all[..3].to_vec(), Some(sold)));
    assert_eq!(history(Some(sold), 3), (all[3..].to_vec(), None));

    let listed = |owner: usize, status: &str, after: Option<CertificateId>| {
        held(&ledger, (owner, status), None, after)
    };
    assert_eq!(listed(3, "active", None), [(1, 40), (61, 100)]);
    assert_eq!(listed(3, "active", Some(id(issuance, 1))), [(61, 100)]);
    assert_eq!(listed(4, "active", None), [(41, 50)]);
    assert_eq!(listed(4, "cancelled", None), [(51, 54)]);
    assert_eq!(listed(4, "claimed", None), [(55, 60)]);
    let interval = MeteringInterval::new(quarter(0), IntervalDuration::QUARTER_HOUR).unwrap();
    let device = MeterId::new("PV").unwrap();
    let pieces = |height: Option<u64>, after, count| {
        let produced = (&device, interval);
        let height = height.map(Height);
        ranges(&ask_certificates_for(&ledger, produced, height, after, count).unwrap())
    };
    let all = [(1, 40), (41, 50), (51, 54), (55, 60), (61, 100)];
    assert_eq!(pieces(None, None, 10), all);
    assert_eq!(pieces(None, Some(id(issuance, 51)), 1), [(55, 60)]);
    // At every height the lists of all owners, and of the device, are of that height.
    let then = |owner: usize, status: &str, offset: u64| {
        held(&ledger, (owner, status), Some(start + offset), None)
    };
    assert_eq!(then(3, "active", 0), [(1, 100)]);
    assert_eq!(then(4, "active", 0), []);
    assert_eq!(then(3, "active", 1), [(1, 40), (61, 100)]);
    assert_eq!(then(4, "active", 1), [(41, 60)]);
    assert_eq!(then(4, "active", 2), [(41, 50)]);
    assert_eq!(then(4, "cancelled", 2), [(51, 60)]);
    assert_eq!(then(4, "claimed", 2), []);
    assert_eq!(then(4, "claimed", 3), [(55, 60)]);
    assert_eq!(pieces(Some(start - 1), None, 10), []);
    assert_eq!(pieces(Some(start), None, 10), [(1, 100)]);
    assert_eq!(
        pieces(Some(start + 2), None, 10),
        [(1, 40), (41, 50), (51, 60), (61, 100)]
    );
    assert_eq!(pieces(Some(start + 2), None, 2), [(1, 40), (41, 50)]);
}

#[test]
fn what_nobody_used_expires_eighteen_months_later_in_a_record_of_the_ledger() {
    let mut ledger = ledger();
    accept(&mut ledger, 1, register_meter("PV-2", 4, "production"));
    accept(&mut ledger, 1, read_quarter("PV-2", 0, 0, 500));
    accept(&mut ledger, 1, read_quarter("PV", 1, 0, 500));
    let one = accept(&mut ledger, 2, issue_certificates("PV", 0, 1_000, 10));
    let other = accept(&mut ledger, 2, issue_certificates("PV-2", 0, 500, 10));
    let used_up = accept(&mut ledger, 2, issue_certificates("PV", 1, 500, 500));
    accept(&mut ledger, 3, cancel_certificates(used_up.0, (1, 1), 4));
    accept(&mut ledger, 3, transfer_certificates(one.0, (21, 30), 5));
    accept(&mut ledger, 5, cancel_certificates(one.0, (25, 26), 4));
    let expires = quarter(1).plus_months(18);
    assert_eq!(
        read_issuance(&ledger, one).unwrap().unwrap().expires,
        Some(expires)
    );
    let size = ledger.log_size();
    commit_at(&mut ledger, Timestamp::from_ms(expires.as_ms() - 1));
    assert_eq!(ledger.log_size(), size + 1);
    commit_at(&mut ledger, expires);
    let entry = |index: u64| Entry::from_bytes(&ledger.entry(LogIndex(index)).unwrap()).unwrap();
    let bodies: Vec<String> = (size + 1..ledger.log_size() - 1)
        .map(|index| match entry(index).content {
            EntryContent::Derived { record, .. } => {
                assert_eq!(record.kind.as_str(), CERTIFICATE_EXPIRY);
                String::from_utf8(record.body.to_vec()).unwrap()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        bodies,
        [
            format!("{{\"issuance\":{other},\"ranges\":[[1,50]]}}"),
            format!("{{\"issuance\":{one},\"ranges\":[[1,20],[21,24],[27,30],[31,100]]}}"),
        ]
    );
    let height = ledger.tip().height.0;
    let status = |number| at(&ledger, id(one, number), height).unwrap().3;
    assert_eq!(status(1), "expired");
    assert_eq!(status(25), "cancelled");
    assert_eq!(at(&ledger, id(one, 1), height - 1).unwrap().3, "active");
    // The quarter after it expires by itself, and has nothing to tell.
    let size = ledger.log_size();
    commit_at(&mut ledger, quarter(2).plus_months(18));
    assert_eq!(ledger.log_size(), size + 1);
    let (_, outcome) = commit(&mut ledger, 3, transfer_certificates(one.0, (1, 1), 4));
    assert_eq!(code(&outcome), "certificate-not-active");
}

/// Commits records of a member in one submission, and gives how many took effect before the first that did not, and
/// the code of that.
fn commit_until_refused(
    ledger: &mut MemoryLedger,
    member: usize,
    records: Vec<Record>,
) -> (u64, String) {
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), records);
    let applied = ledger.submit(vec![submission]);
    let outcomes = &applied.records[0].outcomes;
    let refused = outcomes.iter().position(|outcome| !outcome.took_effect());
    let code = refused.map(|place| code(&outcomes[place]).to_owned());
    let count = refused.unwrap_or(outcomes.len());
    (u64::try_from(count).unwrap(), code.unwrap_or_default())
}

#[test]
fn an_owner_cuts_so_many_pieces_at_most_and_then_moves_whole_ones() {
    let mut ledger = ledger();
    let most = u64::try_from(MAX_PIECES_PER_ISSUANCE).unwrap();
    accept(&mut ledger, 1, read_quarter("PV", 1, 0, 10 * most));
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 1, 10 * most, 1));
    let sale = |first, last| transfer_certificates(issuance.0, (first, last), 4);
    // Each sale from the left makes one piece more.
    let sales = (1..most).map(|number| sale(number, number)).collect();
    let (count, code) = commit_until_refused(&mut ledger, 3, sales);
    let kept = PIECES_KEPT_FOR_WITHDRAWALS + PIECES_KEPT_FOR_FIRST_CUTS;
    assert_eq!(count, (most - u64::try_from(kept).unwrap()) / 2 - 1);
    assert_eq!(code, "too-many-pieces");
    accept(&mut ledger, 3, sale(count + 1, 10 * most));
}

/// Who bought a part of an issuance and cuts it up shuts out neither the other owners nor the issuer.
#[test]
fn one_owner_of_an_issuance_does_not_keep_the_others_from_cutting() {
    let mut ledger = ledger();
    accept(&mut ledger, 1, read_quarter("PV", 1, 0, 10_000));
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 1, 10_000, 1)).0;
    let sale = |range, to| transfer_certificates(issuance, range, to);
    accept(&mut ledger, 3, sale((1, 1_100), 4));
    accept(&mut ledger, 3, sale((1_101, 2_200), 5));
    let every_second = |(first, last): (u64, u64), member| {
        let cancel = move |number| cancel_certificates(issuance, (number, number), member);
        (first..last).step_by(2).map(cancel).collect::<Vec<_>>()
    };
    for (member, range) in [(4, (2, 1_100)), (5, (1_102, 2_200))] {
        let (count, code) = commit_until_refused(&mut ledger, member, every_second(range, member));
        assert!(count > 100, "{count}");
        assert_eq!(code, "too-many-pieces");
    }
    accept(&mut ledger, 3, sale((3_001, 4_000), 4));
    accept(
        &mut ledger,
        3,
        cancel_certificates(issuance, (5_001, 5_050), 3),
    );
    accept(
        &mut ledger,
        2,
        withdraw_certificates(issuance, (9_001, 9_500)),
    );
}

#[test]
fn a_correction_leaves_what_certificates_rely_on() {
    let mut ledger = ledger();
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 0, 600, 1));
    let entry = |ledger: &MemoryLedger, meter: &str| {
        let meter = MeterId::new(meter).unwrap();
        let interval = MeteringInterval::new(quarter(0), IntervalDuration::QUARTER_HOUR).unwrap();
        let hour = crate::contracts::read_hour_of_readings(ledger, &meter, interval.hour());
        hour.unwrap().get(interval).unwrap().entry.0
    };
    let stated = entry(&ledger, "PV");
    let (_, outcome) = commit(&mut ledger, 1, correct_quarter("PV", 0, (0, 599), stated));
    assert_eq!(code(&outcome), "reading-relied-on");
    accept(&mut ledger, 1, correct_quarter("PV", 0, (0, 600), stated));
    accept(&mut ledger, 3, cancel_certificates(issuance.0, (1, 600), 4));
    accept(
        &mut ledger,
        4,
        claim_certificates(issuance.0, (1, 500), "HOUSE"),
    );
    let stated = entry(&ledger, "HOUSE");
    let (_, outcome) = commit(
        &mut ledger,
        1,
        correct_quarter("HOUSE", 0, (499, 0), stated),
    );
    assert_eq!(code(&outcome), "reading-relied-on");
    accept(
        &mut ledger,
        1,
        correct_quarter("HOUSE", 0, (500, 0), stated),
    );
    let (_, outcome) = commit(
        &mut ledger,
        4,
        claim_certificates(issuance.0, (501, 501), "HOUSE"),
    );
    assert_eq!(code(&outcome), "above-consumption");
    // Whoever owns the plant later, what it produced was the owner's of then.
    let again = issue_certificates("PV", 0, 1, 1);
    assert_eq!(code(&commit(&mut ledger, 2, again).1), "already-issued");
}

/// Who was removed gets no certificates, which nobody could ever move again.
#[test]
fn certificates_go_to_members_alone() {
    let mut ledger = ledger();
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 0, 1_000, 10));
    remove(&mut ledger, 5);
    for record in [
        transfer_certificates(issuance.0, (1, 10), 5),
        cancel_certificates(issuance.0, (1, 10), 5),
    ] {
        assert_eq!(code(&commit(&mut ledger, 3, record).1), "member-removed");
    }
    accept(
        &mut ledger,
        3,
        transfer_certificates(issuance.0, (1, 10), 4),
    );
}

/// A wrong reading does not stay for good: what nobody has used is taken back, and the reading corrected.
#[test]
fn an_issuer_takes_active_certificates_back() {
    let mut ledger = ledger();
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 0, 1_000, 10));
    accept(
        &mut ledger,
        3,
        transfer_certificates(issuance.0, (41, 60), 4),
    );
    accept(&mut ledger, 4, cancel_certificates(issuance.0, (51, 60), 4));
    let meter = MeterId::new("PV").unwrap();
    let interval = MeteringInterval::new(quarter(0), IntervalDuration::QUARTER_HOUR).unwrap();
    let hour = crate::contracts::read_hour_of_readings(&ledger, &meter, interval.hour());
    let stated = hour.unwrap().get(interval).unwrap().entry.0;
    for (member, range, expected) in [
        (3, (61, 100), "role-missing"),
        (2, (51, 60), "certificate-not-active"),
        (2, (1, 100), "certificates-apart"),
        (2, (61, 100), ""),
        (2, (41, 50), ""),
        (2, (61, 100), "certificate-not-active"),
    ] {
        let record = withdraw_certificates(issuance.0, range);
        assert_eq!(
            code(&commit(&mut ledger, member, record).1),
            expected,
            "{range:?}"
        );
    }
    assert_eq!(held(&ledger, (3, "active"), None, None), [(1, 40)]);
    assert_eq!(held(&ledger, (3, "withdrawn"), None, None), [(61, 100)]);
    let (_, outcome) = commit(
        &mut ledger,
        3,
        transfer_certificates(issuance.0, (61, 70), 4),
    );
    assert_eq!(code(&outcome), "certificate-not-active");
    // 50 certificates of 10 Wh are left to rely on the reading.
    let (_, outcome) = commit(&mut ledger, 1, correct_quarter("PV", 0, (0, 499), stated));
    assert_eq!(code(&outcome), "reading-relied-on");
    accept(&mut ledger, 1, correct_quarter("PV", 0, (0, 500), stated));
    let again = issue_certificates("PV", 0, 10, 1);
    assert_eq!(code(&commit(&mut ledger, 2, again).1), "already-issued");
}

/// There is one issuance for a device and an interval, also when nothing of it stands any more.
#[test]
fn what_was_taken_back_whole_is_not_issued_again() {
    let mut ledger = ledger();
    let issuance = accept(&mut ledger, 2, issue_certificates("PV", 0, 1_000, 10));
    accept(&mut ledger, 2, withdraw_certificates(issuance.0, (1, 100)));
    let meter = MeterId::new("PV").unwrap();
    let interval = MeteringInterval::new(quarter(0), IntervalDuration::QUARTER_HOUR).unwrap();
    let hour = crate::contracts::read_hour_of_readings(&ledger, &meter, interval.hour()).unwrap();
    let reading = hour.get(interval).unwrap();
    assert_eq!(reading.issued, Some((issuance, 0)));
    // Neither for what the reading says, nor for what it says once it is corrected.
    let stated = reading.entry.0;
    let again = || issue_certificates("PV", 0, 500, 10);
    assert_eq!(code(&commit(&mut ledger, 2, again()).1), "already-issued");
    accept(&mut ledger, 1, correct_quarter("PV", 0, (0, 500), stated));
    assert_eq!(code(&commit(&mut ledger, 2, again()).1), "already-issued");
}
