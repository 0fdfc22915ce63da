//! `membership.change`: a member adds a key of its own, or revokes one.
//!
//! The body is a JSON object: `{"operation": "addKey", "member": "acme", "key": "<64 hex digits>",
//! "purpose": "writer", "proof": "<128 hex digits>"}`, or `{"operation": "revokeKey", "member": "acme", "key": "<…>"}`. The keys
//! of validators follow the validator set, and are not changed here. The proof is the new key's own signature: see [`KeyProof`](crate::types::KeyProof).

mod change;

pub(in crate::records) use change::own_key;
pub use change::{MembershipChange, check};
