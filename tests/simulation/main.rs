//! The deterministic simulation: production replicas, logs and sign guards in one thread, under a
//! seeded scheduler, in a world that loses messages, cuts the power and lies.
//!
//! A world is made from a seed alone. It runs through a time of faults, then it is healed and has
//! to converge. Invariants are checked at every step (see `invariants`). All ranges of all faults
//! are on one screen, in `faults`.
//!
//! - `WAYBILL_SIMULATION_SEEDS`: how many seeds to run (default 50).
//! - `WAYBILL_SIMULATION_SEED`: the first seed; if it is given alone, that seed is replayed and its
//!   trace printed.
//!
//! What is real: the replica, the codec of messages, their checks, the answers to requests, the
//! consensus log and the sign guard's file. What is simulated: network, clocks, the disk, and the
//! ledger store.
//!
//! # Nondeterminism, and how it is closed
//! | source | here |
//! |---|---|
//! | order of events at one time | drawn from the seed |
//! | clocks and timers | computed from the world's time |
//! | what a power cut leaves | drawn from the seed |
//! | iteration order | ordered maps only |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test: what the simulation cannot do has to stop it"
)]

mod byzantine;
mod changing_validators;
mod checks;
mod events;
mod faults;
mod governing;
mod invariants;
mod lying;
mod network;
mod node;
mod planted;
mod random;
mod recovery;
mod scenarios;
mod seeds;
mod serving;
mod store;
mod trace;
mod upgrading_contracts;
mod workload;
mod world;
