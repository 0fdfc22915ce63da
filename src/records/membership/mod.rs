//! `membership.change`: a member adds a key of its own, or revokes one.
//!
//! The body is a JSON object: `{"operation": "addKey", "member": "acme", "key": "<64 hex digits>",
//! "purpose": "writer"}`, or `{"operation": "revokeKey", "member": "acme", "key": "<…>"}`. The keys
//! of validators follow the validator set, and are not changed here.

mod change;

pub use change::{MembershipChange, check};
