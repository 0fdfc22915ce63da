//! Contracts from files to verdicts.

mod definitions;
mod shipped;
