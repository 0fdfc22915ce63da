//! The interface from outside: a server on a port of its own, over a ledger in memory that real
//! blocks were applied to.

mod cold_chain;
mod contracts;
mod custody;
mod descriptions;
mod endpoints;
mod energy;
mod epcis;
mod epcis_query;
mod limits;
mod market;
mod master_data;
mod openapi;
mod problems;
mod proofs;
mod questions;
mod routes;
mod submissions;
mod support;
mod telemetry;
mod tiles;
mod trace;
