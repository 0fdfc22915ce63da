//! `waybill validator`: who decides blocks, and changing that.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::governing::{TermsArguments, propose};
use super::member::read_proofs;
use crate::cli::client::NodeClient;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::{Output, table};
use crate::cli::{Exit, Failure};
use crate::crypto::PublicKey;
use crate::node::keys::{KeyProofsDocument, NODE_PURPOSES};

/// Options of `waybill validator`.
#[derive(Args, Debug)]
pub struct ValidatorArguments {
    #[command(subcommand)]
    command: ValidatorCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum ValidatorCommand {
    /// List the validators who decide a height
    #[command(
        after_help = "A change of the validators acts two heights after its decision. Examples:\n  \
        waybill validator list\n  waybill validator list --height 1     those of the beginning"
    )]
    List(ListArguments),
    /// Propose that a member's node becomes a validator
    #[command(
        after_help = "PROOFS is what the member made with `waybill keys prove`. Let its node follow \
        first, until its /readyz says that it could vote at once: a validator that does not vote \
        counts as a fault. One validator changes at a time.\n\nExamples:\n  \
        waybill validator propose-add acme-proofs.json --reason \"acme runs a node now\" --member beta --key keys/writer.key"
    )]
    ProposeAdd(ProposeAddArguments),
    /// Propose that a validator is one no more
    #[command(
        after_help = "Its node goes on to follow. Refused if those who are left and have been \
        heard of late would not make the quorum. Examples:\n  \
        waybill validator propose-remove CONSENSUS-KEY --reason \"it moves\" --member beta --key keys/writer.key"
    )]
    ProposeRemove(ProposeRemoveArguments),
    /// Propose that a validator gets new keys, or that another takes its place
    #[command(
        after_help = "To change the keys of a node: make new ones with `waybill keys generate --only \
        signing` in a new folder, copy the node's network.key there, by which its peers know it, prove \
        them, and start the node with the new folder when `waybill validator list` has the new key: up to \
        there the old one has to vote.\n\nExamples:\n  \
        waybill validator propose-replace OLD-CONSENSUS-KEY new-proofs.json --reason \"yearly rotation\" --member beta --key keys/writer.key"
    )]
    ProposeReplace(ProposeReplaceArguments),
}

#[derive(Args, Debug)]
struct ListArguments {
    /// The height [default: the next one]
    #[arg(long)]
    height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeAddArguments {
    /// The proofs of its keys
    #[arg(value_name = "PROOFS")]
    proofs: PathBuf,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeRemoveArguments {
    /// The validator's consensus key
    #[arg(value_name = "CONSENSUS-KEY", value_parser = PublicKey::from_hex)]
    old: PublicKey,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeReplaceArguments {
    /// The consensus key of the validator that goes
    #[arg(value_name = "CONSENSUS-KEY", value_parser = PublicKey::from_hex)]
    old: PublicKey,

    /// The proofs of the new keys
    #[arg(value_name = "PROOFS")]
    proofs: PathBuf,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &ValidatorArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        ValidatorCommand::List(arguments) => list(arguments, output).await,
        ValidatorCommand::ProposeAdd(arguments) => {
            let (signing, nodes) = (&arguments.signing, &arguments.nodes);
            let proofs = read_proofs(&arguments.proofs, signing, nodes).await?;
            let mut body = json!({
                "action": "addValidator",
                "member": proofs.member,
                "keys": node_keys(&proofs)?,
            });
            arguments.terms.state(&mut body)?;
            let what = format!("add a validator of {}", proofs.member);
            propose(signing, nodes, &what, &body, output).await
        }
        ValidatorCommand::ProposeRemove(arguments) => {
            let (signing, nodes, old) = (&arguments.signing, &arguments.nodes, arguments.old);
            let mut body = json!({"action": "removeValidator", "consensusKey": old});
            arguments.terms.state(&mut body)?;
            let what = format!("remove the validator {old}");
            propose(signing, nodes, &what, &body, output).await
        }
        ValidatorCommand::ProposeReplace(arguments) => {
            let (signing, nodes, old) = (&arguments.signing, &arguments.nodes, arguments.old);
            let proofs = read_proofs(&arguments.proofs, signing, nodes).await?;
            let mut body = json!({
                "action": "replaceValidator",
                "consensusKey": old,
                "member": proofs.member,
                "keys": node_keys(&proofs)?,
            });
            arguments.terms.state(&mut body)?;
            let what = format!("replace the validator {old}");
            propose(signing, nodes, &what, &body, output).await
        }
    }
}

/// The four keys of a node, as a proposal states them.
fn node_keys(proofs: &KeyProofsDocument) -> Result<Value, Failure> {
    let mut keys = json!({});
    for purpose in NODE_PURPOSES {
        let stated = proofs.keys.get(&purpose).ok_or_else(|| {
            Failure::new(
                Exit::Files,
                "the proofs are not those of a validator",
                format!("those of {} lack its {purpose} key", proofs.member),
                "waybill keys generate --member MEMBER --only validator, and waybill keys prove",
            )
        })?;
        keys[purpose.as_str()] = json!(stated);
    }
    Ok(keys)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetReport {
    height: u64,
    quorum: u64,
    fault_tolerance: u64,
    validators: Vec<ValidatorReport>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidatorReport {
    member: String,
    consensus_key: String,
    network_key: String,
}

async fn list(arguments: &ListArguments, output: &Output) -> Result<Exit, Failure> {
    let nodes = &arguments.nodes;
    let query = arguments.height.map(|height| format!("?height={height}"));
    let path = &format!("/v1/validators{}", query.unwrap_or_default());
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let document = nodes.first(ask).await?;
    let report = SetReport::deserialize(&document).map_err(|error| {
        Failure::new(
            Exit::Refused,
            "the node's answer cannot be read",
            error.to_string(),
            "is it a newer version? compare `waybill --version` with `waybill status`",
        )
    })?;
    let rows: Vec<_> = report
        .validators
        .iter()
        .map(|validator| {
            vec![
                validator.member.clone(),
                validator.consensus_key.clone(),
                validator.network_key.clone(),
            ]
        })
        .collect();
    let text = format!(
        "{}\nheight {} is decided by {} of {}; {} may fail or lie\n",
        table(&["member", "consensus key", "network key"], &rows),
        report.height,
        report.quorum,
        report.validators.len(),
        report.fault_tolerance
    );
    output.result(&text, &document)?;
    output.next(&format!("waybill member list{}", nodes.hint()));
    Ok(Exit::Success)
}
