//! The secret half of a key.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use super::{Domain, LEDGER_ID_BYTES, PublicKey, Signature};

/// Bytes of the seed that a secret key is derived from.
pub const SEED_BYTES: usize = 32;

/// An Ed25519 secret key (RFC 8032, Section 5.1.5), wiped when dropped.
///
/// Not `Clone` and without a text form, so that copies of the secret are made on purpose only: by
/// [`SecretKey::seed`].
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Derives the key from 32 bytes, which the caller has drawn from a secure random source. Wipes
    /// its copy of them.
    pub fn from_seed(seed: [u8; SEED_BYTES]) -> Self {
        let seed = Zeroizing::new(seed);
        Self(SigningKey::from_bytes(&seed))
    }

    /// The seed, for writing a key file. The copy is wiped when dropped.
    pub fn seed(&self) -> Zeroizing<[u8; SEED_BYTES]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of_secret(self.0.verifying_key())
    }

    /// Signs `payload` for a purpose on a ledger: the bytes of [`Domain::message`]. Deterministic.
    pub fn sign(
        &self,
        domain: Domain,
        ledger: &[u8; LEDGER_ID_BYTES],
        payload: &[u8],
    ) -> Signature {
        self.sign_raw(&domain.message(ledger, payload))
    }

    /// Signs `message` as it stands, without a domain tag.
    ///
    /// Only for formats that others fix, whose messages separate their domains themselves: C2SP
    /// signed notes and cosignatures, and JSON Web Tokens. A key that signs notes signs nothing else.
    pub(crate) fn sign_raw(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey(secret of {})", self.public_key())
    }
}
