//! Contracts from files to verdicts.

mod definitions;
mod reference;
mod shipped;
