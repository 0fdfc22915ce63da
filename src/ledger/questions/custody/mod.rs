//! Who holds a thing, who held it, and how it changed hands.
//!
//! Custody is of each thing by its own name, on the axis of the ledger: a thing has changed hands when the
//! block with the acceptance was decided. What is in a container goes with it, if whoever held it put it in there
//! ([`replay`]): then the last of the thing and the containers that it went along with to change hands says who holds it.

mod chain;
mod holding;
mod parts;
mod replay;
mod steps;
mod story;

pub use chain::{Chain, ChainLink, Ended, OpenCustodyAnswer, ProposalAnswer, ask_open_custody};
pub use holding::{CustodyAnswer, HeldContainer, Holding};
pub(super) use replay::ReplayedCustody;
