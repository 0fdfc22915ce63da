//! The names of checkpoint keys, and the policy that a validator set makes.

use crate::crypto::note::{KeyName, NoteError, SignatureType, VerifierKey};
use crate::crypto::policy::{Policy, PolicyError};
use crate::types::{Validator, ValidatorSet};

/// Hexadecimal digits of the cosigning key in a witness's name: a member may have several
/// validators.
const NAME_DIGITS: usize = 16;

/// The name of a validator's cosigning key: the ledger's name, the member, and the key's first
/// digits.
///
/// # Errors
/// [`NoteError`] if the ledger's name is none for a key; a genesis document's always is.
pub fn witness_name(ledger_name: &str, validator: &Validator) -> Result<KeyName, NoteError> {
    let digits: String = validator
        .cosigner_key
        .to_string()
        .chars()
        .take(NAME_DIGITS)
        .collect();
    KeyName::new(format!("{ledger_name}/{}/{digits}", validator.member))
}

/// The key by which a validator signs as the log.
///
/// # Errors
/// As [`witness_name`].
pub fn log_verifier(ledger_name: &str, validator: &Validator) -> Result<VerifierKey, NoteError> {
    let name = KeyName::new(ledger_name)?;
    Ok(VerifierKey::new(
        name,
        SignatureType::Ed25519,
        validator.log_key,
    ))
}

/// The key by which a validator cosigns.
///
/// # Errors
/// As [`witness_name`].
pub fn cosigner_verifier(
    ledger_name: &str,
    validator: &Validator,
) -> Result<VerifierKey, NoteError> {
    Ok(VerifierKey::new(
        witness_name(ledger_name, validator)?,
        SignatureType::CosignatureV1,
        validator.cosigner_key,
    ))
}

/// The policy under which a checkpoint of the ledger is trusted: signed by the log key of any
/// validator, cosigned by a quorum of them.
///
/// # Errors
/// [`PolicyError`] if two validators' keys cannot be told apart by their 32-bit ids.
pub fn checkpoint_policy(ledger_name: &str, set: &ValidatorSet) -> Result<Policy, PolicyError> {
    let mut logs = Vec::with_capacity(set.len());
    let mut witnesses = Vec::with_capacity(set.len());
    for (_, validator) in set.iter() {
        logs.push(log_verifier(ledger_name, validator)?);
        witnesses.push(cosigner_verifier(ledger_name, validator)?);
    }
    Policy::of_quorum(logs, witnesses, set.quorum())
}
