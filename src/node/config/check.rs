//! Checking a configuration against the files it names, before a node runs on it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::SocketAddr;

use super::Place;
use super::load::ResolvedConfig;
use super::node_config::NodeConfig;
use crate::crypto::PublicKey;
use crate::node::keys::{KeyFileError, NodeKeys, key_path, read_key};
use crate::types::{Genesis, KeyPurpose};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The node runs, and yet somebody should look at it.
    Warning,
    /// The node does not run.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something that the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where to change it.
    pub place: Place,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub way_out: String,
}

/// Checks what the settings name: that the genesis document and the keys can be read and fit each
/// other, that the peers are of this ledger, and that no address is one that surprises.
pub fn check(resolved: &ResolvedConfig) -> Vec<Finding> {
    let config = resolved.config();
    let mut findings = Vec::new();
    let mut report = |severity, key: &str, what: String, way_out: &str| {
        findings.push(Finding {
            severity,
            place: resolved.place(key),
            what,
            way_out: way_out.to_owned(),
        });
    };
    let genesis = match read_genesis(config) {
        Ok(genesis) => Some(genesis),
        Err(what) => {
            let way_out = "get the document from a member of the ledger, byte for byte, or make \
                           one with `waybill genesis create`";
            report(Severity::Error, "node.genesis", what, way_out);
            None
        }
    };
    let keys = match NodeKeys::load(&config.node.keys_folder) {
        Ok(keys) => Some(keys),
        Err(error) => {
            report(
                Severity::Error,
                "node.keys_folder",
                error.to_string(),
                &error.way_out(),
            );
            None
        }
    };
    if let (Some(genesis), Some(keys)) = (&genesis, &keys) {
        check_keys(genesis, keys, &mut report);
        check_gateway(config, genesis, keys, &mut report);
    }
    if let Some(genesis) = &genesis {
        let own = keys.as_ref().map(|keys| keys.network.public_key());
        check_peers(config, genesis, own, &mut report);
    }
    if let Some(address) = config
        .network
        .listen
        .iter()
        .find(|address| collide(config.api.listen, **address))
    {
        report(
            Severity::Error,
            "api.listen",
            format!(
                "the HTTP interface listens on {}, and the network on {address}: both cannot have \
                 the port",
                config.api.listen
            ),
            "give one of them another port",
        );
    }
    if !config.api.is_local() {
        report(
            Severity::Warning,
            "api.listen",
            format!(
                "the HTTP interface listens on {}: whoever reaches it can read the whole ledger",
                config.api.listen
            ),
            "put a firewall or an authenticating proxy before it, or listen on 127.0.0.1",
        );
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Whether two addresses to listen on exclude each other. Port 0 stands for any that is free.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    // The unspecified address of version 6 takes in those of version 4 as well.
    let takes_in = |wide: SocketAddr, narrow: SocketAddr| {
        wide.ip().is_unspecified() && (wide.is_ipv6() || narrow.is_ipv4())
    };
    let overlap = one.ip() == other.ip() || takes_in(one, other) || takes_in(other, one);
    one.port() != 0 && one.port() == other.port() && overlap
}

fn read_genesis(config: &NodeConfig) -> Result<Genesis, String> {
    let path = &config.node.genesis;
    let bytes =
        fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Genesis::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

fn check_keys(
    genesis: &Genesis,
    keys: &NodeKeys,
    report: &mut impl FnMut(Severity, &str, String, &str),
) {
    let consensus = keys.consensus.public_key();
    if genesis.node_owner(&keys.public_keys()).is_none() {
        report(
            Severity::Warning,
            "node.keys_folder",
            "no member of the genesis document has this node's consensus or network key: its peers \
             refuse it until the ledger has registered them"
                .to_owned(),
            "if its keys were registered later, all is well; otherwise, is it the document of another \
             ledger? Compare `waybill keys show` with `waybill genesis show`",
        );
        return;
    }
    let Some(index) = genesis.validators().index_of(&consensus) else {
        report(
            Severity::Warning,
            "node.keys_folder",
            format!("the consensus key {consensus} is of no validator of the genesis document"),
            "the node follows without a vote until its key is registered; if it should vote, use \
             the keys that the document names",
        );
        return;
    };
    let Some(validator) = genesis.validators().get(index) else {
        return;
    };
    let pairs = [
        ("network", keys.network.public_key(), validator.network_key),
        ("log", keys.log.public_key(), validator.log_key),
        (
            "cosigner",
            keys.cosigner.public_key(),
            validator.cosigner_key,
        ),
    ];
    for (purpose, own, stated) in pairs {
        if own != stated {
            report(
                Severity::Error,
                "node.keys_folder",
                format!("the {purpose} key is {own}, the genesis document has {stated}"),
                "the keys of two nodes were mixed: use the four that belong together",
            );
        }
    }
}

/// A node without a gateway key is whole; one whose key nobody knows promises what it cannot do.
fn check_gateway(
    config: &NodeConfig,
    genesis: &Genesis,
    keys: &NodeKeys,
    report: &mut impl FnMut(Severity, &str, String, &str),
) {
    let path = &config.epcis.gateway_key;
    let key = match read_key(path) {
        Ok(key) => key.public_key(),
        Err(KeyFileError::Missing { .. }) => {
            // Where one would look for it first.
            let beside = key_path(&config.node.keys_folder, KeyPurpose::Gateway);
            if beside.exists() {
                report(
                    Severity::Warning,
                    "epcis.gateway_key",
                    format!(
                        "there is no file {}, and there is {}: the node captures nothing",
                        path.display(),
                        beside.display()
                    ),
                    "name the file that is there",
                );
            }
            return;
        }
        Err(error) => {
            let way_out = error.way_out();
            report(
                Severity::Error,
                "epcis.gateway_key",
                error.to_string(),
                &way_out,
            );
            return;
        }
    };
    let owner = genesis.node_owner(&keys.public_keys());
    let is_registered = owner.is_some_and(|member| {
        member
            .keys
            .iter()
            .any(|known| known.key == key && known.purpose == KeyPurpose::Gateway)
    });
    if !is_registered {
        report(
            Severity::Warning,
            "epcis.gateway_key",
            format!("the gateway key {key} is not in the genesis document for the node's member"),
            "right if it was registered since; else run `waybill member add-key gateway.key --purpose \
             gateway`",
        );
    }
}

fn check_peers(
    config: &NodeConfig,
    genesis: &Genesis,
    own: Option<PublicKey>,
    report: &mut impl FnMut(Severity, &str, String, &str),
) {
    let mut seen = BTreeSet::new();
    for peer in &config.network.peers {
        if own == Some(peer.key) {
            report(
                Severity::Warning,
                "network.peers",
                format!(
                    "the peer at {} has this node's own network key",
                    peer.address
                ),
                "leave it out, or correct its key",
            );
        } else if !genesis
            .validators()
            .iter()
            .any(|(_, validator)| validator.network_key == peer.key)
        {
            report(
                Severity::Warning,
                "network.peers",
                format!(
                    "the peer at {} is no validator of the genesis document",
                    peer.address
                ),
                "right if it joined later; else correct its key",
            );
        }
        if !seen.insert(peer.key) {
            report(
                Severity::Warning,
                "network.peers",
                format!("the key of the peer at {} is listed twice", peer.address),
                "name each peer once",
            );
        }
    }
    let others = genesis.validators().len().saturating_sub(1);
    if config.network.peers.is_empty() && others > 0 {
        report(
            Severity::Warning,
            "network.peers",
            format!("there are no peers, and {others} other validators on this ledger"),
            "name at least one: a node connects to no one else by itself",
        );
    }
}
