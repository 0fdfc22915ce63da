//! The node's hold on a running network.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use libp2p::PeerId;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::metrics::NetworkMetrics;
use super::peer::{Peer, Shared, lock};
use super::streams::Asking;
use super::{Channel, NetworkError, RequestError, SendError, Violation, identity};
use crate::crypto::PublicKey;

/// What the node asks of the driver.
#[derive(Debug)]
pub(crate) enum Command {
    /// Put a request on the wire.
    Ask { peer: PeerId, asking: Asking },
    /// Count a violation against a peer.
    Blame { peer: PeerId, violation: Violation },
}

/// What became of a message to every peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    /// Peers whose queue took it.
    pub queued: usize,
    /// Peers whose queue did not.
    pub rejected: Vec<(PublicKey, SendError)>,
}

/// Sends, asks, and says who may connect. Cheap to clone; no method blocks.
#[derive(Debug, Clone)]
pub struct NetworkHandle {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    allowed: watch::Sender<()>,
}

impl NetworkHandle {
    pub(crate) fn new(
        shared: Arc<Shared>,
        commands: mpsc::Sender<Command>,
        allowed: watch::Sender<()>,
    ) -> Self {
        Self {
            shared,
            commands,
            allowed,
        }
    }

    /// Queues a message for a peer, connected or not. It arrives in order on its channel, once
    /// while both processes live, unless it grows too old before it can be sent.
    ///
    /// # Errors
    /// [`SendError`]; nothing was queued.
    pub fn send(&self, peer: &PublicKey, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        self.check_length(channel, bytes.len())?;
        let peer = self.shared.peer(peer).ok_or(SendError::UnknownPeer)?;
        self.enqueue(&peer, channel, bytes)
    }

    /// Queues a message for every allowed peer, connected or not. The bytes are shared, not copied.
    ///
    /// # Errors
    /// [`SendError::Empty`] or [`SendError::Oversize`]. A full queue of one peer is part of the
    /// result, since the others were served.
    pub fn broadcast(&self, channel: Channel, bytes: Bytes) -> Result<Broadcast, SendError> {
        self.check_length(channel, bytes.len())?;
        let peers: Vec<_> = lock(&self.shared.peers).values().cloned().collect();
        let mut broadcast = Broadcast {
            queued: 0,
            rejected: Vec::new(),
        };
        for peer in peers {
            match self.enqueue(&peer, channel, bytes.clone()) {
                Ok(()) => broadcast.queued = broadcast.queued.saturating_add(1),
                Err(error) => broadcast.rejected.push((peer.key, error)),
            }
        }
        Ok(broadcast)
    }

    /// Asks a connected peer. The request is under way when this returns; the future waits for the
    /// response, and dropping it gives the request up.
    ///
    /// # Errors
    /// [`RequestError`], from the future.
    pub fn request(
        &self,
        peer: &PublicKey,
        request: Bytes,
    ) -> impl Future<Output = Result<Bytes, RequestError>> + Send + 'static + use<> {
        let begun = self.begin_request(peer, request);
        let wait = self.shared.limits.requests.timeout;
        async move {
            let Begun { response, _place } = begun?;
            match timeout(wait, response).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(RequestError::Disconnected),
                Err(_) => Err(RequestError::Timeout {
                    timeout_ms: wait.as_millis(),
                }),
            }
        }
    }

    /// Counts a message that no correct node sends against the peer that sent it, as if it had
    /// broken a limit: some of them cut it off for a while. Only for what is faulty whatever the
    /// peer knows, since an honest one must never lose its connection.
    pub fn blame(&self, peer: &PublicKey, channel: Channel) {
        let Some(peer) = self.shared.peer(peer) else {
            return;
        };
        let violation = Violation::FaultyMessage { channel };
        // Where so many commands wait that there is no room, one offence less is counted.
        let _ = self.commands.try_send(Command::Blame {
            peer: peer.id,
            violation,
        });
    }

    /// Replaces the keys that may connect. Connections of others are closed and what was queued for
    /// them is dropped; the node's own key is ignored.
    ///
    /// # Errors
    /// [`NetworkError::Identity`] if a key is no libp2p identity; nothing was changed.
    pub fn set_allowed(&self, allowed: &BTreeSet<PublicKey>) -> Result<(), NetworkError> {
        set_allowed(&self.shared, allowed)?;
        // The driver compares with what it has. If it has ended there is nothing to close.
        let _ = self.allowed.send(());
        Ok(())
    }

    /// The addresses that the node listens on so far.
    pub fn listening(&self) -> Vec<SocketAddr> {
        lock(&self.shared.listening).clone()
    }

    /// The present counters.
    pub fn metrics(&self) -> NetworkMetrics {
        self.shared.metrics()
    }

    fn check_length(&self, channel: Channel, bytes: usize) -> Result<(), SendError> {
        let limit = self.shared.limits.channels.get(channel).max_frame_bytes;
        if bytes == 0 {
            return Err(SendError::Empty);
        }
        if bytes > limit {
            return Err(SendError::Oversize {
                channel,
                bytes,
                limit,
            });
        }
        Ok(())
    }

    fn enqueue(&self, peer: &Peer, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        let counters = self.shared.counters.channels.get(channel);
        let lane = peer.channels.get(channel);
        let (pushed, expired) = {
            let mut queue = lock(&lane.queue);
            (queue.push(bytes, Instant::now()), queue.take_expired())
        };
        counters.expired_frames.add(expired);
        match pushed {
            Ok(()) => {
                lane.wake.notify_one();
                Ok(())
            }
            Err(super::queue::PushError::Full) => {
                counters.rejected_frames.increment();
                Err(SendError::QueueFull { channel })
            }
        }
    }

    fn begin_request(&self, peer: &PublicKey, request: Bytes) -> Result<Begun, RequestError> {
        let limits = &self.shared.limits.requests;
        let peer = self.shared.peer(peer).ok_or(RequestError::UnknownPeer)?;
        if request.len() > limits.max_request_bytes {
            return Err(RequestError::Oversize {
                bytes: request.len(),
                limit: limits.max_request_bytes,
            });
        }
        let permit = Arc::clone(&peer.outbound_requests)
            .try_acquire_owned()
            .map_err(|_| RequestError::TooManyInFlight {
                limit: limits.max_outbound_per_peer,
            })?;
        let (reply, response) = oneshot::channel();
        let command = Command::Ask {
            peer: peer.id,
            asking: Asking { request, reply },
        };
        self.commands
            .try_send(command)
            .map_err(|_| RequestError::Unavailable)?;
        Ok(Begun {
            response,
            _place: permit,
        })
    }
}

/// A request under way, and its place among those that may be open at the peer.
struct Begun {
    response: oneshot::Receiver<Result<Bytes, RequestError>>,
    _place: OwnedSemaphorePermit,
}

/// Makes `allowed`, without the own key, the peers of the network. Who stays keeps its queues.
///
/// # Errors
/// [`NetworkError::Identity`] if a key is no libp2p identity; nothing was changed.
pub(crate) fn set_allowed(
    shared: &Shared,
    allowed: &BTreeSet<PublicKey>,
) -> Result<(), NetworkError> {
    let mut peers = lock(&shared.peers);
    let mut next = BTreeMap::new();
    for key in allowed.iter().filter(|key| **key != shared.own_key) {
        let peer = match peers.get(key) {
            Some(peer) => Arc::clone(peer),
            None => Arc::new(Peer::new(*key, identity::peer_id(key)?, &shared.limits)),
        };
        next.insert(*key, peer);
    }
    *peers = next;
    Ok(())
}
