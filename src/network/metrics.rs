//! What the network counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::PerChannel;
use crate::crypto::PublicKey;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, amount: u64) {
        // Counters order nothing.
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Live counters of one channel.
#[derive(Debug, Default)]
pub(crate) struct ChannelCounters {
    pub(crate) sent_frames: Counter,
    pub(crate) sent_bytes: Counter,
    pub(crate) received_frames: Counter,
    pub(crate) received_bytes: Counter,
    pub(crate) repeated_frames: Counter,
    pub(crate) duplicate_frames: Counter,
    pub(crate) rejected_frames: Counter,
    pub(crate) expired_frames: Counter,
}

/// Live counters of a network.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) channels: PerChannel<ChannelCounters>,
    /// The number of open connections, closing ones included.
    pub(crate) connections: AtomicU64,
    pub(crate) refused_connections: Counter,
    pub(crate) foreign_peers: Counter,
    pub(crate) dial_failures: Counter,
    pub(crate) violations: Counter,
    pub(crate) cut_offs: Counter,
    pub(crate) requests_sent: Counter,
    pub(crate) requests_received: Counter,
    pub(crate) requests_refused: Counter,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            channels: PerChannel::from_fn(|_| ChannelCounters::default()),
            connections: AtomicU64::new(0),
            refused_connections: Counter::default(),
            foreign_peers: Counter::default(),
            dial_failures: Counter::default(),
            violations: Counter::default(),
            cut_offs: Counter::default(),
            requests_sent: Counter::default(),
            requests_received: Counter::default(),
            requests_refused: Counter::default(),
        }
    }
}

/// Counters of one channel since the start, over all peers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelMetrics {
    /// Messages put on the wire, repeated ones included.
    pub sent_frames: u64,
    /// Their bytes, without headers.
    pub sent_bytes: u64,
    /// Messages delivered as events.
    pub received_frames: u64,
    /// Their bytes, without headers.
    pub received_bytes: u64,
    /// Messages put on the wire once more after a reconnect.
    pub repeated_frames: u64,
    /// Messages that arrived once more and were not delivered again.
    pub duplicate_frames: u64,
    /// Messages that the node wanted to send and that a full queue refused.
    pub rejected_frames: u64,
    /// Messages dropped before they were sent, because they were too old.
    pub expired_frames: u64,
}

/// What is known of one allowed peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerMetrics {
    /// Whether it is connected.
    pub link: PeerLink,
    /// Round trip of the last ping, on any connection so far.
    pub round_trip: Option<Duration>,
    /// Messages kept for it, on all channels.
    pub queued_frames: usize,
}

/// Whether a peer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerLink {
    /// It speaks this ledger's protocols on a live connection.
    Connected,
    /// It does not.
    Disconnected,
}

/// Counters of a network since its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkMetrics {
    /// Of each channel.
    pub channels: PerChannel<ChannelMetrics>,
    /// Of each allowed peer.
    pub peers: BTreeMap<PublicKey, PeerMetrics>,
    /// Open connections, closing ones included: one for each connected peer but for moments.
    pub connections: u64,
    /// Connections refused: unknown, cut off or too many.
    pub refused_connections: u64,
    /// Connections ended because the peer does not speak this ledger's protocols.
    pub foreign_peers: u64,
    /// Dials that led to no connection on which the peer spoke our protocols: it was away, is
    /// another, refused us, or serves another ledger.
    pub dial_failures: u64,
    /// Violations of limits by peers.
    pub violations: u64,
    /// Peers cut off for their violations.
    pub cut_offs: u64,
    /// Requests put on the wire.
    pub requests_sent: u64,
    /// Requests given to the node.
    pub requests_received: u64,
    /// Requests of peers that were refused because too many were open.
    pub requests_refused: u64,
}

impl Counters {
    /// The present numbers, beside what is known of `peers`. Not one instant: counting goes on.
    pub(crate) fn snapshot(&self, peers: BTreeMap<PublicKey, PeerMetrics>) -> NetworkMetrics {
        NetworkMetrics {
            channels: PerChannel::from_fn(|channel| self.channels.get(channel).snapshot()),
            peers,
            connections: self.connections.load(Ordering::Relaxed),
            refused_connections: self.refused_connections.get(),
            foreign_peers: self.foreign_peers.get(),
            dial_failures: self.dial_failures.get(),
            violations: self.violations.get(),
            cut_offs: self.cut_offs.get(),
            requests_sent: self.requests_sent.get(),
            requests_received: self.requests_received.get(),
            requests_refused: self.requests_refused.get(),
        }
    }
}

impl ChannelCounters {
    fn snapshot(&self) -> ChannelMetrics {
        ChannelMetrics {
            sent_frames: self.sent_frames.get(),
            sent_bytes: self.sent_bytes.get(),
            received_frames: self.received_frames.get(),
            received_bytes: self.received_bytes.get(),
            repeated_frames: self.repeated_frames.get(),
            duplicate_frames: self.duplicate_frames.get(),
            rejected_frames: self.rejected_frames.get(),
            expired_frames: self.expired_frames.get(),
        }
    }
}
