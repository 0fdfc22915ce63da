//! What the tests share.

mod captures;
mod every_route;
mod memory_ledger;
mod named_queries;
mod ports;
mod server;
mod world;

pub(super) use every_route::{
    EveryRoute, HARVESTED, PALLET, PRODUCED, STORE, query_parameters, with_parameter,
};
pub(super) use memory_ledger::{MemoryLedger, ReaderFault};
pub(super) use named_queries::MemoryQueries;
pub(super) use ports::{FakeNode, FakeSubmissions, SubmitBehaviour};
pub(super) use server::{Server, assert_problem};
pub(super) use world::{
    LEDGER_NAME, World, gateway_key, grower_key, harvest, inspector_key, record, writer_key,
};
