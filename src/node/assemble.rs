//! From configuration, key files and the genesis document to a node.

use std::sync::Arc;

use super::config::{LogFormat as ConfiguredFormat, NodeConfig};
use super::error::NodeError;
use super::folder::DataFolder;
use super::keys::{KeyFileError, NodeKeys, read_key};
use super::setup::{DamagedLog, NodeSetup};
use super::telemetry::LogFormat;
use crate::api::ApiLimits;
use crate::crypto::SecretKey;
use crate::network::PeerAddress;
use crate::replica::{ReplicaLimits, ValidatorKeys};
use crate::storage::StoreOptions;
use crate::types::{Genesis, MAX_GENESIS_BYTES, MemberId};

impl NodeSetup {
    /// Reads what the configuration names, and puts a node together: a validator if its consensus
    /// key is one's, a follower otherwise.
    ///
    /// # Errors
    /// [`NodeError::Configuration`] with the file that cannot be used.
    pub fn from_config(config: &NodeConfig, damaged_log: DamagedLog) -> Result<Self, NodeError> {
        let genesis = read_genesis(config)?;
        let keys =
            NodeKeys::load(&config.node.keys_folder).map_err(|error| NodeError::Configuration {
                reason: error.to_string(),
            })?;
        let consensus_key = keys.consensus.public_key();
        let is_validator = genesis.validators().index_of(&consensus_key).is_some();
        let member = find_member(&genesis, &keys)?;
        let validator_keys = is_validator.then_some(ValidatorKeys {
            consensus: keys.consensus,
            log: keys.log,
            cosigner: keys.cosigner,
        });
        let bytes = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let cache_bytes = bytes(config.store.cache_mib.saturating_mul(1024 * 1024));
        Ok(Self {
            member,
            genesis: Arc::new(genesis),
            folder: DataFolder::new(&config.node.data_folder),
            network_key: keys.network,
            gateway_key: read_gateway_key(config)?.filter(|_| is_validator),
            capture_members: config.epcis.capture_members.iter().cloned().collect(),
            validator_keys,
            network_listen: config.network.listen.clone(),
            peers: config
                .network
                .peers
                .iter()
                .map(|peer| PeerAddress {
                    network_key: peer.key,
                    address: peer.address.clone(),
                })
                .collect(),
            api_listen: config.api.listen,
            api_limits: ApiLimits {
                max_connections: bytes(config.api.max_connections),
                max_requests_in_flight: bytes(config.api.max_requests),
                ..ApiLimits::default()
            },
            replica_limits: ReplicaLimits {
                queue: config.mempool.queue_limits(),
                pool: config.mempool.pool_limits(),
            },
            store_options: StoreOptions { cache_bytes },
            damaged_log,
        })
    }
}

/// The form of log lines that a configuration asks for.
pub(super) fn log_format(config: &NodeConfig) -> LogFormat {
    match config.log.format {
        ConfiguredFormat::Human => LogFormat::Human,
        ConfiguredFormat::Json => LogFormat::Json,
    }
}

fn read_genesis(config: &NodeConfig) -> Result<Genesis, NodeError> {
    let path = &config.node.genesis;
    let refused = |reason: String| NodeError::Configuration {
        reason: format!("{}: {reason}", path.display()),
    };
    let length = std::fs::metadata(path)
        .map_err(|error| refused(error.to_string()))?
        .len();
    if length > MAX_GENESIS_BYTES as u64 {
        return Err(refused(format!(
            "it has {length} bytes, a genesis document has {MAX_GENESIS_BYTES} at most"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    Genesis::parse(&bytes).map_err(|error| refused(error.to_string()))
}

/// The gateway key, if there is a file of it. A node without one captures nothing, and neither does a
/// follower, which takes no submissions; one with a file that
/// cannot be used does not start, for somebody meant it to.
fn read_gateway_key(config: &NodeConfig) -> Result<Option<SecretKey>, NodeError> {
    match read_key(&config.epcis.gateway_key) {
        Ok(key) => Ok(Some(key)),
        Err(KeyFileError::Missing { .. }) => Ok(None),
        Err(error) => Err(NodeError::Configuration {
            reason: error.to_string(),
        }),
    }
}

/// Whose node it is: the member that has its consensus or network key.
fn find_member(genesis: &Genesis, keys: &NodeKeys) -> Result<MemberId, NodeError> {
    match genesis.node_owner(&keys.public_keys()) {
        Some(member) => Ok(member.id.clone()),
        None => Err(NodeError::Configuration {
            reason: "no member of the genesis document has this node's consensus or network key: \
                     its peers would refuse it. Compare `waybill keys show` with `waybill genesis \
                     show`"
                .into(),
        }),
    }
}
