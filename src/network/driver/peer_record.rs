//! What the driver knows of one allowed peer.

use std::collections::VecDeque;
use std::sync::Arc;

use libp2p::swarm::ConnectionId;
use tokio::time::Instant;

use super::link::Link;
use crate::network::MisbehaviourLimits;
use crate::network::peer::Peer;

/// Where dialling stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dial {
    /// Nothing is under way.
    Idle,
    /// A timer runs, or the host name is being resolved.
    Waiting,
    /// The swarm dials.
    Dialling(ConnectionId),
}

/// Whether the node was told that the peer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announcement {
    Connected,
    Disconnected,
}

/// What follows from a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// The stream is closed, no more.
    Tolerated,
    /// The peer is cut off.
    CutOff,
}

/// One allowed peer.
#[derive(Debug)]
pub(crate) struct PeerRecord {
    pub(crate) peer: Arc<Peer>,
    /// `host:port`, if it is to be dialled.
    pub(crate) address: Option<String>,
    pub(crate) link: Option<Link>,
    pub(crate) announcement: Announcement,
    pub(crate) dial: Dial,
    /// Dials in a row that led to no confirmed connection.
    pub(crate) failures: u32,
    pub(crate) cut_off_until: Option<Instant>,
    violations: VecDeque<Instant>,
}

impl PeerRecord {
    pub(crate) fn new(peer: Arc<Peer>, address: Option<String>) -> Self {
        Self {
            peer,
            address,
            link: None,
            announcement: Announcement::Disconnected,
            dial: Dial::Idle,
            failures: 0,
            cut_off_until: None,
            violations: VecDeque::new(),
        }
    }

    /// Notes a violation; recent ones add up.
    pub(crate) fn violated(&mut self, limits: &MisbehaviourLimits, now: Instant) -> Consequence {
        self.violations
            .retain(|at| now.saturating_duration_since(*at) <= limits.memory);
        self.violations.push_back(now);
        let threshold = usize::try_from(limits.threshold).unwrap_or(usize::MAX);
        if self.violations.len() < threshold {
            return Consequence::Tolerated;
        }
        self.violations.clear();
        self.cut_off_until = Some(now + limits.back_off);
        Consequence::CutOff
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::crypto::SecretKey;
    use crate::network::{NetworkLimits, identity};

    #[test]
    fn recent_violations_add_up_and_old_ones_are_forgotten() {
        let key = SecretKey::from_seed([1; 32]).public_key();
        let id = identity::peer_id(&key).unwrap();
        let peer = Peer::new(key, id, &NetworkLimits::default());
        let mut record = PeerRecord::new(Arc::new(peer), None);
        let limits = MisbehaviourLimits {
            threshold: 2,
            memory: Duration::from_secs(10),
            back_off: Duration::from_secs(5),
        };
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(record.violated(&limits, at(0)), Consequence::Tolerated);
        assert_eq!(record.violated(&limits, at(11)), Consequence::Tolerated);
        assert_eq!(record.violated(&limits, at(12)), Consequence::CutOff);
        assert_eq!(record.cut_off_until, Some(at(17)));
        assert_eq!(record.violated(&limits, at(18)), Consequence::Tolerated);
    }
}
