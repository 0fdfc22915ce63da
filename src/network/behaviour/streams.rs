//! Hands streams to the driver and connections to the access list.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, Stream};
use tokio::time::Instant;

use super::AccessList;
use super::handler::{HandlerEvent, OpenFailure, StreamHandler};
use crate::network::StreamKind;
use crate::network::stream_kind::Protocols;

/// Which connection of which peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamSource {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
}

/// What became of a stream.
#[derive(Debug)]
pub(crate) enum StreamEvent {
    /// The peer opened a stream.
    Inbound {
        source: StreamSource,
        kind: StreamKind,
        stream: Stream,
    },
    /// A stream that the driver asked for is open.
    Outbound {
        source: StreamSource,
        kind: StreamKind,
        stream: Stream,
    },
    /// A stream that the driver asked for is not to be had.
    OpenFailed {
        source: StreamSource,
        kind: StreamKind,
        failure: OpenFailure,
    },
}

/// Raw streams by purpose, for allowed peers only.
pub(crate) struct Streams {
    pub(crate) access: AccessList,
    protocols: Arc<Protocols>,
    actions: VecDeque<ToSwarm<StreamEvent, StreamKind>>,
}

impl Streams {
    pub(crate) fn new(protocols: Protocols) -> Self {
        Self {
            access: AccessList::default(),
            protocols: Arc::new(protocols),
            actions: VecDeque::new(),
        }
    }

    /// Asks for a stream. The answer is a [`StreamEvent`], unless the connection ends before. The
    /// caller polls the swarm afterwards.
    pub(crate) fn open(&mut self, source: StreamSource, kind: StreamKind) {
        self.actions.push_back(ToSwarm::NotifyHandler {
            peer_id: source.peer,
            handler: NotifyHandler::One(source.connection),
            event: kind,
        });
    }

    fn accept(&self, peer: PeerId) -> Result<StreamHandler, ConnectionDenied> {
        self.access
            .check(&peer, Instant::now())
            .map_err(ConnectionDenied::new)?;
        Ok(StreamHandler::new(Arc::clone(&self.protocols)))
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = StreamHandler;
    type ToSwarm = StreamEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.accept(peer)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.accept(peer)
    }

    /// The driver follows the swarm's own events.
    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let source = StreamSource { peer, connection };
        let event = match event {
            HandlerEvent::Inbound { kind, stream } => StreamEvent::Inbound {
                source,
                kind,
                stream,
            },
            HandlerEvent::Outbound { kind, stream } => StreamEvent::Outbound {
                source,
                kind,
                stream,
            },
            HandlerEvent::OpenFailed { kind, failure } => StreamEvent::OpenFailed {
                source,
                kind,
                failure,
            },
        };
        self.actions.push_back(ToSwarm::GenerateEvent(event));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<StreamEvent, THandlerInEvent<Self>>> {
        // Filled by the swarm, which polls after each event, and by the driver, which does too.
        match self.actions.pop_front() {
            Some(action) => Poll::Ready(action),
            None => Poll::Pending,
        }
    }
}
