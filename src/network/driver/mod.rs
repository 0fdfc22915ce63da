//! The future that owns the swarm.
//!
//! One loop takes in turn: what the swarm says, streams and timers that ended, requests of the
//! handle, and changes of who is allowed. Each peer has at most one [`Link`](link::Link), the
//! connection in use; whatever belongs to another connection is ignored.

mod link;
mod links;
mod peer_record;
mod run;
mod start;
mod streams;

pub use run::NetworkDriver;
pub use start::Network;
