//! `waybill document`: anchoring documents, and checking whether one was anchored.

mod anchor;
mod digest;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::trust::TrustArguments;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::types::LedgerId;

/// Options of `waybill document`.
#[derive(Args, Debug)]
pub struct DocumentArguments {
    #[command(subcommand)]
    command: DocumentCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum DocumentCommand {
    /// Anchor a document: its SHA-256 goes on the ledger, the document stays with you
    #[command(
        after_help = "Whoever has the same bytes later can show that they existed by then, and that \
        you said so.\n\nExamples:\n  \
        waybill document anchor certificate.pdf --title \"Organic certificate 2026\" \
        --about urn:epc:class:lgtin:9521001.011234.GOA-25-04 --member acme --key keys/writer.key"
    )]
    Anchor(AnchorArguments),
    /// Check whether a document was anchored: who said so, when, in which entry
    #[command(
        after_help = "Exit code 0 if these very bytes are anchored, 1 if not. With --proof nothing is \
        asked of any node.\n\nExamples:\n  waybill document verify certificate.pdf\n  \
        waybill document verify certificate.pdf --proof 1234.tlog-proof --genesis genesis.json"
    )]
    Verify(VerifyArguments),
}

#[derive(Args, Debug)]
struct AnchorArguments {
    /// The document
    file: PathBuf,

    /// What it is, for people [default: the file's name]
    #[arg(long)]
    title: Option<String>,

    /// What it is, as a media type such as application/pdf [default: by the file's ending]
    #[arg(long, value_name = "TYPE")]
    media_type: Option<String>,

    /// A thing that it is about: EPC URN, GS1 Digital Link or another URI; several times for several
    #[arg(long = "about", value_name = "ID")]
    things: Vec<String>,

    /// An entry of the log that it is about; several times for several
    #[arg(long = "about-entry", value_name = "INDEX")]
    entries: Vec<u64>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct VerifyArguments {
    /// The document
    file: PathBuf,

    /// A proof of the anchor's entry (.tlog-proof): verified without asking any node
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,

    /// The entry's canonical bytes [default: the proof's name with .entry]
    #[arg(long, value_name = "FILE", requires = "proof")]
    entry: Option<PathBuf>,

    /// The ledger for which the author should have signed [default: that of --genesis]
    #[arg(long, value_name = "LEDGER-ID", requires = "proof")]
    ledger: Option<LedgerId>,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &DocumentArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        DocumentCommand::Anchor(arguments) => anchor::anchor(arguments, output).await,
        DocumentCommand::Verify(arguments) => verify::verify(arguments, output).await,
    }
}

#[cfg(test)]
mod tests;
