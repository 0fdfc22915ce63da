//! The commands, one file each: their options, and what they do.

pub mod block;
pub mod certificate;
pub mod checkpoint;
pub mod config;
pub mod contract;
pub mod custody;
pub mod document;
pub mod genesis;
pub mod get;
pub mod init;
pub mod keys;
pub mod market;
pub mod master_data;
pub mod member;
pub mod meter;
pub mod node;
pub mod production;
pub mod proof;
pub mod questions;
pub mod sign;
pub mod status;
pub mod store;
pub mod submit;
pub mod telemetry;
pub mod token;
pub mod trace;
pub mod validator;

mod governing;
mod record;
mod trust;
