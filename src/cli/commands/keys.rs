//! `waybill keys`: making key files, and showing their public halves.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::cli::files::shell_word;
use crate::cli::member_arguments::read_genesis;
use crate::cli::output::{Output, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::node::keys::{
    KeyProofsDocument, NODE_PURPOSES, PURPOSES, PublicKeysDocument, generate_keys, read_public_keys,
};
use crate::types::{KeyPurpose, LedgerId, MemberId};

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
    /// Prove to the governing members of a ledger that the keys are yours
    #[command(
        after_help = "Each key signs its purpose, its member and the ledger, so that nobody can \
        register the key of another as its own. Hand the file to a governing member, who names it in \
        waybill member propose-add or waybill validator propose-add. Nothing in it is secret.\n\n\
        Examples:\n  waybill keys prove --genesis genesis.json > acme-proofs.json\n  \
        waybill keys prove --folder new-keys --member acme --ledger LEDGER-ID > acme-proofs.json"
    )]
    Prove(ProveArguments),
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("for").args(["ledger", "genesis"]).required(true))]
struct ProveArguments {
    /// Where the key files are
    #[arg(long, value_name = "DIR", default_value = "keys")]
    folder: PathBuf,

    /// Whose keys they are, if there is no public.json beside them
    #[arg(long)]
    member: Option<MemberId>,

    /// The ledger id to prove them for
    #[arg(
        long,
        value_name = "LEDGER-ID",
        env = "WAYBILL_LEDGER",
        hide_env_values = true
    )]
    ledger: Option<LedgerId>,

    /// The genesis document, whose digest is the ledger id to prove them for
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
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
    /// Those that a validator signs with: for new keys of a node that keeps its network key
    Signing,
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
            Self::Signing => &[KeyPurpose::Consensus, KeyPurpose::Log, KeyPurpose::Cosigner],
            Self::Writer => &[KeyPurpose::Writer],
            Self::Gateway => &[KeyPurpose::Gateway],
            Self::Auditor => &[KeyPurpose::Auditor],
        }
    }
}

/// What is done with new keys: those of a node, or of a whole member, go into a genesis document, if there is no ledger yet;
/// a single key is registered with a ledger that there is.
fn next_step(arguments: &GenerateArguments, document: &PublicKeysDocument) -> String {
    let (folder, member) = (&arguments.folder, &document.member);
    let file = |name: &str| shell_word(folder.join(name));
    match arguments.only {
        Which::Writer => format!(
            "waybill member add-key {} --member {member} --key OTHER-KEY-FILE",
            file("writer.key")
        ),
        Which::Gateway => format!(
            "waybill member add-key {} --purpose gateway --member {member} --key WRITER-KEY-FILE",
            file("gateway.key")
        ),
        Which::Auditor => format!(
            "waybill member add-key {} --purpose auditor --member {member} --key WRITER-KEY-FILE",
            file("auditor.key")
        ),
        Which::All | Which::Validator | Which::Signing => format!(
            "waybill keys show --folder {folder} --json > {member}.json   and hand it to whoever assembles the genesis \
             document; for a ledger that there is: waybill keys prove --folder {folder} --genesis genesis.json",
            folder = shell_word(folder),
        ),
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
            output.next(&next_step(arguments, &document));
        }
        KeysCommand::Prove(arguments) => return prove(arguments, output),
        KeysCommand::Show(arguments) => {
            let document = read_public_keys(&arguments.folder, arguments.member.as_ref())?;
            output.result(&describe(&document), &document)?;
            output.next(&format!(
                "waybill genesis create --name LEDGER {}.json OTHERS.json",
                document.member
            ));
        }
    }
    Ok(Exit::Success)
}

fn prove(arguments: &ProveArguments, output: &Output) -> Result<Exit, Failure> {
    let ledger = match (&arguments.ledger, &arguments.genesis) {
        (Some(ledger), _) => *ledger,
        (None, Some(path)) => read_genesis(path)?.ledger(),
        (None, None) => {
            return Err(Failure::usage(
                "the ledger is not named",
                "give --ledger or --genesis",
            ));
        }
    };
    let folder = &arguments.folder;
    let keys = read_public_keys(folder, arguments.member.as_ref())?;
    let document = KeyProofsDocument::sign(folder, &keys, ledger)?;
    // A document for a file, whoever reads the output.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    output.data(&text)?;
    output.next(
        "waybill member propose-add FILE --reason WHY --member MEMBER --key KEY-FILE     by a governing member, \
         or validator propose-add",
    );
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
        plain(&document.name),
        table(&["purpose", "public key"], &rows)
    )
}
