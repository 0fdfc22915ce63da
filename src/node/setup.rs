//! What a node is made of, once configuration, keys and genesis have been read.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use super::folder::DataFolder;
use crate::api::ApiLimits;
use crate::crypto::SecretKey;
use crate::network::PeerAddress;
use crate::replica::{ReplicaLimits, ValidatorKeys};
use crate::storage::StoreOptions;
use crate::types::{Genesis, MemberId};

/// What to do about a consensus log or sign guard that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagedLog {
    /// Say so and stop.
    Refuse,
    /// Set the log aside and follow, without signing, until two heights have been decided.
    SetAside,
}

/// A node to run.
#[derive(Debug)]
pub struct NodeSetup {
    /// Whose node it is.
    pub member: MemberId,
    /// The genesis document.
    pub genesis: Arc<Genesis>,
    /// The data folder.
    pub folder: DataFolder,
    /// The libp2p identity.
    pub network_key: SecretKey,
    /// The keys of a validator; none makes a follower.
    pub validator_keys: Option<ValidatorKeys>,
    /// The key that signs what clients without a key capture.
    pub gateway_key: Option<SecretKey>,
    /// The members that it signs for, beside the node's own.
    pub capture_members: BTreeSet<MemberId>,
    /// Where to listen for peers.
    pub network_listen: Vec<SocketAddr>,
    /// The peers to dial.
    pub peers: Vec<PeerAddress>,
    /// Where to listen for clients.
    pub api_listen: SocketAddr,
    /// Bounds of the HTTP interface.
    pub api_limits: ApiLimits,
    /// Bounds of the queue and the batches.
    pub replica_limits: ReplicaLimits,
    /// The store's memory.
    pub store_options: StoreOptions,
    /// What to do about a damaged consensus log.
    pub damaged_log: DamagedLog,
}
