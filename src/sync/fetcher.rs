//! Which request goes to which peer.

use std::collections::{BTreeMap, BTreeSet};

use super::message::SyncRequest;
use crate::crypto::PublicKey;
use crate::types::{BatchDigest, Height, Timestamp};

/// Most batches that are asked for at a time: bounds the memory that answers take.
const MAX_BATCH_REQUESTS: usize = 8;

/// Most requests to one peer at a time.
const MAX_REQUESTS_PER_PEER: usize = 4;

/// An answer that takes longer is not waited for. Longer than the network waits, so that what it
/// has given up is known to be given up.
const REQUEST_TIMEOUT_MS: i64 = 12_000;

/// How long a peer that failed once is left alone; doubled with each failure in a row.
const FIRST_PENALTY_MS: i64 = 500;

/// The longest that a peer is left alone.
const MAX_PENALTY_MS: i64 = 30_000;

/// Names a request of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingRequest {
    /// Names it in the answer.
    pub id: RequestId,
    /// The network key of the peer to ask.
    pub peer: PublicKey,
    /// What to ask for.
    pub request: SyncRequest,
}

/// What an answer was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Whom.
    pub peer: PublicKey,
    /// For what.
    pub request: SyncRequest,
}

#[derive(Debug, Default)]
struct Peer {
    is_connected: bool,
    /// The height that it says it has; none after it failed to deliver.
    tip: Option<Height>,
    failures: u32,
    rests_until: Option<Timestamp>,
    in_flight: usize,
    /// Its last request: among equals the one that has rested longest is asked.
    last_asked: Option<RequestId>,
}

#[derive(Debug)]
struct InFlight {
    expected: Expected,
    deadline: Timestamp,
}

#[derive(Debug, Default)]
struct WantedBatch {
    holders: BTreeSet<PublicKey>,
    asked: BTreeSet<PublicKey>,
    in_flight: Option<RequestId>,
}

/// Decides what to ask for. It knows peers by their network keys.
#[derive(Debug, Default)]
pub struct Fetcher {
    peers: BTreeMap<PublicKey, Peer>,
    in_flight: BTreeMap<RequestId, InFlight>,
    wanted: BTreeMap<BatchDigest, WantedBatch>,
    next_id: u64,
}

impl Fetcher {
    /// Nothing wanted, nobody known.
    pub fn new() -> Self {
        Self::default()
    }

    /// A peer can be asked.
    pub fn on_connected(&mut self, peer: PublicKey) {
        self.peers.entry(peer).or_default().is_connected = true;
    }

    /// A peer cannot be asked any more; what it was asked for is asked of others.
    pub fn on_disconnected(&mut self, peer: &PublicKey) {
        let lost: Vec<RequestId> = self
            .in_flight
            .iter()
            .filter(|(_, request)| request.expected.peer == *peer)
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.take(id);
        }
        if let Some(state) = self.peers.get_mut(peer) {
            state.is_connected = false;
            state.tip = None;
        }
    }

    /// A peer says which height it has, or shows it by a message for the next one.
    pub fn on_height(&mut self, peer: &PublicKey, height: Height, now: Timestamp) {
        if let Some(state) = self.peers.get_mut(peer)
            && state.is_connected
            && state.rests_until.is_none_or(|until| until <= now)
        {
            state.tip = state.tip.max(Some(height));
        }
    }

    /// The greatest height that a peer says it has.
    pub fn best_height(&self) -> Option<Height> {
        self.peers.values().filter_map(|peer| peer.tip).max()
    }

    /// The height that a connected peer says it has.
    pub fn height_of(&self, peer: &PublicKey) -> Option<Height> {
        self.peers
            .get(peer)
            .filter(|peer| peer.is_connected)
            .and_then(|peer| peer.tip)
    }

    /// The peers that are connected, with the heights that they say they have.
    pub fn connected_heights(&self) -> impl Iterator<Item = (PublicKey, Option<Height>)> {
        self.peers
            .iter()
            .filter(|(_, peer)| peer.is_connected)
            .map(|(key, peer)| (*key, peer.tip))
    }

    /// A batch is needed; `holders` are the network keys of those who acknowledged it.
    pub fn want_batch(&mut self, digest: BatchDigest, holders: BTreeSet<PublicKey>) {
        self.wanted
            .entry(digest)
            .or_default()
            .holders
            .extend(holders);
    }

    /// A batch is here, whoever sent it, or not needed any more.
    pub fn forget_batch(&mut self, digest: &BatchDigest) {
        self.wanted.remove(digest);
    }

    /// Whether a batch is asked for.
    pub fn wants_batch(&self, digest: &BatchDigest) -> bool {
        self.wanted.contains_key(digest)
    }

    /// The requests to send now. `next` is the first height whose block is missing.
    pub fn plan(&mut self, next: Height, now: Timestamp) -> Vec<OutgoingRequest> {
        self.expire(now);
        let mut requests = Vec::new();
        requests.extend(self.plan_blocks(next, now));
        let digests: Vec<BatchDigest> = self
            .wanted
            .iter()
            .filter(|(_, wanted)| wanted.in_flight.is_none())
            .map(|(digest, _)| *digest)
            .collect();
        for digest in digests {
            if self.batches_in_flight() >= MAX_BATCH_REQUESTS {
                break;
            }
            requests.extend(self.plan_batch(digest, now));
        }
        requests
    }

    /// An answer has come. Returns what it was asked for; none if it comes too late.
    pub fn on_answer(&mut self, id: RequestId) -> Option<Expected> {
        self.take(id)
    }

    /// A peer delivered what was asked for.
    pub fn on_delivered(&mut self, peer: &PublicKey) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.failures = 0;
        }
    }

    /// A peer did not answer, or what it sent is not what was asked for. It is left alone for a
    /// while, and what it said of its height is forgotten.
    pub fn on_failed(&mut self, peer: &PublicKey, now: Timestamp) {
        if let Some(state) = self.peers.get_mut(peer) {
            let doubled = FIRST_PENALTY_MS << state.failures.min(16);
            let penalty_ms = doubled.min(MAX_PENALTY_MS);
            state.failures = state.failures.saturating_add(1);
            state.rests_until = Some(Timestamp::from_ms(now.as_ms().saturating_add(penalty_ms)));
            state.tip = None;
        }
    }

    /// A peer has no such batch. Others are asked; this is no offence, it may be about to have it.
    pub fn on_batch_missing(&mut self, digest: &BatchDigest, peer: &PublicKey) {
        if let Some(wanted) = self.wanted.get_mut(digest) {
            wanted.asked.insert(*peer);
        }
    }

    fn expire(&mut self, now: Timestamp) {
        let late: Vec<RequestId> = self
            .in_flight
            .iter()
            .filter(|(_, request)| request.deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if let Some(expected) = self.take(id) {
                self.on_failed(&expected.peer, now);
            }
        }
    }

    fn take(&mut self, id: RequestId) -> Option<Expected> {
        let expected = self.in_flight.remove(&id)?.expected;
        if let Some(peer) = self.peers.get_mut(&expected.peer) {
            peer.in_flight = peer.in_flight.saturating_sub(1);
        }
        if let SyncRequest::Batch { digest } = &expected.request
            && let Some(wanted) = self.wanted.get_mut(digest)
            && wanted.in_flight == Some(id)
        {
            wanted.in_flight = None;
        }
        Some(expected)
    }

    fn batches_in_flight(&self) -> usize {
        self.in_flight
            .values()
            .filter(|request| matches!(request.expected.request, SyncRequest::Batch { .. }))
            .count()
    }

    fn plan_blocks(&mut self, next: Height, now: Timestamp) -> Option<OutgoingRequest> {
        let is_asked = self
            .in_flight
            .values()
            .any(|request| matches!(request.expected.request, SyncRequest::Blocks { .. }));
        if is_asked {
            return None;
        }
        let peer = self.pick(now, |_, peer| peer.tip.is_some_and(|tip| tip >= next))?;
        Some(self.send(peer, SyncRequest::Blocks { from: next }, now))
    }

    fn plan_batch(&mut self, digest: BatchDigest, now: Timestamp) -> Option<OutgoingRequest> {
        let wanted = self.wanted.get(&digest)?;
        let (holders, asked) = (wanted.holders.clone(), wanted.asked.clone());
        // First those who acknowledged it, then anybody, then everybody again.
        let peer = self
            .pick(now, |key, _| holders.contains(key) && !asked.contains(key))
            .or_else(|| self.pick(now, |key, _| !asked.contains(key)))
            .or_else(|| {
                if let Some(wanted) = self.wanted.get_mut(&digest) {
                    wanted.asked.clear();
                }
                self.pick(now, |_, _| true)
            })?;
        let request = self.send(peer, SyncRequest::Batch { digest }, now);
        if let Some(wanted) = self.wanted.get_mut(&digest) {
            wanted.in_flight = Some(request.id);
            wanted.asked.insert(peer);
        }
        Some(request)
    }

    /// The connected, rested peer with the fewest requests and failures that fits.
    fn pick(&self, now: Timestamp, fits: impl Fn(&PublicKey, &Peer) -> bool) -> Option<PublicKey> {
        self.peers
            .iter()
            .filter(|(key, peer)| {
                peer.is_connected
                    && peer.in_flight < MAX_REQUESTS_PER_PEER
                    && peer.rests_until.is_none_or(|until| until <= now)
                    && fits(key, peer)
            })
            .min_by_key(|(_, peer)| (peer.in_flight, peer.failures, peer.last_asked))
            .map(|(key, _)| *key)
    }

    fn send(&mut self, peer: PublicKey, request: SyncRequest, now: Timestamp) -> OutgoingRequest {
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let deadline = Timestamp::from_ms(now.as_ms().saturating_add(REQUEST_TIMEOUT_MS));
        self.in_flight.insert(
            id,
            InFlight {
                expected: Expected {
                    peer,
                    request: request.clone(),
                },
                deadline,
            },
        );
        if let Some(state) = self.peers.get_mut(&peer) {
            state.in_flight += 1;
            state.last_asked = Some(id);
        }
        OutgoingRequest { id, peer, request }
    }
}

#[cfg(test)]
mod tests;
