//! Key files: one per purpose, in one folder, for their owner's eyes only.
//!
//! A key file is the seed as 64 lower-case hexadecimal digits and a newline, named `<purpose>.key`.
//! Beside them `public.json` holds the public halves, to be handed to whoever assembles the genesis
//! document.
//!
//! Invariants:
//! - A key file is never overwritten: it is created exclusively, with mode 0600, and synced with its
//!   folder before its public half is shown to anybody.
//! - A key file that group or others may read is refused, with the command that mends it: a key that
//!   somebody else could have read is not one.
//! - One key has one purpose; seeds come from the system's random source.
//!
//! Deliberately absent: passphrases. A node restarts without a hand; whoever reads its files as its
//! own user could as well read its memory.

mod error;
mod key_file;
mod key_proofs;
mod node_keys;
mod public_keys;
#[cfg(test)]
mod tests;

pub use error::KeyFileError;
pub use key_file::{generate_key, key_path, read_key, write_key};
pub use key_proofs::{KEY_PROOFS_FORMAT, KeyProofsDocument, ProvenKeyText};
pub use node_keys::{NODE_PURPOSES, NodeKeys, PURPOSES, generate_keys, read_public_keys};
pub use public_keys::{PUBLIC_KEYS_FILE, PUBLIC_KEYS_FORMAT, PublicKeysDocument};
