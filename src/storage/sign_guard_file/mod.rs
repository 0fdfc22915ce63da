//! The sign guard's file: the last thing that this node signed, kept so that it signs no other in
//! its place after a crash.
//!
//! # Format
//! Two slots, files `sign-guard.a` and `sign-guard.b`, written in turn: odd sequence numbers go to
//! the first, even ones to the second. A slot holds two copies of the same, 4 KiB apart:
//!
//! magic (8) ‖ version (u16) ‖ ledger id (32) ‖ sequence (u64) ‖ length (u16) ‖ payload ‖ blake3 (32)
//!
//! # Invariants
//! - [`SignGuardFile::store`] returns after both copies are durable; while it writes a slot, the
//!   other one, with what was stored before, is not touched.
//! - [`SignGuardFile::load`] gives the newest valid copy, makes it durable, and says how far it may
//!   be trusted: see [`GuardHealth`].
//! - Numbers of the two slots are neighbours. Anything else, or a slot without a valid copy, means
//!   that what was stored last may be lost, and is said.
//! - After an error of a write or a sync every later store refuses with the first error.
//!
//! # Crash points, one by one
//! | crash during | found at load |
//! |---|---|
//! | first store, before the slots have their names | nothing: [`LoadedGuard::Missing`]; nothing was signed |
//! | first store, one name durable | that slot, with a number of the first store: intact |
//! | later store, before the sync | the other slot, and this one with old, new or torn copies. A sector is written whole or not, so at least one copy is valid, old or new: intact, or one copy damaged. Only if both copies are torn the guard is in doubt |
//! | after the sync | the new one |
//!
//! # Deliberately absent
//! What the payload means, and protection against both files being put back to an older state
//! together: only a comparison with the consensus log and the ledger shows that.

mod error;
mod file;
mod slot;

pub use error::GuardFileError;
pub use file::{GuardHealth, LoadedGuard, SignGuardFile, StoredGuard};
pub use slot::MAX_GUARD_BYTES;

#[cfg(test)]
mod tests;
