//! Whether ports are free.

use std::net::{SocketAddr, TcpListener};

use super::layout::NodeDocument;
use crate::cli::{Exit, Failure};

/// Sees to it that the ports of nodes are free at this moment.
///
/// # Errors
/// [`Failure`] that names those that are not.
pub(super) fn require_free<'a>(
    nodes: impl IntoIterator<Item = &'a NodeDocument>,
) -> Result<(), Failure> {
    let taken: Vec<String> = nodes
        .into_iter()
        .flat_map(|node| [(node, node.api), (node, node.network)])
        .filter_map(|(node, address)| Some((node, address, taken(address)?)))
        .map(|(node, address, reason)| format!("{address} for {}: {reason}", node.name))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Files,
        "a port that the network needs is not free",
        taken.join("\n"),
        "stop what listens there (does another test network run?), or create the network with \
         another --base-port",
    ))
}

fn taken(address: SocketAddr) -> Option<String> {
    TcpListener::bind(address).err().map(|e| e.to_string())
}
