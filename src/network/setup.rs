//! What a network is started with.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::NetworkLimits;
use crate::crypto::{PublicKey, SecretKey};
use crate::types::LedgerId;

/// Where a peer is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAddress {
    /// The peer's registered network key: nobody else is accepted at the address.
    pub network_key: PublicKey,
    /// `host:port`. A host name is resolved anew for each dial.
    pub address: String,
}

/// What [`Network::new`](super::Network::new) needs.
#[derive(Debug)]
pub struct NetworkSetup {
    /// This node's network key; its public half is the libp2p identity.
    pub identity: SecretKey,
    /// The ledger, whose id is part of every protocol name.
    pub ledger: LedgerId,
    /// Where to listen. Port 0 takes a free port, see
    /// [`NetworkEvent::Listening`](super::NetworkEvent::Listening).
    pub listen: Vec<SocketAddr>,
    /// Peers to dial, for ever, while they are allowed.
    pub peers: Vec<PeerAddress>,
    /// The network keys that may connect. The node's own key is ignored.
    pub allowed: BTreeSet<PublicKey>,
    /// Bounds; [`NetworkLimits::default`] on a real ledger.
    pub limits: NetworkLimits,
}
