//! What the network tells the node.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Channel, ResponseTooLarge, StreamKind};
use crate::crypto::PublicKey;

/// Something that happened, in the order in which it did for each peer.
#[derive(Debug)]
pub enum NetworkEvent {
    /// The node listens on this address.
    Listening {
        /// The address, with the port that the system chose.
        address: SocketAddr,
    },
    /// The peer speaks this ledger's protocols and can be sent to. Not repeated when its connection
    /// is replaced by another without a gap.
    Connected {
        /// Its network key.
        peer: PublicKey,
    },
    /// The peer has no connection any more. It is dialled again if its address is known.
    Disconnected {
        /// Its network key.
        peer: PublicKey,
        /// Why.
        reason: DisconnectReason,
    },
    /// A message arrived: in order for its peer and channel, and once while both processes live.
    Message {
        /// Who sent it.
        peer: PublicKey,
        /// The channel.
        channel: Channel,
        /// The message, as the peer gave it; nothing but its length was checked.
        bytes: Bytes,
        /// Dropped when the node has worked on the message: until then the message counts against
        /// the channel's [`delivery_slots`](super::ChannelLimits::delivery_slots).
        slot: DeliverySlot,
    },
    /// A request arrived.
    Request {
        /// Who asks.
        peer: PublicKey,
        /// The request; nothing but its length was checked.
        bytes: Bytes,
        /// Takes the response. Dropping it refuses the request.
        responder: Responder,
    },
    /// The peer broke the limits too often and is cut off for a while.
    Misbehaved {
        /// Its network key.
        peer: PublicKey,
        /// The last violation.
        violation: Violation,
        /// How long it is cut off.
        back_off: Duration,
    },
}

/// Why a peer has no connection any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisconnectReason {
    /// The connection ended or broke.
    Closed {
        /// What the transport says, if it failed.
        detail: Option<String>,
    },
    /// The peer did not echo a ping in time.
    Unresponsive,
    /// The peer is not allowed any more.
    NotAllowed,
    /// The peer was cut off.
    Misbehaved,
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { detail: None } => formatter.write_str("the connection was closed"),
            Self::Closed {
                detail: Some(detail),
            } => write!(formatter, "the connection broke: {detail}"),
            Self::Unresponsive => formatter.write_str("it did not answer in time"),
            Self::NotAllowed => formatter.write_str("it is not allowed any more"),
            Self::Misbehaved => formatter.write_str("it broke the limits and is cut off"),
        }
    }
}

/// How a peer broke the rules of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// It announced more bytes than the limit.
    Oversize {
        /// On which stream.
        stream: StreamKind,
        /// How many bytes.
        bytes: u32,
    },
    /// It sent faster than the limit.
    RateExceeded {
        /// On which stream.
        stream: StreamKind,
    },
    /// It sent a message that no correct node sends, as the node found.
    FaultyMessage {
        /// On which channel.
        channel: Channel,
    },
    /// It sent bytes that no correct node sends.
    Malformed {
        /// On which stream.
        stream: StreamKind,
        /// What is wrong with them.
        fault: &'static str,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oversize { stream, bytes } => {
                write!(formatter, "{bytes} bytes exceed the limit of {stream}")
            }
            Self::RateExceeded { stream } => write!(formatter, "too fast on {stream}"),
            Self::FaultyMessage { channel } => write!(formatter, "faulty messages on {channel}"),
            Self::Malformed { stream, fault } => write!(formatter, "{fault} on {stream}"),
        }
    }
}

/// A message's place among those that the node holds; dropping it makes room for the next.
#[derive(Debug)]
pub struct DeliverySlot {
    _permit: OwnedSemaphorePermit,
}

impl DeliverySlot {
    pub(crate) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self { _permit: permit }
    }
}

/// Takes the response to one request.
#[derive(Debug)]
pub struct Responder {
    reply: oneshot::Sender<Bytes>,
    max_response_bytes: usize,
}

impl Responder {
    pub(crate) fn new(max_response_bytes: usize) -> (Self, oneshot::Receiver<Bytes>) {
        let (reply, response) = oneshot::channel();
        let responder = Self {
            reply,
            max_response_bytes,
        };
        (responder, response)
    }

    /// Sends the response. Whether it arrives is not known: the asker may have gone.
    ///
    /// # Errors
    /// [`ResponseTooLarge`]; the request is then refused.
    pub fn respond(self, response: Bytes) -> Result<(), ResponseTooLarge> {
        if response.len() > self.max_response_bytes {
            return Err(ResponseTooLarge {
                bytes: response.len(),
                limit: self.max_response_bytes,
            });
        }
        // The receiving half is gone if the connection ended: nobody waits for the response.
        let _ = self.reply.send(response);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operators read these in the log.
    #[test]
    fn reasons_are_said_in_words() {
        let told = |detail: Option<&str>| {
            DisconnectReason::Closed {
                detail: detail.map(str::to_owned),
            }
            .to_string()
        };
        assert_eq!(told(None), "the connection was closed");
        assert_eq!(told(Some("reset")), "the connection broke: reset");
        assert_eq!(
            DisconnectReason::Unresponsive.to_string(),
            "it did not answer in time"
        );
    }
}
