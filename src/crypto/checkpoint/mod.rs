//! C2SP checkpoints (c2sp.org/tlog-checkpoint@v1.0.0) without extension lines, and what makes one
//! trusted.
//!
//! Each validator signs a checkpoint twice: as the log, with type 0x01 and the origin as its name,
//! and as a witness, with a cosignature. The log signature alone is not trusted; a
//! [`crate::crypto::policy::Policy`]'s quorum of cosignatures is.
//!
//! Invariants:
//! - The root of the empty tree goes with size zero, and with no other size.
//! - A [`VerifiedCheckpoint`] comes only from [`SignedCheckpoint::verify`].
//!
//! Deliberately absent: extension lines, which nobody audits; and the memory of past sizes. Whoever
//! signs must see to it that what it signs is consistent with, and not smaller than, what it signed
//! before.

mod body;
mod error;
mod signed;

pub use body::Checkpoint;
pub use error::CheckpointError;
pub use signed::{Cosignature, SignedCheckpoint, VerifiedCheckpoint};

#[cfg(test)]
mod tests;
