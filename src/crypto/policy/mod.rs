//! C2SP trust policies (c2sp.org/tlog-policy): which logs, which witnesses, and which quorum of
//! them make a checkpoint trusted.
//!
//! A policy is written by [`PolicyBuilder`], in the order of its text: what a group or the quorum
//! names is defined before it. So cycles cannot be expressed. [`Policy::parse`] reads a text
//! through the builder, and [`Policy::to_bytes`] prints one.
//!
//! Invariants:
//! - Logs have keys of type 0x01, witnesses of type 0x04; no key is listed twice in a role, and no
//!   two keys share name and id.
//! - Each name is a member of at most one group: so a witness counts once, and the thresholds mean
//!   what they say.
//!
//! Deliberately absent: what a text holds beside the policy (comments, spacing, the words `any` and
//! `all`) is not kept.

mod builder;
mod definition;
mod error;
mod name;
mod text;

pub use builder::PolicyBuilder;
pub use definition::{MAX_GROUPS, MAX_LOGS, MAX_WITNESSES, Policy};
pub use error::PolicyError;
pub use name::{MAX_POLICY_NAME_BYTES, PolicyName};
pub use text::{MAX_POLICY_BYTES, MAX_URL_BYTES};

#[cfg(test)]
mod tests;
