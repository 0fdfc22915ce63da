//! Every bound on what a peer may send and on what is kept for it, each with its reason.

use std::time::Duration;

use super::{Channel, NetworkError, PerChannel};
use crate::types::limits::{MAX_BATCH_BYTES, MAX_BLOCK_BYTES};

/// Room in a frame beside the largest value it carries: tags, rounds, signatures.
const ENVELOPE_BYTES: usize = 64 * 1024;

/// Shortest wait before a lost peer is dialled again: a restart of the peer's process is short.
const REDIAL_MIN: Duration = Duration::from_millis(250);

/// Longest wait before a lost peer is dialled again: what a healed network may cost at most.
const REDIAL_MAX: Duration = Duration::from_secs(10);

/// How long TCP, noise and yamux may take together: a few round trips round the world, on a busy
/// machine.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause between two pings.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// How long an echo may take before the peer counts as gone. Longer than a stall of some seconds,
/// shorter than an operator's patience.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// Most inbound connections whose identity is not known yet. They cost a socket and a handshake.
const MAX_PENDING_INBOUND: u32 = 64;

/// Most connections of one peer, closing ones included: two while a simultaneous dial is resolved,
/// and some whose closing still waits for a dead socket.
const MAX_CONNECTIONS_PER_PEER: u32 = 8;

/// Most connections in all: the largest validator set, and followers, each with some closing ones.
const MAX_CONNECTIONS: u32 = 512;

/// Violations within [`VIOLATION_MEMORY`] that cut a peer off. More than one, since a restart of an
/// honest peer may repeat a burst.
const VIOLATION_THRESHOLD: u32 = 3;

/// After this time a violation is forgotten.
const VIOLATION_MEMORY: Duration = Duration::from_secs(600);

/// How long a peer stays cut off.
const BACK_OFF: Duration = Duration::from_secs(60);

/// Bounds of one channel. Two nodes that talk must have the same ones: a sender keeps to its own,
/// and the receiver punishes what exceeds its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelLimits {
    /// Longest message, in bytes.
    pub max_frame_bytes: usize,
    /// Most messages sent and not yet acknowledged.
    pub max_in_flight: usize,
    /// Messages per second that a peer may send for long.
    pub frames_per_second: u64,
    /// Bytes per second that a peer may send for long.
    pub bytes_per_second: u64,
    /// Most messages kept for a peer, unacknowledged ones included.
    pub max_queued_frames: usize,
    /// Most bytes kept for a peer, unacknowledged ones included.
    pub max_queued_bytes: usize,
    /// A message that could not be sent for this long is dropped: its time has passed.
    pub retention: Duration,
    /// Most messages, of all peers together, that were received and that the node still holds.
    pub delivery_slots: usize,
}

impl ChannelLimits {
    /// The limits of `channel` on every ledger.
    pub fn standard(channel: Channel) -> Self {
        match channel {
            Channel::Consensus => Self {
                max_frame_bytes: MAX_BLOCK_BYTES + ENVELOPE_BYTES,
                max_in_flight: 256,
                frames_per_second: 1_000,
                bytes_per_second: 16 * 1024 * 1024,
                max_queued_frames: 1_024,
                max_queued_bytes: 16 * 1024 * 1024,
                retention: Duration::from_secs(20),
                delivery_slots: 128,
            },
            Channel::Batches => Self {
                max_frame_bytes: MAX_BATCH_BYTES + ENVELOPE_BYTES,
                max_in_flight: 8,
                frames_per_second: 200,
                bytes_per_second: 64 * 1024 * 1024,
                max_queued_frames: 64,
                max_queued_bytes: 64 * 1024 * 1024,
                retention: Duration::from_secs(60),
                delivery_slots: 8,
            },
            Channel::Acknowledgements => Self {
                max_frame_bytes: ENVELOPE_BYTES,
                max_in_flight: 256,
                frames_per_second: 2_000,
                bytes_per_second: 4 * 1024 * 1024,
                max_queued_frames: 2_048,
                max_queued_bytes: 4 * 1024 * 1024,
                retention: Duration::from_secs(60),
                delivery_slots: 256,
            },
            Channel::Cosignatures => Self {
                max_frame_bytes: 4 * 1024,
                max_in_flight: 64,
                frames_per_second: 200,
                bytes_per_second: 256 * 1024,
                max_queued_frames: 256,
                max_queued_bytes: 256 * 1024,
                retention: Duration::from_secs(60),
                delivery_slots: 64,
            },
            Channel::Status => Self {
                max_frame_bytes: 4 * 1024,
                max_in_flight: 16,
                frames_per_second: 50,
                bytes_per_second: 64 * 1024,
                max_queued_frames: 16,
                max_queued_bytes: 64 * 1024,
                retention: Duration::from_secs(10),
                delivery_slots: 64,
            },
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.max_frame_bytes == 0 || u32::try_from(self.max_frame_bytes).is_err() {
            return Err("a frame's length is between 1 and what 32 bits say");
        }
        if self.max_in_flight == 0 || self.delivery_slots == 0 {
            return Err("at least one message must be in flight and one be held");
        }
        if self.frames_per_second == 0 || self.bytes_per_second == 0 {
            return Err("a rate of zero never sends");
        }
        if self.max_queued_frames == 0 || self.max_queued_bytes < self.max_frame_bytes {
            return Err("the queue must hold the longest frame");
        }
        Ok(())
    }
}

/// Bounds of requests and responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Longest request, in bytes.
    pub max_request_bytes: usize,
    /// Longest response, in bytes.
    pub max_response_bytes: usize,
    /// How long the asker waits, and how long the asked may take.
    pub timeout: Duration,
    /// Most requests that this node has open at one peer.
    pub max_outbound_per_peer: usize,
    /// Most requests of one peer that this node works on. Not smaller than
    /// [`RequestLimits::max_outbound_per_peer`] of the others, or they are refused.
    pub max_inbound_per_peer: usize,
    /// Most requests of all peers that this node works on: bounds the responses in memory.
    pub max_inbound: usize,
    /// Requests per second that are read from a peer; more wait.
    pub requests_per_second: u64,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            max_request_bytes: 64 * 1024,
            max_response_bytes: 8 * 1024 * 1024,
            timeout: Duration::from_secs(20),
            max_outbound_per_peer: 4,
            max_inbound_per_peer: 8,
            max_inbound: 32,
            requests_per_second: 100,
        }
    }
}

/// Bounds of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Shortest wait before a lost peer is dialled again; doubles with each failure.
    pub redial_min: Duration,
    /// Longest wait before a lost peer is dialled again.
    pub redial_max: Duration,
    /// How long the handshake of a connection may take.
    pub handshake_timeout: Duration,
    /// Pause between two pings.
    pub ping_interval: Duration,
    /// How long an echo may take.
    pub ping_timeout: Duration,
    /// Most inbound connections in their handshake.
    pub max_pending_inbound: u32,
    /// Most connections of one peer, closing ones included.
    pub max_per_peer: u32,
    /// Most connections in all.
    pub max_established: u32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            redial_min: REDIAL_MIN,
            redial_max: REDIAL_MAX,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            ping_interval: PING_INTERVAL,
            ping_timeout: PING_TIMEOUT,
            max_pending_inbound: MAX_PENDING_INBOUND,
            max_per_peer: MAX_CONNECTIONS_PER_PEER,
            max_established: MAX_CONNECTIONS,
        }
    }
}

impl ConnectionLimits {
    /// The wait before the next dial after `failures` in a row: doubles, without jitter, up to
    /// [`ConnectionLimits::redial_max`]. (Peers do not meet in step: each dials many others.)
    pub fn redial_delay(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
        self.redial_min.saturating_mul(factor).min(self.redial_max)
    }
}

/// When a peer that breaks the limits is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MisbehaviourLimits {
    /// Violations within [`MisbehaviourLimits::memory`] that cut a peer off.
    pub threshold: u32,
    /// After this time a violation is forgotten.
    pub memory: Duration,
    /// How long a peer stays cut off.
    pub back_off: Duration,
}

impl Default for MisbehaviourLimits {
    fn default() -> Self {
        Self {
            threshold: VIOLATION_THRESHOLD,
            memory: VIOLATION_MEMORY,
            back_off: BACK_OFF,
        }
    }
}

/// All bounds of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkLimits {
    /// Of each channel; the same on every node of a ledger.
    pub channels: PerChannel<ChannelLimits>,
    /// Of requests; the sizes are the same on every node of a ledger.
    pub requests: RequestLimits,
    /// Of connections.
    pub connections: ConnectionLimits,
    /// Of patience.
    pub misbehaviour: MisbehaviourLimits,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self {
            channels: PerChannel::from_fn(ChannelLimits::standard),
            requests: RequestLimits::default(),
            connections: ConnectionLimits::default(),
            misbehaviour: MisbehaviourLimits::default(),
        }
    }
}

impl NetworkLimits {
    /// Checks that the limits let anything through at all.
    ///
    /// # Errors
    /// [`NetworkError::Limits`] with what is wrong.
    pub fn check(&self) -> Result<(), NetworkError> {
        for channel in Channel::ALL {
            self.channels
                .get(channel)
                .check()
                .map_err(|fault| NetworkError::Limits { fault })?;
        }
        let requests = &self.requests;
        let sizes = [requests.max_request_bytes, requests.max_response_bytes];
        if sizes.iter().any(|size| u32::try_from(*size).is_err()) {
            return Err(NetworkError::Limits {
                fault: "requests and responses have 32-bit lengths",
            });
        }
        let counts = [
            requests.max_outbound_per_peer,
            requests.max_inbound_per_peer,
            requests.max_inbound,
        ];
        if counts.contains(&0) || requests.requests_per_second == 0 {
            return Err(NetworkError::Limits {
                fault: "at least one request must be possible",
            });
        }
        if self.connections.redial_min.is_zero() || self.misbehaviour.threshold == 0 {
            return Err(NetworkError::Limits {
                fault: "a redial needs a pause and a cut-off a violation",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_limits_are_sound() {
        assert!(NetworkLimits::default().check().is_ok());
    }

    #[test]
    fn each_nonsense_is_refused() {
        let spoil: [fn(&mut NetworkLimits); 9] = [
            |limits| limits.channels.get_mut(Channel::Status).max_frame_bytes = 0,
            |limits| limits.channels.get_mut(Channel::Batches).max_in_flight = 0,
            |limits| limits.channels.get_mut(Channel::Batches).delivery_slots = 0,
            |limits| {
                limits
                    .channels
                    .get_mut(Channel::Consensus)
                    .frames_per_second = 0
            },
            |limits| limits.channels.get_mut(Channel::Consensus).max_queued_bytes = 1,
            |limits| limits.requests.max_response_bytes = usize::MAX,
            |limits| limits.requests.max_inbound = 0,
            |limits| limits.connections.redial_min = Duration::ZERO,
            |limits| limits.misbehaviour.threshold = 0,
        ];
        for spoil in spoil {
            let mut limits = NetworkLimits::default();
            spoil(&mut limits);
            assert!(matches!(limits.check(), Err(NetworkError::Limits { .. })));
        }
    }

    #[test]
    fn redial_delay_doubles_up_to_its_bound() {
        let limits = ConnectionLimits {
            redial_min: Duration::from_millis(100),
            redial_max: Duration::from_millis(1_000),
            ..ConnectionLimits::default()
        };
        let delays: Vec<_> = [0, 1, 2, 3, 4, 31, 32, u32::MAX]
            .into_iter()
            .map(|failures| limits.redial_delay(failures).as_millis())
            .collect();
        assert_eq!(delays, [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
    }
}
