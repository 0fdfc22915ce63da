//! The commands, one file each: their options, and what they do.

pub mod block;
pub mod checkpoint;
pub mod config;
pub mod contract;
pub mod genesis;
pub mod get;
pub mod init;
pub mod keys;
pub mod members;
pub mod node;
pub mod proof;
pub mod questions;
pub mod sign;
pub mod status;
pub mod store;
pub mod submit;
pub mod token;
pub mod trace;

mod trust;
