//! Contracts: from the files that people write to what records are judged by.
//!
//! Invariants:
//! - A [`Contract`] that exists has passed every check that `waybill contract check` makes; the same
//!   files give the same contract on every node.
//! - Everything that is wrong is reported at once, each fault with its file and place.
//!
//! Deliberately absent: files and folders (a contract comes as a
//! [`ContractBundle`](crate::types::ContractBundle)), and from which height a contract is in force.

mod asset_setting;
mod assets;
mod contract;
mod kind;
mod manifest;
mod pointer;
mod problem;
mod setting_place;

pub use asset_setting::{AssetOperation, AssetSetting};
pub(in crate::contracts) use assets::MAX_PARTIES;
pub(in crate::contracts) use contract::read_settings;
pub use contract::{Contract, MAX_CONTRACT_KINDS};
pub use kind::Kind;
pub use pointer::AssetKey;
pub use problem::{ContractProblem, Position};
