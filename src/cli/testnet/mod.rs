//! `waybill testnet`: a whole network on this machine, for trying things out and for tests.
//!
//! Invariants:
//! - Only processes that this command started are ever signalled. A node's pid file holds the
//!   process's start beside its number, and both are compared before every signal: the system gives
//!   numbers to other processes again.
//! - A folder is deleted only if it carries this command's marker.
//! - Every port is loopback's, and tried before a node is started on it.

mod arguments;
mod create;
mod layout;
mod members;
mod ports;
mod process;
mod run;
mod start;
mod stop;
#[cfg(test)]
mod tests;

pub use arguments::TestnetArguments;
pub(super) use members::{TestnetMember, open_members};
pub use run::run;
