//! `waybill contract install`, `retire`, `approve`, `reject` and `withdraw`: changing the contracts.

use serde_json::{Value, json};

use super::check::{run_examples, unsound};
use super::folder::read_contract;
use super::reading::Reading;
use super::show::proposal;
use super::{DecideArguments, InstallArguments, ProposingArguments, RetireArguments};
use crate::cli::commands::governing::propose;
use crate::cli::commands::record::put_record;
use crate::cli::files::shell_word;
use crate::cli::output::Output;
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::contracts::Contract;
use crate::records::governance::BALLOT;

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
        .filter_map(|result| Some(format!("{}: {}", plain(&result.path), result.why?)))
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

fn state(arguments: &ProposingArguments, body: &mut Value) -> Result<(), Failure> {
    arguments.terms.state(body)?;
    if let Some(height) = arguments.from_height {
        body["fromHeight"] = json!(height);
    }
    Ok(())
}

/// Answers a proposal.
///
/// # Errors
/// [`Failure`] if the node says another thing of the text than it states, or the ledger does not take the ballot.
pub(super) async fn decide(
    arguments: &DecideArguments,
    decision: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let (nodes, index) = (&arguments.nodes, arguments.index);
    let reading = Reading::fetch(nodes, &proposal(nodes, index).await?).await?;
    let digest = reading.digest;
    // Another node, or the same one, may have shown another text before.
    if let Some(shown) = arguments.digest.filter(|shown| *shown != digest) {
        return Err(Failure::new(
            Exit::CheckFailed,
            "this is not the text that you mean",
            format!("the text of proposal {index} has the digest {digest}, not {shown}"),
            format!("waybill contract proposals {index}{}", nodes.hint()),
        ));
    }
    if let Some(why) = reading.unknown.as_ref().filter(|_| decision == "approve") {
        return Err(Failure::new(
            Exit::CheckFailed,
            "this program cannot judge the contract that is to be approved",
            why,
            "approve with the program that proposed it: compare `waybill --version`",
        )
        .in_others_words());
    }
    output.preview(&format!("proposal {index}\n{}", reading.text()));
    let ballot = json!({
        "proposal": index,
        "digest": digest.to_string(),
        "decision": decision,
    });
    put_record(&arguments.signing, nodes, BALLOT, &ballot.to_string()).await?;
    let after = proposal(nodes, index).await?;
    output.report(&after, |after| {
        let (effect, state) = (&reading.effect, after.state());
        Ok(format!("proposal {index}: {effect}\n{state}\n"))
    })?;
    let hint = nodes.hint();
    output.next(&match after.status.as_str() {
        "adopted" => format!("waybill {}{hint}", after.change.command()),
        _ => format!("waybill contract proposals{hint}"),
    });
    Ok(Exit::Success)
}
