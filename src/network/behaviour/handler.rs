//! The streams of one connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
};
use libp2p::{Stream, StreamProtocol};

use super::upgrade::AnyProtocol;
use crate::network::StreamKind;
use crate::network::stream_kind::Protocols;

/// How long the negotiation of a stream may take: one round trip.
const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a stream could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenFailure {
    /// The peer does not speak the protocol: it serves another ledger or version.
    Unsupported,
    /// The connection is slow or broken.
    Failed,
}

/// What a connection reports.
#[derive(Debug)]
pub(crate) enum HandlerEvent {
    /// The peer opened a stream.
    Inbound { kind: StreamKind, stream: Stream },
    /// A stream that was asked for is open.
    Outbound { kind: StreamKind, stream: Stream },
    /// A stream that was asked for is not to be had.
    OpenFailed {
        kind: StreamKind,
        failure: OpenFailure,
    },
}

/// Opens the streams it is asked for and accepts every known purpose.
pub(crate) struct StreamHandler {
    protocols: Arc<Protocols>,
    to_open: VecDeque<StreamKind>,
    events: VecDeque<HandlerEvent>,
}

impl StreamHandler {
    pub(crate) fn new(protocols: Arc<Protocols>) -> Self {
        Self {
            protocols,
            to_open: VecDeque::new(),
            events: VecDeque::new(),
        }
    }
}

impl ConnectionHandler for StreamHandler {
    type FromBehaviour = StreamKind;
    type ToBehaviour = HandlerEvent;
    type InboundProtocol = AnyProtocol;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = StreamKind;

    fn listen_protocol(&self) -> SubstreamProtocol<AnyProtocol> {
        SubstreamProtocol::new(AnyProtocol::of(&self.protocols), ())
            .with_timeout(NEGOTIATION_TIMEOUT)
    }

    /// The driver closes connections; silence never does.
    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, StreamKind, HandlerEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        while let Some(kind) = self.to_open.pop_front() {
            if let Some(name) = self.protocols.name(kind) {
                let upgrade = ReadyUpgrade::new(name.clone());
                return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                    protocol: SubstreamProtocol::new(upgrade, kind)
                        .with_timeout(NEGOTIATION_TIMEOUT),
                });
            }
        }
        // Both queues are filled only by calls after which the connection polls again.
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, kind: StreamKind) {
        self.to_open.push_back(kind);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, AnyProtocol, ReadyUpgrade<StreamProtocol>, (), StreamKind>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (stream, name),
                ..
            }) => {
                if let Some(kind) = self.protocols.kind(&name) {
                    self.events
                        .push_back(HandlerEvent::Inbound { kind, stream });
                }
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: kind,
            }) => self
                .events
                .push_back(HandlerEvent::Outbound { kind, stream }),
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: kind, error }) => {
                let failure = match error {
                    StreamUpgradeError::NegotiationFailed => OpenFailure::Unsupported,
                    StreamUpgradeError::Timeout
                    | StreamUpgradeError::Apply(_)
                    | StreamUpgradeError::Io(_) => OpenFailure::Failed,
                };
                self.events
                    .push_back(HandlerEvent::OpenFailed { kind, failure });
            }
            // Addresses and announced protocols decide nothing here; a failed inbound negotiation
            // is the peer's loss.
            _ => {}
        }
    }
}
