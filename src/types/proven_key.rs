//! Keys with the proof that whoever registers them has them.

use super::codec::{Decode, DecodeError, Encode, Reader};
use super::ids::{LedgerId, MemberId};
use super::member::KeyPurpose;
use crate::crypto::{Domain, KeyError, PublicKey, SecretKey, Signature};

/// A key's own signature over whose it will be, for what, and on which ledger. Without it anybody
/// could register the key of another as its own, and keep it from being registered where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyProof(pub Signature);

impl KeyProof {
    /// Signs with the key that is to be registered.
    pub fn sign(
        secret: &SecretKey,
        ledger: &LedgerId,
        member: &MemberId,
        purpose: KeyPurpose,
    ) -> Self {
        let payload = payload(member, purpose);
        Self(secret.sign(Domain::KeyPossession, ledger.as_bytes(), &payload))
    }

    /// Checks that the key signed it.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn verify(
        &self,
        key: &PublicKey,
        ledger: &LedgerId,
        member: &MemberId,
        purpose: KeyPurpose,
    ) -> Result<(), KeyError> {
        let payload = payload(member, purpose);
        key.verify(Domain::KeyPossession, ledger.as_bytes(), &payload, &self.0)
    }
}

/// The purpose and the member as texts, a zero byte between them: neither can hold one.
fn payload(member: &MemberId, purpose: KeyPurpose) -> Vec<u8> {
    [
        purpose.as_str().as_bytes(),
        &[0],
        member.as_str().as_bytes(),
    ]
    .concat()
}

/// A key that is to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenKey {
    /// What it may be used for.
    pub purpose: KeyPurpose,
    /// The key.
    pub key: PublicKey,
    /// That whoever registers it has it.
    pub proof: KeyProof,
}

impl ProvenKey {
    /// Checks the proof for a member of a ledger.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn verify(&self, ledger: &LedgerId, member: &MemberId) -> Result<(), KeyError> {
        self.proof.verify(&self.key, ledger, member, self.purpose)
    }
}

impl Encode for ProvenKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.purpose.encode(out);
        self.key.encode(out);
        self.proof.0.encode(out);
    }
}

impl Decode for ProvenKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            purpose: KeyPurpose::decode(reader)?,
            key: PublicKey::decode(reader)?,
            proof: KeyProof(Signature::decode(reader)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;

    #[test]
    fn a_proof_is_for_one_key_ledger_member_and_purpose() {
        let secret = SecretKey::from_seed([7; 32]);
        let (key, other) = (
            secret.public_key(),
            SecretKey::from_seed([8; 32]).public_key(),
        );
        let ledger = LedgerId(Blake3Digest::of(b"ledger"));
        let member = MemberId::new("acme").unwrap();
        let proof = KeyProof::sign(&secret, &ledger, &member, KeyPurpose::Writer);
        let verify = |key, ledger, member, purpose| proof.verify(key, ledger, member, purpose);
        assert_eq!(verify(&key, &ledger, &member, KeyPurpose::Writer), Ok(()));
        assert!(verify(&other, &ledger, &member, KeyPurpose::Writer).is_err());
        let elsewhere = LedgerId(Blake3Digest::of(b"elsewhere"));
        assert!(verify(&key, &elsewhere, &member, KeyPurpose::Writer).is_err());
        let another = MemberId::new("acm").unwrap();
        assert!(verify(&key, &ledger, &another, KeyPurpose::Writer).is_err());
        assert!(verify(&key, &ledger, &member, KeyPurpose::Gateway).is_err());
    }
}
