//! The libp2p behaviour: who may connect, and raw streams by purpose.
//!
//! It opens and accepts streams and hands them to the driver, which reads and writes them. It holds
//! no message, no queue and no protocol but the names.

mod access;
mod handler;
mod streams;
mod upgrade;

pub(crate) use access::AccessList;
pub(crate) use handler::OpenFailure;
pub(crate) use streams::{StreamEvent, StreamSource, Streams};

use libp2p::connection_limits;
use libp2p::swarm::NetworkBehaviour;

/// What the swarm runs. The limits come first: what they refuse, [`Streams`] never sees.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) streams: Streams,
}
