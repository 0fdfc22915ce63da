//! From admitted submissions to certified batches.
//!
//! [`AdmissionQueue`] holds what this node has admitted until it is sealed into a batch;
//! [`BatchPool`] follows every batch, own and foreign, from the disk through its acknowledgements
//! to the block that orders it. [`RefusalBudget`] bounds what members cost without being taken.
//!
//! Invariants:
//! - Every queue is bounded in bytes, per member and per author; at the bound the newcomer is
//!   refused and counted, nothing that was taken is dropped for it.
//! - A submission is in the queue or in a pending batch at most once.
//! - A batch is acknowledged only after the caller has said that it is stored.
//!
//! Deliberately absent: signatures (verified before they get here), the state (admission is judged
//! one floor up) and clocks (the time is an argument).

mod admission_queue;
mod batch_pool;
mod refusal_budget;

pub use admission_queue::{AdmissionQueue, QueueLimits, QueuedSubmission};
pub use batch_pool::{BatchPool, PoolError, PoolLimits};
pub use refusal_budget::{FORGIVEN_RECORDS_PER_SECOND, MAX_REFUSED_RECORDS, RefusalBudget};
