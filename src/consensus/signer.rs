//! The only place of consensus that signs.

use super::sign_guard::{Permitted, SignGuard, SignRefused, Slotted};
use crate::crypto::{PublicKey, SecretKey};
use crate::types::{LedgerId, Signed};

/// A consensus key on a ledger.
#[derive(Debug)]
pub(super) struct Signer {
    ledger: LedgerId,
    secret: SecretKey,
    public: PublicKey,
}

impl Signer {
    /// The signer with a secret key.
    pub(super) fn new(ledger: LedgerId, secret: SecretKey) -> Self {
        let public = secret.public_key();
        Self {
            ledger,
            secret,
            public,
        }
    }

    /// The key that it signs with.
    pub(super) fn key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs what the guard permits.
    ///
    /// # Errors
    /// [`SignRefused`] if the guard does not.
    pub(super) fn sign<T: Slotted>(
        &self,
        guard: &mut SignGuard,
        statement: T,
    ) -> Result<Signed<T>, SignRefused> {
        Ok(self.sign_permitted(guard.permit(statement)?))
    }

    fn sign_permitted<T: Slotted>(&self, permitted: Permitted<T>) -> Signed<T> {
        let message = permitted.into_statement();
        let signature = self
            .secret
            .sign(T::DOMAIN, self.ledger.as_bytes(), &message.to_bytes());
        Signed { message, signature }
    }
}
