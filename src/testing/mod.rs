//! What tests of every floor build on: a network with known keys, sample records, builders for
//! what travels, a ledger in memory, and the bodies of the fuzz targets.
//!
//! Compiled for tests and under the feature `testing` only. Production code never imports it.
//!
//! Invariants:
//! - Everything is deterministic: a key is derived from its label, no clock is read and nothing is
//!   drawn at random, so a failing test fails again.
//! - A builder that is given something impossible panics: that is a mistake in the test.
//!
//! Deliberately absent: strategies of property tests (they need a development dependency and stand
//! with the tests of the types they make).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: a broken precondition has to stop the test"
)]

mod events;
pub mod fuzz_targets;
mod keys;
mod ledger_model;
mod memory_ledger;
mod metering;
mod network;
mod records;
mod signers;

pub use events::{commissioning, correction, packing, shipping};
pub use keys::secret_key;
pub use ledger_model::LedgerModel;
pub use memory_ledger::{MemoryLedger, scan_values};
pub use metering::{
    cancel_certificates, claim_certificates, correct_quarter, issue_certificates,
    network_with_roles, quarter, read_quarter, register_meter, transfer_certificates,
    withdraw_certificates,
};
pub use network::{GENESIS_TIME, TestNetwork};
pub use records::{
    add_key, ballot, crates_contract, crates_record, energy_contract, energy_order, event_record,
    install_contract, order_withdrawal, propose, proven_key, proven_validator, record,
    retire_contract, revoke_key,
};
pub use signers::{checkpoint_of, cosigner, log_signer};

#[cfg(test)]
mod tests;
