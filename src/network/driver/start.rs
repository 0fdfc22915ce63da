//! Makes a network.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use futures::stream::FuturesUnordered;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tokio::sync::{Semaphore, mpsc, watch};

use super::run::NetworkDriver;
use crate::network::handle::{NetworkHandle, set_allowed};
use crate::network::metrics::Counters;
use crate::network::peer::Shared;
use crate::network::sequence::Session;
use crate::network::stream_kind::Protocols;
use crate::network::{
    Channel, NetworkError, NetworkEvent, NetworkSetup, PerChannel, identity, transport,
};

/// Room for events that are neither messages nor requests, which have room of their own: as many
/// may happen while the node is busy before the network waits for it.
const CONTROL_EVENTS: usize = 256;

/// Most requests that wait for the driver, which takes them at once unless it waits for the node.
const COMMANDS: usize = 256;

/// A network that is made and not yet run.
#[derive(Debug)]
pub struct Network;

impl Network {
    /// Binds the listening sockets. Nothing is sent or accepted before the driver runs, and all of
    /// it ends when the driver is dropped or the receiver of events is.
    ///
    /// Call it within a tokio runtime that has its I/O and time drivers on.
    ///
    /// # Errors
    /// [`NetworkError`]: bad limits or keys, no random bytes, or an address that cannot be bound.
    #[allow(clippy::new_ret_no_self, reason = "the parts have three owners")]
    pub fn new(
        setup: NetworkSetup,
    ) -> Result<(NetworkDriver, NetworkHandle, mpsc::Receiver<NetworkEvent>), NetworkError> {
        setup.limits.check()?;
        let keypair = identity::keypair(&setup.identity)?;
        let protocols = Protocols::of(&setup.ledger)?;
        let mut swarm = transport::swarm(&keypair, protocols, &setup.limits.connections)?;
        for address in &setup.listen {
            check_free(*address)?;
            swarm
                .listen_on(multiaddr(*address))
                .map_err(|error| NetworkError::Listen {
                    address: *address,
                    detail: error.to_string(),
                })?;
        }
        let slots = |channel: Channel| setup.limits.channels.get(channel).delivery_slots;
        let shared = Arc::new(Shared {
            own_key: setup.identity.public_key(),
            session: random_session()?,
            limits: setup.limits,
            counters: Counters::default(),
            peers: Mutex::new(BTreeMap::new()),
            listening: Mutex::new(Vec::new()),
            delivery_slots: PerChannel::from_fn(|channel| Arc::new(Semaphore::new(slots(channel)))),
            inbound_requests: Arc::new(Semaphore::new(setup.limits.requests.max_inbound)),
        });
        set_allowed(&shared, &setup.allowed)?;
        let messages: usize = Channel::ALL.map(slots).iter().sum();
        let (events, receiver) =
            mpsc::channel(messages + setup.limits.requests.max_inbound + CONTROL_EVENTS);
        let (commands_in, commands) = mpsc::channel(COMMANDS);
        let (allowed_in, allowed) = watch::channel(());
        let driver = NetworkDriver {
            swarm,
            shared: Arc::clone(&shared),
            events,
            commands,
            allowed,
            jobs: FuturesUnordered::new(),
            records: BTreeMap::new(),
            addresses: setup
                .peers
                .into_iter()
                .map(|peer| (peer.network_key, peer.address))
                .collect(),
        };
        let handle = NetworkHandle::new(shared, commands_in, allowed_in);
        Ok((driver, handle, receiver))
    }
}

/// The libp2p form of a TCP address.
pub(super) fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// The TCP address in libp2p's form, if it is one.
pub(super) fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// Refuses an address that another process listens on.
///
/// The library's sockets allow their port to be shared: without this look, two nodes configured for
/// one port would both start, and each would get some of the other's connections.
fn check_free(address: SocketAddr) -> Result<(), NetworkError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => Err(NetworkError::Listen {
            address,
            detail: error.to_string(),
        }),
    }
}

fn random_session() -> Result<Session, NetworkError> {
    getrandom::u64()
        .map(Session)
        .map_err(|error| NetworkError::Randomness {
            detail: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_libp2p() {
        for text in ["127.0.0.1:7000", "[::1]:7000"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(socket_address(&multiaddr(address)), Some(address));
        }
        assert_eq!(socket_address(&Multiaddr::empty()), None);
        let udp: Multiaddr = "/ip4/127.0.0.1/udp/7000".parse().unwrap();
        assert_eq!(socket_address(&udp), None);
    }
}
