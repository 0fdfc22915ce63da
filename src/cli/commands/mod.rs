//! The commands, one file each: their options, and what they do.

pub mod block;
pub mod checkpoint;
pub mod config;
pub mod contract;
pub mod genesis;
pub mod get;
pub mod init;
pub mod keys;
pub mod member;
pub mod node;
pub mod proof;
pub mod sign;
pub mod status;
pub mod store;
pub mod submit;
pub mod trace;
pub mod validator;

mod governing;
mod trust;
