//! Putting one record on the ledger, for commands that write it themselves.

use std::time::Duration;

use bytes::Bytes;

use super::sign;
use crate::cli::client::OutcomeReport;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::submitting::{DeliveryPlan, DeliveryState, Wanted, deliver};
use crate::cli::{Exit, Failure};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Atomicity, Record, RecordKind, Submission};

/// How long a record may take until it is committed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Signs a record, puts it on the ledger, and gives its entry.
///
/// # Errors
/// [`Failure`] if it is longer than [`MAX_BODY_BYTES`], for which `shorten` says what helps, or if the ledger
/// does not take it.
pub(super) async fn put_record(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    kind: &str,
    body: &str,
    shorten: &str,
) -> Result<u64, Failure> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Failure::new(
            Exit::Files,
            "the record is too long; nothing was sent",
            format!(
                "it has {} bytes as JSON text, the limit is {MAX_BODY_BYTES}",
                body.len()
            ),
            shorten,
        ));
    }
    let unsigned = |error: String| Failure::usage(error, "see --help");
    let record = Record {
        kind: RecordKind::new(kind).map_err(|error| unsigned(error.to_string()))?,
        version: 1,
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let submission = Submission::sign(
        sign::ledger(signing, nodes).await?,
        signing.member.clone(),
        &signing.secret()?,
        signing.expires()?,
        Atomicity::Independent,
        vec![record],
    )
    .map_err(|error| unsigned(error.to_string()))?;
    let plan = DeliveryPlan {
        nodes: nodes.clients()?,
        wanted: Wanted::Committed,
        timeout: TIMEOUT,
    };
    let entries = match deliver(&plan, &submission, 0).await.state {
        DeliveryState::Committed { entries, .. } => entries,
        DeliveryState::Refused(error) | DeliveryState::TimedOut(Some(error)) => {
            return Err(error.into());
        }
        DeliveryState::TimedOut(None) | DeliveryState::Taken => {
            return Err(Failure::new(
                Exit::TimedOut,
                "the record is not committed yet",
                "the time is over",
                format!("waybill get {}{}", submission.id(), nodes.hint()),
            ));
        }
    };
    let Some(entry) = entries.first() else {
        return Err(Failure::new(
            Exit::Refused,
            "the node's answer cannot be read",
            "it names no entry",
            "ask another node",
        ));
    };
    match &entry.outcome {
        OutcomeReport::Accepted | OutcomeReport::Flagged { .. } => Ok(entry.index),
        OutcomeReport::Duplicate { of } => Ok(*of),
        OutcomeReport::Rejected { code, reason } => Err(Failure::new(
            Exit::Rejected,
            format!("the record is entry {} and was rejected", entry.index),
            format!("{code}: {reason}"),
            format!("waybill get {}{}", entry.index, nodes.hint()),
        )),
    }
}
