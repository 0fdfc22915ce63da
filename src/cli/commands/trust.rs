//! What makes a checkpoint trusted: a policy, from a file or of a genesis document.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Failure;
use crate::cli::files::{read_bounded, shell_word};
use crate::cli::member_arguments::read_genesis;
use crate::crypto::policy::Policy;
use crate::ledger::checkpoint_policy;
use crate::types::LedgerId;

/// Largest policy file, in bytes: as the reader takes.
const MAX_POLICY_BYTES: u64 = 1024 * 1024;

/// Options that say whom to trust.
#[derive(Args, Clone, Debug)]
#[group(required = false, multiple = true)]
pub struct TrustArguments {
    /// The policy (C2SP tlog-policy) that says whose signatures count; from somebody you trust,
    /// such as GET /policy of your own node
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// The genesis document: its validators are the policy unless --policy is given, and its digest
    /// is the ledger id. Right as long as the validators have not changed; after that give the
    /// --policy of a node you trust
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,
}

/// Whom to trust.
#[derive(Debug)]
pub struct Trust {
    /// Whose signatures make a checkpoint; none if nobody said.
    pub policy: Option<Policy>,
    /// The ledger, if a genesis document says.
    pub ledger: Option<LedgerId>,
}

impl TrustArguments {
    /// What follows a command that is to trust the same.
    pub fn hint(&self) -> String {
        let word = |option: &str, path: &Option<PathBuf>| {
            path.as_ref().map_or_else(String::new, |path| {
                format!(" {option} {}", shell_word(path))
            })
        };
        word("--policy", &self.policy) + &word("--genesis", &self.genesis)
    }

    /// Reads the files.
    ///
    /// # Errors
    /// [`Failure`] if one cannot be used.
    pub fn read(&self) -> Result<Trust, Failure> {
        let genesis = match &self.genesis {
            Some(path) => Some((path, read_genesis(path)?)),
            None => None,
        };
        let policy = match (&self.policy, &genesis) {
            (Some(path), _) => {
                let bytes = read_bounded(path, MAX_POLICY_BYTES)?;
                Some(Policy::parse(&bytes).map_err(|error| {
                    Failure::file(path, error, "get it from GET /policy of a node you trust")
                })?)
            }
            (None, Some((path, genesis))) => Some(
                checkpoint_policy(genesis.name(), genesis.validators())
                    .map_err(|error| Failure::file(path, error, "give a --policy instead"))?,
            ),
            (None, None) => None,
        };
        Ok(Trust {
            policy,
            ledger: genesis.map(|(_, genesis)| genesis.ledger()),
        })
    }

    /// Reads the files, one of which has to be given.
    ///
    /// # Errors
    /// [`Failure`] if none is, or one cannot be used.
    pub fn require(&self) -> Result<(Policy, Option<LedgerId>), Failure> {
        let trust = self.read()?;
        match trust.policy {
            Some(policy) => Ok((policy, trust.ledger)),
            None => Err(Failure::usage(
                "without a policy there is nobody to trust",
                "give --policy FILE (GET /policy of a node you trust) or --genesis FILE",
            )),
        }
    }
}
