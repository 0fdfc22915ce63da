//! `waybill testnet create`.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use super::arguments::CreateArguments;
use super::layout::{NodeDocument, TESTNET_FORMAT, Testnet, TestnetDocument};
use super::ports::require_free;
use crate::cli::commands::genesis::assemble;
use crate::cli::files::write_new;
use crate::cli::member_arguments::now;
use crate::cli::{Exit, Failure};
use crate::node::keys::{PURPOSES, PublicKeysDocument, generate_keys};
use crate::types::{ConsensusParameters, KeyPurpose, MemberId};

/// The template of a node's configuration.
const TEMPLATE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/node-config/testnet.toml"
));

/// How far the peer ports are above those of the HTTP interfaces: more than nodes are allowed.
const NETWORK_PORT_OFFSET: u16 = 100;

/// Makes a network in `folder`, which must not be one yet.
///
/// # Errors
/// [`Failure`].
pub(super) fn create(folder: &Path, arguments: &CreateArguments) -> Result<Testnet, Failure> {
    let is_used = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        return Err(Failure::file(
            folder,
            "it exists already and is not empty, and nothing is overwritten",
            "use the network that is there (`waybill testnet up`), delete it (`waybill testnet \
             down --delete`), or name another --folder",
        ));
    }
    let nodes = plan(arguments)?;
    require_free(&nodes)?;
    let mut keys = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let name = format!("Member {}", keys.len() + 1);
        let keys_folder = folder.join(&node.name).join("keys");
        keys.push(generate_keys(
            &keys_folder,
            node.member.clone(),
            name,
            &PURPOSES,
        )?);
    }
    let defaults = ConsensusParameters::default();
    let consensus = ConsensusParameters {
        block_beat_ms: arguments.block_beat_ms.unwrap_or(defaults.block_beat_ms),
        heartbeat_ms: arguments.heartbeat_ms.unwrap_or(defaults.heartbeat_ms),
        ..defaults
    };
    let (bytes, genesis) =
        assemble(&arguments.ledger, now(), consensus, &keys, &[]).map_err(|error| {
            Failure::new(
                Exit::Files,
                "the genesis document cannot be made",
                error.to_string(),
                "correct the options",
            )
        })?;
    for node in &nodes {
        let of_node = folder.join(&node.name);
        write_new(&of_node.join("genesis.json"), &bytes)?;
        let config = fill(node, &nodes, &keys);
        write_new(&of_node.join("waybill.toml"), config.as_bytes())?;
    }
    let document = TestnetDocument {
        format: TESTNET_FORMAT.to_owned(),
        ledger: genesis.ledger(),
        ledger_name: genesis.name().to_owned(),
        nodes,
    };
    // Last: a folder with a marker is complete.
    let marker = serde_json::to_vec_pretty(&document)
        .map_err(|error| Failure::file(folder, error, "try again"))?;
    write_new(&Testnet::marker(folder), &marker)?;
    Testnet::open(folder)
}

fn plan(arguments: &CreateArguments) -> Result<Vec<NodeDocument>, Failure> {
    let usage = |why: String| Failure::usage(why, "give a lower --base-port, or fewer --nodes");
    let mut ports = BTreeSet::new();
    let mut nodes = Vec::new();
    for number in 1..=arguments.nodes {
        let api = arguments.base_port.checked_add(number - 1);
        let network = api.and_then(|port| port.checked_add(NETWORK_PORT_OFFSET));
        let (Some(api), Some(network)) = (api, network) else {
            return Err(usage(format!("there is no port left for node {number}")));
        };
        if !ports.insert(api) || !ports.insert(network) {
            return Err(usage(format!(
                "two nodes would have port {api} or {network}"
            )));
        }
        let address = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        nodes.push(NodeDocument {
            name: format!("node-{number}"),
            member: MemberId::new(&format!("member-{number}"))
                .map_err(|error| usage(error.to_string()))?,
            api: address(api),
            network: address(network),
        });
    }
    Ok(nodes)
}

fn fill(node: &NodeDocument, nodes: &[NodeDocument], keys: &[PublicKeysDocument]) -> String {
    let peers: String = nodes
        .iter()
        .zip(keys)
        .filter(|(peer, _)| peer.name != node.name)
        .filter_map(|(peer, keys)| {
            let key = keys.keys.get(&KeyPurpose::Network)?;
            let address = peer.network;
            Some(format!(
                "  {{ key = \"{key}\", address = \"{address}\" }},\n"
            ))
        })
        .collect();
    TEMPLATE
        .replace("{{name}}", &node.name)
        .replace("{{network}}", &node.network.to_string())
        .replace("{{api}}", &node.api.to_string())
        .replace("{{peers}}", &peers)
}
