//! Ed25519 keys and signatures (RFC 8032) under one strict rule.
//!
//! Invariants:
//! - A message that a key signs begins with a [`Domain`] tag, a zero byte and the ledger's id, so
//!   that no signature can be used for another purpose or on another ledger. Two formats that others
//!   fix are exceptions: signed notes, see [`crate::crypto::note`], and bearer tokens (JSON Web Tokens,
//!   see `types`). None can be taken for another: a domain separated message has a
//!   zero byte, which the others never have, and a note has line ends, which a token never has.
//! - A [`PublicKey`] is canonically encoded and of large order. A [`Signature`] is verified
//!   strictly, one by one, everywhere: so every node gives the same verdict on the same bytes.
//! - Secret bytes are wiped when dropped, and are printed by nothing.
//!
//! Deliberately absent: random generation (seeds come from the caller at the edge), batch
//! verification, key exchange.

mod domain;
mod error;
mod public_key;
mod secret_key;
mod signature;

pub use domain::{Domain, LEDGER_ID_BYTES};
pub use error::KeyError;
pub use public_key::{PUBLIC_KEY_BYTES, PublicKey};
pub use secret_key::{SEED_BYTES, SecretKey};
pub use signature::{SIGNATURE_BYTES, Signature};

#[cfg(test)]
mod tests;
