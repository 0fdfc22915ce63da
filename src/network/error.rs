//! What can go wrong, seen from the node.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use super::Channel;

/// Why a network cannot be made or go on. Fatal: the node reports it and ends.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The identity is no libp2p key.
    #[error("the network key cannot be a libp2p identity: {detail}")]
    Identity {
        /// What the library says.
        detail: String,
    },
    /// The library refuses a protocol name.
    #[error("{name:?} is no protocol name")]
    Protocol {
        /// The refused name.
        name: String,
    },
    /// The limits let nothing through.
    #[error("bad limits: {fault}")]
    Limits {
        /// What is wrong with them.
        fault: &'static str,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {detail}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        detail: String,
    },
    /// A listener ended while the network ran.
    #[error("a listener ended: {0}")]
    ListenerClosed(#[source] io::Error),
    /// The system gives no random bytes.
    #[error("no random bytes: {detail}")]
    Randomness {
        /// What the system says.
        detail: String,
    },
}

/// Why a message was not queued. The caller's fault or transient; nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SendError {
    /// The peer is not allowed on this ledger.
    #[error("no such peer on this ledger")]
    UnknownPeer,
    /// The message is empty.
    #[error("an empty message")]
    Empty,
    /// The message is longer than the channel takes.
    #[error("{bytes} bytes exceed the {limit} of {channel}")]
    Oversize {
        /// The channel.
        channel: Channel,
        /// Bytes of the message.
        bytes: usize,
        /// Bytes that the channel takes.
        limit: usize,
    },
    /// The peer's queue is full: it is away or slow.
    #[error("the peer's {channel} queue is full")]
    QueueFull {
        /// The channel.
        channel: Channel,
    },
}

/// Why a request has no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The peer is not allowed on this ledger.
    #[error("no such peer on this ledger")]
    UnknownPeer,
    /// The request is longer than a peer takes.
    #[error("{bytes} bytes exceed the {limit} of a request")]
    Oversize {
        /// Bytes of the request.
        bytes: usize,
        /// Bytes that are taken.
        limit: usize,
    },
    /// As many requests are open at this peer as may be.
    #[error("{limit} requests are open already")]
    TooManyInFlight {
        /// Most requests at one peer.
        limit: usize,
    },
    /// The driver takes no more work now, or has ended.
    #[error("the network takes no requests now")]
    Unavailable,
    /// The peer is not connected.
    #[error("the peer is not connected")]
    NotConnected,
    /// The connection ended before the response came.
    #[error("the connection ended")]
    Disconnected,
    /// The peer gave no response: it closed the stream.
    #[error("the peer refused the request")]
    Refused,
    /// The response broke the limits; it counts against the peer.
    #[error("the response breaks the limits")]
    InvalidResponse,
    /// No response in time.
    #[error("no response within {timeout_ms} ms")]
    Timeout {
        /// How long was waited.
        timeout_ms: u128,
    },
}

/// A response is longer than a peer takes; the peer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{bytes} bytes exceed the {limit} of a response")]
pub struct ResponseTooLarge {
    /// Bytes of the response.
    pub bytes: usize,
    /// Bytes that are taken.
    pub limit: usize,
}
