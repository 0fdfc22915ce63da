//! The settings of a node, typed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::crypto::PublicKey;
use crate::mempool::{PoolLimits, QueueLimits};
use crate::types::MemberId;

/// All settings. A value of this type from [`load()`](super::load()) is within the table's bounds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NodeConfig {
    /// Files of the node.
    pub node: NodeSection,
    /// The peers.
    pub network: NetworkSection,
    /// The HTTP interface.
    pub api: ApiSection,
    /// The EPCIS interface.
    pub epcis: EpcisSection,
    /// The ledger store.
    pub store: StoreSection,
    /// What waits to be ordered.
    pub mempool: MempoolSection,
    /// What the node tells about itself.
    pub log: LogSection,
}

/// Files of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSection {
    /// Where the ledger store, the consensus log and the sign guard are.
    pub data_folder: PathBuf,
    /// The genesis document.
    pub genesis: PathBuf,
    /// Where the key files are.
    pub keys_folder: PathBuf,
}

/// The peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSection {
    /// Where peers connect to.
    pub listen: Vec<SocketAddr>,
    /// The peers to connect to.
    pub peers: Vec<PeerSetting>,
}

/// A peer to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSetting {
    /// Its registered network key: nobody else is accepted at the address.
    pub key: PublicKey,
    /// `host:port`.
    pub address: String,
}

/// The HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSection {
    /// Where clients connect to.
    pub listen: SocketAddr,
    /// Whether `listen` may be an address that others can reach.
    pub allow_public: bool,
    /// Most connections at once.
    pub max_connections: u64,
    /// Most requests served at once.
    pub max_requests: u64,
}

/// The EPCIS interface, a part of the HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpcisSection {
    /// The file of the key that signs what clients without a key capture.
    pub gateway_key: PathBuf,
    /// The members that it signs for, beside the node's own.
    pub capture_members: Vec<MemberId>,
}

/// The ledger store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSection {
    /// Memory for caches and write buffers together, in MiB.
    pub cache_mib: u64,
}

/// What waits to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MempoolSection {
    /// See [`QueueLimits::queue_bytes`].
    pub queue_bytes: u64,
    /// See [`QueueLimits::queue_bytes_per_member`].
    pub member_bytes: u64,
    /// See [`QueueLimits::batch_bytes`].
    pub batch_bytes: u64,
    /// See [`QueueLimits::batch_age_ms`].
    pub batch_age_ms: u64,
    /// See [`PoolLimits::bytes_per_author`].
    pub author_bytes: u64,
    /// See [`PoolLimits::batches_per_author`].
    pub author_batches: u64,
    /// See [`PoolLimits::retransmit_ms`].
    pub retransmit_ms: u64,
}

/// What the node tells about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSection {
    /// A filter as `tracing` reads it, such as `info` or `info,waybill::network=debug`.
    pub level: String,
    /// For people or for programs.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object per line, for log collectors.
    Json,
}

impl LogFormat {
    /// The names in a configuration.
    pub const NAMES: [(&'static str, Self); 2] = [("human", Self::Human), ("json", Self::Json)];
}

impl fmt::Display for LogFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

impl Default for NodeSection {
    fn default() -> Self {
        Self {
            data_folder: PathBuf::from("data"),
            genesis: PathBuf::from("genesis.json"),
            keys_folder: PathBuf::from("keys"),
        }
    }
}

impl Default for NetworkSection {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 7470)],
            peers: Vec::new(),
        }
    }
}

impl Default for ApiSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7480),
            allow_public: false,
            max_connections: 1_024,
            max_requests: 256,
        }
    }
}

impl Default for EpcisSection {
    fn default() -> Self {
        Self {
            gateway_key: PathBuf::from("keys/gateway.key"),
            capture_members: Vec::new(),
        }
    }
}

impl ApiSection {
    /// Whether nobody but this machine can reach the interface. An IPv4 loopback address may come
    /// in IPv6 clothes.
    pub fn is_local(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

impl Default for StoreSection {
    fn default() -> Self {
        Self { cache_mib: 96 }
    }
}

impl Default for MempoolSection {
    fn default() -> Self {
        let queue = QueueLimits::default();
        let pool = PoolLimits::default();
        Self {
            queue_bytes: queue.queue_bytes as u64,
            member_bytes: queue.queue_bytes_per_member as u64,
            batch_bytes: queue.batch_bytes as u64,
            batch_age_ms: queue.batch_age_ms.unsigned_abs(),
            author_bytes: pool.bytes_per_author,
            author_batches: pool.batches_per_author as u64,
            retransmit_ms: pool.retransmit_ms.unsigned_abs(),
        }
    }
}

impl MempoolSection {
    /// The bounds of the admission queue.
    pub fn queue_limits(&self) -> QueueLimits {
        QueueLimits {
            queue_bytes: saturated(self.queue_bytes),
            queue_bytes_per_member: saturated(self.member_bytes),
            batch_bytes: saturated(self.batch_bytes),
            batch_age_ms: i64::try_from(self.batch_age_ms).unwrap_or(i64::MAX),
        }
    }

    /// The bounds of the batch pool.
    pub fn pool_limits(&self) -> PoolLimits {
        PoolLimits {
            bytes_per_author: self.author_bytes,
            batches_per_author: saturated(self.author_batches),
            retransmit_ms: i64::try_from(self.retransmit_ms).unwrap_or(i64::MAX),
        }
    }
}

fn saturated(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Human,
        }
    }
}
