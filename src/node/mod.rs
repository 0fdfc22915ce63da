//! The running node: the only place that owns tasks, threads, clocks and sockets.
//!
//! | thread or task | does | blocks on |
//! |---|---|---|
//! | replica thread | steps the [`Replica`](crate::replica::Replica), writes the consensus log and the sign guard, hands effects on | its inputs, the consensus log's disk |
//! | storage thread | batches and blocks into the store, in order | the store's disk |
//! | check pools | decode and verify messages, submissions and answers; consensus messages have a pool of their own, so that no batch stands before a vote | nothing |
//! | network task | owns the sockets to peers | peers |
//! | inbound task | gives network events to the check pools | room in the pools |
//! | HTTP tasks | serve clients | clients, the store |
//! | capture task | puts what clients without a key capture on the ledger | the ledger, the disk |
//!
//! Invariants:
//! - Inputs that arrive together are stepped together, and their durable effects share one sync;
//!   every durable effect of such a group is on disk before anything else of the group is done.
//! - A thread that fails stops the node with its reason; nothing is retried after a failed write.
//! - Every queue between them is bounded: see [`limits`].

pub mod config;
pub mod keys;
pub mod limits;

mod assemble;
mod capture_files;
mod checks;
mod core_loop;
mod error;
mod executor;
mod file_handles;
mod folder;
mod inbound;
mod metrics;
mod named_queries;
mod observed;
mod pending;
mod ports;
mod queued_input;
mod recovery;
mod reports;
mod run;
mod setup;
mod storage_worker;
mod telemetry;
mod timers;

pub use error::{ExitReason, NodeError};
pub use folder::DataFolder;
pub use run::run;
pub use setup::{DamagedLog, NodeSetup};
