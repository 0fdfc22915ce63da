//! Authenticated, bounded, ordered messages between the nodes of a ledger.
//!
//! Floor 6: imports `crypto` and `types` only. It spawns no task: [`NetworkDriver::run`] is one
//! future that owns every socket, and the swarm inside it has no executor. Payloads are opaque
//! here; whoever decodes them distrusts them.
//!
//! # Promises
//! - A peer is its registered network key, which is its libp2p identity. Who is not allowed gets no
//!   stream; who serves another ledger has no protocol in common with us and is never announced.
//! - Messages of one peer and channel arrive in order. While both processes live each arrives once,
//!   over any number of reconnects; after a restart of the receiver, what it had not acknowledged
//!   arrives again. "Acknowledged" means given to the node's event queue, not processed. A message
//!   that waits longer than its channel's retention is dropped: what is old is fetched, not pushed.
//! - Every channel has a stream, window, queue, rate and room for delivered messages of its own, so
//!   a large batch never stands before a vote.
//! - Nothing grows without bound: see [`NetworkLimits`]. Lengths are checked before memory is
//!   taken, and nothing is read from a peer while the node has no room for it.
//! - A peer that breaks the limits loses its stream, and after some violations its connection for a
//!   while. Violations are what a correct node with the same limits does not do, so that stalls and
//!   reconnects punish nobody.
//! - A peer whose address is known is dialled for ever, and two nodes use one connection.
//!
//! # Decision: own streams rather than request-response or gossipsub
//! *Context.* Votes are small, urgent and all-to-all among at most 64 validators; batches are large;
//! both need order, back-pressure and a repeat after a reconnect.
//!
//! *Decision.* One long-lived stream for each channel and direction, with sequence numbers and
//! cumulative acknowledgements. libp2p's request-response would open a stream for each message: a
//! round trip of negotiation before each vote, and order only if one message at a time is under
//! way; its codec is not told whose bytes it reads, so a rate for each peer has no place in it.
//! Requests use the same raw streams, one each. Gossipsub would pay above some hundred nodes or
//! where nodes cannot all connect: it trades latency and duplicates for fewer links, has no
//! delivery promise and no back-pressure.
//!
//! *Consequences.* Good: one round trip less for each message, exact flow control, a repeat that is
//! ours to test. Bad: some hundred lines that a library would otherwise hold; each validator uploads
//! its batch once for every other.
//!
//! # Deliberately absent
//! Peer discovery, relaying, address exchange, persistence, and the meaning of any message.
//!
//! # Known limits
//! Handshakes of strangers are bounded in number and time, not by address: a flood of them can
//! delay inbound connections, not those that we dial. Requests above the limits are refused or wait,
//! and are counted, but do not cut the peer off. Yamux may buffer unread bytes of a peer up to
//! its own window, which grows with the measured speed.

mod behaviour;
mod channel;
mod driver;
mod error;
mod event;
mod frame;
mod handle;
mod identity;
mod limits;
mod metrics;
mod peer;
mod queue;
mod rate;
mod sequence;
mod setup;
mod stream_kind;
mod streams;
mod transport;

pub use channel::{Channel, PerChannel};
pub use driver::{Network, NetworkDriver};
pub use error::{NetworkError, RequestError, ResponseTooLarge, SendError};
pub use event::{DeliverySlot, DisconnectReason, NetworkEvent, Responder, Violation};
pub use handle::{Broadcast, NetworkHandle};
pub use limits::{
    ChannelLimits, ConnectionLimits, MisbehaviourLimits, NetworkLimits, RequestLimits,
};
pub use metrics::{ChannelMetrics, NetworkMetrics, PeerLink, PeerMetrics};
pub use setup::{NetworkSetup, PeerAddress};
pub use stream_kind::{StreamKind, WIRE_VERSION};

#[cfg(any(test, feature = "testing"))]
pub use frame::FRAME_READERS;

#[cfg(test)]
mod tests;
