//! A peer that speaks libp2p and writes what it likes on its streams.

use std::net::SocketAddr;

use futures::StreamExt;
use libp2p::Stream;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::harness::{ledger, secret};
use crate::crypto::PublicKey;
use crate::network::behaviour::{BehaviourEvent, StreamEvent, StreamSource};
use crate::network::stream_kind::Protocols;
use crate::network::{NetworkLimits, StreamKind, identity, transport};

/// Dials for ever, keeps every stream of the other side open and silent, opens streams on demand.
pub(super) struct RawPeer {
    wishes: mpsc::UnboundedSender<(StreamKind, oneshot::Sender<Stream>)>,
    running: JoinHandle<()>,
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl RawPeer {
    pub(super) fn start(seed: u8, target: PublicKey, address: SocketAddr) -> Self {
        let (wishes, wanted) = mpsc::unbounded_channel();
        let running = tokio::spawn(run(seed, target, address, wanted));
        Self { wishes, running }
    }

    /// A stream on the present connection, or on the next one that lives long enough.
    pub(super) async fn open(&self, kind: StreamKind) -> Stream {
        let (reply, stream) = oneshot::channel();
        self.wishes.send((kind, reply)).unwrap();
        stream.await.unwrap()
    }
}

async fn run(
    seed: u8,
    target: PublicKey,
    address: SocketAddr,
    mut wanted: mpsc::UnboundedReceiver<(StreamKind, oneshot::Sender<Stream>)>,
) {
    let keypair = identity::keypair(&secret(seed)).unwrap();
    let protocols = Protocols::of(&ledger("tests")).unwrap();
    let limits = NetworkLimits::default().connections;
    let mut swarm = transport::swarm(&keypair, protocols, &limits).unwrap();
    let target = identity::peer_id(&target).unwrap();
    let access = &mut swarm.behaviour_mut().streams.access;
    access.set_allowed([target].into());
    let dial = || {
        DialOpts::peer_id(target)
            .condition(PeerCondition::Always)
            .addresses(vec![
                format!("/ip4/{}/tcp/{}", address.ip(), address.port())
                    .parse()
                    .unwrap(),
            ])
            .allocate_new_port()
            .build()
    };
    swarm.dial(dial()).unwrap();
    let mut source: Option<StreamSource> = None;
    let mut wish: Option<(StreamKind, oneshot::Sender<Stream>)> = None;
    let mut silent = Vec::new();
    loop {
        tokio::select! {
            event = swarm.select_next_some() => match event {
                SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                    let here = StreamSource { peer: peer_id, connection: connection_id };
                    source = Some(here);
                    if let Some((kind, _)) = &wish {
                        swarm.behaviour_mut().streams.open(here, *kind);
                    }
                }
                SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => {
                    source = None;
                    silent.clear();
                    // Not too eagerly: the other side counts.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    swarm.dial(dial()).unwrap();
                }
                SwarmEvent::Behaviour(BehaviourEvent::Streams(event)) => match event {
                    StreamEvent::Inbound { stream, .. } => silent.push(stream),
                    StreamEvent::Outbound { stream, .. } => {
                        if let Some((_, reply)) = wish.take() {
                            let _ = reply.send(stream);
                        }
                    }
                    StreamEvent::OpenFailed { .. } => {}
                },
                _ => {}
            },
            Some((kind, reply)) = wanted.recv(), if wish.is_none() => {
                wish = Some((kind, reply));
                if let Some(here) = source {
                    swarm.behaviour_mut().streams.open(here, kind);
                }
            }
        }
    }
}
