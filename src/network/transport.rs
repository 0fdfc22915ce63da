//! TCP, noise and yamux, and the swarm on top.

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Swarm, Transport as _, connection_limits, noise, swarm, tcp, yamux};

use super::behaviour::{Behaviour, Streams};
use super::stream_kind::Protocols;
use super::{ConnectionLimits, NetworkError, StreamKind};

/// Most streams of one connection. Those of every purpose, both ways, with room for requests and
/// for streams that are being replaced; each may make the receiver buffer 256 KiB and more.
const MAX_STREAMS: usize = 64;

/// Most inbound streams of one connection in negotiation: all that a peer opens at the start, and
/// some requests.
const MAX_NEGOTIATING_STREAMS: usize = 4 * StreamKind::ALL.len();

/// A swarm that runs inside whoever polls it: without an executor, it spawns nothing.
///
/// # Errors
/// [`NetworkError::Identity`] if the handshake cannot use the key.
pub(crate) fn swarm(
    keypair: &Keypair,
    protocols: Protocols,
    limits: &ConnectionLimits,
) -> Result<Swarm<Behaviour>, NetworkError> {
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(
            connection_limits::ConnectionLimits::default()
                .with_max_pending_incoming(Some(limits.max_pending_inbound))
                .with_max_established_per_peer(Some(limits.max_per_peer))
                .with_max_established(Some(limits.max_established)),
        ),
        streams: Streams::new(protocols),
    };
    Ok(Swarm::new(
        transport(keypair, limits)?,
        behaviour,
        PeerId::from_public_key(&keypair.public()),
        swarm::Config::without_executor()
            .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS),
    ))
}

fn transport(
    keypair: &Keypair,
    limits: &ConnectionLimits,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, NetworkError> {
    let noise = noise::Config::new(keypair).map_err(|error| NetworkError::Identity {
        detail: error.to_string(),
    })?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    Ok(
        tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
            .upgrade(Version::V1)
            .authenticate(noise)
            .multiplex(yamux)
            .timeout(limits.handshake_timeout)
            .boxed(),
    )
}
