//! The ledger as a whole: what blocks do to it, and what it refuses.

mod admission;
mod block_check;
mod contracts;
mod determinism;
mod entries;
mod epcis_queries;
mod errors;
mod evidence;
mod formats;
mod generators;
mod liveness;
mod membership;
mod outcomes;
mod questions;
mod skipped;
mod totality;
