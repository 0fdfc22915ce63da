//! The connection in use with a peer.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use tokio::sync::watch;

use crate::network::StreamKind;
use crate::network::streams::Asking;

/// Who opened a connection or a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opener {
    Us,
    Peer,
}

/// Whether the peer is known to speak this ledger's protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// No stream was negotiated yet.
    Awaited,
    /// At least one was.
    Given,
}

/// Ends what runs under it when it is dropped.
#[derive(Debug)]
pub(crate) struct Guard(watch::Sender<()>);

impl Guard {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Runs `work`, or ends with nothing once the guard is dropped.
    pub(crate) fn watch<T, F: Future<Output = T>>(
        &self,
        work: F,
    ) -> impl Future<Output = Option<T>> + use<T, F> {
        let mut dropped = self.0.subscribe();
        async move {
            tokio::select! {
                biased;
                // Nothing is ever sent: a change is the end of the sender.
                _ = dropped.changed() => None,
                done = work => Some(done),
            }
        }
    }
}

/// A connection in use, and everything that ends with it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) connection: ConnectionId,
    pub(crate) opener: Opener,
    pub(crate) confirmation: Confirmation,
    /// One stream for each purpose and opener; requests, of which there are many, run under
    /// `requests`.
    pub(crate) streams: BTreeMap<(StreamKind, Opener), Guard>,
    pub(crate) requests: Guard,
    /// Requests whose streams are being opened, in that order.
    pub(crate) asking: VecDeque<Asking>,
}

impl Link {
    pub(crate) fn new(connection: ConnectionId, opener: Opener) -> Self {
        Self {
            connection,
            opener,
            confirmation: Confirmation::Awaited,
            streams: BTreeMap::new(),
            requests: Guard::new(),
            asking: VecDeque::new(),
        }
    }
}

/// Which of two connections with one peer stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survivor {
    Old,
    New,
}

/// Decides between two connections, alike on both sides: of two that were dialled from both ends at
/// once, the one that the smaller identity dialled; of two from one end the newer, since its dialer
/// has given the older one up.
pub(crate) fn survivor(own: &PeerId, peer: &PeerId, old: Opener, new: Opener) -> Survivor {
    if old == new {
        return Survivor::New;
    }
    let rightful = match own.cmp(peer) {
        Ordering::Less | Ordering::Equal => Opener::Us,
        Ordering::Greater => Opener::Peer,
    };
    if new == rightful {
        Survivor::New
    } else {
        Survivor::Old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_keep_the_same_of_two_crossing_dials() {
        let (one, two) = (PeerId::random(), PeerId::random());
        // Seen from `one`, its own dial came first; seen from `two`, the same dial came second.
        let at_one = survivor(&one, &two, Opener::Us, Opener::Peer);
        let at_two = survivor(&two, &one, Opener::Us, Opener::Peer);
        let kept_by_one = (at_one == Survivor::Old) == (one < two);
        let kept_by_two = (at_two == Survivor::Old) == (two < one);
        assert!(kept_by_one && kept_by_two);
        assert_ne!(at_one, at_two);
        // The order of arrival does not matter.
        assert_ne!(survivor(&one, &two, Opener::Peer, Opener::Us), at_one);
    }

    #[test]
    fn a_second_dial_of_one_end_replaces_the_first() {
        let (one, two) = (PeerId::random(), PeerId::random());
        for opener in [Opener::Us, Opener::Peer] {
            assert_eq!(survivor(&one, &two, opener, opener), Survivor::New);
            assert_eq!(survivor(&two, &one, opener, opener), Survivor::New);
        }
    }

    #[tokio::test]
    async fn a_dropped_guard_ends_its_work() {
        let guard = Guard::new();
        assert_eq!(guard.watch(async { 1 }).await, Some(1));
        let endless = guard.watch(std::future::pending::<()>());
        drop(guard);
        assert_eq!(endless.await, None);
    }
}
