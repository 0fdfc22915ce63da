//! `waybill contract install`, `retire`, `approve`, `reject` and `withdraw`: changing the contracts.

use serde_json::{Value, json};

use super::check::{run_examples, unsound};
use super::folder::read_contract;
use super::show::proposal;
use super::{DecideArguments, InstallArguments, ProposingArguments, RetireArguments};
use crate::cli::client::NodeClient;
use crate::cli::commands::one_record::put_record;
use crate::cli::files::shell_word;
use crate::cli::member_arguments::{NodeArguments, SigningArguments, now};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::contracts::{Contract, MAX_PROPOSAL_LIFETIME_MS};
use crate::crypto::Sha256Digest;
use crate::records::governance::{BALLOT, PROPOSAL};
use crate::types::Timestamp;

/// What helps if a record is too long.
const TOO_LONG: &str = "shorten the contract's schemas and texts";

/// Proposes a contract.
///
/// # Errors
/// [`Failure`] if it is not sound, its examples fail, or the ledger does not take it.
pub(super) async fn install(
    arguments: &InstallArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let bundle = read_contract(folder)?;
    let contract = Contract::compile(&bundle).map_err(|problems| unsound(folder, &problems))?;
    let failed: Vec<String> = run_examples(folder, &bundle)?
        .into_iter()
        .filter_map(|result| Some(format!("{}: {}", result.path, result.why?)))
        .collect();
    if !failed.is_empty() {
        return Err(Failure::new(
            Exit::CheckFailed,
            "examples come out otherwise than they say; nothing was sent",
            failed.join("\n"),
            format!("correct them; waybill contract test {}", shell_word(folder)),
        ));
    }
    let what = format!("install {} {}", contract.name(), contract.version());
    let mut body = json!({"action": "installContract", "contract": bundle});
    state(&arguments.proposing, &mut body)?;
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    propose(signing, nodes, &what, &body, output).await
}

/// Proposes that a contract ends.
///
/// # Errors
/// [`Failure`] if the ledger does not take it.
pub(super) async fn retire(arguments: &RetireArguments, output: &Output) -> Result<Exit, Failure> {
    let what = format!("retire {}", arguments.name);
    let mut body = json!({"action": "retireContract", "name": arguments.name});
    state(&arguments.proposing, &mut body)?;
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    propose(signing, nodes, &what, &body, output).await
}

/// What every proposal states.
fn state(arguments: &ProposingArguments, body: &mut Value) -> Result<(), Failure> {
    let ahead_ms = i64::try_from(arguments.open_for.as_millis()).unwrap_or(i64::MAX);
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
    body["reason"] = json!(arguments.reason);
    if let Some(height) = arguments.from_height {
        body["fromHeight"] = json!(height);
    }
    Ok(())
}

async fn propose(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    what: &str,
    body: &Value,
    output: &Output,
) -> Result<Exit, Failure> {
    let index = put_record(signing, nodes, PROPOSAL, &body.to_string(), TOO_LONG).await?;
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
        output.next(&format!("waybill contract list{hint}"));
    }
    Ok(Exit::Success)
}

/// Answers a proposal.
///
/// # Errors
/// [`Failure`] if the node shows another text than it says, or the ledger does not take the ballot.
pub(super) async fn decide(
    arguments: &DecideArguments,
    decision: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let (nodes, index) = (&arguments.nodes, arguments.index);
    let path = &format!("/v1/records/{index}");
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let entry = nodes.first(ask).await?;
    let record = &entry["record"];
    let body = record["body"].as_str().unwrap_or_default();
    if record["kind"].as_str() != Some(PROPOSAL) {
        return Err(Failure::usage(
            format!("entry {index} is no proposal"),
            format!("waybill contract proposals{}", nodes.hint()),
        ));
    }
    // What is agreed to is the text that was shown, whatever the node calls it.
    let digest = Sha256Digest::of(body.as_bytes());
    let before = proposal(nodes, index).await?;
    if before.digest != digest.to_string() {
        return Err(Failure::new(
            Exit::CheckFailed,
            "the node's answer is not to be trusted",
            format!(
                "the text of entry {index} has the digest {digest}, the proposal {}",
                before.digest
            ),
            "ask another node",
        ));
    }
    let ballot = json!({
        "proposal": index,
        "digest": digest.to_string(),
        "decision": decision,
    });
    let body = ballot.to_string();
    put_record(&arguments.signing, nodes, BALLOT, &body, TOO_LONG).await?;
    let after = proposal(nodes, index).await?;
    let text = format!("proposal {index}: {}\n{}\n", after.effect(), after.state());
    output.result(&text, &after)?;
    let hint = nodes.hint();
    output.next(&match after.status.as_str() {
        "adopted" => format!("waybill contract list{hint}"),
        _ => format!("waybill contract proposals{hint}"),
    });
    Ok(Exit::Success)
}
