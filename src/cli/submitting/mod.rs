//! From files to records on the ledger: reading and splitting documents, checking each record
//! before anything is sent, packing records into submissions, and delivering those.
//!
//! Invariant: a record's body has the digits, escapes and spaces that its author wrote. JSON is cut
//! and joined as text, never read into numbers and written again.

mod delivery;
mod packing;
mod sources;
mod waiting;

pub use delivery::{Delivery, DeliveryPlan, DeliveryState, Wanted, deliver, why_not_seen};
pub use packing::{PackError, pack};
pub use sources::{RecordForm, SourceRecord, check_records, read_records};
pub use waiting::WaitingNotice;
