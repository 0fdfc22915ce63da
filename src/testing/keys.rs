//! Keys that tests know.

use crate::crypto::{Blake3Digest, SecretKey};

/// The secret key of a label: the same label always gives the same key, other labels others.
pub fn secret_key(label: &str) -> SecretKey {
    SecretKey::from_seed(Blake3Digest::of(label.as_bytes()).to_bytes())
}
