//! The tables of problems, row by row.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use axum::response::IntoResponse;

use super::*;
use crate::contracts::way_out;
use crate::crypto::{Blake3Digest, PublicKey, SecretKey, Sha256Digest};
use crate::types::{
    Height, KeyPurpose, LedgerId, LogIndex, MAX_OTHERS_REJECTED, MemberId, ReadError, RecordKind,
    Refusal, RejectedRecord, Rejection, SubmissionId, Timestamp,
};

/// Every refusal with its status and, if it has one, its Retry-After.
pub(in crate::api) fn refusals() -> Vec<(Refusal, u16, Option<&'static str>)> {
    let ledger = |seed: u8| LedgerId(Blake3Digest::from_bytes([seed; 32]));
    let member = MemberId::new("trader").unwrap();
    let key: Box<PublicKey> = Box::new(SecretKey::from_seed([7; 32]).public_key());
    let kind = RecordKind::new("epcis.event").unwrap();
    let (expires, now) = (Timestamp::from_ms(1), Timestamp::from_ms(2));
    let id = SubmissionId(Sha256Digest::from_bytes([9; 32]));
    let reason = "the reason".to_owned();
    let busy = |retry_after_ms| Refusal::Busy {
        reason: "the queue is full",
        retry_after_ms,
    };
    vec![
        (
            Refusal::Malformed {
                reason: reason.clone(),
            },
            400,
            None,
        ),
        (Refusal::TooLarge { length: 5_000_000 }, 413, None),
        (Refusal::TooManyRecords { count: 10_001 }, 413, None),
        (
            Refusal::BodyTooLarge {
                record: 3,
                length: 70_000,
            },
            413,
            None,
        ),
        (
            Refusal::OtherLedger {
                found: ledger(1),
                expected: ledger(2),
            },
            422,
            None,
        ),
        (
            Refusal::UnknownMember {
                member: member.clone(),
            },
            403,
            None,
        ),
        (
            Refusal::UnknownKey {
                member: member.clone(),
                key: key.clone(),
            },
            403,
            None,
        ),
        (
            Refusal::MemberRemoved {
                member: member.clone(),
                from: Height(12),
            },
            403,
            None,
        ),
        (
            Refusal::InactiveKey {
                member,
                key: key.clone(),
            },
            403,
            None,
        ),
        (
            Refusal::WrongPurpose {
                key: key.clone(),
                purpose: KeyPurpose::Auditor,
            },
            403,
            None,
        ),
        (Refusal::BadSignature { key }, 403, None),
        (Refusal::Expired { expires, now }, 422, None),
        (Refusal::ExpiresTooLate { expires, now }, 422, None),
        (
            Refusal::Duplicate {
                id,
                first_index: Some(LogIndex(4)),
            },
            409,
            None,
        ),
        (
            Refusal::Duplicate {
                id,
                first_index: None,
            },
            409,
            None,
        ),
        (
            Refusal::UnknownKind {
                record: 0,
                kind: kind.clone(),
                last_taken: None,
            },
            422,
            None,
        ),
        (
            Refusal::UnsupportedVersion {
                record: 1,
                kind: kind.clone(),
                version: 2,
                supported: 1,
            },
            422,
            None,
        ),
        (
            Refusal::InvalidRecord {
                record: 2,
                kind: kind.clone(),
                pointer: "/eventTime".to_owned(),
                reason: reason.clone(),
            },
            422,
            None,
        ),
        (
            Refusal::RuleBroken {
                record: 3,
                kind,
                rule: "one-crop-a-year".to_owned(),
                reason: reason.clone(),
            },
            422,
            None,
        ),
        (
            Refusal::Rejected {
                first: Box::new(RejectedRecord {
                    record: 4,
                    kind: RecordKind::new("acme.lot").unwrap(),
                    rejection: Rejection::new("asset-closed", reason.clone()),
                }),
                others: vec![RejectedRecord {
                    record: 6,
                    kind: RecordKind::new("custody.claim").unwrap(),
                    rejection: Rejection::new("not-holder", reason),
                }],
                tried: 7,
            },
            422,
            None,
        ),
        (busy(1), 429, Some("1")),
        (busy(0), 429, Some("1")),
        (busy(2_001), 429, Some("3")),
        (
            Refusal::NotReady {
                reason: "it catches up",
            },
            503,
            Some("5"),
        ),
        (
            Refusal::NotValidator {
                reason: "it is a follower",
            },
            503,
            None,
        ),
    ]
}

/// The place of a refusal among its kinds. No arm for the rest: a new one has to come here.
fn variant(refusal: &Refusal) -> usize {
    match refusal {
        Refusal::Malformed { .. } => 0,
        Refusal::TooLarge { .. } => 1,
        Refusal::TooManyRecords { .. } => 2,
        Refusal::BodyTooLarge { .. } => 3,
        Refusal::OtherLedger { .. } => 4,
        Refusal::UnknownMember { .. } => 5,
        Refusal::UnknownKey { .. } => 6,
        Refusal::InactiveKey { .. } => 7,
        Refusal::WrongPurpose { .. } => 8,
        Refusal::BadSignature { .. } => 9,
        Refusal::Expired { .. } => 10,
        Refusal::ExpiresTooLate { .. } => 11,
        Refusal::Duplicate { .. } => 12,
        Refusal::UnknownKind { .. } => 13,
        Refusal::UnsupportedVersion { .. } => 14,
        Refusal::InvalidRecord { .. } => 15,
        Refusal::Busy { .. } => 16,
        Refusal::NotReady { .. } => 17,
        Refusal::RuleBroken { .. } => 18,
        Refusal::Rejected { .. } => 19,
        Refusal::MemberRemoved { .. } => 20,
        Refusal::NotValidator { .. } => 21,
    }
}

fn headers(problem: Problem) -> HeaderMap {
    problem.into_response().headers().clone()
}

#[test]
fn every_refusal_has_its_row() {
    let rows = refusals();
    let seen: BTreeSet<usize> = rows.iter().map(|(refusal, ..)| variant(refusal)).collect();
    assert_eq!(seen, (0..22).collect());
    for (refusal, status, retry_after) in rows {
        let problem = Problem::from(refusal.clone());
        let document = problem.document();
        assert_eq!(problem.status().as_u16(), status, "{refusal:?}");
        assert_eq!(document.status, status);
        assert_eq!(
            document.type_uri,
            format!("urn:waybill:problem:{}", refusal.code())
        );
        assert_eq!(document.cause, refusal.to_string());
        let fitting = refusal
            .rejection()
            .and_then(|(code, kind)| way_out(code, kind));
        assert_eq!(fitting.is_some(), refusal.rejection().is_some());
        let way_out = refusal.way_out();
        assert_eq!(document.way_out, fitting.unwrap_or(&way_out));
        // Of the submission the names are known.
        let names = ["{", "PROOFS", "WHY"];
        let unfilled = names.map(|name| way_out.contains(name));
        let is_removed = matches!(refusal, Refusal::MemberRemoved { .. });
        assert_eq!(unfilled[1..], [is_removed; 2], "{way_out}");
        assert!(document.detail.contains(&document.cause));
        assert!(document.detail.contains(&document.way_out));
        let headers = headers(problem);
        let found = headers
            .get("retry-after")
            .map(|value| value.to_str().unwrap());
        assert_eq!(found, retry_after, "{refusal:?}");
    }
}

#[test]
fn a_problem_names_the_place() {
    for (refusal, ..) in refusals() {
        let problem = Problem::from(refusal.clone());
        let document = problem.document().clone();
        let record = match refusal {
            Refusal::BodyTooLarge { .. } => Some(3),
            Refusal::UnknownKind { .. } => Some(0),
            Refusal::UnsupportedVersion { .. } => Some(1),
            Refusal::InvalidRecord { .. } => Some(2),
            Refusal::RuleBroken { .. } => Some(3),
            Refusal::Rejected { .. } => Some(4),
            _ => None,
        };
        assert_eq!(document.record, record);
        let told: Vec<_> = document
            .rejections
            .iter()
            .map(|told| (told.record, told.code.as_str(), told.way_out.is_some()))
            .collect();
        let expected = [(4, "asset-closed", true), (6, "not-holder", true)];
        let is_rejected = matches!(refusal, Refusal::Rejected { .. });
        assert_eq!(told, expected[..if is_rejected { 2 } else { 0 }]);
        assert_eq!(MAX_OTHERS_REJECTED + 1, MAX_LISTED_FAULTS);
        let is_invalid = matches!(refusal, Refusal::InvalidRecord { .. });
        assert_eq!(
            document.pointer.as_deref(),
            is_invalid.then_some("/eventTime")
        );
        if let Refusal::Duplicate { id, first_index } = refusal {
            assert_eq!(document.submission, Some(id.to_string()));
            assert_eq!(document.first_index, first_index.map(|index| index.0));
            assert_eq!(
                headers(problem)["location"],
                format!("/v1/submissions/{id}")
            );
        } else {
            assert_eq!(document.submission, None);
        }
    }
}

#[test]
fn codes_are_stable_names_and_none_is_used_twice() {
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for kind in ProblemKind::ALL {
        assert!(codes.insert(kind.code()), "{}", kind.code());
        assert!(kind.status().is_client_error() || kind.status().is_server_error());
        assert!(!kind.title().is_empty());
        assert!(!kind.way_out().is_empty());
    }
    let refusals: BTreeSet<_> = refusals()
        .iter()
        .map(|(refusal, ..)| refusal.code())
        .collect();
    assert_eq!(refusals.len(), 22);
    assert!(codes.is_disjoint(&refusals));
    for code in codes.union(&refusals) {
        assert!(
            code.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        );
    }
}

/// The page on the HTTP interface has every code with its status, and no other.
#[test]
fn the_page_on_the_interface_lists_every_code() {
    let page = include_str!("../../docs/http.md");
    let mut told = BTreeSet::new();
    let at = page.find("| status | code | when |").unwrap();
    for line in page[at..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for code in cells[2].split('`').skip(1).step_by(2) {
            assert!(told.insert((cells[1].to_owned(), code)), "{code} twice");
        }
    }
    let kinds = ProblemKind::ALL
        .into_iter()
        .map(|kind| (kind.status().as_str().to_owned(), kind.code()));
    let refusals = refusals();
    let refused = refusals
        .iter()
        .map(|(refusal, status, _)| (status.to_string(), refusal.code()));
    assert_eq!(told, kinds.chain(refused).collect());
}

#[test]
fn what_went_wrong_inside_stays_inside() {
    let problem = Problem::from(ReadError::new("/var/lib/secret: broken"));
    assert_eq!(problem.status().as_u16(), 500);
    let text = serde_json::to_string(problem.document()).unwrap();
    assert!(!text.contains("secret"), "{text}");
    let text = serde_json::to_string(Problem::internal("at line 7").document()).unwrap();
    assert!(!text.contains("line 7"), "{text}");
}
