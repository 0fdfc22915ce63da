//! The ledger as a whole: what blocks do to it, and what it refuses.

mod admission;
mod block_check;
mod contracts;
mod determinism;
mod energy;
mod entries;
mod errors;
mod evidence;
mod formats;
mod generators;
mod liveness;
mod market;
mod membership;
mod outcomes;
mod questions;
mod skipped;
mod totality;
