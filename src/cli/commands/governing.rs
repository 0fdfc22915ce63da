//! Records by which members govern the ledger, put on it by one command each.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::contract::proposal;
use super::record::put_record;
use crate::cli::member_arguments::{NodeArguments, SigningArguments, now, parse_duration};
use crate::cli::output::Output;
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::contracts::MAX_PROPOSAL_LIFETIME_MS;
use crate::records::governance::PROPOSAL;
use crate::types::Timestamp;

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
    let index = put_record(signing, nodes, PROPOSAL, &body.to_string())
        .await?
        .index;
    let opened = proposal(nodes, index).await?;
    output.report(&opened, |opened| {
        Ok(format!(
            "proposal {index}: {}\n{}\n",
            plain(what),
            opened.state()
        ))
    })?;
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
