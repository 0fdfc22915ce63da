//! `waybill contract`: writing contracts, trying them, and changing those of a ledger.

mod check;
mod folder;
mod governing;
mod reading;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) use self::show::proposal;
use super::governing::TermsArguments;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::whole_number::whole_number;
use crate::cli::{Exit, Failure};
use crate::crypto::Sha256Digest;
use crate::types::ContractName;

/// Options of `waybill contract`.
#[derive(Args, Debug)]
pub struct ContractArguments {
    #[command(subcommand)]
    command: ContractCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum ContractCommand {
    /// Check a contract's files: manifest, schemas, rules
    #[command(
        after_help = "A contract is a folder with contract.toml, README.md, schemas/*.json and \
        examples. Every fault is told with file, line and column. Exit code 1 if there is one.\n\n\
        Examples:\n  waybill contract check contracts/organic-certificate\n  \
        waybill contract check --json my-contract"
    )]
    Check(FolderArguments),
    /// Run a contract's examples: valid ones are accepted, invalid ones rejected as they say
    #[command(
        after_help = "Each file in examples/valid and examples/invalid is a record in its \
        circumstances: kind, submitter, block, the asset before, the record, and for an invalid \
        one what it is to be rejected with.\n\nExamples:\n  \
        waybill contract test contracts/organic-certificate"
    )]
    Test(FolderArguments),
    /// Propose a contract, or a new version of one, to the governing members
    #[command(
        after_help = "The files are checked and the examples run before anything is sent. The \
        proposal is adopted when more than two thirds of the governing members approve; who \
        proposes approves.\n\nExamples:\n  \
        waybill contract install my-contract --reason \"we certify cocoa\" --member acme --key keys/writer.key\n  \
        waybill contract install my-contract --reason \"season 2027\" --from-height 120000 --member acme --key keys/writer.key"
    )]
    Install(InstallArguments),
    /// Propose that a contract ends
    #[command(after_help = "What it judged stays judged. Examples:\n  \
        waybill contract retire crates --reason \"nobody uses it\" --member acme --key keys/writer.key")]
    Retire(RetireArguments),
    /// List the contracts of the ledger, with the heights at which they judge
    #[command(after_help = "Examples:\n  waybill contract list --url http://127.0.0.1:7600")]
    List(ListArguments),
    /// Show a contract of the ledger: kinds, roles, rules; or write its files to a folder
    #[command(after_help = "Examples:\n  waybill contract show supply-chain\n  \
        waybill contract show membership --version 1 --out my-membership     to change it")]
    Show(ShowArguments),
    /// List the proposals that can be decided, whatever they are about
    #[command(
        after_help = "Examples:\n  waybill contract proposals\n  waybill contract proposals 1234"
    )]
    Proposals(ProposalsArguments),
    /// Approve a proposal, as its text says and not as a node tells it
    #[command(
        after_help = "The text is fetched, read by this program and shown before it is signed. Exit code 1, \
        and nothing is sent, if the node tells another story, or the text is not that of --digest.\n\n\
        Examples:\n  \
        waybill contract approve 1234 --member acme --key keys/writer.key"
    )]
    Approve(DecideArguments),
    /// Say no to a proposal
    #[command(after_help = "Examples:\n  \
        waybill contract reject 1234 --member acme --key keys/writer.key")]
    Reject(DecideArguments),
    /// Take an own proposal back
    #[command(after_help = "Examples:\n  \
        waybill contract withdraw 1234 --member acme --key keys/writer.key")]
    Withdraw(DecideArguments),
}

#[derive(Args, Debug)]
struct FolderArguments {
    /// The contract's folder
    folder: PathBuf,
}

#[derive(Args, Debug)]
struct ProposingArguments {
    #[command(flatten)]
    terms: TermsArguments,

    /// The first height at which it is to hold [default: the one after its adoption]
    #[arg(long, value_name = "HEIGHT")]
    from_height: Option<u64>,
}

#[derive(Args, Debug)]
struct InstallArguments {
    /// The contract's folder
    folder: PathBuf,
    #[command(flatten)]
    proposing: ProposingArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct RetireArguments {
    /// The contract
    name: ContractName,
    #[command(flatten)]
    proposing: ProposingArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ListArguments {
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// The contract
    name: ContractName,

    /// Its version [default: the one in force]
    #[arg(id = "contract_version", long = "version", value_name = "VERSION", value_parser = whole_number::<u32>(0..=u32::MAX))]
    version: Option<u32>,

    /// Write its files to a new folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposalsArguments {
    /// Only this one, by its entry; also if it is decided
    index: Option<u64>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,

    /// Write the files of the contract that it would install to a new folder
    #[arg(long, value_name = "DIR", requires = "index")]
    out: Option<PathBuf>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct DecideArguments {
    /// The proposal, by its entry
    index: u64,

    /// The digest of the text that is meant, as `contract proposals` shows it [default: that of the text that this
    /// command shows]
    #[arg(long, value_name = "SHA256")]
    digest: Option<Sha256Digest>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &ContractArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        ContractCommand::Check(arguments) => check::check(&arguments.folder, output),
        ContractCommand::Test(arguments) => check::test(&arguments.folder, output),
        ContractCommand::Install(arguments) => governing::install(arguments, output).await,
        ContractCommand::Retire(arguments) => governing::retire(arguments, output).await,
        ContractCommand::List(arguments) => show::list(arguments, output).await,
        ContractCommand::Show(arguments) => show::show(arguments, output).await,
        ContractCommand::Proposals(arguments) => show::proposals(arguments, output).await,
        ContractCommand::Approve(arguments) => {
            governing::decide(arguments, "approve", output).await
        }
        ContractCommand::Reject(arguments) => governing::decide(arguments, "reject", output).await,
        ContractCommand::Withdraw(arguments) => {
            governing::decide(arguments, "withdraw", output).await
        }
    }
}

#[cfg(test)]
mod tests;
