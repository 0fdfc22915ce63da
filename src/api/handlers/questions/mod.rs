//! Questions about what happened to goods, beside where they came from and went.
//!
//! Every question takes which events count (`as_of_height`, `event_time_before`, `view`) and which page of
//! the answer (`limit`, `after`). A parameter that the question does not know is refused.

pub(in crate::api) mod cold_chain;
pub(in crate::api) mod completeness;
pub(in crate::api) mod dwell;
pub(in crate::api) mod gaps;
pub(in crate::api) mod mass_balance;
mod parameters;
