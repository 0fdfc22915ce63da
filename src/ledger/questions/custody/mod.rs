//! Who holds a thing, who held it, and how it changed hands.
//!
//! Custody is of each thing by its own name, on the axis of the ledger: a thing has changed hands when the
//! block with the acceptance was decided. What is in a container goes with it: of a thing and the
//! containers that it is in by the events, the one that changed hands last says who holds it.

mod chain;
mod holding;
mod steps;

pub use chain::{Chain, ChainLink, Ended, OpenCustodyAnswer, ProposalAnswer, ask_open_custody};
pub use holding::{CustodyAnswer, Holding};
