//! Connections: whom to dial and when, and which connection is in use.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use tokio::time::{Instant, sleep};

use super::link::{Confirmation, Link, Opener, Survivor, survivor};
use super::peer_record::{Announcement, Consequence, Dial, PeerRecord};
use super::run::{JobEnd, NetworkDriver};
use super::start::multiaddr;
use crate::network::behaviour::StreamSource;
use crate::network::metrics::PeerLink;
use crate::network::peer::lock;
use crate::network::{DisconnectReason, NetworkEvent, StreamKind, Violation};

impl NetworkDriver {
    /// Makes the records those of the allowed peers.
    pub(super) async fn reconcile_peers(&mut self) {
        let peers: BTreeMap<PeerId, _> = lock(&self.shared.peers)
            .values()
            .map(|peer| (peer.id, Arc::clone(peer)))
            .collect();
        let access = &mut self.swarm.behaviour_mut().streams.access;
        access.set_allowed(peers.keys().copied().collect());
        // A peer that was removed and is allowed again starts afresh, as its queues did.
        let removed: Vec<PeerId> = self
            .records
            .iter()
            .filter(|(id, record)| {
                !peers
                    .get(*id)
                    .is_some_and(|peer| Arc::ptr_eq(peer, &record.peer))
            })
            .map(|(id, _)| *id)
            .collect();
        for peer in removed {
            self.drop_link(peer, DisconnectReason::NotAllowed).await;
            self.records.remove(&peer);
        }
        for (id, peer) in peers {
            if !self.records.contains_key(&id) {
                let address = self.addresses.get(&peer.key).cloned();
                self.records.insert(id, PeerRecord::new(peer, address));
                self.schedule_dial(id, Duration::ZERO);
            }
        }
    }

    /// A connection is open: it is used, or closed if a better one is in use.
    pub(super) fn on_established(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        opener: Opener,
    ) {
        let own = *self.swarm.local_peer_id();
        let Some(record) = self.records.get_mut(&peer) else {
            self.swarm.close_connection(connection);
            return;
        };
        if record.dial == Dial::Dialling(connection) {
            record.dial = Dial::Idle;
        }
        if let Some(link) = &record.link {
            if survivor(&own, &peer, link.opener, opener) == Survivor::Old {
                self.swarm.close_connection(connection);
                return;
            }
            self.swarm.close_connection(link.connection);
        }
        record.link = Some(Link::new(connection, opener));
        let source = StreamSource { peer, connection };
        let streams = &mut self.swarm.behaviour_mut().streams;
        streams.open(source, StreamKind::Liveness);
    }

    /// A connection is gone.
    pub(super) async fn on_closed(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        reason: DisconnectReason,
    ) {
        let in_use = self
            .records
            .get(&peer)
            .and_then(|record| record.link.as_ref());
        if in_use.is_some_and(|link| link.connection == connection) {
            self.drop_link(peer, reason).await;
            self.schedule_redial(peer);
        }
    }

    /// The peer speaks our protocols: it counts as connected from now on.
    pub(super) async fn confirm(&mut self, source: StreamSource) {
        let Some(record) = self.records.get_mut(&source.peer) else {
            return;
        };
        let Some(link) = &mut record.link else {
            return;
        };
        if link.confirmation == Confirmation::Given {
            return;
        }
        link.confirmation = Confirmation::Given;
        record.failures = 0;
        let key = record.peer.key;
        record.peer.set_link(PeerLink::Connected);
        let news = record.announcement == Announcement::Disconnected;
        record.announcement = Announcement::Connected;
        for kind in StreamKind::ALL {
            if let StreamKind::Channel(_) = kind {
                self.swarm.behaviour_mut().streams.open(source, kind);
            }
        }
        if news {
            self.emit(NetworkEvent::Connected { peer: key }).await;
        }
    }

    /// Gives up the connection in use, with all its streams.
    ///
    /// The books are closed at once: the closing itself may hang on a dead socket.
    pub(super) async fn drop_link(&mut self, peer: PeerId, reason: DisconnectReason) {
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        let Some(link) = record.link.take() else {
            return;
        };
        self.swarm.close_connection(link.connection);
        if link.confirmation == Confirmation::Awaited {
            record.failures = record.failures.saturating_add(1);
            if link.opener == Opener::Us {
                self.shared.counters.dial_failures.increment();
            }
        }
        record.peer.set_link(PeerLink::Disconnected);
        let key = record.peer.key;
        if record.announcement == Announcement::Connected {
            record.announcement = Announcement::Disconnected;
            self.emit(NetworkEvent::Disconnected { peer: key, reason })
                .await;
        }
    }

    /// The peer broke the rules; its stream is closed already.
    pub(super) async fn on_violation(&mut self, peer: PeerId, violation: Violation) {
        let limits = self.shared.limits.misbehaviour;
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        self.shared.counters.violations.increment();
        let key = record.peer.key;
        let now = Instant::now();
        if record.violated(&limits, now) == Consequence::Tolerated {
            return;
        }
        self.shared.counters.cut_offs.increment();
        let access = &mut self.swarm.behaviour_mut().streams.access;
        access.cut_off(peer, now + limits.back_off);
        self.emit(NetworkEvent::Misbehaved {
            peer: key,
            violation,
            back_off: limits.back_off,
        })
        .await;
        self.drop_link(peer, DisconnectReason::Misbehaved).await;
        self.schedule_dial(peer, limits.back_off);
    }

    /// Dials after the pause that the failures so far ask for.
    pub(super) fn schedule_redial(&mut self, peer: PeerId) {
        if let Some(record) = self.records.get(&peer) {
            let limits = &self.shared.limits.connections;
            self.schedule_dial(peer, limits.redial_delay(record.failures));
        }
    }

    fn schedule_dial(&mut self, peer: PeerId, delay: Duration) {
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        if record.address.is_none() || record.link.is_some() || record.dial != Dial::Idle {
            return;
        }
        record.dial = Dial::Waiting;
        let timer = async move {
            sleep(delay).await;
            JobEnd::DialDue { peer }
        };
        self.jobs.push(timer.boxed());
    }

    pub(super) fn on_dial_due(&mut self, peer: PeerId) {
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        if record.dial != Dial::Waiting {
            return;
        }
        if record.link.is_some() {
            record.dial = Dial::Idle;
            return;
        }
        let now = Instant::now();
        if let Some(until) = record.cut_off_until.filter(|until| *until > now) {
            record.dial = Dial::Idle;
            self.schedule_dial(peer, until.saturating_duration_since(now));
            return;
        }
        let Some(address) = record.address.clone() else {
            return;
        };
        let limit = self.shared.limits.connections.handshake_timeout;
        let resolving = async move {
            let found = tokio::time::timeout(limit, tokio::net::lookup_host(address)).await;
            let addresses = match found {
                Ok(Ok(addresses)) => addresses.collect(),
                Ok(Err(_)) | Err(_) => Vec::new(),
            };
            JobEnd::Resolved { peer, addresses }
        };
        self.jobs.push(resolving.boxed());
    }

    pub(super) fn on_resolved(&mut self, peer: PeerId, addresses: &[SocketAddr]) {
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        if record.dial != Dial::Waiting {
            return;
        }
        if record.link.is_some() {
            record.dial = Dial::Idle;
            return;
        }
        // A port of its own for each dial: two nodes that dial each other from their listening
        // ports would meet in one socket on which both are the dialer.
        let options = DialOpts::peer_id(peer)
            .condition(PeerCondition::Always)
            .addresses(addresses.iter().copied().map(multiaddr).collect())
            .allocate_new_port()
            .build();
        let connection = options.connection_id();
        record.dial = Dial::Dialling(connection);
        if addresses.is_empty() || self.swarm.dial(options).is_err() {
            self.on_dial_failed(peer, connection);
        }
    }

    pub(super) fn on_dial_failed(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(record) = self.records.get_mut(&peer) else {
            return;
        };
        if record.dial != Dial::Dialling(connection) {
            return;
        }
        self.shared.counters.dial_failures.increment();
        record.dial = Dial::Idle;
        record.failures = record.failures.saturating_add(1);
        self.schedule_redial(peer);
    }
}
