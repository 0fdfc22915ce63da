//! The ledger as a whole: what blocks do to it, and what it refuses.

mod admission;
mod block_check;
mod contracts;
mod determinism;
mod entries;
mod errors;
mod evidence;
mod formats;
mod generators;
mod liveness;
mod members_by_governance;
mod membership;
mod outcomes;
mod questions;
mod skipped;
mod totality;
mod validators_by_governance;
