//! Waybill, a permissioned supply-chain ledger node.
//!
//! The floors, from the ground up; a module imports from lower floors only:
//! [`crypto`]; [`types`]; [`records`], [`consensus`], [`mempool`] and [`sync`];
//! [`contracts`]; [`ledger`]; [`replica`].

pub mod consensus;
pub mod contracts;
pub mod crypto;
pub mod ledger;
pub mod mempool;
pub mod records;
pub mod replica;
pub mod sync;
pub mod types;
