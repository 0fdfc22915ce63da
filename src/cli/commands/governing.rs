//! Records by which members govern the ledger, put on it by one command each.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use serde_json::{Value, json};

use super::contract::proposal;
use super::sign;
use crate::cli::client::OutcomeReport;
use crate::cli::member_arguments::{NodeArguments, SigningArguments, now, parse_duration};
use crate::cli::output::Output;
use crate::cli::submitting::{DeliveryPlan, DeliveryState, Wanted, deliver};
use crate::cli::{Exit, Failure};
use crate::contracts::MAX_PROPOSAL_LIFETIME_MS;
use crate::records::governance::PROPOSAL;
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Atomicity, Record, RecordKind, Submission, Timestamp};

/// How long a record may take until it is committed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What every proposal states.
#[derive(Args, Debug)]
pub(super) struct TermsArguments {
    /// Why, for the other members
    #[arg(long)]
    pub(super) reason: String,

    /// How long it can be decided; at most 90d
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = parse_duration)]
    pub(super) open_for: Duration,
}

impl TermsArguments {
    /// Puts them into a proposal's body.
    ///
    /// # Errors
    /// [`Failure`] beyond what the ledger allows.
    pub(super) fn state(&self, body: &mut Value) -> Result<(), Failure> {
        let ahead_ms = i64::try_from(self.open_for.as_millis()).unwrap_or(i64::MAX);
        if !(1..=MAX_PROPOSAL_LIFETIME_MS).contains(&ahead_ms) {
            return Err(Failure::usage(
                format!(
                    "--open-for is {ahead_ms} ms, the ledger takes 1 to {MAX_PROPOSAL_LIFETIME_MS}"
                ),
                "give at most 90d",
            ));
        }
        // Block time may lag behind this clock: at the limit, leave the ledger a minute.
        let ahead_ms = ahead_ms.min(MAX_PROPOSAL_LIFETIME_MS - 60_000);
        let expires = Timestamp::from_ms(now().as_ms().saturating_add(ahead_ms));
        body["expires"] = json!(expires.to_string());
        body["reason"] = json!(self.reason);
        Ok(())
    }
}

/// Puts a proposal before the governing members, and says what is next.
///
/// # Errors
/// [`Failure`] if the ledger does not take it.
pub(super) async fn propose(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    what: &str,
    body: &Value,
    output: &Output,
) -> Result<Exit, Failure> {
    let index = send(signing, nodes, PROPOSAL, &body.to_string()).await?;
    let opened = proposal(nodes, index).await?;
    let text = format!("proposal {index}: {what}\n{}\n", opened.state());
    output.result(&text, &opened)?;
    let hint = nodes.hint();
    if opened.status == "open" {
        output.next(&format!(
            "waybill contract approve {index} --member OTHER --key FILE{hint}     by {} more",
            opened.quorum.saturating_sub(opened.approvals.len())
        ));
    } else {
        output.next(&format!("waybill {}{hint}", opened.change.command()));
    }
    Ok(Exit::Success)
}

/// Signs a record, puts it on the ledger, and gives its entry.
///
/// # Errors
/// [`Failure`] if the ledger does not take it, or rejects it.
pub(super) async fn send(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    kind: &str,
    body: &str,
) -> Result<u64, Failure> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Failure::new(
            Exit::Files,
            "the record is too long; nothing was sent",
            format!(
                "it has {} bytes as JSON text, the limit is {MAX_BODY_BYTES}",
                body.len()
            ),
            "shorten the contract's schemas and texts",
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
        OutcomeReport::Accepted => Ok(entry.index),
        OutcomeReport::Duplicate { of } => Ok(*of),
        OutcomeReport::Rejected { code, reason } => Err(Failure::new(
            Exit::Rejected,
            format!("the record is entry {} and was rejected", entry.index),
            format!("{code}: {reason}"),
            format!("waybill get {}{}", entry.index, nodes.hint()),
        )),
    }
}
