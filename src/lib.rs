//! Waybill, a permissioned supply-chain ledger node.
//!
//! The floors, from the ground up; a module imports from lower floors only: [`crypto`]; [`types`];
//! [`records`], [`consensus`], [`mempool`] and [`sync`]; [`contracts`]; [`ledger`]; [`replica`];
//! [`api`], [`network`] and [`storage`]; [`node`]; [`cli`].

pub mod api;
pub mod cli;
pub mod consensus;
pub mod contracts;
pub mod crypto;
pub mod ledger;
pub mod mempool;
pub mod network;
pub mod node;
pub mod records;
pub mod replica;
pub mod storage;
pub mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod types;
