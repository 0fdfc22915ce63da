//! The ledger as a whole: what blocks do to it, and what it refuses.

mod admission;
mod block_check;
mod contracts;
mod custody;
mod determinism;
mod documents;
mod energy;
mod entries;
mod errors;
mod evidence;
mod formats;
mod generators;
mod liveness;
mod market;
mod membership;
mod orders;
mod outcomes;
mod production;
mod questions;
mod skipped;
mod telemetry;
mod totality;
