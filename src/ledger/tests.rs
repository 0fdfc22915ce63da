//! The ledger as a whole: what blocks do to it, and what it refuses.

mod admission;
mod block_check;
mod cold_chain;
mod completeness;
mod contracts;
mod determinism;
mod dwell;
mod entries;
mod errors;
mod evidence;
mod formats;
mod gaps;
mod generators;
mod histories;
mod liveness;
mod mass_balance;
mod membership;
mod outcomes;
mod questions;
mod questions_page;
mod skipped;
mod totality;
