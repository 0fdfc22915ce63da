//! One record that a command makes itself: signed, delivered, and waited for.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::sign;
use crate::cli::client::{ClientError, EntryReport, OutcomeReport};
use crate::cli::hints::filled;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::note;
use crate::cli::submitting::{
    Delivery, DeliveryPlan, DeliveryState, WaitingNotice, Wanted, deliver, why_not_seen,
};
use crate::cli::{Exit, Failure};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Atomicity, MemberId, Record, RecordKind, Submission};

/// How long the record may take until it is committed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A record that took effect.
pub(super) struct PutRecord {
    /// Its entry, or that of the first if it is a duplicate.
    pub(super) index: u64,
    /// What became of it.
    pub(super) outcome: OutcomeReport,
}

/// What an entry is, as a node tells it, for who took it for something else.
pub(super) fn entry_kind(entry: &Value) -> String {
    match entry.pointer("/record/kind").and_then(Value::as_str) {
        Some(kind) => format!("a record of kind {kind}"),
        None => "no record of a member".to_owned(),
    }
}

/// The entries of a record's submission, if it was seen to be committed.
fn committed(
    delivery: Delivery,
    member: &MemberId,
    record: &Record,
    hint: &str,
) -> Result<Vec<EntryReport>, Failure> {
    let not_seen = |error: Option<&ClientError>| {
        Failure::new(
            Exit::TimedOut,
            "the record is not committed yet",
            why_not_seen(error),
            format!("waybill get {}{hint}", delivery.id),
        )
        .in_others_words()
    };
    match delivery.state {
        DeliveryState::Committed { entries, .. } => Ok(entries),
        DeliveryState::Refused(error) | DeliveryState::Unreachable(error) => {
            let mut failure = Failure::from(error);
            failure.way_out = filled(&failure.way_out, member, record);
            Err(failure)
        }
        DeliveryState::TimedOut(error) => Err(not_seen(error.as_ref())),
        DeliveryState::Taken => Err(not_seen(None)),
    }
}

/// Signs a record of version 1, puts it on the ledger, and waits until it is committed.
///
/// # Errors
/// [`Failure`] if it cannot be signed or delivered, or was rejected.
pub(super) async fn put_record(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    kind: &str,
    body: &str,
) -> Result<PutRecord, Failure> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Failure::new(
            Exit::Files,
            "the record is too long; nothing was sent",
            format!(
                "it has {} bytes as JSON text, the limit is {MAX_BODY_BYTES}",
                body.len()
            ),
            "shorten its texts, or make two records of it",
        ));
    }
    let unsigned = |error: String| Failure::usage(error, "see --help");
    let kind = RecordKind::new(kind).map_err(|error| unsigned(error.to_string()))?;
    let record = Record {
        kind: kind.clone(),
        version: 1,
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let submission = Submission::sign(
        sign::ledger(signing, nodes).await?,
        signing.member.clone(),
        &signing.secret()?,
        signing.expires()?,
        Atomicity::Independent,
        vec![record.clone()],
    )
    .map_err(|error| unsigned(error.to_string()))?;
    let plan = DeliveryPlan {
        nodes: nodes.clients()?,
        wanted: Wanted::Committed,
        timeout: TIMEOUT,
    };
    let notice = WaitingNotice {
        nodes: plan.nodes.clone(),
        timeout: plan.timeout,
        hint: nodes.hint(),
    };
    let delivery = notice.during(deliver(&plan, &submission, 0), note).await;
    let entries = committed(delivery, &signing.member, &record, &nodes.hint())?;
    let Some(entry) = entries.first() else {
        return Err(Failure::new(
            Exit::Refused,
            "the node's answer cannot be read",
            "it names no entry",
            "ask another node",
        ));
    };
    let index = match &entry.outcome {
        OutcomeReport::Accepted | OutcomeReport::Flagged { .. } => entry.index,
        OutcomeReport::Duplicate { of } => *of,
        OutcomeReport::Rejected { code, reason } => {
            return Err(Failure::new(
                Exit::Rejected,
                format!("the record is entry {} and was rejected", entry.index),
                format!("{code}: {reason}"),
                match entry.outcome.way_out(&kind) {
                    Some(hint) => filled(hint, &signing.member, &record),
                    None => format!("waybill get {}{}", entry.index, nodes.hint()),
                },
            )
            .in_others_words());
        }
    };
    Ok(PutRecord {
        index,
        outcome: entry.outcome.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Sha256Digest;
    use crate::types::SubmissionId;

    fn ended(state: DeliveryState) -> Failure {
        let record = Record {
            kind: RecordKind::new("custody.claim").unwrap(),
            version: 1,
            body: Bytes::from_static(b"{}"),
        };
        let id = SubmissionId(Sha256Digest::from_bytes([1; 32]));
        let delivery = Delivery { id, state };
        let member = MemberId::new("acme").unwrap();
        committed(delivery, &member, &record, " --url http://a:1").unwrap_err()
    }

    /// What a node has, or may have, is told with its id, whatever came of the node: nobody puts it there twice.
    #[test]
    fn what_may_still_happen_is_told_with_its_id() {
        let gone = ClientError::Unreachable {
            url: "http://a:1".to_owned(),
            reason: "connection refused".to_owned(),
        };
        let way_out = format!("waybill get {} --url http://a:1", "01".repeat(32));
        for state in [
            DeliveryState::Taken,
            DeliveryState::TimedOut(None),
            DeliveryState::TimedOut(Some(gone.clone())),
        ] {
            let failure = ended(state);
            assert_eq!(failure.exit, Exit::TimedOut);
            assert_eq!(failure.way_out, way_out);
            assert!(failure.why.contains("may still be committed"), "{failure}");
        }
        let failure = ended(DeliveryState::Unreachable(gone));
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(!failure.way_out.contains("waybill get"), "{failure}");
    }
}
