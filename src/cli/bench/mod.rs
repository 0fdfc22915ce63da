//! `waybill bench`: an open-loop load tool that also verifies.
//!
//! Submissions are signed ahead and sent when they are due, whether or not earlier ones have been
//! answered: a slow ledger is not spared, and a late answer counts from the time at which the
//! submission was due. What the nodes acknowledged is looked for in the log afterwards, entry by
//! entry, and the logs of all nodes are compared.

mod arguments;
mod load;
mod machine;
mod report;
mod run;
mod verify;
mod workload;

pub use arguments::BenchArguments;
pub use run::run;
pub use workload::Workload;
