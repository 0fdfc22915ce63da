//! Contracts from files to verdicts.

mod definitions;
mod index_keys;
mod reference;
mod shipped;
mod state;

pub(in crate::contracts) use state::State;
