//! Nodes, and waiting for what they say.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::crypto::{Blake3Digest, PublicKey, SecretKey};
use crate::network::{
    Channel, Network, NetworkError, NetworkEvent, NetworkHandle, NetworkLimits, NetworkMetrics,
    NetworkSetup, PeerAddress,
};
use crate::types::LedgerId;

/// Far beyond what a slow and busy machine needs.
const DEADLINE: Duration = Duration::from_secs(90);

/// Pause between two looks at counters, which nothing announces.
const LOOK: Duration = Duration::from_millis(5);

pub(super) fn ledger(name: &str) -> LedgerId {
    LedgerId(Blake3Digest::of(name.as_bytes()))
}

pub(super) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

pub(super) fn key(seed: u8) -> PublicKey {
    secret(seed).public_key()
}

pub(super) fn numbered(number: u32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// Limits with quick redials, for tests that lose connections.
pub(super) fn quick_limits() -> NetworkLimits {
    let mut limits = NetworkLimits::default();
    limits.connections.redial_min = Duration::from_millis(20);
    limits.connections.redial_max = Duration::from_millis(200);
    limits
}

/// What a test node is started with.
pub(super) struct Plan {
    pub(super) seed: u8,
    pub(super) ledger: LedgerId,
    pub(super) listen: SocketAddr,
    pub(super) peers: Vec<(u8, SocketAddr)>,
    pub(super) allowed: Vec<u8>,
    pub(super) limits: NetworkLimits,
}

impl Plan {
    pub(super) fn new(seed: u8, allowed: &[u8]) -> Self {
        Self {
            seed,
            ledger: ledger("tests"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            peers: Vec::new(),
            allowed: allowed.to_vec(),
            limits: quick_limits(),
        }
    }

    pub(super) fn dials(mut self, seed: u8, address: SocketAddr) -> Self {
        self.peers.push((seed, address));
        self
    }

    pub(super) fn limits(mut self, limits: NetworkLimits) -> Self {
        self.limits = limits;
        self
    }

    pub(super) async fn start(self) -> Node {
        let setup = NetworkSetup {
            identity: secret(self.seed),
            ledger: self.ledger,
            listen: vec![self.listen],
            peers: self
                .peers
                .into_iter()
                .map(|(seed, address)| PeerAddress {
                    network_key: key(seed),
                    address: address.to_string(),
                })
                .collect(),
            allowed: self.allowed.into_iter().map(key).collect(),
            limits: self.limits,
        };
        let (driver, handle, events) = Network::new(setup).unwrap();
        let running = tokio::spawn(driver.run());
        let mut node = Node {
            key: key(self.seed),
            address: self.listen,
            handle,
            events,
            seen: VecDeque::new(),
            running,
        };
        let listening = node
            .expect("listening", |event| {
                matches!(event, NetworkEvent::Listening { .. })
            })
            .await;
        if let NetworkEvent::Listening { address } = listening {
            node.address = address;
        }
        node
    }
}

/// A running node.
pub(super) struct Node {
    pub(super) key: PublicKey,
    pub(super) address: SocketAddr,
    pub(super) handle: NetworkHandle,
    events: mpsc::Receiver<NetworkEvent>,
    seen: VecDeque<NetworkEvent>,
    running: JoinHandle<Result<(), NetworkError>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Node {
    /// The first event that fits, of those not taken yet.
    pub(super) async fn expect(
        &mut self,
        what: &str,
        fits: impl Fn(&NetworkEvent) -> bool,
    ) -> NetworkEvent {
        if let Some(index) = self.seen.iter().position(&fits) {
            return self.seen.remove(index).unwrap();
        }
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the driver runs");
                if fits(&event) {
                    return event;
                }
                self.seen.push_back(event);
            }
        };
        match timeout(DEADLINE, search).await {
            Ok(event) => event,
            Err(_) => panic!("no {what}; seen {:?}", self.seen),
        }
    }

    pub(super) async fn connected(&mut self, peer: PublicKey) {
        self.expect(
            "connection",
            |event| matches!(event, NetworkEvent::Connected { peer: who } if *who == peer),
        )
        .await;
    }

    pub(super) async fn disconnected(&mut self, peer: PublicKey) -> NetworkEvent {
        self.expect(
            "disconnection",
            |event| matches!(event, NetworkEvent::Disconnected { peer: who, .. } if *who == peer),
        )
        .await
    }

    /// The next message of a peer on a channel; its slot is free afterwards.
    pub(super) async fn message(&mut self, from: PublicKey, on: Channel) -> Bytes {
        let event = self
            .expect("message", |event| {
                matches!(event, NetworkEvent::Message { peer, channel, .. }
                    if *peer == from && *channel == on)
            })
            .await;
        match event {
            NetworkEvent::Message { bytes, .. } => bytes,
            _ => unreachable!(),
        }
    }

    /// Whether such an event came so far.
    pub(super) fn has_seen(&mut self, fits: impl Fn(&NetworkEvent) -> bool) -> bool {
        while let Ok(event) = self.events.try_recv() {
            self.seen.push_back(event);
        }
        self.seen.iter().any(fits)
    }

    pub(super) fn was_ever_connected(&mut self) -> bool {
        self.has_seen(|event| matches!(event, NetworkEvent::Connected { .. }))
    }

    /// Waits for counters.
    pub(super) async fn metrics_until(
        &self,
        what: &str,
        fits: impl Fn(&NetworkMetrics) -> bool,
    ) -> NetworkMetrics {
        let search = async {
            loop {
                let metrics = self.handle.metrics();
                if fits(&metrics) {
                    return metrics;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        match timeout(DEADLINE, search).await {
            Ok(metrics) => metrics,
            Err(_) => panic!("no {what}: {:?}", self.handle.metrics()),
        }
    }

    /// Ends the node as a killed process does: nothing is said, every socket is closed.
    pub(super) async fn kill(mut self) {
        self.running.abort();
        let _ = (&mut self.running).await;
    }

    /// Drops the receiver of events and waits for the driver's end.
    pub(super) async fn leave(mut self) -> Result<(), NetworkError> {
        self.events = mpsc::channel(1).1;
        timeout(DEADLINE, &mut self.running).await.unwrap().unwrap()
    }
}

/// Two nodes, the second of which dials the first, connected.
pub(super) async fn pair(limits: NetworkLimits) -> (Node, Node) {
    let mut one = Plan::new(1, &[1, 2]).limits(limits).start().await;
    let two = Plan::new(2, &[1, 2]).limits(limits);
    let mut two = two.dials(1, one.address).start().await;
    one.connected(two.key).await;
    two.connected(one.key).await;
    (one, two)
}
