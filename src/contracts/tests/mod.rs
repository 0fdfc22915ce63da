//! Contracts from files to verdicts.

mod definitions;
mod reference;
mod shipped;
mod state;

pub(in crate::contracts) use state::State;
