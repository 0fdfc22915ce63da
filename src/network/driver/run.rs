//! The loop.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::swarm::{ListenError, SwarmEvent};
use libp2p::{PeerId, Swarm};
use tokio::sync::{mpsc, watch};

use super::link::Opener;
use super::peer_record::PeerRecord;
use super::start::socket_address;
use crate::crypto::PublicKey;
use crate::network::behaviour::{Behaviour, BehaviourEvent, StreamSource};
use crate::network::handle::Command;
use crate::network::peer::{Shared, lock};
use crate::network::streams::StreamEnd;
use crate::network::{DisconnectReason, NetworkError, NetworkEvent, StreamKind};

/// What a future that the driver runs ends with.
#[derive(Debug)]
pub(super) enum JobEnd {
    /// A stream ended.
    Stream {
        source: StreamSource,
        kind: StreamKind,
        opener: Opener,
        end: StreamEnd,
    },
    /// The connection or the stream was given up before the job was done.
    Cancelled,
    /// It is time to dial.
    DialDue { peer: PeerId },
    /// A host name was resolved, or not.
    Resolved {
        peer: PeerId,
        addresses: Vec<SocketAddr>,
    },
    /// It is time to open a stream once more.
    ReopenDue {
        source: StreamSource,
        kind: StreamKind,
    },
}

/// Owns the sockets. All of the network happens inside [`NetworkDriver::run`].
pub struct NetworkDriver {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) shared: Arc<Shared>,
    pub(super) events: mpsc::Sender<NetworkEvent>,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) allowed: watch::Receiver<()>,
    pub(super) jobs: FuturesUnordered<BoxFuture<'static, JobEnd>>,
    pub(super) records: BTreeMap<PeerId, PeerRecord>,
    pub(super) addresses: BTreeMap<PublicKey, String>,
}

impl fmt::Debug for NetworkDriver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NetworkDriver")
            .field("key", &self.shared.own_key)
            .finish_non_exhaustive()
    }
}

impl NetworkDriver {
    /// Runs the network until the receiver of events is dropped. Dropping the future closes
    /// everything at once.
    ///
    /// # Errors
    /// [`NetworkError::ListenerClosed`]: the node cannot be reached any more.
    pub async fn run(mut self) -> Result<(), NetworkError> {
        self.reconcile_peers().await;
        loop {
            tokio::select! {
                () = self.events.closed() => return Ok(()),
                event = self.swarm.select_next_some() => self.on_swarm_event(event).await?,
                Some(end) = self.jobs.next(), if !self.jobs.is_empty() => {
                    self.on_job_end(end).await;
                }
                Some(command) = self.commands.recv() => self.on_command(command).await,
                Ok(()) = self.allowed.changed() => self.reconcile_peers().await,
            }
        }
    }

    /// Tells the node. Waits if it is far behind, and with this the whole network does.
    pub(super) async fn emit(&mut self, event: NetworkEvent) {
        // A node that is gone ends the loop.
        let _ = self.events.send(event).await;
    }

    async fn on_swarm_event(
        &mut self,
        event: SwarmEvent<BehaviourEvent>,
    ) -> Result<(), NetworkError> {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Streams(event)) => {
                self.on_stream_event(event).await;
            }
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                let opener = if endpoint.is_dialer() {
                    Opener::Us
                } else {
                    Opener::Peer
                };
                self.count_connections();
                self.on_established(peer_id, connection_id, opener);
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => {
                self.count_connections();
                let reason = DisconnectReason::Closed {
                    detail: cause.map(|cause| cause.to_string()),
                };
                self.on_closed(peer_id, connection_id, reason).await;
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id: Some(peer),
                connection_id,
                ..
            } => self.on_dial_failed(peer, connection_id),
            SwarmEvent::IncomingConnectionError {
                error: ListenError::Denied { .. },
                ..
            } => self.shared.counters.refused_connections.increment(),
            SwarmEvent::NewListenAddr { address, .. } => {
                if let Some(address) = socket_address(&address) {
                    lock(&self.shared.listening).push(address);
                    self.emit(NetworkEvent::Listening { address }).await;
                }
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                if let Some(address) = socket_address(&address) {
                    lock(&self.shared.listening).retain(|known| *known != address);
                }
            }
            SwarmEvent::ListenerClosed {
                reason: Err(error), ..
            } => return Err(NetworkError::ListenerClosed(error)),
            // Attempts and passing errors of strangers, and what only other behaviours cause.
            _ => {}
        }
        Ok(())
    }

    fn count_connections(&self) {
        let info = self.swarm.network_info();
        let established = u64::from(info.connection_counters().num_established());
        let gauge = &self.shared.counters.connections;
        gauge.store(established, Ordering::Relaxed);
    }

    async fn on_job_end(&mut self, end: JobEnd) {
        match end {
            JobEnd::Stream {
                source,
                kind,
                opener,
                end,
            } => self.on_stream_end(source, kind, opener, end).await,
            JobEnd::Cancelled => {}
            JobEnd::DialDue { peer } => self.on_dial_due(peer),
            JobEnd::Resolved { peer, addresses } => self.on_resolved(peer, &addresses),
            JobEnd::ReopenDue { source, kind } => self.on_reopen_due(source, kind),
        }
    }
}
