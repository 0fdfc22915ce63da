//! The interface from outside: a server on a port of its own, over a ledger in memory that real
//! blocks were applied to.

mod contracts;
mod endpoints;
mod epcis;
mod limits;
mod openapi;
mod problems;
mod proofs;
mod questions;
mod submissions;
mod support;
mod tiles;
mod trace;
