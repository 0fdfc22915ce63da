//! `waybill genesis`: assembling, showing and checking a genesis document.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::files::{read_bounded, shell_word, write_new};
use crate::cli::member_arguments::{now, read_genesis};
use crate::cli::output::{Output, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::contracts::{GOVERNOR_ROLE, shipped_contracts};
use crate::node::keys::PublicKeysDocument;
use crate::types::{
    ConsensusParameters, GENESIS_FORMAT, Genesis, GenesisDocument, GenesisError, GenesisKey,
    GenesisMember, GenesisValidator, KeyPurpose, LedgerId, Role, Timestamp,
};

/// Largest document of public keys, in bytes.
const MAX_PUBLIC_KEYS_BYTES: u64 = 1024 * 1024;

/// Most members that are named to who can join.
const MAX_NAMED_MEMBERS: usize = 8;

/// Options of `waybill genesis`.
#[derive(Args, Debug)]
pub struct GenesisArguments {
    #[command(subcommand)]
    command: GenesisCommand,
}

#[derive(Subcommand, Debug)]
enum GenesisCommand {
    /// Assemble a document from the members' public keys
    #[command(
        after_help = "Each FILE is what `waybill keys show --json` printed at a member. A \
        member with all four keys of a validator gets one; more than two thirds of the validators \
        decide, so that n = 3f + 1 of them bear f that fail or lie.\n\nExamples:\n  \
        waybill genesis create --name example.com/cocoa acme.json bolt.json crate.json dune.json"
    )]
    Create(CreateArguments),
    /// Show a document
    Show(FileArguments),
    /// Check a document, and that it is of the ledger you think
    #[command(
        after_help = "Examples:\n  waybill genesis check genesis.json --ledger 3f9a…\n  \
        b3sum genesis.json     prints the same ledger id"
    )]
    Check(CheckArguments),
}

#[derive(Args, Debug)]
struct CreateArguments {
    /// Public keys of the members
    #[arg(required = true, value_name = "FILE")]
    members: Vec<PathBuf>,

    /// The ledger's name, unique in the world: the origin of its checkpoints
    #[arg(long, value_name = "LEDGER")]
    name: String,

    /// Where the document goes
    #[arg(long, value_name = "FILE", default_value = "genesis.json")]
    output: PathBuf,

    /// The time before the first block, RFC 3339 [default: now]
    #[arg(long, value_parser = parse_time)]
    time: Option<Timestamp>,

    /// Give every member this role; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,

    /// Least time between two blocks, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = ConsensusParameters::default().block_beat_ms)]
    block_beat_ms: u64,

    /// Longest time without a block, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = ConsensusParameters::default().heartbeat_ms)]
    heartbeat_ms: u64,

    /// Every so many heights the validators cosign the log
    #[arg(long, value_name = "HEIGHTS", default_value_t = ConsensusParameters::default().checkpoint_interval)]
    checkpoint_interval: u64,
}

#[derive(Args, Debug)]
struct FileArguments {
    /// The document
    #[arg(value_name = "FILE", default_value = "genesis.json")]
    file: PathBuf,
}

#[derive(Args, Debug)]
struct CheckArguments {
    /// The document
    #[arg(value_name = "FILE", default_value = "genesis.json")]
    file: PathBuf,

    /// The ledger id that it should have
    #[arg(long, value_name = "LEDGER-ID")]
    ledger: Option<LedgerId>,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).map_err(|error| error.to_string())
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: &GenesisArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        GenesisCommand::Create(arguments) => create(arguments, output),
        GenesisCommand::Show(arguments) => {
            let genesis = read_genesis(&arguments.file)?;
            output.result(&describe(&genesis), &summary(&genesis))?;
            output.next(&joining(&genesis, &arguments.file));
            Ok(Exit::Success)
        }
        GenesisCommand::Check(arguments) => check(arguments, output),
    }
}

fn create(arguments: &CreateArguments, output: &Output) -> Result<Exit, Failure> {
    let mut members = Vec::with_capacity(arguments.members.len());
    for path in &arguments.members {
        members.push(read_member(path)?);
    }
    let consensus = ConsensusParameters {
        block_beat_ms: arguments.block_beat_ms,
        heartbeat_ms: arguments.heartbeat_ms,
        checkpoint_interval: arguments.checkpoint_interval,
        ..ConsensusParameters::default()
    };
    let time = arguments.time.unwrap_or_else(now);
    let (bytes, genesis) = assemble(&arguments.name, time, consensus, &members, &arguments.roles)
        .map_err(|error| {
        Failure::new(
            Exit::Files,
            "the genesis document cannot be made",
            error.to_string(),
            "correct the options, or ask the member for the keys again",
        )
    })?;
    write_new(&arguments.output, &bytes)?;
    let text = format!(
        "wrote {}\n{}",
        arguments.output.display(),
        describe(&genesis)
    );
    output.result(&text, &summary(&genesis))?;
    output.next(&format!(
        "{}     give {} to every member, byte for byte",
        joining(&genesis, &arguments.output),
        arguments.output.display()
    ));
    Ok(Exit::Success)
}

/// The command with which a member of a genesis document joins, and who can: it names the only one, or some.
fn joining(genesis: &Genesis, file: &Path) -> String {
    let ids: Vec<_> = genesis
        .members()
        .iter()
        .map(|member| member.id.as_str())
        .collect();
    let file = shell_word(file);
    match ids.as_slice() {
        [only] => format!("waybill init --member {only} --genesis {file}"),
        ids => {
            let named = ids.get(..MAX_NAMED_MEMBERS).unwrap_or(ids).join(", ");
            let more = match ids.len() > MAX_NAMED_MEMBERS {
                true => " and others",
                false => "",
            };
            format!("waybill init --member MEMBER --genesis {file}     as one of {named}{more}")
        }
    }
}

fn check(arguments: &CheckArguments, output: &Output) -> Result<Exit, Failure> {
    let genesis = read_genesis(&arguments.file)?;
    if let Some(expected) = arguments.ledger.filter(|id| *id != genesis.ledger()) {
        return Err(Failure::new(
            Exit::CheckFailed,
            format!("{} is of another ledger", arguments.file.display()),
            format!("its ledger id is {}, expected {expected}", genesis.ledger()),
            "get the document from a member of the ledger, byte for byte",
        ));
    }
    let text = format!(
        "{} is sound\n{}",
        arguments.file.display(),
        describe(&genesis)
    );
    output.result(&text, &summary(&genesis))?;
    output.next(&joining(&genesis, &arguments.file));
    Ok(Exit::Success)
}

fn read_member(path: &Path) -> Result<PublicKeysDocument, Failure> {
    let bytes = read_bounded(path, MAX_PUBLIC_KEYS_BYTES)?;
    PublicKeysDocument::parse(&bytes).map_err(|reason| {
        Failure::file(
            path,
            reason,
            "it has to be what `waybill keys show --json` printed at the member",
        )
    })
}

/// Makes a genesis document of members' public keys. A member with all four keys of a validator
/// gets one.
///
/// # Errors
/// [`GenesisError`] if the result would not be one.
pub fn assemble(
    name: &str,
    time: Timestamp,
    consensus: ConsensusParameters,
    members: &[PublicKeysDocument],
    roles: &[Role],
) -> Result<(Vec<u8>, Genesis), GenesisError> {
    let validators = members
        .iter()
        .filter_map(|document| {
            let key = |purpose| document.keys.get(&purpose).copied();
            Some(GenesisValidator {
                member: document.member.clone(),
                consensus_key: key(KeyPurpose::Consensus)?,
                network_key: key(KeyPurpose::Network)?,
                log_key: key(KeyPurpose::Log)?,
                cosigner_key: key(KeyPurpose::Cosigner)?,
            })
        })
        .collect();
    let members = members
        .iter()
        .map(|document| GenesisMember {
            id: document.member.clone(),
            name: document.name.clone(),
            roles: roles_of(document, roles),
            keys: document
                .keys
                .iter()
                .filter(|(purpose, _)| {
                    matches!(
                        purpose,
                        KeyPurpose::Writer | KeyPurpose::Gateway | KeyPurpose::Auditor
                    )
                })
                .map(|(purpose, key)| GenesisKey {
                    purpose: *purpose,
                    key: *key,
                })
                .collect(),
        })
        .collect();
    let document = GenesisDocument {
        format: GENESIS_FORMAT.to_owned(),
        name: name.to_owned(),
        time,
        consensus,
        members,
        validators,
        contracts: shipped_contracts(),
    };
    let mut bytes =
        serde_json::to_vec_pretty(&document).map_err(|error| GenesisError::Malformed {
            reason: error.to_string(),
        })?;
    bytes.push(b'\n');
    let genesis = Genesis::parse(&bytes)?;
    Ok((bytes, genesis))
}

/// Whoever runs a validator governs besides: somebody has to be able to change the contracts.
fn roles_of(document: &PublicKeysDocument, roles: &[Role]) -> Vec<Role> {
    let governor = Role::new(GOVERNOR_ROLE).ok();
    let governs = document.keys.contains_key(&KeyPurpose::Consensus);
    let mut roles = roles.to_vec();
    roles.extend(governor.filter(|role| governs && !roles.contains(role)));
    roles
}

fn describe(genesis: &Genesis) -> String {
    let validators = genesis.validators();
    let mut text = String::new();
    let _ = writeln!(text, "ledger id   {}", genesis.ledger());
    let _ = writeln!(text, "name        {}", plain(genesis.name()));
    let _ = writeln!(text, "time        {}", genesis.time());
    let _ = writeln!(
        text,
        "validators  {}: {} of them decide, {} may fail or lie",
        validators.len(),
        validators.quorum(),
        validators.fault_tolerance()
    );
    text.push('\n');
    let rows: Vec<_> = genesis
        .members()
        .iter()
        .map(|member| {
            let count = validators
                .iter()
                .filter(|(_, validator)| validator.member == member.id)
                .count();
            vec![
                member.id.to_string(),
                member.name.clone(),
                count.to_string(),
                member.keys.len().to_string(),
            ]
        })
        .collect();
    text.push_str(&table(&["member", "name", "validators", "keys"], &rows));
    text
}

fn summary(genesis: &Genesis) -> serde_json::Value {
    let members: Vec<_> = genesis
        .members()
        .iter()
        .map(|member| {
            let keys: Vec<_> = member
                .keys
                .iter()
                .map(|key| json!({"purpose": key.purpose, "key": key.key}))
                .collect();
            json!({"id": member.id, "name": member.name, "roles": member.roles, "keys": keys})
        })
        .collect();
    json!({
        "ledger": genesis.ledger(),
        "name": genesis.name(),
        "time": genesis.time(),
        "consensus": genesis.consensus(),
        "quorum": genesis.validators().quorum(),
        "faultTolerance": genesis.validators().fault_tolerance(),
        "validatorCount": genesis.validators().len(),
        "members": members,
    })
}

#[cfg(test)]
mod tests;
