//! Proofs in types: a statement whose signature was checked, a certificate whose quorum was.

use super::certificate::Certificate;
use crate::crypto::KeyError;
use crate::types::{
    CertificateError, LedgerId, Signable, Signed, ValidatorSet, ValidatorSetDigest,
};

/// A statement whose signature verifies. It says nothing about whether its signer is a validator:
/// consensus looks that up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    signed: Signed<T>,
    ledger: LedgerId,
}

impl<T: Signable> Verified<T> {
    /// Checks a signature. Costs some 50 µs: to be done on workers.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn check(signed: Signed<T>, ledger: &LedgerId) -> Result<Self, KeyError> {
        signed.verify(ledger)?;
        Ok(Self {
            signed,
            ledger: *ledger,
        })
    }
}

impl<T> Verified<T> {
    /// The statement with its signature.
    pub fn signed(&self) -> &Signed<T> {
        &self.signed
    }

    /// The ledger that it is signed for.
    pub fn ledger(&self) -> &LedgerId {
        &self.ledger
    }
}

/// A certificate that has its quorum in a validator set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCertificate<C> {
    certificate: C,
    ledger: LedgerId,
    validator_set: ValidatorSetDigest,
}

impl<C: Certificate> VerifiedCertificate<C> {
    /// Checks every signature and the quorum of a certificate. To be done on workers.
    ///
    /// # Errors
    /// [`CertificateError`] with the first thing that is wrong.
    pub fn check(
        certificate: C,
        ledger: &LedgerId,
        set: &ValidatorSet,
    ) -> Result<Self, CertificateError> {
        certificate.verify(ledger, set)?;
        Ok(Self {
            certificate,
            ledger: *ledger,
            validator_set: set.digest(),
        })
    }
}

impl<C> VerifiedCertificate<C> {
    /// The certificate.
    pub fn certificate(&self) -> &C {
        &self.certificate
    }

    /// The ledger that it is signed for.
    pub fn ledger(&self) -> &LedgerId {
        &self.ledger
    }

    /// The set that it has a quorum of.
    pub fn validator_set(&self) -> ValidatorSetDigest {
        self.validator_set
    }
}
