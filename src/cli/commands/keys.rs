//! `waybill keys`: making key files, and showing their public halves.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::files::shell_word;
use crate::cli::output::{Output, table};
use crate::cli::{Exit, Failure};
use crate::node::keys::{
    NODE_PURPOSES, PURPOSES, PublicKeysDocument, generate_keys, read_public_keys,
};
use crate::types::{KeyPurpose, MemberId};

/// Options of `waybill keys`.
#[derive(Args, Debug)]
pub struct KeysArguments {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand, Debug)]
enum KeysCommand {
    /// Make a key file for each purpose, mode 0600; existing files are never overwritten
    #[command(after_help = "Examples:\n  waybill keys generate --member acme\n  \
        waybill keys generate --member acme --only writer --folder laptop-keys")]
    Generate(GenerateArguments),
    /// Show the public halves of the key files in a folder
    #[command(after_help = "Examples:\n  waybill keys show\n  \
        waybill keys show --json > acme.json     for whoever assembles the genesis document")]
    Show(ShowArguments),
}

#[derive(Args, Debug)]
struct GenerateArguments {
    /// Whose keys
    #[arg(long)]
    member: MemberId,

    /// The member's name for people [default: the member's id]
    #[arg(long)]
    name: Option<String>,

    /// Where the key files go
    #[arg(long, value_name = "DIR", default_value = "keys")]
    folder: PathBuf,

    /// Which keys
    #[arg(long, value_enum, default_value_t = Which::All)]
    only: Which,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// Where the key files are
    #[arg(long, value_name = "DIR", default_value = "keys")]
    folder: PathBuf,

    /// Whose keys they are, if there is no public.json beside them
    #[arg(long)]
    member: Option<MemberId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// Those of a validator, a writer's and a gateway's
    All,
    /// Those of a validator
    Validator,
    /// A writer's
    Writer,
    /// A gateway's, with which a node signs for clients that hold no key
    Gateway,
    /// An auditor's, which signs tokens to read with
    Auditor,
}

impl Which {
    fn purposes(self) -> &'static [KeyPurpose] {
        match self {
            Self::All => &PURPOSES,
            Self::Validator => &NODE_PURPOSES,
            Self::Writer => &[KeyPurpose::Writer],
            Self::Gateway => &[KeyPurpose::Gateway],
            Self::Auditor => &[KeyPurpose::Auditor],
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: &KeysArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        KeysCommand::Generate(arguments) => {
            let name = arguments
                .name
                .clone()
                .unwrap_or_else(|| arguments.member.to_string());
            let purposes = arguments.only.purposes();
            let document =
                generate_keys(&arguments.folder, arguments.member.clone(), name, purposes)?;
            output.result(&describe(&document), &document)?;
            output.next(&format!(
                "waybill keys show --folder {} --json > {}.json   and hand it to whoever assembles \
                 the genesis document",
                shell_word(&arguments.folder),
                document.member
            ));
        }
        KeysCommand::Show(arguments) => {
            let document = read_public_keys(&arguments.folder, arguments.member.as_ref())?;
            output.result(&describe(&document), &document)?;
            output.next(&format!(
                "waybill genesis create --name <LEDGER> {}.json <OTHER MEMBERS' FILES>",
                document.member
            ));
        }
    }
    Ok(Exit::Success)
}

fn describe(document: &PublicKeysDocument) -> String {
    let rows: Vec<_> = document
        .keys
        .iter()
        .map(|(purpose, key)| vec![purpose.to_string(), key.to_string()])
        .collect();
    format!(
        "member {} ({})\n{}",
        document.member,
        document.name,
        table(&["purpose", "public key"], &rows)
    )
}
