//! `waybill init`: everything that a new node needs, in one folder.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::genesis::assemble;
use crate::cli::files::{read_bounded, shell_word, write_new};
use crate::cli::member_arguments::{now, read_genesis};
use crate::cli::output::Output;
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::node::config::example;
use crate::node::keys::{PUBLIC_KEYS_FILE, PURPOSES, generate_keys, read_public_keys};
use crate::types::{ConsensusParameters, Genesis, KeyPurpose, MAX_GENESIS_BYTES, MemberId};

/// Options of `waybill init`.
#[derive(Args, Debug)]
#[command(
    after_help = "Without --genesis a new ledger is made, with this node as its only \
    validator: good for a first look. To join a ledger, run `waybill keys generate --folder \
    DIR/keys`, hand the public keys to the others, and come back with the genesis document. Nothing is ever \
    overwritten; keys that are in DIR/keys already are used.\n\nExamples:\n  \
    waybill init --member acme\n  waybill init --member acme --genesis genesis.json --folder /srv/waybill"
)]
pub struct InitArguments {
    /// Whose node it is
    #[arg(long)]
    member: MemberId,

    /// The member's name for people [default: the member's id]
    #[arg(long)]
    name: Option<String>,

    /// Name of the new ledger, unique in the world [default: MEMBER/ledger]
    #[arg(long, conflicts_with = "genesis")]
    ledger: Option<String>,

    /// Genesis document of the ledger to join
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,

    /// Where everything goes
    #[arg(long, value_name = "DIR", default_value = "waybill")]
    folder: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: &InitArguments, output: &Output) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let config_path = folder.join("waybill.toml");
    let genesis_path = folder.join("genesis.json");
    for path in [&config_path, &genesis_path] {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::file(
                path,
                "it exists already, and nothing is overwritten",
                "name another folder with --folder, or start the node that is there",
            ));
        }
    }
    // Before anything is written: a document that cannot be read must not leave half a node.
    let given = match &arguments.genesis {
        Some(path) => {
            let genesis = read_genesis(path)?;
            Some((read_bounded(path, MAX_GENESIS_BYTES as u64)?, genesis))
        }
        None => None,
    };
    let keys_folder = folder.join("keys");
    let keys = if keys_folder.join(PUBLIC_KEYS_FILE).exists() {
        read_public_keys(&keys_folder, Some(&arguments.member))?
    } else {
        let name = arguments
            .name
            .clone()
            .unwrap_or_else(|| arguments.member.to_string());
        generate_keys(&keys_folder, arguments.member.clone(), name, &PURPOSES)?
    };
    let (bytes, genesis) = match given {
        Some(given) => given,
        None => {
            let default = format!("{}/ledger", arguments.member);
            let name = arguments.ledger.as_ref().unwrap_or(&default);
            let consensus = ConsensusParameters::default();
            assemble(name, now(), consensus, std::slice::from_ref(&keys), &[]).map_err(|error| {
                Failure::new(
                    Exit::Files,
                    "the genesis document cannot be made",
                    error.to_string(),
                    "give another --ledger, or complete the keys with `waybill keys generate`",
                )
            })?
        }
    };
    write_new(&genesis_path, &bytes)?;
    write_new(&config_path, example().as_bytes())?;
    let is_validator = keys
        .keys
        .get(&KeyPurpose::Consensus)
        .is_some_and(|key| genesis.validators().index_of(key).is_some());
    let is_known = genesis.node_owner(&keys.keys).is_some();
    let role = match (is_validator, is_known) {
        (true, _) => "a validator",
        (false, true) => {
            "a follower: the genesis document does not name it as a validator, so it has no vote"
        }
        (false, false) => {
            "a stranger so far: the genesis document names neither its consensus nor its network key, so \
             its peers refuse it until the members have registered its network key (waybill keys prove)"
        }
    };
    let text = describe(folder, &arguments.member, &genesis, role);
    let document = json!({
        "folder": folder,
        "config": config_path,
        "ledger": genesis.ledger(),
        "ledgerName": genesis.name(),
        "member": arguments.member,
        "validator": is_validator,
    });
    output.result(&text, &document)?;
    if genesis.validators().len() > 1 {
        output.next(&format!(
            "name the peers in {0}, then: waybill config check --config {1}",
            config_path.display(),
            shell_word(&config_path)
        ));
    } else {
        output.next(&format!(
            "waybill node --config {}",
            shell_word(&config_path)
        ));
    }
    Ok(Exit::Success)
}

fn describe(folder: &Path, member: &MemberId, genesis: &Genesis, role: &str) -> String {
    format!(
        "made a node of {member} in {}\n  waybill.toml   configuration, every setting with its \
         reason\n  genesis.json   ledger {} ({})\n  keys/          secret: keep a copy offline, \
         never run two nodes with them\nthe node is {role}\n",
        folder.display(),
        genesis.ledger(),
        plain(genesis.name())
    )
}

#[cfg(test)]
mod tests;
