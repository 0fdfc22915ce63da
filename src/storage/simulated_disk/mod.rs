//! A disk in memory that loses power, for tests: the faulty twin of
//! [`RealDisk`](super::RealDisk). Deterministic: whatever is left to chance on a real disk is left
//! to the caller's [`Choices`].
//!
//! # The fault model
//! | fault | what happens |
//! |---|---|
//! | power cut ([`FaultPlan::power_cut_at`]) | the operation is begun, and it and every later one fails; [`SimulatedDisk::restart`] decides what is left |
//! | unsynced write | each sector ([`SECTOR_BYTES`]) of it is lost, kept, or, with [`Tearing::EveryByte`], kept in part, independently of the others; a lost one before a kept one leaves zeros |
//! | unsynced cut of a file | lost or kept |
//! | unsynced change of names | each lost or kept, independently of the others |
//! | failing operation ([`FaultPlan::failing`]) | it gives an error and does nothing, but for a sync: see below |
//! | failing sync | the writes since the last sync are seen until the power cut, and no later sync makes them durable, as on Linux |
//! | full disk ([`FaultPlan::capacity_bytes`]) | a write stores what fits and gives an error |
//! | rot ([`SimulatedDisk::rot`]) | bits of a file flip, durably |
//! | loss of a file ([`SimulatedDisk::lose`]) | it is gone, durably |
//!
//! Not in the model: a disk that says a sync succeeded and lies, and reads that fail.

mod choices;
mod file;
mod machine;

pub use choices::{Choices, ExhaustiveChoices, KeepEverything, ListedChoices, LoseEverything};
pub use file::{SimulatedDisk, SimulatedFile};
pub use machine::{FailingOperation, FaultPlan, SECTOR_BYTES, Tearing};

#[cfg(test)]
mod tests;
