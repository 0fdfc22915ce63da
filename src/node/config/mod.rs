//! The node's configuration: a TOML file, and what overrides it.
//!
//! Four layers, the later one wins: defaults, the file, environment variables `WAYBILL_…`, flags.
//! Each value knows where it came from.
//!
//! Invariants:
//! - One table, [`SETTINGS`], drives what the file may say, the names of variables and flags, what
//!   `waybill config show` prints, and the commented example file. A setting exists if and only if
//!   it has a row.
//! - A [`NodeConfig`] that [`load()`] gives is within all bounds of the table; unknown keys are refused,
//!   never ignored: a misspelt limit that silently is the default is an incident.
//! - Every fault names its place (file and line, variable, or flag) and the way out, and all faults
//!   are reported at once.
//! - Relative paths in the file and in defaults are relative to the file's folder; those of variables
//!   and flags to the working folder.
//! - Nothing opens a port to others by default but the peer port, on which strangers get no stream.
//!
//! Deliberately absent: anything that all nodes must agree on. That is in the genesis document.

mod check;
mod error;
mod example;
mod given;
mod load;
mod node_config;
mod origin;
mod setting;
mod settings;
mod suggestion;
#[cfg(test)]
mod tests;

pub use check::{Finding, Severity, check};
pub use error::{ConfigError, ConfigFault, Place};
pub use example::example;
pub use load::{ConfigSources, ResolvedConfig, load};
pub use node_config::{
    ApiSection, EpcisSection, LogFormat, LogSection, MempoolSection, NetworkSection, NodeConfig,
    NodeSection, PeerSetting, StoreSection,
};
pub use origin::Origin;
pub use setting::{Section, Setting};
pub use settings::{SECTIONS, SETTINGS};
pub use suggestion::nearest;
