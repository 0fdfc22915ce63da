//! What outlives a peer's connections, shared between the handle and the streams.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use libp2p::PeerId;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::metrics::{Counters, NetworkMetrics, PeerLink, PeerMetrics};
use super::queue::SendQueue;
use super::rate::{ChannelRate, TokenBucket};
use super::sequence::{ReceiveCursor, Session};
use super::{Channel, NetworkLimits, PerChannel};
use crate::crypto::PublicKey;

/// Streams that a peer may open once more at once: failed streams.
const STREAM_BURST: u64 = 64;

/// Streams per second that a peer may open once more for long, requests apart. A correct peer opens
/// at most one per second of each purpose.
const STREAMS_PER_SECOND: u64 = 8;

/// Stands for a round trip that was not measured yet.
const NOT_MEASURED: u64 = u64::MAX;

/// Locks. A panic of another holder leaves counters and queues that are still sound.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One channel of one peer.
#[derive(Debug)]
pub(crate) struct PeerChannel {
    pub(crate) queue: Mutex<SendQueue>,
    /// Rung when there may be something to send: a message, or room in the window.
    pub(crate) wake: Notify,
    pub(crate) send_rate: Mutex<ChannelRate>,
    pub(crate) receive_rate: Mutex<ChannelRate>,
    pub(crate) cursor: Mutex<ReceiveCursor>,
}

/// One allowed peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) key: PublicKey,
    pub(crate) id: PeerId,
    pub(crate) channels: PerChannel<PeerChannel>,
    pub(crate) outbound_requests: Arc<Semaphore>,
    pub(crate) inbound_requests: Arc<Semaphore>,
    pub(crate) request_rate: Mutex<TokenBucket>,
    pub(crate) stream_rate: Mutex<TokenBucket>,
    connected: AtomicBool,
    round_trip_us: AtomicU64,
}

impl Peer {
    pub(crate) fn new(key: PublicKey, id: PeerId, limits: &NetworkLimits) -> Self {
        let now = Instant::now();
        let requests = &limits.requests;
        Self {
            key,
            id,
            channels: PerChannel::from_fn(|channel| {
                let limits = limits.channels.get(channel);
                PeerChannel {
                    queue: Mutex::new(SendQueue::new(*limits)),
                    wake: Notify::new(),
                    send_rate: Mutex::new(ChannelRate::sending(limits, now)),
                    receive_rate: Mutex::new(ChannelRate::receiving(limits, now)),
                    cursor: Mutex::new(ReceiveCursor::default()),
                }
            }),
            outbound_requests: Arc::new(Semaphore::new(requests.max_outbound_per_peer)),
            inbound_requests: Arc::new(Semaphore::new(requests.max_inbound_per_peer)),
            request_rate: Mutex::new(TokenBucket::new(
                requests.requests_per_second,
                requests.requests_per_second,
                now,
            )),
            stream_rate: Mutex::new(TokenBucket::new(STREAMS_PER_SECOND, STREAM_BURST, now)),
            connected: AtomicBool::new(false),
            round_trip_us: AtomicU64::new(NOT_MEASURED),
        }
    }

    pub(crate) fn set_link(&self, link: PeerLink) {
        self.connected
            .store(link == PeerLink::Connected, Ordering::Relaxed);
    }

    pub(crate) fn set_round_trip(&self, round_trip: Duration) {
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(NOT_MEASURED);
        self.round_trip_us.store(micros, Ordering::Relaxed);
    }

    fn metrics(&self) -> PeerMetrics {
        let micros = self.round_trip_us.load(Ordering::Relaxed);
        let queued = Channel::ALL.map(|channel| lock(&self.channels.get(channel).queue).len());
        PeerMetrics {
            link: if self.connected.load(Ordering::Relaxed) {
                PeerLink::Connected
            } else {
                PeerLink::Disconnected
            },
            round_trip: (micros != NOT_MEASURED).then(|| Duration::from_micros(micros)),
            queued_frames: queued.iter().sum(),
        }
    }
}

/// What the handle, the driver and the streams share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) own_key: PublicKey,
    pub(crate) session: Session,
    pub(crate) limits: NetworkLimits,
    pub(crate) counters: Counters,
    pub(crate) peers: Mutex<BTreeMap<PublicKey, Arc<Peer>>>,
    pub(crate) listening: Mutex<Vec<SocketAddr>>,
    /// Room for received messages that the node still holds.
    pub(crate) delivery_slots: PerChannel<Arc<Semaphore>>,
    /// Room for requests that the node works on.
    pub(crate) inbound_requests: Arc<Semaphore>,
}

impl Shared {
    /// The allowed peer with this key.
    pub(crate) fn peer(&self, key: &PublicKey) -> Option<Arc<Peer>> {
        lock(&self.peers).get(key).cloned()
    }

    pub(crate) fn metrics(&self) -> NetworkMetrics {
        let peers = lock(&self.peers)
            .iter()
            .map(|(key, peer)| (*key, peer.metrics()))
            .collect();
        self.counters.snapshot(peers)
    }
}
