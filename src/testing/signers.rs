//! Signers of checkpoints for one made-up log, `x/log`, and its witnesses `w0`, `w1`, ….

use crate::crypto::SecretKey;
use crate::crypto::checkpoint::Checkpoint;
use crate::crypto::merkle::MemoryTree;
use crate::crypto::note::{Cosigner, KeyName, LogSigner};

fn log_name() -> KeyName {
    KeyName::new("x/log").expect("a key name")
}

/// The log's own signer.
pub fn log_signer() -> LogSigner {
    LogSigner::new(log_name(), SecretKey::from_seed([1; 32]))
}

/// The witness of a number.
pub fn cosigner(number: u8) -> Cosigner {
    let name = KeyName::new(format!("w{number}")).expect("a key name");
    Cosigner::new(name, SecretKey::from_seed([number; 32]))
}

/// The log's checkpoint over a tree.
pub fn checkpoint_of(tree: &MemoryTree) -> Checkpoint {
    Checkpoint::new(log_name(), tree.size(), tree.root()).expect("a tree with leaves")
}
