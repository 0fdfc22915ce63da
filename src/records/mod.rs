//! The record families: how the body of each kind of record is read, checked and reduced to what
//! applying it needs.
//!
//! A family's check is a pure function of the body's bytes, so it can run once, on any worker, and
//! its result be kept until the record is applied. What depends on the ledger's state is judged
//! one floor up, when the record takes effect.

pub mod custody;
pub mod document;
pub mod energy;
pub mod epcis;
pub mod governance;
pub mod membership;
pub mod production;
pub mod telemetry;

mod family;
mod fields;
mod measured;
mod setting_fault;
mod things;

pub use family::{
    BodyError, DERIVED_KINDS, FAMILIES, NativeBody, NativeFamily, NativeSettings,
    OWN_NAME_FAMILIES, family,
};
pub use setting_fault::SettingFault;
pub use things::MAX_CANONICAL_THING_BYTES;
